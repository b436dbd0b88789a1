"""Fixed-width records into typed Parquet.

Each line is read as one column, by a delimiter that never occurs, into a table that spills to disk
at the memory limit. Everything else reads that table: DuckDB knows of a table, unlike of a file,
whether all its text is ASCII, and then `substr` goes straight to a place instead of counting the
characters before it.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import duckdb
from ruamel.yaml import YAML

from openvbc.engine.connection import connect
from openvbc.errors import InputError, Problem
from openvbc.sources.cclf.layout import Field, fields, read_lengths, record_lengths
from openvbc.sources.landing import text

_SHOWN: Final = 20
_WRITTEN: Final = "FORMAT parquet, COMPRESSION lz4, WRITE_BLOOM_FILTER false, ROW_GROUP_SIZE 16384"
"""How landing is written. Groups that fit a processor's cache take a fifth less time than larger
ones; lz4 and small dictionaries cost less than they save when the file is read once or twice.
"""

_NO_DATE: Final = ("1000-01-01", "9999-12-31")
"""What CMS fills in where there is no date (CCLF Information Packet, section 3.6)."""

_TYPES: Final = {"date": "DATE", "day": "DATE", "amount": "BIGINT", "integer": "BIGINT"}
_EXPECTED: Final = {
    "date": "a date as YYYY-MM-DD",
    "day": "a date as YYYYMMDD",
    "amount": "dollars with two decimals",
    "quantity": "a number with four decimals",
    "integer": "a whole number",
}


_TOGETHER: Final = {
    "clm_dgns_1_to_8_cd": ("clm_dgns_1_cd", "clm_dgns_8_cd"),
    "clm_dgns_9_to_12_cd": ("clm_dgns_9_cd", "clm_dgns_12_cd"),
}
"""Neighbours landed as one text, since each column more costs time: name → first and last field."""


@cache
def _landable(file: str) -> dict[str, Field]:
    """What can be landed of a file, by name."""
    found = {it.name: it for it in fields()[file]}
    for name, (first, last) in _TOGETHER.items():
        if first in found:
            found[name] = Field(name, found[first].first, found[last].last, "text")
    return found


@cache
def landed_fields(file: str) -> tuple[str, ...]:
    """The fields of a file that are landed: those that `files.yaml` lists."""
    path = Path(__file__).with_name("files.yaml")
    it = YAML(typ="safe").load(path.read_text(encoding="utf-8"))["files"][file]
    return (*it["required"], *it.get("optional", ()))


@dataclass(frozen=True)
class Lines:
    """The lines of one file, to be landed as one table.

    skipped: lines before the first record; taken: how many records there are, None for the rest.
    """

    path: Path
    name: str
    file: str
    skipped: int = 0
    taken: int | None = None

    @property
    def sql(self) -> str:
        """`line` and `row_number`, the line's number in the file."""
        ends = "" if self.taken is None else f" WHERE number <= {self.skipped + self.taken}"
        if self.skipped:
            ends = f"{ends or ' WHERE true'} AND number > {self.skipped}"
        return f"SELECT line, number AS row_number FROM ({self._numbered}){ends}"

    @property
    def _numbered(self) -> str:
        return (
            "SELECT line, row_number() OVER () AS number "
            f"FROM read_csv({text(self.path)}, columns = {{'line': 'VARCHAR'}}, delim = '\x1f', "
            "quote = '', escape = '', comment = '', header = false, auto_detect = false)"
        )


def land_lines(lines: Lines, out: Path, memory: str) -> None:
    """Write `out/<file>.parquet`, and `out/aside.parquet` where a field cannot be read.

    Raises InputError where the records are not all of one known length.
    """
    spill = out / "spill"
    connection = connect(memory, 1, spill)
    try:
        connection.execute(f"CREATE TEMP TABLE record AS {lines.sql}")
        wanted = _fitting(lines.file, _record_length(connection, lines))
        _copy(connection, _typed(wanted), out / f"{lines.file}.parquet")
        _set_aside(connection, lines, wanted, out)
    except duckdb.Error as error:
        what = "found bytes that are no lines of text, expected one record a line; deliver it again"
        raise InputError(Problem(lines.name, what)) from error
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def _record_length(connection: duckdb.DuckDBPyConnection, lines: Lines) -> int:
    """The length that all records have; the newest of the file's where there is no record."""
    known = read_lengths(lines.file)
    found = connection.execute(
        "SELECT coalesce(length(line), 0) AS size, min(row_number), count(*) FROM record "
        "GROUP BY size ORDER BY min(row_number)"
    ).fetchall()
    fitting = [size for size, _, _ in found if size in known]
    wanted = fitting[0] if fitting else None
    wrong = [row for row in found if row[0] != wanted]
    if wrong:
        raise InputError([_wrong_length(lines, wanted, *row) for row in wrong[:_SHOWN]])
    return wanted or known[-1]


