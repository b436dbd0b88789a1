"""Merit-based Incentive Payment System: category weights, final score and payment adjustment.

The rules stand in the order of 42 CFR 414.1380(b)(3)-(4) and (c): the improvement activities and
promoting interoperability scores, the weights with the weight of unscored categories moved to the
others, and the final score. The payment adjustment is a part of its own (`mips_payment`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules import mips_payment
from openvbc.rules.check import require_not_negative, require_share
from openvbc.rules.mips_measure import APP, REPORTING, SMALL_PRACTICE
from openvbc.rules.rule import Leaf, Unknown, rule

PARTS: Final = (mips_payment,)

POINTS: Final = Decimal(100)
ALL: Final = Decimal(1)
MOST_UNSCORED: Final = 2
"""Categories that can be unscored with two still left, which a final score needs."""

Percent = Decimal | Unknown | None
Weights = Mapping[str, Decimal] | None

LEAVES: Final = (
    REPORTING,
    SMALL_PRACTICE,
    Leaf(
        "quality_category_percent",
        "rate",
        "quality category score as a share of 1; component mips_quality computes it",
        "42 CFR 414.1380(b)(1)(vii)",
        default=None,
    ),
    Leaf(
        "cost_category_percent",
        "rate",
        "cost category score as a share of 1; component mips_cost computes it; none = no measure",
        "42 CFR 414.1380(b)(2)(iii)",
        default=None,
    ),
    Leaf(
        "activity_credit",
        "points",
        "improvement activities: points of those done, or their number where they have no points",
        "42 CFR 414.1380(b)(3)",
        default=None,
    ),
    Leaf(
        "fewer_activities_required",
        "flag",
        "whether fewer activities are required: small, rural or shortage-area practice, clinicians "
        "who do not face patients, or a MIPS Value Pathway",
        "42 CFR 414.1360(a)(2), 414.1380(b)(3)",
        default=False,
    ),
    Leaf(
        "automatic_activity_share",
        "rate",
        "share of the category that is credited without more: participation in an APM or a "
        "certified patient-centered medical home",
        "42 CFR 414.1380(b)(3)(i)-(ii)",
        default=Decimal(0),
    ),
    Leaf(
        "interoperability_points",
        "points",
        "promoting interoperability points with bonus points; none = no data submitted",
        "42 CFR 414.1380(b)(4)",
        default=None,
    ),
    *(
        Leaf(
            f"{name}_reweighted",
            "flag",
            f"whether CMS reweights the {words} category to zero",
            "42 CFR 414.1380(c)(2)(i)",
            default=False,
        )
        for name, words in (
            ("quality", "quality"),
            ("cost", "cost"),
            ("activities", "improvement activities"),
            ("interoperability", "promoting interoperability"),
        )
    ),
    Leaf(
        "complex_patient_points",
        "points",
        "complex patient bonus before its cap",
        "42 CFR 414.1380(c)(3)",
        default=Decimal(0),
    ),
    *mips_payment.LEAVES,
)

RESULTS: Final = (
    "quality_contribution",
    "cost_contribution",
    "activities_contribution",
    "interoperability_contribution",
    "final_score",
    "adjustment_rate",
    "payment_adjustment",
)

WATERFALL: Final = {
    "payer_pays": ("payment_adjustment",),
    "entity_pays": ("owed payment_adjustment",),
}


@rule(unit="rate", cite="42 CFR 414.1380(b)(3)")
def activities_percent(
    activity_credit: Decimal | None,
    required_activity_credit: Decimal,
    automatic_activity_share: Decimal,
) -> Decimal | None:
    """Activities done of those required, with what is credited without them; at most the whole."""
    if activity_credit is None:
        return automatic_activity_share or None
    require_not_negative(activity_credit=activity_credit)
    require_share(automatic_activity_share=automatic_activity_share)
    share = activity_credit / required_activity_credit + automatic_activity_share
    return min(share, ALL)


@rule(unit="rate", cite="42 CFR 414.1380(b)(4)")
def interoperability_percent(interoperability_points: Decimal | None) -> Decimal | None:
    """Points of a hundred, at most the whole; none where no data were submitted."""
    if interoperability_points is None:
        return None
    require_not_negative(interoperability_points=interoperability_points)
    return min(interoperability_points / POINTS, ALL)


@rule(unit="text", cite="42 CFR 414.1380(c)(2)(i)-(iii)")
def unscored_categories(
    reporting: str,
    small_practice: bool,
    quality_reweighted: bool,
    cost_reweighted: bool,
    cost_category_percent: Percent,
    cost_reweighted_nationally: bool,
    activities_reweighted: bool,
    interoperability_reweighted: bool,
    interoperability_points: Decimal | None,
    small_practice_interoperability_exception: bool,
) -> str:
    """The categories without weight, in the order of the rule; three_or_more where so many.

    Cost without a scored measure, and a small practice's promoting interoperability without data,
    need no request. The APP has no cost category that could be unscored.
    """
    no_cost = cost_reweighted or cost_reweighted_nationally or cost_category_percent is None
    excepted = small_practice and small_practice_interoperability_exception
    unscored = {
        "quality": quality_reweighted,
        "cost": no_cost and reporting != APP,
        "ia": activities_reweighted,
        "pi": interoperability_reweighted or (excepted and interoperability_points is None),
    }
    names = [name for name, holds in unscored.items() if holds]
    return "three_or_more" if len(names) > MOST_UNSCORED else "_".join(names) or "none"


@rule(unit="text", cite="42 CFR 414.1367(d), 414.1380(c)(2)(ii)")
def weight_table(reporting: str, small_practice: bool, small_practice_weights: bool) -> str:
    """Which table of weights applies: that of the APP, of small practices, or the general one."""
    if reporting == APP:
        return APP
    return "small_practice" if small_practice and small_practice_weights else "general"


def weight_of(weights: Weights, category: str) -> Decimal:
    """A category's weight; nothing where fewer than two categories are scored."""
    return Decimal(0) if weights is None else weights[category]


