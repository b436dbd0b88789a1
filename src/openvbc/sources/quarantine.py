"""Rows set aside: counted by reason, listed with file and row number, never with their values."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb

from openvbc.errors import InputError, Problem
from openvbc.sources.formats import LandedFile
from openvbc.sources.landing import read_parquet, text
from openvbc.sources.staging import SET_ASIDE, Staged

_COLUMNS: Final = '"table", file_name, row_number, reason, expected'
_PERCENT: Final = Decimal(100)


def gather(
    connection: duckdb.DuckDBPyConnection,
    staged: Sequence[Staged],
    aside: Path,
    landed: Sequence[LandedFile] = (),
) -> None:
    """Make the table `quarantine` of everything that landing and both passes set aside.

    aside is the folder of the second pass's lists, `<table>-<bucket>.parquet`.
    """
    connection.execute(
        'CREATE TABLE quarantine ("table" VARCHAR, file_name VARCHAR, row_number BIGINT, '
        "reason VARCHAR, expected VARCHAR)"
    )
    for it in staged:
        if SET_ASIDE in it.counts:
            connection.execute(f"INSERT INTO quarantine {_first_pass(it)}")
    for file in landed:
        if file.aside is not None:
            connection.execute(
                f'INSERT INTO quarantine SELECT "table", {text(file.delivered.name)}, '
                f"row_number, reason, expected FROM {read_parquet([file.aside])}"
            )
    for path in sorted(aside.glob("*.parquet")):
        table = text(path.stem.rpartition("-")[0])
        connection.execute(
            f"INSERT INTO quarantine SELECT {table}, * FROM read_parquet({text(path)})"
        )


def _first_pass(staged: Staged) -> str:
    meaning = ", ".join(
        f"({number}, {text(reason.text)}, {text(reason.expected)})"
        for number, reason in enumerate(staged.reasons)
    )
    return (
        f"SELECT {text(staged.table)}, row.file_name, row.row_number, m.reason, m.expected "
        f"FROM {staged.rows[SET_ASIDE]} AS row "
        f"JOIN (VALUES {meaning}) AS m(number, reason, expected) ON m.number = row.reason"
    )


def by_reason(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Table → reason → rows."""
    found: dict[str, dict[str, int]] = {}
    for table, reason, rows in connection.execute(
        'SELECT "table", reason, count(*) FROM quarantine GROUP BY ALL ORDER BY ALL'
    ).fetchall():
        found.setdefault(table, {})[reason] = rows
    return found


def write_quarantine(connection: duckdb.DuckDBPyConnection, path: Path, form: str) -> None:
    """Write the quarantine, ordered, as "parquet" or "csv"."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = "FORMAT csv, HEADER" if form == "csv" else "FORMAT parquet, COMPRESSION zstd"
    connection.execute(
        f"COPY (SELECT {_COLUMNS} FROM quarantine ORDER BY {_COLUMNS}) TO {text(path)} ({options})"
    )


def refusal(
    source: Path,
    counts: Mapping[str, Mapping[str, int]],
    rows_in: int,
    allowed: Decimal,
    listed: Path,
) -> InputError | None:
    """The error of a load with too many rows set aside, or None where there are few enough."""
    rows = sum(sum(reasons.values()) for reasons in counts.values())
    if rows <= allowed * rows_in:
        return None
    share = (_PERCENT * rows / rows_in).quantize(Decimal("0.01"))
    what = (
        f"found {rows:,} of {rows_in:,} rows ({share} %) that cannot be accepted, expected at most "
        f"{_PERCENT * allowed:f} %; nothing was loaded; mend the rows listed in {listed}, or "
        "allow more with max_quarantine"
    )
    each = [
        Problem(table, f"{count:,} rows: {reason}")
        for table, reasons in counts.items()
        for reason, count in reasons.items()
    ]
    return InputError([Problem(str(source), what), *each])
