"""Withhold, against cases worked by hand and against its limits.

The cases are the document tests/rules/withhold.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.withhold import (
    withhold_amount_due,
    withhold_due,
    withhold_earned_back,
    withhold_earned_share,
    withhold_excess,
    withhold_for_deficit,
    withhold_forfeited,
    withhold_returnable,
)
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("withhold.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


SCALE = (
    {"from": Decimal(0), "to": Decimal("0.5"), "earned": Decimal(0)},
    {"from": Decimal("0.5"), "to": Decimal("0.8"), "earned": Decimal("0.45")},
    {"from": Decimal("0.8"), "to": None, "earned": Decimal(1)},
)

dollars = st.integers(0, 10**9).map(lambda it: Decimal(it).scaleb(-2))
shares = st.integers(0, 1000).map(lambda it: Decimal(it).scaleb(-3))


def test_withheld_money_is_covered_earned_or_forfeited_and_nothing_else() -> None:
    """The three parts are the agreed withhold to the cent; what is held in fact changes the rest.

    With the return the entity ends with its payments less what covers a deficit or is forfeited.
    """
    seen = Seen("deficit_takes_all", "earned", "forfeited", "held_otherwise", "negative")

    @settings(max_examples=1500)
    @given(dollars, shares, shares, st.booleans(), dollars, st.none() | dollars)
    def holds(
        base: Decimal,
        rate: Decimal,
        score: Decimal,
        scaled: bool,
        deficit: Decimal,
        held: Decimal | None,
    ) -> None:
        due = withhold_due(base, rate)
        covered = withhold_for_deficit(due, deficit / 20)
        returnable = withhold_returnable(due, covered)
        share = withhold_earned_share(True, None, SCALE if scaled else None, score)
        assert isinstance(share, Decimal)
        earned = withhold_earned_back(returnable, share)
        forfeited = withhold_forfeited(returnable, earned)
        paid = withhold_amount_due(earned, withhold_excess(due, held), Decimal(0))
        assert min(covered, earned, forfeited) >= 0
        assert covered + earned + forfeited == due
        in_hand = base - (due if held is None else held)
        assert in_hand + paid == round(base - covered - forfeited, 2)
        seen.note(
            deficit_takes_all=0 < covered == due,
            earned=earned > 0,
            forfeited=forfeited > 0,
            held_otherwise=held is not None,
            negative=paid < 0,
        )

    holds()
    seen.check()


def test_a_better_score_never_earns_less_and_the_gate_never_helps() -> None:
    seen = Seen("more", "gated", "same")

    @settings(max_examples=1000)
    @given(shares, shares, shares, st.booleans())
    def holds(one: Decimal, other: Decimal, gate: Decimal, scaled: bool) -> None:
        scale = SCALE if scaled else None
        low, high = (withhold_earned_share(True, None, scale, it) for it in sorted((one, other)))
        assert isinstance(low, Decimal)
        assert isinstance(high, Decimal)
        assert low <= high
        gated = withhold_earned_share(True, gate, None, one)
        assert gated == (0 if one < gate else one)
        seen.note(more=low < high, gated=one < gate, same=low == high)

    holds()
    seen.check()
