"""What the Shared Savings benchmark refuses: figures that cannot be, and people without any.

Every case is the first one of tests/rules/benchmark_history.md with some facts changed; what is
refused names the line, the period and the enrolment type.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contract_sample import settlement
from openvbc.contract.check import check_settlement
from openvbc.contract.facts import At, Facts, Found
from openvbc.contract.resolve import NOBODY, Resolver
from openvbc.errors import InputError
from openvbc.money import round_half_up
from openvbc.rules.rule import Leaf
from test_mssp_benchmark import BASE, ROLES, first_case, resolver


def changed(**given: Any) -> Resolver:
    """The first case of the page with other facts; `None` takes one away."""
    case = first_case()
    facts = {name: it for name, it in {**case["given"], **given}.items() if it is not None}
    return resolver({**case, "given": facts})


def only_in(role: str, value: Any, otherwise: Any) -> Mapping[str, Any]:
    """A fact by period that has one value in one period, and another in the others."""
    return {it: value if it == role else otherwise for it in ROLES}


def refused(**given: Any) -> str:
    with pytest.raises(InputError) as caught:
        changed(**given).line("total_benchmark")
    return str(caught.value)


SCORED = {"aged_dual": 1, "aged_nondual": 1}


def test_people_without_any_risk_score_are_refused_and_not_scored_zero() -> None:
    """A score of 0 would be a ratio to nobody, 1: as if they had not changed at all."""
    nobody = {**SCORED, "aged_dual": 0}
    said = refused(score_months=only_in("base_2", nobody, SCORED))
    assert (
        "mssp_benchmark/hcc_score [base_2, aged_dual]: 1200 months of people, none with a" in said
    )
    assert (
        "load risk_score, or name the model of their type under risk: (esrd: has its own)" in said
    )


def test_months_without_a_score_are_a_line() -> None:
    """3,600 months, of which 3,000 have a score."""
    scored = {**SCORED, "aged_nondual": 3000}
    line = changed(score_months=scored).line("unscored_months", At("base_1", "aged_nondual"))
    assert line.value == 600


def test_a_type_with_people_and_no_history_is_refused_and_is_not_worth_nothing() -> None:
    alone = {"aged_dual": 0, "aged_nondual": 3600}
    months = {
        **dict.fromkeys(BASE, alone),
        "performance": {"aged_dual": 1440, "aged_nondual": 3360},
    }
    spent = {"aged_dual": 0, "aged_nondual": 3_300_000}
    said = refused(member_months=months, counted_expenditure=spent)
    assert (
        "historical_benchmark [performance, aged_dual]: nobody in any benchmark year, 1440" in said
    )
    assert "no rule says what such a type's benchmark is" in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"regional_per_capita": 0}, "regional_per_capita: found 0; expected more than 0"),
        ({"national_per_capita": -1}, "national_per_capita: found -1; expected more than 0"),
        ({"national_hcc_score": 0}, "national_hcc_score: found 0; expected more than 0"),
        ({"regional_hcc_score": 0}, "regional_hcc_score: found 0; expected more than 0"),
        (
            {"national_demographic_score": 0},
            "national_demographic_score: found 0; expected more than 0",
        ),
        (
            {"regional_demographic_score": -1},
            "regional_demographic_score: found -1; expected more than 0",
        ),
        ({"market_share": 20}, "market_share: found 20; expected a share from 0 to 1"),
        ({"base_3_dual_share": 25}, "base_3_dual_share: found 25; expected a share from 0 to 1"),
        (
            {"low_income_or_dual_share": 35},
            "low_income_or_dual_share: found 35; expected a share from 0 to 1",
        ),
        ({"acpt_growth": 0.05}, "acpt_growth: found 0.05; expected a factor near 1, as 1.05 is"),
        ({"acpt_growth": 105}, "acpt_growth: found 105; expected a factor near 1"),
        (
            {"regional_adjustment_count": 1.5},
            "regional_adjustment_count: found 1.5; expected a whole number from 1",
        ),
        ({"agreement_number": 0}, "agreement_number: found 0; expected a whole number from 1"),
        (
            {"completion_factor": 0.98},
            "found 0.98; expected final payments ÷ payments so far, 1 or more",
        ),
        ({"completion_factor": 101.3}, "completion_factor: found 101.3"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(given: Mapping[str, Any], words: str) -> None:
    """Each is a slip: a percentage for a share, a sign, the inverse of a factor."""
    assert words in refused(**given)


def test_prior_savings_without_the_person_years_reconciled_are_refused() -> None:
    """Prorated by 0 person-years, $500 a head would silently be worth nothing."""
    said = refused(prior_savings_per_capita=only_in("base_2", 500, 0), prior_person_years=None)
    assert "prior_savings_per_capita is 500 in base_2, prior_person_years 0; give the" in said
    years = only_in("base_2", 300, 0)
    savings = only_in("base_2", 500, 0)
    fine = changed(prior_savings_per_capita=savings, prior_person_years=years)
    # (0 + 500 + 0) ÷ 3 years, 300 of 3 × 400 person-years, half: 166.67 × 0.25 × 0.5
    earned = fine.line("prior_savings_adjustment").value
    assert round_half_up(earned, 2) == Decimal("20.83")


@dataclass(frozen=True)
class Lacking:
    """Facts of which one leaf has no value in some cells."""

    facts: Facts
    name: str
    cells: frozenset[At]

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The value, unless it is one of those that lack."""
        gone = leaf.name == self.name and at in self.cells
        return None if gone else self.facts.get(leaf, at)


