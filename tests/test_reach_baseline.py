"""ACO REACH's benchmark before the discount: cases worked by hand, and what its limits must hold.

The cases are the documents tests/rules/aco_reach_*.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.contract.component import component
from openvbc.contract.names import Names
from openvbc.parameters import load_program
from openvbc.rules.reach_baseline import limited_blend_adjustment
from openvbc.rules.reach_risk import capped_risk_score, coding_intensity_in_force
from rule_case import check_case, read_cases

SCORES = st.integers(1, 4000).map(lambda thousandths: Decimal(thousandths) / 1000)
NEAR_ONE = st.integers(500, 2000).map(lambda thousandths: Decimal(thousandths) / 1000)
RATES = st.integers(0, 100).map(lambda thousandths: Decimal(thousandths) / 1000)
MONEY = st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents) / 100)


@pytest.mark.parametrize("case", list(read_cases("aco_reach_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_a_contract_with_all_components_has_every_name_once() -> None:
    names = ("reach_expenditure", "reach_baseline", "reach_benchmark", "reach_settlement")
    assert Names([component(it) for it in names], load_program("reach")).shadowed() == []


@settings(max_examples=300)
@given(SCORES, SCORES, RATES, SCORES)
def test_a_capped_score_lies_between_floor_and_ceiling_and_moves_no_further_than_it_must(
    score: Decimal, reference: Decimal, rate: Decimal, middle: Decimal
) -> None:
    ceiling, floor = middle + rate, middle - rate
    held = capped_risk_score(score, reference, ceiling, floor, risk_cap_exempt=False)
    assert reference * floor <= held <= reference * ceiling
    within = reference * floor <= score <= reference * ceiling
    assert (held == score) is within
    assert capped_risk_score(score, reference, ceiling, floor, risk_cap_exempt=True) == score


@given(NEAR_ONE, RATES)
def test_the_coding_intensity_factor_lowers_by_no_more_than_its_limit(
    factor: Decimal, limit: Decimal
) -> None:
    found = coding_intensity_in_force(factor, limit)
    assert found >= 1 - limit
    assert found == factor or factor < 1 - limit


@given(MONEY, MONEY, RATES, RATES)
def test_the_blend_moves_the_baseline_within_its_ceiling_and_floor(
    adjustment: Decimal, uspcc: Decimal, ceiling: Decimal, floor: Decimal
) -> None:
    cost = abs(uspcc) + 1
    found = limited_blend_adjustment(adjustment, ceiling, -floor, cost)
    assert -floor * cost <= found <= ceiling * cost
    assert found == adjustment or abs(found) < abs(adjustment)
