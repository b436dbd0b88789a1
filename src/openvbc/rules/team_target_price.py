"""TEAM target prices: from the regional benchmark price to the reconciliation target amount.

A part of the reconciliation component (`team_reconciliation`), in the order of 42 CFR 512.540 and
512.545. A stratum is an episode category, or one of its MS-DRG/HCPCS cells where prices differ.
"""

from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.episode import within
from openvbc.rules.rule import Axis, Leaf, rule

CELL: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "episode_category",
        "text",
        "lejr, shfft, spinal_fusion, cabg or major_bowel: the episode category of the cell",
        "42 CFR 512.525(d)",
        per=CELL,
    ),
    Leaf(
        "benchmark_price",
        "usd",
        "regional price of one episode, trended to the performance year, before the discount and "
        "normalization",
        "42 CFR 512.540(b)",
        per=CELL,
    ),
    Leaf(
        "prospective_normalization_factor",
        "rate",
        "normalization factor in the preliminary target price",
        "42 CFR 512.540(b), 512.545",
        per=CELL,
    ),
    Leaf(
        "risk_adjustment_factor",
        "rate",
        "mean risk adjustment of the cell's episodes: HCC count, age, economic risk, hospital and "
        "the category's own factors",
        "42 CFR 512.545(a)",
        per=CELL,
    ),
    Leaf(
        "retrospective_trend_factor",
        "rate",
        "regional spending trend realised by the performance year over the trend in the "
        "benchmark price, before its cap; 100% = as foreseen",
        "42 CFR 512.545",
        per=CELL,
    ),
    Leaf(
        "final_normalization_factor",
        "rate",
        "normalization factor of the realised case mix, before its cap",
        "42 CFR 512.545",
        per=CELL,
    ),
    Leaf(
        "episodes",
        "count",
        "episodes of the performance year in the cell, without cancelled ones",
        "42 CFR 512.537, 512.550(c)",
        per=CELL,
    ),
)


@rule(unit="usd", cite="42 CFR 512.540(b)", per=("stratum",))
def discounted_price(benchmark_price: Decimal, discount_factor: Decimal) -> Decimal:
    """Benchmark price less the discount of the episode category."""
    require_not_negative(benchmark_price=benchmark_price)
    return benchmark_price * (1 - discount_factor)


@rule(unit="usd", cite="42 CFR 512.540(b)", per=("stratum",))
def preliminary_target_price(
    discounted_price: Decimal, prospective_normalization_factor: Decimal
) -> Decimal:
    """The price that the hospital is told before the performance year, before risk adjustment."""
    return discounted_price * prospective_normalization_factor


@rule(unit="rate", cite="42 CFR 512.545", per=("stratum",))
def capped_retrospective_trend(
    retrospective_trend_factor: Decimal, retrospective_trend_cap: Decimal
) -> Decimal:
    """The realised trend, at most the cap above or below what was foreseen."""
    return within(retrospective_trend_factor, Decimal(1), retrospective_trend_cap)


@rule(unit="rate", cite="42 CFR 512.545", per=("stratum",))
def capped_normalization_factor(
    final_normalization_factor: Decimal,
    prospective_normalization_factor: Decimal,
    normalization_cap: Decimal,
) -> Decimal:
    """The final normalization factor, at most the cap away from the prospective one."""
    return within(final_normalization_factor, prospective_normalization_factor, normalization_cap)


@rule(unit="usd", cite="42 CFR 512.545", per=("stratum",))
def reconciliation_target_price(
    discounted_price: Decimal,
    risk_adjustment_factor: Decimal,
    capped_retrospective_trend: Decimal,
    capped_normalization_factor: Decimal,
) -> Decimal:
    """Target price of one episode at reconciliation.

    The final normalization factor takes the place of the prospective one.
    """
    return (
        discounted_price
        * risk_adjustment_factor
        * capped_retrospective_trend
        * capped_normalization_factor
    )


@rule(unit="usd", cite="42 CFR 512.550(c)", per=("stratum",))
def target_amount(reconciliation_target_price: Decimal, episodes: Decimal) -> Decimal:
    """Reconciliation target price times the episodes of the cell."""
    require_not_negative(episodes=episodes)
    return reconciliation_target_price * episodes
