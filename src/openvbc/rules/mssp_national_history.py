"""Shared Savings Program: the historical benchmark of agreements that began before July 2019.

42 CFR 425.602(a): each benchmark year is risk-adjusted and trended to the third by national growth
alone, and the years are weighted. 425.603(b): a second agreement that began in the first year in
which there were any weights them equally and adds what the ACO saved in its first. The region has
no part in either. Later agreements after those are rebased to it (425.603(c)): they have another
component, mssp_rebased_benchmark.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from openvbc.rules import mssp_benchmark_history as regional
from openvbc.rules.ratio import ratio, weighted_mean
from openvbc.rules.risk_score import mean_score_of
from openvbc.rules.rule import (
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
    wrong_amount,
    wrong_factor,
    wrong_turn,
)

LATER: Final = "later"

_CITES: Final = {
    "agreement_number": "42 CFR 425.602(a)(7), 425.603(a)",
    "hcc_score_months_e9": "42 CFR 425.602(a)(3)",
    "score_months": "42 CFR 425.602(a)(3)",
    "national_hcc_score": "42 CFR 425.602(a)(3)",
    "national_per_capita": "42 CFR 425.602(a)(5)",
}
"""The leaves that both methods take, each with its citation in this one."""

LEAVES: Final = (
    *(replace(leaf, cite=_CITES[leaf.name]) for leaf in regional.LEAVES if leaf.name in _CITES),
    Leaf(
        "rebased_savings_per_capita",
        "usd_per_capita",
        "average savings per capita of the ACO's first agreement, limited to its average number "
        "of assigned beneficiaries, as CMS states it (0 is none); needed in a second agreement",
        "42 CFR 425.603(b)(2)",
        default=None,
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "agreement_number": wrong_turn,
    "national_hcc_score": wrong_factor,
    "national_per_capita": wrong_factor,
    "rebased_savings_per_capita": wrong_amount,
}


@rule(unit="months", cite="42 CFR 425.602(a)(3)", per=("period", "stratum"))
def unscored_months(member_months: Decimal, score_months: Decimal) -> Decimal:
    """Months of people without a risk score; the mean of the others stands for them."""
    return member_months - score_months


@rule(unit="score", cite="42 CFR 425.602(a)(3)", per=("period", "stratum"))
def hcc_score(
    hcc_score_months_e9: Decimal, score_months: Decimal, member_months: Decimal
) -> Decimal:
    """Mean prospective HCC risk score, weighted by months enrolled."""
    return mean_score_of(hcc_score_months_e9, score_months, member_months)


@rule(unit="score", cite="42 CFR 425.602(a)(3)", per=("period", "stratum"))
def risk_score(hcc_score: Decimal, national_hcc_score: Decimal, member_months: Decimal) -> Decimal:
    """The risk score renormalised, so that the nation's is 1."""
    require_of_people(CHECKS, member_months, national_hcc_score=national_hcc_score)
    return ratio(hcc_score, national_hcc_score, empty=0)


@rule(unit="score", cite="42 CFR 425.602(a)(3)", per=("stratum",))
def base_3_risk_score(risk_score: InBase3) -> Decimal:
    """The renormalised risk score of the third benchmark year."""
    return risk_score


@rule(unit="rate", cite="42 CFR 425.602(a)(3)", per=("period", "stratum"))
def risk_ratio(base_3_risk_score: Decimal, risk_score: Decimal) -> Decimal:
    """Severity and case mix of the third benchmark year, relative to this year."""
    return ratio(base_3_risk_score, risk_score, empty=1)


@rule(unit="usd_per_capita", cite="42 CFR 425.602(a)(5)", per=("stratum",))
def base_3_national_per_capita(national_per_capita: InBase3) -> Decimal:
    """National expenditure for each person-year in the third benchmark year."""
    return national_per_capita


