"""The builder: partitions under the hash of what made them, runs that are the same every time.

Three toy tables stand for the flow: `visit` is loaded (cut by month), `visit_count` is built per
person and year, `visit_total` over everybody.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from openvbc.engine.build import Builder, Limits
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model, read_models
from openvbc.engine.plan import Partitions, Plan, YearRange
from openvbc.engine.run import Run
from openvbc.engine.store import Partition, Store, file_digest
from openvbc.errors import CheckFailedError, InputError

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


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Model]:
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


def test_a_build_makes_every_partition_and_sums_to_the_cent(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    run, made, reused = build(tmp_path / "data", models, VISITS)
    # 2024: ann 100; 2025: ann 200 + bob 50 + cid 25
    assert totals(run) == [(2024, 1, 100), (2025, 3, 275)]
    # visit_count for two years, visit_total once
    assert (made, reused) == (3, 0)


def test_the_same_inputs_give_the_same_run_and_build_nothing_again(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    first, _, _ = build(tmp_path / "data", models, VISITS)
    again, made, reused = build(tmp_path / "data", models, VISITS)
    elsewhere, _, _ = build(tmp_path / "other", models, VISITS)
    assert (again.id, made, reused) == (first.id, 0, 3)
    assert elsewhere.id == first.id


def test_a_new_month_rebuilds_only_the_year_it_touches(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    build(tmp_path / "data", models, VISITS)
    run, made, reused = build(tmp_path / "data", models, [*VISITS, ("dee", date(2025, 5, 1), 7)])
    assert totals(run) == [(2024, 1, 100), (2025, 4, 282)]
    # rebuilt: visit_count 2025 and visit_total; reused: visit_count 2024
    assert (made, reused) == (2, 1)


def test_one_and_seven_buckets_give_the_same_rows(tmp_path: Path, models: dict[str, Model]) -> None:
    select = "SELECT * FROM visit_count ORDER BY year, person_id"
    one, _, _ = build(tmp_path / "one", models, VISITS, buckets=1)
    seven, _, _ = build(tmp_path / "seven", models, VISITS, buckets=7)
    assert one.open("200MB").rows(select) == seven.open("200MB").rows(select)
    assert totals(one) == totals(seven)


def test_a_broken_audit_stops_the_build_and_names_it(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    with pytest.raises(CheckFailedError, match=r"visit_count: audit “nothing negative”: 1 rows"):
        build(tmp_path / "data", models, [("ann", date(2025, 1, 1), -5)])
    assert Store(tmp_path / "data").runs() == []


def test_a_column_of_another_type_than_declared_is_an_error(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    wrong = VISIT_TOTAL.replace("persons: {type: BIGINT}", "persons: {type: VARCHAR}")
    (tmp_path / "models" / "cost" / "visit_total.sql").write_text(wrong)
    changed = read_models(tmp_path / "models")
    with pytest.raises(CheckFailedError, match="column persons is BIGINT; declared VARCHAR"):
        build(tmp_path / "data", changed, VISITS)


def test_a_model_that_reads_an_unknown_table_is_refused(models: dict[str, Model]) -> None:
    lonely = {name: model for name, model in models.items() if name != "visit"}
    with pytest.raises(InputError, match="visit_count: reads visit, which no model or input makes"):
        Plan(lonely, YEARS)


def test_asking_for_a_run_before_any_build_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run `vbc build`"):
        Store(tmp_path).current()
    with pytest.raises(InputError, match="no such run"):
        Store(tmp_path).manifest("0123")
