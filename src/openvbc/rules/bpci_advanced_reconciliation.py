"""BPCI Advanced reconciliation of one episode initiator over one performance period.

The rules stand in the order of the CMS reconciliation specifications: final target price, target
amount, reconciliation amounts netted over the clinical episode categories, quality, and the limit
of 20 percent. A stratum is a clinical episode category (at one hospital, for a physician group).
Amounts are dollars, exact until the last step; above zero Medicare pays the participant.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.check import require_not_negative
from openvbc.rules.episode import limited, quality_rate, total, within
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, Unknown, rule

CELL: Final[frozenset[Axis]] = frozenset({"stratum"})

TARGET: Final = "BPCI Advanced Target Price Specifications (CMS)"
RECONCILIATION: Final = "BPCI Advanced Clinical Episode Reconciliation Specifications (CMS)"

LEAVES: Final = (
    Leaf(
        "episode_kind",
        "text",
        "surgical or medical: the kind of the clinical episode category",
        "CMS announcement of the model extension, 2022-10-13",
        per=CELL,
    ),
    Leaf(
        "benchmark_price",
        "usd",
        "final benchmark price of one clinical episode with the realised case mix, before the "
        "peer group trend factor adjustment and the discount",
        TARGET,
        per=CELL,
    ),
    Leaf(
        "peer_group_trend_adjustment",
        "rate",
        "realised over foreseen trend of the peer group, before its cap; 100% = as foreseen; none "
        "= not known, or a model year without it",
        TARGET,
        per=CELL,
        default=None,
    ),
    Leaf("clinical_episodes", "count", "clinical episodes attributed", RECONCILIATION, per=CELL),
    Leaf(
        "clinical_episode_spending",
        "usd",
        "clinical episode payments of the category, winsorized",
        RECONCILIATION,
        per=CELL,
    ),
    Leaf(
        "composite_quality_score",
        "score",
        "composite quality score of the episode initiator, from 0 to 100; none = not known",
        RECONCILIATION,
        default=None,
    ),
    Leaf(
        "post_episode_repayment",
        "usd",
        "post-episode spending repayment amount of the performance period",
        RECONCILIATION,
        default=Decimal(0),
    ),
)

RESULTS: Final = (
    "final_target_price",
    "target_amount",
    "category_reconciliation_amount",
    "total_target_amount",
    "total_spending",
    "total_reconciliation_amount",
    "cqs_adjustment_rate",
    "adjusted_total_reconciliation_amount",
    "stop_limit",
    "capped_reconciliation_amount",
    "amount_due",
)

STEPS: Final = (
    "total_target_amount",
    "less total_spending",
    "total_reconciliation_amount",
    "less cqs_adjustment_amount",
    "adjusted_total_reconciliation_amount",
    "capped_reconciliation_amount",
    "less post_episode_repayment",
    "amount_due",
)

WATERFALL: Final = {"payer_pays": STEPS, "entity_pays": STEPS}


@rule(unit="rate", cite=TARGET, per=("stratum",))
def capped_peer_group_trend(
    peer_group_trend_adjustment: Decimal | None, peer_group_trend_cap: Decimal | None
) -> Decimal | Unknown:
    """Peer group trend factor adjustment within its cap; 1 in model years without one."""
    if peer_group_trend_cap is None:
        if peer_group_trend_adjustment not in {None, Decimal(1)}:
            raise RefusedError("this model year has no peer group trend factor adjustment")
        return Decimal(1)
    if peer_group_trend_adjustment is None:
        return Unknown("target price unknown: peer group trend factor adjustment missing")
    return within(peer_group_trend_adjustment, Decimal(1), peer_group_trend_cap)


@rule(unit="usd", cite=TARGET, per=("stratum",))
def final_target_price(
    benchmark_price: Decimal, capped_peer_group_trend: Decimal, cms_discount: Decimal
) -> Decimal:
    """Benchmark price with the realised trend, less the CMS discount."""
    require_not_negative(benchmark_price=benchmark_price)
    return benchmark_price * capped_peer_group_trend * (1 - cms_discount)


@rule(unit="usd", cite=RECONCILIATION, per=("stratum",))
def target_amount(final_target_price: Decimal, clinical_episodes: Decimal) -> Decimal:
    """Final target price times the clinical episodes of the category."""
    require_not_negative(clinical_episodes=clinical_episodes)
    return final_target_price * clinical_episodes


@rule(unit="usd", cite=RECONCILIATION, per=("stratum",))
def category_reconciliation_amount(
    target_amount: Decimal, clinical_episode_spending: Decimal
) -> Decimal:
    """Positive or negative reconciliation amount of one category."""
    require_not_negative(clinical_episode_spending=clinical_episode_spending)
    return target_amount - clinical_episode_spending


@rule(unit="usd", cite=RECONCILIATION)
def total_target_amount(target_amount: ByStratum) -> Decimal:
    """Total performance period target amount of the episode initiator."""
    return total(target_amount)


@rule(unit="usd", cite=RECONCILIATION)
def total_spending(clinical_episode_spending: ByStratum) -> Decimal:
    """Clinical episode payments of all categories."""
    return total(clinical_episode_spending)


@rule(unit="usd", cite=RECONCILIATION)
def total_reconciliation_amount(category_reconciliation_amount: ByStratum) -> Decimal:
    """Positive and negative amounts netted over all categories of the episode initiator."""
    return total(category_reconciliation_amount)


@rule(unit="rate", cite=RECONCILIATION)
def cqs_adjustment_rate(
    total_reconciliation_amount: Decimal,
    composite_quality_score: Decimal | None,
    greatest_gain_reduction: Decimal,
    greatest_loss_relief: Decimal,
) -> Decimal | Unknown:
    """Share of the total that quality takes off a gain, or off a loss."""
    if total_reconciliation_amount == 0:
        return Decimal(0)
    if composite_quality_score is None:
        return Unknown("quality adjustment unknown: composite quality score missing")
    return quality_rate(
        total_reconciliation_amount,
        composite_quality_score,
        greatest_gain_reduction,
        greatest_loss_relief,
    )


@rule(unit="usd", cite=RECONCILIATION)
def cqs_adjustment_amount(
    total_reconciliation_amount: Decimal, cqs_adjustment_rate: Decimal
) -> Decimal:
    """What quality takes off: above zero from a gain, below zero from a loss."""
    return total_reconciliation_amount * cqs_adjustment_rate


@rule(unit="usd", cite=RECONCILIATION)
def adjusted_total_reconciliation_amount(
    total_reconciliation_amount: Decimal, cqs_adjustment_amount: Decimal
) -> Decimal:
    """Total reconciliation amount less the quality adjustment."""
    return total_reconciliation_amount - cqs_adjustment_amount


@rule(unit="usd", cite=RECONCILIATION)
def stop_limit(total_target_amount: Decimal, stop_rate: Decimal) -> Decimal:
    """Largest payment, and largest repayment, of the episode initiator."""
    return total_target_amount * stop_rate


@rule(unit="usd", cite=RECONCILIATION)
def capped_reconciliation_amount(
    adjusted_total_reconciliation_amount: Decimal, stop_limit: Decimal
) -> Decimal:
    """Adjusted amount between the stop-loss and the stop-gain limit."""
    return limited(adjusted_total_reconciliation_amount, stop_limit, stop_limit)


@rule(unit="usd", cite=RECONCILIATION)
def amount_due(capped_reconciliation_amount: Decimal, post_episode_repayment: Decimal) -> Decimal:
    """Net payment reconciliation amount, or repayment (below zero), in cents.

    A post-episode repayment is outside the limit.
    """
    require_not_negative(post_episode_repayment=post_episode_repayment)
    return round_half_up(capped_reconciliation_amount - post_episode_repayment, 2)
