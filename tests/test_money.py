"""Money: cents and dollars are the same amount, and rounding is half away from zero, once."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openvbc.money import cents_text, decimal_text, dollars, parse_decimal, round_half_up, to_cents

CENTS = some.integers(-(10**18), 10**18)
AMOUNTS = some.decimals(-(10**12), 10**12, places=6)


@given(CENTS)
def test_cents_to_dollars_and_back_is_nothing(cents: int) -> None:
    assert to_cents(dollars(cents)) == cents


@given(AMOUNTS)
def test_rounding_moves_an_amount_by_half_a_cent_at_most(amount: Decimal) -> None:
    assert abs(round_half_up(amount, 2) - amount) <= Decimal("0.005")


@given(AMOUNTS)
def test_rounding_is_the_same_on_both_sides_of_zero(amount: Decimal) -> None:
    assert round_half_up(-amount, 2) == -round_half_up(amount, 2)


@given(AMOUNTS)
def test_what_is_rounded_is_not_rounded_again(amount: Decimal) -> None:
    once = round_half_up(amount, 2)
    assert round_half_up(once, 2) == once


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.005", 1),
        ("-0.005", -1),
        ("0.015", 2),  # half to even would be 2 too
        ("0.025", 3),  # half to even would be 2
        ("0.0049999999999999999999999999999999", 0),  # 32 digits: no rounding on the way
        ("1.0049999999999999999999999999999999", 100),  # 35 digits
    ],
)
def test_half_a_cent_goes_away_from_zero(amount: str, cents: int) -> None:
    assert to_cents(Decimal(amount)) == cents


def test_the_arithmetic_does_not_depend_on_the_callers_context() -> None:
    third = Decimal(1) / 3
    with localcontext() as narrow:
        narrow.prec = 5
        narrow.rounding = ROUND_HALF_EVEN
        assert dollars(123_456_789) == Decimal("1234567.89")
        assert to_cents(Decimal("1234567.895")) == 123_456_790
        assert round_half_up(Decimal("1234567.885"), 2) == Decimal("1234567.89")
        assert decimal_text(third) == "0." + "3" * 28


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.50", Decimal("1.50")), ("1e3", Decimal(1000)), ("nan", None), ("inf", None), ("x", None)],
)
def test_only_finite_numbers_are_numbers(text: str, value: Decimal | None) -> None:
    assert parse_decimal(text) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.50", "1.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("0.00", "0"),
        ("-0", "0"),
        ("0.1666666666666666666666666666666667", "0.1666666666666666666666666666666667"),
    ],
)
def test_a_number_is_written_out_in_full(value: str, text: str) -> None:
    assert decimal_text(Decimal(value)) == text


@given(some.decimals(-(10**15), 10**15, places=12))
def test_a_number_written_out_is_the_same_number(value: Decimal) -> None:
    assert Decimal(decimal_text(value)) == value


def test_the_minus_of_an_amount_stands_before_its_sign() -> None:
    assert [cents_text(it) for it in (108_000_000, -50, 0)] == ["$1,080,000.00", "-$0.50", "$0.00"]
