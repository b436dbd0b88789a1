"""CMS's county files of fee-for-service expenditure: every cell is checked, with its line.

A figure of few people stands as * or as a dot; a figure of 0 has nobody behind it.
"""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import duckdb

from openvbc.errors import InputError, Problem

COUNTY_FFS: Final = "county_ffs"
TYPES: Final = ("esrd", "disabled", "aged_dual", "aged_nondual")
LEFT_OUT: Final = frozenset({"", ".", "*"})
"""What stands where CMS left a figure out."""

MOST_DOLLARS: Final = 10_000_000
MOST_RISK: Final = 10
"""A risk score is below this: those of 2018 lie between 0.5 and 1.6."""

FIGURES: Final = {
    **{f"per_capita_{it}": MOST_DOLLARS for it in TYPES},
    **{f"risk_{it}": MOST_RISK for it in TYPES},
}
"""Column → what its figures are below."""

_CODES: Final = {
    "year": (re.compile("[0-9]{4}"), "a year of four digits"),
    "state_id": (re.compile("[0-9]{1,2}"), "an SSA state code of one or two digits"),
    "county_id": (re.compile("[0-9]{1,3}"), "an SSA county code of one to three digits"),
}
_NUMBER: Final = re.compile(r"\$? *([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]*)?|\$? *\.[0-9]+")
_SHOWN: Final = 20

Place = Callable[[int], str]
"""From the number of a row to its file and line."""


@dataclass(frozen=True)
class CountyRow:
    """One county in one year. place: its file and line; cells: column → text."""

    place: str
    year: int
    ssa: str
    cells: Mapping[str, str]

    @property
    def name(self) -> str:
        """The county and its state, as the file names them."""
        return f"{self.cells.get('county_name', '')}, {self.cells.get('state_name', '')}"


def number(text: str) -> Fraction | None:
    """A number as people write it, with commas between thousands only; None where it is none."""
    bare = text.strip()
    if not _NUMBER.fullmatch(bare):
        return None
    return Fraction(bare.lstrip("$ ").replace(",", "").rstrip("."))


def line_numbers(path: Path, delimiter: str) -> list[int]:
    """The line on which each row of a file ends, without the header, as far as they are known."""
    found: list[int] = []
    with path.open(encoding="utf-8-sig", newline="") as file, suppress(csv.Error):
        reader = csv.reader(file, delimiter=delimiter)
        found += (reader.line_num for row in reader if row)
    return found[1:]


def check_counties(parquet: str, path: Path, delimiter: str) -> None:
    """Raises InputError with every cell that is none of a county file's, by its line."""
    rows, lines = _rows(parquet), dict(enumerate(line_numbers(path, delimiter), 1))
    if not rows:
        what = "no row stands below the header; is the file whole?"
        raise InputError(Problem(f"{path}:1", what))
    counties(rows, lambda row: f"{path}:{lines.get(row, row + 1)}")


def read_counties(parquet: str, file_name: str, years: Collection[int]) -> list[CountyRow]:
    """The counties of some years, of a file that is kept.

    Raises InputError as `check_counties` does, but for other years' rows.
    """
    asked = {str(it) for it in years}
    rows = [it for it in _rows(parquet) if _is_asked(it, asked)]
    if not any(it["year"] in asked for it in rows):
        return []
    return counties(rows, lambda row: f"{file_name}:{row + 1}")


def _is_asked(row: Mapping[str, Any], years: Collection[str]) -> bool:
    return row["year"] in years or bool(next(_code_faults(row, "year"), None))


def counties(rows: Sequence[Mapping[str, Any]], place: Place) -> list[CountyRow]:
    """Rows as counties. Raises InputError with every cell that is wrong, and who stands twice."""
    problems: list[Problem] = []
    found: dict[tuple[int, str], CountyRow] = {}
    for row in rows:
        where = place(row["row_number"])
        faults = [Problem(where, it) for it in _faults(row)]
        problems += faults
        if not faults:
            it = _county(row, where)
            first = found.setdefault((it.year, it.ssa), it)
            if first is not it:
                what = f"SSA county {it.ssa} stands twice in {it.year}; see {first.place}"
                problems.append(Problem(where, what))
    if problems:
        raise InputError(_first(problems))
    return list(found.values())


def _county(row: Mapping[str, Any], place: str) -> CountyRow:
    cells = {name: _text(row, name) for name in row if name != "row_number"}
    ssa = f"{int(cells['state_id']):02}{int(cells['county_id']):03}"
    return CountyRow(place, int(cells["year"]), ssa, cells)


def _text(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name) or "").strip()


def _faults(row: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the cells of a row."""
    if not any(_text(row, name) for name in row if name != "row_number"):
        yield "the line has no value; remove it"
        return
    for name in _CODES:
        yield from _code_faults(row, name)
    for name, most in FIGURES.items():
        text = _text(row, name)
        value = Fraction(0) if text in LEFT_OUT else number(text)
        if value is None or value >= most:
            expected = f"a number from 0 to below {most:,}, or * where CMS left it out"
            yield f"{name}: found {text}, expected {expected}; mend the cell"


def _code_faults(row: Mapping[str, Any], name: str) -> Iterator[str]:
    text, (pattern, expected) = _text(row, name), _CODES[name]
    if not pattern.fullmatch(text):
        yield f"{name}: found {text or 'nothing'}, expected {expected}; mend the cell"


def _first(problems: Sequence[Problem]) -> list[Problem]:
    """As many problems as people read; how many more there are."""
    if len(problems) <= _SHOWN:
        return list(problems)
    file = problems[0].where.rpartition(":")[0]
    return [*problems[:_SHOWN], Problem(file, f"and {len(problems) - _SHOWN:,} more like these")]


def _rows(parquet: str) -> list[dict[str, Any]]:
    with duckdb.connect(config={"threads": 1, "memory_limit": "200MB"}) as connection:
        made = connection.execute(f"SELECT * FROM {parquet} ORDER BY row_number")
        names = [it[0] for it in made.description or ()]
        return [dict(zip(names, row, strict=True)) for row in made.fetchall()]
