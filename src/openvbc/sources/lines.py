"""Lines of business and payers of what was loaded: names, and whatever a load brings is one."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from openvbc.engine.connection import inspector
from openvbc.sources.landing import read_parquet
from openvbc.sources.loads import build_partitions

TABLES: Final = ("eligibility", "medical_claim", "pharmacy_claim", "diagnosis")
"""The tables whose rows say a line, the smallest first."""


def loaded_lines(data: Path, sought: Collection[str]) -> set[str]:
    """The lines of business of loaded rows; no table is opened after all that are sought stood."""
    parts = build_partitions(data)
    found: set[str] = set()
    for table in TABLES:
        files = [data / it.path for it in parts.get(table, []) if it.rows]
        if files and not found.issuperset(sought):
            sql = f"SELECT DISTINCT line_of_business FROM {read_parquet(files)}"
            found |= {line for (line,) in inspector().cursor().execute(sql).fetchall() if line}
    return found


def loaded_payers(data: Path, line: str) -> Iterator[tuple[str, set[str]]]:
    """The payers whose coverage, and whose medical claims, of a line of business were loaded."""
    parts = build_partitions(data)
    for table in ("eligibility", "medical_claim"):
        if files := [data / it.path for it in parts.get(table, []) if it.rows]:
            sql = f"SELECT DISTINCT payer FROM {read_parquet(files)} WHERE line_of_business = ?"
            rows = inspector().cursor().execute(sql, [line]).fetchall()
            yield table, {payer for (payer,) in rows if payer}
