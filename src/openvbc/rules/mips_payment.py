"""Merit-based Incentive Payment System: from the final score to the payment adjustment.

A part of the component `mips`, in the order of 42 CFR 414.1405. Factors are shares of the amounts
otherwise paid under Part B for covered professional services in the payment year, two years on.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule

HUNDRED: Final = Decimal(100)
QUARTER: Final = Decimal("0.25")

LEAVES: Final = (
    Leaf(
        "excluded_from_mips",
        "flag",
        "whether a QP, or a Partial QP that does not elect MIPS: no adjustment; component "
        "qualifying_participant computes it",
        "42 CFR 414.1310(b)(1)",
        default=False,
    ),
    Leaf(
        "scaling_factor",
        "score",
        "factor on positive adjustments that keeps the budget, as CMS publishes it after the year",
        "42 CFR 414.1405(b)(3)",
        default=None,
    ),
    Leaf(
        "additional_scaling_factor",
        "score",
        "factor on the additional adjustments for exceptional performance, as CMS publishes it",
        "42 CFR 414.1405(d)(2)",
        default=None,
    ),
    Leaf(
        "covered_part_b_payments",
        "usd",
        "amount otherwise paid under Part B for covered professional services in the payment year",
        "42 CFR 414.1405(e)",
    ),
)


@rule(unit="rate", cite="42 CFR 414.1405(b)(1)-(2), (c)")
def unscaled_factor(
    final_score: Decimal, performance_threshold: Decimal, applicable_percent: Decimal
) -> Decimal:
    """The applicable percent for a score of 100, nothing at the threshold, linear in between.

    Below the threshold linear to the negative of it at a score of nothing; all of it at a quarter
    of the threshold or less.
    """
    distance = final_score - performance_threshold
    if distance >= 0:
        return applicable_percent * distance / (HUNDRED - performance_threshold)
    if final_score <= QUARTER * performance_threshold:
        return -applicable_percent
    return applicable_percent * distance / performance_threshold


def within(factor: Decimal | None, most: Decimal, name: str) -> Decimal | None:
    """A scaling factor as given; raises RefusedError where it is outside its legal bounds."""
    if factor is not None and not 0 <= factor <= most:
        raise RefusedError(f"{name} is {factor:f}; expected 0 to {most:f}")
    return factor


@rule(unit="rate", cite="42 CFR 414.1405(b)(3)")
def adjustment_factor(
    unscaled_factor: Decimal, scaling_factor: Decimal | None, most_scaling: Decimal
) -> Decimal | Unknown:
    """The factor: a positive one is scaled, a negative one is not."""
    scaling = within(scaling_factor, most_scaling, "scaling_factor")
    if unscaled_factor <= 0:
        return unscaled_factor
    if scaling is None:
        return Unknown("payment adjustment unknown: scaling_factor not yet published")
    return unscaled_factor * scaling


@rule(unit="rate", cite="42 CFR 414.1405(d)")
def additional_factor(
    final_score: Decimal,
    additional_threshold: Decimal | None,
    additional_scaling_factor: Decimal | None,
    additional_lowest: Decimal,
    additional_highest: Decimal,
    most_additional_scaling: Decimal,
) -> Decimal | Unknown:
    """For exceptional performance: linear from the lowest factor at its threshold to the highest.

    None in a year without an additional performance threshold.
    """
    name = "additional_scaling_factor"
    scaling = within(additional_scaling_factor, most_additional_scaling, name)
    if additional_threshold is None or final_score < additional_threshold:
        return Decimal(0)
    if scaling is None:
        return Unknown(f"payment adjustment unknown: {name} missing")
    share = (final_score - additional_threshold) / (HUNDRED - additional_threshold)
    return (additional_lowest + share * (additional_highest - additional_lowest)) * scaling


@rule(unit="rate", cite="42 CFR 414.1310(b)(1), 414.1405(a), (e)")
def adjustment_rate(
    excluded_from_mips: bool,
    adjustment_factor: Decimal | Unknown,
    additional_factor: Decimal | Unknown,
) -> Decimal | Unknown:
    """Sum of both factors; nothing for a clinician who is excluded."""
    if excluded_from_mips:
        return Decimal(0)
    if isinstance(adjustment_factor, Unknown):
        return adjustment_factor
    if isinstance(additional_factor, Unknown):
        return additional_factor
    return adjustment_factor + additional_factor


@rule(unit="usd", cite="42 CFR 414.1405(e)")
def payment_adjustment(adjustment_rate: Decimal, covered_part_b_payments: Decimal) -> Decimal:
    """What is added to the covered Part B payments, or below zero taken from them, to the cent."""
    require_not_negative(covered_part_b_payments=covered_part_b_payments)
    return round_half_up(adjustment_rate * covered_part_b_payments, 2)
