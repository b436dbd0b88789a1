"""The lists that CMS would send the ACOs of a generated population, for its last year."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb

from openvbc.generate.render.tables import opened, statements, write_csv

NOT_CARRIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "medical_claim, pharmacy_claim, diagnosis, procedure": "the lists name people, not claims",
        "eligibility of other years and payers": "twelve months of Medicare enrolment types",
        "risk_score": "CMS's scores are its own; the population's are made otherwise",
        "voluntary_alignment": "nobody is assigned by choice in these lists",
    }
)
"""What the lists cannot say, and why."""

_STEPS: Final = ("served", "assigned", "month")
_TABLES: Final = ("1-1", "1-2", "1-4", "1-6")


def render(population: Path, out: Path, *, seed: int) -> None:
    """Write assignment lists and participant lists of every ACO. seed: the order of people."""
    with opened(population, out, seed=seed) as connection:
        year = _only(connection, "SELECT max(year(claim_end_date)) FROM medical_claim")
        acos = connection.execute("SELECT DISTINCT aco_id FROM participants ORDER BY 1").fetchall()
        for (aco,) in acos:
            for name, value in {"aco": aco, "year": year}.items():
                connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
            _write(connection, str(aco), year, out)


def _write(connection: duckdb.DuckDBPyConnection, aco: str, year: int, out: Path) -> None:
    selects = statements("mssp_reports")
    for step in _STEPS:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {step} AS {selects[step]}")
    # sent in April of the next year, as a last list of a year is
    stem = f"P.{aco}.ACO.AALR.Y{year}.D{(year + 1) % 100:02d}0415.T0900000"
    lists = {f"{stem}_{table}.csv": selects[table] for table in _TABLES}
    write_csv(connection, {**lists, f"Participants List {aco}.csv": selects["participants"]}, out)


def _only(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0
