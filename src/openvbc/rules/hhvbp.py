"""Home Health Value-Based Purchasing, expanded model: from measure scores to the adjustment.

The rules stand in the order of 42 CFR 484.345 and 484.360: which measures apply to the agency,
the care points of each, the weights with what is missing redistributed, and the total performance
score. The exchange of the score into a payment is a part of its own (`hhvbp_exchange`). A stratum
is a measure; a component of the HHCAHPS survey is one. The settlement names every measure of the
year's set, also those without data.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from openvbc.money import round_half_up
from openvbc.rules import hhvbp_exchange
from openvbc.rules.hhvbp_exchange import FULL_SCORE
from openvbc.rules.rule import (
    Axis,
    ByStratum,
    FlagByStratum,
    Leaf,
    Over,
    RefusedError,
    Unknown,
    rule,
)

PARTS: Final = (hhvbp_exchange,)

TextByStratum = Annotated[Mapping[str, str], Over("stratum")]
PointsByStratum = Annotated[Mapping[str, Decimal | None], Over("stratum")]

POINT_PLACES: Final = 3
"""Points are rounded to the third decimal (CY 2022 HH PPS final rule, 86 FR 62240)."""

MEASURE: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "cohort",
        "text",
        "larger or smaller: the nationwide volume cohort in which the agency competes",
        "42 CFR 484.345 (larger-volume cohort, smaller-volume cohort)",
    ),
    Leaf(
        "performance_score",
        "score",
        "the agency's risk-adjusted value of the measure in the performance year; none = no data",
        "42 CFR 484.355(a), 484.360(a)",
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "measure_volume",
        "count",
        "home health episodes of care, or completed HHCAHPS surveys, behind the measure",
        "42 CFR 484.345 (applicable measure)",
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "achievement_threshold",
        "score",
        "median of the cohort's agencies on the measure in the Model baseline year",
        "42 CFR 484.345 (achievement threshold)",
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "measure_benchmark",
        "score",
        "mean of the best tenth of the cohort's agencies on the measure in the Model baseline year",
        "42 CFR 484.345 (benchmark)",
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "improvement_threshold",
        "score",
        "the agency's own value of the measure in its baseline year; none = too little data then",
        "42 CFR 484.345 (improvement threshold, HHA baseline year)",
        per=MEASURE,
        default=None,
    ),
    *hhvbp_exchange.LEAVES,
)

RESULTS: Final = (
    "care_points",
    "measure_weight",
    "weighted_points",
    "applicable_measures",
    "total_performance_score",
    "exchange_slope",
    "quality_adjusted_payment_rate",
    "payment_adjustment_percentage",
    "payments_at_stake",
    "payments_earned",
    "payment_adjustment",
)

WATERFALL: Final = hhvbp_exchange.WATERFALL


@rule(unit="flag", cite="42 CFR 484.345 (applicable measure)", per=("stratum",))
def applicable_measure(
    performance_score: Decimal | None,
    measure_volume: Decimal | None,
    minimum_volume: Decimal,
    category_weight: Decimal,
) -> bool | Unknown:
    """Whether the measure is scored: enough episodes or surveys, in a category that counts.

    The HHCAHPS survey does not count in the smaller-volume cohort.
    """
    if category_weight == 0 or (performance_score is None and measure_volume is None):
        return False
    if measure_volume is None:
        return Unknown("measure not scored: its episodes or surveys are missing")
    if measure_volume < minimum_volume:
        return False
    if performance_score is None:
        return Unknown("measure not scored: its performance score is missing")
    return True


def ahead(value: Decimal, other: Decimal, lower_is_better: bool) -> Decimal:
    """By how much a value is better than another; below zero where it is worse."""
    return other - value if lower_is_better else value - other


@rule(
    unit="points",
    cite="42 CFR 484.360(a)(1), (3); CY 2022 HH PPS final rule, 86 FR 62240",
    per=("stratum",),
)
def achievement_points(
    applicable_measure: bool,
    performance_score: Decimal | None,
    achievement_threshold: Decimal | None,
    measure_benchmark: Decimal | None,
    lower_is_better: bool,
    full_achievement_points: Decimal,
) -> Decimal | Unknown | None:
    """Points for the way from the achievement threshold to the benchmark, 0 to 10.

    The full points at the benchmark or better, none below the threshold; to the third decimal.
    """
    if not applicable_measure or performance_score is None:
        return None
    if achievement_threshold is None or measure_benchmark is None:
        return Unknown("points unknown: achievement threshold or benchmark missing")
    way = ahead(measure_benchmark, achievement_threshold, lower_is_better)
    if way < 0:
        raise RefusedError(
            f"the benchmark {measure_benchmark:f} is worse than the achievement threshold "
            f"{achievement_threshold:f}; expected the better of the two"
        )
    if ahead(performance_score, measure_benchmark, lower_is_better) >= 0:
        return full_achievement_points
    gone = ahead(performance_score, achievement_threshold, lower_is_better)
    return (
        Decimal(0)
        if gone <= 0
        else round_half_up(full_achievement_points * gone / way, POINT_PLACES)
    )


@rule(
    unit="points",
    cite="42 CFR 484.360(a)(2); CY 2022 HH PPS final rule, 86 FR 62240",
    per=("stratum",),
)
def improvement_points(
    applicable_measure: bool,
    performance_score: Decimal | None,
    improvement_threshold: Decimal | None,
    measure_benchmark: Decimal | None,
    lower_is_better: bool,
    full_improvement_points: Decimal,
) -> Decimal | Unknown | None:
    """Points for the way from the agency's own baseline to the benchmark, 0 to 9.

    None where the agency has no baseline on the measure; to the third decimal.
    """
    if not applicable_measure or performance_score is None or improvement_threshold is None:
        return None
    if measure_benchmark is None:
        return Unknown("points unknown: benchmark missing")
    gone = ahead(performance_score, improvement_threshold, lower_is_better)
    if gone <= 0:
        return Decimal(0)
    if ahead(performance_score, measure_benchmark, lower_is_better) >= 0:
        return full_improvement_points
    way = ahead(measure_benchmark, improvement_threshold, lower_is_better)
    return round_half_up(full_improvement_points * gone / way, POINT_PLACES)


@rule(unit="points", cite="42 CFR 484.360(a)", per=("stratum",))
def care_points(
    achievement_points: Decimal | None, improvement_points: Decimal | None
) -> Decimal | None:
    """The larger of achievement and improvement points; none for a measure that is not scored."""
    if achievement_points is None:
        return None
    return max(achievement_points, improvement_points or Decimal(0))


@rule(unit="count", cite="42 CFR 484.360(b)(2)", per=("stratum",))
def applicable_parts(applicable_measure: bool, measure_parts: Decimal) -> Decimal:
    """What the measure weighs in its category, in parts; nothing where it is not scored."""
    return measure_parts if applicable_measure else Decimal(0)


def parts_of(
    category: str, applicable_parts: Mapping[str, Decimal], measure_category: Mapping[str, str]
) -> Decimal:
    """The parts of one category's measures together."""
    own = (parts for name, parts in applicable_parts.items() if measure_category[name] == category)
    return sum(own, Decimal(0))


