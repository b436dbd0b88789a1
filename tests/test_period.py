"""Months: whole ones, in order, without gaps."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openvbc.engine.plan import month_slices
from openvbc.period import (
    add_months,
    calendar_year,
    federal_fiscal_year,
    fiscal_year_of,
    month_end,
    month_start,
    whole_months,
)

DAYS = some.dates(date(1990, 1, 1), date(2090, 12, 31))
MONTHS = some.integers(-600, 600)


@given(DAYS)
def test_a_day_lies_in_its_month(day: date) -> None:
    assert month_start(day) <= day <= month_end(day)
    assert (month_end(day) + timedelta(days=1)).day == 1


@given(DAYS, MONTHS)
def test_months_added_to_a_first_day_can_be_taken_away_again(day: date, months: int) -> None:
    first = month_start(day)
    assert add_months(add_months(first, months), -months) == first


@given(DAYS, MONTHS)
def test_adding_months_never_leaves_the_month_that_is_meant(day: date, months: int) -> None:
    # the month counted from year 0
    meant = day.year * 12 + day.month - 1 + months
    found = add_months(day, months)
    assert found.year * 12 + found.month - 1 == meant
    assert found.day == min(day.day, month_end(found).day)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),  # a shorter month
        (date(2024, 1, 31), 1, date(2024, 2, 29)),  # in a leap year
        (date(2025, 12, 31), 3, date(2026, 3, 31)),  # over the year's end
        (date(2025, 12, 31), -15, date(2024, 9, 30)),
        (date(2025, 1, 1), -15, date(2023, 10, 1)),
    ],
)
def test_months_are_added_by_the_calendar(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(DAYS, some.integers(0, 60))
def test_slices_name_every_month_once_and_in_order(day: date, months: int) -> None:
    last = add_months(day, months)
    found = list(month_slices(day, last))
    assert len(found) == months + 1
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (f"{day:%Y-%m}", f"{last:%Y-%m}")


def test_months_from_a_first_to_a_last_day_count_both() -> None:
    assert whole_months(date(2019, 7, 1), date(2019, 12, 31)) == 6
    assert whole_months(date(2022, 7, 1), date(2023, 6, 30)) == 12
    assert whole_months(date(2024, 2, 1), date(2024, 2, 29)) == 1


def test_a_calendar_year_is_january_to_december() -> None:
    assert calendar_year(2024) == (date(2024, 1, 1), date(2024, 12, 31))


@given(DAYS)
def test_a_day_lies_in_its_fiscal_year(day: date) -> None:
    """From October on it is the next year's: 2024-10-01 is the first day of fiscal year 2025."""
    first, last = federal_fiscal_year(fiscal_year_of(day))
    assert first <= day <= last
    assert (first.month, first.day) == (10, 1)
