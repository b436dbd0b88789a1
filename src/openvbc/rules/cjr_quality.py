"""CJR composite quality score and its category.

A part of the reconciliation component (`cjr_reconciliation`), in the order of 42 CFR 510.315.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from openvbc.rules.episode import HIGHEST_SCORE
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule

Brackets = Sequence[Mapping[str, Decimal]]

LEAVES: Final = (
    Leaf(
        "complication_percentile",
        "score",
        "performance percentile of the complication rate, from 0 to 100; none = not known",
        "42 CFR 510.315(c)(1), 510.400(a)(1)",
        default=None,
    ),
    Leaf(
        "survey_percentile",
        "score",
        "performance percentile of the patient experience survey; none = not known",
        "42 CFR 510.315(c)(2), 510.400(a)(2)",
        default=None,
    ),
    Leaf(
        "complication_without_value",
        "flag",
        "whether the hospital has no value of the complication rate, so that CMS assigns it a "
        "percentile",
        "42 CFR 510.315(c)(3)",
        default=False,
    ),
    Leaf(
        "survey_without_value",
        "flag",
        "whether the hospital has no value of the survey, so that CMS assigns it a percentile",
        "42 CFR 510.315(c)(3)",
        default=False,
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


def measure_points(percentile: Decimal, scale: Brackets, improvement: Decimal) -> Decimal:
    """Performance points of a measure, and a share of the most points for improvement."""
    return points_at(percentile, scale) + improvement * scale[0]["points"]


@rule(unit="score", cite="42 CFR 510.315(c)(1) and (3)")
def scored_complication_percentile(
    complication_percentile: Decimal | None,
    complication_without_value: bool,
    percentile_without_value: Decimal,
) -> Decimal | Unknown:
    """Percentile of the complication rate, or the one assigned where there is no value."""
    return _scored(complication_percentile, complication_without_value, percentile_without_value)


@rule(unit="score", cite="42 CFR 510.315(c)(2) and (3)")
def scored_survey_percentile(
    survey_percentile: Decimal | None,
    survey_without_value: bool,
    percentile_without_value: Decimal,
) -> Decimal | Unknown:
    """Percentile of the survey, or the one assigned where there is no value."""
    return _scored(survey_percentile, survey_without_value, percentile_without_value)


def _scored(
    percentile: Decimal | None, without_value: bool, assigned: Decimal
) -> Decimal | Unknown:
    if percentile is None:
        missing = Unknown("quality points unknown: percentile missing")
        return assigned if without_value else missing
    if without_value:
        raise RefusedError(f"percentile {percentile:f} of a measure said to have no value")
    return percentile


@rule(unit="points", cite="42 CFR 510.315(b)(1), (c)(1) and (d)")
def complication_score(
    scored_complication_percentile: Decimal,
    complication_points: Brackets,
    complication_improved: bool,
    improvement_share: Decimal,
) -> Decimal:
    """Quality performance and improvement points for the complication rate."""
    improvement = improvement_share if complication_improved else Decimal(0)
    return measure_points(scored_complication_percentile, complication_points, improvement)


@rule(unit="points", cite="42 CFR 510.315(b)(2), (c)(2) and (d)")
def survey_score(
    scored_survey_percentile: Decimal,
    survey_points: Brackets,
    survey_improved: bool,
    improvement_share: Decimal,
) -> Decimal:
    """Quality performance and improvement points for patient experience."""
    improvement = improvement_share if survey_improved else Decimal(0)
    return measure_points(scored_survey_percentile, survey_points, improvement)


@rule(unit="points", cite="42 CFR 510.315(b)")
def composite_quality_score(
    complication_score: Decimal | Unknown,
    survey_score: Decimal | Unknown,
    outcomes_data_submitted: bool,
    outcomes_data_points: Decimal,
    most_quality_points: Decimal,
    reported_composite_score: Decimal | None,
) -> Decimal:
    """Sum of the points of both measures and of the outcomes data, or the score CMS reports.

    Refused where neither is known: every discount and limit hangs on the category.
    """
    if reported_composite_score is not None:
        return _reported(reported_composite_score, most_quality_points)
    submitted = outcomes_data_points if outcomes_data_submitted else Decimal(0)
    points = _known(complication_score) + _known(survey_score)
    return min(points + submitted, most_quality_points)


def _known(points: Decimal | Unknown) -> Decimal:
    if isinstance(points, Unknown):
        raise RefusedError(points.reason)
    return points


def _reported(score: Decimal, most: Decimal) -> Decimal:
    if not 0 <= score <= most:
        raise RefusedError(f"reported_composite_score is {score:f}; expected 0 to {most:f}")
    return score


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
