"""The files of a generated population, as tables and as checksums."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

CHUNKED = ("medical_claim", "diagnosis", "procedure", "pharmacy_claim", "eligibility")
WHOLE = ("person", "provider", "facility", "voluntary_alignment", "risk_score", "source")


def view(folder: Path) -> duckdb.DuckDBPyConnection:
    """The files of one generation, as tables."""
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "400MB"})
    for table in CHUNKED:
        connection.execute(f"CREATE VIEW {table} AS FROM read_parquet('{folder}/{table}/*')")
    for table in WHOLE:
        connection.execute(f"CREATE VIEW {table} AS FROM read_parquet('{folder}/{table}.parquet')")
    for figure in ("national_figure", "participants"):
        connection.execute(
            f"CREATE VIEW {figure} AS FROM "
            f"read_csv('{folder}/{figure}.csv', all_varchar = true, header = true)"
        )
    connection.execute("""
        CREATE VIEW final_claim AS
        SELECT * FROM medical_claim
        WHERE version_type <> 'cancel' AND (claim_key, version_number) IN (
            SELECT claim_key, max(version_number) FROM medical_claim GROUP BY claim_key)""")
    return connection


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> Sequence[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def digests(folder: Path) -> dict[str, str]:
    """File → sha256, for every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
