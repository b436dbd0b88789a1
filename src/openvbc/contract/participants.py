"""The participant list of a contract: a CSV file beside it, one row for each span of time."""

import re
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.csvtable import CUT_SHORT, Cells, is_cut_short, needs, read_rows
from openvbc.errors import InputError, Problem

COLUMNS: Final = ("tin", "npi", "ccn", "role", "group_id", "valid_from", "valid_to")
GRAIN: Final = ("tin", "npi", "ccn", "valid_from")
DAYS: Final = ("valid_from", "valid_to")

Row = dict[str, Any]


def read_participants(path: Path) -> list[Row]:
    """The rows of a participant list: empty cells None, valid_from and valid_to as days.

    Raises InputError with one line for each thing that is wrong: a file that cannot be read or is
    not UTF-8, a missing column, a row cut short, a date that is none, a row that names nobody.
    """
    problems: list[Problem] = []
    rows: list[Row] = []
    seen: dict[tuple[object, ...], int] = {}
    for line, cells in read_rows(path, needs(COLUMNS)):
        try:
            row = _row(cells)
        except ValueError as error:
            problems.append(Problem(f"{path}:{line}", str(error)))
            continue
        first = seen.setdefault(tuple(row[name] for name in GRAIN), line)
        if first != line:
            what = f"the same participant from the same day as in line {first}; keep one of both"
            problems.append(Problem(f"{path}:{line}", what))
        rows.append(row)
    if problems:
        raise InputError(problems)
    return rows


def _row(cells: Cells) -> Row:
    """One row; raises ValueError saying what is wrong with it."""
    if is_cut_short(cells):
        raise ValueError(CUT_SHORT)
    row: Row = {str(name): text.strip() or None for name, text in cells.items()}
    row |= {name: _day(name, row[name]) for name in DAYS}
    if row["tin"] is None and row["ccn"] is None:
        raise ValueError("names neither a tin nor a ccn, so it can assign nobody")
    bare = re.sub("[-' ]", "", row["tin"] or "")
    if bare != row["tin"] and re.fullmatch("[0-9]{9}", bare):
        raise ValueError(
            f"tin: found {row['tin']!r}, expected nine digits, as claims have it: {bare}"
        )
    if row["valid_from"] and row["valid_to"] and row["valid_to"] < row["valid_from"]:
        raise ValueError(f"valid_to {row['valid_to']} is before valid_from {row['valid_from']}")
    return row


def _day(name: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"{name}: found {text!r}, expected YYYY-MM-DD") from None
