"""Run-out triangles: paid dollars by month of care and by months since then, as versions stood.

A cell is what stood at the end of the month that is `lag` months after the month of care: each
version adds its payment in the month from which it stands, and takes it back in the month in which
the next version or a cancellation replaces it. So the sum of a triangle's latest diagonal is the
sum of the final claims as of that day.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from openvbc.inventory.measure import Move
from openvbc.period import MONTHS_PER_YEAR, add_months, month_end, month_start

ALL_MEDICAL: Final = "all medical"
PHARMACY: Final = "pharmacy"

DAYS_WITHOUT_PAYMENT: Final = 4
"""A month's payments were seen to its end where the last is so near to it: a long weekend."""


class Run(NamedTuple):
    """Whose claims run out: of a payer ("" for all), a line of business and a claim type."""

    payer: str
    line_of_business: str
    claim_type: str


@dataclass(frozen=True)
class Triangle:
    """Cumulative paid cents and claims, each by month of care and lag; observed cells only.

    A month's list is as long as its run-out: index = lag in months.
    """

    run: Run
    valued: date
    cents: Mapping[date, tuple[int, ...]]
    claims: Mapping[date, tuple[int, ...]]

    @property
    def longest(self) -> int:
        """The longest lag seen; -1 where there is nothing."""
        return max((len(row) for row in self.cents.values()), default=0) - 1

    def latest(self, month: date) -> int:
        """Cents of a month of care as they stand now."""
        return self.cents[month][-1]


def last_whole_month(day: date) -> date:
    """The first day of the latest month that has ended by a day."""
    return month_start(day) if day == month_end(day) else add_months(month_start(day), -1)


def triangles(
    moves: Mapping[Move, Counter[str]], moved: Mapping[tuple[str, str], date], as_of: date
) -> list[Triangle]:
    """A triangle for each payer, line of business and claim type, and the pooled medical ones.

    moved: the latest day of a movement of each payer and line of business. Only months that have
    ended by as_of, and of which payments were seen to the end, are valued; a pooled triangle
    reaches as far as the payer that reaches least far.
    """
    sorted_out: dict[Run, dict[Move, Counter[str]]] = {}
    for move, it in moves.items():
        for run in _runs(move):
            sorted_out.setdefault(run, {})[move] = it
    found = [
        _triangle(run, sorted_out[run], _valued(run, moved, as_of)) for run in sorted(sorted_out)
    ]
    return [it for it in found if it.cents]


def _valued(run: Run, moved: Mapping[tuple[str, str], date], as_of: date) -> date:
    days = [
        day
        for (payer, line), day in moved.items()
        if line == run.line_of_business and run.payer in ("", payer)
    ]
    return last_whole_month(min(as_of, min(days) + timedelta(days=DAYS_WITHOUT_PAYMENT)))


def _runs(move: Move) -> Iterable[Run]:
    yield Run(move.payer, move.line_of_business, move.claim_type)
    if move.claim_type != PHARMACY:
        yield Run("", move.line_of_business, ALL_MEDICAL)


def months_between(before: date, after: date) -> int:
    """Whole months from one month to another."""
    return (after.year - before.year) * MONTHS_PER_YEAR + after.month - before.month


def _triangle(run: Run, moves: Mapping[Move, Counter[str]], valued: date) -> Triangle:
    # Months of care from before the first payment seen were never watched growing.
    seen_from = min(it.moved for it in moves)
    months = sorted({it.incurred for it in moves if seen_from <= it.incurred <= valued})
    added: dict[tuple[date, int], Counter[str]] = {}
    for move, it in moves.items():
        lag = max(0, months_between(move.incurred, move.moved))
        added.setdefault((move.incurred, lag), Counter()).update(it)
    return Triangle(
        run=run,
        valued=valued,
        cents={month: _row(added, month, valued, "cents") for month in months},
        claims={month: _row(added, month, valued, "claims") for month in months},
    )


def _row(
    added: Mapping[tuple[date, int], Counter[str]], month: date, valued: date, what: str
) -> tuple[int, ...]:
    total, row = 0, []
    for lag in range(months_between(month, valued) + 1):
        total += added.get((month, lag), Counter())[what]
        row.append(total)
    return tuple(row)
