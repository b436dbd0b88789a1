"""CJR composite quality score and its category.

A part of the reconciliation component (`cjr_reconciliation`), in the order of 42 CFR 510.315.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from openvbc.rules.episode import HIGHEST_SCORE
from openvbc.rules.rule import Leaf, RefusedError, rule

Brackets = Sequence[Mapping[str, Decimal]]

LEAVES: Final = (
    Leaf(
        "complication_percentile",
        "score",
        "performance percentile of the complication rate, from 0 to 100; none = no measure value",
        "42 CFR 510.315(c)(1), 510.400(a)(1)",
        default=None,
    ),
    Leaf(
        "survey_percentile",
        "score",
        "performance percentile of the patient experience survey; none = no measure value",
        "42 CFR 510.315(c)(2), 510.400(a)(2)",
        default=None,
    ),
    Leaf(
        "complication_improved",
        "flag",
        "whether the complication rate improved by two deciles or more on the year before",
        "42 CFR 510.315(d)",
        default=False,
    ),
    Leaf(
        "survey_improved",
        "flag",
        "whether the survey improved by two deciles or more on the year before",
        "42 CFR 510.315(d)",
        default=False,
    ),
    Leaf(
        "outcomes_data_submitted",
        "flag",
        "whether patient-reported outcomes and risk variable data were successfully submitted",
        "42 CFR 510.315(b)(4), 510.400(b)",
        default=False,
    ),
    Leaf(
        "reported_composite_score",
        "points",
        "composite quality score as CMS reports it, where the measures are not known",
        "42 CFR 510.315(b)",
        default=None,
    ),
)


def points_at(percentile: Decimal, scale: Brackets) -> Decimal:
    """Points of the highest band that the percentile reaches."""
    if not 0 <= percentile <= HIGHEST_SCORE:
        raise RefusedError(f"percentile is {percentile:f}; expected 0 to 100")
    return next(band["points"] for band in scale if percentile >= band["from"])


def measure_points(
    percentile: Decimal | None, without_value: Decimal, scale: Brackets, improvement: Decimal
) -> Decimal:
    """Performance points of a measure, and a share of the most points for improvement."""
    reached = points_at(without_value if percentile is None else percentile, scale)
    return reached + improvement * scale[0]["points"]


@rule(unit="points", cite="42 CFR 510.315(b)(1), (c)(1), (c)(3) and (d)")
def complication_score(
    complication_percentile: Decimal | None,
    percentile_without_value: Decimal,
    complication_points: Brackets,
    complication_improved: bool,
    improvement_share: Decimal,
) -> Decimal:
    """Quality performance and improvement points for the complication rate."""
    return measure_points(
        complication_percentile,
        percentile_without_value,
        complication_points,
        improvement_share if complication_improved else Decimal(0),
    )


@rule(unit="points", cite="42 CFR 510.315(b)(2), (c)(2), (c)(3) and (d)")
def survey_score(
    survey_percentile: Decimal | None,
    percentile_without_value: Decimal,
    survey_points: Brackets,
    survey_improved: bool,
    improvement_share: Decimal,
) -> Decimal:
    """Quality performance and improvement points for patient experience."""
    return measure_points(
        survey_percentile,
        percentile_without_value,
        survey_points,
        improvement_share if survey_improved else Decimal(0),
    )


@rule(unit="points", cite="42 CFR 510.315(b)")
def composite_quality_score(
    complication_score: Decimal,
    survey_score: Decimal,
    outcomes_data_submitted: bool,
    outcomes_data_points: Decimal,
    most_quality_points: Decimal,
    reported_composite_score: Decimal | None,
) -> Decimal:
    """Sum of the points of both measures and of the outcomes data, or the score CMS reports."""
    if reported_composite_score is not None:
        return reported_composite_score
    submitted = outcomes_data_points if outcomes_data_submitted else Decimal(0)
    return min(complication_score + survey_score + submitted, most_quality_points)


@rule(unit="text", cite="42 CFR 510.315(f)")
def quality_category(
    composite_quality_score: Decimal,
    acceptable_from: Decimal,
    good_from: Decimal,
    good_to: Decimal,
) -> str:
    """Below acceptable, acceptable, good or excellent."""
    if composite_quality_score > good_to:
        return "excellent"
    if composite_quality_score >= good_from:
        return "good"
    return "acceptable" if composite_quality_score >= acceptable_from else "below_acceptable"
