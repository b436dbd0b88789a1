"""ACO REACH: the benchmark before the discount, of claims-aligned beneficiaries of a Standard ACO.

The order of CMS's Financial Operating Guide (section 4.1): the years of the historical baseline in
dollars of the performance year at a risk score of 1; the blend with the region's rates, within a
ceiling and a floor; the retrospective trend adjustment; the risk score (`reach_risk`); the months.
Each benchmark category (aged and disabled, ESRD) is a stratum of this component. Amounts are
dollars for each beneficiary and month, exact, until the end.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules import reach_risk as risk
from openvbc.rules.ratio import ratio, weighted_mean
from openvbc.rules.reach_expenditure import CELL, GUIDE
from openvbc.rules.reach_risk import in_category
from openvbc.rules.rule import ByBase, ByStratum, InPerformance, Leaf, rule
from openvbc.rules.scale import (
    Bands,
    Check,
    require,
    require_of_people,
    share_by_bands,
    wrong_factor,
    wrong_growth,
)

PARTS: Final = (risk,)

_HISTORY: Final = f"{GUIDE}.1.1"
_BLEND: Final = "ACO REACH PY2025 Model Update – Quick Reference (CMS, July 2024), benchmark blend"
_RATES: Final = "ACO REACH and KCC Models: Rate Book Development (CMS)"
_TREND: Final = f"{GUIDE}, retrospective trend adjustment"

LEAVES: Final = (
    *risk.LEAVES,
    Leaf(
        "adjusted_uspcc",
        "usd",
        "adjusted fee-for-service United States per capita cost of the category for one month of "
        "the year, as the rate book gives it",
        _RATES,
        CELL,
    ),
    Leaf(
        "geographic_trend_factor",
        "rate",
        "change of the geographic adjustment factors in the ACO's counties from the year to the "
        "performance year",
        _RATES,
        CELL,
        default=Decimal(1),
    ),
    Leaf(
        "regional_rate",
        "usd",
        "rate book rates of the performance year for one month, of the counties where the aligned "
        "beneficiaries live, weighted by their months",
        _RATES,
        frozenset({"stratum"}),
        people="aligned_months",
    ),
    Leaf(
        "observed_trend_ratio",
        "rate",
        "trend observed in the national reference population ÷ prospective trend of the adjusted "
        "USPCC; 0.95 is 5 % less than was expected",
        _TREND,
        frozenset({"stratum"}),
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "adjusted_uspcc": wrong_factor,
    "geographic_trend_factor": wrong_growth,
    "regional_rate": wrong_factor,
    "observed_trend_ratio": wrong_growth,
}

RESULTS: Final = (
    "unscored_months",
    "normalized_risk_score",
    "risk_cap_effect",
    "payment_risk_score",
    "historical_rate",
    "benchmark_rate",
    "trend_adjustment",
    "benchmark_per_month",
    "category_benchmark",
    "benchmark_before_discount",
)


@rule(unit="months", cite=GUIDE, per=("period", "stratum"))
def aligned_months(member_months: ByStratum, entitlement_is_esrd: bool) -> Decimal:
    """Months of the category's aligned beneficiaries."""
    return in_category(member_months, is_esrd=entitlement_is_esrd)


@rule(unit="usd", cite=_HISTORY, per=("period", "stratum"))
def aligned_expenditure(completed_expenditure: ByStratum, entitlement_is_esrd: bool) -> Decimal:
    """Expenditure of the category's aligned beneficiaries."""
    return in_category(completed_expenditure, is_esrd=entitlement_is_esrd)


@rule(unit="usd", cite=_HISTORY, per=("period", "stratum"))
def expenditure_per_month(aligned_expenditure: Decimal, aligned_months: Decimal) -> Decimal:
    """Expenditure for one beneficiary and month of the year."""
    return ratio(aligned_expenditure, aligned_months, empty=0)


@rule(unit="usd", cite=_RATES, per=("stratum",))
def performance_uspcc(adjusted_uspcc: InPerformance) -> Decimal:
    """The adjusted USPCC of the performance year."""
    require(CHECKS, adjusted_uspcc=adjusted_uspcc)
    return adjusted_uspcc


@rule(unit="rate", cite=_HISTORY, per=("period", "stratum"))
def prospective_trend(
    performance_uspcc: Decimal, adjusted_uspcc: Decimal, geographic_trend_factor: Decimal
) -> Decimal:
    """Growth of the adjusted USPCC to the performance year, times that of geography."""
    require(CHECKS, adjusted_uspcc=adjusted_uspcc, geographic_trend_factor=geographic_trend_factor)
    return performance_uspcc / adjusted_uspcc * geographic_trend_factor


