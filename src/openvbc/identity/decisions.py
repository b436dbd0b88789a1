"""The review file: pairs of people with what was decided about each, by whom and when."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.csvtable import Row, read_table
from openvbc.errors import InputError, Problem
from openvbc.sources.loads import load_folder, loads

SAME: Final = "same"
APART: Final = "apart"
KIND: Final = "match"
"""The kind of a load that joins people."""

DECISIONS: Final = "decisions.csv"
"""The decisions that a load of this kind carried out, below its folder."""

COLUMNS: Final = (
    "person_id",
    "other_person_id",
    "group",
    "score",
    "reasons",
    "decision",
    "decided_by",
    "decided_on",
)

_DECIDED: Final = ("person_id", "other_person_id", "decision", "decided_by", "decided_on")
_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True)
class Decision:
    """What was decided about two people, and where it stands: file and line."""

    person_id: str
    other_person_id: str
    is_same: bool
    decided_by: str
    decided_on: date
    line: int

    @property
    def people(self) -> frozenset[str]:
        """The two, whichever stays."""
        return frozenset((self.person_id, self.other_person_id))


def write_review(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a new review file, for its owner only. Raises InputError where there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError as error:
        what = "is there already and may hold decisions; apply it, or name another with --out"
        raise InputError(Problem(str(path), what)) from error
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_decisions(path: Path) -> list[Decision]:
    """The decided rows of a review file; rows without a decision are left open.

    Raises InputError with every problem, by line, and never with a person's id.
    """
    problems: list[Problem] = []
    found: list[Decision] = []
    for row in read_table(path, _DECIDED):
        wrong = list(_wrong(row))
        problems += [Problem(f"{path}:{row.line}", what) for what in wrong]
        if row.cells["decision"] and not wrong:
            found.append(_decision(row))
    problems += _contradictions(path, found)
    if problems:
        raise InputError(problems)
    return found


def _wrong(row: Row) -> Iterator[str]:
    cells = row.cells
    if not cells["decision"]:
        return
    if cells["decision"] not in {SAME, APART}:
        yield f"found decision {cells['decision']!r}, expected {SAME}, {APART} or nothing"
    for name in ("person_id", "other_person_id", "decided_by", "decided_on"):
        if not cells[name]:
            yield f"{name} is missing; a decision says who decided about whom, and when"
    if cells["decided_on"] and row.day("decided_on", date.min) is None:
        yield "decided_on is no day, expected YYYY-MM-DD"
    if cells["person_id"] == cells["other_person_id"]:
        yield "names one person twice; a decision is about two"


def _decision(row: Row) -> Decision:
    cells = row.cells
    return Decision(
        cells["person_id"],
        cells["other_person_id"],
        cells["decision"] == SAME,
        cells["decided_by"],
        date.fromisoformat(cells["decided_on"]),
        row.line,
    )


def _contradictions(path: Path, found: Iterable[Decision]) -> Iterator[Problem]:
    first: dict[frozenset[str], Decision] = {}
    for it in found:
        before = first.setdefault(it.people, it)
        if before.is_same != it.is_same:
            what = f"decides otherwise than line {before.line} about the same two people"
            yield Problem(f"{path}:{it.line}", what)


def kept_decisions(data: Path) -> list[Decision]:
    """Every decision that was carried out, the earliest first."""
    folders = [load_folder(data, it["load_id"]) for it in loads(data) if it["kind"] == KIND]
    return [it for folder in folders for it in read_decisions(folder / DECISIONS)]


def settled_apart(data: Path) -> set[frozenset[str]]:
    """Pairs of people whom the last decision about them keeps apart."""
    last = {it.people: it.is_same for it in kept_decisions(data)}
    return {people for people, is_same in last.items() if not is_same}
