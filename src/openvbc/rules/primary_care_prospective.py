"""Primary care prospective payment: a rate by tier of risk in place of part of the visits' claims.

The order of a contract: the full rate for all member months; the share of it that is paid ahead
(the hybrid share); the share that is left to claims, and what claims for the same services were
paid beyond it, which comes off; what was paid in advance. What primary care receives by visit, for
each member, and for outcomes is shown (component `unit_of_account` puts it in shares). A stratum is
a tier of risk. Amounts are dollars in whole cents.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_share
from openvbc.rules.split import cents

TIER: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "primary_care_member_months",
        "months",
        "months of the attributed members in the tier",
        "contract, prospective primary care payment",
        TIER,
    ),
    Leaf(
        "primary_care_rate",
        "usd",
        "full rate for the service set for one member and month of the tier",
        "contract, prospective primary care payment",
        TIER,
    ),
    Leaf(
        "primary_care_hybrid_share",
        "rate",
        "share of the rate that is paid prospectively; claims pay the rest of their fee",
        "contract, hybrid share",
        default=Decimal(1),
    ),
    Leaf(
        "primary_care_fee_schedule_value",
        "usd",
        "claims of the same services at the full fee schedule",
        "contract, claims for services of the set",
    ),
    Leaf(
        "primary_care_claims_paid",
        "usd",
        "what was paid on those claims",
        "contract, claims for services of the set",
    ),
    Leaf(
        "primary_care_prepaid",
        "usd",
        "prospective payments that the payer has already made for the period",
        "contract, prospective primary care payment",
    ),
    Leaf(
        "primary_care_other_visits",
        "usd",
        "what primary care was paid by visit for services outside the set",
        "HCP-LAN APM Framework (2017)",
        default=Decimal(0),
    ),
    Leaf(
        "primary_care_other_per_member",
        "usd",
        "other payments for each member and month, such as for care management",
        "HCP-LAN APM Framework (2017)",
        default=Decimal(0),
    ),
    Leaf(
        "primary_care_for_outcomes",
        "usd",
        "what primary care was paid for quality, savings and outcomes",
        "HCP-LAN APM Framework (2017)",
        default=Decimal(0),
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "primary_care_rate": wrong_amount,
    "primary_care_hybrid_share": wrong_share,
}

RESULTS: Final = (
    "primary_care_tier_amount",
    "primary_care_full_amount",
    "primary_care_prospective",
    "primary_care_claims_due",
    "primary_care_claims_beyond",
    "visit_revenue",
    "per_member_revenue",
    "outcome_revenue",
    "primary_care_amount_due",
)

PAYS: Final = "primary_care_amount_due"

_WAY: Final = (
    "primary_care_prospective",
    "less primary_care_claims_beyond",
    "less primary_care_prepaid",
    "primary_care_amount_due",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="contract, prospective primary care payment", per=("stratum",))
def primary_care_tier_amount(
    primary_care_member_months: Decimal, primary_care_rate: Decimal
) -> Decimal:
    """Member months of the tier at its full rate."""
    require_not_negative(primary_care_member_months=primary_care_member_months)
    require(CHECKS, primary_care_rate=primary_care_rate)
    return primary_care_member_months * primary_care_rate


@rule(unit="usd", cite="contract, prospective primary care payment")
def primary_care_full_amount(primary_care_tier_amount: ByStratum) -> Decimal:
    """What the service set is worth at the full rate, all tiers, to the cent."""
    if not primary_care_tier_amount:
        raise RefusedError("found no tier; expected at least one stratum")
    return cents(sum(primary_care_tier_amount.values(), Decimal(0)))


@rule(unit="usd", cite="contract, hybrid share")
def primary_care_prospective(
    primary_care_full_amount: Decimal, primary_care_hybrid_share: Decimal
) -> Decimal:
    """The share of it that is paid ahead, to the cent."""
    require(CHECKS, primary_care_hybrid_share=primary_care_hybrid_share)
    return cents(primary_care_full_amount * primary_care_hybrid_share)


@rule(unit="usd", cite="contract, claims for services of the set")
def primary_care_claims_due(
    primary_care_fee_schedule_value: Decimal, primary_care_hybrid_share: Decimal
) -> Decimal:
    """The share of the fee schedule that is left to claims, to the cent."""
    require_not_negative(primary_care_fee_schedule_value=primary_care_fee_schedule_value)
    require(CHECKS, primary_care_hybrid_share=primary_care_hybrid_share)
    return cents(primary_care_fee_schedule_value * (1 - primary_care_hybrid_share))


@rule(unit="usd", cite="contract, claims for services of the set")
def primary_care_claims_beyond(
    primary_care_claims_paid: Decimal, primary_care_claims_due: Decimal
) -> Decimal:
    """Claims paid beyond their share: the same services paid twice, which comes off."""
    require_not_negative(primary_care_claims_paid=primary_care_claims_paid)
    return max(cents(primary_care_claims_paid) - primary_care_claims_due, Decimal(0))


@rule(unit="usd", cite="HCP-LAN APM Framework (2017)")
def visit_revenue(
    primary_care_claims_paid: Decimal,
    primary_care_claims_beyond: Decimal,
    primary_care_other_visits: Decimal,
) -> Decimal:
    """What primary care receives by visit, without what is paid back."""
    return primary_care_claims_paid - primary_care_claims_beyond + primary_care_other_visits


@rule(unit="usd", cite="HCP-LAN APM Framework (2017)")
def per_member_revenue(
    primary_care_prospective: Decimal, primary_care_other_per_member: Decimal
) -> Decimal:
    """What primary care receives for each member and month."""
    return primary_care_prospective + primary_care_other_per_member


@rule(unit="usd", cite="HCP-LAN APM Framework (2017)")
def outcome_revenue(primary_care_for_outcomes: Decimal) -> Decimal:
    """What primary care receives for quality, savings and outcomes."""
    return primary_care_for_outcomes


@rule(unit="usd", cite="contract, settlement of the prospective payment")
def primary_care_amount_due(
    primary_care_prospective: Decimal,
    primary_care_claims_beyond: Decimal,
    primary_care_prepaid: Decimal,
) -> Decimal:
    """What is still to be paid, or to be paid back (below zero), to the cent."""
    require_not_negative(primary_care_prepaid=primary_care_prepaid)
    return cents(primary_care_prospective - primary_care_claims_beyond - primary_care_prepaid)
