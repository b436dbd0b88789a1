"""What is wrong in a transmission, and where; never with a value of it."""

from dataclasses import dataclass
from typing import Final

SEGMENT_COUNT: Final = "4"
SET_CONTROL: Final = "3"
SET_TRAILER: Final = "2"
SET_UNKNOWN: Final = "1"
SET_NUMBER_TWICE: Final = "23"
SEGMENT_IN_ERROR: Final = "5"
"""Codes of a transaction set (999, IK502)."""

GROUP_TRAILER: Final = "3"
GROUP_CONTROL: Final = "4"
GROUP_COUNT: Final = "5"
"""Codes of a functional group (999, AK905)."""

UNEXPECTED: Final = "2"
MISSING: Final = "3"
TOO_MANY: Final = "4"
BAD_ELEMENT: Final = "8"
"""Codes of a segment (999, IK304)."""

ELEMENT_MISSING: Final = "1"
BAD_CHARACTER: Final = "6"
BAD_CODE: Final = "7"
BAD_DATE: Final = "8"
"""Codes of an element (999, IK403)."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    position: of the segment in the file, from 1. reason and expected: as in the quarantine.
    segment, element: the segment's name and the element's number, 0 for the segment as a whole.
    code: of the set or the segment; element_code: of the element.
    """

    position: int
    reason: str
    expected: str
    segment: str
    code: str
    element: int = 0
    element_code: str = ""

    @property
    def said(self) -> str:
        """The reason with its place."""
        return f"{self.reason} (segment {self.position}, {self.segment})"
