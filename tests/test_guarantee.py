"""Guarantees and the fee they stand for, against cases worked by hand and against their limits.

The cases are the documents tests/rules/guarantee.md and direct_primary_care.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules import direct_primary_care, guarantee
from rule_case import check_case, read_cases
from seen import Seen

PAGES = ("guarantee.md", "direct_primary_care.md")


@pytest.mark.parametrize("case", [case for page in PAGES for case in read_cases(page)])
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


fees = st.integers(0, 10**9).map(lambda it: Decimal(it).scaleb(-2))
shares = st.integers(0, 80).map(lambda it: Decimal(it * 5).scaleb(-3))
values = st.integers(1, 1000).map(lambda it: Decimal(it).scaleb(-2))


def credit(
    fee: Decimal, promised: Decimal, delivered: Decimal, lower: bool, full: Decimal
) -> Decimal:
    """Credit of a guarantee that has a tenth of the fee at risk."""
    short = guarantee.guarantee_shortfall(promised, delivered, lower)
    assert isinstance(short, Decimal)
    rate = guarantee.guarantee_shortfall_rate(short, promised)
    at_risk = guarantee.guarantee_fee_share(fee, Decimal("0.1"))
    return guarantee.guarantee_credit(at_risk, short, rate, full, None)


def test_a_credit_stays_within_its_share_and_falls_as_more_is_delivered() -> None:
    seen = Seen("kept", "in_part", "whole_share", "lower_is_better")

    @settings(max_examples=1200)
    @given(fees, values, st.sampled_from(range(70, 131)), values, st.booleans(), shares)
    def holds(
        fee: Decimal,
        promised: Decimal,
        percent: int,
        more: Decimal,
        lower: bool,
        full: Decimal,
    ) -> None:
        delivered = promised * percent / 100
        found = credit(fee, promised, delivered, lower, full)
        better = credit(fee, promised, delivered + (-more if lower else more), lower, full)
        at_risk = guarantee.guarantee_fee_share(fee, Decimal("0.1"))
        kept = delivered <= promised if lower else delivered >= promised
        assert 0 <= better <= found <= at_risk
        assert not (kept and found)
        seen.note(
            kept=kept,
            in_part=0 < found < at_risk,
            whole_share=0 < found == at_risk,
            lower_is_better=lower,
        )

    holds()
    seen.check()


def test_all_credits_stay_within_the_limit_and_the_fee() -> None:
    """Whatever each guarantee costs: the entity never gives back more than it was paid."""
    seen = Seen("capped", "within", "nothing")

    @settings(max_examples=1000)
    @given(
        fees, st.lists(shares, max_size=3), st.sampled_from(["0", "0.1", "0.4", "1"]).map(Decimal)
    )
    def holds(fee: Decimal, at_risk: list[Decimal], limit: Decimal) -> None:
        credited = {
            str(place): guarantee.guarantee_fee_share(fee, it) for place, it in enumerate(at_risk)
        }
        found = guarantee.guarantee_credits(credited)
        limited = guarantee.guarantee_credits_limited(found, fee, limit)
        assert 0 <= limited <= min(found, fee)
        assert guarantee.guarantee_amount_due(limited) == -limited
        seen.note(capped=limited < found, within=0 < limited == found, nothing=limited == 0)

    holds()
    seen.check()


def test_the_fee_is_the_monthly_rate_times_the_months_to_the_cent() -> None:
    """However the monthly fee is split over the services, and whatever was paid ahead."""
    seen = Seen("owed", "paid_back", "several_services")

    @settings(max_examples=1000)
    @given(
        st.integers(0, 10**5).map(Decimal),
        st.lists(values, min_size=1, max_size=5),
        st.integers(0, 200),
    )
    def holds(months: Decimal, rates: list[Decimal], percent: int) -> None:
        by_service = {str(place): it for place, it in enumerate(rates)}
        fees_of = {
            it: direct_primary_care.direct_care_service_fee(months, rate)
            for it, rate in by_service.items()
        }
        fee = direct_primary_care.direct_care_fee(fees_of)
        paid = round(fee * percent / 100, 2)
        due = direct_primary_care.direct_care_amount_due(fee, paid)
        assert fee == months * direct_primary_care.direct_care_monthly_rate(by_service)
        assert paid + due == fee
        seen.note(owed=due > 0, paid_back=due < 0, several_services=len(rates) > 1)

    holds()
    seen.check()
