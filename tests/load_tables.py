"""Small source folders for the load tests: a table is a list of rows, a row is a dict."""

import csv
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from openvbc.sources.load import LoadResult, load

Row = Mapping[str, Any]

PERSON = {"person_id": "P1", "birth_date": "1950-02-01", "sex": "female"}
COVERAGE = {
    "person_id": "P1",
    "enrollment_start_date": "2024-01-01",
    "enrollment_end_date": "2024-12-31",
    "payer": "CMS",
    "line_of_business": "medicare",
}
LINE = {
    "claim_key": "C1",
    "version_number": 1,
    "version_type": "original",
    "sign": 1,
    "effective_on": "2024-04-01",
    "claim_id": "C1",
    "claim_line_number": 1,
    "claim_type": "professional",
    "person_id": "P1",
    "claim_start_date": "2024-03-05",
    "claim_end_date": "2024-03-05",
    "allowed_cents": 12000,
    "paid_cents": 10000,
    "payer": "CMS",
    "line_of_business": "medicare",
}


def write_source(folder: Path, **tables: Sequence[Row]) -> Path:
    """One CSV per table; the columns are those of all its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def load_it(data: Path, source: Path, **options: Any) -> LoadResult:
    """Load with small limits; every share of bad rows is allowed unless told otherwise."""
    given: dict[str, Any] = {
        "buckets": 2,
        "data_source": "test",
        "max_quarantine": Decimal(1),
        "memory_limit": "400MB",
        "threads": 1,
    }
    return load(data, source, **(given | options))


def rows(result: LoadResult, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The stored rows of one table of a load, in no order that means anything."""
    files = str(result.folder / table / "**" / "*.parquet")
    return select(f"SELECT {columns} FROM read_parquet('{files}', hive_partitioning = false)")


def quarantine(result: LoadResult) -> list[tuple[str, str, int, str]]:
    """(table, file, row, reason) of every row set aside."""
    path = result.folder / "quarantine.parquet"
    return select(f"""SELECT "table", file_name, row_number, reason FROM '{path}'""")


def select(sql: str) -> list[tuple[Any, ...]]:
    """All rows of a SELECT, ordered by all columns."""
    with duckdb.connect(config={"threads": 1, "memory_limit": "400MB"}) as connection:
        return connection.execute(f"SELECT * FROM ({sql}) ORDER BY ALL").fetchall()
