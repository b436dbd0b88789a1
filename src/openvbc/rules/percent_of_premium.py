"""Percent of premium: a target for the medical loss ratio, restated at each risk-adjustment sweep.

The order of a contract: the premium revenue as the sweeps leave it; the budget, which is the target
share of it; the surplus or deficit after the cost of care and its sharing; the medical loss ratio
and the remittance where it stays below an agreed minimum; the posting, which is the difference to
what earlier statements settled. A stratum is a sweep. Amounts are dollars in whole cents.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_share
from openvbc.rules.split import cents, entity_part

SWEEP: Final[frozenset[Axis]] = frozenset({"stratum"})
_MLR: Final = "42 CFR 422.2420, 438.8"

LEAVES: Final = (
    Leaf(
        "premium_first_revenue",
        "usd",
        "premium revenue of the members before any sweep",
        "contract, premium revenue",
    ),
    Leaf(
        "premium_sweep_rate",
        "rate",
        "change by the sweep as a share of the revenue before any sweep; below zero where it falls",
        "contract, risk-adjustment sweeps; 42 CFR 422.310(g)",
        SWEEP,
        default=Decimal(0),
    ),
    Leaf(
        "premium_sweep_amount",
        "usd",
        "change by the sweep in dollars, for a sweep that is reported so",
        "contract, risk-adjustment sweeps; 42 CFR 422.310(g)",
        SWEEP,
        default=Decimal(0),
    ),
    Leaf(
        "premium_target",
        "rate",
        "share of the premium revenue that is the entity's budget for the cost of care",
        "contract, target medical loss ratio",
    ),
    Leaf(
        "premium_cost_of_care",
        "usd",
        "cost of care of the members, incurred in the period",
        "contract, cost of care",
    ),
    Leaf(
        "premium_share_of_surplus",
        "rate",
        "the entity's share of a surplus",
        "contract, sharing of surplus and deficit",
        default=Decimal(1),
    ),
    Leaf(
        "premium_share_of_deficit",
        "rate",
        "the entity's share of a deficit; none = as of a surplus",
        "contract, sharing of surplus and deficit",
        default=None,
    ),
    Leaf(
        "premium_minimum_loss_ratio",
        "rate",
        "medical loss ratio below which the entity gives back; none = no such clause",
        "42 CFR 422.2410(b), 438.8(c), (j); contract, minimum medical loss ratio",
        default=None,
    ),
    Leaf(
        "premium_quality_activities",
        "usd",
        "spending on activities that improve quality, which counts as cost in the ratio",
        "42 CFR 422.2430, 438.8(e)(3)",
        default=Decimal(0),
    ),
    Leaf(
        "premium_taxes_and_fees",
        "usd",
        "taxes and fees that are taken off the revenue in the ratio",
        "42 CFR 422.2420(c)(2), 438.8(f)(3)",
        default=Decimal(0),
    ),
    Leaf(
        "premium_credibility",
        "rate",
        "added to the ratio of a small population",
        "42 CFR 422.2440, 438.8(h)",
        default=Decimal(0),
    ),
    Leaf(
        "premium_settled_before",
        "usd",
        "what earlier statements of the period have settled; below zero where the entity paid",
        "contract, restatement after a sweep",
        default=Decimal(0),
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "premium_target": wrong_share,
    "premium_share_of_surplus": wrong_share,
    "premium_share_of_deficit": wrong_share,
    "premium_minimum_loss_ratio": wrong_share,
    "premium_credibility": wrong_share,
}

RESULTS: Final = (
    "premium_sweep_effect",
    "premium_revenue",
    "premium_budget",
    "premium_surplus",
    "premium_entity_share",
    "premium_payer_share",
    "premium_medical_loss_ratio",
    "premium_remittance",
    "premium_settlement",
    "premium_amount_due",
)

PAYS: Final = "premium_amount_due"

_WAY: Final = (
    "premium_budget",
    "less premium_cost_of_care",
    "premium_surplus",
    "less premium_payer_share",
    "premium_entity_share",
    "less premium_remittance",
    "premium_settlement",
    "less premium_settled_before",
    "premium_amount_due",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="contract, risk-adjustment sweeps; 42 CFR 422.310(g)", per=("stratum",))
def premium_sweep_effect(
    premium_first_revenue: Decimal, premium_sweep_rate: Decimal, premium_sweep_amount: Decimal
) -> Decimal:
    """What the sweep adds to the revenue, or takes off (below zero)."""
    return premium_first_revenue * premium_sweep_rate + premium_sweep_amount


@rule(unit="usd", cite="contract, premium revenue")
def premium_revenue(premium_first_revenue: Decimal, premium_sweep_effect: ByStratum) -> Decimal:
    """Revenue with all sweeps up to now, to the cent."""
    revenue = cents(premium_first_revenue + sum(premium_sweep_effect.values(), Decimal(0)))
    if min(premium_first_revenue, revenue) <= 0:
        least = min(premium_first_revenue, revenue)
        raise RefusedError(f"the premium revenue is {least:f}; expected more than 0")
    return revenue


@rule(unit="usd", cite="contract, target medical loss ratio")
def premium_budget(premium_revenue: Decimal, premium_target: Decimal) -> Decimal:
    """Target share of the revenue: what care may cost, to the cent."""
    require(CHECKS, premium_target=premium_target)
    return cents(premium_revenue * premium_target)


@rule(unit="usd", cite="contract, sharing of surplus and deficit")
def premium_surplus(premium_budget: Decimal, premium_cost_of_care: Decimal) -> Decimal:
    """Budget less cost of care; below zero is a deficit."""
    require_not_negative(premium_cost_of_care=premium_cost_of_care)
    return premium_budget - cents(premium_cost_of_care)


@rule(unit="usd", cite="contract, sharing of surplus and deficit")
def premium_entity_share(
    premium_surplus: Decimal,
    premium_share_of_surplus: Decimal,
    premium_share_of_deficit: Decimal | None,
) -> Decimal:
    """The entity's part of the surplus, or of the deficit (below zero), to the cent."""
    require(
        CHECKS,
        premium_share_of_surplus=premium_share_of_surplus,
        premium_share_of_deficit=premium_share_of_deficit,
    )
    return entity_part(premium_surplus, premium_share_of_surplus, premium_share_of_deficit)


