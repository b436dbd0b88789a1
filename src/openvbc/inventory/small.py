"""Counts of 1 to 10 are not shown: who is counted could be known from them.

The threshold is that of the CMS cell-size suppression policy: no cell below 11, and none that can
be computed from others.
"""

from typing import Final

LEAST_SHOWN: Final = 11
SMALL: Final = "1–10"


def is_small(count: int) -> bool:
    """Whether a count must not be shown."""
    return 0 < count < LEAST_SHOWN


def shown(count: int) -> str:
    """The count with separators, or the words in its place."""
    return SMALL if is_small(count) else f"{count:,}"
