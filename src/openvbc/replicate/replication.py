"""A published file, recomputed: its rows, its counts, its reasons, as JSON and on a terminal."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.errors import ExitCode
from openvbc.money import round_half_up

REASONS: Final[Mapping[str, str]] = {
    "input_unreadable": "an input cell holds no number, flag or day that can be read",
    "input_suppressed": "CMS has suppressed an input cell",
    "published_suppressed": "CMS has suppressed a published result; nothing to compare with",
    "published_unreadable": "a published result is text; there is nothing to compare with",
    "unexplained": "a difference that no reason over the inputs explains",
}
"""Why a row is not reproduced, in every program; a program adds predicates of its own."""

FAILING: Final = frozenset({"input_unreadable", "published_unreadable", "unexplained"})
"""Reasons with which a file does not count as reproduced."""

SHOWN: Final = 20
"""Differing rows that a terminal shows; the JSON lists every row."""


@dataclass(frozen=True)
class Compared:
    """One published number against the computed one. column: the label in CMS's dictionary."""

    column: str
    published: Decimal
    computed: Decimal
    equal: bool


@dataclass(frozen=True)
class Unreadable:
    """A published number that is text or suppressed, with the sentence that says where."""

    what: str
    suppressed: bool = False


def decision(amount: Decimal | None) -> str:
    """Savings are paid, losses are owed, or neither; undecided where nothing was computed."""
    if amount is None:
        return "undecided"
    if amount == 0:
        return "neither"
    return "savings" if amount > 0 else "losses"


def sort_out(
    found: Sequence[Compared | Unreadable],
) -> tuple[tuple[Compared, ...], tuple[Unreadable, ...]]:
    """What could be compared, and what could not."""
    compared = tuple(one for one in found if isinstance(one, Compared))
    return compared, tuple(one for one in found if isinstance(one, Unreadable))


def unread_reasons(unread: Sequence[Unreadable]) -> tuple[str, ...]:
    """Why published results could not be compared."""
    suppressed = any(one.suppressed for one in unread)
    unreadable = not all(one.suppressed for one in unread)
    return (
        *(("published_suppressed",) if suppressed else ()),
        *(("published_unreadable",) if unreadable else ()),
    )


@dataclass(frozen=True)
class Profile:
    """What a program's replication is called. each, every: "ACO", "ACOs".

    period: the letters before a year ("PY"). places: how many decimals the main figure is shown
    with. reasons: the predicates that the program adds, each with what it says.
    """

    program: str
    each: str
    every: str
    period: str
    places: int
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_reasons(self) -> dict[str, str]:
        """Reason → what it says; the unexplained stands last."""
        said = {**REASONS, **self.reasons}
        return {**said, "unexplained": said.pop("unexplained")}

    def text(self, value: Decimal | None) -> str | None:
        """The main figure as text."""
        return None if value is None else f"{round_half_up(value, self.places):.{self.places}f}"


@dataclass(frozen=True)
class Result:
    """One row: its main figure published and computed, and everything that was compared.

    The main figure is what the program pays (below zero: owed) or what decides it, a score or a
    factor. decision: what is computed to happen, in a word; published_decision: what the file says
    happened. reasons: the predicates that the row's inputs meet, reproduced or not.
    """

    id: str
    line: int
    published: Decimal | None
    computed: Decimal | None
    within: bool
    compared: tuple[Compared, ...]
    decision: str
    published_decision: str | None
    reasons: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def decision_right(self) -> bool:
        """Whether the file says that the same happened."""
        return self.decision == self.published_decision

    @property
    def matches(self) -> bool:
        """Whether the main figure and all that was compared agree."""
        return self.within and all(one.equal for one in self.compared)

    @property
    def reason(self) -> str | None:
        """The reason that weighs most: one that fails the file before one that explains."""
        return next(iter(sorted(self.reasons, key=lambda it: it not in FAILING)), None)


