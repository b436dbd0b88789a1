"""MIPS: cases worked by hand, and properties of points, scores and payments."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.parameters import load_program
from openvbc.rules import mips, mips_measure, mips_payment, mips_quality, qualifying_participant
from rule_case import check_case, read_cases
from seen import Seen

PARAMETERS = load_program("mips")
WEIGHTS = PARAMETERS["category_weights"].values[-1].value

LEVELS = ("qp", "partial")
THRESHOLDS = tuple(Decimal(it) for it in (3, 15, 30, 45, 60, 75))

SCORES = st.integers(0, 10_000).map(lambda it: Decimal(it) / 100)
SHARES = st.integers(0, 1_000).map(lambda it: Decimal(it) / 1000)
RATES = st.integers(0, 1_000).map(lambda it: Decimal(it) / 10)
EDGES = st.lists(st.integers(0, 100).map(Decimal), min_size=9, max_size=9)


@pytest.mark.parametrize("case", list(read_cases("mips_*.md")))
def test_case(case: Mapping[str, Any]) -> None:
    check_case(case)


@pytest.mark.parametrize("case", list(read_cases("qualifying_*.md")))
def test_qualifying_participant(case: Mapping[str, Any]) -> None:
    check_case(case)


def points_of(rate: Decimal, edges: list[Decimal], *, inverse: bool, capped: bool) -> Decimal:
    """The points of an established measure with enough cases, as of 2023 on."""
    cuts = tuple(sorted(edges, reverse=inverse))
    start = Decimal(100) if inverse else Decimal(0)
    decile = mips_measure.decile(rate, cuts, inverse)
    assert isinstance(decile, Decimal)
    found = mips_measure.measure_points(
        performance_rate=rate,
        owed_to_the_set=False,
        data_complete=True,
        case_minimum_met=True,
        benchmark_points=mips_measure.benchmark_points(decile, rate, cuts, start),
        left_out_unscored=False,
        incomplete_measure_points=Decimal(0),
        unscored_measure_points=Decimal(0),
        new_measure_points=None,
        fewest_points=Decimal(1),
        most_points=mips_measure.most_points(capped, Decimal(7)),
    )
    assert found is not None
    return found


def test_points_follow_the_rate_and_stay_between_floor_and_cap() -> None:
    """A better rate never earns less: a higher one, or a lower one of an inverse measure.

    Edges are whole numbers, so that several deciles often begin at one rate.
    """
    seen = Seen("inverse", "capped", "equal_edges", "best_decile", "worst_decile")

    @settings(max_examples=1_500, deadline=None, database=None)
    @given(EDGES, RATES, RATES, st.booleans(), st.booleans())
    def holds(
        edges: list[Decimal], one: Decimal, other: Decimal, inverse: bool, topped_out: bool
    ) -> None:
        worse, better = sorted((one, other), reverse=inverse)
        low = points_of(worse, edges, inverse=inverse, capped=topped_out)
        high = points_of(better, edges, inverse=inverse, capped=topped_out)
        assert Decimal(1) <= low <= high <= (Decimal(7) if topped_out else Decimal(10))
        whole = points_of(better, edges, inverse=inverse, capped=False)
        seen.note(
            inverse=inverse,
            capped=high < whole,
            equal_edges=len(set(edges)) < len(edges),
            best_decile=whole == 10,
            worst_decile=low < 2,
        )

    holds()
    seen.check()


def test_a_rate_on_an_edge_has_the_edge_s_decile() -> None:
    """The jump stands at the edge itself, in both directions."""
    for inverse in (False, True):
        cuts = tuple(Decimal(it) for it in range(10, 100, 10))[:: -1 if inverse else 1]
        deciles = [mips_measure.decile(it, cuts, inverse) for it in cuts]
        assert deciles == [Decimal(it) for it in range(2, 11)]


def score_of(
    weights: Mapping[str, Decimal] | None, shares: list[Decimal], bonus: Decimal
) -> Decimal:
    """The final score of four category shares."""
    parts = []
    for name, share in zip(("quality", "cost", "ia", "pi"), shares, strict=True):
        part = mips.contribution(mips.weight_of(weights, name), share, name)
        assert isinstance(part, Decimal)
        parts.append(part)
    quality, cost, activities, interoperability = parts
    return mips.final_score(
        category_weights=weights,
        quality_contribution=quality,
        cost_contribution=cost,
        activities_contribution=activities,
        interoperability_contribution=interoperability,
        complex_patient_bonus=mips.complex_patient_bonus(bonus, Decimal(10)),
        small_practice=False,
        small_practice_final_points=Decimal(0),
        performance_threshold=Decimal(75),
    )


def test_the_final_score_is_between_nothing_and_a_hundred_however_reweighted() -> None:
    """Every table and case of 2022 on; a better category never lowers the score."""
    places = [(table, case) for table, cases in WEIGHTS.items() for case in cases]
    seen = Seen("reweighted", "unscored", "capped", "app")
    drawn = set()

    @settings(max_examples=1_500, deadline=None, database=None)
    @given(
        st.sampled_from(places),
        st.lists(SHARES, min_size=4, max_size=4) | st.just([Decimal(1)] * 4),
        st.integers(0, 15).map(Decimal),
        st.integers(0, 3),
    )
    def holds(place: tuple[str, str], shares: list[Decimal], bonus: Decimal, better: int) -> None:
        table, case = place
        weights = WEIGHTS[table][case]
        score = score_of(weights, shares, bonus)
        raised = [Decimal(1) if it == better else share for it, share in enumerate(shares)]
        assert 0 <= score <= score_of(weights, raised, bonus) <= 100
        if weights is None:
            assert score == 75
        seen.note(
            reweighted=case != "none",
            unscored=weights is None,
            capped=weights is not None and score == 100,
            app=table == "app",
        )
        drawn.add(place)

    holds()
    seen.check()
    assert drawn == set(places)


def test_weights_sum_to_the_whole_in_every_case_of_every_year() -> None:
    cases = [
        weights
        for dated in PARAMETERS["category_weights"].values
        for table in dated.value.values()
        for weights in table.values()
        if weights is not None
    ]
    assert len(cases) > 30
    assert [it for it in cases if sum(it.values()) != 1 or min(it.values()) < 0] == []


def test_the_payment_follows_the_score_and_stays_within_its_bounds() -> None:
    """Not below the negative percent, not above the percent times the scaling factor."""
    seen = Seen("positive", "negative", "all_of_it", "at_the_threshold")

    @settings(max_examples=1_500, deadline=None, database=None)
    @given(
        st.booleans(),
        SCORES,
        SCORES,
        st.sampled_from(THRESHOLDS),
        st.integers(0, 300).map(lambda it: Decimal(it) / 100),
    )
    def holds(
        at: bool, drawn: Decimal, other: Decimal, threshold: Decimal, scaling: Decimal
    ) -> None:
        one, most = threshold if at else drawn, Decimal("0.09")
        scores = sorted((one, other))
        rates = [
            mips_payment.adjustment_factor(
                mips_payment.unscaled_factor(score, threshold, most), scaling, Decimal(3)
            )
            for score in scores
        ]
        low, high = rates
        assert isinstance(low, Decimal)
        assert isinstance(high, Decimal)
        assert -most <= low <= high <= most * scaling
        for score, rate in zip(scores, (low, high), strict=True):
            assert (rate < 0) is (score < threshold)
            assert (rate > 0) is (score > threshold and scaling > 0)
        seen.note(
            positive=high > 0,
            negative=low < 0,
            all_of_it=low == -most,
            at_the_threshold=one == threshold,
        )

    holds()
    seen.check()


def test_improvement_is_between_nothing_and_ten_points() -> None:
    seen = Seen("improved", "worse", "limited", "from_the_floor")
    floor, limit = Decimal("0.3"), Decimal("0.1")

    @settings(max_examples=800, deadline=None, database=None)
    @given(SHARES | st.just(Decimal(1)), SHARES)
    def holds(now: Decimal, before: Decimal) -> None:
        found = mips_quality.quality_improvement_percent(now, before, floor, limit)
        assert 0 <= found <= limit
        assert (found > 0) is (now > max(before, floor))
        seen.note(
            improved=found > 0,
            worse=now < before,
            limited=found == limit,
            from_the_floor=before < floor,
        )

    holds()
    seen.check()


def test_a_higher_share_never_lowers_a_participant_s_status() -> None:
    """Of payments or of patients, in every year; the better of both tests decides."""
    order = {"neither": 0, "partial": 1, "qualifying": 2}
    years = [
        [
            [PARAMETERS[f"{level}_{test}_threshold"].on(dated.first).value for level in LEVELS]
            for test in ("payment", "patient")
        ]
        for dated in PARAMETERS["qp_payment_threshold"].values
    ]
    seen = Seen("qualifying", "partial", "neither", "risen")

    def status(payments: Decimal, patients: Decimal, year: list[list[Decimal]]) -> str:
        return str(
            qualifying_participant.medicare_status(
                qualifying_participant.medicare_payment_test(payments, *year[0]),
                qualifying_participant.medicare_patient_test(patients, *year[1]),
            )
        )

    @settings(max_examples=1_500, deadline=None, database=None)
    @given(SHARES, SHARES, SHARES, SHARES, st.sampled_from(years))
    def holds(
        one: Decimal, other: Decimal, this: Decimal, that: Decimal, year: list[list[Decimal]]
    ) -> None:
        low = status(min(one, other), min(this, that), year)
        high = status(max(one, other), max(this, that), year)
        assert order[low] <= order[high]
        seen.note(risen=low != high, **{name: high == name for name in order})

    holds()
    seen.check()
