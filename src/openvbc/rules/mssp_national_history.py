"""Shared Savings Program: the historical benchmark of agreements that began before July 2019.

42 CFR 425.602(a): each benchmark year is risk-adjusted and trended to the third by national growth
alone, and the years are weighted. 425.603(b): a second agreement that began in the first year in
which there were any weights them equally and adds what the ACO saved in its first. The region has
no part in either. Later agreements after those are rebased to it (425.603(c)): they have another
component, mssp_rebased_benchmark.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from openvbc.rules import mssp_benchmark_adjustment as adjustment
from openvbc.rules import mssp_benchmark_history as regional
from openvbc.rules.ratio import weighted_mean
from openvbc.rules.rule import (
    ByBase,
    InPerformance,
    Leaf,
    RefusedError,
    rule,
)
from openvbc.rules.scale import (
    Check,
    require,
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

TAKEN: Final[Mapping[Callable[..., Any], str]] = {
    regional.unscored_months: "42 CFR 425.602(a)(3)",
    regional.hcc_score: "42 CFR 425.602(a)(3)",
    regional.risk_score: "42 CFR 425.602(a)(3)",
    regional.base_3_risk_score: "42 CFR 425.602(a)(3)",
    regional.risk_ratio: "42 CFR 425.602(a)(3)",
    regional.risk_adjusted_expenditure: "42 CFR 425.602(a)(3)",
    regional.base_3_national_per_capita: "42 CFR 425.602(a)(5)",
    regional.national_trend: "42 CFR 425.602(a)(5)",
    regional.agreement_order: "42 CFR 425.602(a)(7), 425.603(b)",
    regional.base_3_person_years: "42 CFR 425.602(a)(6)",
    adjustment.adjusted_benchmark_per_capita: "42 CFR 425.602(a)(6), 425.603(b)(2)",
}
"""Rules of the later benchmark, each with its citation in this one."""

CHECKS: Final[Mapping[str, Check]] = {
    "agreement_number": wrong_turn,
    "national_hcc_score": wrong_factor,
    "national_per_capita": wrong_factor,
    "rebased_savings_per_capita": wrong_amount,
}


@rule(unit="usd_per_capita", cite="42 CFR 425.602(a)(3), (5)", per=("period", "stratum"))
def trended_expenditure(risk_adjusted_expenditure: Decimal, national_trend: Decimal) -> Decimal:
    """This benchmark year's expenditure in dollars of the third, by the nation's growth alone."""
    return risk_adjusted_expenditure * national_trend


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
