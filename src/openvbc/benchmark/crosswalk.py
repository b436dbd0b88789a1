"""The crosswalk from SSA to FIPS county codes: the user's file, each code with its line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openvbc.csvtable import Row, read_table
from openvbc.errors import InputError, Problem

DIGITS: Final = 5
"""Of an SSA or FIPS county code."""

NO_ROW: Final = "no row stands below the header; is the file whole?"
UNKNOWN: Final = "the people have no county; load their county_fips"


def is_county_code(text: str) -> bool:
    """Five digits, 0 to 9."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()


@dataclass(frozen=True)
class Crosswalk:
    """SSA county code → FIPS code; lines: SSA code → its line."""

    path: Path
    fips: Mapping[str, str]
    lines: Mapping[str, int]

    def ssa(self, fips: str) -> list[str]:
        """The SSA codes of a county, each with its line."""
        found = [it for it, code in self.fips.items() if code == fips]
        return [f"SSA {it} ({self.path}:{self.lines[it]})" for it in sorted(found)]


def read_crosswalk(path: Path) -> Crosswalk:
    """SSA county code → FIPS code, from a CSV with the columns ssa and fips.

    Raises InputError with each line that is wrong.
    """
    rows = read_table(path, ("ssa", "fips"))
    if not rows:
        raise InputError(Problem(f"{path}:1", NO_ROW))
    problems = list(_problems(path, rows))
    if problems:
        raise InputError(problems)
    first = {row.cells["ssa"]: row for row in reversed(rows)}
    return Crosswalk(
        path,
        {ssa: row.cells["fips"] for ssa, row in first.items()},
        {ssa: row.line for ssa, row in first.items()},
    )


def _problems(path: Path, rows: Sequence[Row]) -> Iterator[Problem]:
    found: dict[str, Row] = {}
    for row in rows:
        place, ssa, fips = f"{path}:{row.line}", row.cells["ssa"], row.cells["fips"]
        for name, code in row.cells.items():
            if not is_county_code(code):
                what = f"{name}: found {code or 'nothing'}, expected a county code of five digits"
                yield Problem(place, f"{what}; mend the cell")
        first = found.setdefault(ssa, row)
        if first.cells["fips"] != fips:
            what = f"SSA code {ssa} stands twice, for {first.cells['fips']} on line {first.line}"
            yield Problem(place, f"{what} and for {fips} here; keep one")
