"""A payment component: one family of rules with its leaves and its results."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType

import openvbc.rules
from openvbc.errors import InputError, Problem, near
from openvbc.rules.rule import Leaf, Rule, rules_of


@dataclass(frozen=True)
class Component:
    """Rules and leaves by name, and the rules that are the component's results, in order.

    waterfall: the way from the first amount to the amount due, to be drawn on the statement; one
    where the payer pays ("payer_pays"), one where the entity does ("entity_pays"). An entry is the
    name of an amount in dollars that is reached, "less NAME" for one taken off on the way, or
    "owed NAME" for one that is reached and owed by the entity. Empty where the component pays
    nothing by itself.
    """

    name: str
    rules: Mapping[str, Rule]
    leaves: Mapping[str, Leaf]
    results: tuple[str, ...]
    waterfall: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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
    return Component(name, rules, leaves, tuple(module.RESULTS), waterfall)
