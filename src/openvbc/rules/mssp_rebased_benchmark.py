"""Shared Savings Program: the updated benchmark of agreements rebased to their region.

42 CFR 425.603(c)-(g), for second and later agreements that began from 2017 to 1 January 2019: the
benchmark years are trended by regional growth alone and weigh alike, a part of the difference to
the region is added or taken off, and regional growth brings it to the performance year. Risk is
that of newly and continuously assigned beneficiaries, apart. It takes the place of
`mssp_benchmark`, with which it shares what the texts say alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from openvbc.rules import mssp_benchmark_adjustment as adjustment
from openvbc.rules import mssp_benchmark_history as history
from openvbc.rules import mssp_national_benchmark as national
from openvbc.rules import mssp_split_risk as risk
from openvbc.rules.mssp_national_history import require_history
from openvbc.rules.ratio import ratio, weighted_mean
from openvbc.rules.rule import ByBase, InPerformance, RefusedError, rule
from openvbc.rules.scale import (
    Check,
    require_of_people,
    wrong_factor,
    wrong_turn,
)

PARTS: Final = (risk,)

_WEIGHT: Final = "42 CFR 425.603(c)(9)(ii)(B)"
_COUNTY: Final = "42 CFR 425.603(e)(4), (f)"

TAKEN: Final[Mapping[Callable[..., Any], str]] = {
    history.unscored_months: "42 CFR 425.603(c)(3)",
    history.hcc_score: "42 CFR 425.603(c)(3)",
    history.risk_score: "42 CFR 425.603(c)(3)",
    history.base_3_risk_score: "42 CFR 425.603(c)(3)",
    history.risk_ratio: "42 CFR 425.603(c)(3)",
    history.risk_adjusted_expenditure: "42 CFR 425.603(c)(3)",
    history.regional_risk_score: _COUNTY,
    history.regional_expenditure: _COUNTY,
    history.base_3_regional_expenditure: "42 CFR 425.603(c)(9)(i)(B)",
    history.regional_trend: "42 CFR 425.603(c)(5)",
    history.agreement_order: "42 CFR 425.603(a), (c)",
    history.base_3_person_years: "42 CFR 425.603(c)(6)",
    history.historical_benchmark_per_capita: "42 CFR 425.603(c)(6)",
    adjustment.regional_benchmark: "42 CFR 425.603(c)(9)(i)(C)",
    adjustment.regional_difference: "42 CFR 425.603(c)(9)(ii)(A)",
    adjustment.spending_side: f"{_WEIGHT}(4)",
    adjustment.regional_exposure: f"{_WEIGHT}(1)-(3)",
    adjustment.regional_adjustment_per_capita: "42 CFR 425.603(c)(9)",
    adjustment.adjusted_benchmark_per_capita: "42 CFR 425.603(c)(6), (9)",
    national.total_benchmark: "42 CFR 425.604(a), 425.606(a), 425.610(a)",
    national.updated_benchmark: "42 CFR 425.603(d)",
}
"""Rules of the other benchmarks, each with its citation in this one."""

_CITES: Final = {
    "agreement_number": "42 CFR 425.603(a), (c)",
    "hcc_score_months_e9": "42 CFR 425.603(c)(3)",
    "score_months": "42 CFR 425.603(c)(3)",
    "national_hcc_score": "42 CFR 425.603(c)(3), (e)(4)",
    "regional_per_capita": "42 CFR 425.603(e), (f)",
    "regional_hcc_score": _COUNTY,
    "regional_adjustment_count": _WEIGHT,
}
"""The leaves of the later benchmark that this one takes too, each with its citation."""

LEAVES: Final = (
    *(
        replace(leaf, cite=_CITES[leaf.name])
        for leaf in (*history.LEAVES, *adjustment.LEAVES)
        if leaf.name in _CITES
    ),
    *risk.LEAVES,
)

CHECKS: Final[Mapping[str, Check]] = {
    "agreement_number": wrong_turn,
    "national_hcc_score": wrong_factor,
    "regional_per_capita": wrong_factor,
    "regional_hcc_score": wrong_factor,
    "regional_adjustment_count": wrong_turn,
    "base_3_regional_expenditure": wrong_factor,
}


@rule(unit="usd_per_capita", cite="42 CFR 425.603(c)(5)", per=("period", "stratum"))
def trended_expenditure(risk_adjusted_expenditure: Decimal, regional_trend: Decimal) -> Decimal:
    """This benchmark year's expenditure in dollars of the third, by the region's growth alone."""
    return risk_adjusted_expenditure * regional_trend


@rule(unit="usd_per_capita", cite="42 CFR 425.603(c)(7)", per=("stratum",))
def historical_benchmark(
    trended_expenditure: ByBase,
    person_years: ByBase,
    rebased_year_parts: Mapping[str, Decimal] | None,
    member_months: InPerformance,
) -> Decimal:
    """The benchmark years, which weigh alike."""
    if rebased_year_parts is None:
        found = "a first agreement of this start is not rebased to its region (42 CFR 425.602)"
        raise RefusedError(f"{found}; name mssp_national_benchmark in place of this component")
    require_history(person_years, member_months)
    weights = history.year_weights(person_years, rebased_year_parts)
    return weighted_mean(trended_expenditure, weights)


@rule(unit="usd_per_capita", cite=f"{_WEIGHT}(1)-(3)", per=("stratum",))
def regional_adjustment(regional_difference: Decimal, rebasing_weight: Decimal) -> Decimal:
    """The part of the difference that counts at this exposure; it has no cap and no floor."""
    return regional_difference * rebasing_weight


@rule(unit="usd_per_capita", cite="42 CFR 425.603(c)(9)", per=("stratum",))
def adjusted_benchmark(historical_benchmark: Decimal, regional_adjustment: Decimal) -> Decimal:
    """The historical benchmark with its regional adjustment, whatever that one's sign."""
    return historical_benchmark + regional_adjustment


@rule(unit="rate", cite="42 CFR 425.603(d)(2)", per=("stratum",))
def regional_update(
    regional_expenditure: InPerformance,
    base_3_regional_expenditure: Decimal,
    member_months: InPerformance,
) -> Decimal:
    """Regional growth from the third benchmark year to the performance year."""
    start = base_3_regional_expenditure
    require_of_people(CHECKS, member_months, base_3_regional_expenditure=start)
    return ratio(regional_expenditure, base_3_regional_expenditure, empty=1)


@rule(unit="usd_per_capita", cite="42 CFR 425.603(d)(3)", per=("stratum",))
def type_benchmark(risk_adjusted_benchmark: Decimal, regional_update: Decimal) -> Decimal:
    """The type's benchmark of the performance year: grown by the region's rate."""
    return risk_adjusted_benchmark * regional_update


RESULTS: Final = (
    "unscored_months",
    "historical_benchmark_per_capita",
    "spending_side",
    "regional_adjustment_per_capita",
    "adjusted_benchmark_per_capita",
    "overall_continuous_hcc_growth",
    "continuous_score",
    "risk_adjustment",
    "updated_benchmark",
    "total_benchmark",
)
