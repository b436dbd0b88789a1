"""The two sides of a proposed pair, field by field, for the person who decides."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from openvbc.csvtable import read_table
from openvbc.errors import InputError, Problem
from openvbc.identity.standing import opened

FIELDS: Final = ("data_source", "given_name", "family_name", "birth_date", "sex", "zip_code")

_WIDTH: Final = 32

Side = list[tuple[str, ...]]


def person_digest(person_id: str) -> str:
    """What the audit log says for a person: whose looks to find is known, who they are is not."""
    return hashlib.sha256(person_id.encode()).hexdigest()[:_WIDTH]


def pair_of(path: Path, line: int) -> list[str]:
    """The two people of a line of a review file; raises InputError where it holds no pair."""
    rows = {row.line: row for row in read_table(path, ("person_id", "other_person_id"))}
    if line not in rows:
        raise InputError(Problem(f"{path}:{line}", "holds no pair of people"))
    return [rows[line].cells[it] for it in ("person_id", "other_person_id")]


def side_by_side(data: Path, people: Sequence[str], *, memory: str = "800MB") -> list[Side]:
    """What the records of each of some people say, by FIELDS; sensitive records are left out."""
    said = ", ".join(f"coalesce(CAST({it} AS VARCHAR), '')" for it in FIELDS)
    with opened(data, memory) as connection:
        return [
            connection.execute(
                f"SELECT {said} FROM person_demographics WHERE person_id = ? "
                "AND coalesce(sensitivity, '') = '' ORDER BY ALL",
                [person],
            ).fetchall()
            for person in people
        ]
