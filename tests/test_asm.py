"""Ambulatory Specialty Model: cases worked by hand, and what must always hold."""

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules import asm_payment, asm_score
from rule_case import check_case, read_cases
from seen import Seen

RISK: Final = Decimal("0.09")
SHARE: Final = Decimal("0.85")
TEN: Final = Decimal(10)
HALF: Final = Decimal("0.5")

points = st.sampled_from(range(10, 101)).map(lambda it: Decimal(it) / 10)


@pytest.mark.parametrize("case", [*read_cases("asm_*.md")])
def test_worked_by_hand(case: Any) -> None:
    check_case(case)


def final_score(measures: list[Decimal | None], cost: Decimal, adjustments: Decimal) -> Any:
    """The final score of measures' points (none: too few cases) and cost points."""
    quality = asm_score.quality_score(
        {str(n): it for n, it in enumerate(measures)}, TEN, Decimal(len(measures))
    )
    cost_score = asm_score.cost_score(Decimal(20), cost, Decimal(20), TEN)
    return asm_score.final_score(True, quality, cost_score, HALF, HALF, adjustments)


def test_a_better_measure_never_lowers_the_score_and_it_stays_from_0_to_100() -> None:
    seen = Seen("capped", "floored", "reweighted")

    @settings(max_examples=600, deadline=None)
    @given(
        st.lists(points | st.none(), min_size=4, max_size=4),
        points,
        points,
        st.sampled_from(range(-90, 91)).map(Decimal),
    )
    def holds(rest: list[Decimal | None], one: Decimal, cost: Decimal, moved: Decimal) -> None:
        score = final_score([one, *rest], cost, moved)
        assert final_score([min(one + 1, TEN), *rest], cost, moved) >= score
        assert final_score([one, *rest], min(cost + 1, TEN), moved) >= score
        assert 0 <= score <= asm_score.SCALE
        seen.note(capped=score == asm_score.SCALE, floored=score == 0, reweighted=None in rest)

    holds()
    seen.check()


def factor(transformed: Decimal, scaling: Decimal) -> Any:
    """The adjustment factor of a score above 0."""
    return asm_payment.payment_adjustment_factor(Decimal(50), transformed, scaling, RISK)


def test_a_cohort_gets_back_85_percent_of_what_it_puts_at_risk_and_no_more() -> None:
    """Incentives come to the pool, so that adjustments come to −15 % of what is at risk."""
    seen = Seen("negative", "positive")
    people = st.tuples(
        st.integers(1, 1000).map(lambda it: Decimal(it) / 1000),
        st.integers(10_000_00, 900_000_00).map(lambda it: Decimal(it) / 100),
    )

    @settings(max_examples=500, deadline=None)
    @given(st.lists(people, min_size=2, max_size=20))
    def holds(cohort: list[tuple[Decimal, Decimal]]) -> None:
        paid = sum((amount for _, amount in cohort), Decimal(0))
        transformed = sum((score * amount for score, amount in cohort), Decimal(0))
        pool = asm_payment.incentive_pool(paid, RISK, SHARE)
        scaling = asm_payment.scaling_factor(None, pool, transformed, RISK)
        assert isinstance(scaling, Decimal)
        adjusted = [factor(score, scaling) * amount for score, amount in cohort]
        at_risk = RISK * paid
        assert sum(adjusted) == pytest.approx((SHARE - 1) * at_risk, abs=Decimal("0.000001"))
        assert min(factor(score, scaling) for score, _ in cohort) >= -RISK
        seen.note(negative=min(adjusted) < 0, positive=max(adjusted) > 0)

    holds()
    seen.check()


def test_a_higher_transformed_score_is_never_paid_less() -> None:
    seen = Seen("negative")
    scores = st.integers(0, 1000).map(lambda it: Decimal(it) / 1000)

    @settings(max_examples=500, deadline=None)
    @given(scores, scores)
    def holds(one: Decimal, other: Decimal) -> None:
        low, high = sorted((one, other))
        assert factor(low, Decimal("1.7")) <= factor(high, Decimal("1.7"))
        seen.note(negative=factor(low, Decimal("1.7")) < 0)

    holds()
    seen.check()
