"""A condition on a year's statement: a comparison of one of its lines with a value.

`savings_gross_rate >= 0.02`, `minimum_panel/panel_members >= 5000`,
`measure_rate[eye_exam] >= 0.6`, `savings_quality_gate_passed == true`.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from openvbc.contract.contract import Contract
from openvbc.contract.statement import Document
from openvbc.errors import meant, near
from openvbc.money import parse_decimal
from openvbc.rules.rule import Leaf, Rule

OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
SAME: Final = ("==", "!=")
NEVER_BELOW_ZERO: Final = frozenset({"persons", "person_years", "months", "count"})

_WRITTEN: Final = re.compile(
    r"\s*(?:(?P<component>\w+)/)?(?P<name>[a-z]\w*)(?:\[(?P<stratum>[\w-]+)\])?"
    r"\s*(?P<sign>>=|<=|==|!=|>|<)\s*(?P<value>[\w.+-]+)\s*"
)


@dataclass(frozen=True)
class Condition:
    """One comparison: component (empty = whichever has the name), line, stratum, sign, value."""

    text: str
    where: str
    component: str
    name: str
    stratum: str | None
    sign: str
    value: Decimal | bool | str

    @property
    def line(self) -> tuple[str, str, str | None]:
        """What is compared."""
        return self.component, self.name, self.stratum

    def holds(self, value: Decimal | bool | str) -> bool:
        """Whether a value of the line meets the condition."""
        return OPERATORS[self.sign](value, self.value)


@dataclass(frozen=True)
class Finding:
    """A condition on one statement: the line's value as text, and whether it is met.

    met is None where the statement does not determine the line; reason says why.
    """

    condition: Condition
    value: str | None
    met: bool | None
    reason: str = ""

    @property
    def says(self) -> str:
        """The finding in words."""
        if self.met is None:
            return f"{self.condition.text}: not determined ({self.reason})"
        return f"{self.condition.text}: {self.value}, {'met' if self.met else 'not met'}"


def parse(text: str, where: str) -> Condition | None:
    """The condition that a text says; None where it is no comparison."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    value = _value(part["value"])
    return Condition(
        text.strip(),
        where,
        part["component"] or "",
        part["name"],
        part["stratum"],
        part["sign"],
        value,
    )


def _value(text: str) -> Decimal | bool | str:
    if text in {"true", "false"}:
        return text == "true"
    number = parse_decimal(text)
    return text if number is None else number


def meaning(condition: Condition, contract: Contract) -> tuple[str, Rule | Leaf] | None:
    """The component and the rule or leaf that a condition speaks of; a rule before a leaf."""
    parts = [it for it in contract.components if condition.component in {"", it.name}]
    for part in parts:
        if condition.name in part.rules:
            return part.name, part.rules[condition.name]
    for part in parts:
        if condition.name in part.leaves:
            return part.name, part.leaves[condition.name]
    return None


def misfits(condition: Condition, contract: Contract) -> Iterator[str]:
    """Why a condition cannot be one of this contract's statements."""
    found = meaning(condition, contract)
    if found is None:
        known = {name for it in contract.components for name in (*it.rules, *it.leaves)}
        hint = meant(condition.name, known)
        yield f"{condition.text}: no line of this contract's statements{hint}"
        return
    component, line = found
    yield from _kind_misfits(condition, line)
    strata = contract.strata.get(component, ())
    if "stratum" not in line.per and condition.stratum is not None:
        yield f"{condition.text}: {condition.name} is one value; leave out [{condition.stratum}]"
    elif "stratum" in line.per and condition.stratum is None:
        yield f"{condition.text}: one value for each stratum; say {condition.name}[stratum]"
    elif condition.stratum and strata and condition.stratum not in strata:
        yield f"{condition.text}: no stratum {condition.stratum}{near(condition.stratum, strata)}"


def _kind_misfits(condition: Condition, line: Rule | Leaf) -> Iterator[str]:
    """A value of another kind than the line's, or an order of what has none."""
    kinds: dict[str, type] = {"flag": bool, "text": str}
    if line.unit == "brackets":
        yield f"{condition.text}: {condition.name} is a scale and cannot be compared"
    elif not isinstance(condition.value, kinds.get(line.unit, Decimal)):
        words = {"flag": "true or false", "text": "a word"}.get(line.unit, "a number")
        yield f"{condition.text}: expected {words} ({line.unit})"
    elif line.unit in kinds and condition.sign not in SAME:
        yield f"{condition.text}: a {line.unit} is compared with == or != only"


def contradictory(conditions: Sequence[Condition], contract: Contract) -> list[str]:
    """The comparisons of one line that no value can meet together, each set in words."""
    by_line: dict[tuple[str, str, str | None], list[Condition]] = {}
    for it in conditions:
        found = meaning(it, contract)
        name = found[0] if found else it.component
        by_line.setdefault((name, it.name, it.stratum), []).append(it)
    return [
        " and ".join(it.text for it in group)
        for group in by_line.values()
        if not any(all(it.holds(value) for it in group) for value in _tried(group, contract))
    ]


def _tried(group: Sequence[Condition], contract: Contract) -> list[Any]:
    """Values of which one meets all comparisons if any value does."""
    named = [it.value for it in group]
    if any(isinstance(it, bool) for it in named):
        return [True, False]
    numbers = sorted(it for it in named if isinstance(it, Decimal))
    if not numbers:
        return [*named, ""]
    between = [(low + high) / 2 for low, high in pairwise(numbers)]
    tried = [numbers[0] - 1, *numbers, *between, numbers[-1] + 1]
    found = meaning(group[0], contract)
    counted = found is not None and found[1].unit in NEVER_BELOW_ZERO
    return [it for it in [*tried, Decimal(0)] if it >= 0] if counted else tried


def find(condition: Condition, document: Document) -> Finding:
    """What a statement says of a condition."""
    line = next((it for it in document["lines"] if _is_of(it, condition)), None)
    if line is None:
        return Finding(condition, None, None, "no line of the statement")
    if line["value"] is None:
        return Finding(condition, None, None, line["unknown"] or "no value")
    return Finding(condition, line["value"], condition.holds(_read(line)))


def _is_of(line: Document, condition: Condition) -> bool:
    component, _, name = line["path"].rpartition("/")
    at = {"period": "performance", "stratum": condition.stratum}
    return name == condition.name and condition.component in {"", component} and (line["at"] == at)


def _read(line: Document) -> Decimal | bool | str:
    text = str(line["value"])
    if line["unit"] == "flag":
        return text == "true"
    return text if line["unit"] == "text" else Decimal(text)