@dataclass(frozen=True)
class Replication:
    """The published results of a program in one or more files, recomputed.

    years: the performance or fiscal years of the rows. notes: what else to know of the reading.
    """

    profile: Profile
    paths: tuple[Path, ...]
    years: tuple[int, ...]
    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()

    @property
    def recomputed(self) -> int:
        """Rows for which a figure was computed."""
        return sum(result.computed is not None for result in self.results)

    @property
    def within_tolerance(self) -> int:
        """Rows whose figure is within the tolerance."""
        return sum(result.within for result in self.results)

    @property
    def decision_right(self) -> int:
        """Rows for which the file says that the same happened."""
        return sum(result.decision_right for result in self.results)

    @property
    def matching(self) -> int:
        """Rows in which everything that was compared agrees."""
        return sum(result.matches for result in self.results)

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
        every = self.profile.all_reasons
        return {reason: (met[reason], matched[reason]) for reason in every if met[reason]}

    @property
    def exit_code(self) -> ExitCode:
        """DONE only where nothing is left unread or unexplained."""
        return ExitCode.CHECK_FAILED if FAILING & set(self.reasons) else ExitCode.DONE

    @property
    def period(self) -> str:
        """The years as people write them: PY2021, or PY2021-PY2022."""
        first, last = self.years[0], self.years[-1]
        prefix = self.profile.period
        return f"{prefix}{first}" if first == last else f"{prefix}{first}-{prefix}{last}"

    def to_json(self) -> dict[str, Any]:
        """Counts, each compared column, and every row with its reason."""
        return {
            "program": self.profile.program,
            "year": self.years[0] if len(self.years) == 1 else list(self.years),
            "rows": len(self.results),
            "recomputed": self.recomputed,
            "within_tolerance": self.within_tolerance,
            "decision_right": self.decision_right,
            "compared": {
                column: {"equal": equal, "of": of} for column, (equal, of) in self.compared.items()
            },
            "results": [self._row_json(result) for result in self.results],
        }

    def _row_json(self, result: Result) -> dict[str, Any]:
        return {
            "id": result.id,
            "line": result.line,
            "published": self.profile.text(result.published),
            "computed": self.profile.text(result.computed),
            "decision": result.decision,
            "within": result.within,
            "reason": result.reason,
        }

    def render(self) -> RenderableType:
        """Counts by column, the reasons, and the rows that differ, for a terminal."""
        return Group(*self._parts())

    def _parts(self) -> Iterator[RenderableType]:
        files = ", ".join(path.name for path in self.paths)
        who = self.profile.each if len(self.results) == 1 else self.profile.every
        yield Text(
            f"{self.profile.program.upper()} {self.period}: {len(self.results):,} {who} "
            f"in {files}; {self.recomputed:,} recomputed, "
            f"{self.within_tolerance:,} within tolerance, {self.decision_right:,} decisions right"
        )
        yield self._column_table()
        yield from (Text(note) for note in self.notes)
        if self.reasons:
            yield self._reason_table()
        differing = [result for result in self.results if not result.matches]
        if differing:
            yield self._rows_table(differing[:SHOWN])
        if len(differing) > SHOWN:
            yield Text(f"and {len(differing) - SHOWN:,} more; --json lists every row")

    def _column_table(self) -> Table:
        table = Table("compared column", "equal", "of")
        for column, (equal, of) in self.compared.items():
            table.add_row(column, f"{equal:,}", f"{of:,}")
        return table

    def _reason_table(self) -> Table:
        says = self.profile.all_reasons
        table = _folding("reason", "what it says", "rows that meet it", "and match")
        for reason, (met, matched) in self.reasons.items():
            table.add_row(reason, says[reason], f"{met:,}", f"{matched:,}")
        return table

    def _rows_table(self, results: list[Result]) -> Table:
        names = ("line", self.profile.each, "published", "computed", "what differs", "reason")
        table = _folding(*names)
        for result in results:
            misses = (one for one in result.compared if not one.equal)
            what = [f"{one.column} {one.published} ≠ {one.computed:.6f}" for one in misses]
            table.add_row(
                str(result.line),
                result.id,
                self.profile.text(result.published),
                self.profile.text(result.computed),
                "; ".join([*what, *result.problems]),
                ", ".join(result.reasons),
            )
        return table


def _folding(*names: str) -> Table:
    """A table whose long words are broken on a narrow page, and never cut off."""
    table = Table()
    for name in names:
        table.add_column(name, overflow="fold")
    return table
