"""What was due from each source and what came of it: one slot for each month expected.

What is expected is declared, or learned from the history: the usual days from a month's end to its
delivery (median, with the median absolute deviation as spread) and the usual step in months.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatch
from itertools import pairwise
from statistics import median_high, median_low
from types import MappingProxyType
from typing import Literal

from openvbc.inventory.arrival import Delivery
from openvbc.inventory.expectation import Band, Expectations, Learning, SourceExpectation
from openvbc.inventory.small import shown
from openvbc.period import MONTHS_PER_YEAR, add_months, month_end

Arrived = Literal["in time", "late", "missing", "not due yet", "came"]


@dataclass(frozen=True)
class Learned:
    """The pattern of a source's history, in days; every_months is the step from one to the next."""

    deliveries: int
    interval: int
    interval_spread: int
    usual_days: int
    days_spread: int
    grace: int
    every_months: int

    def due(self, month: date) -> date:
        """The last day on which the delivery of a month is in time."""
        return month_end(month) + timedelta(days=self.usual_days + self.grace)

    def __str__(self) -> str:
        return (
            f"learned from {self.deliveries} deliveries: every {self.interval} days "
            f"(median; spread {self.interval_spread}), {self.usual_days} days after the month's "
            f"end (median; spread {self.days_spread}), late after {self.grace} more"
        )


@dataclass(frozen=True)
class Slot:
    """One month of one source.

    due is None where nothing is expected; deliveries are in order of receipt. faults: check id and
    what is wrong, with no person's value.
    """

    source: str
    month: date
    due: date | None
    arrived: Arrived
    days_late: int
    deliveries: tuple[Delivery, ...]
    faults: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class History:
    """A source: the pattern it is held to, in words and as data, and its slots by month."""

    source: str
    declared: SourceExpectation | None
    learned: Learned | None
    pattern: str
    slots: tuple[Slot, ...]


def histories(
    found: Sequence[Delivery],
    expectations: Expectations,
    as_of: date,
    again: Mapping[str, Sequence[date]] = MappingProxyType({}),
) -> list[History]:
    """Every source that delivered or is expected to, by name.

    again: load → the days on which exactly the same came again.
    """
    known = [it for it in found if it.received_on <= as_of]
    names = sorted({it.source for it in known} | set(expectations.shape.sources))
    return [
        _history(name, [it for it in known if it.source == name], expectations, as_of, again)
        for name in names
    ]


def _history(
    source: str,
    mine: Sequence[Delivery],
    expectations: Expectations,
    as_of: date,
    again: Mapping[str, Sequence[date]],
) -> History:
    declared, learning = expectations.of(source), expectations.shape.learned
    learned = None if declared else learn(mine, learning)
    pattern = f"declared in {expectations.cited(source)}" if declared else str(learned or _NONE)
    due = declared or learned
    expected = _expected(declared, learned, mine, as_of)
    months = sorted({*expected, *(it.month for it in mine)})
    bands = declared.rows if declared else _usual_rows(mine, learned, learning)
    slots = []
    for month in months:
        came = tuple(it for it in mine if it.month == month)
        day = due.due(month) if due and month in expected else None
        slots.append(_slot(source, month, day, came, as_of))
    held = [_with_faults(it, declared, _at(it, slots, learned, bands), again) for it in slots]
    return History(source, declared, learned, pattern, tuple(held))


def _at(
    slot: Slot, slots: Sequence[Slot], learned: Learned | None, bands: Mapping[str, Band]
) -> Mapping[str, Band]:
    """The bands of one slot: a first delivery may bring history, so it has no upper bound."""
    if learned is None or slot is not slots[0]:
        return bands
    return {table: Band(least=it.least) for table, it in bands.items()}


_NONE = "no pattern: too few deliveries to learn one, and none is declared"


def learn(mine: Sequence[Delivery], learning: Learning) -> Learned | None:
    """The pattern of a history; None where it is too short. Repeats teach nothing."""
    first = _firsts(it for it in mine if not it.is_repeat)
    if len(first) < learning.least_deliveries:
        return None
    days = sorted(it.received_on for it in first)
    intervals = [(after - before).days for before, after in pairwise(days)]
    after_end = [(it.received_on - month_end(it.month)).days for it in first]
    steps = [_months(before.month, after.month) for before, after in pairwise(first)]
    spread = _spread(after_end)
    return Learned(
        deliveries=len(first),
        interval=median_high(intervals),
        interval_spread=_spread(intervals),
        usual_days=median_low(after_end),
        days_spread=spread,
        grace=max(learning.least_days, learning.spread_times * spread),
        every_months=median_low(steps),
    )


