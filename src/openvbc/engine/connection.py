"""How every DuckDB connection of the package is opened."""

from functools import cache
from pathlib import Path

import duckdb


def connect(memory_limit: str, threads: int, spill: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with an explicit limit that never loads an extension or draws a bar.

    memory_limit is DuckDB's text, such as "800MB"; spill is where it writes when it reaches it, a
    folder that DuckDB makes, though not those above it.
    """
    spill.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "threads": threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    connection.execute("SET enable_progress_bar = false")
    return connection


@cache
def inspector() -> duckdb.DuckDBPyConnection:
    """The process's connection for small questions about files; take a cursor of it for each.

    Opening a connection takes 25 times as long as reading the schema of a Parquet file.
    """
    return duckdb.connect(config={"threads": 1, "memory_limit": "100MB"})
