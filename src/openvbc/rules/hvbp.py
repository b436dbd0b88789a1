"""Hospital Value-Based Purchasing: from domain scores to the payment of a federal fiscal year.

The rules stand in the order of 42 CFR 412.165(b) and 412.162: the weighted domain scores and the
total performance score, the value-based incentive payment percentage, the adjustment factor, and
the dollars. Domain scores are facts, or computed by the component `hvbp_measures`.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.check import require_not_negative
from openvbc.rules.hvbp_measures import DOMAIN_POINTS
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule

SCORE_PLACES: Final = 12
"""Decimals with which CMS publishes domain scores and total performance scores."""

TOO_FEW_MEASURES: Final = "out of 100; none = fewer than the minimum number of measures"

LEAVES: Final = (
    Leaf(
        "clinical_outcomes_score",
        "points",
        f"clinical outcomes domain score {TOO_FEW_MEASURES}",
        "42 CFR 412.165(b)(1)-(3)",
        default=None,
    ),
    Leaf(
        "person_and_community_engagement_score",
        "points",
        "person and community engagement domain score out of 100; none = too few surveys",
        "42 CFR 412.165(b)(1)-(3)",
        default=None,
    ),
    Leaf(
        "safety_score",
        "points",
        f"safety domain score {TOO_FEW_MEASURES}",
        "42 CFR 412.165(b)(1)-(3)",
        default=None,
    ),
    Leaf(
        "efficiency_score",
        "points",
        f"efficiency and cost reduction domain score {TOO_FEW_MEASURES}",
        "42 CFR 412.165(b)(1)-(3)",
        default=None,
    ),
    Leaf(
        "excluded_from_program",
        "flag",
        "whether the hospital is left out for the year for another reason than too few measures: "
        "reporting failed, immediate jeopardy cited, exempt State",
        "42 U.S.C. 1395ww(o)(1)(C)(ii)(I)-(II), (iv); 42 CFR 412.160 (hospital)",
        default=False,
    ),
    Leaf(
        "exchange_slope",
        "score",
        "slope of the linear exchange function with which all incentive payments of the year use "
        "up the reductions, as CMS reports it",
        "42 CFR 412.162(b)(3)(iii)",
        default=None,
    ),
    Leaf(
        "base_operating_drg_payments",
        "usd",
        "base operating DRG payment amounts of the hospital's discharges in the fiscal year",
        "42 CFR 412.160 (base operating DRG payment amount)",
    ),
)

RESULTS: Final = (
    "weighted_clinical_outcomes_score",
    "weighted_person_and_community_engagement_score",
    "weighted_safety_score",
    "weighted_efficiency_score",
    "total_performance_score",
    "incentive_payment_percentage",
    "net_payment_percentage",
    "payment_adjustment_factor",
    "withheld_payments",
    "incentive_payments",
    "adjusted_drg_payments",
    "net_payment_adjustment",
)

WAY: Final = ("incentive_payments", "less withheld_payments", "net_payment_adjustment")
WATERFALL: Final = {"payer_pays": WAY, "entity_pays": WAY}


def present(*scores: Decimal | None) -> tuple[Decimal, ...]:
    """The scores that there are."""
    return tuple(score for score in scores if score is not None)


@rule(unit="count", cite="42 CFR 412.165(b)(1)")
def domains_scored(
    clinical_outcomes_score: Decimal | None,
    person_and_community_engagement_score: Decimal | None,
    safety_score: Decimal | None,
    efficiency_score: Decimal | None,
) -> Decimal:
    """Number of domains with a score."""
    scores = present(
        clinical_outcomes_score,
        person_and_community_engagement_score,
        safety_score,
        efficiency_score,
    )
    return Decimal(len(scores))


@rule(unit="rate", cite="42 CFR 412.165(b)(4)")
def weight_of_domains_scored(
    clinical_outcomes_score: Decimal | None,
    person_and_community_engagement_score: Decimal | None,
    safety_score: Decimal | None,
    efficiency_score: Decimal | None,
    clinical_outcomes_weight: Decimal,
    person_and_community_engagement_weight: Decimal,
    safety_weight: Decimal,
    efficiency_weight: Decimal,
) -> Decimal:
    """The weights of the domains with a score, over which the whole is spread in proportion."""
    weights = (
        (clinical_outcomes_score, clinical_outcomes_weight),
        (person_and_community_engagement_score, person_and_community_engagement_weight),
        (safety_score, safety_weight),
        (efficiency_score, efficiency_weight),
    )
    return sum((weight for score, weight in weights if score is not None), Decimal(0))


def weighted(score: Decimal | None, weight: Decimal, of_weights: Decimal) -> Decimal | None:
    """A domain score times its share of the weights of the domains with a score.

    Raises RefusedError where it is not out of 100.
    """
    if score is None:
        return None
    if not 0 <= score <= DOMAIN_POINTS:
        raise RefusedError(f"the domain score is {score:f}; expected 0 to {DOMAIN_POINTS:f}")
    return score * weight / of_weights


@rule(unit="points", cite="42 CFR 412.165(b)(4)")
def weighted_clinical_outcomes_score(
    clinical_outcomes_score: Decimal | None,
    clinical_outcomes_weight: Decimal,
    weight_of_domains_scored: Decimal,
) -> Decimal | None:
    """What the clinical outcomes domain adds to the total."""
    return weighted(clinical_outcomes_score, clinical_outcomes_weight, weight_of_domains_scored)


@rule(unit="points", cite="42 CFR 412.165(b)(4)")
def weighted_person_and_community_engagement_score(
    person_and_community_engagement_score: Decimal | None,
    person_and_community_engagement_weight: Decimal,
    weight_of_domains_scored: Decimal,
) -> Decimal | None:
    """What the person and community engagement domain adds to the total."""
    score, weight = person_and_community_engagement_score, person_and_community_engagement_weight
    return weighted(score, weight, weight_of_domains_scored)


@rule(unit="points", cite="42 CFR 412.165(b)(4)")
def weighted_safety_score(
    safety_score: Decimal | None, safety_weight: Decimal, weight_of_domains_scored: Decimal
) -> Decimal | None:
    """What the safety domain adds to the total."""
    return weighted(safety_score, safety_weight, weight_of_domains_scored)


@rule(unit="points", cite="42 CFR 412.165(b)(4)")
def weighted_efficiency_score(
    efficiency_score: Decimal | None, efficiency_weight: Decimal, weight_of_domains_scored: Decimal
) -> Decimal | None:
    """What the efficiency and cost reduction domain adds to the total."""
    return weighted(efficiency_score, efficiency_weight, weight_of_domains_scored)


@rule(unit="points", cite="42 CFR 412.165(b)(5), 412.168")
def total_performance_score(
    weighted_clinical_outcomes_score: Decimal | None,
    weighted_person_and_community_engagement_score: Decimal | None,
    weighted_safety_score: Decimal | None,
    weighted_efficiency_score: Decimal | None,
    domains_scored: Decimal,
    minimum_domains: Decimal,
    total_performance_scores_awarded: bool,
) -> Decimal | None:
    """The sum of the weighted domain scores, to the twelve decimals that CMS publishes.

    None with too few domains, and in the years in which no hospital is awarded one.
    """
    if not total_performance_scores_awarded or domains_scored < minimum_domains:
        return None
    scores = present(
        weighted_clinical_outcomes_score,
        weighted_person_and_community_engagement_score,
        weighted_safety_score,
        weighted_efficiency_score,
    )
    return round_half_up(sum(scores, Decimal(0)), SCORE_PLACES)


@rule(unit="flag", cite="42 U.S.C. 1395ww(o)(1)(C)(ii); 42 CFR 412.160 (hospital), 412.168")
def takes_part(
    excluded_from_program: bool,
    total_performance_scores_awarded: bool,
    total_performance_score: Decimal | None,
) -> bool:
    """Whether payments are reduced and incentives paid: not where a hospital has no score.

    In the years in which nobody is awarded a score every hospital takes part.
    """
    if excluded_from_program:
        return False
    return not total_performance_scores_awarded or total_performance_score is not None


@rule(unit="rate", cite="42 U.S.C. 1395ww(o)(7)(B)-(C); 42 CFR 412.160 (applicable percent)")
def payment_reduction_percentage(takes_part: bool, applicable_percent: Decimal) -> Decimal:
    """Share of the base operating DRG payments that goes into the pool."""
    return applicable_percent if takes_part else Decimal(0)


@rule(unit="rate", cite="42 CFR 412.162(b)(3), 412.168")
def incentive_payment_percentage(
    takes_part: bool,
    total_performance_scores_awarded: bool,
    total_performance_score: Decimal | None,
    applicable_percent: Decimal,
    score_divisor: Decimal,
    exchange_slope: Decimal | None,
) -> Decimal | Unknown:
    """Value-based incentive payment percentage: applicable percent × score × exchange slope.

    Equal to the reduction in the years in which nobody is awarded a score.
    """
    if not takes_part:
        return Decimal(0)
    if not total_performance_scores_awarded or total_performance_score is None:
        return applicable_percent
    if exchange_slope is None:
        return Unknown("incentive payment percentage unknown: exchange slope missing")
    if exchange_slope < 0:
        raise RefusedError(f"the exchange slope is {exchange_slope:f}; expected 0 or more")
    return applicable_percent * total_performance_score / score_divisor * exchange_slope


@rule(unit="rate", cite="42 CFR 412.162(c)")
def net_payment_percentage(
    incentive_payment_percentage: Decimal, payment_reduction_percentage: Decimal
) -> Decimal:
    """Incentive payment percentage less the reduction: the net change of the payments."""
    return incentive_payment_percentage - payment_reduction_percentage


@rule(unit="score", cite="42 CFR 412.162(c)")
def payment_adjustment_factor(net_payment_percentage: Decimal) -> Decimal:
    """Value-based incentive payment adjustment factor: one plus the net percentage."""
    return 1 + net_payment_percentage


@rule(unit="usd", cite="42 U.S.C. 1395ww(o)(7)(B)(i)")
def withheld_payments(
    base_operating_drg_payments: Decimal, payment_reduction_percentage: Decimal
) -> Decimal:
    """What the reduction takes from the base operating DRG payments."""
    require_not_negative(base_operating_drg_payments=base_operating_drg_payments)
    return base_operating_drg_payments * payment_reduction_percentage


@rule(unit="usd", cite="42 CFR 412.162(b)(2)")
def incentive_payments(
    base_operating_drg_payments: Decimal, incentive_payment_percentage: Decimal
) -> Decimal:
    """Value-based incentive payments of the year."""
    return base_operating_drg_payments * incentive_payment_percentage


@rule(unit="usd", cite="42 CFR 412.162(c)")
def adjusted_drg_payments(
    base_operating_drg_payments: Decimal, payment_adjustment_factor: Decimal
) -> Decimal:
    """Base operating DRG payments times the adjustment factor, to the cent."""
    return round_half_up(base_operating_drg_payments * payment_adjustment_factor, 2)


@rule(unit="usd", cite="42 CFR 412.162(c)")
def net_payment_adjustment(
    adjusted_drg_payments: Decimal, base_operating_drg_payments: Decimal
) -> Decimal:
    """What the program adds to the hospital's payments, or takes from them (below zero)."""
    return adjusted_drg_payments - base_operating_drg_payments


def linear_exchange_slope(
    hospitals: Sequence[tuple[Decimal, Decimal]], score_divisor: Decimal
) -> Decimal:
    """The slope with which the incentive payments of all hospitals equal their reductions.

    hospitals: total performance score and base operating DRG payments in dollars of every hospital
    that takes part (42 CFR 412.162(b)(1), (b)(3)). Raises RefusedError where no hospital with
    payments has a score above 0: no slope pays out the pool then.
    """
    reduced = sum((payments for _, payments in hospitals), Decimal(0))
    earned = sum((payments * score / score_divisor for score, payments in hospitals), Decimal(0))
    if earned <= 0:
        raise RefusedError("no hospital has payments and a score above 0; there is no slope")
    return reduced / earned