@rule(unit="count", cite="42 CFR 484.360(b)(2)")
def oasis_parts(applicable_parts: ByStratum, measure_category: TextByStratum) -> Decimal:
    """Parts of the OASIS-based measures that are scored."""
    return parts_of("oasis", applicable_parts, measure_category)


@rule(unit="count", cite="42 CFR 484.360(b)(2)")
def claims_parts(applicable_parts: ByStratum, measure_category: TextByStratum) -> Decimal:
    """Parts of the claims-based measures that are scored."""
    return parts_of("claims", applicable_parts, measure_category)


@rule(unit="count", cite="42 CFR 484.360(b)(2)")
def hhcahps_parts(applicable_parts: ByStratum, measure_category: TextByStratum) -> Decimal:
    """Parts of the HHCAHPS survey measures that are scored."""
    return parts_of("hhcahps", applicable_parts, measure_category)


@rule(unit="rate", cite="42 CFR 484.360(b)(1)")
def reported_weight(
    applicable_parts: ByStratum, measure_category: TextByStratum, category_weight: ByStratum
) -> Decimal:
    """Weight of the categories with at least one scored measure: what there is to share out."""
    reported = {
        measure_category[name]: category_weight[name]
        for name, parts in applicable_parts.items()
        if parts > 0
    }
    return sum(reported.values(), Decimal(0))


@rule(unit="rate", cite="42 CFR 484.360(b)", per=("stratum",))
def measure_weight(
    applicable_parts: Decimal,
    measure_category: str,
    oasis_parts: Decimal,
    claims_parts: Decimal,
    hhcahps_parts: Decimal,
    category_weight: Decimal,
    reported_weight: Decimal,
) -> Decimal:
    """The measure's weight in the score, with what is missing shared out in proportion.

    A missing category's weight goes to the other categories, a missing measure's to the others of
    its category.
    """
    if not applicable_parts:
        return Decimal(0)
    parts = {"oasis": oasis_parts, "claims": claims_parts, "hhcahps": hhcahps_parts}
    return category_weight * applicable_parts / (reported_weight * parts[measure_category])


@rule(unit="points", cite="42 CFR 484.360(b)-(c)", per=("stratum",))
def weighted_points(
    care_points: Decimal | None, full_achievement_points: Decimal, measure_weight: Decimal
) -> Decimal | None:
    """Points of 100 that the measure brings; none for a measure that is not scored."""
    if care_points is None:
        return None
    return care_points * FULL_SCORE / full_achievement_points * measure_weight


@rule(unit="count", cite="42 CFR 484.360(c), 484.345 (applicable measure)")
def applicable_measures(applicable_measure: FlagByStratum, measures_in_set: Decimal) -> Decimal:
    """How many measures of the year's set are scored."""
    if len(applicable_measure) != measures_in_set:
        raise RefusedError(
            f"the settlement names {len(applicable_measure)} measures; expected all "
            f"{measures_in_set:f} of the year's set, those without data included"
        )
    return Decimal(sum(applicable_measure.values()))


@rule(unit="points", cite="42 CFR 484.360(c), 484.345 (total performance score)")
def total_performance_score(
    weighted_points: PointsByStratum, applicable_measures: Decimal, minimum_measures: Decimal
) -> Decimal | None:
    """Sum of the weighted points, 0 to 100; none with fewer than the minimum of measures."""
    if applicable_measures < minimum_measures:
        return None
    return sum((it for it in weighted_points.values() if it is not None), Decimal(0))
