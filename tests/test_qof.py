"""Quality and Outcomes Framework, against cases worked by hand and against its limits.

The cases are the documents tests/rules/qof_*.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.qof import achievement, indicator_points, patients_counted, points_between
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("qof_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def points(eligible: int, adjusted: int, achieving: int, lower: int, width: int) -> Decimal:
    """Points of an indicator of 20, thresholds in percent."""
    counted = patients_counted(Decimal(eligible), Decimal(adjusted), Decimal(achieving))
    return indicator_points(
        achievement=achievement(Decimal(achieving), counted),
        lower_threshold=Decimal(lower) / 100,
        upper_threshold=Decimal(lower + width) / 100,
        maximum_points=Decimal(20),
        protected_points=None,
        income_protection=False,
    )


thresholds = st.tuples(st.integers(20, 50), st.sampled_from([1, 25, 40, 45]))


@st.composite
def practices(draw: st.DrawFn) -> tuple[int, int, int]:
    """Eligible, adjusted and achieving patients; at least one patient more could achieve."""
    counted, adjusted = draw(st.sampled_from(range(1, 400))), draw(st.integers(0, 100))
    achieving = counted * draw(st.sampled_from(range(100))) // 100
    return counted + adjusted, adjusted, achieving


def test_points_rise_with_patients_and_stay_within_the_indicator() -> None:
    """One patient more never costs points; no practice has fewer than 0 or more than all."""
    seen = Seen("nothing", "between", "capped", "adjusted")

    @settings(max_examples=1000, deadline=None)
    @given(practices(), thresholds)
    def holds(practice: tuple[int, int, int], bounds: tuple[int, int]) -> None:
        eligible, adjusted, achieving = practice
        earned = points(eligible, adjusted, achieving, *bounds)
        assert 0 <= earned <= points(eligible, adjusted, achieving + 1, *bounds) <= 20
        seen.note(
            nothing=earned == 0, between=0 < earned < 20, capped=earned == 20, adjusted=adjusted > 0
        )

    holds()
    seen.check()


def test_a_personalised_care_adjustment_never_costs_points() -> None:
    """It takes a patient who was not achieving out of the denominator, and so raises the share."""
    seen = Seen("raised", "unchanged")

    @settings(max_examples=1000, deadline=None)
    @given(practices(), thresholds)
    def holds(practice: tuple[int, int, int], bounds: tuple[int, int]) -> None:
        eligible, adjusted, achieving = practice
        before = points(eligible, 0, achieving, *bounds)
        after = points(eligible, adjusted, achieving, *bounds)
        assert after >= before
        seen.note(raised=after > before, unchanged=after == before)

    holds()
    seen.check()


@pytest.mark.parametrize(
    ("percent", "expected"), [(44, 0), (45, 0), (50, 4), (58, "10.4"), (70, 20), (71, 20)]
)
def test_the_ladder_of_an_indicator_of_20_points(percent: int, expected: str | int) -> None:
    """45 % to 70 %: each percentage point is worth 20 / 25 = 0.8 points."""
    achieved = Decimal(percent) / 100
    found = points_between(achieved, Decimal("0.45"), Decimal("0.70"), Decimal(20))
    assert found == Decimal(expected)
