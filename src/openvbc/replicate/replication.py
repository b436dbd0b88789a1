"""A published file, recomputed: its rows, its counts, its reasons, as JSON and on a terminal."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.errors import ExitCode
from openvbc.money import round_half_up
from openvbc.replicate.compare import Compared

REASONS: Final[Mapping[str, str]] = {
    "input_unreadable": "an input cell holds no number, flag or day that can be read",
    "input_suppressed": "CMS has suppressed an input cell",
    "published_unreadable": "a published result is text; there is nothing to compare with",
    "scale_undefined": "the minimum savings rate scale has no formula for so few beneficiaries",
    "revenue_unpublished": "two-sided, a revenue-based loss limit applies, losses generated, "
    "revenue unpublished",
    "disaster_share_unpublished": "two-sided, losses generated, local disaster relief possible, "
    "neither share nor dollars published",
    "termination_month_unpublished": "two-sided, losses generated, prorated for termination in "
    "mid-year, month unpublished",
    "two_sided_year_unpublished": "Track 2, losses above the first year's limit, year in the "
    "two-sided model unpublished",
    "unexplained": "a difference that no reason over the inputs explains",
}
"""Why a row is not, or may not be, reproduced: predicates over inputs, but for the last."""

FAILING: Final = frozenset({"input_unreadable", "published_unreadable", "unexplained"})
"""Reasons with which a file does not count as reproduced."""

SHOWN: Final = 20
"""Differing rows that a terminal shows; the JSON lists every row."""


def decision(amount: Decimal | None) -> str:
    """Savings are paid, losses are owed, or neither; undecided where nothing was computed."""
    if amount is None:
        return "undecided"
    if amount == 0:
        return "neither"
    return "savings" if amount > 0 else "losses"


@dataclass(frozen=True)
class Result:
    """One row: earned savings (losses below zero) published and computed, and what was compared.

    reasons: the predicates that the row's inputs meet, whether or not it was reproduced.
    """

    id: str
    line: int
    published: Decimal | None
    computed: Decimal | None
    within: bool
    compared: tuple[Compared, ...]
    reasons: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def decision(self) -> str:
        """What is computed to happen."""
        return decision(self.computed)

    @property
    def decision_right(self) -> bool:
        """Whether the file says that the same happened."""
        return self.published is not None and self.decision == decision(self.published)

    @property
    def matches(self) -> bool:
        """Whether the amount and all that was compared agree."""
        return self.within and all(one.equal for one in self.compared)

    @property
    def reason(self) -> str | None:
        """The reason that weighs most: one that fails the file before one that explains."""
        return next(iter(sorted(self.reasons, key=lambda it: it not in FAILING)), None)

    def to_json(self) -> dict[str, Any]:
        """The row, amounts as text with cents."""
        return {
            "id": self.id,
            "published": _cents(self.published),
            "computed": _cents(self.computed),
            "decision": self.decision,
            "within": self.within,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Replication:
    """A whole file, recomputed. failed_from_rate: failed standards read from a share rate of 0."""

    program: str
    path: Path
    year: int
    results: tuple[Result, ...]
    failed_from_rate: int = 0

    @property
    def recomputed(self) -> int:
        """Rows for which an amount was computed."""
        return sum(result.computed is not None for result in self.results)

    @property
    def within_tolerance(self) -> int:
        """Rows whose amount is within the tolerance."""
        return sum(result.within for result in self.results)

    @property
    def decision_right(self) -> int:
        """Rows for which the file says that the same happened."""
        return sum(result.decision_right for result in self.results)

    @property
    def compared(self) -> dict[str, tuple[int, int]]:
        """Column → cells that are equal, cells compared."""
        equal, of = Counter[str](), Counter[str]()
        for one in (one for result in self.results for one in result.compared):
            of[one.column] += 1
            equal[one.column] += one.equal
        return {column: (equal[column], count) for column, count in of.items()}

    @property
    def reasons(self) -> dict[str, tuple[int, int]]:
        """Reason → rows that meet it, and those of them that match all the same."""
        met, matched = Counter[str](), Counter[str]()
        for result in self.results:
            met.update(result.reasons)
            matched.update(result.reasons if result.matches else ())
        return {reason: (met[reason], matched[reason]) for reason in REASONS if met[reason]}

    @property
    def exit_code(self) -> ExitCode:
        """DONE only where nothing is left unread or unexplained."""
        return ExitCode.CHECK_FAILED if FAILING & set(self.reasons) else ExitCode.DONE

    def to_json(self) -> dict[str, Any]:
        """Counts, each compared column, and every row with its reason."""
        return {
            "program": self.program,
            "year": self.year,
            "rows": len(self.results),
            "recomputed": self.recomputed,
            "within_tolerance": self.within_tolerance,
            "decision_right": self.decision_right,
            "compared": {
                column: {"equal": equal, "of": of} for column, (equal, of) in self.compared.items()
            },
            "results": [result.to_json() for result in self.results],
        }

    def render(self) -> RenderableType:
        """Counts by column, the reasons, and the rows that differ, for a terminal."""
        return Group(*self._parts())

    def _parts(self) -> Iterator[RenderableType]:
        yield Text(
            f"{self.program.upper()} PY{self.year}: {len(self.results):,} ACOs in "
            f"{self.path.name}; {self.recomputed:,} recomputed, {self.within_tolerance:,} within "
            f"tolerance, {self.decision_right:,} decisions right"
        )
        yield self._column_table()
        if self.failed_from_rate:
            yield Text(f"{self.failed_from_rate} failed standards read from a share rate of 0")
        if self.reasons:
            yield self._reason_table()
        differing = [result for result in self.results if not result.matches]
        if differing:
            yield _rows_table(differing[:SHOWN])
        if len(differing) > SHOWN:
            yield Text(f"and {len(differing) - SHOWN:,} more; --json lists every row")

    def _column_table(self) -> Table:
        table = Table("compared column", "equal", "of")
        for column, (equal, of) in self.compared.items():
            table.add_row(column, f"{equal:,}", f"{of:,}")
        return table

    def _reason_table(self) -> Table:
        table = Table("reason", "what it says", "rows that meet it", "and match")
        for reason, (met, matched) in self.reasons.items():
            table.add_row(reason, REASONS[reason], f"{met:,}", f"{matched:,}")
        return table


def _rows_table(results: list[Result]) -> Table:
    table = Table("line", "ACO", "published", "computed", "what differs", "reason")
    for result in results:
        misses = (one for one in result.compared if not one.equal)
        what = [f"{one.column} {one.published} ≠ {one.computed:.6f}" for one in misses]
        table.add_row(
            str(result.line),
            result.id,
            _cents(result.published),
            _cents(result.computed),
            "; ".join([*what, *result.problems]),
            ", ".join(result.reasons),
        )
    return table


def _cents(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{round_half_up(amount, 2):.2f}"
