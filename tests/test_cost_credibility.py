"""How far a panel's own experience counts, worked by hand; concentration; rows of few people."""

from decimal import Decimal
from itertools import pairwise

import pytest

from openvbc.cost.credibility import (
    Experience,
    Structure,
    blended,
    full_exposure,
    greatest_accuracy,
    limited_fluctuation,
    structure,
)
from openvbc.cost.market import index
from openvbc.cost.page import chart
from openvbc.cost.panels import person_years
from openvbc.cost.section import Section, fold_few, sections_csv
from openvbc.engine.inputs import code_list_rows
from openvbc.parameters import code_lists

D = Decimal


def test_limited_fluctuation_is_the_square_root_rule() -> None:
    """1.645 ÷ 0.05 = 32.9, squared 1,082.41; variance 4: full at 4,329.64 person-years.

    A quarter of it counts half; more than it counts in full.
    """
    full = full_exposure(D("1.645"), D("0.05"), D(4))
    assert full == D("4329.64")
    assert limited_fluctuation(full / 4, full) == D("0.5")
    assert limited_fluctuation(full * 2, full) == 1


def test_person_years_are_told_to_two_places_half_up() -> None:
    """1,082.41 x 3.80602 = 4,119.674..., told 4,119.67; k of 23.715 is 23.72, not 23.

    With 23.72 a panel of 20 person-years counts 20 / 43.72 = 0.4575; with 23 it would be 0.4651.
    """
    full = full_exposure(D("1.645"), D("0.05"), D("3.80602"))
    assert person_years(full) == "4,119.67"
    assert person_years(D("4119.675")) == "4,119.68"
    assert person_years(D("23.715")) == "23.72"
    weight = greatest_accuracy(D(20), Structure(D("23.72"), D(1)))
    assert round(weight, 4) == D("0.4575")
    assert person_years(None) == "none (panels do not differ)"


def test_greatest_accuracy_by_hand() -> None:
    """Two panels of two people with one person-year each: ratios 0, 2 and 2, 4.

    Means 1 and 3; squares 4 and 20. Within: (4 − 2 × 1) + (20 − 2 × 9) = 4 over 2 free: 2.
    Mean 2; apart: 2 × 1 + 2 × 1 = 4; scale 4 − 8 ÷ 4 = 2; between: (4 − 1 × 2) ÷ 2 = 1.
    k = 2 ÷ 1 = 2: each counts 2 ÷ (2 + 2) = a half, so the second panel's 3 is believed as
    0.5 × 3 + 0.5 × 1 = 2.
    """
    panels = [Experience(2, D(2), D(1), D(4)), Experience(2, D(2), D(3), D(20))]
    found = structure(panels)
    assert [found.within, found.between, found.k] == [2, 1, 2]
    weight = greatest_accuracy(D(2), found)
    assert weight == D("0.5")
    assert blended(weight, D(3)) == 2


def test_panels_that_differ_no_more_than_chance_count_nothing() -> None:
    """Means 1 and 1, whatever within: nothing between, so the book's experience stands."""
    found = structure([Experience(2, D(2), D(1), D(4)), Experience(2, D(2), D(1), D(4))])
    assert found.between == 0
    assert greatest_accuracy(D(100), found) == 0
    assert structure([Experience(1, D(1), D(1), D(1))]) == Structure(D(0), D(0))


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([5], 10_000), ([50, 50], 5_000), ([40, 30, 20, 10], 3_000), ([60, 40, -5, 0], 5_200)],
)
def test_concentration_is_the_sum_of_squared_shares(amounts: list[int], expected: int) -> None:
    """40² + 30² + 20² + 10² = 3,000; what is below zero has no share."""
    assert index(amounts) == expected


def test_nobody_in_a_market_has_no_concentration() -> None:
    assert index([]) is None


def test_rows_of_few_people_are_one_row_and_the_sum_stays() -> None:
    """9 and 4 people are 13 together: nobody can tell one from the other."""
    found = fold_few([("a", 40, 100), ("b", 9, 20), ("c", 4, 7)], 1, (2,))
    assert found == [("a", 40, 100), ("others, each of few people (2)", None, 27)]


def test_a_single_row_of_few_people_takes_the_next_with_it() -> None:
    """With 9 alone the whole less 40 and 30 would tell; so 30 joins."""
    found = fold_few([("a", 40, 100), ("b", 9, None), ("c", 30, 7)], 1, (2,))
    assert found == [("a", 40, 100), ("others, each of few people (2)", None, 7)]


def test_two_rows_that_are_few_together_take_the_next_with_them() -> None:
    found = fold_few([("a", 40, 100), ("b", 5, 1), ("c", 5, 2), ("d", 12, 4)], 1, (2,))
    assert found == [("a", 40, 100), ("others, each of few people (3)", None, 7)]


RATIOS = Section(
    "expected_2025", "t", (("panel", "text"), ("ratio", "factor")),
    (("T1", D("1.5")), ("T2", D("0.5")), ("T3", None)), bars="ratio",
)  # fmt: skip


def test_a_chart_of_ratios_stands_around_one() -> None:
    """From 0.5 to 1.5 the one is in the middle: T1 to the right of it, T2 to the left."""
    drawn = chart(RATIOS)
    assert drawn is not None
    assert drawn.zero == 50
    places = [(it.name, it.left, it.width, it.tone) for it in drawn.bars]
    assert places == [("T1", 50, 50, "above"), ("T2", 0, 50, "below")]


def test_several_tables_are_one_long_table() -> None:
    assert sections_csv([RATIOS]) == "panel,ratio\nT1,1.5000\nT2,0.5000\nT3,\n"
    assert sections_csv([RATIOS, RATIOS]).splitlines()[:3] == [
        "section,row,column,unit,value",
        "expected_2025,1,panel,text,T1",
        "expected_2025,1,ratio,factor,1.5000",
    ]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("clinician_class", ("specialty_code",)),
        ("primary_care_spend", ("definition", "kind", "code")),
        ("initiation_rule", ("rule",)),
        ("credibility_rule", ("rule",)),
    ],
)
def test_a_list_of_cost_has_no_entry_twice(name: str, keys: tuple[str, ...]) -> None:
    """A line that met two entries would count twice."""
    rows = code_list_rows(code_lists()[name])
    found = [(*(row[key] for key in keys), row["first_day"]) for row in rows]
    assert len(set(found)) == len(found) > 0


def test_what_a_line_is_falls_in_one_range_of_each_kind() -> None:
    rows = code_list_rows(code_lists()["initiated_service"])
    spans = sorted((row["kind"], row["first_code"], row["last_code"]) for row in rows)
    for (kind, _, last), (other, first, _) in pairwise(spans):
        assert kind != other or last < first
