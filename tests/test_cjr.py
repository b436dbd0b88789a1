"""CJR reconciliation, against cases worked by hand and against its bounds.

The cases are the documents tests/rules/cjr_*.md (see rule_case.py).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.parameters import DatedValue, Parameter, load_program
from openvbc.rules.cjr_quality import (
    composite_quality_score,
    measure_points,
    points_at,
    quality_category,
)
from openvbc.rules.cjr_reconciliation import eligible_npra, npra, raw_npra
from rule_case import check_case, read_cases
from seen import Seen

PARAMETERS = load_program("cjr")
UNDISCOUNTED = Decimal(1_000_000)


@pytest.mark.parametrize("case", list(read_cases("cjr_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def value(name: str, dated: DatedValue, *keys: str) -> Any:
    """A parameter's value on the first day of a period of the limits."""
    parameter: Parameter = PARAMETERS[name]
    return parameter.pick(parameter.on(dated.first), keys)


def category(score: Decimal) -> str:
    """The quality category of a score."""
    names = ("acceptable_from", "good_from", "good_to")
    return quality_category(score, *(PARAMETERS[name].values[0].value for name in names))


class Year:
    """A hospital's reconciliation of undiscounted prices of $1.0 M in one period of the limits."""

    def __init__(self, dated: DatedValue, hospital: str, score: Decimal) -> None:
        quality = category(score)
        self.payment = UNDISCOUNTED * (1 - value("payment_discount", dated, quality))
        self.repayment = UNDISCOUNTED * (1 - value("repayment_discount", dated, quality))
        self.most_lost = self.repayment * value("stop_loss_rate", dated, hospital)
        self.most_gained = self.payment * value("stop_gain_rate", dated)
        self.eligible = value("payment_open", dated, quality)

    def before_limits(self, spending: Decimal) -> Decimal:
        """Gain or loss that quality leaves, before the limits."""
        return eligible_npra(raw_npra(self.payment, self.repayment, spending), self.eligible)

    def paid(self, spending: Decimal) -> Decimal:
        """Gain or loss within the limits."""
        raw = raw_npra(self.payment, self.repayment, spending)
        return eligible_npra(npra(raw, self.most_lost, self.most_gained), self.eligible)


PERIODS = st.sampled_from(PARAMETERS["stop_loss_rate"].values)
HOSPITALS = st.sampled_from(["rural", "sole_community", "other"])
SCORES = st.sampled_from(range(201)).map(lambda tenths: Decimal(tenths) / 10)
DOLLARS = st.sampled_from(range(600_000, 1_400_000, 500)).map(Decimal)


def test_less_spending_never_pays_less_and_the_limits_hold() -> None:
    seen = Seen("gain", "loss", "limited_gain", "limited_loss", "not_eligible", "first_year")

    @given(PERIODS, HOSPITALS, DOLLARS, DOLLARS, SCORES)
    @settings(max_examples=1500, deadline=None)
    def holds(
        dated: DatedValue, hospital: str, one: Decimal, other: Decimal, score: Decimal
    ) -> None:
        year = Year(dated, hospital, score)
        low, high = sorted((one, other))
        due = year.paid(one)
        seen.note(
            gain=due > 0,
            loss=due < 0,
            limited_gain=due == year.most_gained,
            limited_loss=0 != due == -year.most_lost,
            not_eligible=not year.eligible and one < year.payment,
            first_year=year.most_lost == 0,
        )
        assert year.paid(low) >= year.paid(high)
        assert -year.most_lost <= due <= year.most_gained

    holds()
    seen.check()


def test_better_quality_never_leaves_less_before_the_limits() -> None:
    """A smaller discount raises the target, and with it the most that can be lost."""
    seen = Seen("gain", "loss", "other_category")

    @given(PERIODS, DOLLARS, SCORES, SCORES)
    @settings(max_examples=1000, deadline=None)
    def holds(dated: DatedValue, spending: Decimal, score: Decimal, other: Decimal) -> None:
        worse, better = sorted((score, other))
        one, best = (Year(dated, "other", it).before_limits(spending) for it in (worse, better))
        seen.note(gain=best > 0, loss=one < 0, other_category=category(worse) != category(better))
        assert best >= one

    holds()
    seen.check()


def test_a_higher_percentile_never_earns_fewer_points_and_the_score_stays_in_its_range() -> None:
    seen = Seen("capped", "zero_points", "improved")
    percentiles = st.sampled_from(range(101)).map(Decimal)
    rates, survey = (
        PARAMETERS[name].values[0].value for name in ("complication_points", "survey_points")
    )

    @given(percentiles, percentiles, st.booleans())
    @settings(max_examples=1500, deadline=None)
    def holds(one: Decimal, other: Decimal, improved: bool) -> None:
        share = Decimal("0.10") if improved else Decimal(0)
        low, high = sorted((one, other))
        points = [measure_points(it, rates, share) for it in (low, high)]
        score = composite_quality_score(
            points[1],
            measure_points(high, survey, share),
            improved,
            Decimal(2),
            Decimal(20),
            None,
        )
        seen.note(
            capped=score == Decimal(20), zero_points=points[0] == share * 10, improved=improved
        )
        assert points[0] <= points[1]
        assert 0 <= score <= Decimal(20)

    holds()
    seen.check()


COMPLICATION = ("0", "5.5", "6.25", "7", "7.75", "8.5", "9.25", "10")
SURVEY = ("0", "4.4", "5", "5.6", "6.2", "6.8", "7.4", "8")


@pytest.mark.parametrize(
    ("name", "points"), [("complication_points", COMPLICATION), ("survey_points", SURVEY)]
)
def test_points_begin_at_the_30th_percentile_and_rise_every_ten(
    name: str, points: tuple[str, ...]
) -> None:
    """On a band's first percentile its own points, just under it those of the band below."""
    scale = PARAMETERS[name].values[0].value
    starts = [Decimal(it) for it in (30, 40, 50, 60, 70, 80, 90)]
    assert [points_at(it, scale) for it in starts] == [Decimal(it) for it in points[1:]]
    under = [points_at(it - Decimal("0.01"), scale) for it in starts]
    assert under == [Decimal(it) for it in points[:-1]]


def test_limits_cover_the_model_without_a_gap() -> None:
    """Every parameter covers 2016-04-01 to 2024-12-31 in one piece."""
    ranges = {name: it.covered() for name, it in PARAMETERS.items()}
    assert ranges == {name: [(date(2016, 4, 1), date(2024, 12, 31))] for name in PARAMETERS}
