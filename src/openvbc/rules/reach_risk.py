"""ACO REACH: from the mean raw risk score of a benchmark category to the score that pays.

The order of CMS's paper on risk adjustment: raw, normalized to the model's national reference
population, held within the symmetric cap around the reference year, times the coding intensity
factor (CIF), and in the last year held once more from the end of the baseline. A category (aged and
disabled, ESRD) holds several enrolment types of the tables.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from openvbc.rules.ratio import ratio
from openvbc.rules.reach_expenditure import CELL, PAPER
from openvbc.rules.risk_score import (
    capped_growth,
    coding_intensity_factored,
    mean_score_of,
    renormalized_score,
)
from openvbc.rules.rule import (
    ByBase,
    ByStratum,
    InPerformance,
    InPeriod,
    Leaf,
    rule,
)
from openvbc.rules.scale import Check, require, wrong_factor, wrong_growth

InReference = Annotated[Decimal, InPeriod("reference")]

ESRD: Final = "esrd"

GROWTH: Final = (
    "ACO REACH PY2026 Model Update – Quick Reference (CMS, May 2025), risk score growth constraints"
)

LEAVES: Final = (
    Leaf(
        "aco_type",
        "text",
        "standard or new_entrant: the type of the ACO; any other is refused",
        "ACO REACH Request for Applications (2022), section IV",
    ),
    Leaf(
        "reference_population_score",
        "score",
        "normalization factor: mean raw HCC risk score of the model's national reference "
        "population in the year",
        PAPER,
        CELL,
    ),
    Leaf(
        "reference_population_demographic_score",
        "score",
        "mean raw demographic risk score of the same population",
        PAPER,
        CELL,
    ),
    Leaf(
        "risk_cap_exempt",
        "flag",
        "whether CMS exempts the ACO from the cap because it has grown so much since the "
        "reference year (until PY2025 to three times its size)",
        GROWTH,
        default=False,
    ),
    Leaf(
        "coding_intensity_factor",
        "rate",
        "what CMS multiplies all ACOs' scores by so that they do not grow together (CIF), before "
        "its limit; 0.985 takes 1.5 % off",
        PAPER,
        frozenset({"stratum"}),
    ),
)


CHECKS: Final[Mapping[str, Check]] = {
    "reference_population_score": wrong_factor,
    "reference_population_demographic_score": wrong_factor,
    "coding_intensity_factor": wrong_growth,
}


def in_category(values: Mapping[str, Decimal], *, is_esrd: bool) -> Decimal:
    """The sum over the enrolment types of a category."""
    return sum((it for name, it in values.items() if (name == ESRD) is is_esrd), Decimal(0))


@rule(unit="months", cite=PAPER, per=("period", "stratum"))
def category_score_months(score_months: ByStratum, entitlement_is_esrd: bool) -> Decimal:
    """Months of the category's beneficiaries who have risk scores."""
    return in_category(score_months, is_esrd=entitlement_is_esrd)


@rule(unit="months", cite=PAPER, per=("period", "stratum"))
def unscored_months(aligned_months: Decimal, category_score_months: Decimal) -> Decimal:
    """Months of the category's people without a risk score; the others' mean stands for them."""
    return aligned_months - category_score_months


@rule(unit="score", cite=PAPER, per=("period", "stratum"))
def raw_risk_score(
    hcc_score_months_e9: ByStratum,
    category_score_months: Decimal,
    entitlement_is_esrd: bool,
    aligned_months: Decimal,
) -> Decimal:
    """Mean raw HCC risk score of the category, weighted by months enrolled."""
    raw = in_category(hcc_score_months_e9, is_esrd=entitlement_is_esrd)
    return mean_score_of(raw, category_score_months, aligned_months)


@rule(unit="score", cite=f"{PAPER}, normalization", per=("period", "stratum"))
def normalized_risk_score(raw_risk_score: Decimal, reference_population_score: Decimal) -> Decimal:
    """The risk score, so that the national reference population of the same year is 1."""
    require(CHECKS, reference_population_score=reference_population_score)
    return renormalized_score(raw_risk_score, reference_population_score)


@rule(unit="score", cite=f"{PAPER}, normalization", per=("stratum",))
def reference_risk_score(normalized_risk_score: InReference) -> Decimal:
    """The normalized risk score of the reference year."""
    return normalized_risk_score


@rule(unit="rate", cite=GROWTH, per=("stratum",))
def risk_score_growth(
    normalized_risk_score: InPerformance, reference_risk_score: Decimal
) -> Decimal:
    """The normalized score of the performance year ÷ that of the reference year."""
    return ratio(normalized_risk_score, reference_risk_score, empty=1)


