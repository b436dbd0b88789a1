"""Small CSV files that people write: every row knows its line, every fault its words."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem


@dataclass(frozen=True)
class Row:
    """One row: the line on which it ends, and its cells as text without blanks at the ends."""

    line: int
    cells: Mapping[str, str]

    def day(self, name: str, empty: date) -> date | None:
        """A cell as a day: `empty` where nothing stands there, None where it is no day."""
        text = self.cells[name]
        try:
            return date.fromisoformat(text) if text else empty
        except ValueError:
            return None


Cells = Mapping[str | None, Any]
"""A row as the csv module gives it: None stands among keys or values where it is cut short."""

CheckHeader = Callable[[Path, Sequence[str]], None]
"""Raises InputError where a header will not do."""

CUT_SHORT: Final = "has another number of cells than the first line; is it cut short?"


def needs(columns: Sequence[str]) -> CheckHeader:
    """The check that a header has some columns."""

    def check(path: Path, found: Sequence[str]) -> None:
        lacking = [name for name in columns if name not in found]
        if lacking:
            what = f"lacks the columns {', '.join(lacking)}; found: {', '.join(found)}"
            raise InputError(Problem(f"{path}:1", what))

    return check


def is_cut_short(cells: Cells) -> bool:
    """Whether a row has another number of cells than the header."""
    return None in cells or None in cells.values()


def read_rows(path: Path, check: CheckHeader) -> Iterator[tuple[int, Cells]]:
    """Each row with the line on which it ends; the header is checked first.

    Raises InputError where the file cannot be read, is not UTF-8 or not CSV.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            check(path, reader.fieldnames or ())
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error
    except UnicodeDecodeError as error:
        raise InputError(Problem(str(path), "not UTF-8; save the file as UTF-8")) from error
    except csv.Error as error:
        place = f"{path}:{reader.line_num + 1}"
        raise InputError(Problem(place, f"not CSV: {error}")) from error


def _each_once(columns: Sequence[str]) -> CheckHeader:
    """The check that a header has some columns, and none twice."""
    lacks = needs(columns)

    def check(path: Path, found: Sequence[str]) -> None:
        lacks(path, found)
        if len(set(found)) < len(found):
            raise InputError(Problem(f"{path}:1", "names a column twice"))

    return check


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file with these columns; further columns are not read.

    Raises InputError as `read_rows` does, where a column is lacking or stands twice, and for rows
    of another length than the first line, each with its line.
    """
    problems: list[Problem] = []
    rows: list[Row] = []
    for line, cells in read_rows(path, _each_once(columns)):
        if is_cut_short(cells):
            problems.append(Problem(f"{path}:{line}", CUT_SHORT))
        else:
            rows.append(Row(line, {name: str(cells[name]).strip() for name in columns}))
    if problems:
        raise InputError(problems)
    return rows
