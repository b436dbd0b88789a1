"""Elements read as what they are: amounts in cents, dates, counts. Empty elements are None.

Formats: amounts are type R (an optional sign, digits, an optional point) and dates are CCYYMMDD
(D8) or two of them with a hyphen (RD8), X12.6 and the 005010 guides.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from openvbc.sources.x12.fault import BAD_CHARACTER, BAD_DATE, BAD_ELEMENT, Fault
from openvbc.sources.x12.tokens import Segment

_AMOUNT: Final = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)")
_QUANTITY: Final = re.compile(r"-?(?:[0-9]{1,14}(?:\.[0-9]{0,3}0*)?|\.[0-9]{1,3}0*)")
_DAY: Final = re.compile(r"[0-9]{8}")
_PERIOD_WIDTH: Final = 17


class BadValueError(ValueError):
    """An element that is not what its guide says; holds the Fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.said)


def bad(segment: Segment, element: int, reason: str, expected: str, code: str) -> BadValueError:
    """The error of one element."""
    where = f"{segment.name}{element:02d}"
    fault = Fault(
        segment.position, f"{where} {reason}", expected, segment.name, BAD_ELEMENT, element, code
    )
    return BadValueError(fault)


def cents(segment: Segment, element: int) -> int | None:
    """An amount of dollars as whole cents."""
    return as_cents(segment, element, segment.at(element))


def as_cents(segment: Segment, element: int, text: str) -> int | None:
    """The same of a text that stands in an element."""
    if not text:
        return None
    if not _AMOUNT.fullmatch(text):
        raise bad(segment, element, "is no amount", "dollars with up to 2 decimals", BAD_CHARACTER)
    return int(Decimal(text) * 100)


def quantity(segment: Segment, element: int) -> str | None:
    """A count with up to three decimals."""
    text = segment.at(element)
    if text and not _QUANTITY.fullmatch(text):
        raise bad(segment, element, "is no quantity", "a number", BAD_CHARACTER)
    return text or None


def day(segment: Segment, element: int) -> str | None:
    """A date CCYYMMDD as YYYY-MM-DD."""
    text = segment.at(element)
    return as_day(segment, element, text) if text else None


def as_day(segment: Segment, element: int, text: str) -> str:
    """The same of a text that stands in an element; a time after the day is left out."""
    digits = text[:8]
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        found = None
    if found is None or not _DAY.fullmatch(digits):
        raise bad(segment, element, "is no date", "a date as CCYYMMDD", BAD_DATE)
    return found.isoformat()


def period(segment: Segment, form: int, element: int) -> tuple[str | None, str | None]:
    """First and last day of a DTP or DTM element; form is the element that says D8, DT or RD8."""
    text = segment.at(element)
    if not text:
        return None, None
    if segment.at(form) != "RD8":
        first = as_day(segment, element, text)
        return first, first
    if len(text) != _PERIOD_WIDTH or text[8] != "-":
        raise bad(segment, element, "is no period", "two dates as CCYYMMDD-CCYYMMDD", BAD_DATE)
    return as_day(segment, element, text[:8]), as_day(segment, element, text[9:])
