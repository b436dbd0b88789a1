"""The landing of BCDA and Blue Button files: one typed read of the JSON, then a table a subject.

NDJSON is read by DuckDB with declared types. What it refuses (a broken line, a value of the wrong
type, a Bundle, a document of many lines) is read again resource by resource (`fhir_resources`), so
that only what is wrong is set aside.
"""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.connection import connect
from openvbc.errors import InputError, Problem
from openvbc.sources.archive import Delivered
from openvbc.sources.bcda.columns import COLUMNS
from openvbc.sources.fhir_landing import (
    BLUE_BUTTON,
    copy,
    count,
    is_json,
    lines,
    read_lines,
    set_aside,
)
from openvbc.sources.fhir_resources import Unread, clean

TABLES: Final = (
    "eob",
    "eob_line",
    "eob_diagnosis",
    "eob_procedure",
    "eob_prescriber",
    "coverage",
    "coverage_month",
    "patient",
    "patient_identifier",
    "left_out",
)
_SQL: Final = Path(__file__).parent / "landing"


class BcdaFormat:
    """FHIR claims data of BCDA and Blue Button, v3 and v2, known by its content."""

    name = "bcda"
    version = 2

    def knows(self, name: str, head: bytes) -> bool:  # noqa: ARG002 (a name says nothing here)
        """Does it begin as JSON and name Blue Button's or CARIN's systems."""
        return is_json(head) and any(mark in head for mark in BLUE_BUTTON)

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:  # noqa: ARG002
        """Nothing: an export's files say nothing about each other."""
        yield from ()

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """Write the landing tables. Raises InputError where the file is no JSON at all."""
        work = out / "work"
        work.mkdir()
        try:
            with connect(memory, 1, work) as connection:
                unread = _open(connection, path, name, work)
                for table in TABLES:
                    copy(connection, (_SQL / f"{table}.sql").read_text("utf-8"), out, table)
                set_aside(connection, unread, out, "resource WHERE kind IS NULL")
        finally:
            shutil.rmtree(work)


def _open(connection: duckdb.DuckDBPyConnection, path: Path, name: str, work: Path) -> list[Unread]:
    """Make `resource`; what could not be read, where it took reading one by one."""
    connection.execute((_SQL / "macros.sql").read_text("utf-8"))
    if lines(path) == _read(connection, path, is_clean=False) and not _bundles(connection):
        return []
    cleaned = clean(path, name, work, lambda _: ("resource", COLUMNS))
    whole = cleaned.paths.get("resource", _nothing(work))
    if _read(connection, whole, is_clean=True) is None:
        what = "found JSON that cannot be read as resources; deliver it again whole"
        raise InputError(Problem(name, what))
    return cleaned.unread


def _nothing(work: Path) -> Path:
    """An empty file, for a file of which no resource could be read."""
    path = work / "nothing.ndjson"
    path.touch()
    return path


def _read(connection: duckdb.DuckDBPyConnection, path: Path, *, is_clean: bool) -> int | None:
    return read_lines(
        connection, path, "resource", COLUMNS, f"{_kind()} AS kind,", is_clean=is_clean
    )


def _kind() -> str:
    """What a resource is read as; empty where it has no type."""
    is_claim = (
        "resourceType = 'ExplanationOfBenefit' AND coalesce(\"use\", 'claim') = 'claim' "
        "AND coalesce(status, 'active') <> 'draft'"
    )
    return (
        f"CASE WHEN {is_claim} THEN 'claim' "
        "WHEN resourceType IN ('Coverage', 'Patient') THEN resourceType "
        "WHEN resourceType IS NOT NULL THEN 'left out' END"
    )


def _bundles(connection: duckdb.DuckDBPyConnection) -> bool:
    return count(connection, "resource WHERE resourceType = 'Bundle'") > 0


FORMAT: Final = BcdaFormat()
