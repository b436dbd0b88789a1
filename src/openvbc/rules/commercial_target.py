"""Target and expenditure of a commercial contract.

The order of a contract: the base cost per member and month, moved to the period by trend, risk,
benefits, fee schedule and area; times the member months it is the benchmark. The expenditure is the
claims, completed for those not yet reported, with payments outside claims, less rebates. It pays
nothing: the components that share savings and losses take its totals. Amounts are dollars, exact.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.rule import Leaf, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_factor

FACTORS: Final = (
    ("target_trend_factor", "cost trend from the base period to this one; 1.055 is 5.5 % more"),
    ("target_risk_ratio", "risk score of the period's members by that of the base period"),
    ("target_benefit_factor", "change of the benefits' share of the cost since the base period"),
    ("target_fee_schedule_factor", "change of the fee schedule since the base period"),
    ("target_area_factor", "cost of the period's area mix by that of the base period"),
)

LEAVES: Final = (
    Leaf(
        "target_base_pmpm",
        "usd",
        "cost of one member and month in the base period",
        "contract, target, base period",
    ),
    *(
        Leaf(
            name,
            "rate",
            says,
            "contract, target",
            default="required"
            if name in {"target_trend_factor", "target_risk_ratio"}
            else Decimal(1),
        )
        for name, says in FACTORS
    ),
    Leaf(
        "member_months",
        "months",
        "months of membership of all members in the period",
        "contract, membership",
    ),
    Leaf(
        "expenditure_claims",
        "usd",
        "claims incurred in the period and paid up to the cut-off",
        "contract, expenditure",
    ),
    Leaf(
        "expenditure_completion_factor",
        "rate",
        "share of the period's claims that is paid by the cut-off; 1 = all of them",
        "contract, run-out; ASOP No. 5",
        default=Decimal(1),
    ),
    Leaf(
        "expenditure_non_claim_payments",
        "usd",
        "payments for these members outside claims: care management, incentives, capitation",
        "contract, expenditure",
        default=Decimal(0),
    ),
    Leaf(
        "expenditure_rebates",
        "usd",
        "rebates for these members, such as of drug makers",
        "contract, expenditure",
        default=Decimal(0),
    ),
)


def wrong_completion_factor(value: Decimal) -> str | None:
    """Why a share of claims paid cannot be: it is not above 0 and at most 1. None where it can."""
    return None if 0 < value <= 1 else f"found {value:f}; expected the share paid, at most 1"


CHECKS: Final[Mapping[str, Check]] = {
    "target_base_pmpm": wrong_factor,
    **{name: wrong_factor for name, _ in FACTORS},
    "member_months": wrong_factor,
    "expenditure_claims": wrong_amount,
    "expenditure_completion_factor": wrong_completion_factor,
    "expenditure_non_claim_payments": wrong_amount,
    "expenditure_rebates": wrong_amount,
}

RESULTS: Final = (
    "target_pmpm",
    "total_benchmark",
    "expenditure_unreported",
    "expenditure_completed",
    "total_expenditure",
    "expenditure_pmpm",
)


@rule(unit="usd", cite="contract, target")
def target_pmpm(
    target_base_pmpm: Decimal,
    target_trend_factor: Decimal,
    target_risk_ratio: Decimal,
    target_benefit_factor: Decimal,
    target_fee_schedule_factor: Decimal,
    target_area_factor: Decimal,
) -> Decimal:
    """Target for one member and month: the base cost, moved to the period."""
    require(
        CHECKS,
        target_base_pmpm=target_base_pmpm,
        target_trend_factor=target_trend_factor,
        target_risk_ratio=target_risk_ratio,
        target_benefit_factor=target_benefit_factor,
        target_fee_schedule_factor=target_fee_schedule_factor,
        target_area_factor=target_area_factor,
    )
    population = target_trend_factor * target_risk_ratio * target_area_factor
    return target_base_pmpm * population * target_benefit_factor * target_fee_schedule_factor


@rule(unit="usd", cite="contract, target")
def total_benchmark(target_pmpm: Decimal, member_months: Decimal) -> Decimal:
    """Target for all member months."""
    require(CHECKS, member_months=member_months)
    return target_pmpm * member_months


@rule(unit="usd", cite="contract, run-out; ASOP No. 5")
def expenditure_completed(
    expenditure_claims: Decimal, expenditure_completion_factor: Decimal
) -> Decimal:
    """Claims of the period, completed for those that are not yet reported and paid."""
    require(
        CHECKS,
        expenditure_claims=expenditure_claims,
        expenditure_completion_factor=expenditure_completion_factor,
    )
    return expenditure_claims / expenditure_completion_factor


@rule(unit="usd", cite="contract, run-out; ASOP No. 5")
def expenditure_unreported(expenditure_completed: Decimal, expenditure_claims: Decimal) -> Decimal:
    """Claims that were incurred but are not yet reported and paid."""
    return expenditure_completed - expenditure_claims


@rule(unit="usd", cite="contract, expenditure")
def total_expenditure(
    expenditure_completed: Decimal,
    expenditure_non_claim_payments: Decimal,
    expenditure_rebates: Decimal,
) -> Decimal:
    """Claims and payments outside claims, less rebates."""
    require(
        CHECKS,
        expenditure_non_claim_payments=expenditure_non_claim_payments,
        expenditure_rebates=expenditure_rebates,
    )
    return expenditure_completed + expenditure_non_claim_payments - expenditure_rebates


@rule(unit="usd", cite="contract, expenditure")
def expenditure_pmpm(total_expenditure: Decimal, member_months: Decimal) -> Decimal:
    """Expenditure for one member and month, to be held against the target's."""
    return total_expenditure / member_months
