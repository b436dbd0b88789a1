"""Which agreements are rebased to their region, against CMS's published results.

The files of PY2018 and PY2020 say of each ACO whether regional growth updates its benchmark, and
whether a regional adjustment is above 0. What the ACO's region spends they do not say, so the
dollars of a rebased benchmark cannot be made of them; the side of the ACO nearly can, where
national growth stands for the region's.
"""

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openvbc.errors import InputError
from openvbc.parameters import load_program
from test_mssp_national_benchmark_published import (
    FIRST,
    SECOND,
    cohort,
    least_squares,
    terms,
)

METHODS = {
    "national": "national_benchmark_parts",
    "rebased": "rebased_year_parts",
    "later": "benchmark_year_parts",
}
"""Benchmark → the parameter that has weights for its agreements only."""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {key.strip().lower(): it.strip() for key, it in row.items()}
            for row in csv.DictReader(file)
        ]


def weights(parameter: str, start: date, order: str) -> Any:
    """The weights of the benchmark years; None where the agreement is of another benchmark."""
    found = load_program("mssp")[parameter]
    try:
        return found.pick(found.on(start), (order,))
    except InputError:
        return None


def methods(row: Mapping[str, str]) -> list[str]:
    """The benchmarks that answer for a row's agreement."""
    month, day, year = (int(it) for it in row["current_start_date"].split(" ")[0].split("/"))
    order = "first" if row["agreement_period_num"] == "1" else "later"
    start = date(year, month, day)
    return [name for name, it in METHODS.items() if weights(it, start, order) is not None]


@pytest.mark.parametrize(
    ("file", "rebased", "others"), [("py2018.csv", 136, 412), ("py2020.csv", 58, 455)]
)
def test_one_benchmark_answers_for_each_agreement_and_it_is_the_published_one(
    file: str, rebased: int, others: int, shared: Path
) -> None:
    """`RegTrndUpdt` is 1 for the rebased; `PosRegAdj` is blank where the region has no part."""
    published = rows(shared / "data" / "mssp" / file)
    found = {it["aco_id"]: methods(it) for it in published}
    assert [it for it in found.values() if len(it) != 1] == []
    grown = {it["aco_id"] for it in published if it["regtrndupdt"] == "1"}
    assert grown == {aco for aco, made in found.items() if made == ["rebased"]}
    adjusted = {it["aco_id"] for it in published if it["posregadj"]}
    assert adjusted == {aco for aco, made in found.items() if made != ["national"]}
    assert (len(grown), len(found) - len(grown)) == (rebased, others)


@pytest.mark.parametrize(
    ("file", "start", "same", "of"),
    [
        ("py2018.csv", "01/01/2017", 50, 67),
        ("py2018.csv", "01/01/2018", 59, 69),
        ("py2020.csv", "1/1/2018", 42, 57),
    ],
)
def test_the_side_of_the_region_is_the_published_one_but_for_small_differences(
    file: str, start: str, same: int, of: int, shared: Path
) -> None:
    """Published benchmark less equal years, by the growth that first agreements of a start tell.

    The adjustment that is left has the published sign, or is within $250 a person, 2.5 % of a
    benchmark of $10,000: so far may a region's growth over two years be from the nation's.
    """
    path = shared / "data" / "mssp" / file
    growth = least_squares([terms(row, FIRST) for row in cohort(path, "1", start)])
    left = []
    for row in cohort(path, "2", start):
        factors, rest = terms({**row, "prior_sav_adj": ""}, SECOND)
        amount = Decimal(rest - sum(g * x for g, x in zip(growth, factors, strict=True)))
        left.append((amount, (amount > 0) == (row["posregadj"] == "1")))
    assert (sum(agrees for _, agrees in left), len(left)) == (same, of)
    assert max(abs(amount) for amount, agrees in left if not agrees) < 250  # dollars per capita
