"""The cells of a published file: numbers, shares, flags and days as people have typed them."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Final

_NUMBER: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?:\.(?P<part>\d*))?(?P<exp>[eE][+-]?\d+)?"
)
_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s.*)?")
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T\s].*)?")
_BLANK: Final = frozenset({"", "-", "--", ".", "na", "n/a", "null", "none"})
_SUPPRESSED: Final = frozenset({"*", "**", "^", "~", "#"})
_PERCENT_PLACES: Final = 2
_POWERS_BELOW: Final = Decimal("0.0001")
"""Spreadsheets save smaller numbers as a power of ten, with fewer places than the column has."""


@cache
def bare(label: str) -> str:
    """A column's label without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", label.lower())


class Missing(Enum):
    """Why a cell holds no value."""

    BLANK = "blank"
    SUPPRESSED = "suppressed"
    TEXT = "text"


@dataclass(frozen=True)
class Number:
    """A number as printed: its value, and whether with a percent sign or with a power of ten."""

    value: Decimal
    percent: bool
    scientific: bool

    @property
    def share(self) -> Decimal:
        """The value with its percent sign worked in."""
        return self.value.scaleb(-_PERCENT_PLACES) if self.percent else self.value

    @property
    def step(self) -> Decimal:
        """One in the last printed place of the share."""
        exponent = self.share.as_tuple().exponent
        return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)


def read_number(text: str) -> Number | Missing:
    """A number with or without dollar sign, thousands separators, percent sign, parentheses."""
    bare = re.sub(r"[\s\u00a0$]", "", text).replace("\u2212", "-")
    if bare.lower() in _BLANK:
        return Missing.BLANK
    if bare in _SUPPRESSED:
        return Missing.SUPPRESSED
    percent = bare.endswith("%")
    bare = bare.removesuffix("%")
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    match = _NUMBER.fullmatch(bare)
    if match is None or not (match["whole"] or match["part"]):
        return Missing.TEXT
    value = Decimal(bare.replace(",", ""))
    return Number(value, percent, match["exp"] is not None)


def read_flag(text: str) -> bool | Missing:
    """A flag: 1 or 0, with or without decimals, or yes and no."""
    word = text.strip().lower()
    if word in {"yes", "y", "true"}:
        return True
    if word in {"no", "n", "false"}:
        return False
    number = read_number(text)
    if isinstance(number, Missing):
        return number
    return bool(number.value) if number.value in {0, 1} else Missing.TEXT


def read_day(text: str) -> date | Missing:
    """A day as month/day/year or as year-month-day; a time after it is ignored."""
    bare = text.strip()
    if bare.lower() in _BLANK:
        return Missing.BLANK
    american, iso = _DAY.fullmatch(bare), _ISO_DAY.fullmatch(bare)
    try:
        if american:
            month, day, year = (int(part) for part in american.groups())
            return date(year, month, day)
        if iso:
            return date(*(int(part) for part in iso.groups()))
    except ValueError:
        return Missing.TEXT
    return Missing.TEXT


@dataclass(frozen=True)
class Rate:
    """A share as a fraction of 1, and the smallest difference that its cell can print."""

    value: Decimal
    step: Decimal


@dataclass(frozen=True)
class RateColumn:
    """A column of shares, printed as fractions or as percents.

    unit is what one printed unit is worth; step is the smallest difference the column can print.
    """

    unit: Decimal
    step: Decimal

    @classmethod
    def of(cls, texts: list[str], largest_fraction: Decimal) -> "RateColumn":
        """The unit of a column whose fractions are never above largest_fraction."""
        numbers = [number for text in texts if isinstance(number := read_number(text), Number)]
        plain = [number for number in numbers if not number.percent]
        percents = any(abs(number.value) > largest_fraction for number in plain)
        unit = Decimal(1).scaleb(-_PERCENT_PLACES) if percents else Decimal(1)
        steps = [number.step for number in numbers if not number.scientific]
        return cls(unit, unit * min([*steps, Decimal(1)]))

    def read(self, text: str) -> Rate | Missing:
        """The cell's share. Where a spreadsheet wrote it as a power of ten, it has own places."""
        number = read_number(text)
        if isinstance(number, Missing):
            return number
        unit = Decimal(1) if number.percent else self.unit
        powers = number.scientific or 0 < abs(number.value) < _POWERS_BELOW
        return Rate(number.share * unit, unit * number.step if powers else self.step)
