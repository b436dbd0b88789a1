"""Counts of what stands in the canonical tables, made bucket by bucket and added up.

People lie in one bucket each, so counts of persons add up too.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb

from openvbc.engine.connection import connect
from openvbc.engine.model import MODELS_FOLDER, Model, read_model
from openvbc.engine.store import Partition
from openvbc.period import add_months, month_end, month_start
from openvbc.sources.loads import loaded_partitions

SQL: Final = Path(__file__).parent / "sql"

READ: Final = (
    *("person", "eligibility", "medical_claim", "pharmacy_claim", "diagnosis"),
    "provider",
)
_LINES: Final = {"medical_claim": "medical_line", "pharmacy_claim": "pharmacy_line"}
"""The names of the claim tables here; medical_claim is both of them together."""

_DERIVED: Final = ("superseded_version", "final_claim", "covered_span", "member_month")

MEASURES: Final = ("line", "claim", "diagnosis", "member")


class Cell(NamedTuple):
    """Where a count belongs; text is empty where a table does not say."""

    data_source: str
    payer: str
    line_of_business: str
    claim_type: str
    month: date


class Move(NamedTuple):
    """Where a movement of paid claims belongs; months by their first day."""

    payer: str
    line_of_business: str
    claim_type: str
    incurred: date
    moved: date


@dataclass
class Measured:
    """All counts.

    cells: by measure and place. moves: cents and claims. stated: what each load brought of each
    table. through: the latest days of care, payment and receipt of each source's claims. moved:
    the latest day of a movement of each payer and line of business.
    """

    cells: dict[str, dict[Cell, Counter[str]]]
    moves: dict[Move, Counter[str]]
    stated: dict[tuple[str, str], Counter[str]]
    through: dict[str, dict[str, date]]
    moved: dict[tuple[str, str], date]


def measure(data: Path, as_of: date, basis: str, memory_limit: str, threads: int) -> Measured:
    """Everything that is counted, as it stands on a day.

    basis: effective or received (see expectation.Completion). Nothing is written but spill.
    """
    found = Measured({name: {} for name in MEASURES}, {}, {}, {}, {})
    partitions = loaded_partitions(data)
    models = _models()
    for bucket in _buckets(partitions):
        with connect(memory_limit, threads, data / "spill") as connection:
            _prepare(connection, data, partitions, bucket, models, as_of)
            _count(connection, found, as_of, basis)
    return found


def figures(data: Path, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, Any]]:
    """Record counts that a feed's own summary states: load, file, period and count."""
    paths = [str(data / it.path) for it in loaded_partitions(data).get("reported_figure", ())]
    if not paths:
        return []
    sql = (SQL / "stated_records.sql").read_text(encoding="utf-8")
    return connection.execute(sql, [paths]).fetchall()


def _buckets(partitions: Mapping[str, Sequence[Partition]]) -> list[int]:
    parts = (it for table in READ for it in partitions.get(table, ()))
    return sorted({it.bucket for it in parts if it.bucket is not None})


def _models() -> dict[str, Model]:
    """The tables that are read, and the models that say when a version or a month counts."""
    folder = MODELS_FOLDER / "canonical"
    files = [f"{it}.yaml" for it in READ] + [f"{it}.sql" for it in _DERIVED]
    return {model.name: model for model in (read_model(folder / it) for it in files)}


def _prepare(
    connection: duckdb.DuckDBPyConnection,
    data: Path,
    partitions: Mapping[str, Sequence[Partition]],
    bucket: int,
    models: Mapping[str, Model],
    as_of: date,
) -> None:
    """Name the tables of one bucket; one that never came is empty."""
    for table in READ:
        parts = (it for it in partitions.get(table, ()) if it.bucket in {bucket, None})
        paths = [str(data / it.path) for it in parts]
        rows = _rows(connection, models[table], paths)
        connection.execute(f"CREATE VIEW {_LINES.get(table, table)} AS {rows}")
    connection.execute("CREATE TABLE calendar_month (month_start DATE, month_end DATE)")
    months = list(_months(partitions, as_of))
    if months:
        connection.executemany("INSERT INTO calendar_month VALUES (?, ?)", months)
    connection.execute(f"CREATE VIEW medical_claim AS {_sql('dated_claim')}")
    connection.execute(f"CREATE VIEW ended_version AS {models['superseded_version'].sql}")
    connection.execute("CREATE TABLE superseded_version AS FROM ended_version LIMIT 0")
    connection.execute("CREATE VIEW superseded_month AS FROM superseded_version")
    for name in ("final_claim", "covered_span", "member_month"):
        connection.execute(f"CREATE VIEW {name} AS {models[name].sql}")
    connection.execute(f"CREATE VIEW standing_line AS {_sql('standing_line')}")


def _rows(connection: duckdb.DuckDBPyConnection, model: Model, paths: Sequence[str]) -> str:
    """A SELECT of all rows; a column that older loads lack is empty."""
    listed = ", ".join("'" + it.replace("'", "''") + "'" for it in paths)
    source = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    described = connection.execute(f"DESCRIBE FROM {source}").fetchall() if paths else []
    there = {str(row[0]) for row in described}
    columns = (
        f'"{name}"' if name in there else f'CAST(NULL AS {kind}) AS "{name}"'
        for name, kind in model.stored_schema.items()
    )
    return f"SELECT {', '.join(columns)}" + (f" FROM {source}" if paths else " WHERE false")


def _months(partitions: Mapping[str, Sequence[Partition]], as_of: date) -> Iterator[list[date]]:
    """The months that claims are of, and those since then up to the day."""
    slices = [it.slice for table in READ for it in partitions.get(table, ()) if it.slice]
    month = date.fromisoformat(f"{min(slices)}-01") if slices else add_months(as_of, 1)
    while month <= month_start(as_of):
        yield [month, month_end(month)]
        month = add_months(month, 1)


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def _count(connection: duckdb.DuckDBPyConnection, found: Measured, as_of: date, basis: str) -> None:
    connection.execute(f"SET VARIABLE as_of = DATE '{as_of}'")
    connection.execute("SET VARIABLE basis = 'effective'")
    _end_versions(connection)
    for name in MEASURES:
        for it in _counted(connection, f"{name}_measure"):
            cell = Cell(*(it.pop(key) for key in Cell._fields))
            found.cells[name].setdefault(cell, Counter()).update(it)
    for it in _counted(connection, "stated_measure"):
        key = (it.pop("load_id"), it.pop("table"))
        found.stated.setdefault(key, Counter()).update(it)
    for it in _counted(connection, "through"):
        latest = found.through.setdefault(it.pop("data_source"), {})
        latest |= {key: max(day, latest.get(key, day)) for key, day in it.items() if day}
    connection.execute(f"SET VARIABLE basis = '{basis}'")
    _end_versions(connection)
    for it in _counted(connection, "last_movement"):
        payer, day = (it["payer"], it["line_of_business"]), it["last_day"]
        found.moved[payer] = max(day, found.moved.get(payer, day))
    for it in _counted(connection, "movement"):
        move = Move(*(it.pop(key) for key in Move._fields))
        found.moves.setdefault(move, Counter()).update(it)


def _end_versions(connection: duckdb.DuckDBPyConnection) -> None:
    """Which versions ended when, by the basis in force: made once, since several counts read it."""
    connection.execute("CREATE OR REPLACE TABLE superseded_version AS FROM ended_version")


def _counted(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a counting SELECT, by column name."""
    cursor = connection.execute(_sql(name))
    names = [str(it[0]) for it in cursor.description or ()]
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))