@rule(unit="score", cite=f"{PAPER}, symmetric cap", per=("period", "stratum"))
def normalized_demographic_score(
    demographic_score_months_e9: ByStratum,
    category_score_months: Decimal,
    entitlement_is_esrd: bool,
    reference_population_demographic_score: Decimal,
    aligned_months: Decimal,
) -> Decimal:
    """Mean demographic risk score of the category, to the same national population."""
    require(
        CHECKS,
        reference_population_demographic_score=reference_population_demographic_score,
    )
    raw = in_category(demographic_score_months_e9, is_esrd=entitlement_is_esrd)
    mean = mean_score_of(raw, category_score_months, aligned_months)
    return renormalized_score(mean, reference_population_demographic_score)


@rule(unit="score", cite=f"{PAPER}, symmetric cap", per=("stratum",))
def reference_demographic_score(normalized_demographic_score: InReference) -> Decimal:
    """The normalized demographic score of the reference year."""
    return normalized_demographic_score


@rule(unit="rate", cite=f"{PAPER}, symmetric cap", per=("stratum",))
def demographic_score_growth(
    normalized_demographic_score: InPerformance, reference_demographic_score: Decimal
) -> Decimal:
    """The demographic score of the performance year ÷ that of the reference year."""
    return ratio(normalized_demographic_score, reference_demographic_score, empty=1)


@rule(unit="rate", cite=f"{PAPER}, symmetric cap", per=("stratum",))
def risk_growth_allowed_for(
    demographic_score_growth: Decimal, risk_cap_moves_with_demographics: bool
) -> Decimal:
    """The growth around which the cap is put: the demographic one, or none at all."""
    return demographic_score_growth if risk_cap_moves_with_demographics else Decimal(1)


@rule(unit="rate", cite=GROWTH, per=("stratum",))
def risk_growth_ceiling(risk_growth_allowed_for: Decimal, risk_cap_rate: Decimal) -> Decimal:
    """The most growth from the reference year that counts."""
    return risk_growth_allowed_for + risk_cap_rate


@rule(unit="rate", cite=GROWTH, per=("stratum",))
def risk_growth_floor(risk_growth_allowed_for: Decimal, risk_cap_rate: Decimal) -> Decimal:
    """The least growth from the reference year that counts."""
    return risk_growth_allowed_for - risk_cap_rate


@rule(unit="score", cite=GROWTH, per=("stratum",))
def capped_risk_score(
    normalized_risk_score: InPerformance,
    reference_risk_score: Decimal,
    risk_growth_ceiling: Decimal,
    risk_growth_floor: Decimal,
    risk_cap_exempt: bool,
) -> Decimal:
    """The score held between floor and ceiling; nobody in the reference year holds nothing."""
    if risk_cap_exempt or not reference_risk_score or not normalized_risk_score:
        return normalized_risk_score
    up, down = risk_growth_ceiling - 1, 1 - risk_growth_floor
    return capped_growth(normalized_risk_score, reference_risk_score, up, down)


@rule(unit="score", cite=GROWTH, per=("stratum",))
def risk_cap_effect(capped_risk_score: Decimal, normalized_risk_score: InPerformance) -> Decimal:
    """What the cap adds to the score, or takes off (below zero)."""
    return capped_risk_score - normalized_risk_score


@rule(unit="rate", cite=f"{PAPER}, section II; {GROWTH}", per=("stratum",))
def coding_intensity_in_force(
    coding_intensity_factor: Decimal, coding_intensity_limit: Decimal
) -> Decimal:
    """The coding intensity factor (CIF), which lowers a score by no more than its limit."""
    require(CHECKS, coding_intensity_factor=coding_intensity_factor)
    return max(coding_intensity_factor, 1 - coding_intensity_limit)


@rule(unit="score", cite=f"{PAPER}, coding intensity", per=("stratum",))
def factored_risk_score(capped_risk_score: Decimal, coding_intensity_in_force: Decimal) -> Decimal:
    """The capped score times the coding intensity factor."""
    return coding_intensity_factored(capped_risk_score, coding_intensity_in_force)


@rule(unit="score", cite=f"{PAPER}, normalization", per=("stratum",))
def base_3_risk_score(normalized_risk_score: ByBase) -> Decimal:
    """The normalized risk score of the last year of the baseline; 0 where there is no baseline."""
    return [Decimal(0), *normalized_risk_score.values()][-1]


@rule(unit="score", cite=GROWTH, per=("stratum",))
def payment_risk_score(
    factored_risk_score: Decimal, base_3_risk_score: Decimal, early_growth_cap: Decimal | None
) -> Decimal:
    """The score that pays: from PY2026 no more than 3 % above the last year of the baseline."""
    if early_growth_cap is None or not base_3_risk_score:
        return factored_risk_score
    return capped_growth(factored_risk_score, base_3_risk_score, early_growth_cap, None)
