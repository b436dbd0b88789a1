"""ACO Primary Care Flex: cases worked by hand, and what must always hold."""

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules import aco_pc_flex
from rule_case import check_case, read_cases
from seen import Seen

ADVANCE: Final = Decimal(250_000)

amounts = st.sampled_from(range(-500, 501)).map(lambda it: it * Decimal("1234.57"))


@pytest.mark.parametrize("case", [*read_cases("aco_pc_flex_*.md")])
def test_worked_by_hand(case: Any) -> None:
    check_case(case)


def due(balance: Decimal, earned: Decimal, credit: Decimal) -> tuple[Decimal, Decimal]:
    """What is due, and the advance that stays outstanding."""
    recouped = aco_pc_flex.advance_recouped(balance, earned)
    rest = aco_pc_flex.advance_outstanding(balance, recouped, Decimal(0))
    after = aco_pc_flex.earned_after_credit(earned, credit)
    return aco_pc_flex.amount_due(after, balance, rest), rest


def test_over_the_years_the_advance_is_recouped_once_and_more_savings_never_pay_less() -> None:
    """What is due over all years is what was earned and credited, less the advance recouped."""
    seen = Seen("negative", "capped", "recouped_in_full")

    @settings(max_examples=650, deadline=None)
    @given(st.lists(amounts, min_size=1, max_size=5), amounts.map(abs))
    def holds(years: list[Decimal], credit: Decimal) -> None:
        balance, total = ADVANCE, Decimal(0)
        for earned in years:
            amount, rest = due(balance, earned, credit)
            assert due(balance, earned + 1, credit)[0] >= amount
            assert 0 <= rest <= balance
            balance, total = rest, total + amount
        taken = ADVANCE - balance
        assert total == sum(years) + credit * len(years) - taken
        assert taken == min(ADVANCE, sum(it for it in years if it > 0))
        seen.note(
            negative=min(years) < 0,
            capped=balance > 0,
            recouped_in_full=balance == 0,
        )

    holds()
    seen.check()
