"""The two money macros against exact fractions: half away from zero, no overflow, no float."""

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvbc.engine.duckdb import DuckDBEngine

CENTS = st.integers(-(10**15), 10**15)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    it = DuckDBEngine("200MB", tmp_path_factory.mktemp("spill"))
    yield it
    it.close()


def half_away_from_zero(exact: Fraction) -> int:
    whole = int(abs(exact) + Fraction(1, 2))
    return whole if exact > 0 else -whole


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("times_rate(1, 500000000)", 1),  # half a cent goes up
        ("times_rate(-1, 500000000)", -1),  # and down below zero
        ("times_rate(100, 980000000)", 98),
        ("times_rate(9000000000000000000, 1000000000)", 9000000000000000000),  # beyond 2^62
        ("prorate(7000000, 5, 12)", 2916667),  # 70,000.00 × 5/12 = 29,166.666…
        ("prorate(6000000, 12, 5)", 14400000),  # annualised
        ("prorate(NULL, 1, 12)", None),
    ],
)
def test_a_macro_rounds_half_away_from_zero(
    engine: DuckDBEngine, call: str, expected: int | None
) -> None:
    assert engine.rows(f"SELECT {call}") == [(expected,)]


@given(cents=CENTS, rate_e9=st.integers(-2 * 10**9, 2 * 10**9))
def test_times_rate_is_the_exact_product_rounded_once(
    engine: DuckDBEngine, cents: int, rate_e9: int
) -> None:
    expected = half_away_from_zero(Fraction(cents * rate_e9, 10**9))
    assert engine.rows("SELECT times_rate(?, ?)", [cents, rate_e9]) == [(expected,)]


@given(cents=CENTS, part=st.integers(0, 366), whole=st.integers(1, 366))
def test_prorate_is_the_exact_quotient_rounded_once(
    engine: DuckDBEngine, cents: int, part: int, whole: int
) -> None:
    expected = half_away_from_zero(Fraction(cents * part, whole))
    assert engine.rows("SELECT prorate(?, ?, ?)", [cents, part, whole]) == [(expected,)]
