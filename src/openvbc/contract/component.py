"""A payment component: one family of rules with its leaves and its results."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from types import ModuleType
from typing import Any, Final

import openvbc.rules
from openvbc.errors import InputError, Problem, near
from openvbc.rules.rule import Argument, Leaf, Rule, rules_of

TOTAL: Final = "contract_amount_due"
"""The line of a contract with several components that pay."""


@dataclass(frozen=True)
class Component:
    """Rules and leaves by name, and the rules that are the component's results, in order.

    waterfall: the way from the first amount to the amount due, to be drawn on the statement; one
    where the payer pays ("payer_pays"), one where the entity does ("entity_pays"). An entry is the
    name of an amount in dollars that is reached, "less NAME" for one taken off on the way, or
    "owed NAME" for one that is reached and owed by the entity. Empty where the component pays
    nothing by itself. pays: the rule whose amount is paid, above zero by the payer; empty where
    there is none. checks: leaf → what is wrong with a value that a contract gives it, in words;
    None where nothing is.
    """

    name: str
    rules: Mapping[str, Rule]
    leaves: Mapping[str, Leaf]
    results: tuple[str, ...]
    waterfall: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pays: str = ""
    checks: Mapping[str, Callable[[Any], str | None]] = field(default_factory=dict)


def _modules(name: str) -> tuple[ModuleType, ...]:
    module = importlib.import_module(f"openvbc.rules.{name}")
    return (*getattr(module, "PARTS", ()), module)


@cache
def component_names() -> tuple[str, ...]:
    """The components there are: the rule modules that declare RESULTS."""
    names = [found.name for found in pkgutil.iter_modules(openvbc.rules.__path__)]
    modules = {name: importlib.import_module(f"openvbc.rules.{name}") for name in names}
    return tuple(name for name, module in modules.items() if hasattr(module, "RESULTS"))


@cache
def component(name: str) -> Component:
    """The component of a name; raises InputError where there is none.

    Its module declares LEAVES and RESULTS, and may name PARTS: further modules whose rules
    belong to it.
    """
    if name not in component_names():
        raise InputError(Problem(name, f"no such component{near(name, component_names())}"))
    rules: dict[str, Rule] = {}
    for module in _modules(name):
        rules |= rules_of(module)
    module = importlib.import_module(f"openvbc.rules.{name}")
    leaves = {leaf.name: leaf for leaf in module.LEAVES}
    waterfall = getattr(module, "WATERFALL", {})
    pays = getattr(module, "PAYS", waterfall["payer_pays"][-1] if waterfall else "")
    checks: dict[str, Callable[[Any], str | None]] = {}
    for part in _modules(name):
        checks |= getattr(part, "CHECKS", {})
    return Component(name, rules, leaves, tuple(module.RESULTS), waterfall, pays, checks)


def sum_of_payments(**amounts: Decimal) -> Decimal:
    """What all components pay, in the order in which the contract states them."""
    return sum(amounts.values(), Decimal(0))


def total_of(parts: Sequence[Component]) -> Component | None:
    """The total of a contract with several components that pay; None with fewer than two."""
    paying = [part.pays for part in parts if part.pays]
    if len(paying) < 2:  # noqa: PLR2004 - one payment is its own total
        return None
    rule = Rule(
        name=TOTAL,
        function=sum_of_payments,
        unit="usd",
        per=frozenset(),
        cite="contract, components",
        says=f"What all components pay together: {', '.join(paying)}.",
        arguments=tuple(Argument(name, None, takes_unknown=False) for name in paying),
    )
    way = (TOTAL,)
    waterfall = {"payer_pays": way, "entity_pays": way}
    return Component("total", {TOTAL: rule}, {}, way, waterfall, TOTAL)
