"""Episode bundles, against cases worked by hand and against what holds for any bundle.

The cases are the document tests/rules/episode_bundle.md (see rule_case.py).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.contract.component import component
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.errors import InputError
from openvbc.money import round_half_up
from openvbc.rules.episode_bundle import PAYS, PROSPECTIVE, RETROSPECTIVE, WATERFALL
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("episode_bundle.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_the_way_ends_in_what_is_paid() -> None:
    assert {way[-1] for way in WATERFALL.values()} == {PAYS}


def test_claims_by_service_that_do_not_add_up_are_refused() -> None:
    facts = {
        "bundle_episodes": Decimal(120),
        "bundle_own_claims": Decimal(1_200_000),
        "bundle_other_claims": Decimal(1_572_000),
        "bundle_inpatient_claims": Decimal(2_771_999),
    }
    said = "claims by service are 2771999, all claims 2772000"
    with pytest.raises(InputError, match=said):
        settled(facts).line("bundle_inpatient_per_episode", At("performance", "knee"))


YEAR = {"performance": (date(2025, 1, 1), date(2025, 12, 31))}

GATE = (
    {"from": Decimal(0), "to": Decimal("0.6"), "share": Decimal(0)},
    {"from": Decimal("0.6"), "to": Decimal("0.8"), "share": Decimal("0.5")},
    {"from": Decimal("0.8"), "to": Decimal(1), "share": Decimal(1)},
)

EASED = (
    {"from": Decimal(0), "to": Decimal("0.8"), "share": Decimal(1)},
    {"from": Decimal("0.8"), "to": Decimal(1), "share": Decimal("0.7")},
)


def settled(facts: Mapping[str, Any], mode: str = RETROSPECTIVE) -> Resolver:
    supplied = Given({**facts, "bundle_payment_mode": mode})
    coordinates = Coordinates(YEAR, ("knee",), date(2025, 1, 1))
    return Resolver([component("episode_bundle")], supplied, {}, coordinates)


def amount(resolver: Resolver, name: str) -> Decimal:
    value = resolver.line(name).value
    assert isinstance(value, Decimal)
    return value


percent = st.integers(0, 100).map(lambda it: Decimal(it) / 100)
limit = st.sampled_from([None, Decimal("0.03"), Decimal("0.10")])


@st.composite
def bundles(draw: st.DrawFn) -> dict[str, Any]:
    """Terms and facts of one type; claims are 60 % to 150 % of the target amount."""
    episodes = Decimal(draw(st.sampled_from([0, *range(1, 160, 7)])))
    price = Decimal(draw(st.integers(1_000_000, 4_000_000))) / 100
    claims = round_half_up(episodes * price * draw(st.sampled_from(range(60, 151))) / 100, 2)
    own = round_half_up(claims * draw(st.sampled_from((0, 5, 20, 50, 100))) / 100, 2)
    return {
        "bundle_episodes": episodes,
        "bundle_target_price": price,
        "bundle_own_claims": own,
        "bundle_other_claims": claims - own,
        "bundle_minimum_episodes": draw(st.sampled_from([Decimal(0), Decimal(40)])),
        "bundle_gain_share": draw(st.sampled_from([Decimal(1), Decimal("0.5")])),
        "bundle_loss_share": draw(st.sampled_from([Decimal(1), Decimal("0.37"), Decimal(0)])),
        "bundle_gain_scale": draw(st.sampled_from([None, GATE])),
        "bundle_loss_scale": draw(st.sampled_from([None, EASED])),
        "bundle_quality_score": draw(percent),
        "bundle_stop_gain_rate": draw(limit),
        "bundle_stop_loss_rate": draw(limit),
    }


def test_both_ways_of_payment_come_to_the_same_total_and_differ_in_time() -> None:
    """The payer pays others' claims in both; the entity gets claims or price, then the rest."""
    seen = Seen("gain", "loss", "limited", "too_few", "price_below_others_claims")

    @settings(max_examples=1000, deadline=None)
    @given(bundles())
    def holds(facts: dict[str, Any]) -> None:
        later, ahead = settled(facts), settled(facts, PROSPECTIVE)
        result = amount(later, "bundle_reconciliation")
        assert amount(later, "bundle_entity_total") == amount(ahead, "bundle_entity_total")
        assert amount(later, "bundle_entity_total") == facts["bundle_own_claims"] + result
        assert amount(later, PAYS) == result
        assert amount(ahead, PAYS) == facts["bundle_own_claims"] + result
        price = facts["bundle_episodes"] * facts["bundle_target_price"]
        assert amount(later, "bundle_paid_in_year") == facts["bundle_own_claims"]
        assert amount(ahead, "bundle_paid_in_year") == price - facts["bundle_other_claims"]
        seen.note(
            gain=result > 0,
            loss=result < 0,
            limited=abs(result) < abs(amount(later, "bundle_shared_before_limits")) - 1,
            too_few=facts["bundle_episodes"] < facts["bundle_minimum_episodes"],
            price_below_others_claims=facts["bundle_other_claims"] > price,
        )

    holds()
    seen.check()