def lacking(roles: Sequence[str], months: Mapping[str, int]) -> Resolver:
    """Dual months by period, and no regional figure of that type in some periods."""
    counted = {role: {"aged_dual": months[role], "aged_nondual": 3600} for role in ROLES}
    spent = {
        role: {"aged_dual": 2_000_000 if months[role] else 0, "aged_nondual": 3_300_000}
        for role in ROLES
    }
    found = changed(member_months=counted, counted_expenditure=spent)
    cells = frozenset(At(role, "aged_dual") for role in roles)
    found.facts = Lacking(found.facts, "regional_per_capita", cells)
    return found


ONLY_BY1 = {"base_1": 1200, "base_2": 0, "base_3": 0, "performance": 0}


def test_a_figure_of_nobody_is_not_needed() -> None:
    """A type that only BY1 knows weighs nothing; the region has no figures of its other years."""
    without = lacking(("base_2", "base_3", "performance"), ONLY_BY1)
    total = without.line("total_benchmark").value
    assert total == lacking((), ONLY_BY1).line("total_benchmark").value
    line = without.line("regional_per_capita", At("base_3", "aged_dual"))
    assert (line.value, line.source["says"]) == (0, NOBODY)


def test_a_figure_of_people_is_needed() -> None:
    with pytest.raises(
        InputError, match=r"regional_per_capita \[base_1, aged_dual\]: missing fact"
    ):
        lacking(("base_1",), ONLY_BY1).line("total_benchmark")


def test_the_year_that_growth_starts_from_is_needed_for_people_of_the_performance_year() -> None:
    """Nobody dual in BY3: taken as 0, growth from BY3 would silently be none."""
    grown = {**ONLY_BY1, "performance": 1440}
    with pytest.raises(
        InputError, match=r"regional_per_capita \[base_3, aged_dual\]: missing fact"
    ):
        lacking(("base_2", "base_3"), grown).line("total_benchmark")


def test_a_year_that_growth_starts_from_cannot_be_0_for_people_of_the_performance_year() -> None:
    """Nobody dual in BY3, and 0 was written for it: growth from nothing is none."""
    grown = {**ONLY_BY1, "performance": 1440}
    found = lacking((), grown)
    found.facts = Zero(found.facts, At("base_3", "aged_dual"))
    with pytest.raises(InputError, match="base_3_regional_expenditure: found 0; expected more"):
        found.line("total_benchmark")


@dataclass(frozen=True)
class Zero:
    """Facts whose regional figure is 0 in one cell."""

    facts: Facts
    cell: At

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """0 in the cell."""
        is_zero = leaf.name == "regional_per_capita" and at == self.cell
        return Found(Decimal(0)) if is_zero else self.facts.get(leaf, at)


REGION = (
    "  regional_per_capita: "
    "{unit: usd_per_capita, value: 11500, source: w, received_on: 2026-07-15}"
)
SOME = (
    "  regional_per_capita: {unit: usd_per_capita, source: w, received_on: 2026-07-15, "
    "values: {base_1: {esrd: 90000}}}"
)


def test_a_check_without_tables_leaves_cells_that_may_have_nobody(tmp_path: Path) -> None:
    """`vbc region` gives no cell for a type with nobody; who is counted is not known yet."""
    assert check_settlement(settlement(tmp_path, {REGION: SOME})) == []


def test_a_figure_that_stands_in_no_cell_is_missing_in_a_check(tmp_path: Path) -> None:
    (problem,) = check_settlement(settlement(tmp_path, {f"{REGION}\n": ""}))
    assert "mssp_benchmark needs the fact regional_per_capita (usd_per_capita)" in problem.what
