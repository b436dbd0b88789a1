"""The builder: partitions under the hash of what made them, runs that are the same every time.

Three toy tables stand for the flow: `visit` is loaded (cut by month), `visit_count` is built per
person and year, `visit_total` over everybody.
"""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from build_sample import (
    VISIT_COUNT,
    VISIT_TOTAL,
    VISITS,
    YEARS,
    build,
    inputs,
    sample_models,
    totals,
)
from openvbc.engine.build import Builder, Limits, engine_trouble
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import put_rows
from openvbc.engine.model import Column, Model, read_models
from openvbc.engine.plan import Plan
from openvbc.engine.run import Run
from openvbc.engine.share import Share
from openvbc.engine.store import Store
from openvbc.errors import CheckFailedError, InputError


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Model]:
    return sample_models(tmp_path)


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


def test_a_table_that_nobody_asked_for_is_not_made(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    """Visits are asked for by contract periods: of 2025 only, and then of no year at all."""
    models["visit_count"] = replace(models["visit_count"], asked_by=("contract_period",))
    given = {name: list(parts) for name, parts in inputs(tmp_path, VISITS, 1).items()}
    store, plan, limits = Store(tmp_path), Plan(models, YEARS), Limits(400, 2)
    found = []
    for asked in (["2025"], []):
        periods = [it for it in given["contract_period"] if it.slice in asked]
        built = Builder(store, plan, limits).run(given | {"contract_period": periods}, {})
        found.append((totals(Run(store, models, built.run_id)), built.tally.built))
    # 2025: ann 200 + bob 50 + cid 25; then an empty total is made of no table
    assert found == [
        ([(2025, 3, 275)], {"visit_count": 1, "visit_total": 1}),
        ([], {"visit_total": 1}),
    ]


def test_a_table_is_asked_for_by_inputs_alone(models: dict[str, Model]) -> None:
    models["visit_total"] = replace(models["visit_total"], asked_by=("visit_count", "request"))
    with pytest.raises(InputError) as refused:
        Plan(models, YEARS)
    assert [it.what for it in refused.value.problems] == [
        "is asked by visit_count, which is no input",
        "is asked by request, which is no input",
    ]


def test_what_reads_a_partition_that_came_out_as_it_was_is_not_built_again(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    """Partitions are known by their bytes: bob's 50 in two visits is the same year's total."""
    counts = VISIT_COUNT.replace("count(*) AS visits", "CAST(1 AS BIGINT) AS visits")
    (tmp_path / "models" / "cost" / "visit_count.sql").write_text(counts)
    toy = read_models(tmp_path / "models")
    first, _, _ = build(tmp_path / "data", toy, VISITS)
    halves = [it for it in VISITS if it[0] != "bob"]
    halves += [("bob", date(2025, 3, 9), 20), ("bob", date(2025, 3, 10), 30)]
    again, made, reused = build(tmp_path / "data", toy, halves)
    assert totals(again) == totals(first)
    # built: visit_count 2025, with the same rows as before; so visit_total is reused
    assert (made, reused) == (1, 2)


def test_a_build_says_what_each_table_took(tmp_path: Path, models: dict[str, Model]) -> None:
    run, _, _ = build(tmp_path / "data", models, VISITS)
    assert set(run.store.times(run.id)["cpu_s"]) == {"visit_count", "visit_total"}


def test_a_persons_rows_lie_together(tmp_path: Path, models: dict[str, Model]) -> None:
    """The grain is year and person; a file has the person first."""
    (tmp_path / "models" / "cost" / "visit_count.sql").write_text(
        VISIT_COUNT.replace("period: year", "period: none")
    )
    visits = [("bob", date(2024, 3, 5), 1), ("ann", date(2025, 3, 5), 1)]
    visits += [("bob", date(2025, 3, 9), 1)]
    run, _, _ = build(tmp_path / "data", read_models(tmp_path / "models"), visits)
    rows = run.open("200MB").rows("SELECT person_id, year FROM visit_count")
    assert rows == [("ann", 2025), ("bob", 2024), ("bob", 2025)]


def test_rows_that_share_their_grain_are_counted(tmp_path: Path, models: dict[str, Model]) -> None:
    """The file is in order, so those that share it are neighbours."""
    wrong = VISIT_COUNT.replace("grain: [year, person_id]", "grain: [year]")
    (tmp_path / "models" / "cost" / "visit_count.sql").write_text(wrong)
    with pytest.raises(CheckFailedError, match="more than one row per year”: 2 rows break it"):
        build(tmp_path / "data", read_models(tmp_path / "models"), VISITS)


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


def test_a_rehearsal_says_what_would_be_built_and_writes_nothing(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    data = tmp_path / "data"
    given = inputs(data, VISITS, 1)
    before = sorted(data.rglob("*"))
    tally = Builder(Store(data), Plan(models, YEARS), Limits(400, 2)).rehearse(given)
    assert (tally.built, tally.reused) == ({"visit_count": 2, "visit_total": 1}, {})
    assert sorted(data.rglob("*")) == before
    build(data, models, VISITS)
    more = inputs(data, [*VISITS, ("dee", date(2025, 5, 1), 7)], 1)
    tally = Builder(Store(data), Plan(models, YEARS), Limits(400, 2)).rehearse(more)
    # 2025 is touched, and the total over both years
    assert tally.built == {"visit_count": 1, "visit_total": 1}
    assert tally.reused == {"visit_count": 1}


def test_a_file_of_a_run_that_is_gone_says_what_to_do(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    data = tmp_path / "data"
    run, _, _ = build(data, models, VISITS)
    part = run.partitions("visit_total")[0]
    (data / part.path).unlink()
    with pytest.raises(InputError) as caught:
        run.open()
    (problem,) = caught.value.problems
    assert problem.where == str(data / part.path)
    # visit: 3 months; contract_period: 2 years; visit_count: 2; visit_total: 1
    assert problem.what == f"1 of 8 files of run {run.id} are missing; run `vbc build`"
    again, made, reused = build(data, models, VISITS)
    assert (again.id, made, reused) == (run.id, 1, 2)
    assert totals(again) == totals(run)


def test_a_loaded_file_that_is_gone_must_be_restored_or_loaded_again(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    data = tmp_path / "data"
    given = inputs(data, VISITS, 1)
    (data / "given").rename(data / "loads")
    moved = {
        name: [replace(it, path=it.path.replace("given/", "loads/")) for it in parts]
        for name, parts in given.items()
    }
    built = Builder(Store(data), Plan(models, YEARS), Limits(400, 2)).run(moved, {})
    (data / moved["visit"][0].path).unlink()
    with pytest.raises(InputError, match=r"missing; restore the load from a copy, or load its"):
        Run(Store(data), models, built.run_id).open()


def test_a_run_that_todays_tables_do_not_fit_asks_for_a_build(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    run, _, _ = build(tmp_path / "data", models, VISITS)
    view = VISIT_TOTAL.replace("period: none", "period: none\nkind: view").replace(
        "SELECT year, count(*) AS persons", "SELECT year, sum(newer_column) AS persons"
    )
    (tmp_path / "models" / "cost" / "visit_view.sql").write_text(view)
    with pytest.raises(InputError, match="cannot be read by this version of OpenVBC"):
        Run(run.store, read_models(tmp_path / "models"), run.id).open()


def test_views_of_views_are_named_in_their_order(tmp_path: Path, models: dict[str, Model]) -> None:
    folder = tmp_path / "models" / "cost"
    upper = VISIT_TOTAL.replace("period: none", "period: none\nkind: view")
    lower = upper.replace("FROM visit_count GROUP BY year", "FROM z_view GROUP BY year")
    (folder / "z_view.sql").write_text(
        VISIT_COUNT.replace("period: year", "period: year\nkind: view")
    )
    (folder / "a_view.sql").write_text(lower)
    both = read_models(tmp_path / "models")
    run, _, _ = build(tmp_path / "data", both, VISITS)
    engine = run.open("200MB")
    assert engine.rows("SELECT sum(paid_cents) FROM a_view") == [(375,)]
    engine.close()


def test_what_the_engine_cannot_do_is_told_without_what_it_quotes(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    """An engine's message may quote a cell; a cell may be a patient's."""
    wrong = VISIT_COUNT.replace(
        "count(*) AS visits", "sum(CAST(person_id AS BIGINT))::BIGINT AS visits"
    )
    (tmp_path / "models" / "cost" / "visit_count.sql").write_text(wrong)
    with pytest.raises(CheckFailedError) as caught:
        build(tmp_path / "data", read_models(tmp_path / "models"), VISITS)
    said = str(caught.value)
    assert said.startswith("visit_count (bucket 0, 2024): the engine failed (conversion): ")
    assert "ann" not in said


def test_too_little_memory_says_what_to_change() -> None:
    trouble = duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate 'x'")
    assert engine_trouble(trouble).startswith("out of memory; give it more with memory_mb")
    assert engine_trouble(duckdb.IOException("disk")) == "the engine failed (io): disk"


def test_when_one_bucket_fails_the_others_stop(tmp_path: Path, models: dict[str, Model]) -> None:
    """A failed audit must not let other buckets go on for minutes."""
    data = tmp_path / "data"
    many = [(chr(97 + letter), date(2024, 1, 1), -1 if letter == 0 else 1) for letter in range(20)]
    built: list[str] = []
    builder = Builder(
        Store(data), Plan(models, YEARS), Limits(400, 1), lambda label, *_: built.append(label)
    )
    with pytest.raises(CheckFailedError, match="nothing negative"):
        builder.run(inputs(data, many, 20), {})
    assert len(built) < 20


def test_a_table_by_month_has_the_months_of_what_it_reads(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    monthly = VISIT_COUNT.replace("period: year", "period: month")
    select = "SELECT 0 AS year, person_id, count(*) AS visits, sum(paid_cents) AS paid_cents"
    monthly = (
        monthly[: monthly.index("SELECT contract_period")]
        + f"{select} FROM visit GROUP BY person_id"
    )
    (tmp_path / "models" / "cost" / "visit_month.sql").write_text(monthly)
    run, _, _ = build(tmp_path / "data", read_models(tmp_path / "models"), VISITS)
    found = {(it.slice, it.rows) for it in run.partitions("visit_month")}
    # March 2024: ann; March 2025: ann and bob; April 2025: cid
    assert found == {("2024-03", 1), ("2025-03", 2), ("2025-04", 1)}


def test_a_month_is_asked_for_by_a_year_that_reads_it(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    by_month = replace(models["visit_count"], period="month", asked_by=("contract_period",))
    given = {name: list(parts) for name, parts in inputs(tmp_path, VISITS, 1).items()}
    given["contract_period"] = [it for it in given["contract_period"] if it.slice == "2025"]
    assert Plan(models, YEARS).slices(by_month, given) == ["2025-03", "2025-04"]  # not 2024-03


def test_a_month_table_cannot_read_a_year_table(tmp_path: Path, models: dict[str, Model]) -> None:
    monthly = VISIT_TOTAL.replace("period: none", "period: month")
    (tmp_path / "models" / "cost" / "visit_total.sql").write_text(monthly)
    with pytest.raises(
        InputError, match="is cut by month and reads visit_count, which is cut by y"
    ):
        Plan(read_models(tmp_path / "models"), YEARS)


def test_a_table_that_reads_a_later_stage_or_itself_is_refused(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    folder = tmp_path / "models"
    (folder / "attribution").mkdir()
    (folder / "attribution" / "early.sql").write_text(VISIT_TOTAL)
    with pytest.raises(InputError, match="early: reads visit_count of the later stage cost"):
        Plan(read_models(folder), YEARS)
    (folder / "attribution" / "early.sql").unlink()
    (folder / "cost" / "visit_total.sql").write_text(
        VISIT_TOTAL.replace("FROM visit_count", "FROM visit_total")
    )
    with pytest.raises(InputError, match="visit_total: reads itself"):
        Plan(read_models(folder), YEARS)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("x.sql", "SELECT 1", "no declaration: start the file with"),
        ("x.sql", "/* row: [ */ SELECT 1", "declaration is not YAML"),
        ("x.sql", "/*\nrow: One.\n*/\nSELECT 1", "declaration is incomplete: 'grain'"),
        ("x.sql", VISIT_TOTAL.replace("SELECT year", "SELEC year"), "not one SELECT"),
        ("visit.sql", VISIT_TOTAL, "makes a table that"),
    ],
)
def test_a_model_file_that_cannot_be_read_is_refused_by_name(
    tmp_path: Path, models: dict[str, Model], name: str, text: str, expected: str
) -> None:
    path = tmp_path / "models" / "cost" / name
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(expected)) as caught:
        read_models(tmp_path / "models")
    assert caught.value.problems[0].where == str(path)


def test_a_path_with_signs_of_a_pattern_is_one_file(tmp_path: Path) -> None:
    """`a [1]` as a pattern is `a 1`: the wrong file would be read."""
    engine = DuckDBEngine("100MB", tmp_path / "spill")
    paths = [tmp_path / name / "t.parquet" for name in ("a [1] it's*?", "a 1 it's*?")]
    for number, path in enumerate(paths):
        path.parent.mkdir()
        engine.write(f"SELECT {number} AS n", {"n": "INTEGER"}, ["n"], path)
    engine.table("t", paths[:1], {"n": "INTEGER"})
    assert engine.rows("SELECT n FROM t") == [(0,)]
    engine.confine(paths[0].parent)
    assert engine.rows("SELECT n FROM t") == [(0,)]
    engine.table("other", paths[:1], {"n": "INTEGER"})
    with pytest.raises(duckdb.PermissionException):
        engine.table("t", paths[1:], {"n": "INTEGER"})
    engine.close()


def test_what_does_not_fit_in_memory_spills_where_nothing_was_before(tmp_path: Path) -> None:
    """DuckDB makes the folder that it spills to, though none above it."""
    spill = tmp_path / "data" / "spill" / "host"
    engine = DuckDBEngine("30MB", spill)
    rows = "SELECT range AS i, md5(CAST(range AS VARCHAR)) AS digest FROM range(600000)"
    engine.rows(f"CREATE TEMP TABLE sorted AS SELECT * FROM ({rows}) ORDER BY digest")
    assert any(spill.iterdir())
    assert engine.rows("SELECT count(*) FROM sorted") == [(600_000,)]
    engine.close()


def test_given_rows_are_stored_once_and_a_rehearsal_only_names_them(tmp_path: Path) -> None:
    columns = (Column("code", "VARCHAR", ""), Column("first_day", "DATE", ""))
    model = Model("codes", "inputs", "One code.", ("code",), "all", "none", "input", columns)
    rows: list[dict[str, object]] = [{"code": "b"}, {"code": "a", "first_day": date(2025, 1, 1)}]
    store, engine = Store(tmp_path), DuckDBEngine("100MB", tmp_path / "spill")
    named = put_rows(store, engine, model, rows, dry=True)
    assert not (tmp_path / "store").exists()
    made = put_rows(store, engine, model, rows)
    assert (made.address, made.path, made.rows) == (named.address, named.path, 2)
    assert put_rows(store, engine, model, rows) == made
    engine.table("codes", [tmp_path / made.path], model.schema)
    assert engine.rows("SELECT code FROM codes") == [("a",), ("b",)]
    engine.close()


def test_columns_in_another_order_than_declared_are_an_error(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    wrong = VISIT_TOTAL.replace(
        "SELECT year, count(*) AS persons", "SELECT count(*) AS persons, year"
    )
    (tmp_path / "models" / "cost" / "visit_total.sql").write_text(wrong)
    with pytest.raises(
        CheckFailedError, match="its columns are persons, year, paid_cents; declared"
    ):
        build(tmp_path / "data", read_models(tmp_path / "models"), VISITS)


VISIT_SHARE = """/*
row: One person and year, with what everybody's visits cost.
grain: [year, person_id]
span: person
period: none
columns:
  year: {type: INTEGER}
  person_id: {type: VARCHAR}
  paid_cents: {type: BIGINT}
  all_cents: {type: BIGINT}
*/
SELECT c.year, c.person_id, c.paid_cents, t.paid_cents AS all_cents
FROM visit_count AS c
JOIN visit_total AS t ON t.year = c.year
"""


def test_what_others_build_is_waited_for_and_the_run_is_that_of_one_process(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    """Two workers and a reducer, one after the other, each as far as it can go.

    visit_count is of people, visit_total of everybody, visit_share of people again, so the
    workers have two turns each, and the reducer one between and one at the end.
    """
    (tmp_path / "models" / "cost" / "visit_share.sql").write_text(VISIT_SHARE)
    plan = Plan(read_models(tmp_path / "models"), YEARS)
    alone = Builder(Store(tmp_path / "alone"), plan, Limits(400, 2)).run(
        inputs(tmp_path / "alone", VISITS, 2), {}
    )
    data = tmp_path / "data"
    given = inputs(data, VISITS, 2)

    def turn(*buckets: int, reduces: bool = False) -> str:
        """The run, the tables that were made, or what is missing."""
        share = Share(frozenset(buckets), reduces=reduces)
        builder = Builder(Store(data), plan, Limits(400, 2), share=share)
        try:
            if reduces:
                return builder.run(given, {}).run_id
            return ", ".join(builder.make_share(given).built)
        except InputError as error:
            return str(error)

    later = "is not there yet; `vbc worker {}` makes it. Then start this again"
    assert turn(0) == f"visit_count (bucket 1): {later.format('--buckets 1')}"
    assert turn(reduces=True) == f"visit_count (bucket 1): {later.format('--buckets 1')}"
    assert turn(1) == f"visit_total: {later.format('--reduce')}"
    assert turn(reduces=True) == f"visit_share (bucket 0): {later.format('--buckets 0')}"
    assert [turn(0), turn(1)] == ["visit_share", "visit_share"]
    assert turn(reduces=True) == alone.run_id
    assert turn(0, 1, reduces=True) == alone.run_id
