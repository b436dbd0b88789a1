"""Percent of premium, against cases worked by hand and against its limits.

The cases are the document tests/rules/percent_of_premium.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules import percent_of_premium as premium
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("percent_of_premium.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


NOTHING = Decimal(0)

revenues = st.integers(10**7, 10**10).map(lambda it: Decimal(it).scaleb(-2))
ratios = st.integers(700, 1000).map(lambda it: Decimal(it).scaleb(-3))
shares = st.integers(0, 1000).map(lambda it: Decimal(it).scaleb(-3))
sweep_rates = st.integers(-500, 500).map(lambda it: Decimal(it).scaleb(-4))


def settled(first: Decimal, rates: list[Decimal], target: Decimal, cost: Decimal) -> Decimal:
    """The settlement after some sweeps, all of it the entity's."""
    effects = {
        str(place): premium.premium_sweep_effect(first, rate, Decimal(0))
        for place, rate in enumerate(rates)
    }
    budget = premium.premium_budget(premium.premium_revenue(first, effects), target)
    surplus = premium.premium_surplus(budget, cost)
    return premium.premium_entity_share(surplus, Decimal(1), None)


def test_the_postings_of_all_sweeps_add_up_to_the_last_settlement() -> None:
    """Each posting is the difference to those before, so that no sweep is settled twice."""
    seen = Seen("paid_back", "paid_more", "deficit")

    @settings(max_examples=500)
    @given(revenues, st.lists(sweep_rates, min_size=1, max_size=4), ratios, ratios)
    def holds(first: Decimal, rates: list[Decimal], target: Decimal, ratio: Decimal) -> None:
        cost = round(first * ratio, 2)
        posted: list[Decimal] = []
        for count in range(len(rates) + 1):
            settlement = settled(first, rates[:count], target, cost)
            before = sum(posted, Decimal(0))
            posted.append(premium.premium_amount_due(settlement, before))
        assert sum(posted) == settlement
        seen.note(paid_back=posted[-1] < 0, paid_more=posted[-1] > 0, deficit=settlement < 0)

    holds()
    seen.check()


def test_the_shares_are_the_whole_surplus_to_the_cent() -> None:
    seen = Seen("surplus", "deficit", "rounded")

    @settings(max_examples=1000)
    @given(revenues, ratios, ratios, shares, st.none() | shares)
    def holds(
        revenue: Decimal,
        target: Decimal,
        ratio: Decimal,
        gain_share: Decimal,
        loss_share: Decimal | None,
    ) -> None:
        budget = premium.premium_budget(revenue, target)
        surplus = premium.premium_surplus(budget, revenue * ratio)
        entity = premium.premium_entity_share(surplus, gain_share, loss_share)
        assert entity + premium.premium_payer_share(surplus, entity) == surplus
        assert min(surplus, NOTHING) <= entity <= max(surplus, NOTHING)
        share = gain_share if surplus >= 0 or loss_share is None else loss_share
        seen.note(surplus=surplus > 0, deficit=surplus < 0, rounded=entity != surplus * share)

    holds()
    seen.check()


def test_after_the_remittance_the_entity_has_a_gain_and_the_ratio_its_minimum() -> None:
    """Remittance never turns a gain into a loss, and is nothing where the minimum is reached."""
    seen = Seen("remitted", "capped", "none")

    @settings(max_examples=1000)
    @given(
        revenues,
        st.sampled_from(["0.87", "0.9", "0.95"]).map(Decimal),
        st.sampled_from(["0.72", "0.803", "0.84", "0.86", "0.97"]).map(Decimal),
        st.sampled_from(["0.8", "0.85", "0.87"]).map(Decimal),
        st.sampled_from(["0", "0.2", "0.5", "1"]).map(Decimal),
    )
    def holds(
        revenue: Decimal, target: Decimal, ratio: Decimal, minimum: Decimal, share: Decimal
    ) -> None:
        cost = round(revenue * ratio, 2)
        surplus = premium.premium_surplus(premium.premium_budget(revenue, target), cost)
        entity = premium.premium_entity_share(surplus, share, None)
        found = premium.premium_medical_loss_ratio(cost, Decimal(0), revenue, Decimal(0))
        back = premium.premium_remittance(minimum, target, found, revenue, entity)
        short = round(minimum * revenue - cost, 2)
        capped = 0 < back == entity < short
        assert 0 <= back <= max(entity, NOTHING)
        assert capped or back == 0 or abs(back - short) <= Decimal("0.01")
        assert back == 0 or found < minimum
        seen.note(remitted=back > 0, capped=capped, none=back == 0)

    holds()
    seen.check()
