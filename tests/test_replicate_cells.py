"""What people type into the cells of a published file: numbers, days, flags, and what is none."""

from decimal import Decimal
from typing import Any

import pytest

from openvbc.replicate.cells import Missing, Number, read_day, read_flag, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234", "1234"),
        (" $1,234,567.80 ", "1234567.80"),
        ("(1,234)", "-1234"),
        ("\u22125", "-5"),
        ("-5.5", "-5.5"),
        (".25", "0.25"),
        ("1.2E+06", "1200000"),
        ("2.5%", "0.025"),
    ],
)
def test_numbers_as_people_type_them(text: str, value: str) -> None:
    number = read_number(text)
    assert isinstance(number, Number)
    assert number.share == Decimal(value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Missing.BLANK),
        ("-", Missing.BLANK),
        ("N/A", Missing.BLANK),
        ("*", Missing.SUPPRESSED),
        ("^", Missing.SUPPRESSED),
        ("~", Missing.SUPPRESSED),
        ("12,34", Missing.TEXT),
        ("1_000", Missing.TEXT),
        ("NaN", Missing.TEXT),
        ("$", Missing.BLANK),
        ("%", Missing.TEXT),
    ],
)
def test_what_is_no_number(text: str, why: Missing) -> None:
    assert read_number(text) is why


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01/01/2014", "2014-01-01"),
        ("1/1/2018 12:00:00 AM", "2018-01-01"),
        ("2019-07-01", "2019-07-01"),
        ("2019-07-01T00:00", "2019-07-01"),
        ("13/13/2019", "Missing.TEXT"),
        ("", "Missing.BLANK"),
    ],
)
def test_days_as_people_type_them(text: str, day: str) -> None:
    assert str(read_day(text)) == day


@pytest.mark.parametrize(
    ("text", "flag"),
    [("1", True), ("0.0", False), ("Yes", True), ("no", False), ("3", Missing.TEXT)],
)
def test_flags_as_people_type_them(text: str, flag: Any) -> None:
    assert read_flag(text) is flag
