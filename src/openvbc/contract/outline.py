"""The tree of a statement: quantities instead of single cells, each shown once.

A quantity is a path with all its cells. It stands under the first quantity, counted from the
results, that is made of it; everywhere else it is only named.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from openvbc.contract.display import Document, label, period_label, shown_line


@dataclass(frozen=True)
class Quantity:
    """All lines of one path. inputs: each path it is made of, with the note on its cells."""

    path: str
    lines: tuple[Document, ...]
    inputs: Mapping[str, str]

    @property
    def label(self) -> str:
        """The quantity's name in words."""
        return label(self.path)

    @cached_property
    def strata(self) -> tuple[str, ...]:
        """The strata it has cells in, in the statement's order."""
        return tuple(dict.fromkeys(it["at"]["stratum"] for it in self.lines if it["at"]["stratum"]))

    @cached_property
    def cells(self) -> Mapping[tuple[str, str | None], Document]:
        """Its lines by period and stratum."""
        return {(it["at"]["period"], it["at"]["stratum"]): it for it in self.lines}

    def distinct(self, field: str) -> list[Any]:
        """The different values of a field of its lines."""
        return list(dict.fromkeys(it[field] for it in self.lines if it[field]))


@dataclass(frozen=True)
class Node:
    """A quantity at one place of the tree.

    line: the one cell meant here, None where several are. home: under what the quantity is shown
    if not here; "" for a result. children are empty where it is not shown here.
    """

    quantity: Quantity
    line: Document | None
    note: str = ""
    home: str | None = None
    children: tuple["Node", ...] = ()

    @property
    def value(self) -> str:
        """The value as people read it, or how many values there are."""
        if self.line is not None:
            return shown_line(self.line)
        return f"{len(self.quantity.lines)} values"


def periods_in_order(document: Document) -> list[str]:
    """The roles of the statement's periods, oldest first."""
    periods = document["periods"]
    return sorted(periods, key=lambda role: (periods[role]["first_day"], role))


def _note(document: Document, own: Document, cells: list[Document]) -> str:
    """Which cells of an input a line takes, where they are not simply its own cell."""
    if len({cell["at"]["stratum"] for cell in cells}) > 1:
        return "every enrolment type" if document["run_id"] else "every stratum"
    if len(cells) > 1:
        return "every benchmark year"
    period = cells[0]["at"]["period"]
    elsewhere = period not in (own["at"]["period"], "performance")
    return period_label(document, period) if elsewhere else ""


def _inputs(document: Document, by_id: Mapping[str, Document], line: Document) -> dict[str, str]:
    taken: dict[str, list[Document]] = {}
    for name in line["inputs"]:
        taken.setdefault(by_id[name]["path"], []).append(by_id[name])
    return {path: _note(document, line, cells) for path, cells in taken.items()}


def quantities(document: Document) -> dict[str, Quantity]:
    """The quantities of a statement by path."""
    by_id = {line["id"]: line for line in document["lines"]}
    grouped: dict[str, list[Document]] = {}
    for line in document["lines"]:
        grouped.setdefault(line["path"], []).append(line)
    order = {role: place for place, role in enumerate(periods_in_order(document))}
    return {
        path: Quantity(
            path,
            tuple(sorted(lines, key=lambda it: order.get(it["at"]["period"], len(order)))),
            _inputs(document, by_id, lines[0]),
        )
        for path, lines in grouped.items()
    }


def _homes(found: Mapping[str, Quantity], results: list[str]) -> dict[str, str]:
    """Where each quantity is shown: the nearest one above it; "" for a result."""
    homes = dict.fromkeys(results, "")
    waiting = deque(results)
    while waiting:
        path = waiting.popleft()
        for name in found[path].inputs:
            if name not in homes:
                homes[name] = path
                waiting.append(name)
    return homes


@dataclass(frozen=True)
class _Outline:
    found: Mapping[str, Quantity]
    homes: Mapping[str, str]
    by_id: Mapping[str, Document]

    def root(self, path: str, depth: int) -> Node:
        quantity = self.found[path]
        meant = [it for it in quantity.lines if it["at"]["period"] == "performance"]
        line = meant[0] if len(meant) == 1 else None
        return Node(quantity, line, children=tuple(self._children(quantity, depth)))

    def _children(self, parent: Quantity, depth: int) -> Iterator[Node]:
        for path, note in parent.inputs.items() if depth > 0 else ():
            quantity = self.found[path]
            node = Node(quantity, self._line(parent, quantity), note)
            if self.homes[path] == parent.path:
                yield replace(node, children=tuple(self._children(quantity, depth - 1)))
            else:
                yield replace(node, home=self.homes[path])

    def _line(self, parent: Quantity, quantity: Quantity) -> Document | None:
        """The cell that the parent takes; None where it or the parent has several."""
        if len(quantity.lines) == 1:
            return quantity.lines[0]
        if len(parent.lines) > 1:
            return None
        taken = [self.by_id[name] for name in parent.lines[0]["inputs"]]
        cells = [line for line in taken if line["path"] == quantity.path]
        return cells[0] if len(cells) == 1 else None


def outline(document: Document, depth: int) -> list[Node]:
    """The results, the last (what all the others lead to) first, with inputs to a depth."""
    found = quantities(document)
    by_id = {line["id"]: line for line in document["lines"]}
    results = list(dict.fromkeys(by_id[name]["path"] for name in reversed(document["results"])))
    tree = _Outline(found, _homes(found, results), by_id)
    return [tree.root(path, depth) for path in results]
