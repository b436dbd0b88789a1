"""The default engine: DuckDB, in memory, one thread, with an explicit memory limit."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from openvbc.engine.connection import connect
from openvbc.engine.macros import MACROS

QueryError = duckdb.Error
"""What the engine raises for SQL it cannot run."""


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _read(path: Path) -> str:
    """A path as one file and not as a pattern of files: [, * and ? stand for themselves."""
    return _quoted(Path(re.sub(r"([\[*?])", r"[\1]", str(path))))


class DuckDBEngine:
    """One DuckDB connection; see `Engine`.

    memory_limit is DuckDB's text, such as "800MB"; spill is where it may write when it reaches
    the limit. Only `execute` is used and no extension is ever loaded.
    """

    def __init__(self, memory_limit: str, spill: Path, threads: int = 1) -> None:
        self._connection = connect(memory_limit, threads, spill)
        self._connection.execute("SET parquet_metadata_cache = true")  # models share their files
        self._named: dict[str, str] = {}
        for macro in MACROS:
            self._connection.execute(macro)

    @property
    def version(self) -> str:
        """Name and version."""
        return f"duckdb {duckdb.__version__}"

    def table(self, name: str, files: Sequence[Path], schema: Mapping[str, str]) -> None:
        """Name the rows of Parquet files; without files, an empty table of the schema."""
        if files:
            listed = ", ".join(_read(path) for path in files)
            select = f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"
        else:
            nulls = ", ".join(f'CAST(NULL AS {kind}) AS "{it}"' for it, kind in schema.items())
            select = f"SELECT {nulls} WHERE false"
        self.view(name, select)

    def view(self, name: str, sql: str) -> None:
        """Name a SELECT. One that has the name already costs nothing: naming binds it anew."""
        if self._named.get(name) != sql:
            self._connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {sql}')
            self._named[name] = sql

    def rows_as_table(
        self, name: str, schema: Mapping[str, str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Make a small table of given rows, in the place of a view of its name."""
        self._forget(name)
        columns = ", ".join(f'"{column}" {kind}' for column, kind in schema.items())
        self._connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" ({columns})')
        if rows:
            marks = ", ".join("?" for _ in schema)
            self._connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)

    def select_as_table(self, name: str, sql: str) -> None:
        """Hold a SELECT's rows in memory, in the place of a view of that name."""
        self._forget(name)
        self._connection.execute(f'CREATE TEMP TABLE "{name}" AS {sql}')

    def _forget(self, name: str) -> None:
        if self._named.pop(name, None) is not None:
            self._connection.execute(f'DROP VIEW "{name}"')

    def describe(self, sql: str) -> dict[str, str]:
        """Column name → type of a SELECT, in order."""
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE {sql}")}

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT."""
        return self._connection.execute(sql, list(values)).fetchall()

    def columns(
        self, sql: str, values: Sequence[Any] = ()
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The column names and all rows of a SELECT."""
        cursor = self._connection.execute(sql, list(values))
        return [column[0] for column in cursor.description or []], cursor.fetchall()

    def confine(self, folder: Path) -> None:
        """From now on read no file outside the folder, and let nobody undo this.

        The engine holds a file's path as `table` wrote it, as a pattern, against the folder's.
        """
        allowed = ", ".join((_quoted(folder.resolve()), _read(folder.resolve())))
        self._connection.execute(f"SET allowed_directories = [{allowed}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def write(self, sql: str, schema: Mapping[str, str], order: Sequence[str], path: Path) -> int:
        """Write a SELECT's rows, cast to the schema and ordered, as Parquet; the row count."""
        cast = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in schema.items())
        by = ", ".join(f'"{name}"' for name in order)
        result = self._connection.execute(
            f"COPY (SELECT {cast} FROM ({sql}) ORDER BY {by}) TO {_quoted(path)} "
            "(FORMAT parquet, COMPRESSION zstd)"
        ).fetchone()
        return int(result[0]) if result else 0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
