"""Shared Savings Program: the updated benchmark of agreements that began before July 2019.

The parts, in the order of the legal text: historical benchmark with national growth alone, and
risk of newly and continuously assigned beneficiaries apart. This file ends the way: the update by
a flat dollar amount (42 CFR 425.602(b)), and total dollars in the performance year's mix. It takes
the place of `mssp_benchmark`, which is for agreements from July 2019 on.
"""

from decimal import Decimal
from typing import Final

from openvbc.rules import mssp_national_history as history
from openvbc.rules import mssp_split_risk as risk
from openvbc.rules.ratio import ratio
from openvbc.rules.rule import ByStratum, Leaf, rule

PARTS: Final = (history, risk)
LEAVES: Final = (
    *history.LEAVES,
    *risk.LEAVES,
    Leaf(
        "national_growth_amount",
        "usd_per_capita",
        "projected growth of national expenditure per capita from the third benchmark year to the "
        "performance year in dollars, as CMS states it",
        "42 CFR 425.602(b)",
        frozenset({"stratum"}),
        people="member_months",
    ),
)


@rule(unit="usd_per_capita", cite="42 CFR 425.602(b), 425.603(b)", per=("stratum",))
def type_benchmark(risk_adjusted_benchmark: Decimal, national_growth_amount: Decimal) -> Decimal:
    """The type's benchmark of the performance year: national growth in dollars, not as a rate."""
    return risk_adjusted_benchmark + national_growth_amount


@rule(unit="usd", cite="42 CFR 425.604(a), 425.606(a), 425.610(a)")
def total_benchmark(type_benchmark: ByStratum, person_years: ByStratum) -> Decimal:
    """The updated benchmark × person-years of the performance year, over the enrolment types."""
    return sum((type_benchmark[it] * years for it, years in person_years.items()), Decimal(0))


@rule(unit="usd_per_capita", cite="42 CFR 425.602(b)")
def updated_benchmark(total_benchmark: Decimal, total_person_years: Decimal) -> Decimal:
    """The updated benchmark for each person-year of the performance year."""
    return ratio(total_benchmark, total_person_years, empty=0)


RESULTS: Final = (
    "unscored_months",
    "savings_adjustment",
    "adjusted_benchmark_per_capita",
    "overall_continuous_hcc_growth",
    "continuous_score",
    "risk_adjustment",
    "updated_benchmark",
    "total_benchmark",
)
