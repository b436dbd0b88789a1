"""Sharing what was earned: every dollar of a pool, to the cent, by the contract's own words."""

from decimal import Decimal
from fractions import Fraction

import pytest

from openvbc.contract.distribution import BASES
from openvbc.distribute.allocate import Account, fill, whole_cents
from openvbc.distribute.participants import Participant
from openvbc.distribute.split import pass_through, split
from openvbc.distribute.weights import credibility
from openvbc.errors import InputError
from split_sample import by, clause, dollars, group, person

BUNDLE = group(
    "bundle",
    "1",
    agreed=by(surgeon="0.50", hospital="0.20", anesthesia="0.20", therapy="0.10"),
    gates=[{"measure": "quality", "at_least": Decimal("0.60"), "forfeit": "group"}],
)


def bundle(**quality: str) -> list[Participant]:
    names = ("surgeon", "hospital", "anesthesia", "therapy")
    return [person(it, "bundle", quality=quality.get(it, "0.80")) for it in names]


def test_a_bundle_surplus_is_shared_as_agreed() -> None:
    """R008: $228,000 at 50/20/20/10, all at or above the quality gate of 0.60."""
    result = split(clause(BUNDLE), 22_800_000, bundle(therapy="0.60"), "f")
    assert dollars(result) == {
        "anesthesia": "45,600.00",
        "hospital": "45,600.00",
        "surgeon": "114,000.00",
        "therapy": "22,800.00",
    }


def test_who_misses_the_gate_forfeits_to_the_others() -> None:
    """Surgeon at 0.59: $114,000 goes to 20/20/10, so 228,000 × 2/5, 2/5 and 1/5."""
    result = split(clause(BUNDLE), 22_800_000, bundle(surgeon="0.59"), "f")
    assert dollars(result) == {
        "anesthesia": "91,200.00",
        "hospital": "91,200.00",
        "surgeon": "0.00",
        "therapy": "45,600.00",
    }
    surgeon = next(it for it in result.parts if it.participant.id == "surgeon")
    assert [(it.says, int(it.cents)) for it in surgeon.steps] == [
        ("agreed share 50% of $228,000.00", 11_400_000),
        (
            "quality 0.59 is below 0.6: forfeited to the rest of group bundle",
            -11_400_000,
        ),
    ]


def test_a_forfeit_may_go_to_the_reserve_or_stay_with_the_entity() -> None:
    """Surgeon's half of 90 % of $228,000 is $102,600; the reserve has $22,800 of its own."""
    reserve = {"group": "reserve", "kind": "reserve", "share": Decimal("0.10")}
    for forfeit, expected in (("reserve", "125,400.00"), ("entity", "22,800.00")):
        gate = {"measure": "quality", "at_least": Decimal("0.60"), "forfeit": forfeit}
        shared = BUNDLE | {"share": Decimal("0.90"), "gates": [gate]}
        found = dollars(split(clause(shared, reserve), 22_800_000, bundle(surgeon="0.5"), "f"))
        assert (found["surgeon"], found["reserve"]) == ("0.00", expected)
        assert found.get("entity") == ("102,600.00" if forfeit == "entity" else None)


def test_where_nobody_passes_the_group_s_part_goes_to_the_reserve_or_the_entity() -> None:
    low = bundle(surgeon="0", hospital="0", anesthesia="0", therapy="0")
    assert dollars(split(clause(BUNDLE), 22_800_000, low, "f"))["entity"] == "228,000.00"


def test_a_specialty_pool_goes_by_episode_savings_times_quality() -> None:
    """R034: 30 % of $2,000,000 is $600,000; weights 500,000 × 0.8, 400,000 × 0.9 and none.

    600,000 × 400/760 = 315,789.47…; 600,000 × 360/760 = 284,210.52…6 → the last cent.
    """
    result = split(
        clause(
            group("specialists", "0.30", basis=by(episode_savings_quality="1")),
            group("primary_care", "0.70", kind="primary_care", basis=by(panel="1")),
        ),
        200_000_000,
        [
            person("S1", "specialists", quality="0.80", episode_savings=500_000),
            person("S2", "specialists", quality="0.90", episode_savings=400_000),
            person("S3", "specialists", quality="0.75", episode_savings=-60_000),
            person("P1", "primary_care", panel=1_200),
            person("P2", "primary_care", panel=6_800),
        ],
        "f",
    )
    assert dollars(result) == {
        "S1": "315,789.47",
        "S2": "284,210.53",
        "S3": "0.00",
        "P1": "210,000.00",  # 1,200 of 8,000 of $1,400,000
        "P2": "1,190,000.00",
    }
    first = next(it for it in result.parts if it.participant.id == "P1")
    assert [it.says for it in first.steps] == ["panel 1,200 of 8,000 × 100% of $1,400,000.00"]
    # R050: $1,400,000 of an income of $4,000,000
    assert pass_through(result, 400_000_000) == {
        "amount": Decimal("1400000.00"),
        "share_of_income": Decimal("0.35"),
    }


def test_each_basis_splits_by_its_own_figure() -> None:
    """$700 by one basis at a time, between one with 3 and one with 4 of everything."""
    for name in BASES:
        one, two = (
            person(
                it,
                "g",
                panel=n,
                performance=n,
                quality=f"0.{n}",
                tenure_months=n,
                need=n,
                episode_savings=1,
            )
            for it, n in (("A", 3), ("B", 4))
        )
        found = dollars(
            split(clause(group("g", "1", basis=by(**{name: "1"}))), 70_000, [one, two], "f")
        )
        equal = name == "equal"
        assert found == {"A": "350.00" if equal else "300.00", "B": "350.00" if equal else "400.00"}


