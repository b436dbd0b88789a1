"""Where the fields of each file stand, restated from the tables of CMS's CCLF Information Packet.

`layout/fields.csv` is the newest layout of every file, `layout/record_lengths.csv` the lengths a
record has had: a shorter record ends with the last field that fits it whole. So the length of a
file's records is the version of its layout. CCLF9 with 54 characters, from before there were
Medicare Beneficiary Identifiers, is known and not read.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_FOLDER: Final = Path(__file__).parent / "layout"

OPT_OUT: Final = "opt_out"
"""The file of sharing choices, whose records stand between a header and a trailer line."""


@dataclass(frozen=True)
class Field:
    """One field: its first and last position (from 1) and its type.

    type: text, date (YYYY-MM-DD), day (YYYYMMDD), amount (dollars, two decimals), quantity (four
    decimals) or integer.
    """

    name: str
    first: int
    last: int
    type: str

    @property
    def width(self) -> int:
        """How many characters it has."""
        return self.last - self.first + 1


@cache
def fields() -> Mapping[str, tuple[Field, ...]]:
    """File (`cclf1`) → its fields in the newest layout, in order."""
    found: dict[str, list[Field]] = {}
    for row in _rows("fields.csv"):
        it = Field(row["field"], int(row["first"]), int(row["last"]), row["type"])
        found.setdefault(row["file"], []).append(it)
    return MappingProxyType({file: tuple(its) for file, its in found.items()})


@cache
def record_lengths(file: str) -> tuple[int, ...]:
    """The lengths that a file's records have had, the oldest layout first."""
    return tuple(length for length, _ in _lengths(file))


@cache
def read_lengths(file: str) -> tuple[int, ...]:
    """Those of them that are read."""
    return tuple(length for length, is_read in _lengths(file) if is_read)


def _lengths(file: str) -> list[tuple[int, bool]]:
    rows = [row for row in _rows("record_lengths.csv") if row["file"] == file]
    return [(int(row["record_length"]), row["is_read"] == "yes") for row in rows]


@cache
def files() -> tuple[str, ...]:
    """The files that the summary announces: cclf1 to cclf9, cclfa, cclfb."""
    return tuple(file for file in fields() if file != OPT_OUT)


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
