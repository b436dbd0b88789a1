"""Merit-based Incentive Payment System: the quality performance category.

The rules stand in the order of 42 CFR 414.1380(b)(1): which of the submitted measures count, the
points available, bonus points, improvement, and the category's score as a share of 1.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from openvbc.rules.check import require_share
from openvbc.rules.mips_measure import (
    ADMINISTRATIVE_CLAIMS,
    APP,
    EACH,
    FULL_POINTS,
    QUALITY,
)
from openvbc.rules.rule import Leaf, Over, RefusedError, rule

ByMeasure = Annotated[Mapping[str, Decimal | None], Over("stratum")]
PointsByMeasure = Annotated[Mapping[str, Decimal], Over("stratum")]
TextByMeasure = Annotated[Mapping[str, str], Over("stratum")]
FlagByMeasure = Annotated[Mapping[str, bool], Over("stratum")]

OUTCOME: Final = "outcome"
OTHER: Final = "other"
SURVEY: Final = "survey"
HUNDRED_PERCENT: Final = Decimal(100)

LEAVES: Final = (
    Leaf(
        "measure_priority",
        "text",
        "outcome, patient_experience, high_priority (of another kind) or other",
        "42 CFR 414.1305 (high priority measure, outcome measure)",
        per=EACH,
        default=OTHER,
    ),
    Leaf(
        "survey_part",
        "flag",
        "whether it is a summary survey measure of the CAHPS for MIPS survey, which are averaged",
        "CY 2018 QPP final rule (82 FR 53568), scoring of the CAHPS for MIPS survey",
        per=EACH,
        default=False,
    ),
    Leaf(
        "end_to_end",
        "flag",
        "whether the measure was reported electronically from end to end",
        "42 CFR 414.1380(b)(1)(v)(B)",
        per=EACH,
        default=False,
    ),
    Leaf(
        "applicable_measures",
        "count",
        "number of measures that apply, where fewer than are required; none = enough apply",
        "42 CFR 414.1335(a)(1), 414.1380(b)(1)(vii)",
        default=None,
    ),
    Leaf(
        "suppressed_measures",
        "count",
        "required measures by which CMS has reduced the available points",
        "42 CFR 414.1380(b)(1)(vii)(A)-(B)",
        default=Decimal(0),
    ),
    Leaf(
        "previous_quality_achievement",
        "rate",
        "last year's share of achievement points; none = no full participation in both years",
        "42 CFR 414.1380(b)(1)(vi)(A)-(B)",
        default=None,
    ),
)

RESULTS: Final = (
    "counted_measures",
    "quality_achievement_points",
    "quality_available_points",
    "quality_category_percent",
)


@rule(
    unit="points", cite="CY 2018 QPP final rule (82 FR 53568), scoring of the CAHPS for MIPS survey"
)
def survey_points(measure_points: ByMeasure, survey_part: FlagByMeasure) -> Decimal | None:
    """Mean of the points of the scored summary survey measures; none without a survey."""
    found = [it for name, it in measure_points.items() if survey_part[name] and it is not None]
    return sum(found, Decimal(0)) / len(found) if found else None


def quality_points(
    points: Mapping[str, Decimal | None],
    category: Mapping[str, str],
    part: Mapping[str, bool],
    survey: Decimal | None,
) -> dict[str, Decimal]:
    """The quality measures that have points, the survey as one of them."""
    whole = {
        name: it
        for name, it in points.items()
        if it is not None and category[name] == QUALITY and not part[name]
    }
    return whole if survey is None else {**whole, SURVEY: survey}


def best(points: Mapping[str, Decimal], count: int) -> list[str]:
    """The names of the most points; of equal ones the first."""
    return sorted(points, key=lambda name: points[name], reverse=True)[:count]


@rule(unit="text", cite="42 CFR 414.1335(a)(1)(i)-(ii), 414.1380(b)(1)(i)")
def required_measure(
    measure_points: ByMeasure,
    measure_category: TextByMeasure,
    measure_priority: TextByMeasure,
    collection_type: TextByMeasure,
    survey_part: FlagByMeasure,
    survey_points: Decimal | None,
) -> str | None:
    """The outcome measure that must be among those counted: the best, else the best high-priority.

    None where no such measure was submitted; its place then earns nothing.
    """
    found = quality_points(measure_points, measure_category, survey_part, survey_points)
    priority = {**measure_priority, SURVEY: "patient_experience"}
    chosen = {
        name: it
        for name, it in found.items()
        if collection_type.get(name) != ADMINISTRATIVE_CLAIMS and priority[name] != OTHER
    }
    outcomes = {name: it for name, it in chosen.items() if priority[name] == OUTCOME}
    return next(iter(best(outcomes or chosen, 1)), None)


@rule(unit="count", cite="42 CFR 414.1335(a), 414.1365(c)(1), 414.1380(b)(1)(vii)(A)")
def measures_to_count(
    applicable_measures: Decimal | None,
    suppressed_measures: Decimal,
    required_measures: Decimal | None,
) -> Decimal | None:
    """How many submitted measures count; none = all of the set.

    Raises RefusedError where more measures are suppressed than are needed.
    """
    if required_measures is None:
        return None
    needed = required_measures if applicable_measures is None else applicable_measures
    needed = min(needed, required_measures)
    if not 0 <= suppressed_measures <= needed:
        raise RefusedError(
            f"suppressed_measures is {suppressed_measures:f}; expected 0 to {needed:f}"
        )
    return needed - suppressed_measures


@rule(unit="text", cite="42 CFR 414.1335(a), 414.1367(c)(1), 414.1380(b)(1)(i)")
def counted_measures(
    measure_points: ByMeasure,
    measure_category: TextByMeasure,
    collection_type: TextByMeasure,
    survey_part: FlagByMeasure,
    survey_points: Decimal | None,
    measures_to_count: Decimal | None,
    required_measure: str | None,
) -> str | None:
    """The measures that count: the required one and the best others, and all of claims data."""
    found = quality_points(measure_points, measure_category, survey_part, survey_points)
    automatic = [it for it in found if collection_type.get(it) == ADMINISTRATIVE_CLAIMS]
    chosen = {name: it for name, it in found.items() if name not in automatic}
    if measures_to_count is None:
        return ", ".join(found) or None
    others = {name: it for name, it in chosen.items() if name != required_measure}
    places = max(int(measures_to_count) - 1, 0)
    required = [required_measure] if required_measure and measures_to_count > 0 else []
    return ", ".join([*required, *best(others, places), *automatic]) or None


@rule(unit="points", cite="42 CFR 414.1380(b)(1)(vi)(D), (b)(1)(vii)")
def quality_achievement_points(
    counted_measures: str | None, measure_points: ByMeasure, survey_points: Decimal | None
) -> Decimal:
    """Sum of the points of the measures that count."""
    names = counted_measures.split(", ") if counted_measures else []
    points = {**measure_points, SURVEY: survey_points}
    return sum((points[name] or Decimal(0) for name in names), Decimal(0))


@rule(unit="points", cite="42 CFR 414.1367(c)(1)(i), 414.1380(b)(1)(vii)")
def quality_available_points(
    reporting: str,
    counted_measures: str | None,
    measures_to_count: Decimal | None,
    collection_type: TextByMeasure,
) -> Decimal:
    """Ten points for each measure that had to be submitted, or is scored from claims data.

    In the APP ten points for each measure that is scored.
    """
    names = counted_measures.split(", ") if counted_measures else []
    if reporting == APP or measures_to_count is None:
        return FULL_POINTS * len(names)
    automatic = sum(collection_type.get(name) == ADMINISTRATIVE_CLAIMS for name in names)
    return FULL_POINTS * (measures_to_count + automatic)


@rule(unit="rate", cite="42 CFR 414.1380(b)(1)(vi)(D)")
def quality_achievement_percent(
    quality_achievement_points: Decimal, quality_available_points: Decimal
) -> Decimal | None:
    """Achievement points as a share of those available, before bonus points and improvement."""
    if quality_available_points == 0:
        return None
    return quality_achievement_points / quality_available_points


@rule(unit="flag", cite="42 CFR 414.1380(b)(1)(v)(A)", per=("stratum",))
def earns_priority_bonus(
    performance_rate: Decimal | None,
    inverse_measure: bool | None,
    case_minimum_met: bool,
    data_complete: bool,
) -> bool:
    """Whether a high-priority measure can earn a bonus: enough cases and data, some performance."""
    if performance_rate is None or not (case_minimum_met and data_complete):
        return False
    return performance_rate < HUNDRED_PERCENT if inverse_measure else performance_rate > 0


@rule(unit="points", cite="42 CFR 414.1380(b)(1)(v)(A)")
def priority_bonus(
    earns_priority_bonus: FlagByMeasure,
    priority_bonus_points: PointsByMeasure,
    required_measure: str | None,
    quality_available_points: Decimal,
    measure_bonus_limit: Decimal,
) -> Decimal:
    """Bonus points for the high-priority measures beyond the required one, within the limit."""
    earned = sum(
        (
            priority_bonus_points[name]
            for name, earns in earns_priority_bonus.items()
            if earns and name != required_measure
        ),
        Decimal(0),
    )
    return min(earned, measure_bonus_limit * quality_available_points)


@rule(unit="points", cite="42 CFR 414.1380(b)(1)(v)(B)")
def end_to_end_bonus(
    end_to_end: FlagByMeasure,
    performance_rate: ByMeasure,
    end_to_end_bonus_points: Decimal,
    quality_available_points: Decimal,
    measure_bonus_limit: Decimal,
) -> Decimal:
    """Bonus points for measures reported electronically from end to end, within the limit."""
    count = sum(end_to_end[name] and it is not None for name, it in performance_rate.items())
    return min(end_to_end_bonus_points * count, measure_bonus_limit * quality_available_points)


@rule(unit="points", cite="42 CFR 414.1380(b)(1)(v)(C)")
def small_practice_bonus(
    small_practice: bool,
    performance_rate: ByMeasure,
    measure_category: TextByMeasure,
    collection_type: TextByMeasure,
    small_practice_quality_points: Decimal,
) -> Decimal:
    """Points added for a small practice that submits at least one quality measure.

    Nobody submits a measure of administrative claims.
    """
    submitted = any(
        it is not None
        and measure_category[name] == QUALITY
        and collection_type[name] != ADMINISTRATIVE_CLAIMS
        for name, it in performance_rate.items()
    )
    return small_practice_quality_points if small_practice and submitted else Decimal(0)


@rule(unit="points", cite="42 CFR 414.1380(b)(1)(vii)(C)")
def complex_organization_adjustment(
    complex_organization_point: PointsByMeasure,
    quality_available_points: Decimal,
    complex_organization_limit: Decimal,
) -> Decimal:
    """The points for eCQMs of an APM Entity or virtual group, within the limit."""
    earned = sum(complex_organization_point.values(), Decimal(0))
    return min(earned, complex_organization_limit * quality_available_points)


@rule(unit="rate", cite="42 CFR 414.1380(b)(1)(vi)(A)-(E)")
def quality_improvement_percent(
    quality_achievement_percent: Decimal | None,
    previous_quality_achievement: Decimal | None,
    quality_improvement_floor: Decimal,
    quality_improvement_limit: Decimal,
) -> Decimal:
    """A tenth of the relative increase of the achievement share over last year's, within the limit.

    Last year's is taken as at least the floor; a decrease takes nothing away.
    """
    if quality_achievement_percent is None or previous_quality_achievement is None:
        return Decimal(0)
    require_share(previous_quality_achievement=previous_quality_achievement)
    before = max(previous_quality_achievement, quality_improvement_floor)
    increase = (quality_achievement_percent - before) / before
    return min(max(increase, Decimal(0)), Decimal(1)) * quality_improvement_limit


@rule(unit="rate", cite="42 CFR 414.1380(b)(1)(vii)")
def quality_category_percent(
    quality_achievement_points: Decimal,
    priority_bonus: Decimal,
    end_to_end_bonus: Decimal,
    small_practice_bonus: Decimal,
    complex_organization_adjustment: Decimal,
    quality_available_points: Decimal,
    quality_improvement_percent: Decimal,
) -> Decimal | None:
    """All points of the numerator over those available, plus improvement; at most the whole.

    None where no measure can be scored.
    """
    if quality_available_points == 0:
        return None
    bonus = priority_bonus + end_to_end_bonus + small_practice_bonus
    points = quality_achievement_points + bonus + complex_organization_adjustment
    return min(points / quality_available_points + quality_improvement_percent, Decimal(1))
