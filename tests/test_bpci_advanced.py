"""BPCI Advanced reconciliation, against cases worked by hand and against its bounds.

The cases are the documents tests/rules/bpci_*.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.bpci_advanced_reconciliation import (
    adjusted_total_reconciliation_amount,
    capped_reconciliation_amount,
    cqs_adjustment_rate,
    total_reconciliation_amount,
)
from openvbc.rules.rule import Unknown
from rule_case import check_case, read_cases
from seen import Seen

TARGET = Decimal(1_000_000)
TENTH = Decimal("0.10")
SCORES = st.sampled_from(range(1001)).map(lambda tenths: Decimal(tenths) / 10)


def paid(amount: Decimal, score: Decimal) -> Decimal:
    """The capped amount of a total target of $1.0 M."""
    rate = cqs_adjustment_rate(amount, score, TENTH, TENTH)
    assert not isinstance(rate, Unknown)
    adjusted = adjusted_total_reconciliation_amount(amount, amount * rate)
    return capped_reconciliation_amount(adjusted, TARGET / 5)


@pytest.mark.parametrize("case", list(read_cases("bpci_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_monotone_bounded_and_mirrored() -> None:
    """A loss with one score mirrors the gain with the score as far from the other end."""
    seen = Seen("capped", "negative", "positive")
    sides = (range(0, 400_000, 500), range(-400_000, 0, 500))
    amounts = st.one_of(*(st.sampled_from(side) for side in sides)).map(Decimal)

    @given(amounts, amounts, SCORES, SCORES)
    @settings(max_examples=1000, deadline=None)
    def holds(one: Decimal, other: Decimal, score: Decimal, better: Decimal) -> None:
        low, high = sorted((one, other))
        worse, best = sorted((score, better))
        due = paid(one, score)
        seen.note(capped=abs(due) == TARGET / 5, negative=due < 0, positive=due > 0)
        assert paid(low, score) <= paid(high, score)
        assert paid(one, worse) <= paid(one, best)
        assert abs(due) <= min(TARGET / 5, abs(one))
        assert due == -paid(-one, 100 - score)

    holds()
    seen.check()


def test_netting_does_not_depend_on_the_order_of_categories() -> None:
    seen = Seen("netted", "negative")
    amounts = st.lists(
        st.sampled_from(range(-100_000, 100_000, 250)).map(Decimal), min_size=2, max_size=6
    )

    @given(amounts, st.randoms(use_true_random=False))
    @settings(max_examples=600, deadline=None)
    def holds(found: list[Decimal], random: Any) -> None:
        cells = [(f"category_{place}", amount) for place, amount in enumerate(found)]
        netted = total_reconciliation_amount(dict(cells))
        random.shuffle(cells)
        seen.note(netted=min(found) < 0 < max(found), negative=netted < 0)
        assert total_reconciliation_amount(dict(cells)) == netted == sum(found)

    holds()
    seen.check()
