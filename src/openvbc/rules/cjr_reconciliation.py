"""CJR reconciliation: quality-adjusted target prices against spending, limits, amount due.

The rules stand in the order of 42 CFR 510.300, 510.301 and 510.305. A stratum is a target-price
cell: MS-DRG with or without hip fracture. The composite quality score is a part of its own
(`cjr_quality`). Amounts are dollars, exact until the last step; above zero Medicare pays the
hospital.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules import cjr_quality
from openvbc.rules.check import require_not_negative
from openvbc.rules.episode import limited, total
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, Unknown, rule

CELL: Final[frozenset[Axis]] = frozenset({"stratum"})

PARTS: Final = (cjr_quality,)

LEAVES: Final = (
    *cjr_quality.LEAVES,
    Leaf(
        "hospital_type",
        "text",
        "rural, sole_community, medicare_dependent, rural_referral or other",
        "42 CFR 510.305(e)(1)(v)(C)",
    ),
    Leaf(
        "undiscounted_price",
        "usd",
        "price of one episode before the discount: blended and updated, with the high-cost cap",
        "42 CFR 510.300(b)",
        per=CELL,
    ),
    Leaf(
        "price_adjustment_factor",
        "rate",
        "risk adjustment, normalization and market trend of the reconciliation target price; none "
        "= not known, or a performance year before 6",
        "42 CFR 510.301",
        per=CELL,
        default=None,
    ),
    Leaf(
        "episodes",
        "count",
        "episodes of the performance year in the cell, without cancelled ones",
        "42 CFR 510.210(b), 510.305(e)(1)(ii)",
        per=CELL,
    ),
    Leaf(
        "episode_spending",
        "usd",
        "actual episode payments in the cell, with the high-cost cap applied",
        "42 CFR 510.300(b)(5), 510.305(e)(1)(i)",
        per=CELL,
    ),
    Leaf(
        "aco_overlap_adjustment",
        "usd",
        "discount already paid to an ACO as shared savings, taken from the reconciliation",
        "42 CFR 510.305(j)(1)",
        default=Decimal(0),
    ),
    Leaf(
        "post_episode_spending",
        "usd",
        "30-day post-episode spending more than three standard deviations above the region's mean",
        "42 CFR 510.305(j)(2)",
        default=Decimal(0),
    ),
)

RESULTS: Final = (
    "composite_quality_score",
    "quality_category",
    "payment_target_price",
    "repayment_target_price",
    "payment_target_amount",
    "repayment_target_amount",
    "actual_spending",
    "raw_npra",
    "stop_gain_limit",
    "stop_loss_limit",
    "npra",
    "eligible_npra",
    "amount_due",
)

WATERFALL: Final = {
    "payer_pays": (
        "payment_target_amount",
        "less actual_spending",
        "raw_npra",
        "npra",
        "eligible_npra",
        "less aco_overlap_adjustment",
        "less post_episode_spending",
        "amount_due",
    ),
    "entity_pays": (
        "repayment_target_amount",
        "less actual_spending",
        "raw_npra",
        "npra",
        "eligible_npra",
        "less aco_overlap_adjustment",
        "less post_episode_spending",
        "amount_due",
    ),
}


@rule(unit="usd", cite="42 CFR 510.300(b), 510.301", per=("stratum",))
def adjusted_price(
    undiscounted_price: Decimal, price_adjustment_factor: Decimal | None, prices_adjusted: bool
) -> Decimal | Unknown:
    """Price of one episode before the discount, adjusted in the years that adjust at all."""
    require_not_negative(undiscounted_price=undiscounted_price)
    if not prices_adjusted:
        if price_adjustment_factor not in {None, Decimal(1)}:
            raise RefusedError("target prices are not adjusted at reconciliation in this year")
        return undiscounted_price
    if price_adjustment_factor is None:
        return Unknown("target price unknown: price adjustment factor missing")
    return undiscounted_price * price_adjustment_factor


@rule(unit="usd", cite="42 CFR 510.300(c), 510.301", per=("stratum",))
def payment_target_price(adjusted_price: Decimal, payment_discount: Decimal) -> Decimal:
    """Quality-adjusted target price of one episode that a payment is measured by."""
    return adjusted_price * (1 - payment_discount)


@rule(unit="usd", cite="42 CFR 510.300(c), 510.301", per=("stratum",))
def repayment_target_price(adjusted_price: Decimal, repayment_discount: Decimal) -> Decimal:
    """Quality-adjusted target price of one episode that a repayment is measured by."""
    return adjusted_price * (1 - repayment_discount)


@rule(unit="usd", cite="42 CFR 510.305(e)(1)(ii)-(iii), (m)")
def payment_target_amount(payment_target_price: ByStratum, episodes: ByStratum) -> Decimal:
    """Target price times episodes over all cells, with the discount of a payment."""
    require_not_negative(**{f"episodes of {cell}": count for cell, count in episodes.items()})
    return total({cell: price * episodes[cell] for cell, price in payment_target_price.items()})


@rule(unit="usd", cite="42 CFR 510.305(e)(1)(ii)-(iii), (m)")
def repayment_target_amount(repayment_target_price: ByStratum, episodes: ByStratum) -> Decimal:
    """Target price times episodes over all cells, with the discount of a repayment."""
    return total({cell: price * episodes[cell] for cell, price in repayment_target_price.items()})


@rule(unit="usd", cite="42 CFR 510.305(e)(1)(i), (m)")
def actual_spending(episode_spending: ByStratum) -> Decimal:
    """Actual episode payments of all episodes."""
    require_not_negative(
        **{f"episode_spending of {cell}": amount for cell, amount in episode_spending.items()}
    )
    return total(episode_spending)


@rule(unit="usd", cite="42 CFR 510.305(e)(1)(iv), (m)")
def raw_npra(
    payment_target_amount: Decimal, repayment_target_amount: Decimal, actual_spending: Decimal
) -> Decimal:
    """Target less spending; 0 where spending lies between the targets of the two discounts."""
    gain = max(payment_target_amount - actual_spending, Decimal(0))
    loss = min(repayment_target_amount - actual_spending, Decimal(0))
    return gain or loss


@rule(unit="usd", cite="42 CFR 510.305(e)(1)(v)(B), (m)")
def stop_gain_limit(payment_target_amount: Decimal, stop_gain_rate: Decimal) -> Decimal:
    """Largest payment of the performance year."""
    return payment_target_amount * stop_gain_rate


@rule(unit="usd", cite="42 CFR 510.305(e)(1)(v)(A) and (C), (m)")
def stop_loss_limit(repayment_target_amount: Decimal, stop_loss_rate: Decimal) -> Decimal:
    """Largest repayment of the performance year; 0 where there is none."""
    return repayment_target_amount * stop_loss_rate


@rule(unit="usd", cite="42 CFR 510.305(e)(1)(v), (m)")
def npra(raw_npra: Decimal, stop_loss_limit: Decimal, stop_gain_limit: Decimal) -> Decimal:
    """Net payment reconciliation amount: between the stop-loss and the stop-gain limit."""
    return limited(raw_npra, stop_loss_limit, stop_gain_limit)


@rule(unit="usd", cite="42 CFR 510.305(g), 510.315(a)")
def eligible_npra(npra: Decimal, payment_open: bool) -> Decimal:
    """The NPRA, or nothing where it is a gain and quality is below acceptable."""
    return npra if payment_open else min(npra, Decimal(0))


@rule(unit="usd", cite="42 CFR 510.305(f)-(g), (j)")
def amount_due(
    eligible_npra: Decimal,
    aco_overlap_adjustment: Decimal,
    post_episode_spending: Decimal,
    stop_loss_rate: Decimal,
) -> Decimal:
    """Reconciliation payment, or repayment (below zero), in cents.

    The adjustments are outside the stop-loss limit; a year without downside risk has no
    repayment.
    """
    require_not_negative(
        aco_overlap_adjustment=aco_overlap_adjustment, post_episode_spending=post_episode_spending
    )
    due = eligible_npra - aco_overlap_adjustment - post_episode_spending
    return round_half_up(due if stop_loss_rate else max(due, Decimal(0)), 2)
