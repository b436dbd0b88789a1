"""Merit-based Incentive Payment System: the cost performance category.

The rules stand in the order of 42 CFR 414.1380(b)(2). The points of each cost measure are those of
the component `mips_measure`, where a lower cost is better.
"""

from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_share
from openvbc.rules.mips_measure import COST, FULL_POINTS
from openvbc.rules.mips_quality import ByMeasure, TextByMeasure
from openvbc.rules.rule import Leaf, RefusedError, rule

LEAVES: Final = (
    Leaf(
        "previous_cost_percent",
        "rate",
        "last year's cost category score without improvement; none = not scored in both years",
        "42 CFR 414.1380(b)(2)(iv)",
        default=None,
    ),
)

RESULTS: Final = ("cost_category_percent",)


@rule(unit="count", cite="42 CFR 414.1380(b)(2)(iii)")
def cost_measures_scored(measure_points: ByMeasure, measure_category: TextByMeasure) -> Decimal:
    """Number of cost measures with a benchmark and enough cases."""
    return Decimal(
        sum(
            it is not None and measure_category[name] == COST for name, it in measure_points.items()
        )
    )


@rule(unit="points", cite="42 CFR 414.1380(b)(2)(iii)")
def cost_achievement_points(measure_points: ByMeasure, measure_category: TextByMeasure) -> Decimal:
    """Sum of the points of the cost measures."""
    found = (it for name, it in measure_points.items() if measure_category[name] == COST)
    return sum((it for it in found if it is not None), Decimal(0))


@rule(unit="rate", cite="42 CFR 414.1380(b)(2)(iii)")
def cost_achievement_percent(
    cost_achievement_points: Decimal, cost_measures_scored: Decimal
) -> Decimal | None:
    """Achievement points as a share of ten for each measure; none without a measure."""
    if cost_measures_scored == 0:
        return None
    return cost_achievement_points / (FULL_POINTS * cost_measures_scored)


@rule(unit="rate", cite="42 CFR 414.1380(b)(2)(iv)")
def cost_improvement_percent(
    cost_achievement_percent: Decimal | None,
    previous_cost_percent: Decimal | None,
    cost_improvement_limit: Decimal,
) -> Decimal:
    """The relative increase of the category's share over last year's, in hundredths, limited."""
    if cost_achievement_percent is None or previous_cost_percent is None:
        return Decimal(0)
    require_share(previous_cost_percent=previous_cost_percent)
    if previous_cost_percent == 0:
        raise RefusedError(f"previous_cost_percent is {previous_cost_percent:f}; expected above 0")
    increase = (cost_achievement_percent - previous_cost_percent) / previous_cost_percent
    return min(max(increase, Decimal(0)), Decimal(1)) * cost_improvement_limit


@rule(unit="rate", cite="42 CFR 414.1380(b)(2)(iii)-(iv)")
def cost_category_percent(
    cost_achievement_percent: Decimal | None, cost_improvement_percent: Decimal
) -> Decimal | None:
    """Achievement and improvement, at most the whole; none where no cost measure is scored."""
    if cost_achievement_percent is None:
        return None
    return min(cost_achievement_percent + cost_improvement_percent, Decimal(1))
