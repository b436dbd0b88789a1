"""Any pool among any participants: nothing is lost, nobody passes a limit, order moves nothing."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from openvbc.contract.distribution import Distribution
from openvbc.distribute.allocate import Account, fill, whole_cents
from openvbc.distribute.participants import Participant
from openvbc.distribute.split import Split, split
from openvbc.errors import InputError
from seen import Seen, depths
from split_sample import by, clause, person

Case = tuple[Distribution, int, list[Participant]]

CASES = 140
MIXES = (
    {"panel": "1"},
    {"panel": "0.8", "tenure": "0.2"},
    {"quality": "1"},
    {"panel": "0.5", "quality": "0.5"},
    {"quality": "0.3", "performance": "0.3", "equal": "0.4"},
    {"episode_savings_quality": "0.7", "tenure": "0.3"},
    {"need": "0.25", "quality": "0.75"},
)
GATE = Decimal("0.60")

cents = st.integers(0, 4_000)
figures = st.fixed_dictionaries(
    {
        "panel": st.integers(1, 9_000),
        "performance": st.decimals("0.5", "1.5", places=2),
        "quality": st.decimals("0.30", "1", places=2),
        "tenure_months": st.integers(1, 60),
        "need": st.decimals("0.5", "2", places=2),
        "episode_savings": st.integers(-50_000, 200_000),
    }
)


@st.composite
def groups(draw: st.DrawFn, name: str, share: str, *, credible: bool) -> dict[str, Any]:
    """A group with or without limits, gates, credibility and a part of losses."""
    floor = draw(st.sampled_from([0, 20_000, 30_000, 38_000]))
    ceiling = draw(st.sampled_from([None, 50_000, 120_000]))
    gate = {"measure": "quality", "at_least": GATE}
    gates = [gate | {"forfeit": draw(st.sampled_from(["group", "group", "reserve", "entity"]))}]
    cap = draw(st.sampled_from([None, 30_000]))
    return {
        "group": name,
        "kind": "specialty",
        "share": Decimal(share),
        "basis": by(**draw(st.sampled_from(MIXES))),
        "gates": draw(st.sampled_from([[], gates, gates])),
        "floor": Decimal(floor) / 100,
        "ceiling": None if ceiling is None else Decimal(ceiling) / 100,
        "credibility": {"full_at": 2_000} if credible and draw(st.booleans()) else None,
        "losses": {
            "share": Decimal(share),
            "basis": by(panel="1"),
            "cap": None if cap is None else Decimal(cap) / 100,
        },
    }


@st.composite
def cases(draw: st.DrawFn, *, credible: bool = True, losses: bool = True) -> Case:
    """A pool, two groups and a reserve, three to seven participants in each group."""
    reserve = {
        "group": "reserve",
        "kind": "reserve",
        "share": Decimal("0.1"),
        "losses": {"share": Decimal("0.1")},
    }
    shared = clause(
        draw(groups("one", "0.6", credible=credible)),
        draw(groups("two", "0.3", credible=credible)),
        reserve,
    )
    people = [
        person(f"{name}{n}", name, **draw(figures))
        for name in ("one", "two")
        for n in range(draw(st.integers(3, 7)))
    ]
    gain = st.integers(700_000, 1_000_000)
    pool = st.one_of(gain, gain.map(lambda it: -it)) if losses else gain
    return shared, draw(pool), people


def shared_out(case: Case) -> Split:
    """The split; a case that the clause rightly refuses (floors, nothing to split by) is none."""
    try:
        return split(case[0], case[1], case[2], "f")
    except InputError as error:
        known = ("the floors need", "nobody in group")
        assume(not all(any(word in it.what for word in known) for it in error.problems))
        raise


def of(result: Split) -> dict[str, int]:
    return {it.participant.id: it.cents for it in result.parts}


def tallied(*kinds: str) -> Callable[[Any], Any]:
    """Give a property a tally and its number of cases, and check the tally after all of them."""

    def wrap(test: Any) -> Any:
        @depths
        def run(depth: int) -> None:
            seen = Seen(*kinds, depth=depth)
            test(seen, CASES * depth)
            seen.check()

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run

    return wrap


@tallied("capped", "floored", "gated", "negative")
def test_everything_adds_up_and_every_limit_holds(seen: Seen, examples: int) -> None:
    """To the cent: pool = parts + what is kept; steps add up; gated out is nothing."""

    @settings(max_examples=2 * examples)
    @given(cases())
    def holds(case: Case) -> None:
        result = shared_out(case)
        clauses = {it.group: it for it in case[0].groups}
        kept = sum(it.cents for it in result.kept)
        assert sum(of(result).values()) + kept == case[1]
        assert sum(it.cents for it in result.groups) == case[1]
        for it in result.parts:
            rule = clauses[it.participant.group]
            assert sum(step.cents for step in it.steps) == it.cents
            if case[1] < 0:
                cap = rule.losses.cap if rule.losses else None
                assert it.cents <= 0
                assert cap is None or -it.cents <= cap * 100
                continue
            assert it.gated == bool(rule.gates and it.participant.measure("quality") < GATE)
            if it.gated:
                assert it.cents == 0
            else:
                assert it.cents >= rule.floor * 100
                assert rule.ceiling is None or it.cents <= rule.ceiling * 100
        seen.note(
            capped=any(it.capped for it in result.parts),
            floored=any(it.floored for it in result.parts),
            gated=any(it.gated for it in result.parts),
            negative=case[1] < 0,
        )

    holds()


@tallied("capped", "gated", "negative")
def test_the_order_of_participants_and_groups_moves_no_cent(seen: Seen, examples: int) -> None:
    @settings(max_examples=examples)
    @given(cases(), st.randoms(use_true_random=False))
    def holds(case: Case, chance: Any) -> None:
        result = shared_out(case)
        people = list(case[2])
        chance.shuffle(people)
        turned = case[0].model_copy(update={"groups": case[0].groups[::-1]})
        again = split(turned, case[1], people, "f")
        assert of(again) == of(result)
        assert {(it.account, it.cents) for it in again.kept} == {
            (it.account, it.cents) for it in result.kept
        }
        seen.note(
            capped=any(it.capped for it in result.parts),
            gated=any(it.gated for it in result.parts),
            negative=case[1] < 0,
        )

    holds()


def better(people: list[Participant], place: int, by_points: int) -> list[Participant]:
    """The same participants, one of them with a higher quality."""
    one = people[place]
    quality = min(one.measure("quality") + Decimal(by_points) / 100, Decimal(1))
    measures = {**one.measures, "quality": quality}
    return [*people[:place], replace(one, measures=measures), *people[place + 1 :]]


@tallied("capped", "floored", "gated", "passed")
def test_a_better_quality_of_one_s_own_never_pays_less(seen: Seen, examples: int) -> None:
    """But for the last cent. A gain; every mix, gate and limit, without credibility."""

    @settings(max_examples=6 * examples)
    @given(cases(credible=False, losses=False), st.integers(0, 5), st.integers(1, 60))
    def holds(case: Case, place: int, by_points: int) -> None:
        place %= len(case[2])
        before = shared_out(case)
        after = shared_out((case[0], case[1], better(case[2], place, by_points)))
        one = case[2][place].id
        assert of(after)[one] >= of(before)[one] - 1
        was = {it.participant.id: it for it in before.parts}[one]
        now = {it.participant.id: it for it in after.parts}[one]
        seen.note(
            capped=any(it.capped for it in after.parts),
            floored=any(it.floored for it in after.parts),
            gated=any(it.gated for it in after.parts),
            passed=was.gated and not now.gated,
        )

    holds()


@tallied("capped", "small")
def test_it_does_not_either_where_a_small_panel_is_drawn_to_the_mean(
    seen: Seen, examples: int
) -> None:
    """One basis with credibility: the own rate moves the mean for all, but the own part more."""

    @settings(max_examples=2 * examples)
    @given(
        st.lists(figures, min_size=2, max_size=6),
        st.sampled_from([None, 20_000, 40_000]),
        st.sampled_from(["quality", "episode_savings_quality"]),
        st.integers(20_000, 300_000),
        st.integers(1, 60),
    )
    def holds(
        given_figures: list[dict[str, Any]],
        ceiling: int | None,
        basis: str,
        pool: int,
        by_points: int,
    ) -> None:
        people = [person(f"P{n}", "g", **it) for n, it in enumerate(given_figures)]
        limit = None if ceiling is None else Decimal(ceiling) / 100
        shared = clause(
            {
                "group": "g",
                "kind": "other",
                "share": Decimal(1),
                "basis": by(**{basis: "1"}),
                "credibility": {"full_at": 4_000},
                "ceiling": limit,
            }
        )
        before = shared_out((shared, pool, people))
        after = shared_out((shared, pool, better(people, 0, by_points)))
        assert of(after)["P0"] >= of(before)["P0"] - 1
        seen.note(
            capped=any(it.capped for it in after.parts),
            small=people[0].measure("panel") < 4_000,
        )

    holds()


@tallied("group", "away")
def test_what_a_gate_takes_from_one_reaches_the_others_or_is_kept(
    seen: Seen, examples: int
) -> None:
    """The gated-out part by weight alone is what the rest of the group, or the kept, gain."""

    @settings(max_examples=examples)
    @given(cases(losses=False))
    def holds(case: Case) -> None:
        free = [
            it.model_copy(update={"floor": Decimal(0), "ceiling": None}) for it in case[0].groups
        ]
        gated = case[0].model_copy(update={"groups": free})
        without = gated.model_copy(
            update={"groups": [it.model_copy(update={"gates": []}) for it in free]}
        )
        before = shared_out((without, case[1], case[2]))
        after = shared_out((gated, case[1], case[2]))
        out = {it.participant.id for it in after.parts if it.gated}
        lost = sum(of(before)[name] for name in out)
        gained = sum(of(after)[name] - of(before)[name] for name in of(after) if name not in out)
        more = sum(it.cents for it in after.kept) - sum(it.cents for it in before.kept)
        assert lost == gained + more
        forfeit = {it.group: it.gates[0].forfeit for it in free if it.gates}
        left = {it.participant.group for it in after.parts if not it.gated}
        targets = {forfeit[it.participant.group] for it in after.parts if it.gated}
        if out and targets == {"group"} and {"one", "two"} <= left:
            assert more == 0
        if targets and "group" not in targets:
            assert abs(gained) <= len(case[2])  # the last cents
        seen.note(group=targets == {"group"}, away=bool(targets) and "group" not in targets)

    holds()


accounts = st.lists(
    st.tuples(st.fractions(0, 100, max_denominator=50), st.integers(0, 500), st.integers(0, 3_000)),
    min_size=1,
    max_size=8,
)


@tallied("capped", "floored", "over")
def test_filling_stops_only_where_nobody_may_take_more(seen: Seen, examples: int) -> None:
    """One level for all: between the limits a part is the same multiple of the weight."""

    @settings(max_examples=examples)
    @given(accounts, st.integers(0, 10_000))
    def holds(drawn: list[tuple[Fraction, int, int]], amount: int) -> None:
        these = [
            Account(f"A{n}", weight, floor, floor + more)
            for n, (weight, floor, more) in enumerate(drawn)
        ]
        assume(sum(it.floor for it in these) <= amount)
        parts, over = fill(Fraction(amount), these)
        assert sum(parts.values()) + over == amount
        assert over >= 0
        between = {
            parts[it.id] / it.weight
            for it in these
            if it.weight and it.ceiling is not None and it.floor < parts[it.id] < it.ceiling
        }
        assert len(between) <= 1
        free = [it for it in these if it.weight and it.floor != it.ceiling]
        at_most = [it for it in free if parts[it.id] == it.ceiling]
        at_least = [it for it in free if parts[it.id] == it.floor]
        for level in between:
            assert all(it.ceiling is not None and it.ceiling <= level * it.weight for it in at_most)
            assert all(it.floor >= level * it.weight for it in at_least)
        if over:
            assert all(parts[it.id] == it.ceiling for it in these if it.weight)
        seen.note(capped=bool(at_most), floored=bool(at_least), over=over > 0)

    holds()


@settings(max_examples=CASES)
@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=9), cents)
def test_whole_cents_are_within_one_of_the_exact_part(weights: list[int], pool: int) -> None:
    exact = {f"A{n}": Fraction(pool * it, sum(weights)) for n, it in enumerate(weights)}
    whole = whole_cents(exact)
    assert sum(whole.values()) == pool
    assert all(abs(whole[name] - part) < 1 for name, part in exact.items())


def test_the_tally_of_a_property_that_met_too_few_cases_fails() -> None:
    seen = Seen("capped")
    with pytest.raises(AssertionError, match="fewer than 100"):
        seen.check()
