"""Settling again from statement documents alone: today's rules over the leaves that stand in them.

A document holds every leaf that its lines are made of, with all digits: facts, terms, cells of
tables, parameters. Nothing is read from a workspace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.component import TOTAL, Component, component
from openvbc.contract.facts import At, Given
from openvbc.contract.formula import formula
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Line, Resolver
from openvbc.contract.statement import SETTLED_BEFORE, Document, line_id
from openvbc.errors import InputError, Problem
from openvbc.money import parse_decimal, to_cents
from openvbc.parameters import Parameter, load_program
from openvbc.rules.rule import Leaf, Unknown

BAND: Final = "from "
"""How each band of a scale begins, written as text."""

_WORDS: Final[Mapping[str, bool | None]] = {"None": None, "true": True, "false": False}
"""Words in a band that are no text."""

PARAMETER: Final = "parameters/"
"""Only a parameter can be one mapping; what a contract or a fact gives is a list of bands."""


def line_value(line: Document) -> Any:
    """The value of a document's line as rules take it."""
    if line["unknown"] is not None:
        return Unknown(line["unknown"])
    text, unit = line["value"], line["unit"]
    if text is None or unit == "text":
        return text
    if unit == "flag":
        return text == "true"
    if unit != "brackets":
        return _scalar(text)
    bands = _brackets(text)
    alone = line["path"].startswith(PARAMETER) and not text.startswith(BAND)
    return bands[0] if len(bands) == 1 and alone else bands


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    number = parse_decimal(text)
    return text if number is None else number


def _brackets(text: str) -> tuple[Any, ...]:
    """A scale as a tuple of bands, a list as a tuple of values."""
    if not text:
        return ()
    parts = text.split(" | ")
    if all(" " not in part for part in parts):
        return tuple(_scalar(part) for part in parts)
    return tuple(_band(part) for part in parts)


def _band(text: str) -> dict[str, Any]:
    pairs = (part.partition(" ") for part in text.split("; "))
    return {name: _scalar(value) for name, _, value in pairs}


@dataclass(frozen=True)
class State:
    """What a replay starts from: components, coordinates, and the leaves by line id.

    same: leaf → the line of another component that the contract says it is.
    """

    components: tuple[str, ...]
    coordinates: Coordinates
    leaves: Mapping[str, Document]
    same: Mapping[str, str]


def leaves_of(document: Document) -> dict[str, Document]:
    """The lines of a document that no rule made, by id."""
    return {it["id"]: it for it in document["lines"] if it["source"] is not None}


def components_of(document: Document) -> tuple[str, ...]:
    """The components of a document in the contract's order, without the total of them."""
    paths = (it.partition("@")[0] for it in document["results"])
    names = (path.partition("/")[0] for path in paths if path != f"total/{TOTAL}")
    return tuple(dict.fromkeys(names))


def same_of(document: Document) -> Mapping[str, str]:
    """Leaf → the line that it is; nothing in a document from before contracts could say so."""
    return dict(document.get("same", {}))


def coordinates_of(document: Document) -> Coordinates:
    """The periods of a document, and the strata of each component, in the order of its lines."""
    own: dict[str, dict[str, None]] = {}
    for line in document["lines"]:
        if line["at"]["stratum"]:
            own.setdefault(line["path"].partition("/")[0], {})[line["at"]["stratum"]] = None
    periods = {
        role: (date.fromisoformat(it["first_day"]), date.fromisoformat(it["last_day"]))
        for role, it in document["periods"].items()
    }
    strata = {name: tuple(found) for name, found in own.items()}
    return Coordinates(periods, (), periods["performance"][0], strata)


def state_of(document: Document) -> State:
    """The state in which a replay of a document gives what it says."""
    parts, same = components_of(document), same_of(document)
    return State(parts, coordinates_of(document), leaves_of(document), same)


class Replay(Resolver):
    """A resolver whose leaves and parameters come from the lines of documents.

    Raises InputError for a leaf that they do not hold and that has no default.
    """

    def __init__(self, state: State, program: str | None) -> None:
        parts = [component(name) for name in state.components]
        parameters = load_program(program) if program else {}
        super().__init__(parts, Given({}), parameters, state.coordinates, state.same)
        self.leaves = state.leaves

    def _leaf_line(self, component: Component, leaf: Leaf, at: At) -> Line:
        cell = self.coordinates.project(at, leaf.per)
        for part in (component, *self.names.components):
            key = (f"{part.name}/{leaf.name}", cell)
            found = self.leaves.get(line_id(key))
            # Where a table holds a leaf, it stands once, under one of those that ask for it.
            if found and (part is component or found["source"].get("table")):
                return self._keep(Line(*key, line_value(found), leaf.unit, leaf.says, leaf.cite))
        return super()._leaf_line(component, leaf, at)

    def _parameter_line(self, parameter: Parameter, at: At, component: Component | None) -> Line:
        del component  # the document says which value was picked
        by_cell = parameter.clock == "benchmark_year" or parameter.by
        key = (f"parameters/{parameter.name}", at if by_cell else At())
        found = self.leaves.get(line_id(key))
        if found is None:
            what = "stands in none of the two statements for this cell"
            raise InputError(Problem(line_id(key), what))
        return self._keep(
            Line(*key, line_value(found), parameter.unit, parameter.says, found["cite"])
        )

    def amounts(self) -> dict[str, int]:
        """Component → whole cents that it settles, what was settled before included.

        Raises InputError where an amount cannot be had, or is not determined.
        """
        return {it.name: self._amount(it) for it in self.names.components if it.pays}

    def _amount(self, part: Component) -> int:
        line = self.line(part.pays, At(), part)
        before = (self.lines[key].value for key in line.inputs if key[0].endswith(SETTLED_BEFORE))
        if not isinstance(line.value, Decimal):
            raise InputError(Problem(line.path, "its amount is not determined"))
        taken = next(before, None)
        return to_cents(line.value) + (to_cents(taken) if isinstance(taken, Decimal) else 0)


def replayed(state: State, program: str | None) -> int:
    """Whole cents that a state settles; raises InputError where it cannot be computed."""
    return sum(Replay(state, program).amounts().values())


def changed_rules(document: Document) -> Sequence[str]:
    """The rules whose arithmetic is another today than it was when a document was made.

    Raises InputError where a component of it is none today.
    """
    parts = (component(name) for name in components_of(document))
    today = {
        f"{part.name}/{rule.name}": formula(rule.function)
        for part in parts
        for rule in part.rules.values()
    }
    made = {it["path"]: it["formula"] for it in document["lines"] if it["source"] is None}
    return sorted(path for path, text in made.items() if today.get(path, text) != text)
