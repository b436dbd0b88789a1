"""Payment for non-visit work, against cases worked by hand and against the limits of its fund.

The cases are the document tests/rules/non_visit_work.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.non_visit_work import (
    PAYS,
    WATERFALL,
    non_visit_covered,
    non_visit_payment,
    non_visit_uncovered,
    non_visit_unspent,
)
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("non_visit_work.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_the_way_ends_in_what_is_paid() -> None:
    assert {way[-1] for way in WATERFALL.values()} == {PAYS}


dollars = st.integers(0, 100_000).map(Decimal)
percent = st.integers(0, 100).map(lambda it: Decimal(it) / 100)


def test_work_and_fund_are_each_divided_without_rest_and_no_more_is_paid_than_either() -> None:
    """Work = covered + uncovered; fund = covered + unspent; one of the two rests is nothing.

    The payer pays the work covered; the entity, who was paid ahead, returns at most what is left.
    """
    seen = Seen("fund_exhausted", "fund_left", "returned")

    @settings(max_examples=1_000, deadline=None)
    @given(dollars, dollars, percent)
    def holds(worth: Decimal, fund: Decimal, returned: Decimal) -> None:
        covered = non_visit_covered(worth, fund)
        beyond, left = non_visit_uncovered(worth, covered), non_visit_unspent(fund, covered)
        assert (covered + beyond, covered + left) == (worth, fund)
        assert min(beyond, left) == 0
        assert non_visit_payment("payer", covered, left, Decimal(0)) == covered
        back = non_visit_payment("entity", covered, left, returned)
        assert -left <= back <= 0
        seen.note(fund_exhausted=beyond > 0, fund_left=left > 0, returned=back < 0)

    holds()
    seen.check()
