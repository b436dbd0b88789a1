"""A performance year that is a part of a calendar year: counted whole, paid by its months' share.

In 2019 the Shared Savings Program had such performance years (42 CFR 425.609): the first of an
agreement that begins in July, the last of one that ends in June. A program says by a dated
parameter on which days it has them, and of how many months.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from openvbc.contract.facts import At, Found
from openvbc.errors import InputError
from openvbc.parameters import Parameter
from openvbc.period import calendar_year, whole_months
from openvbc.rules.rule import Leaf

PART_YEAR: Final = "part_year_months"
"""The parameter of a program that has such performance years."""

MONTHS: Final = "performance_months"
"""The leaf that says how many months are paid."""

COUNTED: Final = "counted_months"
"""The leaf that says of how many months benchmark and expenditure are."""

Days = tuple[date, date]


def part_year_months(parameters: Mapping[str, Parameter], day: date) -> int:
    """The months of such a performance year on a day; 0 where the program has none."""
    parameter = parameters.get(PART_YEAR)
    try:
        return int(parameter.on(day).value) if parameter else 0
    except InputError:  # a day that the program's rules do not cover is a problem of its own
        return 0


def why_not_counted(period: Days, start: date, end: date | None, months: int) -> str | None:
    """What a period would have to be to be counted by calendar year; None where it is that.

    start, end: the agreement's. months: those of a performance year that is a part of a year.
    """
    (first, last), year = period, calendar_year(period[0].year)
    if period == year:
        return None
    expected = f"expected {year[0]} to {year[1]}"
    if not months:
        return expected
    if whole_months(first, last) != months or (first != year[0] and last != year[1]):
        return f"{expected}, or its first or last {months} months"
    if last == year[1] and start != first:
        of = f"the last {months} months are a performance year of an agreement that begins with"
        return f"{of} them: expected agreement.start {first}, found {start}"
    if first == year[0] and end != last:
        of = f"the first {months} months are a performance year of an agreement that ends with"
        return f"{of} them: expected agreement.end {last}, found {end or 'none'}"
    return None


@dataclass(frozen=True)
class PartYearFacts:
    """The months of a part of a year and of the whole, as the days of the settlement say."""

    period: Days
    counted: Days
    file: str

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The months of the period, or of the calendar year; None for any other leaf."""
        days = {MONTHS: self.period, COUNTED: self.counted}.get(leaf.name)
        if days is None or at != At():
            return None
        source = {
            "kind": "period",
            "file": self.file,
            "first_day": days[0].isoformat(),
            "last_day": days[1].isoformat(),
        }
        return Found(Decimal(whole_months(*days)), source)
