"""The rate book of ACO REACH as a CSV: a rate that is not read as written is refused."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from openvbc.benchmark.rate_book import read_rates
from openvbc.errors import InputError

HEADER = "fips,aged_disabled,esrd"


def book(path: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path.write_text("\n".join((header, *lines)) + "\n", encoding=encoding)
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        read_rates(path)
    return [str(it).partition("rates.csv")[2] for it in error.value.problems]


def test_rates_have_commas_between_thousands_and_an_empty_cell_is_none(tmp_path: Path) -> None:
    found = read_rates(book(tmp_path / "rates.csv", '39901,"1,050.25",', "39903,1000,8000"))
    assert found.by_cell["39901", "aged_disabled"].per_capita * 4 == 4201
    assert len(found.by_cell) == 3
    assert found.why("39901", "esrd").endswith("rates.csv:2: esrd is empty, there is no rate")
    assert found.why("39905", "esrd").endswith("rates.csv has no row of it; add it, or mend their "
                                               "county_fips")  # fmt: skip
    assert found.why("", "esrd") == "the people have no county; load their county_fips"


def test_rows_of_more_or_fewer_cells_are_refused(tmp_path: Path) -> None:
    """$1,050 and $8,000 without quotes are five cells; 39903 has no cell for ESRD."""
    path = book(tmp_path / "rates.csv", "39901,1,050,8,000", "39903,1000")
    what = "has another number of cells than the first line; is it cut short?"
    assert refused(path) == [f":2: {what}", f":3: {what}"]


def test_a_county_that_stands_twice_is_refused_even_where_it_has_no_rate(tmp_path: Path) -> None:
    path = book(tmp_path / "rates.csv", "39901,,", "39901,1000,8000")
    assert refused(path) == [":3: county 39901 stands twice, first on line 2; keep one"]


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "rates.csv", '39901,"1.000,50",1e30', "3990\u00b2,1,1")
    expected = "expected a rate above 0 and below 10,000,000, such as 1,042.17"
    assert refused(path) == [
        f":2: aged_disabled: found 1.000,50, {expected}",
        f":2: esrd: found 1e30, {expected}",
        ":3: found 3990\u00b2, expected a FIPS code of five digits",
    ]


def test_a_book_of_two_columns_of_one_name_without_rows_or_not_utf_8_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rates.csv"
    assert refused(book(path, "39901,1,2,3", header=f"{HEADER},esrd")) == [
        ":1: names a column twice"
    ]
    assert refused(book(path)) == [":1: no row stands below the header; is the file whole?"]
    assert refused(book(path, "39901,1,2", encoding="utf-16")) == [
        ": not UTF-8; save the file as UTF-8"
    ]


def test_the_day_it_came_is_that_of_the_file_unless_it_is_said(tmp_path: Path) -> None:
    path = book(tmp_path / "rates.csv", "39901,1000,8000")
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    assert read_rates(path).origin.received_on == written
    assert read_rates(path, date(2024, 12, 15)).origin.received_on == date(2024, 12, 15)
