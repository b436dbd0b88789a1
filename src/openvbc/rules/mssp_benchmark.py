"""Shared Savings Program: the updated benchmark of a performance year.

The parts, in the order of the legal text: historical benchmark, adjustment, update. This file
ends the way: total dollars in the performance year's mix, and the guardrail (42 CFR
425.652(b)(5)) that keeps the prospective trend from making losses.
"""

from decimal import Decimal
from typing import Final

from openvbc.rules import mssp_benchmark_adjustment as adjustment
from openvbc.rules import mssp_benchmark_history as history
from openvbc.rules import mssp_benchmark_update as update
from openvbc.rules.ratio import ratio
from openvbc.rules.rule import ByStratum, rule

PARTS: Final = (history, adjustment, update)
LEAVES: Final = (*history.LEAVES, *adjustment.LEAVES, *update.LEAVES)

THREE_WAY: Final = "three_way"


def _dollars(per_capita: ByStratum, person_years: ByStratum) -> Decimal:
    return sum((per_capita[it] * years for it, years in person_years.items()), Decimal(0))


@rule(unit="usd", cite="42 CFR 425.605(a), 425.610(a), 425.652(b)(4)")
def three_way_total(three_way_benchmark: ByStratum, person_years: ByStratum) -> Decimal:
    """The updated benchmark × person-years of the performance year, over the enrolment types."""
    return _dollars(three_way_benchmark, person_years)


@rule(unit="usd", cite="42 CFR 425.652(b)(5)")
def two_way_total(two_way_benchmark: ByStratum, person_years: ByStratum) -> Decimal:
    """What the benchmark would be without the prospective trend."""
    return _dollars(two_way_benchmark, person_years)


@rule(unit="rate", cite="42 CFR 425.652(b)(5)")
def guardrail_rate(minimum_loss_rate: Decimal | None, minimum_savings_rate: Decimal) -> Decimal:
    """The minimum loss rate; a one-sided ACO has none and is measured by its savings rate."""
    return minimum_savings_rate if minimum_loss_rate is None else minimum_loss_rate


@rule(unit="flag", cite="42 CFR 425.652(b)(5)")
def guardrail_applies(
    three_way_total: Decimal,
    total_expenditure: Decimal,
    guardrail_rate: Decimal,
    update_method: str,
) -> bool:
    """Whether the three-way update makes losses of at least the minimum rate."""
    losses = total_expenditure - three_way_total
    return update_method == THREE_WAY and losses > 0 and losses >= guardrail_rate * three_way_total


@rule(unit="flag", cite="42 CFR 425.652(b)(5)")
def guardrail_neutral(
    guardrail_applies: bool, two_way_total: Decimal, total_expenditure: Decimal
) -> bool:
    """Whether the guardrail turned losses into savings: then there is neither loss nor saving."""
    return guardrail_applies and two_way_total >= total_expenditure


@rule(unit="usd", cite="42 CFR 425.605(a), 425.610(a), 425.652(b)(5)")
def total_benchmark(
    three_way_total: Decimal, two_way_total: Decimal, guardrail_applies: bool
) -> Decimal:
    """The updated benchmark in dollars; under the guardrail the higher of the two updates."""
    return max(three_way_total, two_way_total) if guardrail_applies else three_way_total


@rule(unit="usd_per_capita", cite="42 CFR 425.652(b)")
def updated_benchmark(total_benchmark: Decimal, total_person_years: Decimal) -> Decimal:
    """The updated benchmark for each person-year of the performance year."""
    return ratio(total_benchmark, total_person_years, empty=0)


RESULTS: Final = (
    "unscored_months",
    "historical_benchmark_per_capita",
    "regional_adjustment_per_capita",
    "prior_savings_adjustment",
    "population_adjustment",
    "adjustment_kind",
    "adjusted_benchmark_per_capita",
    "risk_cap_binds",
    "three_way_total",
    "guardrail_applies",
    "guardrail_neutral",
    "updated_benchmark",
    "total_benchmark",
)