@rule(unit="rate", cite="42 CFR 425.602(a)(5)", per=("period", "stratum"))
def national_trend(
    base_3_national_per_capita: Decimal, national_per_capita: Decimal, member_months: Decimal
) -> Decimal:
    """National growth from this benchmark year to the third."""
    require_of_people(CHECKS, member_months, national_per_capita=national_per_capita)
    return ratio(base_3_national_per_capita, national_per_capita, empty=1)


@rule(unit="usd_per_capita", cite="42 CFR 425.602(a)(3), (5)", per=("period", "stratum"))
def trended_expenditure(
    per_capita_expenditure: Decimal, risk_ratio: Decimal, national_trend: Decimal
) -> Decimal:
    """This year's expenditure at the third year's severity and case mix, in its dollars."""
    return per_capita_expenditure * risk_ratio * national_trend


@rule(unit="text", cite="42 CFR 425.602(a)(7), 425.603(b)")
def agreement_order(agreement_number: Decimal) -> str:
    """Whether this is the ACO's first agreement period or a later one."""
    require(CHECKS, agreement_number=agreement_number)
    return "first" if agreement_number == 1 else LATER


def require_history(person_years: Mapping[str, Decimal], member_months: Decimal) -> None:
    """Raise RefusedError where a type has people in the performance year and none before."""
    if member_months and not any(person_years.values()):
        found = f"nobody in any benchmark year, {member_months:f} months in the performance year"
        raise RefusedError(f"{found}; no rule says what such a type's benchmark is")


@rule(unit="usd_per_capita", cite="42 CFR 425.602(a)(7), 425.603(b)(1)", per=("stratum",))
def historical_benchmark(
    trended_expenditure: ByBase,
    person_years: ByBase,
    national_benchmark_parts: Mapping[str, Decimal] | None,
    member_months: InPerformance,
) -> Decimal:
    """The benchmark years weighted: 10, 30 and 60 % in a first agreement, equal in a second."""
    if national_benchmark_parts is None:
        found = "a later agreement of this start is rebased to its region (42 CFR 425.603(c), (d))"
        raise RefusedError(f"{found}; name mssp_rebased_benchmark in place of this component")
    require_history(person_years, member_months)
    weights = regional.year_weights(person_years, national_benchmark_parts)
    return weighted_mean(trended_expenditure, weights)


@rule(unit="usd_per_capita", cite="42 CFR 425.603(b)(2)")
def savings_adjustment(agreement_order: str, rebased_savings_per_capita: Decimal | None) -> Decimal:
    """What a second agreement's benchmark gets back of the savings of the first."""
    require(CHECKS, rebased_savings_per_capita=rebased_savings_per_capita)
    if agreement_order == LATER and rebased_savings_per_capita is None:
        raise RefusedError(
            "rebased_savings_per_capita is not supplied; a second agreement needs it"
        )
    if agreement_order != LATER and rebased_savings_per_capita:
        found = f"rebased_savings_per_capita is {rebased_savings_per_capita:f}"
        raise RefusedError(f"{found}; a first agreement has no savings to add")
    return rebased_savings_per_capita or Decimal(0)


@rule(unit="usd_per_capita", cite="42 CFR 425.602(a), 425.603(b)(2)", per=("stratum",))
def adjusted_benchmark(historical_benchmark: Decimal, savings_adjustment: Decimal) -> Decimal:
    """The historical benchmark of the type, with the same amount of savings in every type."""
    return historical_benchmark + savings_adjustment


@rule(unit="person_years", cite="42 CFR 425.602(a)(6)", per=("stratum",))
def base_3_person_years(person_years: InBase3) -> Decimal:
    """Person-years of the third benchmark year: the mix in which enrolment types are averaged."""
    return person_years


@rule(unit="usd_per_capita", cite="42 CFR 425.602(a)(6), 425.603(b)(2)")
def adjusted_benchmark_per_capita(
    adjusted_benchmark: ByStratum, base_3_person_years: ByStratum
) -> Decimal:
    """The historical benchmark over all enrolment types, in the third year's mix."""
    return weighted_mean(adjusted_benchmark, base_3_person_years)
