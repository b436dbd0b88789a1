"""Readmissions reduction, against cases worked by hand and against its limits.

The cases are the documents tests/rules/hrrp_*.md (see rule_case.py).
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
from openvbc.parameters import load_program
from openvbc.rules import hrrp
from rule_case import check_case, read_cases
from seen import Seen

FLOOR = Decimal("0.97")
CONDITIONS = ("ami", "copd", "hf", "pneumonia", "cabg", "tha_tka")


@pytest.mark.parametrize("case", list(read_cases("hrrp_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def thousandths(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda it: Decimal(it).scaleb(-3))


def conditions(
    fewest: int, lowest_ratio: int, smallest_share: int
) -> st.SearchStrategy[dict[str, Decimal]]:
    return st.fixed_dictionaries(
        {
            "eligible_discharges": st.integers(fewest, 60).map(Decimal),
            "excess_readmission_ratio": thousandths(lowest_ratio, 1300),
            "excess_threshold": thousandths(950, 1050),
            "drg_payment_ratio": thousandths(smallest_share, 160),
        }
    )


CONDITION = conditions(0, 800, 0)
HOSPITAL = st.one_of(
    st.lists(CONDITION, min_size=1, max_size=6),
    st.lists(conditions(25, 1200, 90), min_size=1, max_size=4),  # near the limit or at it
)
MODIFIER = thousandths(900, 1000)


def factor(hospital: list[dict[str, Decimal]], modifier: Decimal) -> Decimal:
    """The factor as the rules make it, called as plain functions."""
    ratios: dict[str, Decimal] = {}
    for place, condition in enumerate(hospital):
        own = dict(condition)
        share = own.pop("drg_payment_ratio")
        penalised = hrrp.penalty_indicator(
            condition_counts=True, minimum_discharges=Decimal(25), **own
        )
        assert isinstance(penalised, bool)
        ratio, threshold = own["excess_readmission_ratio"], own["excess_threshold"]
        excess = hrrp.excess_payment_ratio(penalised, share, ratio, threshold)
        assert isinstance(excess, Decimal)
        ratios[str(place)] = excess
    before = hrrp.readmissions_reduction_before_limit(ratios, True, modifier)
    reduction = hrrp.readmissions_payment_reduction(False, before, 1 - FLOOR)
    assert isinstance(reduction, Decimal)
    return hrrp.readmissions_adjustment_factor(reduction)


def test_the_factor_stays_between_the_floor_and_one() -> None:
    """Not above 1 without any excess, not below 0.97 however much there is."""
    seen = Seen("capped", "between", "no_penalty")

    @settings(max_examples=1000, deadline=None)
    @given(HOSPITAL, MODIFIER)
    def holds(hospital: list[dict[str, Decimal]], modifier: Decimal) -> None:
        found = factor(hospital, modifier)
        seen.note(capped=found == FLOOR, between=FLOOR < found < 1, no_penalty=found == 1)
        assert FLOOR <= found <= 1
        assert found == round(found, 4)

    holds()
    seen.check()


def test_a_higher_ratio_never_raises_the_factor_and_a_higher_median_never_lowers_it() -> None:
    seen = Seen("moved", "capped")

    @settings(max_examples=1000, deadline=None)
    @given(HOSPITAL, MODIFIER, st.integers(0, 5), thousandths(1, 200), st.booleans())
    def holds(
        hospital: list[dict[str, Decimal]],
        modifier: Decimal,
        which: int,
        more: Decimal,
        ratio_moves: bool,
    ) -> None:
        before = factor(hospital, modifier)
        chosen = hospital[which % len(hospital)]
        if ratio_moves:
            moved = {"excess_readmission_ratio": chosen["excess_readmission_ratio"] + more}
        else:
            moved = {"excess_threshold": chosen["excess_threshold"] - more}
        worse = [{**it, **moved} if it is chosen else it for it in hospital]
        after = factor(worse, modifier)
        seen.note(moved=after < before, capped=after == FLOOR)
        assert after <= before

    holds()
    seen.check()


def test_a_condition_below_its_median_or_with_few_discharges_changes_nothing() -> None:
    """What is better than the median does not make up for what is worse."""
    seen = Seen("below_median", "few_discharges", "penalised_elsewhere")

    @settings(max_examples=500, deadline=None)
    @given(HOSPITAL, CONDITION, MODIFIER, st.booleans())
    def holds(
        hospital: list[dict[str, Decimal]],
        added: dict[str, Decimal],
        modifier: Decimal,
        few: bool,
    ) -> None:
        if few:
            added = {**added, "eligible_discharges": Decimal(24)}
        else:
            added = {**added, "excess_readmission_ratio": added["excess_threshold"]}
        before = factor(hospital, modifier)
        seen.note(below_median=not few, few_discharges=few, penalised_elsewhere=before < 1)
        assert factor([*hospital, added], modifier) == before

    holds()
    seen.check()


def test_the_dollars_taken_and_left_are_all_of_the_payments() -> None:
    """To the cent, and never more taken than three per cent and half a cent."""
    seen = Seen("taken", "nothing_taken")

    @settings(max_examples=600, deadline=None)
    @given(st.integers(0, 10**10), st.integers(0, 300))
    def holds(cents: int, basis_points: int) -> None:
        payments, reduction = Decimal(cents).scaleb(-2), Decimal(basis_points).scaleb(-4)
        taken = hrrp.readmissions_reduction(payments, reduction)
        left = hrrp.payments_after_readmissions(payments, taken)
        seen.note(taken=taken > 0, nothing_taken=taken == 0)
        assert taken + left == payments
        assert 0 <= taken <= payments * Decimal("0.03") + Decimal("0.005")

    holds()
    seen.check()


def test_a_settlement_without_any_fact_says_what_is_missing() -> None:
    period = {"performance": (date(2024, 10, 1), date(2025, 9, 30))}
    resolver = Resolver(
        [component("hrrp")],
        Given({"eligible_discharges": {At("performance", "hf"): Decimal(30)}}),
        load_program("hrrp"),
        Coordinates(period, CONDITIONS, date(2024, 10, 1)),
    )
    lines, problems = resolver.results()
    assert [str(it).partition(": missing fact (usd)")[0] for it in problems] == [
        "hrrp/base_operating_payments [performance]"
    ]
    unknown = {line.path: line.value for line in lines if line.path.endswith("factor")}
    assert [it.reason for it in unknown.values()] == [
        "penalty unknown: predicted or expected rate missing"
    ]
