"""Premium revenue as Medicare Advantage pays it: a base rate, times risk, for each month.

The order of a month's payment (42 CFR 422.304, 422.308): the members' mean raw risk score, divided
by the normalization factor and reduced for coding; times the base rate of a risk score of 1; with
any rebate; for all months; less sequestration. `percent_of_premium` takes the revenue. The plan's
payment is rounded person by person; here it is made of sums, to the cent. Amounts are dollars.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.risk_score import mean_score, renormalized_score
from openvbc.rules.rule import Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_factor, wrong_part, wrong_share
from openvbc.rules.split import cents

_RATE: Final = "42 CFR 422.304(a), 422.306; contract, base rate"
_RISK: Final = "42 CFR 422.308(c)"

LEAVES: Final = (
    Leaf(
        "advantage_base_rate",
        "usd",
        "payment for one member and month at a risk score of 1: bid or benchmark of the counties "
        "where the members live, weighted by their months",
        _RATE,
    ),
    Leaf(
        "advantage_rebate",
        "usd",
        "rebate for one member and month, which no risk score changes",
        "42 CFR 422.304(a)(3); contract, rebate",
        default=Decimal(0),
    ),
    Leaf(
        "member_months",
        "months",
        "months of membership of all members in the period",
        "contract, membership",
    ),
    Leaf(
        "advantage_score_months_e9",
        "score",
        "raw risk score × months of the members, summed, in billionths",
        _RISK,
    ),
    Leaf(
        "advantage_score_months",
        "months",
        "months of the members who have a risk score",
        _RISK,
    ),
    Leaf(
        "advantage_normalization",
        "rate",
        "normalization factor of the risk model and payment year; 1 where scores are normalized",
        "42 CFR 422.308(c); Rate Announcement of the payment year",
        default=Decimal(1),
    ),
    Leaf(
        "advantage_coding_factor",
        "rate",
        "what the adjustment for coding leaves of a score: 0.941 for 5.9 %; 1 where it is made",
        "42 USC 1395w-23(a)(1)(C)(ii); Rate Announcement of the payment year",
        default=Decimal(1),
    ),
    Leaf(
        "advantage_sequestration_rate",
        "rate",
        "share of the payment withheld by sequestration",
        "2 USC 901a(6); contract, premium revenue",
        default=Decimal(0),
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "advantage_base_rate": wrong_factor,
    "advantage_rebate": wrong_amount,
    "member_months": wrong_factor,
    "advantage_normalization": wrong_factor,
    "advantage_coding_factor": wrong_part,
    "advantage_sequestration_rate": wrong_share,
}

RESULTS: Final = (
    "advantage_unscored_months",
    "advantage_risk_score",
    "advantage_rate",
    "premium_first_revenue",
)


@rule(unit="months", cite=_RISK)
def advantage_unscored_months(member_months: Decimal, advantage_score_months: Decimal) -> Decimal:
    """Months of members without a score; they are paid at the mean of the others."""
    require(CHECKS, member_months=member_months)
    unscored = member_months - advantage_score_months
    if unscored < 0 or advantage_score_months <= 0:
        found = f"{advantage_score_months:f} of {member_months:f} months have a score"
        raise RefusedError(f"{found}; expected more than 0, and no more than all")
    return unscored


@rule(unit="score", cite=_RISK)
def advantage_raw_score(
    advantage_score_months_e9: Decimal, advantage_score_months: Decimal
) -> Decimal:
    """Mean raw risk score by months."""
    return mean_score(advantage_score_months_e9, advantage_score_months)


@rule(unit="score", cite=f"{_RISK}; 42 USC 1395w-23(a)(1)(C)(ii)")
def advantage_risk_score(
    advantage_raw_score: Decimal, advantage_normalization: Decimal, advantage_coding_factor: Decimal
) -> Decimal:
    """The score that pays: ÷ normalization, × what the adjustment for coding leaves."""
    require(
        CHECKS,
        advantage_normalization=advantage_normalization,
        advantage_coding_factor=advantage_coding_factor,
    )
    return (
        renormalized_score(advantage_raw_score, advantage_normalization) * advantage_coding_factor
    )


@rule(unit="usd", cite=_RATE)
def advantage_rate(
    advantage_base_rate: Decimal, advantage_risk_score: Decimal, advantage_rebate: Decimal
) -> Decimal:
    """Payment for one member and month: base rate × risk, and the rebate."""
    require(CHECKS, advantage_base_rate=advantage_base_rate, advantage_rebate=advantage_rebate)
    return advantage_base_rate * advantage_risk_score + advantage_rebate


@rule(unit="usd", cite=f"{_RATE}; 2 USC 901a(6)")
def premium_first_revenue(
    advantage_rate: Decimal, member_months: Decimal, advantage_sequestration_rate: Decimal
) -> Decimal:
    """Revenue of all months, scored or not, less sequestration, to the cent."""
    require(CHECKS, advantage_sequestration_rate=advantage_sequestration_rate)
    return cents(advantage_rate * member_months * (1 - advantage_sequestration_rate))
