"""Commercial target and expenditure: cases worked by hand, and what must hold for any factors.

The cases are the document tests/rules/commercial_target.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.contract.component import component
from openvbc.contract.names import Names
from openvbc.rules import (
    aggregate_stop_loss,
    commercial_target,
    individual_stop_loss,
    risk_corridor,
    shared_savings,
    truncated_expenditure,
)
from openvbc.rules.commercial_target import expenditure_completed, target_pmpm, total_expenditure
from rule_case import check_case, read_cases
from seen import Seen

MODULES = (
    commercial_target,
    truncated_expenditure,
    shared_savings,
    risk_corridor,
    individual_stop_loss,
    aggregate_stop_loss,
)
FACTORS = st.lists(st.integers(50, 200).map(lambda it: Decimal(it) / 100), min_size=5, max_size=5)


@pytest.mark.parametrize("case", list(read_cases("commercial_target.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def test_a_contract_with_all_of_them_has_every_name_once() -> None:
    assert Names([component(name_of(it)) for it in MODULES], {}).shadowed() == []


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_component_checks_its_own_leaves_and_ends_in_what_it_pays(module: ModuleType) -> None:
    part = component(name_of(module))
    assert set(module.CHECKS) <= set(part.leaves)
    assert set(part.results) <= set(part.rules)
    assert all(way[-1] == module.PAYS for way in part.waterfall.values())
    if part.waterfall:
        assert part.rules[module.PAYS].unit == "usd"
        assert part.results[-1] == module.PAYS


@settings(max_examples=300, deadline=None)
@given(FACTORS, st.permutations(range(5)))
def factors_hold(factors: list[Decimal], order: list[int]) -> None:
    target = target_pmpm(Decimal(400), *factors)
    assert target == target_pmpm(Decimal(400), *(factors[it] for it in order))
    higher = [factors[0] * 2, *factors[1:]]
    assert target_pmpm(Decimal(400), *higher) == 2 * target


def test_factors_multiply_in_any_order() -> None:
    """Twice the trend is twice the target, whatever the other factors are."""
    factors_hold()


def test_completion_only_adds_and_rebates_come_off_to_the_dollar() -> None:
    seen = Seen("incomplete", "complete", "rebated")

    @settings(max_examples=800, deadline=None)
    @given(
        st.integers(1, 10**9), st.sampled_from([*range(80, 100), *[100] * 5]), st.integers(0, 99)
    )
    def holds(cents: int, percent: int, rebates: int) -> None:
        claims, rebate = Decimal(cents) / 100, Decimal(rebates)
        completed = expenditure_completed(claims, Decimal(percent) / 100)
        assert completed >= claims
        assert (completed == claims) == (percent == 100)
        # A rebate comes off, a payment of as many dollars comes on.
        cost = total_expenditure(completed, rebate, rebate)
        assert cost == pytest.approx(completed, abs=Decimal("1e-15"))
        assert total_expenditure(claims, Decimal(0), rebate) == claims - rebate
        seen.note(incomplete=percent < 100, complete=percent == 100, rebated=rebates > 0)

    holds()
    seen.check()
