"""Shared Savings Program: the historical benchmark before its adjustment.

42 CFR 425.652(a)(1)–(7), and 425.601(a)(1)–(7) before it, say the same: risk-adjust and trend
each benchmark year to the third, weight the years, and weight the enrolment types by the third
year's person-years. "Regional" is the ACO's regional service area, whose county figures are
already weighted by where its beneficiaries live (425.654).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.ratio import ratio, weighted_mean
from openvbc.rules.risk_score import mean_score_of
from openvbc.rules.rule import (
    Axis,
    ByBase,
    ByStratum,
    InBase3,
    InPerformance,
    Leaf,
    RefusedError,
    rule,
)
from openvbc.rules.scale import (
    Check,
    require,
    require_of_people,
    wrong_factor,
    wrong_share,
    wrong_turn,
)

CELL: Final[frozenset[Axis]] = frozenset({"period", "stratum"})
FIRST_AGREEMENT: Final = 1

_NO_HISTORY: Final = "See that the benchmark years' claims and enrolment are loaded, or ask CMS"

LEAVES: Final = (
    Leaf(
        "agreement_number",
        "count",
        "the how-many-eth agreement period of the ACO this is; the benchmark is reset in each",
        "42 CFR 425.652(c)",
    ),
    Leaf(
        "hcc_score_months_e9",
        "score",
        "prospective HCC risk score × months enrolled, summed, in billionths",
        "42 CFR 425.652(a)(3), 425.659",
        CELL,
        "risk_cell",
        "hcc_score_months_e9",
    ),
    Leaf(
        "demographic_score_months_e9",
        "score",
        "demographic risk score × months enrolled, summed, in billionths",
        "42 CFR 425.605(a)(1)(ii), 425.610(a)(2)(ii)",
        CELL,
        "risk_cell",
        "demographic_score_months_e9",
    ),
    Leaf(
        "score_months",
        "months",
        "months enrolled of the beneficiaries who have risk scores",
        "42 CFR 425.659",
        CELL,
        "risk_cell",
        "score_months",
    ),
    Leaf(
        "national_hcc_score",
        "score",
        "mean prospective HCC risk score of all assignable beneficiaries",
        "42 CFR 425.652(a)(3), 425.659",
        CELL,
        people="member_months",
    ),
    Leaf(
        "national_per_capita",
        "usd_per_capita",
        "expenditure for each person-year of all assignable beneficiaries, truncated",
        "42 CFR 425.652(a)(5)(ii)",
        CELL,
        people="member_months",
    ),
    Leaf(
        "regional_per_capita",
        "usd_per_capita",
        "expenditure for each person-year of the assignable beneficiaries in the region",
        "42 CFR 425.654",
        CELL,
        people="member_months",
    ),
    Leaf(
        "regional_hcc_score",
        "score",
        "mean prospective HCC risk score of the assignable beneficiaries in the region",
        "42 CFR 425.654",
        CELL,
        people="member_months",
    ),
    Leaf(
        "market_share",
        "rate",
        "share of the region's assignable beneficiaries who are assigned to the ACO",
        "42 CFR 425.652(a)(5)(v)",
        CELL,
        people="member_months",
    ),
)


CHECKS: Final[Mapping[str, Check]] = {
    "agreement_number": wrong_turn,
    "national_hcc_score": wrong_factor,
    "national_per_capita": wrong_factor,
    "regional_per_capita": wrong_factor,
    "regional_hcc_score": wrong_factor,
    "market_share": wrong_share,
}


@rule(unit="months", cite="42 CFR 425.659(b)(2)(iii)", per=("period", "stratum"))
def unscored_months(member_months: Decimal, score_months: Decimal) -> Decimal:
    """Months of people without a risk score; the mean of the others stands for them."""
    return member_months - score_months


@rule(unit="score", cite="42 CFR 425.652(a)(3), 425.659", per=("period", "stratum"))
def hcc_score(
    hcc_score_months_e9: Decimal, score_months: Decimal, member_months: Decimal
) -> Decimal:
    """Mean prospective HCC risk score, weighted by months enrolled."""
    return mean_score_of(hcc_score_months_e9, score_months, member_months)


@rule(unit="score", cite="42 CFR 425.652(a)(3), 425.659(b)(2)(ii)", per=("period", "stratum"))
def risk_score(hcc_score: Decimal, national_hcc_score: Decimal, member_months: Decimal) -> Decimal:
    """The risk score renormalised, so that the assignable population of the nation is 1."""
    require_of_people(CHECKS, member_months, national_hcc_score=national_hcc_score)
    return ratio(hcc_score, national_hcc_score, empty=0)


@rule(unit="score", cite="42 CFR 425.652(a)(3)", per=("stratum",))
def base_3_risk_score(risk_score: InBase3) -> Decimal:
    """The renormalised risk score of the third benchmark year."""
    return risk_score


@rule(unit="rate", cite="42 CFR 425.652(a)(3)", per=("period", "stratum"))
def risk_ratio(base_3_risk_score: Decimal, risk_score: Decimal) -> Decimal:
    """Severity and case mix of the third benchmark year, relative to this year."""
    return ratio(base_3_risk_score, risk_score, empty=1)


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(3)", per=("period", "stratum"))
def risk_adjusted_expenditure(per_capita_expenditure: Decimal, risk_ratio: Decimal) -> Decimal:
    """Per-capita expenditure at the third benchmark year's severity and case mix."""
    return per_capita_expenditure * risk_ratio


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(5)(ii)", per=("stratum",))
def base_3_national_per_capita(national_per_capita: InBase3) -> Decimal:
    """National expenditure for each person-year in the third benchmark year."""
    return national_per_capita


