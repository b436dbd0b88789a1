"""Ratios and means over cells that may be empty.

Small populations have enrolment types with nobody in them, and no rule says what a ratio to
nobody is: each rule names the value that leaves the rest as it is.
"""

from collections.abc import Mapping
from decimal import Decimal


def ratio(part: Decimal, whole: Decimal, empty: int) -> Decimal:
    """Part ÷ whole, or `empty` where either side is 0 and there is nothing to compare."""
    return part / whole if part and whole else Decimal(empty)


def weighted_mean(
    values: Mapping[str, Decimal], weights: Mapping[str, Decimal], empty: int = 0
) -> Decimal:
    """The mean of values over the same keys as weights, or `empty` where all weights are 0."""
    total = sum(weights.values(), Decimal(0))
    weighted = sum((values[key] * weight for key, weight in weights.items()), Decimal(0))
    return weighted / total if total else Decimal(empty)
