"""From our statement to theirs, member by member and claim by claim.

The cells that two packs hold the rows of are no causes by themselves: each row that differs has one
cause, and the cells are counted again with the rows of the causes taken so far.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from openvbc.contract.attributed import TRUNCATION as TRUNCATION_POINT
from openvbc.contract.statement import Document
from openvbc.ledger.causes import Cause, Cell
from openvbc.ledger.replay import State, leaves_of
from openvbc.money import parse_decimal
from openvbc.reconcile.classify import OTHER, TERMS, UNEXPLAINED, Classes
from openvbc.reconcile.mixture import TRUNCATION, Cells, Mixture, is_mixed, with_cell
from openvbc.reconcile.pack import Pack
from openvbc.reconcile.reconciliation import TwinCause
from openvbc.reconcile.walk import Amounts, Walk

ROWS: Final = "rows"
"""The kind of a cause that replaces rows of members and claims."""

CUT_LEAVES: Final = ("/truncation_cut", f"/{TRUNCATION_POINT}")
"""The fact and the term that the models truncate at."""

SAYS: Final = {
    "attribution": "members whom one side assigns",
    "enrolment months": "months of members",
    "missing claim": "claims that one side lacks",
    "later adjustment": "claims in another version",
    "run-out or completion": "claims after a cutoff",
    "risk score": "scores of members",
    "rounding": "claims in whole dollars",
    "withheld data": "members and claims withheld",
    UNEXPLAINED: "one version, other amounts",
}
"""Class → what its rows are."""


class MemberWalk(Walk):
    """The way from our statement to theirs, with the rows of both packs between them."""

    def __init__(self, ours: Pack, theirs: Pack, mapping: Classes, mixture: Mixture) -> None:
        self.mixture = mixture
        sides = [leaves_of(it.statement) for it in (theirs, ours)]
        found = {name: it for side in sides for name, it in side.items()}
        # What is a fact on one side is a cause by itself.
        self.cells = {
            name: it
            for name, it in found.items()
            if all(is_mixed(side[name]) for side in sides if name in side)
        }
        super().__init__(ours.statement, theirs.statement, mapping)

    def causes(self) -> list[tuple[str, Cause]]:
        """The statements' causes without the cells of the packs, and those of the packs' rows.

        A parameter that is another one because of such cells goes with the last cause of rows.
        """
        found: list[tuple[str, Cause]] = []
        cut: dict[str, list[Cell]] = {}
        picked: list[Cell] = []
        for kind, cause in super().causes():
            cells = [it for it in cause.cells if it.line not in self.cells]
            if cause.name.endswith(CUT_LEAVES):
                cut.setdefault(kind, []).extend(cells)
            elif len(cells) < len(cause.cells):
                picked += cells
            else:
                found.append((kind, cause))
        return sorted([*found, *self._rows(cut, picked)], key=self.rank)

    def _rows(
        self, cut: Mapping[str, Sequence[Cell]], picked: Sequence[Cell]
    ) -> list[tuple[str, Cause]]:
        """The causes of the packs' rows, and the truncation cut with its facts or its term."""
        moved = self.mixture.moved.items()
        found = [(kind, Cause(ROWS, SAYS[kind], says=str(it))) for kind, it in moved]
        if cut or self.mixture.other_origin:
            kind = TERMS if self.mixture.other_origin or TERMS in cut else OTHER
            cells = tuple(it for part in cut.values() for it in part)
            found.append((kind, Cause(ROWS, TRUNCATION, cells)))
        found.sort(key=self.rank)
        if found and picked:
            kind, last = found[-1]
            found[-1] = (kind, replace(last, cells=(*last.cells, *picked)))
        return found

    def state(self, causes: Sequence[tuple[str, Cause]]) -> State:
        """Ours with some causes as in theirs: facts and terms replaced, cells counted again."""
        taken = [_taken(kind, it) for kind, it in causes if it.kind == ROWS]
        cells = self.mixture.cells(taken)
        found = super().state([it for it in causes if it[1].kind != ROWS or it[1].cells])
        counted = {name: with_cell(line, cells) for name, line in self.cells.items()}
        return replace(found, leaves={**found.leaves, **counted})

    def rest(self, last: Amounts | None, moved: int) -> Iterator[TwinCause]:
        """What a statement says beyond its own pack, and the cells in which the two differ."""
        yield from super().rest(last, moved)
        everything = [*self.mixture.moved, TRUNCATION]
        yield from other_cells("ours", self.ours, self.mixture.cells(()))
        yield from other_cells("theirs", self.theirs, self.mixture.cells(everything))


def _taken(kind: str, cause: Cause) -> str:
    return TRUNCATION if cause.name == TRUNCATION else kind


def other_cells(side: str, document: Document, cells: Cells) -> Iterator[TwinCause]:
    """The cells of a statement that its own pack does not come to; their cents stand above."""
    found = [it for it in leaves_of(document).values() if is_mixed(it)]
    counted = [(it, with_cell(it, cells)["value"]) for it in found]
    other = tuple(Cell(it["id"], it["value"], value) for it, value in counted if _differ(it, value))
    if other:
        says = f"{side}: cells of the statement → what its pack comes to"
        yield TwinCause(UNEXPLAINED, f"pack of {side}", 0, cells=other, says=says)


def _differ(line: Document, value: str | None) -> bool:
    """Whether a value is another one, however it is written."""
    if value is None or line["unit"] == "text":
        return bool(line["value"] != value)
    return parse_decimal(line["value"] or "") != parse_decimal(value)
