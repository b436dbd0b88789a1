"""Delimited files into landing Parquet, by one SELECT each.

Files without quoting are read line by line, so that a line with too many or too few fields is set
aside alone. With quotes a line can hold a line break, and one lost quote moves every line after
it: such a file is refused with the lines that cannot be read.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import duckdb

from openvbc.engine.connection import connect
from openvbc.errors import InputError, Problem
from openvbc.sources.landing import name, text

_SHOWN: Final = 20
_ASIDE: Final = "aside.parquet"
_PARQUET: Final = "(FORMAT parquet, COMPRESSION zstd)"
_LONGEST: Final = 16 * 1024 * 1024
"""Bytes of the longest line that is read."""


class Landed(Protocol):
    """What is asked of a layout."""

    @property
    def table(self) -> str:
        """The landing table."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns."""

    @property
    def dates(self) -> frozenset[str]:
        """Those that hold dates."""

    @property
    def delimiter(self) -> str:
        """What stands between two fields."""

    @property
    def header(self) -> Sequence[str]:
        """The names in the first line."""

    @property
    def width(self) -> int:
        """Fields in a line."""

    def places(self, header: Sequence[str]) -> Mapping[str, int]:
        """Column → its place in the line."""

    @property
    def has_header(self) -> bool:
        """Is the first line names."""


@contextmanager
def landing_engine(memory: str, out: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB that lands a file below out and leaves nothing of its own there."""
    spill = out / "spill"
    try:
        with connect(memory, 1, spill) as connection:
            yield connection
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def copy_lines(path: Path, out: Path, layout: Landed, formats: Sequence[str], memory: str) -> None:
    """Land a file without quoting. A delimiter at the very end of a line is no field of its own."""
    with landing_engine(memory, out) as connection:
        connection.execute(
            "CREATE TEMP VIEW delivered AS SELECT fields, row_number FROM ("
            f"SELECT string_split(rtrim(line, chr(13)), {text(layout.delimiter)}) AS fields, "
            "row_number() OVER () AS row_number FROM "
            f"read_csv({text(path)}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, "
            f"header = false, skip = {int(layout.has_header)}, delim = '\x01', quote = '', "
            f"escape = '', max_line_size = {_LONGEST}) WHERE trim(coalesce(line, '')) <> '')"
        )
        width = layout.width
        whole = f"len(fields) = {width} OR (len(fields) = {width + 1} AND fields[-1] = '')"
        values = {
            column: f"fields[{place + 1}]" for column, place in layout.places(layout.header).items()
        }
        _copy(connection, out, layout, values, formats, f"delivered WHERE {whole}")
        expected = f"{width} fields, as the header has"
        connection.execute(
            f'COPY (SELECT {text(layout.table)} AS "table", row_number, '
            "'the number of fields is not that of the header' AS reason, "
            f"{text(expected)} AS expected FROM delivered WHERE NOT ({whole})) "
            f"TO {text(out / _ASIDE)} {_PARQUET}"
        )
        if not _count(connection, out / _ASIDE):
            (out / _ASIDE).unlink()


def copy_quoted(path: Path, out: Path, layout: Landed, formats: Sequence[str], memory: str) -> None:
    """Land a file with quoting. Raises InputError with the lines that cannot be read."""
    declared = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(layout.width))
    with landing_engine(memory, out) as connection:
        read = (
            f"(SELECT *, row_number() OVER () AS row_number FROM read_csv({text(path)}, "
            f"columns = {{{declared}}}, auto_detect = false, header = {layout.has_header}, "
            f"delim = {text(layout.delimiter)}, quote = '\"', escape = '\"', "
            f"max_line_size = {_LONGEST}, store_rejects = true, rejects_limit = 0))"
        )
        values = {column: f"f{place}" for column, place in layout.places(layout.header).items()}
        _copy(connection, out, layout, values, formats, read)
        problems = list(_unread(connection, path, layout.width))
    if problems:
        (out / f"{layout.table}.parquet").unlink()
        raise InputError(problems)


def _copy(
    connection: duckdb.DuckDBPyConnection,
    out: Path,
    layout: Landed,
    values: Mapping[str, str],
    formats: Sequence[str],
    rows: str,
) -> None:
    columns = ", ".join(
        f"{_value(values[it], it in layout.dates, formats)} AS {name(it)}"
        if it in values
        else f"CAST(NULL AS VARCHAR) AS {name(it)}"
        for it in layout.columns
    )
    target = text(out / f"{layout.table}.parquet")
    connection.execute(f"COPY (SELECT {columns}, row_number FROM {rows}) TO {target} {_PARQUET}")


def _value(value: str, is_date: bool, formats: Sequence[str]) -> str:
    trimmed = f"nullif(trim({value}), '')"
    if not (is_date and formats):
        return trimmed
    listed = ", ".join(map(text, formats))
    day = f"CAST(CAST(try_strptime({trimmed}, [{listed}]) AS DATE) AS VARCHAR)"
    return f"coalesce({day}, {trimmed})"


def _count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    found = connection.execute(f"SELECT count(*) FROM read_parquet({text(path)})").fetchone()
    return int(found[0]) if found else 0


def _unread(connection: duckdb.DuckDBPyConnection, path: Path, width: int) -> Sequence[Problem]:
    found = connection.execute(
        "SELECT DISTINCT line, lower(CAST(error_type AS VARCHAR)) FROM reject_errors ORDER BY ALL"
    ).fetchall()
    expected = f"expected {width} fields; the file may be cut off, deliver it again whole"
    problems = [Problem(f"{path}:{line}", f"found {kind}, {expected}") for line, kind in found]
    if len(problems) > _SHOWN:
        more = Problem(str(path), f"and {len(problems) - _SHOWN:,} more lines like these")
        return [*problems[:_SHOWN], more]
    return problems
