"""The loaded tables as views of one connection, with nothing built and nothing written."""

import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.connection import connect
from openvbc.identity.decisions import KIND
from openvbc.sources.landing import name, text
from openvbc.sources.loads import LOADS, loaded_partitions, loads
from openvbc.sources.reader import canonical_models

EVER: Final = ("person", "person_identifier")
"""Tables of which `ever.<table>` shows what every load said, not only what stands."""

Connection = duckdb.DuckDBPyConnection


@contextmanager
def opened(data: Path, memory: str, buckets: Collection[int] | None = None) -> Iterator[Connection]:
    """A connection with a view for each canonical table, as it stands after all loads.

    buckets: only people of these; None is everybody. `ever.person` and `ever.person_identifier`
    hold the rows of every load, also those that a later load replaced.
    """
    spill = data / "spill" / f"identity-{os.getpid()}"
    with connect(memory, 1, spill) as connection:
        try:
            _name_tables(connection, data, buckets)
            yield connection
        finally:
            shutil.rmtree(spill, ignore_errors=True)


def _name_tables(connection: Connection, data: Path, buckets: Collection[int] | None) -> None:
    found = loaded_partitions(data)
    for table in canonical_models():
        parts = [it for it in found.get(table, ()) if _is_in(it.bucket, buckets)]
        paths = [data / it.path for it in parts]
        connection.execute(f"CREATE VIEW {table} AS {rows_of(table, paths)}")
    connection.execute("CREATE SCHEMA ever")
    for table in EVER:
        paths = list(_ever(data, table, buckets))
        connection.execute(
            f"CREATE VIEW ever.{table} AS SELECT DISTINCT * FROM ({rows_of(table, paths)})"
        )
    connection.execute(
        "CREATE VIEW joined AS SELECT identifier AS former_id, person_id, first_day AS decided_on "
        "FROM person_identifier WHERE identifier_type = 'person_id'"
    )


def _is_in(bucket: int | None, buckets: Collection[int] | None) -> bool:
    return buckets is None or bucket is None or bucket in buckets


def _ever(data: Path, table: str, buckets: Collection[int] | None) -> Iterator[Path]:
    """The files of every delivery; a load that joins people only repeats what they said."""
    for manifest in loads(data):
        if manifest["kind"] == KIND:
            continue
        for it in manifest["partitions"]:
            if it["table"] == table and _is_in(it["bucket"], buckets):
                yield data / LOADS / manifest["load_id"] / it["path"]


def rows_of(table: str, paths: Iterable[Path]) -> str:
    """A SELECT of a table's stored columns from files; columns that a file lacks are empty."""
    schema = canonical_models()[table].stored_schema
    empty = ", ".join(f"CAST(NULL AS {it}) AS {name(key)}" for key, it in schema.items())
    listed = ", ".join(text(path) for path in paths)
    none = f"SELECT {empty} WHERE false"
    if not listed:
        return none
    options = "union_by_name = true, hive_partitioning = false"
    columns = ", ".join(map(name, schema))
    rows = f"{none} UNION ALL BY NAME SELECT * FROM read_parquet([{listed}], {options})"
    return f"SELECT {columns} FROM ({rows})"
