"""The crosswalk of identifiers that comes with the exclusion file: no header, fixed order.

A record is performance year (4), report month (2), current MBI (11), previous MBI (11), the day
the previous one took effect (8) and the day it became obsolete (8), with or without commas.
"""

import re
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.landed_rows import write_aside, write_rows

_RECORD: Final = re.compile(
    r"(\d{4}),?(\d{2}),?([0-9A-Z]{11}),?([0-9A-Z]{11}),?(\d{8}|\s{8})?,?(\d{8}|\s{8})?\s*"
)
_COLUMNS: Final = (
    "performance_year",
    "report_month",
    "current_mbi",
    "previous_mbi",
    "effective_on",
    "obsolete_on",
)


def land_crosswalk(path: Path, out: Path, memory: str) -> None:
    """Write `mbi_xref.parquet`, and what is no record aside. Raises InputError: not UTF-8."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        what = "found bytes that are not UTF-8, expected UTF-8 text; save the file as UTF-8"
        raise InputError(Problem(str(path), what)) from error
    filled = [(number, it) for number, it in enumerate(lines, start=1) if it.strip()]
    read = [(number, _RECORD.fullmatch(it)) for number, it in filled]
    rows = [(number, [_day(it) for it in match.groups()]) for number, match in read if match]
    write_rows(out, "mbi_xref", _COLUMNS, rows, memory)
    expected = "year, month, two MBIs of 11 and two days of 8 characters"
    aside = [(number, "not a record of the crosswalk", expected) for number, it in read if not it]
    write_aside(out, "mbi_xref", aside, memory)


def _day(value: str | None) -> str | None:
    """A day as an ISO date; anything else as it is."""
    if value is None or not re.fullmatch(r"\d{8}", value):
        return value
    return f"{value[:4]}-{value[4:6]}-{value[6:]}"
