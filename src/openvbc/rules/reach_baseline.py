"""ACO REACH: the benchmark before the discount, of a Standard or a New Entrant ACO.

The order of CMS's Financial Operating Guide (section 4.1): the years of the historical baseline in
dollars of the performance year at a risk score of 1; the blend with the region's rates, within a
ceiling and a floor; the retrospective trend adjustment; the risk score (`reach_risk`); the months.
Each benchmark category (aged and disabled, ESRD) is a stratum of this component. Amounts are
dollars for each beneficiary and month, exact, until the end.

Of New Entrant ACOs no text at hand says how their years are weighted, how far the blend may move
their baseline and, before PY2025, whether there is any but the region's rates: CMS's benchmark
report of the ACO prints it, and the settlement gives it, under names that begin with reported_.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from openvbc.money import decimal_text
from openvbc.rules import reach_risk as risk
from openvbc.rules.ratio import ratio, weighted_mean
from openvbc.rules.reach_expenditure import CELL, GUIDE
from openvbc.rules.reach_risk import in_category
from openvbc.rules.rule import ByBase, ByStratum, InPerformance, Leaf, Over, RefusedError, rule
from openvbc.rules.scale import (
    Bands,
    Check,
    require,
    require_of_people,
    share_by_bands,
    wrong_factor,
    wrong_growth,
    wrong_share,
)

ReportedByBase = Annotated[Mapping[str, Decimal | None], Over("base")]

PARTS: Final = (risk,)

_HISTORY: Final = f"{GUIDE}.1.1"
_BLEND: Final = "ACO REACH PY2025 Model Update – Quick Reference (CMS, July 2024), benchmark blend"
_RATES: Final = "ACO REACH and KCC Models: Rate Book Development (CMS)"
_TREND: Final = f"{GUIDE}, retrospective trend adjustment"
_REPORT: Final = "ACO REACH benchmark report of the ACO (CMS)"

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
    Leaf(
        "reported_blend_weight",
        "rate",
        "weight of regional expenditure in the blend, as CMS's benchmark report prints it (1 = the "
        "region's rates alone); of ACOs whose weight no parameter has",
        f"{_REPORT}, blend percentage",
        default=None,
    ),
    Leaf(
        "reported_year_weight",
        "rate",
        "weight of the year in the ACO's historical baseline, as CMS's benchmark report prints it; "
        "of ACOs whose weights no parameter has",
        f"{_REPORT}, baseline weights",
        frozenset({"period"}),
        default=None,
    ),
    Leaf(
        "reported_ceiling",
        "rate",
        "the most that the blend may add to the historical baseline, as a share of the adjusted "
        "USPCC, as CMS's benchmark report prints it; of ACOs whose ceiling no parameter has",
        f"{_REPORT}, ceiling of the blend",
        default=None,
    ),
    Leaf(
        "reported_floor",
        "rate",
        "the least that the blend may add (below zero: the most that it may take off), as "
        "reported_ceiling",
        f"{_REPORT}, floor of the blend",
        default=None,
    ),
)


def wrong_floor(value: Decimal) -> str | None:
    """Why a floor of the blend cannot be: above 0, or a percentage. None where it can."""
    return None if -1 <= value <= 0 else f"found {value:f}; expected -1 to 0, as -0.02 is 2 % off"


CHECKS: Final[Mapping[str, Check]] = {
    "adjusted_uspcc": wrong_factor,
    "geographic_trend_factor": wrong_growth,
    "regional_rate": wrong_factor,
    "observed_trend_ratio": wrong_growth,
    "reported_blend_weight": wrong_share,
    "reported_year_weight": wrong_share,
    "reported_ceiling": wrong_share,
    "reported_floor": wrong_floor,
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


def _known(name: str, parameter: Decimal | None, reported: Decimal | None) -> Decimal | None:
    """A parameter, or where it has no value what CMS reports; refused where they differ."""
    require(CHECKS, **{name: reported})
    if parameter is None or reported is None or parameter == reported:
        return reported if parameter is None else parameter
    expected = f"expected {parameter:f}, which the program's parameter says; leave it out"
    raise RefusedError(f"{name}: found {reported:f}; {expected}")


def _unknown(name: str, aco: str) -> RefusedError:
    """The refusal of a benchmark whose terms nobody gave."""
    what = f"{name}: nothing is given, and of a {aco} ACO no text at hand says it"
    return RefusedError(f"{what}; give it as CMS's benchmark report of the ACO prints it")


@rule(unit="usd", cite=_HISTORY, per=("stratum",))
def historical_rate(
    standardized_expenditure: ByBase,
    aligned_months: ByBase,
    baseline_year_weights: Mapping[str, Decimal] | None,
    reported_year_weight: ReportedByBase,
    aco_type: str,
) -> Decimal:
    """The years by their weights; a year in which nobody was aligned has no weight."""
    every = {
        it: _known("reported_year_weight", (baseline_year_weights or {}).get(it), reported)
        for it, reported in reported_year_weight.items()
    }
    weights = {it: weight for it, weight in every.items() if weight is not None}
    if len(weights) < len(every):
        raise _unknown("reported_year_weight", aco_type)
    whole = sum(weights.values(), Decimal(0))
    if weights and whole != 1:
        raise RefusedError(f"reported_year_weight: {decimal_text(whole)} in all; expected 1")
    aligned = {it: weights[it] for it, months in aligned_months.items() if months}
    return weighted_mean(standardized_expenditure, aligned)


@rule(unit="rate", cite=_BLEND)
def blend_weight_in_force(
    regional_blend_weight: Decimal | None,
    reported_blend_weight: Decimal | None,
    reported_year_weight: ReportedByBase,
    aco_type: str,
) -> Decimal:
    """The region's weight of the program or, where that has none, of CMS's report.

    Without any year of a baseline it is all of it: the region's rates stand alone.
    """
    found = _known("reported_blend_weight", regional_blend_weight, reported_blend_weight)
    if found is None:
        raise _unknown("reported_blend_weight", aco_type)
    if not reported_year_weight and found != 1:
        what = f"reported_blend_weight: found {found:f}; expected 1, the region's rates alone: of a"
        raise RefusedError(f"{what} {aco_type} ACO no benchmark years of this year were at hand")
    return found


@rule(unit="usd", cite=_BLEND, per=("stratum",))
def blended_rate(
    historical_rate: Decimal,
    regional_rate: Decimal,
    blend_weight_in_force: Decimal,
    aligned_months: InPerformance,
) -> Decimal:
    """Historical baseline and regional rate, each with its weight."""
    require_of_people(CHECKS, aligned_months, regional_rate=regional_rate)
    return (1 - blend_weight_in_force) * historical_rate + blend_weight_in_force * regional_rate


@rule(unit="usd", cite=_BLEND, per=("stratum",))
def blend_adjustment(blended_rate: Decimal, historical_rate: Decimal) -> Decimal:
    """What the blend adds to the historical baseline, or takes off (below zero)."""
    return blended_rate - historical_rate


def _limit(name: str, found: Decimal | None, historical_rate: Decimal, aco: str) -> Decimal:
    """A limit of the blend; one that nobody gave is refused where there is a history to limit."""
    if found is None and historical_rate:
        raise _unknown(name, aco)
    return found or Decimal(0)


@rule(unit="rate", cite=f"{_BLEND}, ceiling and floor", per=("stratum",))
def ceiling_in_force(
    historical_rate: Decimal,
    regional_ceiling: Decimal | None,
    reported_ceiling: Decimal | None,
    aco_type: str,
) -> Decimal:
    """The ceiling of the program or, where that has none, of CMS's report; 0 without a history."""
    found = _known("reported_ceiling", regional_ceiling, reported_ceiling)
    return _limit("reported_ceiling", found, historical_rate, aco_type)


@rule(unit="rate", cite=f"{_BLEND}, ceiling and floor", per=("stratum",))
def floor_in_force(
    historical_rate: Decimal,
    regional_floor: Decimal | None,
    reported_floor: Decimal | None,
    aco_type: str,
) -> Decimal:
    """The floor of the program or, where that has none, of CMS's report; 0 without a history."""
    found = _known("reported_floor", regional_floor, reported_floor)
    return _limit("reported_floor", found, historical_rate, aco_type)


@rule(unit="usd", cite=f"{_BLEND}, ceiling and floor", per=("stratum",))
def limited_blend_adjustment(
    blend_adjustment: Decimal,
    ceiling_in_force: Decimal,
    floor_in_force: Decimal,
    performance_uspcc: Decimal,
) -> Decimal:
    """The blend's adjustment between its floor and its ceiling, shares of the adjusted USPCC."""
    highest, lowest = ceiling_in_force * performance_uspcc, floor_in_force * performance_uspcc
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