@rule(unit="rate", cite="42 CFR 425.652(a)(5)(ii)", per=("period", "stratum"))
def national_trend(
    base_3_national_per_capita: Decimal, national_per_capita: Decimal, member_months: Decimal
) -> Decimal:
    """National growth from this benchmark year to the third."""
    require_of_people(CHECKS, member_months, national_per_capita=national_per_capita)
    return ratio(base_3_national_per_capita, national_per_capita, empty=1)


@rule(unit="score", cite="42 CFR 425.654(a), 425.659", per=("period", "stratum"))
def regional_risk_score(
    regional_hcc_score: Decimal, national_hcc_score: Decimal, member_months: Decimal
) -> Decimal:
    """The region's risk score renormalised to the nation."""
    require_of_people(CHECKS, member_months, regional_hcc_score=regional_hcc_score)
    return ratio(regional_hcc_score, national_hcc_score, empty=1)


@rule(unit="usd_per_capita", cite="42 CFR 425.654(a)", per=("period", "stratum"))
def regional_expenditure(
    regional_per_capita: Decimal, regional_risk_score: Decimal, member_months: Decimal
) -> Decimal:
    """Regional expenditure for each person-year at a risk score of 1."""
    require_of_people(CHECKS, member_months, regional_per_capita=regional_per_capita)
    return regional_per_capita / regional_risk_score


@rule(unit="usd_per_capita", cite="42 CFR 425.654(b)", per=("stratum",))
def base_3_regional_expenditure(regional_expenditure: InBase3) -> Decimal:
    """Risk-adjusted regional expenditure in the third benchmark year."""
    return regional_expenditure


@rule(unit="rate", cite="42 CFR 425.652(a)(5)(iii)", per=("period", "stratum"))
def regional_trend(base_3_regional_expenditure: Decimal, regional_expenditure: Decimal) -> Decimal:
    """Regional growth from this benchmark year to the third."""
    return ratio(base_3_regional_expenditure, regional_expenditure, empty=1)


@rule(unit="rate", cite="42 CFR 425.652(a)(5)(iv)-(v)", per=("stratum",))
def base_3_market_share(market_share: InBase3) -> Decimal:
    """The ACO's share of its region in the third benchmark year: the weight of the nation."""
    require(CHECKS, market_share=market_share)
    return market_share


@rule(unit="rate", cite="42 CFR 425.652(a)(5)(iv)", per=("period", "stratum"))
def trend_factor(
    national_trend: Decimal, regional_trend: Decimal, base_3_market_share: Decimal
) -> Decimal:
    """National and regional growth, the nation weighted by the ACO's share of its region."""
    return base_3_market_share * national_trend + (1 - base_3_market_share) * regional_trend


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(5)", per=("period", "stratum"))
def trended_expenditure(risk_adjusted_expenditure: Decimal, trend_factor: Decimal) -> Decimal:
    """This benchmark year's expenditure in dollars of the third."""
    return risk_adjusted_expenditure * trend_factor


@rule(unit="text", cite="42 CFR 425.652(a)(7), (c)(2)")
def agreement_order(agreement_number: Decimal) -> str:
    """Whether this is the ACO's first agreement period or a later one."""
    require(CHECKS, agreement_number=agreement_number)
    return "first" if agreement_number == FIRST_AGREEMENT else "later"


def year_weights(
    person_years: Mapping[str, Decimal], benchmark_year_parts: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """The weight of each benchmark year; a year in which nobody was assigned has none."""
    parts = {year: benchmark_year_parts[year] for year, lives in person_years.items() if lives}
    whole = sum(parts.values(), Decimal(0))
    return {year: part / whole for year, part in parts.items()}


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(7), (c)(2)", per=("stratum",))
def historical_benchmark(
    trended_expenditure: ByBase,
    person_years: ByBase,
    benchmark_year_parts: Mapping[str, Decimal],
    member_months: InPerformance,
) -> Decimal:
    """The benchmark years weighted: 10, 30 and 60 % in a first agreement, equal in later ones."""
    if member_months and not any(person_years.values()):
        found = f"nobody in any benchmark year, {member_months:f} months in the performance year"
        raise RefusedError(f"{found}; no rule says what such a type's benchmark is. {_NO_HISTORY}")
    return weighted_mean(trended_expenditure, year_weights(person_years, benchmark_year_parts))


@rule(unit="person_years", cite="42 CFR 425.652(a)(6)", per=("stratum",))
def base_3_person_years(person_years: InBase3) -> Decimal:
    """Person-years of the third benchmark year: the mix in which enrolment types are averaged."""
    return person_years


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(6)")
def historical_benchmark_per_capita(
    historical_benchmark: ByStratum, base_3_person_years: ByStratum
) -> Decimal:
    """The historical benchmark over all enrolment types, in the third year's mix."""
    return weighted_mean(historical_benchmark, base_3_person_years)
