"""The Shared Savings benchmark of agreements that began before July 2019.

Cases worked by hand stand in tests/rules/earlier_agreements.md; here is also what is refused,
and that the settlement rules take the benchmark.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from openvbc.contract.component import component
from openvbc.contract.names import Names
from openvbc.contract.resolve import Resolver
from openvbc.errors import InputError
from openvbc.money import round_half_up
from openvbc.parameters import load_program
from openvbc.rules import mssp_split_risk as risk
from test_mssp_benchmark import MINIMUM_RATES, cases, exact, place, resolver, rounded_as

NAME = "mssp_national_benchmark"
CASES = list(cases("earlier_agreements.md"))


def first_case(**given: Any) -> dict[str, Any]:
    """The first case with other facts; `None` takes one away."""
    case: dict[str, Any] = CASES[0].values[0]
    facts = {name: it for name, it in {**case["given"], **given}.items() if it is not None}
    return {**case, "given": facts}


def settled(case: Mapping[str, Any], last: Any = MINIMUM_RATES) -> Resolver:
    return resolver(case, last, NAME)


def refused(case: Mapping[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        settled(case).line("total_benchmark")
    return str(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    made = settled(case)
    found = {}
    for text, expected in case["expect"].items():
        name, at = place(text)
        found[text] = rounded_as(made.line(name, at).value, exact(expected))
    assert found == exact(case["expect"])


def test_every_result_has_its_lines() -> None:
    lines, problems = settled(first_case()).results()
    assert problems == []
    # Expenditure: 4 by period and type (4 × 2), 3 by period (4); benchmark: 6 for the entity, 1 by
    # type (2), and 1 by period and type (4 × 2).
    assert len(lines) == 4 * 8 + 3 * 4 + 6 + 2 + 8


def test_a_contract_of_these_components_has_no_name_with_two_meanings() -> None:
    parts = [component(it) for it in ("mssp_expenditure", NAME, "mssp_settlement")]
    assert Names(parts, load_program("mssp")).shadowed() == []


def test_track_1_settles_of_it() -> None:
    """5,813,465 − 5,564,000 = 249,465, 4.29 % against 3.9 %; × 50 % × 0.9 × 98 % = 110,014.07."""
    terms = {
        "track": "track_1",
        "assigned_beneficiaries": 5000,
        "quality_standard_met": True,
        "quality_score": 0.9,
    }
    made = settled(first_case(**terms), component("mssp_settlement"))
    assert made.line("savings_or_losses").value == 249_465
    assert round_half_up(made.line("amount_due").value, 2) == Decimal("110014.07")


def test_a_score_that_did_not_change_leaves_the_demographic_score() -> None:
    assert risk.continuous_score(Decimal(1)) == risk.DEMOGRAPHIC
    assert risk.continuous_score(Decimal("0.999999")) == risk.HCC


@pytest.mark.parametrize(
    ("start", "number", "words"),
    [
        (
            date(2017, 1, 1),
            2,
            r"rebased to its region \(42 CFR 425.603\(c\), \(d\)\); name mssp_rebased_",
        ),
        (date(2019, 1, 1), 2, "name mssp_rebased_benchmark in place of this component"),
        (date(2015, 1, 1), 2, "no value for agreement_order = later; known: first"),
        (date(2019, 1, 1), 1, "no value for agreement_order = first; known: later"),
        (
            date(2019, 7, 1),
            1,
            "on 2019-07-01; covered 2012-04-01 to 2019-06-30; name mssp_benchmark",
        ),
    ],
)
def test_an_agreement_of_another_method_is_refused_by_name_and_date(
    start: date, number: int, words: str
) -> None:
    case = first_case(agreement_number=number, rebased_savings_per_capita=number - 1)
    case = {**case, "agreement_start": start, "performance_year": start.year}
    with pytest.raises(InputError, match=words):
        settled(case).line("total_benchmark")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rebased_savings_per_capita": 5}, "is 5; a first agreement has no savings to add"),
        ({"newly_assigned_months": 1300}, "newly_assigned_months is 1300; expected 0 to 1200"),
        ({"newly_assigned_months": -1}, "newly_assigned_months is -1; expected 0 to 1200"),
        ({"newly_assigned_hcc_score": 0}, "newly_assigned_hcc_score: found 0; expected more"),
        (
            {"continuously_assigned_demographic_score": -1},
            "continuously_assigned_demographic_score: found -1; expected more than 0",
        ),
        ({"newly_assigned_months": None}, "missing fact (months): of member_months, those"),
        ({"national_growth_amount": None}, "missing fact (usd_per_capita): projected growth"),
    ],
)
def test_what_cannot_be_or_is_missing_is_refused_by_name(given: Any, words: str) -> None:
    assert words in refused(first_case(**given))


def test_a_second_agreement_needs_the_savings_of_the_first() -> None:
    case = {**first_case(agreement_number=2), "agreement_start": date(2016, 1, 1)}
    assert "rebased_savings_per_capita is not supplied; a second agreement" in refused(case)


def test_the_national_trend_is_not_asked_of_the_performance_year() -> None:
    """Its growth is the dollars that CMS states."""
    case = first_case()
    known = case["given"]["national_per_capita"]
    case["given"]["national_per_capita"] = {it: known[it] for it in ("base_1", "base_2", "base_3")}
    assert settled(case).line("total_benchmark").value == 5_813_465
