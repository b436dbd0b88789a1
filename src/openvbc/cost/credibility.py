"""How much a panel's own experience counts against the book's: two usual methods, in Decimal.

Limited fluctuation: the square root of exposure over the exposure of full credibility, at most 1.
Greatest accuracy (Bühlmann–Straub, nonparametric): exposure over exposure plus k, k the variance
within panels over the variance between them; where none is seen between them, nothing counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from openvbc.money import RULES_CONTEXT

NONE: Final = Decimal(0)
FULL: Final = Decimal(1)
LEAST: Final = Decimal("1e-9")
"""A variance between ratios that is not above this is rounding, not a difference."""


@dataclass(frozen=True)
class Experience:
    """One panel: people, exposure (person-years), its mean ratio, and Σ exposure × ratio²."""

    persons: int
    exposure: Decimal
    ratio: Decimal
    squares: Decimal


@dataclass(frozen=True)
class Structure:
    """What the panels show together: variance within (of one person-year) and between."""

    within: Decimal
    between: Decimal

    @property
    def k(self) -> Decimal | None:
        """Exposure at which a panel's own experience counts half; None where it never does."""
        with localcontext(RULES_CONTEXT):
            return self.within / self.between if self.between > 0 else None


def structure(panels: Sequence[Experience]) -> Structure:
    """The unbiased estimators of Bühlmann and Straub; no variance where there is too little."""
    with localcontext(RULES_CONTEXT):
        exposure = sum((it.exposure for it in panels), NONE)
        free = sum(it.persons - 1 for it in panels)
        spread = sum((it.squares - it.exposure * it.ratio**2 for it in panels), NONE)
        within = max(spread / free, NONE) if free > 0 else NONE
        if len(panels) < 2 or not exposure:  # noqa: PLR2004 - between needs two
            return Structure(within, NONE)
        mean = sum((it.exposure * it.ratio for it in panels), NONE) / exposure
        apart = sum((it.exposure * (it.ratio - mean) ** 2 for it in panels), NONE)
        scale = exposure - sum((it.exposure**2 for it in panels), NONE) / exposure
        between = (apart - (len(panels) - 1) * within) / scale
        return Structure(within, between if between > LEAST else NONE)


def full_exposure(deviations: Decimal, error: Decimal, within: Decimal) -> Decimal:
    """Person-years at which the mean is within the error as often as the deviations say."""
    with localcontext(RULES_CONTEXT):
        return (deviations / error) ** 2 * within


def limited_fluctuation(exposure: Decimal, full: Decimal) -> Decimal:
    """The share that own experience counts."""
    with localcontext(RULES_CONTEXT):
        return FULL if exposure >= full else (exposure / full).sqrt()


def greatest_accuracy(exposure: Decimal, found: Structure) -> Decimal:
    """The share that own experience counts; nothing where panels do not differ."""
    with localcontext(RULES_CONTEXT):
        return NONE if found.k is None else exposure / (exposure + found.k)


def blended(weight: Decimal, own: Decimal, book: Decimal = FULL) -> Decimal:
    """Own experience by its weight, the book's for the rest."""
    with localcontext(RULES_CONTEXT):
        return weight * own + (FULL - weight) * book
