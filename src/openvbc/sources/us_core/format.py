"""The landing of clinical FHIR files: one typed read of each type of resource, a table a subject.

A bulk export's file holds one type, and DuckDB reads it with that type's fields. A file that it
refuses or that holds more (a broken line, a value of the wrong kind, a Bundle, several types) is
read again resource by resource (`fhir_resources`), so that only what is wrong is set aside.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.connection import connect
from openvbc.errors import InputError, Problem
from openvbc.sources.archive import Delivered
from openvbc.sources.fhir_columns import Fields, sql_type
from openvbc.sources.fhir_landing import (
    BLUE_BUTTON,
    copy,
    count,
    is_json,
    lines,
    read_lines,
    set_aside,
)
from openvbc.sources.fhir_resources import LONGEST, Unread, clean
from openvbc.sources.us_core.columns import COLUMNS, OTHER

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "patient": ("Patient",),
    "patient_identifier": ("Patient",),
    "encounter": ("Encounter",),
    "condition": ("Condition",),
    "observation": ("Observation",),
    "immunization": ("Immunization",),
    "medication": (
        "MedicationRequest",
        "MedicationDispense",
        "MedicationAdministration",
        "MedicationStatement",
    ),
    "medication_code": ("Medication",),
    "service": ("Procedure", "ServiceRequest", "DiagnosticReport"),
    "answer": ("QuestionnaireResponse",),
    "question": ("Questionnaire",),
    "practitioner": ("Practitioner",),
    "practitioner_role": ("PractitionerRole",),
    "organization": ("Organization",),
    "location": ("Location",),
    "left_out": (
        "MedicationRequest",
        "ServiceRequest",
        "QuestionnaireResponse",
        "other",
    ),
}
"""Landing table → the types of resource that it is made of."""

_FIELDS: Final[Mapping[str, Fields]] = {**COLUMNS, "other": OTHER}
_FOLDER: Final = Path(__file__).parent
_TYPE: Final = re.compile(rb'"resourceType"\s*:\s*"[A-Z][A-Za-z]+"')


class UsCoreFormat:
    """Clinical FHIR R4 of US Core, Synthea and the like, known by its content."""

    name = "us_core"
    version = 2

    def knows(self, name: str, head: bytes) -> bool:  # noqa: ARG002 (a name says nothing here)
        """Does it begin as JSON with a resource that is not of Blue Button's claims data."""
        is_claims = any(mark in head for mark in BLUE_BUTTON)
        return is_json(head) and _TYPE.search(head) is not None and not is_claims

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:  # noqa: ARG002
        """Nothing: an export's files say nothing about each other."""
        yield from ()

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """Write the landing tables. Raises InputError where the file is no JSON at all."""
        work = out / "work"
        work.mkdir()
        try:
            with connect(memory, 1, work) as connection:
                _Landing(connection, path, name, out, work).run()
        finally:
            shutil.rmtree(work)


class _Landing:
    """The landing of one file."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, name: str, out: Path, work: Path
    ) -> None:
        self._connection = connection
        self._path = path
        self._name = name
        self._out = out
        self._work = work

    def run(self) -> None:
        """Write every table for which the file has resources, and what is set aside."""
        systems = str(_FOLDER / "code_system.csv").replace("'", "''")
        macros = (_FOLDER / "landing" / "macros.sql").read_text("utf-8")
        self._connection.execute(macros.replace("code_system.csv", systems))
        group = _group(_first_type(self._path))
        if group is not None and self._is_whole(group):
            groups, unread = {group}, list[Unread]()
        else:
            groups, unread = self._cleaned()
        unread += [it for group in groups - {"other"} for it in self._nameless(group)]
        for table, types in TABLES.items():
            if groups.intersection(types):
                self._write(table, [it for it in types if it not in groups])
        set_aside(self._connection, unread, self._out)

    def _is_whole(self, group: str) -> bool:
        """Was the file read to its end, as resources of one group."""
        if read_lines(self._connection, self._path, group, _FIELDS[group]) != lines(self._path):
            return False
        named = ", ".join(f"'{it}'" for it in (*COLUMNS, "Bundle"))
        strange = f"resourceType IN ({named})" if group == "other" else f"resourceType <> '{group}'"
        return not count(self._connection, f'"{group}" WHERE resourceType IS NULL OR {strange}')

    def _cleaned(self) -> tuple[set[str], list[Unread]]:
        """Read resource by resource: the groups that there are, and what is set aside."""
        cleaned = clean(
            self._path, self._name, self._work, lambda it: (_group_of(it), _FIELDS[_group_of(it)])
        )
        for group, path in cleaned.paths.items():
            read = read_lines(self._connection, path, group, _FIELDS[group], is_clean=True)
            if read is None:
                what = "found JSON that cannot be read as resources; deliver it again whole"
                raise InputError(Problem(self._name, what))
        return set(cleaned.paths), cleaned.unread

    def _nameless(self, group: str) -> list[Unread]:
        """Resources without an id, which nothing could be told of again; they are taken out."""
        found = self._connection.execute(
            f'DELETE FROM "{group}" WHERE id IS NULL RETURNING row_number'
        ).fetchall()
        return [Unread(place, "id is missing", "the id of the resource") for (place,) in found]

    def _write(self, table: str, absent: Sequence[str]) -> None:
        for group in absent:
            self._empty(group)
        copy(
            self._connection,
            (_FOLDER / "landing" / f"{table}.sql").read_text("utf-8"),
            self._out,
            table,
        )

    def _empty(self, group: str) -> None:
        """A table of a group without rows."""
        columns = {"number": "BIGINT", "row_number": "BIGINT", **_FIELDS[group]}
        declared = ", ".join(f'"{name}" {sql_type(shape)}' for name, shape in columns.items())
        self._connection.execute(f'CREATE TEMP TABLE IF NOT EXISTS "{group}" ({declared})')


def _group_of(kind: str) -> str:
    """The type where it is read, "other" where it is not."""
    return kind if kind in COLUMNS else "other"


def _group(kind: str | None) -> str | None:
    """The group of a file whose first resource is of a type; None where it must be unfolded."""
    return None if kind is None or kind == "Bundle" else _group_of(kind)


def _first_type(path: Path) -> str | None:
    """The type of the first line's resource; None where that line is no resource."""
    with path.open("rb") as file:
        line = file.readline(LONGEST)
    try:
        resource = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) else None


FORMAT: Final = UsCoreFormat()
