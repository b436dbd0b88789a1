"""What the episode payment models share: caps, limits and the quality adjustment.

TEAM, CJR and BPCI Advanced compare target amounts with spending, and keep a factor or an amount
inside a band around another.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from openvbc.rules.rule import Over, RefusedError

WordByStratum = Annotated[Mapping[str, str], Over("stratum")]
"""A word for each episode category or target-price cell."""

HIGHEST_SCORE: Final = Decimal(100)


def within(value: Decimal, center: Decimal, share: Decimal) -> Decimal:
    """The value, at most a share of the center away from it."""
    return min(max(value, center * (1 - share)), center * (1 + share))


def limited(amount: Decimal, most_lost: Decimal, most_gained: Decimal) -> Decimal:
    """The amount between the largest loss (a positive number) and the largest gain."""
    return min(max(amount, -most_lost), most_gained)


def total(amounts: Mapping[str, Decimal]) -> Decimal:
    """The sum over all cells."""
    return sum(amounts.values(), Decimal(0))


def quality_rate(
    amount: Decimal, score: Decimal, gain_reduction: Decimal, loss_relief: Decimal
) -> Decimal:
    """Share of an amount taken off for quality, from a score of 0 to 100.

    A gain loses least with the highest score; a loss is eased most. Raises RefusedError for a
    score outside 0 to 100.
    """
    if not 0 <= score <= HIGHEST_SCORE:
        raise RefusedError(f"composite quality score is {score:f}; expected 0 to 100")
    share = score / HIGHEST_SCORE
    return gain_reduction * (1 - share) if amount > 0 else loss_relief * share
