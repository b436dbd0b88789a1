"""Hospital-Acquired Condition Reduction Program, against cases worked by hand and its limits.

The cases are the documents tests/rules/hac_*.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.hac_reduction import (
    measures_scored,
    payment_reduction,
    total_hac_score,
    winsorized_result,
    worst_performing_quartile,
    z_score,
)
from openvbc.rules.rule import Unknown
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("hac_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


LOW, HIGH, MEAN, DEVIATION = Decimal(0), Decimal(2), Decimal("0.8"), Decimal("0.5")
CUT, PLACES = Decimal("0.3751"), Decimal(4)


def score(result: Decimal | None) -> Decimal | None:
    """The z-score of a result against the same national figures for every measure."""
    moved = winsorized_result(result, LOW, HIGH)
    assert not isinstance(moved, Unknown)
    found = z_score(moved, MEAN, DEVIATION)
    assert not isinstance(found, Unknown)
    return found


def total(results: list[Decimal | None]) -> Decimal | None:
    """The Total HAC Score of results."""
    scores = {str(place): score(result) for place, result in enumerate(results)}
    return total_hac_score(scores, measures_scored(scores, Decimal(6)), PLACES)


def is_reduced(found: Decimal | None) -> bool:
    """Whether a subsection (d) hospital with this score is reduced."""
    reduced = worst_performing_quartile(
        found, CUT, subsection_d_hospital=True, exempt_from_reduction=False
    )
    assert isinstance(reduced, bool)
    return reduced


hundredths = st.integers(0, 300).map(lambda it: Decimal(it) / 100)
hospitals = st.lists(st.one_of(st.none(), hundredths), min_size=6, max_size=6)


def test_a_worse_result_never_lowers_the_score_and_outliers_stop_at_the_percentiles() -> None:
    """Every score is between those of the 5th and the 95th percentile: -1.6 and 2.4."""
    seen = Seen("capped", "negative", "reweighted", "reduced", "spared")

    @settings(max_examples=1000, deadline=None)
    @given(hospitals, hundredths, hundredths)
    def holds(others: list[Decimal | None], result: Decimal, worse: Decimal) -> None:
        found, after = total([*others[1:], result]), total([*others[1:], result + worse])
        assert found is not None
        assert after is not None
        assert Decimal("-1.6") <= found <= after <= Decimal("2.4")
        assert is_reduced(after) or not is_reduced(found)
        seen.note(
            capped=result > HIGH,
            negative=found < 0,
            reweighted=None in others[1:],
            reduced=is_reduced(found),
            spared=not is_reduced(found),
        )

    holds()
    seen.check()


def test_a_missing_measure_counts_as_the_mean_of_the_others() -> None:
    """Leaving a measure out is the same as giving it the score that the others have."""
    results = [Decimal("1.3"), None, Decimal("0.8"), None, None, Decimal("1.8")]
    scores = [score(result) for result in results if result is not None]
    assert scores == [1, 0, 2]  # (1.3 − 0.8)/0.5, (0.8 − 0.8)/0.5, (1.8 − 0.8)/0.5
    assert total(results) == 1  # 3/3, and not 3/6


@pytest.mark.parametrize(
    ("dollars", "expected"),
    [("100000000", "1000000"), ("0.49", "0"), ("0.50", "0.01"), ("1234567.89", "12345.68")],
)
def test_the_reduction_is_one_percent_to_the_cent(dollars: str, expected: str) -> None:
    found = payment_reduction(Decimal(dollars), Decimal("0.01"), worst_performing_quartile=True)
    assert found == Decimal(expected)
