"""Hospital Value-Based Purchasing: cases worked by hand, and what holds for every hospital.

The cases are the documents tests/rules/hvbp_*.md (see rule_case.py).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.money import RULES_CONTEXT, round_half_up
from openvbc.rules import hvbp, hvbp_measures
from openvbc.rules.rule import RefusedError, Unknown
from rule_case import check_case, read_cases
from seen import Seen

APPLICABLE = Decimal("0.02")
HUNDRED = Decimal(100)
QUARTER = Decimal("0.25")
NEARLY_NOTHING = Decimal("1e-20")
LAST_PLACE = Decimal("1e-12")


@pytest.mark.parametrize("case", list(read_cases("hvbp_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


thousandths = st.integers(0, 1_000).map(lambda it: Decimal(it) / 1_000)
ways = st.sampled_from([-300, -100, -1, 1, 100, 300])
standards = st.tuples(st.integers(300, 700), ways).map(
    lambda pair: (Decimal(pair[0]) / 1_000, Decimal(sum(pair)) / 1_000)
)
"""A threshold in the middle, and a benchmark on either side of it."""
hundredths = st.integers(0, 10_000).map(lambda it: Decimal(it) / 100)


def points(rate: Decimal, baseline: Decimal, standard: tuple[Decimal, Decimal]) -> list[Decimal]:
    """Achievement, improvement and score of a measure."""
    achieved = hvbp_measures.achievement_points(rate, *standard)
    improved = hvbp_measures.improvement_points(rate, baseline, *standard)
    score = hvbp_measures.measure_score(achieved, improved)
    assert achieved is not None
    assert improved is not None
    assert score is not None
    return [achieved, improved, score]


def test_points_are_whole_within_their_bounds_and_never_fall_as_performance_rises() -> None:
    seen = Seen("nothing", "full", "between", "improved_more", "lower_is_better")

    @settings(max_examples=1_500)
    @given(standards, thousandths, st.tuples(thousandths, thousandths))
    def hold(
        standard: tuple[Decimal, Decimal], baseline: Decimal, rates: tuple[Decimal, Decimal]
    ) -> None:
        threshold, benchmark = standard
        worse, better = sorted(rates, reverse=benchmark < threshold)
        low, high = (points(rate, baseline, standard) for rate in (worse, better))
        assert all(before <= after for before, after in zip(low, high, strict=True))
        achieved, improved, score = high
        assert 0 <= achieved <= 10
        assert 0 <= improved <= 9
        assert all(it == it.to_integral_value() for it in high)
        assert not any(it.is_signed() for it in high)  # never "-0"
        seen.note(
            nothing=score == 0,
            full=achieved == 10,
            between=0 < score < 10,
            improved_more=improved > achieved,
            lower_is_better=benchmark < threshold,
        )

    hold()
    seen.check()


def test_consistency_is_within_its_bounds_and_follows_the_lowest_dimension() -> None:
    seen = Seen("nothing", "full", "between")
    floors = st.sampled_from([Decimal("-0.5"), Decimal(0), Decimal("0.5"), Decimal(1)])

    @settings(max_examples=1_300)
    @given(floors, st.lists(thousandths, min_size=8, max_size=8), thousandths)
    def hold(least_of_all: Decimal, above: list[Decimal], raise_by: Decimal) -> None:
        found = [least_of_all + it for it in above]
        names = [f"dimension_{place}" for place in range(8)]
        by_name = dict(zip(names, found, strict=True))
        score = hvbp_measures.hcahps_consistency_score(by_name, names)
        least = hvbp_measures.hcahps_consistency_score(dict.fromkeys(names, min(found)), names)
        raised = hvbp_measures.hcahps_consistency_score(
            {**by_name, names[0]: found[0] + raise_by}, names
        )
        assert score is not None
        assert raised is not None
        assert 0 <= score <= 20
        assert not score.is_signed()  # never "-0"
        assert score == least
        assert raised >= score
        assert (score == 20) is (min(found) >= 1)
        seen.note(nothing=score == 0, full=score == 20, between=0 < score < 20)

    hold()
    seen.check()


def total(scores: Sequence[Decimal | None], weights: Sequence[Decimal]) -> Decimal | None:
    """The total performance score of four domain scores and their weights."""
    one, two, three, four = scores
    of = hvbp.weight_of_domains_scored(one, two, three, four, *weights)
    weighted = [hvbp.weighted(it, weight, of) for it, weight in zip(scores, weights, strict=True)]
    clinical, engagement, safety, efficiency = weighted
    return hvbp.total_performance_score(
        clinical,
        engagement,
        safety,
        efficiency,
        hvbp.domains_scored(one, two, three, four),
        minimum_domains=Decimal(3),
        total_performance_scores_awarded=True,
    )


def test_totals_are_means_of_the_domains_there_are_and_rise_with_each() -> None:
    """With equal weights the total is the mean of the domain scores, to the twelfth decimal."""
    seen = Seen("reweighted", "whole", "too_few")

    @settings(max_examples=1_300)
    @given(st.lists(st.none() | hundredths, min_size=4, max_size=4), hundredths)
    def hold(scores: list[Decimal | None], other: Decimal) -> None:
        with localcontext(RULES_CONTEXT):
            known = [it for it in scores if it is not None]
            found = total(scores, [QUARTER] * 4)
            if found is not None:
                assert found == round_half_up(sum(known, Decimal(0)) / len(known), 12)
                assert min(known) - LAST_PLACE <= found <= max(known) + LAST_PLACE
                raised = [None if it is None else max(it, other) for it in scores]
                more = total(raised, [QUARTER] * 4)
                assert more is not None
                assert more >= found
        assert (found is None) is (len(known) < 3)
        seen.note(reweighted=len(known) == 3, whole=len(known) == 4, too_few=found is None)

    hold()
    seen.check()


def test_missing_domains_share_out_unequal_weights_in_proportion() -> None:
    """10 % and 20 % of 10 + 20 + 30: (60 × 10 + 30 × 20 + 90 × 30) / 60 = 65."""
    weights = [Decimal(it) / 100 for it in (10, 20, 40, 30)]
    scores = [Decimal(60), Decimal(30), None, Decimal(90)]
    with localcontext(RULES_CONTEXT):
        assert total(scores, weights) == 65


def incentive(score: Decimal, slope: Decimal) -> Decimal:
    """The incentive payment percentage of a hospital that takes part."""
    found = hvbp.incentive_payment_percentage(
        takes_part=True,
        total_performance_scores_awarded=True,
        total_performance_score=score,
        applicable_percent=APPLICABLE,
        score_divisor=HUNDRED,
        exchange_slope=slope,
    )
    assert not isinstance(found, Unknown)
    return found


hospitals = st.lists(
    st.tuples(
        st.one_of(st.just(Decimal(0)), hundredths), st.integers(1_000, 90_000_000).map(Decimal)
    ),
    min_size=2,
    max_size=25,
).filter(lambda them: any(score for score, _ in them))


def test_the_exchange_pays_out_what_it_takes_in() -> None:
    """Budget neutrality: over all hospitals incentive payments equal reductions.

    Nobody loses more than the 2 % that is withheld, and a higher score never earns less.
    """
    seen = Seen("negative", "positive", "all_lost")

    @settings(max_examples=400)
    @given(hospitals)
    def neutral(them: list[tuple[Decimal, Decimal]]) -> None:
        with localcontext(RULES_CONTEXT):
            slope = hvbp.linear_exchange_slope(them, HUNDRED)
            rates = [incentive(score, slope) - APPLICABLE for score, _ in them]
            moved = [rate * paid for rate, (_, paid) in zip(rates, them, strict=True)]
            assert abs(sum(moved, Decimal(0))) < NEARLY_NOTHING
        assert all(rate >= -APPLICABLE for rate in rates)
        ordered = [rate for _, rate in sorted(zip((it for it, _ in them), rates, strict=True))]
        assert all(before <= after for before, after in pairwise(ordered))
        seen.note(
            negative=any(it < 0 for it in moved),
            positive=any(it > 0 for it in moved),
            all_lost=any(rate == -APPLICABLE for rate in rates),
        )

    neutral()
    seen.check()


def test_the_slope_of_three_hospitals() -> None:
    """Payments 100, 200 and 100 at scores 20, 40 and 60: 400 / (20 + 80 + 60) = 2.5.

    2 % × (0.2 × 100 + 0.4 × 200 + 0.6 × 100) × 2.5 = 8 = 2 % × 400. Divided by 110 instead of 100
    the slope is 2.75, and the payments are the same.
    """
    them = [(Decimal(20), Decimal(100)), (Decimal(40), Decimal(200)), (Decimal(60), Decimal(100))]
    with localcontext(RULES_CONTEXT):
        assert hvbp.linear_exchange_slope(them, HUNDRED) == Decimal("2.5")
        slope = hvbp.linear_exchange_slope(them, Decimal(110))
    assert round_half_up(slope, 20) == Decimal("2.75")


def test_there_is_no_slope_where_nobody_has_a_score() -> None:
    with pytest.raises(RefusedError, match="there is no slope"):
        hvbp.linear_exchange_slope([(Decimal(0), Decimal(100))], HUNDRED)
