"""Where the leaves of a statement come from: tables, a settlement file, or a published row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from openvbc.errors import InputError, Problem
from openvbc.rules.rule import Leaf, Unknown, Value


@dataclass(frozen=True, order=True)
class At:
    """The coordinates of a cell: the period's role and, where it has one, the stratum."""

    period: str = "performance"
    stratum: str | None = None

    def __str__(self) -> str:
        return self.period if self.stratum is None else f"{self.period}, {self.stratum}"


@dataclass(frozen=True)
class Found:
    """A leaf's value and where it comes from (a JSON-ready mapping with a `kind`).

    A scale (unit brackets) is a tuple. What a file gives but does not determine is Unknown.
    """

    value: Value | tuple[Decimal, ...] | Unknown
    source: Mapping[str, Any] = field(default_factory=dict)


class Facts(Protocol):
    """A supplier of leaves."""

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The leaf's value in the cell, or None where this supplier does not know it."""
        ...


@dataclass(frozen=True)
class Given:
    """Facts given by name, each for its cells. Used for a published row and in tests."""

    values: Mapping[str, Value | Mapping[At, Value]]
    source: Mapping[str, Any] = field(default_factory=lambda: {"kind": "given"})

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The value under the leaf's name, for the cell where it was given cell by cell."""
        if leaf.name not in self.values:
            return None
        value = self.values[leaf.name]
        if isinstance(value, Mapping):
            return Found(value[at], self.source) if at in value else None
        return Found(value, self.source)


@dataclass(frozen=True)
class FirstOf:
    """Several suppliers; what one supplies the others must not, or InputError is raised."""

    suppliers: Sequence[Facts]

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The value of the only supplier that knows it."""
        found = [it for supplier in self.suppliers if (it := supplier.get(leaf, at)) is not None]
        if len(found) > 1:
            kinds = " and ".join(str(it.source.get("kind")) for it in found)
            raise InputError(Problem(f"{leaf.name} [{at}]", f"is supplied twice: as {kinds}"))
        return found[0] if found else None