def contribution(weight: Decimal, percent: Percent, category: str) -> Decimal | Unknown:
    """Points of a category in the final score; a score is needed where it has weight.

    Raises RefusedError where the score is no share of 1.
    """
    if weight == 0:
        return Decimal(0)
    if percent is None:
        return Unknown(f"{category} score missing: give it, or say that the category is reweighted")
    if isinstance(percent, Unknown):
        return percent
    require_share(**{f"{category} score": percent})
    return weight * percent * POINTS


@rule(unit="rate", cite="42 CFR 414.1330(b), 414.1380(c)(2)")
def quality_weight(category_weights: Weights) -> Decimal:
    """Weight of the quality category."""
    return weight_of(category_weights, "quality")


@rule(unit="rate", cite="42 CFR 414.1350(d), 414.1380(c)(2)")
def cost_weight(category_weights: Weights) -> Decimal:
    """Weight of the cost category."""
    return weight_of(category_weights, "cost")


@rule(unit="rate", cite="42 CFR 414.1355(b), 414.1380(c)(2)")
def activities_weight(category_weights: Weights) -> Decimal:
    """Weight of the improvement activities category."""
    return weight_of(category_weights, "ia")


@rule(unit="rate", cite="42 CFR 414.1375(a), 414.1380(c)(2)")
def interoperability_weight(category_weights: Weights) -> Decimal:
    """Weight of the promoting interoperability category."""
    return weight_of(category_weights, "pi")


@rule(unit="points", cite="42 CFR 414.1380(c)(1)")
def quality_contribution(
    quality_weight: Decimal, quality_category_percent: Percent
) -> Decimal | Unknown:
    """Points of the quality category in the final score."""
    return contribution(quality_weight, quality_category_percent, "quality")


@rule(unit="points", cite="42 CFR 414.1380(c)(1)")
def cost_contribution(cost_weight: Decimal, cost_category_percent: Percent) -> Decimal | Unknown:
    """Points of the cost category in the final score."""
    return contribution(cost_weight, cost_category_percent, "cost")


@rule(unit="points", cite="42 CFR 414.1380(c)(1)")
def activities_contribution(
    activities_weight: Decimal, activities_percent: Percent
) -> Decimal | Unknown:
    """Points of the improvement activities category in the final score."""
    return contribution(activities_weight, activities_percent, "improvement activities")


@rule(unit="points", cite="42 CFR 414.1380(c)(1)")
def interoperability_contribution(
    interoperability_weight: Decimal, interoperability_percent: Percent
) -> Decimal | Unknown:
    """Points of the promoting interoperability category in the final score."""
    return contribution(
        interoperability_weight, interoperability_percent, "promoting interoperability"
    )


@rule(unit="points", cite="42 CFR 414.1380(c)(3)")
def complex_patient_bonus(
    complex_patient_points: Decimal, complex_patient_limit: Decimal
) -> Decimal:
    """Points for the medical and social complexity of the patients, at most the year's cap."""
    require_not_negative(complex_patient_points=complex_patient_points)
    return min(complex_patient_points, complex_patient_limit)


@rule(unit="points", cite="42 CFR 414.1380(c), (c)(4)")
def final_score(
    category_weights: Weights,
    quality_contribution: Decimal,
    cost_contribution: Decimal,
    activities_contribution: Decimal,
    interoperability_contribution: Decimal,
    complex_patient_bonus: Decimal,
    small_practice: bool,
    small_practice_final_points: Decimal,
    performance_threshold: Decimal,
) -> Decimal:
    """The weighted categories and the bonus points, at most a hundred.

    The performance threshold where fewer than two categories are scored.
    """
    if category_weights is None:
        return performance_threshold
    reported = quality_contribution + cost_contribution
    attested = activities_contribution + interoperability_contribution
    bonus = complex_patient_bonus + (small_practice_final_points if small_practice else 0)
    return min(reported + attested + bonus, POINTS)