def test_with_the_whole_difference_and_no_limit_the_price_paid_ahead_needs_no_settlement() -> None:
    """The price is then all the entity gets: nothing moves after the year."""
    seen = Seen("gain", "loss")

    @settings(max_examples=650, deadline=None)
    @given(bundles())
    def holds(facts: dict[str, Any]) -> None:
        plain = {
            "bundle_gain_share": Decimal(1),
            "bundle_loss_share": Decimal(1),
            "bundle_gain_scale": None,
            "bundle_loss_scale": None,
            "bundle_stop_gain_rate": None,
            "bundle_stop_loss_rate": None,
            "bundle_minimum_episodes": Decimal(0),
        }
        ahead = settled({**facts, **plain}, PROSPECTIVE)
        price = facts["bundle_episodes"] * facts["bundle_target_price"]
        assert amount(ahead, "bundle_settled_after_year") == 0
        assert amount(ahead, "bundle_payer_outlay") == price
        result = amount(ahead, "bundle_reconciliation")
        seen.note(gain=result > 0, loss=result < 0)

    holds()
    seen.check()


def test_better_quality_never_pays_less_and_the_result_stays_within_share_and_limits() -> None:
    seen = Seen("more", "unchanged", "capped", "negative")

    @settings(max_examples=1200, deadline=None)
    @given(bundles(), percent)
    def holds(drawn: dict[str, Any], other: Decimal) -> None:
        low, high = sorted((other, drawn["bundle_quality_score"]))
        facts = {**drawn, "bundle_gain_scale": GATE, "bundle_loss_scale": EASED}
        worse = settled({**facts, "bundle_quality_score": low})
        best = settled({**facts, "bundle_quality_score": high})
        found, more = amount(worse, PAYS), amount(best, PAYS)
        assert more >= found
        surplus = amount(worse, "bundle_total_surplus")
        assert min(surplus, Decimal(0)) <= found <= max(surplus, Decimal(0))
        target = facts["bundle_episodes"] * facts["bundle_target_price"]
        gain, loss = facts["bundle_stop_gain_rate"], facts["bundle_stop_loss_rate"]
        cent = Decimal("0.01")
        assert gain is None or found <= gain * target + cent
        assert loss is None or found >= -loss * target - cent
        capped = abs(found) < abs(amount(worse, "bundle_shared_before_limits")) - cent
        seen.note(more=more > found, unchanged=more == found, capped=capped, negative=found < 0)

    holds()
    seen.check()


def test_a_nested_bundle_moves_savings_to_the_bundle_and_no_dollar_twice() -> None:
    """Three episodes gain $30,000 in an ACO with $5,000,000 of savings.

    Its expenditure bears the payer's outlay of $75,000 in place of $45,000 of claims: ACO
    $4,970,000 and bundle $30,000, together $5,000,000.
    """
    facts = {
        "bundle_episodes": Decimal(3),
        "bundle_target_price": Decimal(25000),
        "bundle_own_claims": Decimal(20000),
        "bundle_other_claims": Decimal(25000),
    }
    bundle = settled(facts)
    benchmark, claims = Decimal(120_000_000), Decimal(115_000_000)
    borne = claims - amount(bundle, "bundle_total_claims") + amount(bundle, "bundle_payer_outlay")
    assert benchmark - borne == 4_970_000
    assert benchmark - borne + amount(bundle, PAYS) == 5_000_000
