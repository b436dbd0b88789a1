"""Truncation with a pooling charge: cases worked by hand, and why it is neutral.

The cases are the document tests/rules/truncated_expenditure.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.truncated_expenditure import (
    pooled_benchmark,
    pooled_expenditure,
    pooling_charge,
    pooling_gain,
)
from rule_case import check_case, read_cases
from seen import Seen

POINT = Decimal(250000)
MILLIONS = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)
EXPECTED = st.sampled_from([Decimal(0), Decimal(3000000), Decimal(5000000)])


@pytest.mark.parametrize("case", list(read_cases("truncated_expenditure.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_large_claims_change_nothing_and_expected_ones_leave_the_savings_as_they_were() -> None:
    """Claims above the point move the expenditure before truncation only, whatever the charge."""
    seen = Seen("as_expected", "more", "fewer")

    @settings(max_examples=1000, deadline=None)
    @given(MILLIONS, MILLIONS, EXPECTED, EXPECTED | MILLIONS, st.integers(0, 100))
    def holds(
        benchmark: Decimal, below: Decimal, expected: Decimal, above: Decimal, pmpm: int
    ) -> None:
        charge = pooling_charge(Decimal(pmpm), Decimal(60000))
        whole = benchmark + expected
        target = pooled_benchmark(whole, expected, charge, POINT)
        cost = pooled_expenditure(below + above, above, charge, POINT)
        assert target - cost == benchmark - below
        gain = pooling_gain(whole, below + above, target, cost)
        assert gain == above - expected
        seen.note(as_expected=gain == 0, more=gain > 0, fewer=gain < 0)

    holds()
    seen.check()
