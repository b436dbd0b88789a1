"""TEAM reconciliation and quality score, against cases worked by hand and against its bounds.

The cases are the documents tests/rules/team_*.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.parameters import load_program
from openvbc.rules.episode import limited, quality_rate, within
from openvbc.rules.team_reconciliation import low_volume_relief, reconciliation_amount
from rule_case import check_case, read_cases
from seen import Seen

BELOW, ABOVE = range(600_000, 1_000_000, 500), range(1_000_000, 1_400_000, 500)
DOLLARS = st.one_of(st.sampled_from(ABOVE), st.sampled_from(BELOW)).map(Decimal)
SCORES = st.sampled_from(range(1001)).map(lambda tenths: Decimal(tenths) / 10)
TARGET = Decimal(1_000_000)
TRACKS = ("track_1", "track_2", "track_3")


def rate(name: str, track: str) -> Decimal:
    """A track's parameter; the same in every year of the model."""
    parameter = load_program("team")[name]
    return Decimal(parameter.pick(parameter.values[0], (track,)))


def paid(track: str, spending: Decimal, score: Decimal) -> Decimal:
    """The limited amount of a target of $1.0 M."""
    amount = TARGET - spending
    quality = quality_rate(
        amount, score, rate("greatest_gain_reduction", track), rate("greatest_loss_relief", track)
    )
    return limited(
        amount * (1 - quality),
        TARGET * rate("stop_loss_rate", track),
        TARGET * rate("stop_gain_rate", track),
    )


@pytest.mark.parametrize("case", list(read_cases("team_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_less_spending_never_pays_less_and_better_quality_never_does() -> None:
    seen = Seen("gain", "loss", "limited", "without_downside")

    @given(st.sampled_from(TRACKS), DOLLARS, DOLLARS, SCORES, SCORES)
    @settings(max_examples=1500, deadline=None)
    def holds(track: str, one: Decimal, other: Decimal, score: Decimal, better: Decimal) -> None:
        low, high = sorted((one, other))
        worse, best = sorted((score, better))
        due = paid(track, one, score)
        limits = (-TARGET * rate("stop_loss_rate", track), TARGET * rate("stop_gain_rate", track))
        seen.note(
            gain=due > 0,
            loss=due < 0,
            limited=due in limits and due != 0,
            without_downside=track == "track_1" and one > TARGET,
        )
        assert paid(track, low, score) >= paid(track, high, score)
        assert paid(track, one, best) >= paid(track, one, worse)
        assert limits[0] <= due <= limits[1]

    holds()
    seen.check()


def test_quality_never_turns_a_loss_into_a_gain_nor_a_gain_into_a_loss() -> None:
    seen = Seen("negative", "positive")

    @given(st.sampled_from(TRACKS), DOLLARS, SCORES)
    @settings(max_examples=600, deadline=None)
    def holds(track: str, spending: Decimal, score: Decimal) -> None:
        amount, due = TARGET - spending, paid(track, spending, score)
        seen.note(negative=amount < 0, positive=amount > 0)
        assert amount * due >= 0
        assert abs(due) <= abs(amount)

    holds()
    seen.check()


def test_gain_and_loss_mirror_each_other_in_the_middle_of_track_3() -> None:
    """With a score of 50, Track 3 takes 5 % off a gain and eases 5 % of a loss."""
    seen = Seen("limited", "unlimited")

    @given(st.sampled_from(range(0, 400_000, 500)).map(Decimal))
    @settings(max_examples=600, deadline=None)
    def holds(difference: Decimal) -> None:
        gain = paid("track_3", TARGET - difference, Decimal(50))
        seen.note(limited=gain == TARGET / 5, unlimited=gain < TARGET / 5)
        assert gain == -paid("track_3", TARGET + difference, Decimal(50))

    holds()
    seen.check()


AMOUNTS = st.lists(
    st.sampled_from(range(-100_000, 100_000, 250)).map(Decimal), min_size=3, max_size=3
)
COUNTS = st.lists(st.sampled_from(range(61)).map(Decimal), min_size=3, max_size=3)


def test_the_order_of_categories_does_not_matter_and_low_volume_only_helps() -> None:
    seen = Seen("low_volume", "relieved", "negative")

    @given(AMOUNTS, COUNTS)
    @settings(max_examples=600, deadline=None)
    def holds(amounts: list[Decimal], counts: list[Decimal]) -> None:
        cells = list(zip("abc", amounts, counts, strict=True))

        def netted(order: tuple[tuple[str, Decimal, Decimal], ...]) -> Decimal:
            cell = {name: amount for name, amount, _ in order}
            episodes = {name: count for name, _, count in order}
            category = {name: name for name, _, _ in order}
            relief = low_volume_relief(cell, episodes, category, Decimal(31))
            return reconciliation_amount(sum(amounts, Decimal(0)), Decimal(0), relief)

        found = {netted(order) for order in permutations(cells)}
        low = [amount for _, amount, count in cells if count < Decimal(31)]
        seen.note(
            low_volume=bool(low),
            relieved=any(amount < 0 for amount in low),
            negative=sum(amounts) < 0,
        )
        assert len(found) == 1
        assert found.pop() == sum(amounts) - sum(amount for amount in low if amount < 0)

    holds()
    seen.check()


def test_a_capped_factor_stays_in_its_band_and_never_falls_when_the_factor_rises() -> None:
    seen = Seen("capped", "free")
    factors = st.sampled_from(range(800, 1201)).map(lambda thousandths: Decimal(thousandths) / 1000)

    @given(factors, factors, factors)
    @settings(max_examples=600, deadline=None)
    def holds(one: Decimal, other: Decimal, center: Decimal) -> None:
        share = Decimal("0.05")
        low, high = sorted((one, other))
        capped = within(one, center, share)
        seen.note(capped=capped != one, free=capped == one)
        assert center * Decimal("0.95") <= capped <= center * Decimal("1.05")
        assert within(low, center, share) <= within(high, center, share)

    holds()
    seen.check()
