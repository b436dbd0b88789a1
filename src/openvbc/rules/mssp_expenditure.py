"""Shared Savings Program: what the assigned beneficiaries cost, from claims to per capita.

42 CFR 425.601(a), 425.652(a)(1)–(4) for benchmark years; 425.605(a), 425.610(a) for performance
years. The steps before this file run on person-years in SQL (models/cost): exclude, annualise by
months enrolled, truncate. Here their sums are completed and weighted by person-years.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.period import MONTHS_PER_YEAR
from openvbc.rules.ratio import ratio
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, Unknown, rule
from openvbc.rules.scale import Check, require, wrong_completion

CELL: Final[frozenset[Axis]] = frozenset({"period", "stratum"})
TABLE: Final = "expenditure_cell"
COMPUTED: Final = "computed"
NATIONAL: Final = "national"

LEAVES: Final = (
    Leaf(
        "member_months",
        "months",
        "months in which assigned beneficiaries were enrolled in Parts A and B in this type",
        "42 CFR 425.652(a)(2)",
        CELL,
        TABLE,
        "member_months",
    ),
    Leaf(
        "claims_expenditure",
        "usd",
        "Parts A and B payments for assigned beneficiaries, paid by the end of the run-out",
        "42 CFR 425.652(a)(1)",
        CELL,
        TABLE,
        "claims_cents",
    ),
    Leaf(
        "excluded_expenditure",
        "usd",
        "payments that do not count: IME, DSH, uncompensated care, dated lists of codes",
        "42 CFR 425.652(a)(1)(i), 425.672",
        CELL,
        TABLE,
        "excluded_cents",
    ),
    Leaf(
        "truncated_expenditure",
        "usd",
        "payments above the truncation cut",
        "42 CFR 425.652(a)(4)",
        CELL,
        TABLE,
        "truncated_cents",
    ),
    Leaf(
        "counted_expenditure",
        "usd",
        "payments that count, before completion",
        "42 CFR 425.652(a)(1)–(4)",
        CELL,
        TABLE,
        "counted_cents",
    ),
    Leaf(
        "truncation_cut",
        "usd_per_capita",
        "the national 99th percentile of annual expenditure per assignable beneficiary; "
        "not supplied where the contract computes the cut from its own population",
        "42 CFR 425.652(a)(4)",
        CELL,
        default=None,
    ),
    Leaf(
        "cut",
        "text",
        "whose percentile truncates: national, a fact of the settlement, or computed, the "
        "population's own",
        "42 CFR 425.652(a)(4)",
        CELL,
        TABLE,
        "cut",
    ),
    Leaf(
        "cut_in_force",
        "usd_per_capita",
        "the amount at which a person-year was truncated; none where nobody is of the type",
        "42 CFR 425.652(a)(4)",
        CELL,
        TABLE,
        "cut_cents",
        default=None,
    ),
    Leaf(
        "completion_factor",
        "rate",
        "expected final payments ÷ payments made by the end of the run-out",
        "42 CFR 425.652(a)(1)",
        frozenset({"period"}),
    ),
)


CHECKS: Final[Mapping[str, Check]] = {"completion_factor": wrong_completion}


@rule(unit="person_years", cite="42 CFR 425.652(a)(2)", per=("period", "stratum"))
def person_years(member_months: Decimal) -> Decimal:
    """Twelve months enrolled are one person-year."""
    return member_months / MONTHS_PER_YEAR


@rule(unit="usd", cite="42 CFR 425.652(a)(1)–(4)", per=("period", "stratum"))
def unaccounted_expenditure(
    claims_expenditure: Decimal,
    excluded_expenditure: Decimal,
    truncated_expenditure: Decimal,
    counted_expenditure: Decimal,
) -> Decimal:
    """Every dollar of claims is excluded, truncated or counted; anything else is refused."""
    rest = claims_expenditure - excluded_expenditure - truncated_expenditure - counted_expenditure
    if rest:
        raise RefusedError(f"claims differ from excluded + truncated + counted by {rest:,.2f}")
    return rest


@rule(unit="text", cite="42 CFR 425.652(a)(4)", per=("period", "stratum"))
def cut_origin(cut: str, cut_in_force: Decimal | None, truncation_cut: Decimal | None) -> str:
    """Where the cut came from: the national fact, or computed from the ACO's own population."""
    if cut == COMPUTED:
        return COMPUTED
    if truncation_cut is None or round_half_up(truncation_cut, 2) != cut_in_force:
        raise RefusedError(f"truncated at {cut_in_force}, but the national cut is {truncation_cut}")
    return NATIONAL


@rule(unit="usd", cite="42 CFR 425.652(a)(4)", per=("period", "stratum"))
def room_under_cut(
    counted_expenditure: Decimal, person_years: Decimal, cut_in_force: Decimal | None
) -> Decimal | Unknown:
    """What could still be counted if every person-year stood at the truncation cut."""
    if cut_in_force is None:
        return Unknown("no cut: nobody is of this enrolment type")
    return cut_in_force * person_years - counted_expenditure


@rule(unit="usd", cite="42 CFR 425.652(a)(1)", per=("period", "stratum"))
def completed_expenditure(counted_expenditure: Decimal, completion_factor: Decimal) -> Decimal:
    """Counted payments are completed for claims still to come after the run-out."""
    require(CHECKS, completion_factor=completion_factor)
    return counted_expenditure * completion_factor


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(2)", per=("period", "stratum"))
def per_capita_expenditure(completed_expenditure: Decimal, person_years: Decimal) -> Decimal:
    """Expenditure for each person-year in the enrolment type."""
    return ratio(completed_expenditure, person_years, empty=0)


@rule(unit="person_years", cite="42 CFR 425.652(a)(2)", per=("period",))
def total_person_years(person_years: ByStratum) -> Decimal:
    """Person-years of all enrolment types."""
    return sum(person_years.values(), Decimal(0))


@rule(unit="usd", cite="42 CFR 425.605(a), 425.610(a)", per=("period",))
def total_expenditure(completed_expenditure: ByStratum) -> Decimal:
    """Completed expenditure of all enrolment types (per capita × person-years, summed)."""
    return sum(completed_expenditure.values(), Decimal(0))


@rule(unit="usd_per_capita", cite="42 CFR 425.605(a), 425.610(a)", per=("period",))
def average_per_capita_expenditure(
    total_expenditure: Decimal, total_person_years: Decimal
) -> Decimal:
    """Expenditure for each person-year over all enrolment types."""
    return ratio(total_expenditure, total_person_years, empty=0)


RESULTS: Final = (
    "unaccounted_expenditure",
    "cut_origin",
    "room_under_cut",
    "per_capita_expenditure",
    "total_person_years",
    "total_expenditure",
    "average_per_capita_expenditure",
)
