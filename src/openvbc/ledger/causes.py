"""What differs between the leaves of two statements, as causes in a declared order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from openvbc.contract.names import Coordinates
from openvbc.contract.statement import Document
from openvbc.ledger.replay import (
    State,
    components_of,
    coordinates_of,
    leaves_of,
    same_of,
)

ORDER: Final = ("facts", "terms", "tables", "parameters")
"""The order in which causes are replaced."""

STRATA: Final = "strata"
COMPONENTS: Final = "components"
PARAMETERS: Final = "parameters"

_KIND: Final[Mapping[str, str]] = {
    "term": "terms",
    "table": "tables",
    "parameter": PARAMETERS,
}
"""Source of a leaf → kind of cause; every other source is a fact."""


@dataclass(frozen=True)
class Cell:
    """One cell of a cause: the line's id, its old and its new value as text."""

    line: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Cause:
    """What is replaced in one step: the cells of one leaf, or the strata, or the components.

    cells: its own, and those of parameters that are other ones because of it.
    """

    kind: str
    name: str
    cells: tuple[Cell, ...] = ()
    says: str = ""


def _text(line: Document | None) -> str | None:
    """A leaf's value as it is compared: an unknown one by its reason."""
    if line is None:
        return None
    reason = line["unknown"]
    return str(line["value"]) if reason is None else f"unknown: {reason}"


def _changed(old: Mapping[str, Document], new: Mapping[str, Document]) -> dict[str, Cell]:
    """The leaves that both have and that differ, by line id.

    One that only one of them has was not reached by the other: it made no difference there.
    """
    return {
        name: Cell(name, _text(old[name]), _text(line))
        for name, line in new.items()
        if name in old and _text(old[name]) != _text(line)
    }


def _selectors(name: str, lines: Mapping[str, Document]) -> Iterator[str]:
    """The leaves that select an entry of a parameter, at any depth."""
    waiting, seen = list(lines[name]["inputs"]), set[str]()
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            yield at
            waiting += lines[at]["inputs"]


def _path(name: str) -> str:
    return name.partition("@")[0]


def causes(old: Document, new: Document, order: Sequence[str] = ORDER) -> list[Cause]:
    """Every cause of a difference, in the order in which they are replaced."""
    leaves = leaves_of(new)
    cells = _changed(leaves_of(old), leaves)
    kinds = {_path(it): _KIND.get(leaves[it]["source"]["kind"], "facts") for it in cells}
    ranks = {path: (order.index(kind), path) for path, kind in kinds.items()}
    lines = {it["id"]: it for it in new["lines"]}
    grouped: dict[str, list[Cell]] = {}
    for name, cell in cells.items():
        path = _path(name)
        by = {_path(it) for it in _selectors(name, lines) if it in cells}
        grouped.setdefault(max(by, key=ranks.__getitem__) if by else path, []).append(cell)
    found = [Cause(kinds[path], path, tuple(it)) for path, it in grouped.items()]
    found.sort(key=lambda it: ranks[it.name])
    structure = [*_strata_cause(old, new), *_components_cause(old, new)]
    return sorted([*structure, *found], key=lambda it: order.index(it.kind))


def _strata_cause(old: Document, new: Document) -> Iterator[Cause]:
    """Strata that came or went in a component that both have."""
    before, after = coordinates_of(old).own, coordinates_of(new).own
    both = [it for it in components_of(new) if it in components_of(old)]
    says = [
        words
        for name in both
        for words in _came_and_went(before.get(name, ()), after.get(name, ()), f" in {name}")
    ]
    if says:
        yield Cause("facts", STRATA, says="; ".join(says))


def _components_cause(old: Document, new: Document) -> Iterator[Cause]:
    """Components that came or went, and leaves that are another component's line now."""
    says = list(_came_and_went(components_of(old), components_of(new), ""))
    says += _came_and_went(_ties(old), _ties(new), "")
    if says:
        yield Cause("terms", COMPONENTS, says="; ".join(says))


def _ties(document: Document) -> list[str]:
    """The leaves that are other components' lines, in words."""
    return [f"{leaf} is {line}" for leaf, line in sorted(same_of(document).items())]


def _came_and_went(old: Iterable[str], new: Iterable[str], where: str) -> Iterator[str]:
    before, after = tuple(old), tuple(new)
    came = [it for it in after if it not in before]
    went = [it for it in before if it not in after]
    if came:
        yield f"{', '.join(came)} added{where}"
    if went:
        yield f"{', '.join(went)} left out{where}"


def first_state(old: Document, new: Document) -> State:
    """The old statement's components, cells and leaves; what it did not reach is the new one's."""
    leaves = {**leaves_of(new), **leaves_of(old)}
    return State(components_of(old), coordinates_of(old), leaves, same_of(old))


def with_cause(state: State, cause: Cause, new: Document) -> State:
    """The state with one more cause as in the new statement."""
    if cause.name == COMPONENTS:
        merged = _merged(state, new)
        parts = components_of(new)
        return replace(state, components=parts, coordinates=merged, same=same_of(new))
    if cause.name == STRATA:
        return replace(state, coordinates=_merged(state, new))
    own = leaves_of(new)
    cells = {it.line: own[it.line] for it in cause.cells}
    return replace(state, leaves={**state.leaves, **cells})


def _merged(state: State, new: Document) -> Coordinates:
    """The new statement's cells, and those of components that it does not have."""
    found = coordinates_of(new)
    return replace(found, own={**state.coordinates.own, **found.own})
