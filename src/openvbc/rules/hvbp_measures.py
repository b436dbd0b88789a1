"""Hospital Value-Based Purchasing: from rates to points, and from points to domain scores.

The rules stand in the order of 42 CFR 412.165: the points of each measure, the combined surgical
site infection score, the two HCAHPS scores, and the four domain scores out of 100. Strata are the
measures. No value means that a hospital has none: too few cases, surveys or measures.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Final

from openvbc.money import round_half_up
from openvbc.rules.ratio import weighted_mean
from openvbc.rules.rule import Leaf, Over, RefusedError, Unknown, rule

ByMeasure = Annotated[Mapping[str, Decimal | None], Over("stratum")]
DomainByMeasure = Annotated[Mapping[str, str], Over("stratum")]

FULL_POINTS: Final = Decimal(10)
DOMAIN_POINTS: Final = Decimal(100)
CONSISTENCY_POINTS: Final = Decimal(20)
HALF: Final = Decimal("0.5")

CLINICAL_OUTCOMES: Final = "clinical_outcomes"
SAFETY: Final = "safety"
SURGICAL_SITE_INFECTION: Final = "surgical_site_infection"
EFFICIENCY: Final = "efficiency_and_cost_reduction"

LEAVES: Final = (
    Leaf(
        "achievement_threshold",
        "score",
        "median of hospitals' performance on the measure, as CMS announced it for the fiscal year",
        "42 CFR 412.160 (achievement threshold)",
        per=frozenset({"stratum"}),
    ),
    Leaf(
        "benchmark",
        "score",
        "mean of the top decile of hospitals on the measure, as CMS announced it",
        "42 CFR 412.160 (benchmark)",
        per=frozenset({"stratum"}),
    ),
    Leaf(
        "floor",
        "score",
        "worst performance of any hospital on an HCAHPS dimension in the baseline period",
        "76 FR 26490, scoring of the HCAHPS consistency points",
        per=frozenset({"stratum"}),
        default=None,
    ),
    Leaf(
        "baseline_rate",
        "score",
        "the hospital's performance in the baseline period, its improvement threshold; none = "
        "too few cases",
        "42 CFR 412.160 (improvement threshold)",
        per=frozenset({"stratum"}),
        default=None,
    ),
    Leaf(
        "performance_rate",
        "score",
        "the hospital's performance in the performance period; none = fewer than the minimum "
        "number of cases, surveys or predicted infections",
        "42 CFR 412.165(a)(1)",
        per=frozenset({"stratum"}),
        default=None,
    ),
    Leaf(
        "predicted_infections",
        "count",
        "infections predicted for a surgical site infection stratum, which weight its score",
        "78 FR 50496, scoring of the surgical site infection measure",
        per=frozenset({"stratum"}),
        default=None,
    ),
    Leaf(
        "reported_combined_ssi_score",
        "points",
        "combined surgical site infection score as CMS reports it, where the predicted "
        "infections that weight it are not known",
        "78 FR 50496, scoring of the surgical site infection measure",
        default=None,
    ),
)

RESULTS: Final = (
    "measure_score",
    "combined_ssi_score",
    "hcahps_base_score",
    "hcahps_consistency_score",
    "clinical_outcomes_score",
    "person_and_community_engagement_score",
    "safety_score",
    "efficiency_score",
)


def share_of_way(rate: Decimal, start: Decimal, end: Decimal) -> Decimal:
    """How far a rate has come from start to end: 0 at the start, 1 at the end.

    Lower is better where the end is below the start. Both must differ.
    """
    return (rate - start) / (end - start)


def at_least(rate: Decimal, mark: Decimal, threshold: Decimal, benchmark: Decimal) -> bool:
    """Whether a rate meets a mark, in the direction from threshold to benchmark.

    Raises RefusedError where threshold and benchmark are equal: there is no direction then.
    """
    if threshold == benchmark:
        raise RefusedError(
            f"threshold and benchmark are both {benchmark:f}; whether lower or higher is better "
            "is not determined"
        )
    return rate >= mark if benchmark > threshold else rate <= mark


@rule(unit="points", cite="42 CFR 412.165(a)(2), (a)(4)", per=("stratum",))
def achievement_points(
    performance_rate: Decimal | None, achievement_threshold: Decimal, benchmark: Decimal
) -> Decimal | None:
    """10 at the benchmark, 1 to 9 from the achievement threshold, 0 below it.

    9 × the share of the way from threshold to benchmark + 0.5, rounded half up.
    """
    if performance_rate is None:
        return None
    if at_least(performance_rate, benchmark, achievement_threshold, benchmark):
        return FULL_POINTS
    if not at_least(performance_rate, achievement_threshold, achievement_threshold, benchmark):
        return Decimal(0)
    return round_half_up(
        9 * share_of_way(performance_rate, achievement_threshold, benchmark) + HALF
    )


@rule(unit="points", cite="42 CFR 412.165(a)(3)", per=("stratum",))
def improvement_points(
    performance_rate: Decimal | None,
    baseline_rate: Decimal | None,
    achievement_threshold: Decimal,
    benchmark: Decimal,
) -> Decimal | None:
    """0 to 9 for doing better than in the baseline period, 9 at the benchmark.

    10 × the share of the way from baseline to benchmark − 0.5, rounded half up.
    """
    if performance_rate is None or baseline_rate is None:
        return None
    if at_least(baseline_rate, performance_rate, achievement_threshold, benchmark):
        return Decimal(0)
    if at_least(performance_rate, benchmark, achievement_threshold, benchmark):
        return Decimal(9)
    share = share_of_way(performance_rate, baseline_rate, benchmark)
    return max(Decimal(0), round_half_up(10 * share - HALF))


@rule(unit="points", cite="42 U.S.C. 1395ww(o)(5)(B)(ii)", per=("stratum",))
def measure_score(
    achievement_points: Decimal | None, improvement_points: Decimal | None
) -> Decimal | None:
    """The larger of achievement and improvement points; achievement without a baseline."""
    if achievement_points is None or improvement_points is None:
        return achievement_points
    return max(achievement_points, improvement_points)


def scored(
    scores: Mapping[str, Decimal | None], domains: Mapping[str, str], domain: str
) -> dict[str, Decimal]:
    """The measures of a domain that have a score."""
    return {
        measure: score
        for measure, score in scores.items()
        if domains[measure] == domain and score is not None
    }


@rule(unit="points", cite="78 FR 50496, scoring of the surgical site infection measure")
def combined_ssi_score(
    measure_score: ByMeasure,
    measure_domain: DomainByMeasure,
    predicted_infections: ByMeasure,
    reported_combined_ssi_score: Decimal | None,
) -> Decimal | Unknown | None:
    """The two surgical site infection scores as one, weighted by predicted infections.

    A single score, or two equal ones, need no weights. Rounded half up to whole points.
    """
    scores = scored(measure_score, measure_domain, SURGICAL_SITE_INFECTION)
    if not scores:
        return None
    if min(scores.values()) == max(scores.values()):
        return max(scores.values())
    weights = {measure: predicted_infections[measure] for measure in scores}
    known = {measure: weight for measure, weight in weights.items() if weight is not None}
    if len(known) == len(scores):
        return weighted_score(scores, known)
    if reported_combined_ssi_score is None:
        return Unknown("combined SSI score unknown: predicted infections missing")
    return within(reported_combined_ssi_score, scores)


def weighted_score(scores: Mapping[str, Decimal], weights: Mapping[str, Decimal]) -> Decimal:
    """The weighted mean in whole points; raises RefusedError where a weight is not above 0."""
    if min(weights.values()) <= 0:
        listed = ", ".join(f"{weight:f}" for weight in weights.values())
        raise RefusedError(f"predicted infections are {listed}; expected more than 0")
    return round_half_up(weighted_mean(scores, weights))


def within(reported: Decimal, scores: Mapping[str, Decimal]) -> Decimal:
    """The reported score; raises RefusedError where no weights make it of the two scores."""
    low, high = min(scores.values()), max(scores.values())
    if not low <= reported <= high:
        raise RefusedError(
            f"the reported combined score is {reported:f}; expected {low:f} to {high:f}, "
            "between the two scores that it combines"
        )
    return reported


def of_all(values: Mapping[str, Decimal | None], dimensions: Sequence[str]) -> list[Decimal]:
    """The values of the dimensions; none at all where one is missing."""
    known = [values[it] for it in dimensions if it in values]
    found = [value for value in known if value is not None]
    return found if len(found) == len(dimensions) else []


@rule(unit="points", cite="76 FR 26490, scoring of the HCAHPS base points")
def hcahps_base_score(measure_score: ByMeasure, hcahps_dimensions: Sequence[str]) -> Decimal | None:
    """The sum of the scores of the HCAHPS dimensions, each out of 10; none if one is missing."""
    scores = of_all(measure_score, hcahps_dimensions)
    return sum(scores, Decimal(0)) if scores else None


@rule(unit="rate", cite="76 FR 26490, scoring of the HCAHPS consistency points", per=("stratum",))
def dimension_consistency(
    performance_rate: Decimal | None, floor: Decimal | None, achievement_threshold: Decimal
) -> Decimal | None:
    """How far an HCAHPS dimension has come from the floor to the achievement threshold."""
    if performance_rate is None or floor is None:
        return None
    if floor >= achievement_threshold:
        raise RefusedError(f"the floor {floor:f} is not below {achievement_threshold:f}")
    return share_of_way(performance_rate, floor, achievement_threshold)


@rule(unit="points", cite="76 FR 26490, scoring of the HCAHPS consistency points")
def hcahps_consistency_score(
    dimension_consistency: ByMeasure, hcahps_dimensions: Sequence[str]
) -> Decimal | None:
    """20 where every dimension meets its threshold, else by the lowest dimension, 0 at its floor.

    20 × the lowest dimension's share of the way from floor to threshold − 0.5, rounded half up.
    """
    shares = of_all(dimension_consistency, hcahps_dimensions)
    if not shares:
        return None
    if min(shares) >= 1:
        return CONSISTENCY_POINTS
    return max(Decimal(0), round_half_up(CONSISTENCY_POINTS * min(shares) - HALF))


def domain_score(scores: Sequence[Decimal], minimum: Decimal) -> Decimal | None:
    """Points earned as a percentage of those that could be; none with fewer than the minimum."""
    if not scores or len(scores) < minimum:
        return None
    return sum(scores) * DOMAIN_POINTS / (FULL_POINTS * len(scores))


@rule(unit="points", cite="42 CFR 412.165(b)(1)-(3)")
def clinical_outcomes_score(
    measure_score: ByMeasure,
    measure_domain: DomainByMeasure,
    minimum_clinical_outcomes_measures: Decimal,
) -> Decimal | None:
    """Score of the clinical outcomes domain out of 100; none with too few measures."""
    scores = scored(measure_score, measure_domain, CLINICAL_OUTCOMES)
    return domain_score(tuple(scores.values()), minimum_clinical_outcomes_measures)


@rule(unit="points", cite="42 CFR 412.165(b)(1)-(3)")
def person_and_community_engagement_score(
    hcahps_base_score: Decimal | None, hcahps_consistency_score: Decimal | None
) -> Decimal | None:
    """HCAHPS base and consistency points; none with fewer than the minimum number of surveys."""
    if hcahps_base_score is None or hcahps_consistency_score is None:
        return None
    return hcahps_base_score + hcahps_consistency_score


@rule(unit="points", cite="42 CFR 412.165(b)(1)-(3)")
def safety_score(
    measure_score: ByMeasure,
    measure_domain: DomainByMeasure,
    combined_ssi_score: Decimal | None,
    minimum_safety_measures: Decimal,
) -> Decimal | None:
    """Score of the safety domain out of 100; the combined infection score counts as one measure."""
    scores = scored(measure_score, measure_domain, SAFETY)
    combined = () if combined_ssi_score is None else (combined_ssi_score,)
    return domain_score((*scores.values(), *combined), minimum_safety_measures)


@rule(unit="points", cite="42 CFR 412.165(b)(1)-(3)")
def efficiency_score(
    measure_score: ByMeasure,
    measure_domain: DomainByMeasure,
    minimum_efficiency_measures: Decimal,
) -> Decimal | None:
    """Score of the efficiency and cost reduction domain out of 100; none with no measure."""
    scores = scored(measure_score, measure_domain, EFFICIENCY)
    return domain_score(tuple(scores.values()), minimum_efficiency_measures)
