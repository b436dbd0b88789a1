"""Dates, months and performance periods."""

import calendar
from datetime import date
from typing import Final

MONTHS_PER_YEAR: Final = 12


def month_start(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def add_months(day: date, months: int) -> date:
    """The same day a number of months later, or the last day of a shorter month."""
    index = day.year * MONTHS_PER_YEAR + day.month - 1 + months
    year, month = divmod(index, MONTHS_PER_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def whole_months(first_day: date, last_day: date) -> int:
    """How many months there are from the first day's to the last day's."""
    return (last_day.year - first_day.year) * MONTHS_PER_YEAR + last_day.month - first_day.month + 1


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def calendar_year(year: int) -> tuple[date, date]:
    """The first and last day of a calendar year."""
    return date(year, 1, 1), date(year, 12, 31)


def fiscal_year_of(day: date) -> int:
    """The number of the federal fiscal year that a day is in: from October on the next year's."""
    return day.year + (day >= date(day.year, 10, 1))


def federal_fiscal_year(year: int) -> tuple[date, date]:
    """The first and last day of a federal fiscal year: it ends on 30 September of its number."""
    return date(year - 1, 10, 1), date(year, 9, 30)
