"""Organisations of several billers: whose people are counted once, and who owns what on a day.

Invented: county 18901. T1 and T2 are practices that a system may own, T3 another with 40 people.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from openvbc.cost.book import Book
from openvbc.cost.market import concentration, market, owners_on, read_owners, shares
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError

ANALYSIS = "seniors/2024"
COUNTY = "18901"
SYSTEM = {"T1": "System", "T2": "System"}
CELL = {
    "analysis_id": "VARCHAR", "county_fips": "VARCHAR", "tin": "VARCHAR", "ccn": "VARCHAR",
    "persons": "BIGINT", "claims_cents": "BIGINT", "standard_cents": "BIGINT",
    "standardised_allowed_cents": "BIGINT",
}  # fmt: skip
LINE = {"analysis_id": "VARCHAR", "person_id": "VARCHAR", "tin": "VARCHAR", "ccn": "VARCHAR"}
PERSON = {"analysis_id": "VARCHAR", "person_id": "VARCHAR", "county_fips": "VARCHAR"}
FACILITY = {"ccn": "VARCHAR", "tin": "VARCHAR"}
PERIOD = {"analysis_id": "VARCHAR"} | dict.fromkeys(
    ("first_day", "last_day", "paid_through"), "DATE"
)

Seen = dict[tuple[str, str], range]
"""Who bills, as (TIN, CCN), and the people seen: one line of $100 each."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    found = DuckDBEngine("200MB", tmp_path)
    yield found
    found.close()


def book(engine: DuckDBEngine, seen: Seen, owned: dict[str, str] | None = None) -> Book:
    """A year of these lines."""
    cells = [
        (ANALYSIS, COUNTY, *biller, len(people), 10_000 * len(people), 0, 0)
        for biller, people in seen.items()
    ]
    lines = [(ANALYSIS, f"P{n}", *biller) for biller, people in seen.items() for n in people]
    everyone = sorted({it[1] for it in lines})
    days = (date(2024, 1, 1), date(2024, 12, 31), date(2025, 3, 31))
    engine.rows_as_table("market_cell", CELL, cells)
    engine.rows_as_table("cost_line", LINE, lines)
    engine.rows_as_table("person_total", PERSON, [(ANALYSIS, it, COUNTY) for it in everyone])
    engine.rows_as_table("facility", FACILITY, list((owned or {}).items()))
    engine.rows_as_table("cost_analysis", PERIOD, [(ANALYSIS, *days)])
    return Book(engine, "seniors", (2024,), "medicare")


def practice(tin: str, first: int, end: int) -> Seen:
    return {(tin, "none"): range(first, end)}


def test_who_goes_to_two_practices_of_an_owner_is_one_person(engine: DuckDBEngine) -> None:
    """T1 sees P0 to P159 (160), T2 P100 to P293 (194), 60 of them both: 160 + 194 - 60 = 294.

    Neither the largest of the two (194) nor their sum (354). Dollars add up: 354 x $100.
    """
    made = book(engine, practice("T1", 0, 160) | practice("T2", 100, 294))
    part = market(made, 2024, SYSTEM)[COUNTY]["System"]
    assert (part.persons, part.cents) == (294, 3_540_000)
    alone = market(made, 2024, {})[COUNTY]
    assert {name: it.persons for name, it in alone.items()} == {"T1": 160, "T2": 194}


def test_a_facility_and_its_clinicians_under_one_tin_are_one_organisation(
    engine: DuckDBEngine,
) -> None:
    """No roster. H1 bills for 20 people itself; its hospital 100001 says no TIN and has 30, of
    whom 15 are the same: 20 + 30 - 15 = 35. Hospital 100002 belongs to nobody known: 12.
    """
    seen: Seen = {
        ("H1", "none"): range(20),
        ("none", "100001"): range(5, 35),
        ("none", "100002"): range(12),
        ("none", "none"): range(9),
    }
    found = market(book(engine, seen, {"100001": "H1"}), 2024, {})[COUNTY]
    assert {name: it.persons for name, it in found.items()} == {"H1": 35, "CCN 100002": 12}


@pytest.mark.parametrize(("end", "told"), [(10, None), (11, 11)])
def test_an_owner_is_told_by_its_distinct_people(
    engine: DuckDBEngine, end: int, told: int | None
) -> None:
    """T1 sees P0 to P6; T2 P4 to P9: 7 + 6 - 3 = 10 people are not told; or to P10: 11 are.

    By the larger practice (7 people) both would be hidden, by the sum (13 or 14) both told. T3 and
    T4 have 40 each: the ten stand in one row with one of them.
    """
    seen = practice("T1", 0, 7) | practice("T2", 4, end)
    made = book(engine, seen | practice("T3", 100, 140) | practice("T4", 100, 140))
    rows = shares(made, 2024, market(made, 2024, SYSTEM)).rows
    assert {row[1]: row[2] for row in rows}.get("System") == told


@pytest.mark.parametrize(("end", "told"), [(10, False), (11, True)])
def test_a_county_is_told_where_its_largest_owner_has_eleven_people(
    engine: DuckDBEngine, end: int, *, told: bool
) -> None:
    """T1 sees P0 to P6; T2 P4 to P9 (together 10 people) or P4 to P10 (11). One owner: 10,000."""
    made = book(engine, practice("T1", 0, 7) | practice("T2", 4, end))
    (row,) = concentration(made, {2024: market(made, 2024, SYSTEM)}).rows
    assert (row[2], row[3]) == ((1, 10_000) if told else (None, None))


HEAD = "tin,owner,first_day,last_day\n"


def owners(folder: Path, rows: str) -> Path:
    path = folder / "owners.csv"
    path.write_text(HEAD + rows)
    return path


def test_owners_one_after_the_other_are_each_in_force_on_their_days(tmp_path: Path) -> None:
    path = owners(tmp_path, "T1,Old,,2024-12-31\nT1,New,2025-01-01,\nT2,New,,\n")
    rows = read_owners(path)
    assert owners_on(rows, date(2024, 12, 31)) == {"T1": "Old", "T2": "New"}
    assert owners_on(rows, date(2025, 1, 1)) == {"T1": "New", "T2": "New"}


def test_two_owners_of_a_tin_on_one_day_are_refused_with_their_lines(tmp_path: Path) -> None:
    """T1: the second begins on the first's last day. T2: the short one within the long one ends,
    the long one goes on. T3: both without days."""
    path = owners(
        tmp_path,
        "T1,Old,,2025-01-01\n"
        "T1,New,2025-01-01,\n"
        "T2,Long,2024-01-01,\n"
        "T2,Short,2024-02-01,2024-02-29\n"
        "T2,Late,2024-06-01,\n"
        "T3,One,,\n"
        "T3,Other,,\n",
    )
    with pytest.raises(InputError) as refused:
        read_owners(path)
    said = [str(it).removeprefix(f"{path}:") for it in refused.value.problems]
    assert sorted(it.split(";")[0] for it in said) == [
        "3: TIN T1 has another row on its first day (line 2)",
        "5: TIN T2 has another row on its first day (line 4)",
        "6: TIN T2 has another row on its first day (line 4)",
        "8: TIN T3 has another row on its first day (line 7)",
    ]
