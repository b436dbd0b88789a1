"""Literate cases are held as they are written: rounded where decimals say so, else exactly."""

from decimal import Decimal

import pytest

from openvbc.rules.rule import Unknown
from rule_case import as_written


@pytest.mark.parametrize(
    ("found", "expected", "holds"),
    [
        ("0.2857142857", "0.286", True),
        ("0.2857142857", "0.285", False),
        ("50.000", "50", True),
        ("49.9999999999999999999999999999999", "50", True),
        ("50.4", "50", False),
        ("0.97", "1", False),
        ("0.0027", "0", False),
    ],
)
def test_a_whole_number_is_meant_exactly(found: str, expected: str, *, holds: bool) -> None:
    """A factor of 0.97 is not the factor 1, and a share of 0.0027 is not nothing."""
    assert (as_written(Decimal(found), Decimal(expected)) == Decimal(expected)) is holds


def test_what_is_unknown_is_no_number() -> None:
    assert as_written(Unknown("no cut"), Decimal(0)) == {"unknown": "no cut"}
