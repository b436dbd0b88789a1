"""What programs make of risk scores: mean, renormalization, caps on growth, coding intensity."""

from decimal import Decimal
from typing import Final

from openvbc.rules.ratio import ratio
from openvbc.rules.rule import RefusedError

SCORE_SCALE: Final = 10**9
"""Score-months are stored as whole billionths of a score."""


def mean_score(score_months_e9: Decimal, months: Decimal) -> Decimal:
    """Mean score by months, from scores × months in billionths; 0 where nobody has a score."""
    return ratio(score_months_e9, months * SCORE_SCALE, empty=0)


def mean_score_of(score_months_e9: Decimal, score_months: Decimal, months: Decimal) -> Decimal:
    """Mean score of those who have one, which stands for all months; 0 where there is nobody.

    Raises RefusedError where there are people, and nobody has a score above 0: a score of 0 would
    say that they cost nothing.
    """
    if months and (score_months <= 0 or score_months_e9 <= 0):
        found = f"{months:f} months of people, none with a risk score above 0"
        do = "load risk_score, or name the model of their type under risk: (esrd: has its own)"
        raise RefusedError(f"{found}; {do}")
    return mean_score(score_months_e9, score_months)


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
