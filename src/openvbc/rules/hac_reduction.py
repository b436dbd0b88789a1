"""Hospital-Acquired Condition Reduction Program: from measure results to the payment reduction.

The rules stand in the order of 42 CFR 412.172: measure scores, the Total HAC Score, the hospitals
above the 75th percentile, the payments. A stratum is a measure (CMS PSI 90 or an infection). A high
score is a bad one.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from openvbc.money import round_half_up
from openvbc.rules.rule import Axis, Leaf, Over, RefusedError, Unknown, rule

MEASURE: Final[frozenset[Axis]] = frozenset({"stratum"})
Z_SCORES: Final = "81 FR 56762 (IPPS/LTCH PPS final rule), Winsorized z-scores"
EQUAL_WEIGHTS: Final = "42 CFR 412.172(e); 83 FR 41144 (IPPS/LTCH PPS final rule), equal weights"
SUBSECTION_D: Final = "Social Security Act 1886(d)(1)(B); 42 CFR 412.170 (applicable hospital)"

LEAVES: Final = (
    Leaf(
        "measure_result",
        "score",
        "the hospital's result: index value of CMS PSI 90, standardized infection ratio of an "
        "infection; none = too few cases to score",
        "42 CFR 412.170, 412.172(e)",
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "fifth_percentile",
        "score",
        "5th percentile of all hospitals' results",
        Z_SCORES,
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "ninety_fifth_percentile",
        "score",
        "95th percentile of all hospitals' results",
        Z_SCORES,
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "national_mean",
        "score",
        "mean of all hospitals' Winsorized results",
        Z_SCORES,
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "national_standard_deviation",
        "score",
        "standard deviation of all hospitals' Winsorized results",
        Z_SCORES,
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "reported_measure_score",
        "score",
        "measure score as CMS reports it, taken instead of the result's",
        "42 CFR 412.172(f)",
        per=MEASURE,
        default=None,
    ),
    Leaf(
        "stated_cut",
        "score",
        "75th percentile of Total HAC Scores, for a year whose cut is no parameter",
        "42 CFR 412.172(e)",
        default=None,
    ),
    Leaf("subsection_d_hospital", "flag", "whether it is a subsection (d) hospital", SUBSECTION_D),
    Leaf(
        "exempt_from_reduction",
        "flag",
        "whether a waiver exempts it, as it does hospitals in Maryland",
        "Social Security Act 1814(b)(3), 1886(p)(2)(C); 42 CFR 412.172",
        default=False,
    ),
    Leaf(
        "payments_before_reduction",
        "usd",
        "Medicare payments for all discharges of the fiscal year, after the adjustments for "
        "readmissions and value-based purchasing",
        "42 CFR 412.172(b)",
    ),
)

RESULTS: Final = (
    "measure_score",
    "measures_scored",
    "total_hac_score",
    "worst_performing_quartile",
    "payment_reduction",
    "payments_after_reduction",
)

WAY: Final = ("payments_before_reduction", "less payment_reduction", "payments_after_reduction")

WATERFALL: Final = {"payer_pays": WAY, "entity_pays": WAY}

Scores = Annotated[Mapping[str, Decimal | None], Over("stratum")]


@rule(unit="score", cite=Z_SCORES, per=("stratum",))
def winsorized_result(
    measure_result: Decimal | None,
    fifth_percentile: Decimal | None,
    ninety_fifth_percentile: Decimal | None,
) -> Decimal | Unknown | None:
    """The result, moved to the 5th or the 95th percentile where it lies beyond."""
    if measure_result is None:
        return None
    if fifth_percentile is None or ninety_fifth_percentile is None:
        return Unknown("measure score unknown: national percentiles missing")
    if fifth_percentile > ninety_fifth_percentile:
        raise RefusedError(
            f"5th percentile {fifth_percentile:f} above the 95th, {ninety_fifth_percentile:f}"
        )
    return min(max(measure_result, fifth_percentile), ninety_fifth_percentile)


@rule(unit="score", cite=Z_SCORES, per=("stratum",))
def z_score(
    winsorized_result: Decimal | None,
    national_mean: Decimal | None,
    national_standard_deviation: Decimal | None,
) -> Decimal | Unknown | None:
    """Standard deviations by which the Winsorized result is above the national mean."""
    if winsorized_result is None:
        return None
    if national_mean is None or national_standard_deviation is None:
        return Unknown("measure score unknown: national mean or standard deviation missing")
    if national_standard_deviation <= 0:
        raise RefusedError(
            f"standard deviation {national_standard_deviation:f}; expected more than 0"
        )
    return (winsorized_result - national_mean) / national_standard_deviation


@rule(unit="score", cite=f"{Z_SCORES}; 87 FR 48780 (a year without scores)", per=("stratum",))
def measure_score(
    scores_calculated: bool,
    reported_measure_score: Decimal | None,
    z_score: Decimal | Unknown | None,
) -> Decimal | Unknown | None:
    """The measure's z-score, or the score that CMS reports; none in a year without scores."""
    if not scores_calculated:
        return None
    return z_score if reported_measure_score is None else reported_measure_score


