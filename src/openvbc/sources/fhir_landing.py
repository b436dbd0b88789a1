"""What the landings of FHIR files share: the typed read of NDJSON, and the tables written of it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import duckdb

from openvbc.sources.fhir_columns import Fields, sql_columns
from openvbc.sources.fhir_resources import PLACE, Unread

BLUE_BUTTON: Final = (b"bluebutton.cms.gov", b"carin-bb", b"CARIN-BB")
"""What every resource of BCDA and Blue Button names, in a profile or a system of codes."""

_STARTS: Final = (b"{", b"[")
_CHUNK: Final = 1 << 20


def is_json(head: bytes) -> bool:
    """Does a file begin as JSON."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_STARTS)


def lines(path: Path) -> int:
    """How many lines a file has, a last one without an end among them."""
    found, last = 0, b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found += chunk.count(b"\n")
            last = chunk[-1:]
    return found + (last != b"\n")


def read_lines(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    table: str,
    columns: Fields,
    more: str = "",
    *,
    is_clean: bool = False,
) -> int | None:
    """Make a table of NDJSON and count it; None where a line cannot be read.

    is_clean: the resources carry the places they had. more: further expressions to select.
    """
    declared = {**columns, PLACE: "BIGINT"} if is_clean else columns
    place = PLACE if is_clean else "row_number() OVER ()"
    try:
        # records must be said: DuckDB guesses otherwise, at a twentieth of the speed
        connection.execute(
            f'CREATE OR REPLACE TEMP TABLE "{table}" AS SELECT row_number() OVER () AS number, '
            f"{place} AS row_number, {more} * FROM read_json(?, "
            f"format = 'newline_delimited', records = true, columns = {sql_columns(declared)})",
            [str(path)],
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return None
    return count(connection, f'"{table}"')


def count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    """How many rows there are of what can stand after FROM."""
    found = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()
    return int(found[0]) if found else 0


def copy(connection: duckdb.DuckDBPyConnection, sql: str, out: Path, table: str) -> None:
    """Write the rows of a SELECT to `out/<table>.parquet`."""
    target = str(out / f"{table}.parquet").replace("'", "''")
    connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def set_aside(
    connection: duckdb.DuckDBPyConnection,
    unread: Iterable[Unread],
    out: Path,
    untyped: str | None = None,
) -> None:
    """Write what could not be read, and the rows of untyped, which have no type, if any."""
    connection.execute(
        'CREATE TEMP TABLE aside ("table" VARCHAR, row_number BIGINT, reason VARCHAR, '
        "expected VARCHAR)"
    )
    if untyped is not None:
        connection.execute(
            "INSERT INTO aside SELECT 'resource', row_number, 'resourceType is missing', "
            f"'the name of the resource''s type' FROM {untyped}"
        )
    rows = [("resource", it.row_number, it.reason, it.expected) for it in unread]
    if rows:
        connection.executemany("INSERT INTO aside VALUES (?, ?, ?, ?)", rows)
    if count(connection, "aside"):
        copy(connection, "SELECT * FROM aside ORDER BY row_number, reason", out, "aside")
