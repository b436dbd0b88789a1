"""TEAM reconciliation: target against spending, quality, limits, and what is paid or repaid.

The rules stand in the order of 42 CFR 512.520 and 512.550: the track, the reconciliation amount
over all episode categories, the quality adjustment, the limits of the track, and post-episode
spending. The target prices are a part of their own (`team_target_price`); the composite quality
score is computed by `team_quality`. Amounts are dollars, exact until the last step; above zero
Medicare pays the hospital.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules import team_target_price
from openvbc.rules.check import require_not_negative
from openvbc.rules.episode import WordByStratum, limited, quality_rate, total
from openvbc.rules.rule import ByStratum, Leaf, RefusedError, Unknown, rule
from openvbc.rules.team_target_price import CELL

PARTS: Final = (team_target_price,)

LEAVES: Final = (
    Leaf("track", "text", "track_1, track_2 or track_3", "42 CFR 512.520"),
    Leaf(
        "hospital_type",
        "text",
        "safety_net, rural, medicare_dependent, sole_community, essential_access or other; of "
        "several the one that opens the track",
        "42 CFR 512.505, 512.520(b)(3)-(4)",
    ),
    *team_target_price.LEAVES,
    Leaf(
        "baseline_episodes",
        "count",
        "episodes of the cell in the baseline period, counted towards the category's low volume",
        "42 CFR 512.540(b), 512.550",
        per=CELL,
    ),
    Leaf(
        "performance_year_spending",
        "usd",
        "spending in the cell's episodes, prorated and with the high-cost outlier cap applied",
        "42 CFR 512.550(c), 512.555",
        per=CELL,
    ),
    Leaf(
        "composite_quality_score",
        "score",
        "composite quality score from 0 to 100; none = not known",
        "42 CFR 512.547",
        default=None,
    ),
    Leaf(
        "post_episode_spending",
        "usd",
        "30-day post-episode spending more than three standard deviations above the region's mean",
        "42 CFR 512.550(f)",
        default=Decimal(0),
    ),
)

RESULTS: Final = (
    "preliminary_target_price",
    "reconciliation_target_price",
    "target_amount",
    "cell_reconciliation_amount",
    "aggregated_target_amount",
    "aggregated_spending",
    "low_volume_relief",
    "reconciliation_amount",
    "cqs_adjustment_rate",
    "quality_adjusted_amount",
    "stop_gain_limit",
    "stop_loss_limit",
    "limited_amount",
    "amount_due",
)

STEPS: Final = (
    "aggregated_target_amount",
    "less aggregated_spending",
    "reconciliation_amount",
    "less cqs_adjustment_amount",
    "quality_adjusted_amount",
    "limited_amount",
    "less post_episode_spending",
    "amount_due",
)

WATERFALL: Final = {"payer_pays": STEPS, "entity_pays": STEPS}


@rule(unit="text", cite="42 CFR 512.520")
def participation_track(track: str, hospital_type: str, track_open: bool) -> str:
    """The track, where the performance year and the type of hospital allow it."""
    if not track_open:
        raise RefusedError(f"{track} is not open to hospital_type {hospital_type} in this year")
    return track


@rule(unit="usd", cite="42 CFR 512.550(c)", per=("stratum",))
def cell_reconciliation_amount(
    target_amount: Decimal, performance_year_spending: Decimal
) -> Decimal:
    """Target amount less spending of one cell; below zero is a loss."""
    require_not_negative(performance_year_spending=performance_year_spending)
    return target_amount - performance_year_spending


@rule(unit="usd", cite="42 CFR 512.550(c)")
def aggregated_target_amount(target_amount: ByStratum) -> Decimal:
    """Reconciliation target prices of all episodes."""
    return total(target_amount)


@rule(unit="usd", cite="42 CFR 512.550(c)")
def aggregated_spending(performance_year_spending: ByStratum) -> Decimal:
    """Performance year spending in all episodes."""
    return total(performance_year_spending)


@rule(unit="usd", cite="42 CFR 512.550 as amended by the FY 2026 IPPS final rule (90 FR 36536)")
def low_volume_relief(
    cell_reconciliation_amount: ByStratum,
    baseline_episodes: ByStratum,
    episode_category: WordByStratum,
    low_volume_threshold: Decimal,
) -> Decimal:
    """Losses, taken category by category, of categories with too few baseline episodes.

    The hospital bears no downside risk there; gains count.
    """
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    episodes: dict[str, Decimal] = defaultdict(Decimal)
    for cell, category in episode_category.items():
        require_not_negative(baseline_episodes=baseline_episodes[cell])
        amounts[category] += cell_reconciliation_amount[cell]
        episodes[category] += baseline_episodes[cell]
    low = (name for name, count in episodes.items() if count < low_volume_threshold)
    return sum((-min(amounts[name], Decimal(0)) for name in low), Decimal(0))


@rule(unit="usd", cite="42 CFR 512.550(c)")
def reconciliation_amount(
    aggregated_target_amount: Decimal, aggregated_spending: Decimal, low_volume_relief: Decimal
) -> Decimal:
    """Target less spending, netted over all categories, without losses of low volume."""
    return aggregated_target_amount - aggregated_spending + low_volume_relief


@rule(unit="rate", cite="42 CFR 512.550(d)")
def cqs_adjustment_rate(
    reconciliation_amount: Decimal,
    composite_quality_score: Decimal | None,
    greatest_gain_reduction: Decimal,
    greatest_loss_relief: Decimal,
) -> Decimal | Unknown:
    """Share of the reconciliation amount that quality takes off a gain, or off a loss."""
    if reconciliation_amount == 0 or (reconciliation_amount < 0 and greatest_loss_relief == 0):
        return Decimal(0)
    if composite_quality_score is None:
        return Unknown("quality adjustment unknown: composite quality score missing")
    return quality_rate(
        reconciliation_amount,
        composite_quality_score,
        greatest_gain_reduction,
        greatest_loss_relief,
    )


@rule(unit="usd", cite="42 CFR 512.550(d)")
def cqs_adjustment_amount(reconciliation_amount: Decimal, cqs_adjustment_rate: Decimal) -> Decimal:
    """What quality takes off: above zero from a gain, below zero from a loss."""
    return reconciliation_amount * cqs_adjustment_rate


@rule(unit="usd", cite="42 CFR 512.550(d)")
def quality_adjusted_amount(
    reconciliation_amount: Decimal, cqs_adjustment_amount: Decimal
) -> Decimal:
    """Reconciliation amount less the quality adjustment."""
    return reconciliation_amount - cqs_adjustment_amount


@rule(unit="usd", cite="42 CFR 512.550(e)")
def stop_gain_limit(aggregated_target_amount: Decimal, stop_gain_rate: Decimal) -> Decimal:
    """Largest payment of the track."""
    return aggregated_target_amount * stop_gain_rate


@rule(unit="usd", cite="42 CFR 512.550(e)")
def stop_loss_limit(aggregated_target_amount: Decimal, stop_loss_rate: Decimal) -> Decimal:
    """Largest repayment of the track; 0 where it bears no downside risk."""
    return aggregated_target_amount * stop_loss_rate


@rule(unit="usd", cite="42 CFR 512.550(e)")
def limited_amount(
    quality_adjusted_amount: Decimal, stop_loss_limit: Decimal, stop_gain_limit: Decimal
) -> Decimal:
    """Quality-adjusted amount between the stop-loss and the stop-gain limit."""
    return limited(quality_adjusted_amount, stop_loss_limit, stop_gain_limit)


@rule(unit="usd", cite="42 CFR 512.550(f)-(g)")
def amount_due(
    limited_amount: Decimal, post_episode_spending: Decimal, stop_loss_rate: Decimal
) -> Decimal:
    """Payment to the hospital, or repayment (below zero), in cents.

    Post-episode spending is outside the stop-loss limit; a track without downside risk never
    repays.
    """
    require_not_negative(post_episode_spending=post_episode_spending)
    due = limited_amount - post_episode_spending
    return round_half_up(due if stop_loss_rate else max(due, Decimal(0)), 2)
