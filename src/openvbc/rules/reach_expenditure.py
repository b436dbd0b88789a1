"""ACO REACH: what the tables count of the aligned beneficiaries, by enrolment type.

Months, risk scores, and Parts A and B payments without those that do not count, completed for
claims still to come. Nothing is truncated: the model limits large claims by its stop-loss
arrangement. Amounts are dollars, exact.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.rule import Axis, ByStratum, Leaf, rule
from openvbc.rules.scale import Check, require, wrong_completion

CELL: Final[frozenset[Axis]] = frozenset({"period", "stratum"})
GUIDE: Final = "ACO REACH Financial Operating Guide: Overview (CMS), section 4"
PAPER: Final = "ACO REACH and KCC Models PY2025 Risk Adjustment (CMS, 27 September 2024)"

LEAVES: Final = (
    Leaf(
        "member_months",
        "months",
        "months in which aligned beneficiaries were enrolled in Parts A and B in this type",
        GUIDE,
        CELL,
        "expenditure_cell",
        "member_months",
    ),
    Leaf(
        "claims_expenditure",
        "usd",
        "Parts A and B payments for aligned beneficiaries, paid by the end of the run-out",
        GUIDE,
        CELL,
        "expenditure_cell",
        "claims_cents",
    ),
    Leaf(
        "excluded_expenditure",
        "usd",
        "payments that do not count, by the lists of the Shared Savings Program: IME, DSH, "
        "uncompensated care, dated lists of codes",
        "42 CFR 425.652(a)(1)(i), 425.672",
        CELL,
        "expenditure_cell",
        "excluded_cents",
    ),
    Leaf(
        "completion_factor",
        "rate",
        "expected final payments ÷ payments made by the end of the run-out",
        GUIDE,
        frozenset({"period"}),
    ),
    Leaf(
        "hcc_score_months_e9",
        "score",
        "raw prospective HCC risk score × months enrolled, summed, in billionths",
        PAPER,
        CELL,
        "risk_cell",
        "hcc_score_months_e9",
    ),
    Leaf(
        "demographic_score_months_e9",
        "score",
        "raw demographic risk score × months enrolled, summed, in billionths",
        PAPER,
        CELL,
        "risk_cell",
        "demographic_score_months_e9",
    ),
    Leaf(
        "score_months",
        "months",
        "months enrolled of the beneficiaries who have risk scores",
        PAPER,
        CELL,
        "risk_cell",
        "score_months",
    ),
)

CHECKS: Final[Mapping[str, Check]] = {"completion_factor": wrong_completion}

RESULTS: Final = ("total_cost_of_care",)


@rule(unit="usd", cite=GUIDE, per=("period", "stratum"))
def completed_expenditure(
    claims_expenditure: Decimal, excluded_expenditure: Decimal, completion_factor: Decimal
) -> Decimal:
    """Payments that count, completed for claims still to come after the run-out."""
    require(CHECKS, completion_factor=completion_factor)
    return (claims_expenditure - excluded_expenditure) * completion_factor


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), section VI.D")
def total_cost_of_care(completed_expenditure: ByStratum) -> Decimal:
    """Cost of care of the performance year over all enrolment types."""
    return sum(completed_expenditure.values(), Decimal(0))
