"""ACO REACH: cases worked by hand, and what must hold for any benchmark and any cost.

The cases are the documents tests/rules/reach_*.md (see rule_case.py).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.contract.component import component
from openvbc.contract.names import Names
from openvbc.parameters import load_program
from openvbc.rules.reach_benchmark import (
    benchmark_after_discount,
    final_benchmark,
    quality_withhold,
    quality_withhold_earned_back,
    total_quality_score,
)
from openvbc.rules.reach_settlement import (
    Corridors,
    shared_after_sequestration,
)
from openvbc.rules.scale import share_by_bands
from rule_case import check_case, read_cases
from seen import Seen

PARAMETERS = load_program("reach")
ARRANGEMENTS = ("global", "professional")
OPEN_CORRIDORS = PARAMETERS["risk_corridors"].on(date(2024, 1, 1)).value
RATES = st.integers(-150, 150).map(lambda percent: Decimal(percent) / 100)
BENCHMARKS = st.integers(1, 10**12).map(lambda cents: Decimal(cents) / 100)
SCORES = st.one_of(st.integers(0, 100), st.integers(0, 9), st.integers(91, 100)).map(
    lambda percent: Decimal(percent) / 100
)
"""Any score, and many so low or high that an adjustment of ten points meets the bounds."""
GATEWAYS = [
    (Decimal(factor), Decimal(points) / 100)
    for factor, points in (("1", 10), ("1", 10), ("1", 0), ("0.5", 0), ("0.5", -10), ("1", -10))
]
"""The factor of the gateway and the data reporting adjustment."""


@pytest.mark.parametrize("case", list(read_cases("reach_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_a_contract_with_both_components_has_every_name_once() -> None:
    parts = [component("reach_benchmark"), component("reach_settlement")]
    assert Names(parts, PARAMETERS).shadowed() == []


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_no_value_outlives_the_model(name: str) -> None:
    assert PARAMETERS[name].covered()[-1][1] == date(2026, 12, 31)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_the_corridors_meet_and_shares_fall(arrangement: str) -> None:
    corridors = OPEN_CORRIDORS[arrangement]
    assert corridors[0]["from"] == 0
    assert corridors[-1]["to"] is None
    ends = [corridor["to"] for corridor in corridors[:-1]]
    assert ends == [corridor["from"] for corridor in corridors[1:]]
    shares = [corridor["share"] for corridor in corridors]
    assert shares == sorted(shares, reverse=True)


def corridors_of(arrangement: str) -> Corridors:
    found: Corridors = OPEN_CORRIDORS[arrangement]
    return found


@settings(max_examples=1000)
@given(st.sampled_from(ARRANGEMENTS), BENCHMARKS, RATES, RATES)
def corridors_hold(arrangement: str, benchmark: Decimal, rate: Decimal, other: Decimal) -> None:
    corridors = corridors_of(arrangement)
    amount = benchmark * rate
    share = share_by_bands(corridors, amount, benchmark)
    # Symmetric, and never more than there is.
    assert share == -share_by_bands(corridors, -amount, benchmark)
    assert abs(share) <= abs(amount) * corridors[0]["share"]
    # Beyond the last corridor's start, a dollar more is worth the last share of a dollar.
    capped = abs(rate) > corridors[-1]["from"]
    if capped:
        dollar = Decimal(1).copy_sign(amount)
        more = share_by_bands(corridors, amount + dollar, benchmark)
        assert abs(more - share) == pytest.approx(corridors[-1]["share"], abs=Decimal("1e-15"))
    # The more is saved, the larger the ACO's share: monotone in savings, falling in cost.
    lower, higher = sorted((rate, other))
    less = share_by_bands(corridors, benchmark * lower, benchmark)
    assert less <= share_by_bands(corridors, benchmark * higher, benchmark)
    # Sequestration takes from savings only.
    paid = shared_after_sequestration(share, Decimal("0.02"))
    assert paid == (share * Decimal("0.98") if share > 0 else share)
    CORRIDORS_SEEN.note(capped=capped, negative=amount < 0, first=abs(rate) <= corridors[0]["to"])


CORRIDORS_SEEN = Seen("capped", "negative", "first")


def test_corridors_are_symmetric_bounded_and_monotone() -> None:
    corridors_hold()
    CORRIDORS_SEEN.check()


@settings(max_examples=1500)
@given(
    BENCHMARKS,
    st.sampled_from([Decimal(0), Decimal("0.02"), Decimal("0.04")]),
    st.sampled_from([Decimal("0.02"), Decimal("0.05")]),
    SCORES,
    SCORES,
    st.sampled_from(GATEWAYS),
)
def quality_holds(
    before: Decimal,
    discount: Decimal,
    withhold_rate: Decimal,
    score: Decimal,
    other: Decimal,
    gateway_and_adjustment: tuple[Decimal, Decimal],
) -> None:
    gateway, adjustment = gateway_and_adjustment
    after = benchmark_after_discount(before, discount)
    withheld = quality_withhold(after, withhold_rate)

    def benchmark(quality: Decimal) -> Decimal:
        total = total_quality_score(quality, gateway, adjustment)
        back = quality_withhold_earned_back(withheld, total)
        return final_benchmark(after, Decimal(0), withheld, back, Decimal(0))

    # Between the benchmark without and with the whole withhold; better quality never costs.
    assert after - withheld <= benchmark(score) <= after
    low, high = sorted((score, other))
    assert benchmark(low) <= benchmark(high)
    raw = score * gateway + adjustment
    QUALITY_SEEN.note(capped=raw > 1, negative=raw < 0, halved=gateway < 1)


QUALITY_SEEN = Seen("capped", "negative", "halved")


def test_quality_earns_back_at_most_what_was_withheld_and_more_with_a_better_score() -> None:
    quality_holds()
    QUALITY_SEEN.check()
