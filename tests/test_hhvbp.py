"""Expanded Home Health VBP model: cases worked by hand, and what holds for every agency.

The cases are the documents tests/rules/hhvbp_*.md (see rule_case.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.contract.component import component
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.money import RULES_CONTEXT, round_half_up
from openvbc.parameters import load_program
from openvbc.period import calendar_year
from openvbc.rules.hhvbp import (
    achievement_points,
    applicable_measure,
    care_points,
    improvement_points,
)
from openvbc.rules.hhvbp_exchange import (
    cohort_slope,
    payment_adjustment,
    payment_adjustment_percentage,
    quality_adjusted_payment_rate,
)
from openvbc.rules.rule import RefusedError, Unknown
from rule_case import check_case, read_cases
from seen import Seen

PERCENT = Decimal("0.05")
CENT = Decimal("0.01")
NEARLY_NOTHING = Decimal("1e-20")

YEARS = (2023, 2024, 2025, 2026)


@pytest.mark.parametrize("case", list(read_cases("hhvbp_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def adjustment_rate(score: Decimal, slope: Decimal) -> Decimal:
    """The adjustment percentage of an agency with a score."""
    rate = quality_adjusted_payment_rate(score, PERCENT, slope)
    assert isinstance(rate, Decimal)
    return payment_adjustment_percentage(rate, PERCENT)


rising = st.integers(0, 10_000).map(lambda it: Decimal(it) / 100)
hundredths = st.one_of(rising, rising.map(lambda it: 100 - it))
whole_payments = st.integers(1_000, 90_000_000).map(Decimal)
low_scores = st.one_of(hundredths, st.integers(0, 1_500).map(lambda it: Decimal(it) / 100))
cohorts = st.lists(st.tuples(low_scores, whole_payments), min_size=2, max_size=25).filter(
    lambda agencies: any(score for score, _ in agencies)
)


def test_the_adjustments_of_a_cohort_sum_to_zero() -> None:
    """Budget neutrality: what is taken is what is given, where no agency meets the upper limit.

    The lower limit is never passed. Where the upper limit cuts an agency's gain, the cohort loses
    exactly what was cut.
    """
    seen = Seen("capped", "uncapped", "negative", "positive")

    @settings(max_examples=400, deadline=None)
    @given(cohorts)
    def neutral(agencies: list[tuple[Decimal, Decimal]]) -> None:
        with localcontext(RULES_CONTEXT):
            slope = cohort_slope(agencies, PERCENT)
            rates = [adjustment_rate(score, slope) for score, _ in agencies]
            moved = [rate * paid for rate, (_, paid) in zip(rates, agencies, strict=True)]
            free = [PERCENT * score / 100 * slope - PERCENT for score, _ in agencies]
            over = [max(it - PERCENT, Decimal(0)) for it in free]
            cut = total(it * paid for it, (_, paid) in zip(over, agencies, strict=True))
            assert abs(total(moved) + cut) < NEARLY_NOTHING
            cents = [
                payment_adjustment(rate, paid)
                for rate, (_, paid) in zip(rates, agencies, strict=True)
            ]
            assert abs(total(cents) + cut) <= CENT * len(agencies)
        capped = any(it > PERCENT for it in free)
        seen.note(
            capped=capped,
            uncapped=not capped,
            negative=any(it < 0 for it in moved),
            positive=any(it > 0 for it in moved),
        )

    neutral()
    seen.check()


def test_an_example_of_four_agencies() -> None:
    """Put in 5 %: 5,000 + 10,000 + 20,000 + 15,000 = 50,000.

    By score: 20 % of 5,000 + 40 % of 10,000 + 50 % of 20,000 + 60 % of 15,000 = 24,000;
    slope 50,000/24,000 = 2.08333. Changes: −2,916.67 − 1,666.67 + 833.33 + 3,750.00 = −0.01.
    """
    agencies = [
        (Decimal(20), Decimal(100_000)),
        (Decimal(40), Decimal(200_000)),
        (Decimal(50), Decimal(400_000)),
        (Decimal(60), Decimal(300_000)),
    ]
    slope = cohort_slope(agencies, PERCENT)
    assert round_half_up(slope, 5) == Decimal("2.08333")
    changes = [payment_adjustment(adjustment_rate(score, slope), paid) for score, paid in agencies]
    assert changes == [
        Decimal("-2916.67"),
        Decimal("-1666.67"),
        Decimal("833.33"),
        Decimal("3750.00"),
    ]


def test_a_cohort_without_points_has_no_slope() -> None:
    with pytest.raises(RefusedError, match="no agency of the cohort has points"):
        cohort_slope([(Decimal(0), Decimal(100_000))], PERCENT)


def test_the_adjustment_is_bounded_and_rises_with_the_score() -> None:
    """A better score never lowers the payment, and nothing moves by more than 5 %."""
    seen = Seen("capped", "negative", "positive")
    slopes = st.integers(100, 900).map(lambda it: Decimal(it) / 100)

    @settings(max_examples=800, deadline=None)
    @given(hundredths, hundredths, slopes)
    def bounded(one: Decimal, other: Decimal, slope: Decimal) -> None:
        low, high = sorted((one, other))
        rates = adjustment_rate(low, slope), adjustment_rate(high, slope)
        assert -PERCENT <= rates[0] <= rates[1] <= PERCENT
        seen.note(capped=rates[1] == PERCENT, negative=rates[0] < 0, positive=rates[1] > 0)

    bounded()
    seen.check()


def points(score: Decimal, threshold: Decimal, benchmark: Decimal, own: Decimal | None) -> Decimal:
    """Care points of a measure on which higher is better."""
    achieved = achievement_points(True, score, threshold, benchmark, False, Decimal(10))
    improved = improvement_points(True, score, own, benchmark, False, Decimal(9))
    assert not isinstance(achieved, Unknown)
    assert not isinstance(improved, Unknown)
    found = care_points(achieved, improved)
    assert found is not None
    return found


def mirrored(
    score: Decimal, threshold: Decimal, benchmark: Decimal, own: Decimal | None
) -> Decimal:
    """Care points of the same measure counted the other way round, so that lower is better."""
    turned = Decimal(100) - score, Decimal(100) - threshold, Decimal(100) - benchmark
    achieved = achievement_points(True, *turned, True, Decimal(10))
    before = None if own is None else Decimal(100) - own
    improved = improvement_points(True, turned[0], before, turned[2], True, Decimal(9))
    assert not isinstance(achieved, Unknown)
    assert not isinstance(improved, Unknown)
    return care_points(achieved, improved) or Decimal(0)


def test_points_rise_with_performance_and_stay_within_ten() -> None:
    """Also where lower is better: the mirrored measure brings the same points."""
    seen = Seen("full", "nothing", "improved", "without_baseline")
    free = st.tuples(st.one_of(st.none(), st.none(), hundredths), *[hundredths] * 4)
    climbing = st.tuples(*[hundredths] * 5).map(sorted)  # a baseline below all the rest

    @settings(max_examples=1000, deadline=None)
    @given(st.one_of(free, climbing))
    def monotone(drawn: Sequence[Decimal | None]) -> None:
        own, *rest = drawn
        one, other, *standards = [it for it in rest if it is not None]
        (low, high), (threshold, benchmark) = sorted((one, other)), sorted(standards)
        found = [points(it, threshold, benchmark, own) for it in (low, high)]
        assert 0 <= found[0] <= found[1] <= 10
        assert found == [mirrored(it, threshold, benchmark, own) for it in (low, high)]
        achieved = points(high, threshold, benchmark, None)
        seen.note(
            full=found[1] == 10,
            nothing=found[0] == 0,
            improved=found[1] > achieved,
            without_baseline=own is None,
        )

    monotone()
    seen.check()


def test_weights_are_shared_out_whole() -> None:
    """Whatever is missing, the weights of what is left sum to 1 and the score is their mean.

    The score lies between the smallest and the largest of the measures' points.
    """
    seen = Seen("reweighted", "category_missing", "no_score", "smaller")
    parameters = load_program("hhvbp")
    sets = {year: parameters["measure_category"].on(calendar_year(year)[0]).value for year in YEARS}

    measure = st.tuples(st.integers(0, 9), st.integers(0, 100))
    drawn = st.lists(measure, min_size=12, max_size=12)
    kept_of_ten = st.sampled_from((2, 3, 10))

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(YEARS), st.sampled_from((True, True, False)), kept_of_ten, drawn)
    def whole(year: int, smaller: bool, kept: int, measures: list[tuple[int, int]]) -> None:
        categories: Mapping[str, str] = sets[year]
        each = dict(zip(categories, measures, strict=False))
        missing = {it for it, (number, _) in each.items() if number >= kept}
        scores = {it: score for it, (_, score) in each.items()}
        found = score_of(year, "smaller" if smaller else "larger", scores, missing)
        scored = [
            it
            for it in categories
            if it not in missing and not (smaller and categories[it] == "hhcahps")
        ]
        with localcontext(RULES_CONTEXT):
            weight = total(found["measure_weight"].values())
        assert weight == 0 if not scored else abs(weight - 1) < NEARLY_NOTHING
        score = found["total_performance_score"]
        assert (score is None) == (len(scored) < 5)
        if score is not None:
            own = [Decimal(scores[it]) for it in scored]
            assert min(own) - NEARLY_NOTHING <= score <= max(own) + NEARLY_NOTHING
        present = {categories[it] for it in scored}
        seen.note(
            reweighted=0 < len(scored) < len(categories),
            category_missing=0 < len(present) < 3,
            no_score=score is None,
            smaller=smaller,
        )

    whole()
    seen.check()


def score_of(
    year: int, cohort: str, scores: Mapping[str, int], missing: set[str]
) -> dict[str, Any]:
    """Weights and total score of an agency whose points on each measure are its score over ten."""
    directions = load_program("hhvbp")["lower_is_better"].on(calendar_year(year)[0]).value

    def cells(values: Mapping[str, Any]) -> dict[At, Any]:
        return {At("performance", it): value for it, value in values.items()}

    lowest = {it: Decimal(100) if directions[it] else Decimal(0) for it in scores}
    facts: dict[str, Any] = {
        "cohort": cohort,
        "performance_score": cells(
            {it: abs(lowest[it] - scores[it]) for it in scores if it not in missing}
        ),
        "measure_volume": cells({it: Decimal(40) for it in scores if it not in missing}),
        "achievement_threshold": cells(lowest),
        "measure_benchmark": cells({it: Decimal(100) - value for it, value in lowest.items()}),
    }
    coordinates = Coordinates(
        {"performance": calendar_year(year)}, tuple(scores), calendar_year(year)[0]
    )
    resolver = Resolver([component("hhvbp")], Given(facts), load_program("hhvbp"), coordinates)
    weights = {it: resolver.line("measure_weight", At("performance", it)).value for it in scores}
    score = resolver.line("total_performance_score").value
    return {"measure_weight": weights, "total_performance_score": score}


@pytest.mark.parametrize("year", YEARS)
def test_every_measure_of_a_year_is_wholly_described(year: int) -> None:
    """Category, direction and parts name the same measures, as many as the set holds."""
    parameters = load_program("hhvbp")
    day = calendar_year(year)[0]
    names = ("measure_category", "lower_is_better", "measure_parts")
    described = [set(parameters[name].on(day).value) for name in names]
    assert described[0] == described[1] == described[2]
    assert len(described[0]) == parameters["measures_in_set"].on(day).value


def test_a_category_that_does_not_count_never_applies() -> None:
    assert applicable_measure(Decimal(90), Decimal(900), Decimal(40), Decimal(0)) is False
