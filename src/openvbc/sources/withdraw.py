"""What earlier loads told and this one takes back: rows that stand no longer.

Two things withdraw a row of a table that holds the state of things. A record (an encounter, a
condition) that comes again for another person leaves the one who had it. And a source that tells
the whole state of somebody anew (`restates` in files.yaml) takes back what it told before and
does not tell again, such as a span of coverage that never was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from openvbc.engine.model import Model
from openvbc.sources.judge import same
from openvbc.sources.landing import name, read_parquet, text


@dataclass(frozen=True)
class Withdrawn:
    """The keys of a table's withdrawn rows, in a file, and the buckets that have any.

    no_rows: where to select the rows of a bucket from of which the load tells nothing else.
    """

    path: Path
    buckets: frozenset[int]
    no_rows: str


def withdraw(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    told: Mapping[int, str],
    standing: Mapping[int, Sequence[Path]],
    restated: str | None,
    path: Path,
    empty: str,
) -> Withdrawn | None:
    """Write the keys of what a load withdraws from a table below path; None where nothing.

    told: bucket → the load's accepted rows; standing: bucket → files of earlier loads; restated: a
    SELECT of data_source and columns of the table, of which the load tells the whole state; empty:
    a SELECT of the table's staged columns without rows.
    """
    if not standing or model.span != "person" or model.period == "month":
        return None
    key = [it for it in model.grain if it != "load_id"]
    found = []
    if told and "person_id" not in key:
        found.append(_moved(key, told, standing))
    if restated is not None:
        found.append(_not_told_again(connection, key, told, standing, restated))
    if not found:
        return None
    connection.execute(f"COPY ({' UNION '.join(found)}) TO {text(path)} (FORMAT parquet)")
    buckets = connection.execute(f"SELECT DISTINCT bucket FROM {read_parquet([path])}").fetchall()
    if not buckets:
        return None
    no_rows = path.with_name(f"{path.stem}-empty.parquet")
    connection.execute(f"COPY ({empty}) TO {text(no_rows)} (FORMAT parquet)")
    return Withdrawn(path, frozenset(int(it) for (it,) in buckets), read_parquet([no_rows]))


def _rows(places: Mapping[int, str]) -> str:
    selects = [f"SELECT *, {bucket} AS place FROM {rows}" for bucket, rows in places.items()]
    return " UNION ALL BY NAME ".join(selects)


def _keys(key: Sequence[str], alias: str) -> str:
    columns = ", ".join(f"{alias}.{name(it)}" for it in key)
    return f"{columns}, CAST({alias}.place AS INTEGER) AS bucket"


def _standing(standing: Mapping[int, Sequence[Path]]) -> str:
    return _rows({bucket: read_parquet(paths) for bucket, paths in standing.items()})


def _moved(
    key: Sequence[str], told: Mapping[int, str], standing: Mapping[int, Sequence[Path]]
) -> str:
    """Records that this load tells of a person in another bucket."""
    return (
        f"SELECT {_keys(key, 's')} FROM ({_standing(standing)}) AS s "
        f"SEMI JOIN ({_rows(told)}) AS t ON {same('s', 't', key)} AND s.place <> t.place"
    )


def _not_told_again(
    connection: duckdb.DuckDBPyConnection,
    key: Sequence[str],
    told: Mapping[int, str],
    standing: Mapping[int, Sequence[Path]],
    restated: str,
) -> str:
    """Standing rows of whom this load tells everything, and does not tell them."""
    columns = [str(it[0]) for it in connection.execute(f"DESCRIBE {restated}").fetchall()]
    gone = (
        f"SELECT {_keys(key, 's')} FROM ({_standing(standing)}) AS s "
        f"SEMI JOIN ({restated}) AS r ON {same('s', 'r', columns)}"
    )
    if not told:
        return gone
    return f"{gone} ANTI JOIN ({_rows(told)}) AS t ON {same('s', 't', key)}"
