"""Whether the terms of a contract and the facts of a settlement fit the leaves they are for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.component import Component
from openvbc.errors import near
from openvbc.rules.rule import Leaf

Cells = Mapping[str, Sequence[str]]
"""Axis → the names of its cells: the periods' roles, the strata."""

_KINDS: Final[Mapping[str, tuple[type, str]]] = {
    "flag": (bool, "true or false"),
    "text": (str, "a word"),
    "brackets": (tuple, "a list of entries"),
}
_NUMBER: Final = (int | Decimal, "a number")


def leaves_of(components: Iterable[Component]) -> dict[str, Leaf]:
    """The leaves that a contract or a settlement can supply, by name.

    Left out are those that a table counts, and those that another component computes.
    """
    parts = list(components)
    computed = {name for part in parts for name in part.rules}
    leaves = {name: leaf for part in parts for name, leaf in part.leaves.items()}
    return {name: leaf for name, leaf in leaves.items() if not leaf.table and name not in computed}


def unfit(name: str, components: Sequence[Component], kind: str) -> str | None:
    """Why a name cannot be given as a term or a fact; None where it can."""
    for part in components:
        leaf = part.leaves.get(name)
        if name in part.rules:
            return f"{name} is computed by {part.name}; it is no {kind}"
        if leaf is not None and leaf.table:
            return f"{name} is counted from table {leaf.table}; it is no {kind}"
    leaves = leaves_of(components)
    return None if name in leaves else f"unknown {kind} {name}{near(name, leaves)}"


def wrong_value(leaf: Leaf, value: Any) -> str | None:
    """What is wrong with a value of a leaf's unit; None where nothing is."""
    if value is None and leaf.default is None:
        return None
    kind, words = _KINDS.get(leaf.unit, _NUMBER)
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return None
    found = repr(value) if isinstance(value, str) else _plain(value)
    return f"{leaf.name}: found {found}, expected {words} ({leaf.unit})"


def _plain(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return "several values" if isinstance(value, Mapping | list | tuple) else str(value)


def wrong_values(leaf: Leaf, values: Mapping[str, Any], cells: Cells) -> Iterator[str]:
    """Everything wrong with values given cell by cell: other cells than the leaf's, other types."""
    axes = [axis for axis in ("period", "stratum") if axis in leaf.per]
    if not axes:
        yield f"{leaf.name} is one value; give it `value:`"
        return
    yield from _wrong(leaf, values, [cells[axis] for axis in axes])


def _wrong(leaf: Leaf, value: Any, axes: Sequence[Sequence[str]]) -> Iterator[str]:
    if not isinstance(value, Mapping):
        wrong = wrong_value(leaf, value)
        if wrong:
            yield wrong
    elif not axes:
        yield f"{leaf.name} has no cells below {' and '.join(sorted(leaf.per))}"
    else:
        for name, item in value.items():
            if name in axes[0]:
                yield from _wrong(leaf, item, axes[1:])
            else:
                yield f"{leaf.name} has no cell {name}{near(name, axes[0])}"
