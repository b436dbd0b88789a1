"""Ratios and means over cells that may be empty. Small populations have enrolment types in which
nobody is, and the rules say nothing about a ratio to nobody.
"""

from collections.abc import Mapping
from decimal import Decimal


def ratio(part: Decimal, whole: Decimal, empty: int) -> Decimal:
    """part ÷ whole, or `empty` where there is nothing on either side to compare."""
    return part / whole if part and whole else Decimal(empty)


def weighted_mean(
    values: Mapping[str, Decimal], weights: Mapping[str, Decimal], empty: int = 0
) -> Decimal:
    """The mean of values over the same keys as weights, or `empty` where all weights are 0."""
    total = sum(weights.values(), Decimal(0))
    weighted = sum((values[key] * weight for key, weight in weights.items()), Decimal(0))
    return weighted / total if total else Decimal(empty)
