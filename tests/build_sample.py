"""Two small tables of visits, one of each person and one of all, and a build of them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from openvbc.engine.build import Builder, Limits
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model, read_models
from openvbc.engine.plan import Partitions, Plan, YearRange
from openvbc.engine.run import Run
from openvbc.engine.store import Partition, Store, file_digest

VISIT = """
row: One visit.
grain: [person_id, day]
span: person
period: month
columns:
  person_id: {type: VARCHAR}
  day: {type: DATE}
  paid_cents: {type: BIGINT}
"""

VISIT_COUNT = """/*
row: One person and year with visits.
grain: [year, person_id]
span: person
period: year
columns:
  year: {type: INTEGER}
  person_id: {type: VARCHAR, required: true}
  visits: {type: BIGINT}
  paid_cents: {type: BIGINT}
audits:
  nothing negative: SELECT 1 FROM this WHERE paid_cents < 0
*/
SELECT contract_period.year, person_id, count(*) AS visits, sum(paid_cents) AS paid_cents
FROM visit
JOIN contract_period ON day BETWEEN first_day AND last_day
GROUP BY contract_period.year, person_id
"""

VISIT_TOTAL = """/*
row: One year.
grain: [year]
span: all
period: none
columns:
  year: {type: INTEGER}
  persons: {type: BIGINT}
  paid_cents: {type: BIGINT}
*/
SELECT year, count(*) AS persons, sum(paid_cents) AS paid_cents FROM visit_count GROUP BY year
"""

PERIOD = """
row: One period.
grain: [year]
span: all
period: year
columns:
  year: {type: INTEGER}
  first_day: {type: DATE}
  last_day: {type: DATE}
"""

YEARS = {
    "2024": YearRange(date(2024, 1, 1), date(2024, 12, 31)),
    "2025": YearRange(date(2025, 1, 1), date(2025, 12, 31)),
}

VISITS = [
    ("ann", date(2024, 3, 5), 100),
    ("ann", date(2025, 3, 5), 200),
    ("bob", date(2025, 3, 9), 50),
    ("cid", date(2025, 4, 1), 25),
]


def sample_models(tmp_path: Path) -> dict[str, Model]:
    """The models as files, read."""
    folder = tmp_path / "models"
    for stage in ("canonical", "cost", "inputs"):
        (folder / stage).mkdir(parents=True)
    (folder / "canonical" / "visit.yaml").write_text(VISIT)
    (folder / "inputs" / "contract_period.yaml").write_text(PERIOD)
    (folder / "cost" / "visit_count.sql").write_text(VISIT_COUNT)
    (folder / "cost" / "visit_total.sql").write_text(VISIT_TOTAL)
    return read_models(folder)


def inputs(data: Path, visits: Sequence[tuple[str, date, int]], buckets: int) -> Partitions:
    """Visits cut by bucket (the person's first letter) and month; one period row a year."""
    engine = DuckDBEngine("100MB", data / "spill")
    parts: dict[str, list[Partition]] = {"visit": [], "contract_period": []}

    def put(table: str, bucket: int | None, cut: str, sql: str, order: str) -> None:
        path = data / "given" / f"{table}-{bucket}-{cut}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = engine.describe(sql)
        rows = engine.write(sql, schema, [order], path)
        sha = file_digest(path)
        parts[table].append(
            Partition(table, bucket, cut, sha, str(path.relative_to(data)), rows, sha)
        )

    keys = sorted({(ord(who[0]) % buckets, f"{day:%Y-%m}") for who, day, _ in visits})
    for bucket, month in keys:
        mine = [
            it for it in visits if (ord(it[0][0]) % buckets, f"{it[1]:%Y-%m}") == (bucket, month)
        ]
        values = ", ".join(f"('{who}', DATE '{day}', {cents}::BIGINT)" for who, day, cents in mine)
        put(
            "visit",
            bucket,
            month,
            f"SELECT * FROM (VALUES {values}) AS t(person_id, day, paid_cents)",
            "person_id",
        )
    for year, span in YEARS.items():
        put(
            "contract_period",
            None,
            year,
            f"SELECT {year}::INTEGER AS year, DATE '{span.first}' AS first_day, "
            f"DATE '{span.last}' AS last_day",
            "year",
        )
    engine.close()
    return parts


def build(
    data: Path, models: dict[str, Model], visits: Sequence[tuple[str, date, int]], buckets: int = 1
) -> tuple[Run, int, int]:
    store = Store(data)
    given = inputs(data, visits, buckets)
    built = Builder(store, Plan(models, YEARS), Limits(400, 2)).run(given, {})
    return Run(store, models, built.run_id), built.built, built.reused


def totals(run: Run) -> list[tuple[int, int, int]]:
    return run.open("200MB").rows("SELECT * FROM visit_total ORDER BY year")
