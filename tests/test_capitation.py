"""Capitation and its services, against cases worked by hand and against its limits.

The cases are the documents tests/rules/capitat*.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.capitated_services import (
    service_capitated_cost,
    service_deducted,
    service_outside_capitation,
)
from openvbc.rules.capitation import (
    capitation_amount_due,
    capitation_earned,
    capitation_entity_share,
    capitation_payer_share,
    capitation_surplus,
)
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("capitat*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


NOTHING = Decimal(0)

dollars = st.integers(0, 10**9).map(lambda it: Decimal(it).scaleb(-2))
shares = st.one_of(
    st.sampled_from([Decimal(0), Decimal(1), Decimal("0.5")]),
    st.integers(0, 10**4).map(lambda it: Decimal(it).scaleb(-4)),
)


def test_the_shares_are_the_whole_surplus_to_the_cent() -> None:
    """Nobody gets more than the whole, and nobody bears a part of the other's gain."""
    seen = Seen("surplus", "deficit", "rounded", "all_or_nothing")

    @settings(max_examples=1000)
    @given(dollars, dollars, shares, st.none() | shares)
    def holds(
        revenue: Decimal, cost: Decimal, gain_share: Decimal, loss_share: Decimal | None
    ) -> None:
        surplus = capitation_surplus(revenue, cost, Decimal(0))
        entity = capitation_entity_share(surplus, gain_share, loss_share)
        payer = capitation_payer_share(surplus, entity)
        assert entity + payer == surplus
        assert entity == round(entity, 2)
        assert min(surplus, NOTHING) <= entity <= max(surplus, NOTHING)
        assert min(surplus, NOTHING) <= payer <= max(surplus, NOTHING)
        share = gain_share if surplus >= 0 or loss_share is None else loss_share
        seen.note(
            surplus=surplus > 0,
            deficit=surplus < 0,
            rounded=entity != surplus * share,
            all_or_nothing=share in {0, 1},
        )

    holds()
    seen.check()


def test_what_the_entity_ends_with_does_not_depend_on_who_paid_the_claims() -> None:
    """Prepaid or not, claims paid by the payer or not: revenue in all, less care, is its share."""
    seen = Seen("entity_pays", "payer_pays", "paid_per_service")

    @settings(max_examples=1000)
    @given(dollars, dollars, dollars, shares, st.integers(0, 4))
    def holds(
        revenue: Decimal, cost: Decimal, prepaid: Decimal, share: Decimal, by_payer: int
    ) -> None:
        per_service = min(cost, round(cost * by_payer / 4, 2))
        surplus = capitation_surplus(revenue, cost, per_service)
        entity = capitation_entity_share(surplus, share, None)
        earned = capitation_earned(revenue, capitation_payer_share(surplus, entity))
        due = capitation_amount_due(earned, prepaid, per_service)
        own_cost = cost - per_service
        assert prepaid + due - own_cost == entity
        seen.note(entity_pays=due < 0, payer_pays=due > 0, paid_per_service=per_service > 0)

    holds()
    seen.check()


def test_every_claim_dollar_is_deducted_or_stands() -> None:
    """None is lost, none counts on both sides, and only capitated services are deducted."""
    seen = Seen("deducted", "carved_out")

    @settings(max_examples=1000)
    @given(dollars, st.integers(0, 4), st.booleans())
    def holds(cost: Decimal, part: int, covered: bool) -> None:
        paid = round(cost * part / 4, 2)
        deducted = service_deducted(covered, paid)
        outside = service_outside_capitation(paid, deducted)
        assert deducted + outside == paid
        assert min(deducted, outside) == 0
        assert service_capitated_cost(covered, cost, paid) == (cost if covered else 0)
        seen.note(deducted=deducted > 0, carved_out=outside > 0)

    holds()
    seen.check()
