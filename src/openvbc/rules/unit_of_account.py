"""Unit of account: how primary care is paid, by visit, for each member, or for outcomes.

A plan can be paid by capitation and pay its primary care by visit all the same. The gauge is the
share of primary care revenue that is not paid by visit; a warning says where most of the plan's
revenue is capitated and most of primary care is paid by visit. It pays nothing.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Leaf, RefusedError, rule

_LAN: Final = "HCP-LAN APM Framework (2017)"

LEAVES: Final = (
    Leaf(
        "visit_revenue",
        "usd",
        "what primary care receives by visit; component primary_care_prospective computes it",
        _LAN,
    ),
    Leaf(
        "per_member_revenue",
        "usd",
        "what primary care receives for each member and month",
        _LAN,
        default=Decimal(0),
    ),
    Leaf(
        "outcome_revenue",
        "usd",
        "what primary care receives for quality, savings and outcomes",
        _LAN,
        default=Decimal(0),
    ),
    Leaf(
        "plan_revenue",
        "usd",
        "the plan's revenue for the members; none = not known",
        _LAN,
        default=None,
    ),
    Leaf(
        "plan_revenue_capitated",
        "usd",
        "the part of the plan's revenue that is a payment for each member and month",
        _LAN,
        default=None,
    ),
)

RESULTS: Final = (
    "primary_care_revenue",
    "visit_share",
    "per_member_share",
    "outcome_share",
    "non_visit_share",
    "plan_capitated_share",
    "unit_of_account_warning",
)

MOST: Final = Decimal("0.5")
"""Most of a whole is more than half of it."""


def _percent(share: Decimal) -> str:
    """A share as a whole percentage."""
    return f"{round_half_up(share * 100):f}%"


@rule(unit="usd", cite=_LAN)
def primary_care_revenue(
    visit_revenue: Decimal, per_member_revenue: Decimal, outcome_revenue: Decimal
) -> Decimal:
    """All that primary care receives."""
    require_not_negative(
        visit_revenue=visit_revenue,
        per_member_revenue=per_member_revenue,
        outcome_revenue=outcome_revenue,
    )
    return visit_revenue + per_member_revenue + outcome_revenue


@rule(unit="rate", cite=_LAN)
def visit_share(visit_revenue: Decimal, primary_care_revenue: Decimal) -> Decimal | None:
    """Share of primary care revenue that is paid by visit; none where there is no revenue."""
    return visit_revenue / primary_care_revenue if primary_care_revenue else None


@rule(unit="rate", cite=_LAN)
def per_member_share(per_member_revenue: Decimal, primary_care_revenue: Decimal) -> Decimal | None:
    """Share that is paid for each member and month; none where there is no revenue."""
    return per_member_revenue / primary_care_revenue if primary_care_revenue else None


@rule(unit="rate", cite=_LAN)
def outcome_share(outcome_revenue: Decimal, primary_care_revenue: Decimal) -> Decimal | None:
    """Share that is paid for outcomes; none where there is no revenue."""
    return outcome_revenue / primary_care_revenue if primary_care_revenue else None


@rule(unit="rate", cite=_LAN)
def non_visit_share(visit_share: Decimal | None) -> Decimal | None:
    """The gauge: share of primary care revenue that is not paid by visit."""
    return None if visit_share is None else 1 - visit_share


@rule(unit="rate", cite=_LAN)
def plan_capitated_share(
    plan_revenue: Decimal | None, plan_revenue_capitated: Decimal | None
) -> Decimal | None:
    """Share of the plan's revenue that is capitated; none where it is not known."""
    if plan_revenue is None or plan_revenue_capitated is None:
        return None
    if not 0 <= plan_revenue_capitated <= plan_revenue or not plan_revenue:
        found = f"{plan_revenue_capitated:f} of {plan_revenue:f}"
        raise RefusedError(f"capitated revenue {found}; expected from 0 to the whole revenue")
    return plan_revenue_capitated / plan_revenue


@rule(unit="text", cite=_LAN)
def unit_of_account_warning(
    plan_capitated_share: Decimal | None, visit_share: Decimal | None
) -> str | None:
    """What differs where the plan is mostly paid by member, and its primary care mostly by visit.

    None where it does not, or where a share is not known.
    """
    if plan_capitated_share is None or visit_share is None:
        return None
    if plan_capitated_share <= MOST or visit_share <= MOST:
        return None
    plan, visits = _percent(plan_capitated_share), _percent(visit_share)
    return f"{plan} of plan revenue is capitated, {visits} of primary care is paid by visit"
