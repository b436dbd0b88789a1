"""Ambulatory Specialty Model: from the final score to the payments of the payment year.

The rules stand in the order of 42 CFR 512.750(a)-(c). The transformed final score is CMS's: an
exchange function puts each score in relation to all scores of the cohort.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.asm_score import SCALE
from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule

LEAVES: Final = (
    Leaf(
        "final_score",
        "points",
        "the participant's final score; a contract with the score component computes it",
        "42 CFR 512.745(a)",
    ),
    Leaf(
        "transformed_final_score",
        "rate",
        "the final score as CMS's exchange function transforms it; none for a score of 0",
        "42 CFR 512.750(c)(1)(ii)",
        default=None,
    ),
    Leaf(
        "cohort_amount_otherwise_paid",
        "usd",
        "Part B amounts of all participants of the cohort, on which the incentive pool is counted",
        "42 CFR 512.750(c)(1)(iii)",
        default=None,
    ),
    Leaf(
        "cohort_transformed_amount",
        "usd",
        "the same amounts, each times its participant's transformed final score",
        "42 CFR 512.750(c)(1)(iv)",
        default=None,
    ),
    Leaf(
        "reported_scaling_factor",
        "score",
        "the cohort's scaling factor, where CMS reports it instead of the amounts it is made of",
        "42 CFR 512.750(c)(1)(iv)",
        default=None,
    ),
    Leaf(
        "amount_otherwise_paid",
        "usd",
        "Part B amounts otherwise paid for the participant's covered professional services of the "
        "payment year",
        "42 CFR 512.750(a)",
    ),
)

RESULTS: Final = (
    "scaling_factor",
    "payment_adjustment_factor",
    "payment_multiplier",
    "adjusted_amount",
    "payment_adjustment",
)


@rule(unit="usd", cite="42 CFR 512.750(c)(1)(iii)")
def incentive_pool(
    cohort_amount_otherwise_paid: Decimal | None, risk_level: Decimal, redistribution_share: Decimal
) -> Decimal | None:
    """What the cohort is paid back of what it puts at risk; none where its amount is not given."""
    if cohort_amount_otherwise_paid is None:
        return None
    return cohort_amount_otherwise_paid * risk_level * redistribution_share


@rule(unit="score", cite="42 CFR 512.750(c)(1)(iv)")
def scaling_factor(
    reported_scaling_factor: Decimal | None,
    incentive_pool: Decimal | None,
    cohort_transformed_amount: Decimal | None,
    risk_level: Decimal,
) -> Decimal | Unknown:
    """Factor that makes the cohort's incentives come to the pool, unless CMS reports it."""
    if reported_scaling_factor is not None:
        require_not_negative(reported_scaling_factor=reported_scaling_factor)
        return reported_scaling_factor
    if incentive_pool is None or cohort_transformed_amount is None:
        return Unknown("scaling factor unknown: neither it nor the cohort's amounts are given")
    if cohort_transformed_amount <= 0:
        found = f"cohort_transformed_amount is {cohort_transformed_amount:f}"
        raise RefusedError(f"{found}; expected more than 0")
    return incentive_pool / (risk_level * cohort_transformed_amount)


@rule(unit="rate", cite="42 CFR 512.750(c)(1)")
def payment_adjustment_factor(
    final_score: Decimal,
    transformed_final_score: Decimal | None,
    scaling_factor: Decimal | Unknown,
    risk_level: Decimal,
) -> Decimal | Unknown:
    """Risk level times transformed score and scaling factor, less the risk level.

    A final score of 0 loses the whole risk level.
    """
    if not 0 <= final_score <= SCALE:
        raise RefusedError(f"final_score is {final_score:f}; expected 0 to {SCALE}")
    if final_score == 0:
        return -risk_level
    if isinstance(scaling_factor, Unknown):
        return scaling_factor
    if transformed_final_score is None:
        return Unknown("adjustment unknown: transformed final score missing")
    if not 0 <= transformed_final_score <= 1:
        raise RefusedError(f"found {transformed_final_score:f}; expected a score from 0 to 1")
    return risk_level * transformed_final_score * scaling_factor - risk_level


@rule(unit="rate", cite="42 CFR 512.750(c)")
def payment_multiplier(payment_adjustment_factor: Decimal) -> Decimal:
    """1 plus the adjustment factor."""
    return 1 + payment_adjustment_factor


@rule(unit="usd", cite="42 CFR 512.750(a)")
def adjusted_amount(amount_otherwise_paid: Decimal, payment_multiplier: Decimal) -> Decimal:
    """Part B amounts times the multiplier, to the cent over the year."""
    return round_half_up(amount_otherwise_paid * payment_multiplier, 2)


@rule(unit="usd", cite="42 CFR 512.750(a)")
def payment_adjustment(adjusted_amount: Decimal, amount_otherwise_paid: Decimal) -> Decimal:
    """What the adjustment comes to over the payment year; below zero CMS pays less."""
    return adjusted_amount - amount_otherwise_paid