def test_a_small_panel_s_rate_is_drawn_to_the_mean_of_the_group() -> None:
    """Z = √(250 ÷ 1,000) = 0.5; the mean of 0.9 × 250 and 0.5 × 750 lives is 0.6.

    A: 0.5 × 0.9 + 0.5 × 0.6 = 0.75. B has 750 lives: Z = √0.75, so 0.866 × 0.5 + 0.134 × 0.6 =
    0.5134. Of $126.34, A's 0.75 of 1.2634 are $75.00 to the cent.
    """
    assert credibility(Decimal(250), 1000) == Decimal("0.5")
    assert credibility(Decimal(2000), 1000) == 1
    result = split(
        clause(group("g", "1", basis=by(quality="1"), credibility={"full_at": 1000})),
        12_634,
        [person("A", "g", panel=250, quality="0.9"), person("B", "g", panel=750, quality="0.5")],
        "f",
    )
    assert dollars(result) == {"A": "75.00", "B": "51.34"}
    assert result.parts[0].steps[0].says == (
        "quality 0.75 (0.5 × 0.9 + 0.5 × mean 0.6) of 1.2634 × 100% of $126.34"
    )


def test_a_floor_and_a_ceiling_hold_and_the_others_share_the_rest() -> None:
    """$1,000 by panel 1:2:7 is 100/200/700. Ceiling 500: 166.67/333.33. Floor 200: 200/300."""
    people = [person(it, "g", panel=n) for it, n in (("A", 1), ("B", 2), ("C", 7))]
    limits = {"floor": Decimal(200), "ceiling": Decimal(500)}
    result = split(clause(group("g", "1", basis=by(panel="1"), **limits)), 100_000, people, "f")
    assert dollars(result) == {"A": "200.00", "B": "300.00", "C": "500.00"}
    assert [[it.says for it in part.steps[1:]] for part in result.parts] == [
        ["raised to the floor of $200.00"],
        ["by weight, of what floors and ceilings of others took or left"],
        ["held at the ceiling of $500.00"],
    ]


def test_the_last_cent_goes_to_the_largest_remainder_then_to_the_first_id() -> None:
    """$1.00 among three equals is 33⅓ cents each: B has as much of a cent left as A and C."""
    people = [person(it, "g") for it in ("C", "A", "B")]
    shared = clause(group("g", "1", basis=by(equal="1")))
    assert dollars(split(shared, 100, people, "f")) == {"A": "0.34", "B": "0.33", "C": "0.33"}
    assert whole_cents({"A": Fraction(5, 3), "B": Fraction(4, 3)}) == {"A": 2, "B": 1}
    with pytest.raises(ValueError, match="cents are left"):
        whole_cents({"A": Fraction(1, 3)})


LOSS = clause(
    group(
        "pc",
        "0.6",
        basis=by(quality="1"),
        losses={"share": Decimal("0.25"), "basis": by(panel="1"), "cap": Decimal(300)},
    ),
    {
        "group": "reserve",
        "kind": "reserve",
        "share": Decimal("0.4"),
        "losses": {"share": Decimal("0.75")},
    },
)


def test_a_loss_is_borne_by_its_own_shares_up_to_the_caps() -> None:
    """$4,000: reserve 75 %. Of $1,000 by panel 1:4, B bears 300 of 800; A then 300 of 700.

    The caps leave $400, which stay with the entity.
    """
    people = [person("A", "pc", panel=100), person("B", "pc", panel=400)]
    result = split(LOSS, -400_000, people, "f")
    assert dollars(result) == {
        "A": "-300.00",
        "B": "-300.00",
        "entity": "-400.00",
        "reserve": "-3,000.00",
    }
    assert [it.says for it in result.parts[1].steps] == [
        "loss: panel 400 of 500 × 100% of $1,000.00",
        "held at the cap of $300.00",
    ]


def test_a_loss_of_which_the_clause_says_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"loss of \$10.00, and no group says how"):
        split(clause(BUNDLE), -1_000, bundle(), "f")


@pytest.mark.parametrize(
    ("people", "problem"),
    [
        ([], "group bundle has no participants"),
        (bundle()[1:], "group bundle: surgeon stands only in one of the agreed shares and"),
    ],
)
def test_participants_that_do_not_fit_the_clause_are_refused(
    people: list[Participant], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        split(clause(BUNDLE), 100, people, "f")


def test_floors_above_the_pool_are_refused() -> None:
    shared = clause(group("g", "1", basis=by(equal="1"), floor=Decimal("50.01")))
    people = [person("A", "g"), person("B", "g")]
    with pytest.raises(InputError, match=r"floors need \$100.02, and there is \$100.00"):
        split(shared, 10_000, people, "f")
    with pytest.raises(ValueError, match="the floors need more"):
        fill(Fraction(1), [Account("A", Fraction(1), floor=2)])


def test_nothing_to_split_by_and_every_empty_cell_are_told_at_once() -> None:
    mix = by(quality="0.5", episode_savings_quality="0.5")
    people = [
        person("A", "g", quality=None, episode_savings=0),
        person("B", "g", quality=None, episode_savings=None),
    ]
    with pytest.raises(InputError) as caught:
        split(clause(group("g", "1", basis=mix)), 100, people, "f")
    assert [it.what for it in caught.value.problems] == [
        "A has no quality, by which group g is split or gated",
        "B has no quality, by which group g is split or gated",
        "B has no episode_savings, by which group g is split or gated",
    ]
    none = [person("A", "g", episode_savings=-5), person("B", "g")]
    with pytest.raises(InputError, match="nobody in group g has any episode savings × quality"):
        split(clause(group("g", "1", basis=by(episode_savings_quality="1"))), 100, none, "f")
