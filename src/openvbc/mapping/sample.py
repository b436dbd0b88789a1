"""The first rows of a flat file, read exactly as a load reads it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.connection import connect
from openvbc.errors import InputError, Problem
from openvbc.mapping.reader import ROWS
from openvbc.sources.archive import Delivered, delivered
from openvbc.sources.files import by_table, read_columns, read_parts, tables_in
from openvbc.sources.landing import create_landing, rejected_lines
from openvbc.sources.reader import Reader, SourceFile
from openvbc.sources.staging import reading

SAMPLE_ROWS: Final = 100_000
_MEMORY: Final = "500MB"
_NO_TABLE: Final = (
    "expected a file with a line of column names (.csv, .txt, .tsv, .psv) or .parquet"
)


@dataclass(frozen=True)
class Sample:
    """`landing.rows` in a connection holds the rows; columns are as the first file spells them."""

    connection: duckdb.DuckDBPyConnection
    columns: tuple[str, ...]
    rows: int
    is_text: bool


@contextmanager
def sample_of(path: Path, reader: Reader | None, rows: int = SAMPLE_ROWS) -> Iterator[Sample]:
    """Open a file or folder by a reader; by none, with all the columns of its first file.

    Raises InputError where it cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = tables_in(delivered(path, Path(folder) / "opened"))
        if not files:
            raise InputError(Problem(str(path), _NO_TABLE))
        columns = tuple(it for it in read_columns(files[0]) if it)  # the others cannot be mapped
        with connect(_MEMORY, 1, Path(folder) / "spill") as connection:
            yield _fill(connection, path, files, reader or _all(columns), columns, rows)


def _all(columns: tuple[str, ...]) -> Reader:
    file = SourceFile(ROWS, (), tuple(it.lower() for it in columns), matches=".*")
    return Reader("sample", "", (file,), ())


def _fill(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    files: list[Delivered],
    reader: Reader,
    columns: tuple[str, ...],
    rows: int,
) -> Sample:
    """Make `landing.rows` a table of the first rows, so that they are read once."""
    parts = read_parts(reader, path, by_table(reader, files))
    create_landing(connection, reader, parts)
    with reading(path.name):
        connection.execute(f"CREATE TABLE sample AS SELECT * FROM landing.{ROWS} LIMIT {rows}")
    problems = rejected_lines(connection, parts)
    if problems:
        raise InputError(problems)
    connection.execute(f"DROP VIEW landing.{ROWS}")
    connection.execute(f"CREATE VIEW landing.{ROWS} AS SELECT * FROM sample")
    found = connection.execute("SELECT count(*) FROM sample").fetchall()[0][0]
    return Sample(connection, columns, int(found), any(part.is_text for part in parts))
