"""Scales of a contract: which band a number lies in, shares by corridor, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.rule import RefusedError
from openvbc.rules.scale import (
    Bands,
    require,
    share_within,
    value_of,
    wrong_amount,
    wrong_bands,
    wrong_corridors,
    wrong_factor,
    wrong_share,
    wrong_shares,
    wrong_word,
)
from seen import Seen


def bands(*rows: tuple[Any, Any, Any], name: str = "share") -> Bands:
    """Bands from rows of from, to and value, numbers as text."""
    keys = ("from", "to", name)
    return [
        dict(zip(keys, (Decimal(it) if isinstance(it, str) else it for it in row), strict=True))
        for row in rows
    ]


CORRIDORS = bands(("0", "0.02", "0"), ("0.02", "0.05", "0.5"), ("0.05", None, "0.8"))
SCORES = bands(("0.6", "0.8", "0.5"), ("0.8", "1", "1"))


@pytest.mark.parametrize(
    ("number", "expected"),
    [("0.6", "0.5"), ("0.7999", "0.5"), ("0.8", "1"), ("1", "1")],
)
def test_a_number_on_an_edge_belongs_to_the_upper_band(number: str, expected: str) -> None:
    """60 % up to, not including, 80 % earns half; from 80 % on all; the last band holds its end."""
    assert value_of(SCORES, Decimal(number)) == Decimal(expected)


@pytest.mark.parametrize("number", ["0.5999", "1.0001"])
def test_a_number_outside_the_scale_is_refused(number: str) -> None:
    with pytest.raises(RefusedError, match=rf"{number} lies outside the scale, 0\.6 to 1"):
        value_of(SCORES, Decimal(number))


@pytest.mark.parametrize(("number", "expected"), [("-7", "1"), ("0", "2"), ("999", "2")])
def test_open_ends_reach_any_number(number: str, expected: str) -> None:
    """Up to 0: 1. From 0 on: 2."""
    assert value_of(bands((None, "0", "1"), ("0", None, "2")), Decimal(number)) == Decimal(expected)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1500000", "210000"),  # 2.78 % of $54M: (1,500,000 − 1,080,000) × 50 %
        ("-1500000", "-210000"),
        ("1080000", "0"),  # 2 % exactly
        ("2700000", "810000"),  # 5 % exactly: (2,700,000 − 1,080,000) × 50 %
        ("3700000", "1610000"),  # 810,000 + 1,000,000 × 80 %
        ("0", "0"),
    ],
)
def test_each_corridor_shares_only_its_part(amount: str, expected: str) -> None:
    """Of $54.0M: to 2 % ($1.08M) nothing, to 5 % ($2.70M) half, beyond it 80 %."""
    assert share_within(CORRIDORS, Decimal(amount), Decimal(54000000)) == Decimal(expected)


def test_an_amount_beyond_the_last_corridor_is_refused() -> None:
    """10 % of 100 is 10; what happens to the eleventh dollar the contract does not say."""
    closed = bands(("0", "0.1", "0.5"))
    assert share_within(closed, Decimal(10), Decimal(100)) == 5
    with pytest.raises(RefusedError, match=r"11 lies beyond the last band, which ends at 0\.1"):
        share_within(closed, Decimal(11), Decimal(100))


SHARES = st.integers(0, 100).map(lambda percent: Decimal(percent) / 100)
AMOUNTS = st.builds(
    lambda percent, cents: 1000 * percent + Decimal(cents) / 100,
    st.integers(-60, 60),
    st.integers(0, 99),
)
"""Up to 60 % of a base of 100,000, either way, and some cents."""


@st.composite
def corridors(draw: st.DrawFn) -> Bands:
    """One to four corridors from 0 on, the last open, any shares."""
    edges = sorted(draw(st.sets(st.integers(1, 30), min_size=0, max_size=3)))
    ends = [Decimal(it) / 100 for it in edges]
    rows = zip([Decimal(0), *ends], [*ends, None], strict=True)
    return bands(*((first, end, draw(SHARES)) for first, end in rows))


def test_shares_are_symmetric_monotone_and_never_more_than_there_is() -> None:
    """The marginal shares of one dollar more lie between 0 and 1, for savings and for losses."""
    seen = Seen("negative", "several", "beyond_first")
    base = Decimal(100000)

    @settings(max_examples=1000, deadline=None)
    @given(corridors(), AMOUNTS, AMOUNTS)
    def holds(scale: Bands, one: Decimal, other: Decimal) -> None:
        assert wrong_corridors(scale) is None
        low, high = sorted((one, other))
        step = share_within(scale, high, base) - share_within(scale, low, base)
        assert 0 <= step <= high - low
        assert share_within(scale, -one, base) == -share_within(scale, one, base)
        ends = [it["to"] * base for it in scale if it["to"] is not None]
        seen.note(
            negative=one < 0,
            several=len(scale) > 1,
            beyond_first=bool(ends) and abs(one) > ends[0],
        )

    holds()
    seen.check()


def test_every_number_within_a_scale_lies_in_one_band() -> None:
    """The value is that of the only band with from ≤ number < to."""
    seen = Seen("on_an_edge", "in_the_last")

    @settings(max_examples=1000, deadline=None)
    @given(corridors(), st.integers(0, 40))
    def holds(scale: Bands, percent: int) -> None:
        number = Decimal(percent) / 100
        held = [
            it for it in scale if it["from"] <= number and (it["to"] is None or number < it["to"])
        ]
        assert [it["share"] for it in held] == [value_of(scale, number)]
        seen.note(
            on_an_edge=number in {it["from"] for it in scale}, in_the_last=held == [scale[-1]]
        )

    holds()
    seen.check()


@pytest.mark.parametrize(
    ("scale", "reason"),
    [
        ([], "has no band"),
        ("half", "found half; expected a list of bands"),
        (bands(("0", "0.5", "1"), ("0.4", None, "2")), "band 2 from 0.4 overlaps band 1 to 0.5"),
        (bands(("0", "2", "1"), ("3", None, "2")), "band 2 from 3 leaves a gap after band 1 to 2"),
        (
            bands(("5", "9", "1"), ("0", "5", "2")),
            "band 2 from 0 overlaps band 1 to 9",
        ),
        (
            bands(("0", None, "1"), ("3", None, "2")),
            "band 1 is open; the bands after it cannot be reached",
        ),
        (bands(("3", "3", "1")), "band 1 from 3 to 3 cannot be reached"),
        (bands(("0", "2", "1"), (None, None, "2")), "band 2: from is None; expected a number"),
        (
            [{"from": Decimal(0), "to": "high", "share": Decimal(1)}],
            "band 1: to is high; expected a number, or null for an open band",
        ),
        ([{"from": Decimal(0), "share": Decimal(1)}], "band 1 has from, share; expected from, to"),
        (
            [{"from": Decimal(0), "to": None}],
            "band 1 has from, to; expected from, to and one value",
        ),
        ([{"from": Decimal(0), "to": None, "share": "all"}], "share is all; expected a number"),
        (
            [*bands(("0", "2", "1")), *bands(("2", None, "1"), name="points")],
            "band 2 gives points, band 1 share; expected one name",
        ),
    ],
)
def test_a_scale_that_contradicts_itself_is_named(scale: Any, reason: str) -> None:
    assert reason in (wrong_bands(scale) or "")
    assert wrong_shares(scale) == wrong_corridors(scale) == wrong_bands(scale)


def test_everything_wrong_with_a_scale_is_said_at_once() -> None:
    scale = bands(("0", "0", "1"), ("0", None, "1"), ("1", "0.5", "1"))
    assert wrong_bands(scale) == (
        "band 1 from 0 to 0 cannot be reached; "
        "band 2 is open; the bands after it cannot be reached; "
        "band 3 from 1 to 0.5 cannot be reached"
    )


@pytest.mark.parametrize("scale", [CORRIDORS, SCORES, bands((None, "0", "1"), ("0", None, "2"))])
def test_a_sound_scale_has_nothing_wrong(scale: Bands) -> None:
    assert wrong_bands(scale) is None


def test_shares_above_one_and_corridors_that_begin_late_are_named() -> None:
    assert wrong_shares(bands(("0", None, "1.2"))) == (
        "band 1: found 1.2; expected a share from 0 to 1"
    )
    assert wrong_shares(bands(("0.02", None, "1"))) is None
    late = "band 1 begins at 0.02; expected 0, with share 0 if nothing is shared"
    assert wrong_corridors(bands(("0.02", None, "1"))) == late


def test_all_wrong_terms_are_refused_together_and_terms_not_agreed_are_not_wrong() -> None:
    checks = {"share": wrong_share, "fee": wrong_amount, "cap": wrong_share}
    require(checks, share=Decimal(1), fee=Decimal(0), cap=None)
    with pytest.raises(RefusedError) as caught:
        require(checks, share=Decimal("1.01"), fee=Decimal(-1), cap=None)
    assert str(caught.value) == (
        "share: found 1.01; expected a share from 0 to 1; fee: found -1; expected 0 or more"
    )


def test_a_factor_is_above_nothing_and_a_word_is_one_of_its_list() -> None:
    checks = {"trend": wrong_factor, "basis": wrong_word("incurred", "paid")}
    require(checks, trend=Decimal("0.01"), basis="paid")
    with pytest.raises(RefusedError) as caught:
        require(checks, trend=Decimal(0), basis="billed")
    assert str(caught.value) == (
        "trend: found 0; expected more than 0; basis: found billed; expected incurred or paid"
    )
