"""From a raw score to what a program uses, with the arithmetic beside each number."""

from decimal import Decimal

import pytest

from openvbc.risk.score import blended_score, payment_score
from openvbc.rules.risk_score import (
    capped_growth,
    coding_intensity_factored,
    renormalized_score,
)

D = Decimal


def test_a_medicare_advantage_score_is_rounded_twice() -> None:
    """1.500 ÷ 1.067 = 1.40581… → 1.406; × 0.941 = 1.323046 → 1.323."""
    assert payment_score(D("1.5"), D("1.067"), D("0.941")) == D("1.323")


def test_the_blend_of_2024() -> None:
    """0.67 × 1.200 = 0.804; 0.33 × 1.100 = 0.363; together 1.167."""
    assert blended_score([(D("0.67"), D("1.200")), (D("0.33"), D("1.100"))]) == D("1.167")


def test_a_blend_that_is_not_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="must sum to 1"):
        blended_score([(D("0.67"), D(1)), (D("0.30"), D(1))])


def test_renormalization_is_by_the_programs_own_mean() -> None:
    assert renormalized_score(D("1.32"), D("1.10")) == D("1.2")


@pytest.mark.parametrize(
    ("score", "down", "expected"),
    [
        ("1.10", None, "1.03"),  # growth of 10 % is held at 3 %
        ("1.02", None, "1.02"),
        ("0.90", None, "0.90"),  # MSSP has no floor
        ("0.90", "0.03", "0.97"),  # REACH has
        ("1.10", "0.03", "1.03"),
    ],
)
def test_growth_is_held_at_three_percent(score: str, down: str | None, expected: str) -> None:
    floor = None if down is None else D(down)
    assert capped_growth(D(score), D(1), D("0.03"), floor) == D(expected)


def test_the_coding_intensity_factor_comes_after_the_cap() -> None:
    """1.10 is held at 1.03; × 0.98 = 1.0094."""
    held = capped_growth(D("1.10"), D(1), D("0.03"), D("0.03"))
    assert coding_intensity_factored(held, D("0.98")) == D("1.0094")
