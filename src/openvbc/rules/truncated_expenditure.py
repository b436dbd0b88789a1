"""Truncation with a pooling charge: one member's claims count up to a point, on both sides.

Claims above the truncation point are taken off the benchmark and off the expenditure, and the same
pooling charge, what such claims are expected to cost, is put on both. The savings are then free of
the chance of a few large claims, and they stay savings on the whole cost: in a year in which claims
above the point are as the charge says, they are those without truncation.

It pays nothing: the components that share savings and losses take its benchmark and expenditure in
place of those before truncation. Amounts are dollars, exact.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.rule import Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_factor

LEAVES: Final = (
    Leaf(
        "truncation_point",
        "usd",
        "claims of one member and year up to which they count",
        "contract, truncation",
    ),
    Leaf(
        "total_benchmark",
        "usd",
        "benchmark with all claims; component commercial_target computes it",
        "contract, benchmark",
    ),
    Leaf(
        "benchmark_above_truncation",
        "usd",
        "the part of the benchmark that comes of claims above the truncation point",
        "contract, truncation",
    ),
    Leaf(
        "total_expenditure",
        "usd",
        "expenditure with all claims; component commercial_target computes it",
        "contract, expenditure",
    ),
    Leaf(
        "expenditure_above_truncation",
        "usd",
        "claims of the period above the truncation point, all members together",
        "contract, truncation",
    ),
    Leaf(
        "pooling_charge_pmpm",
        "usd",
        "pooling charge for one member and month: the expected claims above the truncation point",
        "contract, pooling charge",
    ),
    Leaf(
        "member_months",
        "months",
        "months of membership of all members in the period",
        "contract, membership",
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "truncation_point": wrong_factor,
    "benchmark_above_truncation": wrong_amount,
    "expenditure_above_truncation": wrong_amount,
    "pooling_charge_pmpm": wrong_amount,
    "member_months": wrong_factor,
}

RESULTS: Final = (
    "pooling_charge",
    "pooled_benchmark",
    "pooled_expenditure",
    "pooling_gain",
)


@rule(unit="usd", cite="contract, pooling charge")
def pooling_charge(pooling_charge_pmpm: Decimal, member_months: Decimal) -> Decimal:
    """Pooling charge for all member months."""
    require(CHECKS, pooling_charge_pmpm=pooling_charge_pmpm, member_months=member_months)
    return pooling_charge_pmpm * member_months


def _truncated(whole: Decimal, above: Decimal, truncation_point: Decimal) -> Decimal:
    """An amount less the claims above the point; raises RefusedError for more than there is."""
    if above > whole:
        found = f"{above:f} above the truncation point of {truncation_point:f}"
        raise RefusedError(f"{found}; expected a part of {whole:f}")
    return whole - above


def require_both_sides(
    pooled_benchmark: Decimal | None, pooled_expenditure: Decimal | None
) -> None:
    """Raise RefusedError where only one of benchmark and expenditure is truncated."""
    if (pooled_benchmark is None) != (pooled_expenditure is None):
        raise RefusedError("give both pooled_benchmark and pooled_expenditure, or neither")


@rule(unit="usd", cite="contract, truncation and pooling charge")
def pooled_benchmark(
    total_benchmark: Decimal,
    benchmark_above_truncation: Decimal,
    pooling_charge: Decimal,
    truncation_point: Decimal,
) -> Decimal:
    """Benchmark without claims above the truncation point, with the pooling charge."""
    require(
        CHECKS,
        truncation_point=truncation_point,
        benchmark_above_truncation=benchmark_above_truncation,
    )
    whole, above = total_benchmark, benchmark_above_truncation
    return _truncated(whole, above, truncation_point) + pooling_charge


@rule(unit="usd", cite="contract, truncation and pooling charge")
def pooled_expenditure(
    total_expenditure: Decimal,
    expenditure_above_truncation: Decimal,
    pooling_charge: Decimal,
    truncation_point: Decimal,
) -> Decimal:
    """Expenditure without claims above the truncation point, with the pooling charge."""
    require(
        CHECKS,
        truncation_point=truncation_point,
        expenditure_above_truncation=expenditure_above_truncation,
    )
    whole, above = total_expenditure, expenditure_above_truncation
    return _truncated(whole, above, truncation_point) + pooling_charge


@rule(unit="usd", cite="contract, truncation and pooling charge")
def pooling_gain(
    total_benchmark: Decimal,
    total_expenditure: Decimal,
    pooled_benchmark: Decimal,
    pooled_expenditure: Decimal,
) -> Decimal:
    """What truncation adds to the savings; 0 in a year whose large claims are as expected."""
    return (pooled_benchmark - pooled_expenditure) - (total_benchmark - total_expenditure)