@rule(unit="usd", cite="contract, sharing of surplus and deficit")
def premium_payer_share(premium_surplus: Decimal, premium_entity_share: Decimal) -> Decimal:
    """The rest of the surplus or deficit, so that both parts are the whole to the cent."""
    return premium_surplus - premium_entity_share


@rule(unit="usd", cite=f"{_MLR}; contract, minimum medical loss ratio")
def premium_ratio_revenue(premium_revenue: Decimal, premium_taxes_and_fees: Decimal) -> Decimal:
    """Revenue in the ratio: without taxes and fees."""
    revenue = premium_revenue - premium_taxes_and_fees
    if premium_taxes_and_fees < 0 or revenue <= 0:
        found = f"{premium_taxes_and_fees:f} of {premium_revenue:f}"
        raise RefusedError(f"taxes and fees {found}; expected 0 or more, and less than the revenue")
    return revenue


@rule(unit="rate", cite=f"{_MLR}; contract, minimum medical loss ratio")
def premium_medical_loss_ratio(
    premium_cost_of_care: Decimal,
    premium_quality_activities: Decimal,
    premium_ratio_revenue: Decimal,
    premium_credibility: Decimal,
) -> Decimal:
    """Cost of care and quality activities as a share of the revenue, with any credibility."""
    require_not_negative(premium_quality_activities=premium_quality_activities)
    require(CHECKS, premium_credibility=premium_credibility)
    cost = premium_cost_of_care + premium_quality_activities
    return cost / premium_ratio_revenue + premium_credibility


def wrong_minimum(minimum: Decimal | None, target: Decimal) -> str | None:
    """Why a surplus could never be kept: the minimum is above the target. None where it is not."""
    if minimum is None or minimum <= target:
        return None
    return f"the minimum medical loss ratio {minimum:f} is above the target {target:f}"


@rule(unit="usd", cite="42 CFR 422.2410(b), 438.8(j); contract, minimum medical loss ratio")
def premium_remittance(
    premium_minimum_loss_ratio: Decimal | None,
    premium_target: Decimal,
    premium_medical_loss_ratio: Decimal,
    premium_ratio_revenue: Decimal,
    premium_entity_share: Decimal,
) -> Decimal:
    """What the ratio falls short of the minimum, in dollars of revenue, to the cent.

    The entity gives back no more than its part of the surplus.
    """
    require(CHECKS, premium_minimum_loss_ratio=premium_minimum_loss_ratio)
    if wrong := wrong_minimum(premium_minimum_loss_ratio, premium_target):
        raise RefusedError(wrong)
    if premium_minimum_loss_ratio is None:
        return Decimal(0)
    short = max(premium_minimum_loss_ratio - premium_medical_loss_ratio, Decimal(0))
    return min(cents(short * premium_ratio_revenue), max(premium_entity_share, Decimal(0)))


@rule(unit="usd", cite="contract, settlement of the premium")
def premium_settlement(premium_entity_share: Decimal, premium_remittance: Decimal) -> Decimal:
    """The entity's part of the surplus or deficit as it stands after this sweep."""
    return premium_entity_share - premium_remittance


@rule(unit="usd", cite="contract, restatement after a sweep")
def premium_amount_due(premium_settlement: Decimal, premium_settled_before: Decimal) -> Decimal:
    """The posting: the settlement less what was settled before, to the cent."""
    return cents(premium_settlement - premium_settled_before)
