"""A small CSV file whose every row knows its line."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

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


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file with these columns; further columns are not read.

    Raises InputError where it cannot be read, is not UTF-8 or not CSV, lacks a column, or has rows
    of another length than the first line, each with its line.
    """
    problems: list[Problem] = []
    rows: list[Row] = []
    for line, cells in _lines(path, columns):
        if None in cells or None in cells.values():
            what = "has another number of cells than the first line; is it cut short?"
            problems.append(Problem(f"{path}:{line}", what))
            continue
        rows.append(Row(line, {name: str(cells[name]).strip() for name in columns}))
    if problems:
        raise InputError(problems)
    return rows


def _lines(
    path: Path, columns: Sequence[str]
) -> Iterator[tuple[int, Mapping[str | None, str | list[str] | None]]]:
    """Each row with the line on which it ends."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            found = reader.fieldnames or ()
            lacking = [name for name in columns if name not in found]
            if lacking:
                what = f"lacks the columns {', '.join(lacking)}; found: {', '.join(found)}"
                raise InputError(Problem(f"{path}:1", what))
            if len(set(found)) < len(found):
                raise InputError(Problem(f"{path}:1", "names a column twice"))
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error
    except UnicodeDecodeError as error:
        raise InputError(Problem(str(path), "not UTF-8; save the file as UTF-8")) from error
    except csv.Error as error:
        place = f"{path}:{reader.line_num + 1}"
        raise InputError(Problem(place, f"not CSV: {error}")) from error
