"""The lines of business of what was loaded: a line is a name, and whatever a load brings is one."""

from collections.abc import Collection
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
