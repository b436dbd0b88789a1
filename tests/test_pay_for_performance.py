"""Pay for performance, against cases worked by hand and against what holds for any measure.

The cases are the document tests/rules/pay_for_performance.md (see rule_case.py).
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
from openvbc.rules.measure_share import MeasureTerms, turned, wrong_measure
from openvbc.rules.pay_for_performance import PAYS, WATERFALL
from openvbc.rules.scale import Bands, wrong_shares
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("pay_for_performance.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_the_way_ends_in_what_is_paid() -> None:
    assert {way[-1] for way in WATERFALL.values()} == {PAYS}


def number(value: int | None) -> Decimal | None:
    """Percent as a share."""
    return None if value is None else Decimal(value) / 100


def tiers(*rows: tuple[int | None, int | None, int]) -> Bands:
    """Tiers from percents: from, to, share."""
    keys = ("from", "to", "share")
    return [dict(zip(keys, map(number, row), strict=True)) for row in rows]


def test_tiers_turned_round_are_tiers_and_turned_back_the_same() -> None:
    """Up to 12 % all, up to 15 % half: from −15 % half, from −12 % on all."""
    natural = tiers((0, 12, 100), (12, 15, 50))
    assert turned(natural) == tiers((-15, -12, 50), (-12, None, 100))
    assert wrong_shares(turned(natural)) is None
    assert turned(tiers((None, 12, 100))) == tiers((-12, None, 100))
    assert turned(tiers((5, None, 100))) == tiers((None, -5, 100))


@st.composite
def measures(draw: st.DrawFn) -> MeasureTerms:
    """Terms of one measure, in either direction; a third of them with tiers, a third improving."""
    lower = draw(st.booleans())
    cuts = sorted(draw(st.sets(st.integers(20, 80), min_size=3, max_size=3)), reverse=lower)
    floor, first, second = (Decimal(it) / 100 for it in cuts)
    shares = sorted(draw(st.lists(st.integers(1, 100), min_size=2, max_size=2)))
    low, high = (Decimal(it) / 100 for it in shares)
    rising = (
        {"from": first, "to": second, "share": low},
        {"from": second, "to": None, "share": high},
    )
    falling = (
        {"from": Decimal(0), "to": second, "share": high},
        {"from": second, "to": first, "share": low},
    )
    tiered, improving = draw(st.booleans()), draw(st.booleans())
    return MeasureTerms(
        lower_is_better=lower,
        target=None if tiered else second,
        tiers=(falling if lower else rising) if tiered else None,
        improvement_tiers=tiers((25, 50, 30), (50, 100, 60), (100, None, 100))
        if improving
        else None,
        baseline=Decimal(draw(st.integers(10, 90))) / 100,
        goal=second,
        floor=floor if draw(st.booleans()) else None,
        penalty=Decimal(draw(st.integers(0, 100))) / 100,
    )


percent = st.sampled_from(range(101))


@st.composite
def met_of(draw: st.DrawFn) -> tuple[int, int]:
    """Patients who met a measure, of those counted."""
    counted = draw(st.sampled_from(range(1, 400)))
    return counted * draw(percent) // 100, counted


def test_the_gap_count_is_exactly_the_number_that_earns_more() -> None:
    """With that many patients more (events fewer) the share rises, and with one fewer it does not.

    A gap of 0 means that no number of patients raises it.
    """
    seen = Seen("gap", "no_gap", "lower", "higher", "from_penalty", "tiered", "improving")

    @settings(max_examples=2_200, deadline=None)
    @given(measures(), met_of())
    def holds(terms: MeasureTerms, patients: tuple[int, int]) -> None:
        assert wrong_measure(terms) is None
        met, counted = map(Decimal, patients)
        now = terms.share(met / counted)
        step = -1 if terms.lower_is_better else 1
        gap = terms.gap_count(met, counted, now)
        if gap:
            assert terms.share((met + step * gap) / counted) > now
            assert terms.share((met + step * (gap - 1)) / counted) == now
        else:
            best = Decimal(0) if terms.lower_is_better else Decimal(1)
            assert terms.share(best) == now
        seen.note(
            gap=gap > 0,
            no_gap=gap == 0,
            lower=terms.lower_is_better,
            higher=not terms.lower_is_better,
            from_penalty=now < 0 < gap,
            tiered=terms.tiers is not None,
            improving=terms.improved(met / counted) > terms.attained(met / counted),
        )

    holds()
    seen.check()


YEAR = {"performance": (date(2025, 1, 1), date(2025, 12, 31))}


def settled(
    terms: MeasureTerms, patients: tuple[int, int], other: int, mode: str
) -> tuple[Decimal, Decimal, Decimal]:
    """Payment, bonus and full amount: the measure beside another that has 0 to 100 patients."""
    met, counted = patients
    facts = {
        "performance_mode": mode,
        "performance_lump_sum": Decimal(1000),
        "performance_pmpm": Decimal("1.50"),
        "member_months": Decimal(777),
        "performance_pool": Decimal(500),
        "performance_lower_is_better": terms.lower_is_better,
        "performance_target": terms.target,
        "performance_tiers": terms.tiers,
        "performance_improvement_tiers": terms.improvement_tiers,
        "performance_baseline": terms.baseline,
        "performance_goal": terms.goal,
        "performance_floor": terms.floor,
        "performance_penalty_share": terms.penalty,
        "performance_minimum_denominator": Decimal(10),
        "performance_numerator": per_measure(met, other),
        "performance_denominator": per_measure(counted, 100),
    }
    coordinates = Coordinates(YEAR, ("one", "two"), date(2025, 1, 1))
    resolver = Resolver([component("pay_for_performance")], Given(facts), {}, coordinates)
    names = (PAYS, "performance_total_bonus", "performance_full_amount")
    payment, bonus, full = (resolver.line(name).value for name in names)
    return payment, bonus, full


def per_measure(one: int, two: int) -> Any:
    return {At("performance", "one"): Decimal(one), At("performance", "two"): Decimal(two)}


def test_a_better_rate_never_costs_money_and_the_payment_stays_within_its_bounds() -> None:
    """Between all penalties and all payments in full, whatever the mode and the direction."""
    seen = Seen("more", "unchanged", "negative", "in_full", "too_few", "composite", "lower")

    @settings(max_examples=1200, deadline=None)
    @given(
        measures(),
        st.sampled_from([1, 5, 9, 10, 60, 371]),
        st.lists(percent, min_size=2, max_size=2),
        st.integers(0, 100),
        st.sampled_from(["per_measure", "composite"]),
    )
    def holds(terms: MeasureTerms, counted: int, rates: list[int], other: int, mode: str) -> None:
        worse, better = sorted((counted * it // 100 for it in rates), reverse=terms.lower_is_better)
        payment, bonus, full = settled(terms, (worse, counted), other, mode)
        after, _, _ = settled(terms, (better, counted), other, mode)
        cent = Decimal("0.01")
        assert after >= payment
        assert 0 <= bonus <= full
        assert -terms.penalty * full - cent <= payment <= full + cent
        seen.note(
            more=after > payment,
            unchanged=after == payment,
            negative=payment < 0,
            in_full=bonus == full,
            too_few=counted < 10,
            composite=mode == "composite",
            lower=terms.lower_is_better,
        )

    holds()
    seen.check()
