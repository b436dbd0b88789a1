"""ACO REACH benchmark: discount, retention withhold, quality withhold and what is earned back.

The benchmark before the discount (historical and regional expenditure, trend, risk) is a fact that
CMS reports. The rules stand in the order of the model's request for applications, Table 6.16 and
section VII.B. Amounts are dollars, exact.
"""

from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative, require_share
from openvbc.rules.rule import Leaf, RefusedError, rule

RISK_ARRANGEMENT: Final = Leaf(
    "risk_arrangement",
    "text",
    "global or professional: the risk-sharing option of the performance year",
    "ACO REACH Request for Applications (2022), section VI.D",
)

LEAVES: Final = (
    RISK_ARRANGEMENT,
    Leaf(
        "benchmark_before_discount",
        "usd",
        "performance year benchmark as CMS reports it, before discount and withholds",
        "ACO REACH Request for Applications (2022), section VI.F",
    ),
    Leaf(
        "retention_withhold_kept",
        "flag",
        "whether CMS keeps the retention withhold because the ACO leaves the model too early",
        "ACO REACH Request for Applications (2022), section VI.D",
        default=False,
    ),
    Leaf(
        "quality_score",
        "rate",
        "quality performance score as a share of 1, before gateway and data reporting adjustment",
        "ACO REACH Quality Measurement Methodology (CMS), for each performance year",
    ),
    Leaf(
        "quality_gateway",
        "text",
        "met, not_met or not_applicable: continuous improvement or sustained exceptional "
        "performance (CI/SEP)",
        "ACO REACH Request for Applications (2022), section VII.B",
    ),
    Leaf(
        "data_reporting_adjustment",
        "rate",
        "health equity data reporting adjustment, added to the quality score",
        "ACO REACH Request for Applications (2022), section VII.C",
        default=Decimal(0),
    ),
    Leaf(
        "high_performers_bonus",
        "usd",
        "bonus from the high performers pool (HPP), as CMS works it out over all ACOs",
        "ACO REACH Request for Applications (2022), section VII.B",
        default=Decimal(0),
    ),
)

RESULTS: Final = (
    "benchmark_after_discount",
    "total_quality_score",
    "quality_withhold_earned_back",
    "final_benchmark",
)


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), Table 6.16")
def benchmark_after_discount(benchmark_before_discount: Decimal, discount_rate: Decimal) -> Decimal:
    """Benchmark less the discount of the Global option; the Professional option has none."""
    require_not_negative(benchmark_before_discount=benchmark_before_discount)
    return benchmark_before_discount * (1 - discount_rate)


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), section VI.D")
def retention_withhold(
    benchmark_after_discount: Decimal,
    retention_withhold_rate: Decimal,
    retention_withhold_kept: bool,
) -> Decimal:
    """Share of the discounted benchmark that an ACO loses by leaving too early."""
    rate = retention_withhold_rate if retention_withhold_kept else Decimal(0)
    return benchmark_after_discount * rate


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), Table 6.16")
def quality_withhold(benchmark_after_discount: Decimal, quality_withhold_rate: Decimal) -> Decimal:
    """Share of the discounted benchmark that depends on quality."""
    return benchmark_after_discount * quality_withhold_rate


@rule(unit="rate", cite="ACO REACH Request for Applications (2022), sections VII.B and VII.C")
def total_quality_score(
    quality_score: Decimal, quality_gateway_factor: Decimal, data_reporting_adjustment: Decimal
) -> Decimal:
    """Quality score through the CI/SEP gateway, with the data reporting adjustment, in 0 to 1."""
    require_share(quality_score=quality_score)
    if abs(data_reporting_adjustment) > 1:
        what = f"data_reporting_adjustment is {data_reporting_adjustment:f}"
        raise RefusedError(f"{what}; expected a share from -1 to 1")
    score = quality_score * quality_gateway_factor + data_reporting_adjustment
    return min(max(score, Decimal(0)), Decimal(1))


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), Table 6.16")
def quality_withhold_earned_back(
    quality_withhold: Decimal, total_quality_score: Decimal
) -> Decimal:
    """Part of the quality withhold that the total quality score gives back."""
    return quality_withhold * total_quality_score


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), Table 6.16, section VII.B")
def high_performers_addition(
    high_performers_bonus: Decimal, high_performers_bonus_open: bool
) -> Decimal:
    """Bonus from the high performers pool; there is no pool in the model's first years."""
    if high_performers_bonus < 0 or (high_performers_bonus and not high_performers_bonus_open):
        limit = "0 or more" if high_performers_bonus_open else "0: there is no pool in this year"
        raise RefusedError(f"high_performers_bonus is {high_performers_bonus:f}; expected {limit}")
    return high_performers_bonus


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), Table 6.16")
def final_benchmark(
    benchmark_after_discount: Decimal,
    retention_withhold: Decimal,
    quality_withhold: Decimal,
    quality_withhold_earned_back: Decimal,
    high_performers_addition: Decimal,
) -> Decimal:
    """Performance year benchmark after discount, withholds, earn-back and pool bonus."""
    withheld = retention_withhold + quality_withhold
    earned = quality_withhold_earned_back + high_performers_addition
    return benchmark_after_discount - withheld + earned
