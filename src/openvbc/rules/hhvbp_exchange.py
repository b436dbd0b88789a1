"""Expanded HHVBP model, the exchange: from the total performance score to the payment.

A part of the component `hhvbp`, in the order of 42 CFR 484.370 and of the steps of the CY 2022
HH PPS final rule (86 FR 62240, linear exchange function): the slope of the cohort, the agency's
payment rate, the adjustment percentage and the payment. Inside a cohort the adjustments sum to
zero: what is at stake for all is shared out again by score.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule

FULL_SCORE: Final = Decimal(100)
"""The total performance score runs from 0 to 100 (42 CFR 484.345)."""

LEAVES: Final = (
    Leaf(
        "reported_slope",
        "score",
        "slope of the cohort's linear exchange function as CMS reports it",
        "42 CFR 484.370(c)(3), 484.345 (linear exchange function)",
        default=None,
    ),
    Leaf(
        "cohort_payments_at_stake",
        "usd",
        "applicable percent of the cohort's prior-year payments, summed over agencies with a score",
        "CY 2022 HH PPS final rule, 86 FR 62240 (linear exchange function)",
        default=None,
    ),
    Leaf(
        "cohort_payments_by_score",
        "usd",
        "the same, each agency's amount times its total performance score divided by 100",
        "CY 2022 HH PPS final rule, 86 FR 62240 (linear exchange function)",
        default=None,
    ),
    Leaf(
        "home_health_payments",
        "usd",
        "final claim payments of the payment year under the home health PPS, before the adjustment",
        "42 CFR 484.370(b), 484.205",
    ),
)

_STEPS: Final = ("payments_earned", "less payments_at_stake", "payment_adjustment")
WATERFALL: Final = {"payer_pays": _STEPS, "entity_pays": _STEPS}


def slope(payments_at_stake: Decimal, payments_by_score: Decimal) -> Decimal:
    """What is at stake in the cohort for each dollar that its scores would earn at a slope of 1.

    Raises RefusedError where no agency of the cohort scored a point.
    """
    if payments_by_score <= 0:
        raise RefusedError("no agency of the cohort has points; the exchange has no slope")
    return payments_at_stake / payments_by_score


def cohort_slope(
    agencies: Iterable[tuple[Decimal, Decimal]], applicable_percent: Decimal
) -> Decimal:
    """The slope of a whole cohort from each agency's (total performance score, prior payments).

    Payments are dollars of the prior year that CMS takes for the exchange; agencies without a
    score are left out by the caller. Source: 42 CFR 484.370(c)(3), 86 FR 62240. Raises
    RefusedError where no agency has points.
    """
    cohort = [(score, payments * applicable_percent) for score, payments in agencies]
    at_stake = sum((amount for _, amount in cohort), Decimal(0))
    by_score = sum((amount * score / FULL_SCORE for score, amount in cohort), Decimal(0))
    return slope(at_stake, by_score)


@rule(unit="score", cite="42 CFR 484.370(c)(3), 484.345 (linear exchange function)")
def exchange_slope(
    reported_slope: Decimal | None,
    cohort_payments_at_stake: Decimal | None,
    cohort_payments_by_score: Decimal | None,
) -> Decimal | Unknown:
    """Slope of the cohort's exchange: as reported, or from the cohort's two sums."""
    if reported_slope is not None:
        return reported_slope
    if cohort_payments_at_stake is None or cohort_payments_by_score is None:
        return Unknown("exchange unknown: the cohort's slope, or its two sums, missing")
    return slope(cohort_payments_at_stake, cohort_payments_by_score)


@rule(unit="rate", cite="42 CFR 484.370(c)")
def quality_adjusted_payment_rate(
    total_performance_score: Decimal | None,
    applicable_percent: Decimal,
    exchange_slope: Decimal | Unknown,
) -> Decimal | Unknown | None:
    """Product of the applicable percent, the score divided by 100 and the slope.

    None for an agency without a total performance score.
    """
    if total_performance_score is None or isinstance(exchange_slope, Unknown):
        return None if total_performance_score is None else exchange_slope
    return applicable_percent * total_performance_score / FULL_SCORE * exchange_slope


@rule(
    unit="rate",
    cite="42 CFR 484.345 (applicable percent), 484.370(c); CY 2022 HH PPS final rule, 86 FR 62240",
)
def payment_adjustment_percentage(
    quality_adjusted_payment_rate: Decimal | None, applicable_percent: Decimal
) -> Decimal:
    """Payment rate less the applicable percent, at most the applicable percent up or down.

    Nothing for an agency without a total performance score.
    """
    if quality_adjusted_payment_rate is None:
        return Decimal(0)
    change = quality_adjusted_payment_rate - applicable_percent
    return min(max(change, -applicable_percent), applicable_percent)


@rule(unit="usd", cite="CY 2022 HH PPS final rule, 86 FR 62240 (linear exchange function)")
def payments_at_stake(applicable_percent: Decimal, home_health_payments: Decimal) -> Decimal:
    """The applicable percent of the payments: what the agency puts into the exchange."""
    return applicable_percent * home_health_payments


@rule(unit="usd", cite="CY 2022 HH PPS final rule, 86 FR 62240 (linear exchange function)")
def payments_earned(
    applicable_percent: Decimal,
    payment_adjustment_percentage: Decimal,
    home_health_payments: Decimal,
) -> Decimal:
    """What the agency takes out of the exchange: all it put in, and the adjustment."""
    return (applicable_percent + payment_adjustment_percentage) * home_health_payments


@rule(unit="usd", cite="42 CFR 484.370(b)")
def payment_adjustment(
    payment_adjustment_percentage: Decimal, home_health_payments: Decimal
) -> Decimal:
    """What the payment year's payments rise, or fall (below zero), to the cent."""
    return round_half_up(payment_adjustment_percentage * home_health_payments, 2)