@rule(unit="usd", cite=_HISTORY, per=("period", "stratum"))
def trended_expenditure(expenditure_per_month: Decimal, prospective_trend: Decimal) -> Decimal:
    """Expenditure per month in dollars of the performance year."""
    return expenditure_per_month * prospective_trend


@rule(unit="usd", cite=_HISTORY, per=("period", "stratum"))
def standardized_expenditure(
    trended_expenditure: Decimal, normalized_risk_score: Decimal
) -> Decimal:
    """Trended expenditure at a risk score of 1."""
    return ratio(trended_expenditure, normalized_risk_score, empty=0)


@rule(unit="usd", cite=_HISTORY, per=("stratum",))
def historical_rate(
    standardized_expenditure: ByBase,
    aligned_months: ByBase,
    baseline_year_weights: Mapping[str, Decimal],
) -> Decimal:
    """The years weighted 10, 30 and 60 %; a year in which nobody was aligned has no weight."""
    weights = {it: baseline_year_weights[it] for it, months in aligned_months.items() if months}
    return weighted_mean(standardized_expenditure, weights)


@rule(unit="usd", cite=_BLEND, per=("stratum",))
def blended_rate(
    historical_rate: Decimal,
    regional_rate: Decimal,
    regional_blend_weight: Decimal,
    aligned_months: InPerformance,
) -> Decimal:
    """Historical baseline and regional rate, each with its weight."""
    require_of_people(CHECKS, aligned_months, regional_rate=regional_rate)
    return (1 - regional_blend_weight) * historical_rate + regional_blend_weight * regional_rate


@rule(unit="usd", cite=_BLEND, per=("stratum",))
def blend_adjustment(blended_rate: Decimal, historical_rate: Decimal) -> Decimal:
    """What the blend adds to the historical baseline, or takes off (below zero)."""
    return blended_rate - historical_rate


@rule(unit="usd", cite=f"{_BLEND}, ceiling and floor", per=("stratum",))
def limited_blend_adjustment(
    blend_adjustment: Decimal,
    regional_ceiling: Decimal,
    regional_floor: Decimal,
    performance_uspcc: Decimal,
) -> Decimal:
    """The blend's adjustment between its floor and its ceiling, shares of the adjusted USPCC."""
    highest, lowest = regional_ceiling * performance_uspcc, regional_floor * performance_uspcc
    return max(lowest, min(blend_adjustment, highest))


@rule(unit="usd", cite=_BLEND, per=("stratum",))
def benchmark_rate(
    historical_rate: Decimal,
    limited_blend_adjustment: Decimal,
    regional_rate: Decimal,
) -> Decimal:
    """The blend at a risk score of 1; the region's rate alone where there is no history."""
    return historical_rate + limited_blend_adjustment if historical_rate else regional_rate


@rule(unit="rate", cite=_TREND, per=("stratum",))
def trend_adjustment(
    observed_trend_ratio: Decimal,
    trend_adjustment_threshold: Decimal,
    trend_adjustment_corridors: Bands,
) -> Decimal:
    """Retrospective trend adjustment (RTA): 1 within the threshold, else by its corridors."""
    require(CHECKS, observed_trend_ratio=observed_trend_ratio)
    difference = observed_trend_ratio - 1
    if abs(difference) <= trend_adjustment_threshold:
        return Decimal(1)
    return 1 + share_by_bands(trend_adjustment_corridors, difference, Decimal(1))


@rule(unit="usd", cite=GUIDE, per=("stratum",))
def benchmark_per_month(
    benchmark_rate: Decimal, trend_adjustment: Decimal, payment_risk_score: Decimal
) -> Decimal:
    """Benchmark for one beneficiary and month of the performance year."""
    return benchmark_rate * trend_adjustment * payment_risk_score


@rule(unit="usd", cite=GUIDE, per=("stratum",))
def category_benchmark(benchmark_per_month: Decimal, aligned_months: InPerformance) -> Decimal:
    """Benchmark of the category for all months of the performance year."""
    return benchmark_per_month * aligned_months


@rule(unit="usd", cite=GUIDE)
def benchmark_before_discount(category_benchmark: ByStratum) -> Decimal:
    """Benchmark of both categories, before discount and withholds."""
    return sum(category_benchmark.values(), Decimal(0))
