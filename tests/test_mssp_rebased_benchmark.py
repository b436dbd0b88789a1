"""The Shared Savings benchmark of later agreements that are rebased to their region.

Cases worked by hand stand in tests/rules/rebased_agreements.md; here is also what is refused,
and that the settlement rules take the benchmark.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from openvbc.contract.component import component
from openvbc.errors import InputError
from openvbc.money import round_half_up
from openvbc.parameters import load_program
from test_mssp_benchmark import MINIMUM_RATES, cases, exact, place, resolver, rounded_as

NAME = "mssp_rebased_benchmark"
CASES = list(cases("rebased_agreements.md"))


def first_case(**given: Any) -> dict[str, Any]:
    """The first case with other facts; `None` takes one away."""
    case: dict[str, Any] = CASES[0].values[0]
    facts = {name: it for name, it in {**case["given"], **given}.items() if it is not None}
    return {**case, "given": facts}


def refused(case: Mapping[str, Any], benchmark: str = NAME) -> str:
    with pytest.raises(InputError) as caught:
        resolver(case, MINIMUM_RATES, benchmark).line("total_benchmark")
    return str(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    made = resolver(case, MINIMUM_RATES, NAME)
    found = {}
    for text, expected in case["expect"].items():
        name, at = place(text)
        found[text] = rounded_as(made.line(name, at).value, exact(expected))
    assert found == exact(case["expect"])


def test_every_result_has_its_lines() -> None:
    lines, problems = resolver(first_case(), MINIMUM_RATES, NAME).results()
    assert problems == []
    # Expenditure: 4 by period and type (4 × 2), 3 by period (4); benchmark: 8 for the entity, 1 by
    # type (2), and 1 by period and type (4 × 2).
    assert len(lines) == 4 * 8 + 3 * 4 + 8 + 2 + 8


def test_a_rule_taken_of_another_benchmark_has_the_citation_of_this_text() -> None:
    cites = {it.name: it.cite for it in component(NAME).rules.values()}
    assert cites["regional_trend"] == "42 CFR 425.603(c)(5)"
    assert component("mssp_benchmark").rules["regional_trend"].cite == "42 CFR 425.652(a)(5)(iii)"
    assert not [name for name, cite in cites.items() if "425.65" in cite]
    leaves = {it.name: it.cite for it in component(NAME).leaves.values()}
    assert not [name for name, cite in leaves.items() if "425.65" in cite]


def test_track_3_settles_of_it() -> None:
    """6,013,701.53 − 5,564,000 = 449,701.53; × 75 % × 0.9 × 98 % = 297,477.56."""
    terms = {
        "track": "track_3",
        "assigned_beneficiaries": 5000,
        "elected_minimum_rate": 0.02,
        "quality_standard_met": True,
        "quality_score": 0.9,
    }
    made = resolver(first_case(**terms), component("mssp_settlement"), NAME)
    assert round_half_up(made.line("savings_or_losses").value, 2) == Decimal("449701.53")
    assert round_half_up(made.line("amount_due").value, 2) == Decimal("297477.56")


@pytest.mark.parametrize(
    ("start", "number", "words"),
    [
        (date(2017, 1, 1), 1, "425.602); name mssp_national_benchmark in place of this component"),
        (
            date(2016, 1, 1),
            2,
            "on 2016-01-01; covered 2017-01-01 to 2019-01-01; name mssp_national_benchmark",
        ),
        (
            date(2019, 7, 1),
            2,
            "on 2019-07-01; covered 2017-01-01 to 2019-01-01; name mssp_benchmark in place",
        ),
    ],
)
def test_an_agreement_of_another_method_is_refused_with_the_component_to_name(
    start: date, number: int, words: str
) -> None:
    case = {**first_case(agreement_number=number), "agreement_start": start}
    assert words in refused({**case, "performance_year": start.year})


def test_the_later_benchmark_names_this_one_for_an_early_agreement() -> None:
    """And not for a date after the last rule read."""
    method = load_program("mssp")["update_method"]
    with pytest.raises(InputError, match="or mssp_rebased_benchmark in place of mssp_benchmark"):
        method.on(date(2018, 1, 1))
    with pytest.raises(InputError, match=r"covered 2019-07-01 to 2026-12-31$"):
        method.on(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"regional_per_capita": 0}, "regional_per_capita: found 0; expected more than 0"),
        ({"regional_hcc_score": -1}, "regional_hcc_score: found -1; expected more than 0"),
        ({"regional_adjustment_count": 0}, "found 0; expected a whole number from 1"),
        ({"newly_assigned_months": 1300}, "newly_assigned_months is 1300; expected 0 to 1200"),
        ({"regional_per_capita": None}, "missing fact (usd_per_capita): expenditure for each"),
        ({"regional_adjustment_count": None}, "missing fact (count): how many times, this one"),
    ],
)
def test_what_cannot_be_or_is_missing_is_refused_by_name(given: Any, words: str) -> None:
    assert words in refused(first_case(**given))


def test_no_national_expenditure_is_asked() -> None:
    """The nation has no part in the trend, nor in a cap of the regional adjustment."""
    assert "national_per_capita" not in component(NAME).leaves


def test_a_type_with_nobody_in_it_changes_nothing_else() -> None:
    """Of the non-dual alone: 697 above 0, so 35 %; the dual type has neither facts nor dollars."""
    facts = first_case()["given"]
    nobody = {"aged_dual": 0}
    alone = {
        name: {
            role: {**cells, **nobody} if isinstance(cells, Mapping) else cells
            for role, cells in facts[name].items()
        }
        for name in ("member_months", "counted_expenditure", "newly_assigned_months",
                     "regional_per_capita", "regional_hcc_score", "hcc_score_months_e9")
    }  # fmt: skip
    lines, problems = resolver(first_case(**alone), MINIMUM_RATES, NAME).results()
    assert problems == []
    found = {it.path.split("/")[-1]: it.value for it in lines}
    # 280 × 13,114.4708
    assert round_half_up(found["total_benchmark"], 2) == Decimal("3672051.83")
