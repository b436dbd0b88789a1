"""Ambulatory Specialty Model: a participant's final score.

The rules stand in the order of 42 CFR 512.725-512.745: quality, cost, improvement activities,
Promoting Interoperability, final score. A stratum is a quality measure of the participant's cohort.
Achievement points are CMS's: benchmarks come from the cohort's own results of the year.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from openvbc.rules.check import require_share
from openvbc.rules.rule import Axis, Leaf, Over, RefusedError, Unknown, rule

_EACH: Final[frozenset[Axis]] = frozenset({"stratum"})
SCALE: Final = 100

ByMeasure = Annotated[Mapping[str, Decimal | None], Over("stratum")]

LEAVES: Final = (
    Leaf(
        "cohort",
        "text",
        "heart_failure or low_back_pain: the condition for which the participant was selected",
        "42 CFR 512.705 (ASM cohort), 512.710(b)",
    ),
    Leaf(
        "eligible_cases",
        "count",
        "cases of the measure's denominator",
        "42 CFR 512.725",
        _EACH,
    ),
    Leaf(
        "data_completeness",
        "rate",
        "share of eligible cases that was reported, 0 = not reported; none = a claims measure",
        "42 CFR 512.725",
        _EACH,
        default=None,
    ),
    Leaf(
        "achievement_points",
        "points",
        "points for performance against the measure's benchmark, as CMS awards them",
        "42 CFR 512.725",
        _EACH,
        default=None,
    ),
    Leaf(
        "cost_cases",
        "count",
        "episodes of the cohort's episode-based cost measure",
        "42 CFR 512.730(d)",
    ),
    Leaf(
        "cost_achievement_points",
        "points",
        "points for the cost measure against its benchmark, as CMS awards them",
        "42 CFR 512.730(e)(1)",
        default=None,
    ),
    Leaf(
        "improvement_activities_done",
        "count",
        "how many of the two improvement activities were done: 0, 1 or 2",
        "42 CFR 512.735(c)",
    ),
    Leaf(
        "interoperability_adjustment",
        "points",
        "what the Promoting Interoperability category takes off, as CMS works it out; 0 or below",
        "42 CFR 512.740",
    ),
    Leaf(
        "complex_patient_points",
        "points",
        "points for complex patients, as CMS works them out",
        "42 CFR 512.745",
        default=Decimal(0),
    ),
    Leaf(
        "practice_size",
        "text",
        "solo, small (2 to 15 clinicians) or other",
        "42 CFR 512.745",
    ),
)

RESULTS: Final = ("measure_points", "quality_score", "cost_score", "final_score")


@rule(unit="flag", cite="42 CFR 512.725", per=("stratum",))
def data_complete(
    measure_source: str, data_completeness: Decimal | None, minimum_completeness: Decimal
) -> bool | Unknown | None:
    """Whether enough of a reported measure's cases came in; nothing to tell for claims measures."""
    if measure_source == "claims":
        return None
    if data_completeness is None:
        return Unknown("measure not scored: data completeness missing")
    require_share(data_completeness=data_completeness)
    return data_completeness >= minimum_completeness


@rule(unit="points", cite="42 CFR 512.725", per=("stratum",))
def measure_points(
    data_complete: bool | None,
    eligible_cases: Decimal,
    achievement_points: Decimal | None,
    minimum_measure_cases: Decimal,
    most_achievement_points: Decimal,
) -> Decimal | Unknown | None:
    """Points of a measure: none where its cases are too few, 0 where its data are incomplete."""
    if data_complete is False:
        return Decimal(0)
    if eligible_cases < minimum_measure_cases:
        return None
    if achievement_points is None:
        return Unknown("measure not scored: achievement points missing")
    if not 0 <= achievement_points <= most_achievement_points:
        found = f"found {achievement_points:f} achievement points"
        raise RefusedError(f"{found}; expected 0 to {most_achievement_points:f}")
    return achievement_points


@rule(unit="rate", cite="42 CFR 512.725")
def quality_score(
    measure_points: ByMeasure, most_achievement_points: Decimal, cohort_measures: Decimal
) -> Decimal | Unknown:
    """Points earned as a share of the points of all measures that were scored.

    Every measure of the cohort is a stratum: one that was not reported counts with 0 points.
    """
    if len(measure_points) != cohort_measures:
        found = f"the settlement has {len(measure_points)} quality measures"
        raise RefusedError(f"{found}; the cohort has {cohort_measures:f}")
    scored = [points for points in measure_points.values() if points is not None]
    if not scored:
        return Unknown("quality not scored: no measure has enough cases")
    return sum(scored, Decimal(0)) / (len(scored) * most_achievement_points)


@rule(unit="rate", cite="42 CFR 512.730(d)-(e)")
def cost_score(
    cost_cases: Decimal,
    cost_achievement_points: Decimal | None,
    minimum_cost_cases: Decimal,
    most_achievement_points: Decimal,
) -> Decimal | Unknown:
    """Points of the cost measure as a share of the most there are."""
    if cost_cases < minimum_cost_cases:
        return Unknown("cost not scored: fewer episodes than the minimum")
    if cost_achievement_points is None:
        return Unknown("cost not scored: achievement points missing")
    if not 0 <= cost_achievement_points <= most_achievement_points:
        found = f"found {cost_achievement_points:f} achievement points"
        raise RefusedError(f"{found}; expected 0 to {most_achievement_points:f}")
    return cost_achievement_points / most_achievement_points


@rule(unit="points", cite="42 CFR 512.735, 512.740, 512.745")
def score_adjustments(
    improvement_activity_adjustment: Decimal,
    interoperability_adjustment: Decimal,
    complex_patient_points: Decimal,
    practice_size_points: Decimal,
    largest_interoperability_deduction: Decimal,
    most_complex_patient_points: Decimal,
) -> Decimal:
    """Points taken off for activities and interoperability, and added for patients and size."""
    if not -largest_interoperability_deduction <= interoperability_adjustment <= 0:
        found = f"the interoperability adjustment is {interoperability_adjustment:f}"
        raise RefusedError(f"{found}; expected {-largest_interoperability_deduction:f} to 0")
    if not 0 <= complex_patient_points <= most_complex_patient_points:
        found = f"found {complex_patient_points:f} points for complex patients"
        raise RefusedError(f"{found}; expected 0 to {most_complex_patient_points:f}")
    taken = improvement_activity_adjustment + interoperability_adjustment
    return taken + complex_patient_points + practice_size_points


@rule(unit="flag", cite="42 CFR 512.745(a)(2)")
def minimum_submitted(
    data_complete: Annotated[Mapping[str, bool | None], Over("stratum")],
) -> bool:
    """Whether at least one reported measure's data are complete; without it the score is 0."""
    return any(data_complete.values())


@rule(unit="points", cite="42 CFR 512.745(a)")
def final_score(
    minimum_submitted: bool,
    quality_score: Decimal | Unknown,
    cost_score: Decimal | Unknown,
    quality_weight: Decimal,
    cost_weight: Decimal,
    score_adjustments: Decimal,
) -> Decimal | Unknown:
    """Weighted quality and cost on a scale of 100, with the adjustments, from 0 to 100."""
    if not minimum_submitted:
        return Decimal(0)
    if isinstance(quality_score, Unknown):
        return quality_score
    if isinstance(cost_score, Unknown):
        return cost_score
    weighted = SCALE * (quality_weight * quality_score + cost_weight * cost_score)
    return min(max(weighted + score_adjustments, Decimal(0)), Decimal(SCALE))
