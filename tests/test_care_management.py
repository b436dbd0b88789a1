"""Care-management payments, against cases worked by hand and against what holds for any change.

The cases are the document tests/rules/care_management.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.care_management import (
    PAYS,
    WATERFALL,
    care_management_earned,
    care_management_member_months_earned,
    care_management_recouped_months,
    months_back,
)
from openvbc.rules.care_services import service_table
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("care_management.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_the_way_ends_in_what_is_paid() -> None:
    assert {way[-1] for way in WATERFALL.values()} == {PAYS}


def left(first: int, notice: int, after_payment: bool) -> dict[str, Any]:
    return {
        "change": "left",
        "members": Decimal(1),
        "from": Decimal(first),
        "notice": Decimal(notice),
        "after_payment": after_payment,
    }


PAYMENTS = Decimal(12)

changes = st.builds(left, st.integers(1, 12), st.integers(1, 24), st.booleans())


def paid_months(change: Mapping[str, Any], payments: int) -> int:
    """Payments made for one member of the roster, month by month until the payer was told."""
    told = int(change["notice"]) - (not change["after_payment"])
    return sum(month <= told for month in range(1, payments + 1))


def test_what_stays_paid_is_what_the_member_was_there_for_whenever_the_notice_came() -> None:
    """Paid on the roster, less recouped: the months before leaving, and never below zero.

    Where the notice came before the member left, the roster paid until the notice.
    """
    seen = Seen("nothing_recouped", "recouped", "told_after_the_period", "all_of_it")

    @settings(max_examples=1500, deadline=None)
    @given(changes, st.integers(1, 12))
    def holds(change: dict[str, Any], payments: int) -> None:
        paid = Decimal(paid_months(change, payments))
        recouped = care_management_recouped_months((change,), Decimal(payments), None)
        stays = care_management_member_months_earned(paid, recouped, Decimal(0))
        assert stays == min(paid, change["from"] - 1)
        assert stays >= 0
        seen.note(
            nothing_recouped=recouped == 0,
            recouped=recouped > 0,
            told_after_the_period=change["notice"] > payments,
            all_of_it=stays == 0,
        )

    holds()
    seen.check()


def test_a_later_notice_and_a_longer_look_back_never_recoup_less() -> None:
    seen = Seen("more_by_notice", "more_by_look_back", "limited", "nothing")

    @settings(max_examples=1500, deadline=None)
    @given(changes, st.integers(0, 12))
    def holds(change: dict[str, Any], most: int) -> None:
        found = months_back(change, PAYMENTS, Decimal(most))
        later = months_back({**change, "notice": change["notice"] + 1}, PAYMENTS, Decimal(most))
        longer = months_back(change, PAYMENTS, Decimal(most + 1))
        unlimited = months_back(change, PAYMENTS, None)
        assert 0 <= found <= min(later, longer)
        assert longer <= unlimited <= PAYMENTS - change["from"] + 1
        seen.note(
            more_by_notice=later > found,
            more_by_look_back=longer > found,
            limited=found < unlimited,
            nothing=unlimited == 0,
        )

    holds()
    seen.check()


def test_the_order_of_changes_moves_no_dollar() -> None:
    seen = Seen("several", "left_and_joined")

    @settings(max_examples=500, deadline=None)
    @given(st.lists(st.tuples(changes, st.booleans()), min_size=1, max_size=4))
    def holds(drawn: list[tuple[dict[str, Any], bool]]) -> None:
        found = [{**it, "change": "joined"} if joined else it for it, joined in drawn]
        forth = care_management_recouped_months(tuple(found), PAYMENTS, None)
        back = care_management_recouped_months(tuple(reversed(found)), PAYMENTS, None)
        assert forth == back
        kinds = {it["change"] for it in found}
        seen.note(several=len(found) > 1, left_and_joined=len(kinds) > 1)

    holds()
    seen.check()


def test_a_rate_in_fractions_of_a_cent_is_rounded_once() -> None:
    """$2,505.0025 + $0.0025 = $2,505.005, so $2,505.01: the tiers by themselves are not rounded."""
    earned = {"standard": Decimal("2505.0025"), "high_risk": Decimal("0.0025")}
    assert care_management_earned(earned) == Decimal("2505.01")


def test_the_table_keeps_the_order_of_the_promise() -> None:
    """600 member years: 600 × 0.5 = 300 reviews, 600 × 1 = 600 plans."""
    promised = [
        {"service": "review", "per_member_year": Decimal("0.5")},
        {"service": "plan", "per_member_year": Decimal(1)},
    ]
    delivered = [
        {"service": "plan", "delivered": Decimal(610)},
        {"service": "review", "delivered": Decimal(299)},
    ]
    assert service_table(promised, delivered, Decimal(600)) == (
        {"service": "review", "promised": Decimal(300), "delivered": Decimal(299)},
        {"service": "plan", "promised": Decimal(600), "delivered": Decimal(610)},
    )