def _wrong_length(lines: Lines, wanted: int | None, size: int, first: int, count: int) -> Problem:
    expected = wanted or " or ".join(map(str, read_lengths(lines.file)))
    more = f" and {count - 1:,} more like it" if count > 1 else ""
    what = f"found a {lines.file.upper()} record of {size} characters{more}, expected {expected}"
    old = "; a layout from before MBIs is not read" if size in record_lengths(lines.file) else ""
    return Problem(f"{lines.name}:{first}", f"{what}{old}; deliver it again as CMS sent it")


def _fitting(file: str, length: int) -> list[Field]:
    """The landed fields that a record of this length has."""
    named = _landable(file)
    return [named[it] for it in landed_fields(file) if named[it].last <= length]


def _typed(wanted: Sequence[Field]) -> str:
    columns = ", ".join(f"{_value(it)} AS {it.name}" for it in wanted)
    return f"SELECT {columns}, row_number FROM record"


def _raw(field: Field) -> str:
    return f"substr(line, {field.first}, {field.width})"


def _value(field: Field) -> str:
    """A field's value; NULL where it is blank, where CMS says there is none, or unreadable.

    Texts shorter than their field keep the blanks after them: most fill it, and the SELECTs trim
    those that may not.
    """
    raw = _raw(field)
    if field.type == "text":
        return f"nullif({raw}, '{' ' * field.width}')"
    if field.type == "integer":
        return f"TRY_CAST({raw} AS BIGINT)"
    if field.type == "quantity":
        return f"TRY_CAST({raw} AS DECIMAL(18, 4))"
    if field.type == "amount":
        e4 = f"CAST(TRY_CAST({raw} AS DECIMAL(18, 4)) * 10000 AS BIGINT)"
        return f"CASE WHEN {e4} % 100 = 0 THEN {e4} // 100 END"
    day = f"TRY_CAST({raw} AS DATE)" if field.type == "date" else _compact_day(raw)
    return f"nullif(nullif({day}, DATE '{_NO_DATE[0]}'), DATE '{_NO_DATE[1]}')"


def _compact_day(raw: str) -> str:
    return f"CAST(try_strptime({raw}, '%Y%m%d') AS DATE)"


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    connection.execute(f"COPY ({sql}) TO {text(path)} ({_WRITTEN})")


def _set_aside(
    connection: duckdb.DuckDBPyConnection, lines: Lines, wanted: Sequence[Field], out: Path
) -> None:
    """Move records with a field that cannot be read to `aside.parquet`."""
    landed = out / f"{lines.file}.parquet"
    doubtful = _with_empty(connection, [it for it in wanted if it.type != "text"], landed)
    if not doubtful:
        return
    unread = " UNION ALL ".join(_unread(it) for it in doubtful)
    connection.execute(
        f'CREATE TABLE aside AS SELECT {text(lines.file)} AS "table", row_number, '
        f"min(reason) AS reason, min(expected) AS expected FROM ({unread}) GROUP BY row_number"
    )
    if not connection.execute("SELECT count(*) FROM aside").fetchall()[0][0]:
        return
    _copy(connection, "SELECT * FROM aside ORDER BY row_number", out / "aside.parquet")
    kept = f"SELECT * FROM ({_typed(wanted)}) ANTI JOIN aside USING (row_number)"
    _copy(connection, f"{kept} ORDER BY row_number", landed)


def _with_empty(
    connection: duckdb.DuckDBPyConnection, wanted: Sequence[Field], landed: Path
) -> list[Field]:
    """The fields that are empty in some record: only there can one be unreadable."""
    if not wanted:
        return []
    empty = ", ".join(f"count(*) - count({it.name})" for it in wanted)
    counts = connection.execute(f"SELECT {empty} FROM read_parquet({text(landed)})").fetchall()[0]
    return [it for it, count in zip(wanted, counts, strict=True) if count]


def _unread(field: Field) -> str:
    """The lines where a field holds something and cannot be read."""
    raw = _raw(field)
    none = " OR ".join([f"trim({raw}) = ''", *(f"{raw} = '{day}'" for day in _NO_DATE)])
    reason = f"{field.name}: found text that is not {_EXPECTED[field.type]}"
    return (
        f"SELECT row_number, {text(reason)} AS reason, {text(_EXPECTED[field.type])} AS expected "
        f"FROM record WHERE {_value(field)} IS NULL AND NOT ({none})"
    )


def land_nothing(file: str, out: Path) -> None:
    """Write the file's table without a row."""
    wanted = _landable(file)
    columns = ", ".join(
        f"CAST(NULL AS {_sql_type(wanted[it])}) AS {it}" for it in landed_fields(file)
    )
    with duckdb.connect() as connection:
        _copy(
            connection,
            f"SELECT {columns}, CAST(NULL AS BIGINT) AS row_number WHERE false",
            out / f"{file}.parquet",
        )


def _sql_type(field: Field) -> str:
    return _TYPES.get(field.type, "DECIMAL(18, 4)" if field.type == "quantity" else "VARCHAR")
