"""Folders of small CSV tables whose head holds a checksum for each: risk packs and groupers."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem
from openvbc.yamlfile import where

Row = tuple[str, ...]
Tables = Mapping[str, tuple[str, ...]]
"""Table → its columns."""

FIRST_LINE: Final = 2
"""The line of a table's first row: the columns stand on the line before."""


def day(value: object) -> date | None:
    """What a head says as a day; None where it is none."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def day_problems(
    path: Path, head: Mapping[str, Any], *, is_open: bool = False
) -> Iterator[Problem]:
    """What is wrong with first_day and last_day of a head; is_open: last_day may be empty."""
    days = {name: day(head.get(name)) for name in ("first_day", "last_day")}
    empty = {"last_day"} if is_open and head.get("last_day") in {"", None} else set()
    for name in (name for name, found in days.items() if not found and name not in empty):
        what = f"{name}: found {head.get(name)!r}, expected a day such as 2026-01-01"
        yield Problem(where(path, head, name), what)
    if (first := days["first_day"]) and (last := days["last_day"]) and last < first:
        what = f"last_day {last} is before first_day {first}; give the later one"
        yield Problem(where(path, head, "last_day"), what)


@dataclass(frozen=True)
class Folder:
    """The tables of a folder beside its head. may_lack: a table without rows may be left out."""

    place: Path
    head: str
    tables: Tables
    may_lack: bool

    def read(self, head: Mapping[str, Any]) -> dict[str, list[Row]]:
        """The rows of each table.

        Raises InputError with each table that is not the one of its checksum, is not UTF-8 or has
        other columns.
        """
        sums = head.get("sha256") or {}
        path = self.place / self.head
        if not isinstance(sums, Mapping):
            what = "sha256: expected the checksum of each table by its name, such as code: 15253c…"
            raise InputError(Problem(where(path, head, "sha256"), what))
        found = {name: self._content(name) for name in self.tables}
        problems = [it for name in self.tables for it in self._problems(name, found[name], sums)]
        if problems:
            raise InputError(problems)
        return {name: _rows(content)[1:] for name, content in found.items()}

    def _content(self, name: str) -> bytes:
        path = self.place / f"{name}.csv"
        try:
            return path.read_bytes() if path.is_file() else b""
        except OSError as error:
            raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error

    def _problems(self, name: str, content: bytes, sums: Mapping[str, Any]) -> Iterator[Problem]:
        path = self.place / f"{name}.csv"
        is_left_out = self.may_lack and not content and name not in sums
        if not is_left_out and sha256(content).hexdigest() != sums.get(name):
            what = f"is not the table of the checksum in {self.head}; restore it"
            yield Problem(str(path), what)
        try:
            rows = _rows(content)
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            what = f"not UTF-8 at byte {error.start}; save the file as UTF-8"
            yield Problem(f"{path}:{line}", what)
            return
        except csv.Error as error:
            yield Problem(str(path), f"not CSV: {error}")
            return
        columns = self.tables[name]
        if not is_left_out and rows[:1] != [columns]:
            found = ", ".join(rows[0]) if rows else "none"
            what = f"expected the columns {', '.join(columns)}; found: {found}"
            yield Problem(f"{path}:1", what)


def _rows(content: bytes) -> list[Row]:
    return [tuple(row) for row in csv.reader(StringIO(content.decode("utf-8"), newline=""))]
