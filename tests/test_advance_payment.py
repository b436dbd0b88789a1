"""Advance payments, against cases worked by hand and against their limits.

The cases are the document tests/rules/advance_payment.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules import advance_payment as rules
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("advance_payment.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


amounts = st.sampled_from([0, 1, 4, 15, 50]).map(lambda it: it * Decimal("1003.57"))
earnings = st.sampled_from([-60, 0, 2, 9, 30, 80, 170]).map(lambda it: it * Decimal("1009.13"))
shares = st.sampled_from(["0.25", "0.5", "0.777", "1"]).map(Decimal)


def owed(advances: list[Decimal], rate: Decimal) -> Decimal:
    """All advances with interest for half a year."""
    paid = {str(place): it for place, it in enumerate(advances)}
    interest = {
        it: rules.advance_interest(paid[it], Decimal(182), rate, Decimal(365)) for it in paid
    }
    return rules.advance_owed_before(paid, interest)


def test_recoupment_never_exceeds_the_balance_or_the_earnings() -> None:
    """What is recouped and what is still owed are the balance; a demand leaves nothing open."""
    seen = Seen("by_balance", "by_earnings", "earned_nothing", "with_interest", "demanded")

    @settings(max_examples=800)
    @given(
        st.lists(amounts, min_size=1, max_size=3),
        st.sampled_from([Decimal(0), Decimal("0.045")]),
        earnings,
        shares,
        st.booleans(),
    )
    def holds(
        advances: list[Decimal], rate: Decimal, earned: Decimal, share: Decimal, demanded: bool
    ) -> None:
        before = owed(advances, rate)
        most = rules.advance_recoupable(earned, share)
        recouped = rules.advance_recoupment(before, most)
        after = rules.advance_owed_after(before, recouped)
        now = rules.advance_demanded(after, demanded)
        due = rules.advance_amount_due(recouped, now)
        assert 0 <= recouped <= min(before, max(earned, Decimal(0)))
        assert recouped + after == before >= sum(advances)
        assert -due == (before if demanded else recouped)
        seen.note(
            by_balance=0 < recouped == before,
            by_earnings=0 < recouped == most < before,
            earned_nothing=earned <= 0,
            with_interest=before > sum(advances),
            demanded=now > 0,
        )

    holds()
    seen.check()
