"""What programs make of risk scores: mean, renormalization, caps on growth, coding intensity."""

from decimal import Decimal
from typing import Final

from openvbc.rules.ratio import ratio

SCORE_SCALE: Final = 10**9
"""Score-months are stored as whole billionths of a score."""


def mean_score(score_months_e9: Decimal, months: Decimal) -> Decimal:
    """Mean score by months, from scores × months in billionths; 0 where nobody has a score."""
    return ratio(score_months_e9, months * SCORE_SCALE, empty=0)


def renormalized_score(score: Decimal, reference_mean: Decimal) -> Decimal:
    """A score against the mean of a program's own reference population.

    Accountable-care programs divide by the mean of theirs, not by Medicare Advantage's
    normalization (42 CFR 425.652(a)(2), 425.605(a)(1)).
    """
    return score / reference_mean


def capped_growth(score: Decimal, reference: Decimal, up: Decimal, down: Decimal | None) -> Decimal:
    """A score whose change from the reference year is held between −down and +up.

    Without a floor down is None: so is the cap of the Shared Savings Program (42 CFR
    425.605(a)(1)(ii)), and the one that ACO REACH adds in its last year.
    """
    held = min(score, reference * (1 + up))
    return held if down is None else max(held, reference * (1 - down))


def coding_intensity_factored(score: Decimal, factor: Decimal) -> Decimal:
    """A score times the factor that takes off what all entities of a model coded more."""
    return score * factor