@rule(unit="count", cite=EQUAL_WEIGHTS)
def measures_scored(measure_score: Scores, measures_in_set: Decimal) -> Decimal:
    """Measures with a score. A measure without one is left out, and is no zero."""
    if len(measure_score) != measures_in_set:
        raise RefusedError(
            f"the settlement names {len(measure_score)} measures; expected all "
            f"{measures_in_set:f} of the year's set, those without a result included"
        )
    return Decimal(sum(score is not None for score in measure_score.values()))


@rule(unit="score", cite=EQUAL_WEIGHTS)
def total_hac_score(
    measure_score: Scores, measures_scored: Decimal, score_places: Decimal
) -> Decimal | None:
    """Mean of the measure scores, each of the same weight; none without a measure score."""
    if measures_scored == 0:
        return None
    scores = (score for score in measure_score.values() if score is not None)
    return round_half_up(sum(scores, Decimal(0)) / measures_scored, int(score_places))


@rule(unit="score", cite="42 CFR 412.172(e)")
def payment_cut(published_cut: Decimal | None, stated_cut: Decimal | None) -> Decimal | Unknown:
    """75th percentile of Total HAC Scores: the published figure, else the one stated."""
    if published_cut is None:
        missing = Unknown("reduction unknown: 75th percentile of Total HAC Scores missing")
        return missing if stated_cut is None else stated_cut
    if stated_cut not in {None, published_cut}:
        raise RefusedError(f"stated_cut is {stated_cut:f}, published {published_cut:f}")
    return published_cut


@rule(unit="flag", cite="Social Security Act 1886(p)(2); 42 CFR 412.170, 412.172(e)")
def worst_performing_quartile(
    total_hac_score: Decimal | Unknown | None,
    payment_cut: Decimal | Unknown,
    subsection_d_hospital: bool,
    exempt_from_reduction: bool,
) -> bool | Unknown:
    """Whether the score is above the 75th percentile. A score on it is not above."""
    if total_hac_score is None or not subsection_d_hospital or exempt_from_reduction:
        return False
    if isinstance(total_hac_score, Unknown):
        return total_hac_score
    if isinstance(payment_cut, Unknown):
        return payment_cut
    return total_hac_score > payment_cut


@rule(unit="usd", cite="Social Security Act 1886(p)(1); 42 CFR 412.172(b)")
def payment_reduction(
    payments_before_reduction: Decimal, reduction_rate: Decimal, worst_performing_quartile: bool
) -> Decimal:
    """One percent of the payments of a hospital in the worst-performing quartile, to the cent."""
    rate = reduction_rate if worst_performing_quartile else Decimal(0)
    return round_half_up(payments_before_reduction * rate, 2)


@rule(unit="usd", cite="Social Security Act 1886(p)(1); 42 CFR 412.172(b)")
def payments_after_reduction(
    payments_before_reduction: Decimal, payment_reduction: Decimal
) -> Decimal:
    """What Medicare pays for the fiscal year's discharges."""
    return payments_before_reduction - payment_reduction