def _firsts(mine: Iterable[Delivery]) -> list[Delivery]:
    """The first delivery of each month, by month."""
    first: dict[date, Delivery] = {}
    for it in mine:
        first.setdefault(it.month, it)
    return [first[month] for month in sorted(first)]


def _spread(days: Sequence[int]) -> int:
    """The median absolute deviation from the median."""
    middle = median_low(days)
    return median_high([abs(it - middle) for it in days])


def _months(before: date, after: date) -> int:
    return (after.year - before.year) * MONTHS_PER_YEAR + after.month - before.month


def _expected(
    declared: SourceExpectation | None,
    learned: Learned | None,
    mine: Sequence[Delivery],
    as_of: date,
) -> list[date]:
    """The months of which a delivery is expected, the running one included."""
    until = as_of.replace(day=1)
    if declared:
        return list(declared.months(until))
    if learned is None:
        return []
    months, month = [], min(it.month for it in mine)
    while month <= until:
        months.append(month)
        month = add_months(month, learned.every_months)
    return months


def _usual_rows(
    mine: Sequence[Delivery], learned: Learned | None, learning: Learning
) -> Mapping[str, Band]:
    """The rows of each table around the median delivery, where a pattern is learned."""
    if learned is None:
        return {}
    first = _firsts(it for it in mine if not it.is_repeat)
    tables = sorted({table for it in first for table in it.rows})
    usual = {it: median_low([one.rows.get(it, 0) for one in first]) for it in tables}
    return {
        table: Band(
            least=int(rows * learning.least_ratio), most=int(rows * learning.most_ratio) + 1
        )
        for table, rows in usual.items()
    }


def _slot(
    source: str, month: date, due: date | None, came: tuple[Delivery, ...], as_of: date
) -> Slot:
    if not came:
        arrived: Arrived = "missing" if due and as_of > due else "not due yet"
        return Slot(source, month, due, arrived, 0, ())
    late = max(0, (came[0].received_on - due).days) if due else 0
    if due is None:
        return Slot(source, month, None, "came", 0, came)
    return Slot(source, month, due, "late" if late else "in time", late, came)


def _with_faults(
    slot: Slot,
    declared: SourceExpectation | None,
    bands: Mapping[str, Band],
    again: Mapping[str, Sequence[date]],
) -> Slot:
    faults = [*_arrival_faults(slot)]
    for it in slot.deliveries:
        days = again.get(it.load_id, ())
        faults += [("delivery_repeated", f"load {it.load_id} came again on {day}") for day in days]
    fresh = [it for it in slot.deliveries if not it.is_repeat]
    if fresh:
        faults += _row_faults(fresh, bands)
        faults += _file_faults(fresh, declared)
    return replace(slot, faults=tuple(faults))


def _arrival_faults(slot: Slot) -> Iterator[tuple[str, str]]:
    if slot.arrived == "missing":
        yield "delivery_missing", f"nothing came; it was due on {slot.due}"
    if slot.arrived == "late":
        yield "delivery_late", f"came {_days(slot.days_late)} after {slot.due}"
    for it in slot.deliveries:
        if it.is_repeat:
            first = ", ".join(sorted(set(it.repeats.values()) - {it.load_id}))
            what = f"the files of load {first}" if first else "rows that all came before"
            yield "delivery_repeated", f"load {it.load_id} of {it.received_on} holds {what}"
        elif it.repeats:
            files = ", ".join(sorted(it.repeats))
            yield "delivery_repeated", f"load {it.load_id}: files that came before: {files}"


def _row_faults(fresh: Sequence[Delivery], bands: Mapping[str, Band]) -> Iterator[tuple[str, str]]:
    for table, band in bands.items():
        rows = sum(it.rows.get(table, 0) for it in fresh)
        if rows < band.least or (band.most is not None and rows > band.most):
            most = f"{band.most:,}" if band.most is not None else "any number"
            yield (
                "delivery_rows",
                f"{table}: {shown(rows)} rows, expected {band.least:,} to {most}",
            )


def _file_faults(
    fresh: Sequence[Delivery], declared: SourceExpectation | None
) -> Iterator[tuple[str, str]]:
    names = [name for it in fresh for name in it.files]
    for pattern in declared.files if declared else ():
        if not any(fnmatch(name, pattern) or fnmatch(name, f"*/{pattern}") for name in names):
            yield "delivery_files", f"no file {pattern}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
