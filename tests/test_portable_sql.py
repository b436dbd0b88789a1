"""Every part of SQL that a model may use gives the same rows in DuckDB and in Spark.

Tables are built by DuckDB today and must be built by Spark tomorrow, and a translator is not
always loud: `percentile_disc` silently becomes an approximation. So models may use only what is on
the allow-list, and every entry rests on a probe, a SELECT over a tiny table whose Spark rows were
recorded by a real Spark (tests/spark/recorded.json, tools/record_spark.py). Where the right rows
come from: both engines, which must agree.
"""

import os
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import code_list_model
from openvbc.engine.lint import lint_models
from openvbc.engine.model import MODELS_FOLDER, read_models
from openvbc.engine.portable import allow_list, parts
from openvbc.engine.spark_sql import to_spark
from openvbc.errors import InputError, OpenVBCError
from openvbc.parameters import code_lists
from spark_probes import (
    Probe,
    in_duckdb,
    in_spark,
    probe_engine,
    probe_session,
    read_probes,
    read_recorded,
    read_refusals,
    refused_by_spark,
)

PROBES = read_probes()[1]
REFUSALS = read_refusals()
RECORDED: dict[str, Any] = read_recorded()["probes"]

SPARK_TYPES = {
    "BIGINT": {"bigint", "int"},  # a date's parts and a row's number are 32 bits wide in Spark
    "BOOLEAN": {"boolean"},
    "DATE": {"date"},
    "HUGEINT": {"bigint", "decimal(38,0)"},  # sums; wide casts
    "INTEGER": {"int", "bigint"},  # whole-number division is 64 bits wide in Spark
    "VARCHAR": {"string"},
    '"NULL"': {"void"},
}
"""The declared differences in type; the builder casts to the model's schema."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    engine = probe_engine(tmp_path_factory.mktemp("spill"))
    yield engine
    engine.close()


def parts_of(probe: Probe) -> set[str]:
    return {name for _, name in parts(sqlglot.parse_one(probe.sql, dialect="duckdb"), probe.sql)}


# The allow-list rests on probes.


@pytest.mark.parametrize("name", sorted(allow_list()))
def test_every_entry_of_the_allow_list_rests_on_probes_that_hold_it_and_agree(name: str) -> None:
    covering = [PROBES[probe] for probe in allow_list()[name]]
    assert covering, f"{name} has no probe"
    assert [probe.name for probe in covering if name not in parts_of(probe)] == []
    assert [probe.name for probe in covering if probe.differs] == []


def test_a_probe_holds_only_what_the_allow_list_holds() -> None:
    held = {name for probe in PROBES.values() for name in parts_of(probe)}
    assert held <= allow_list().keys()


def test_every_probe_is_recorded_and_nothing_else() -> None:
    assert RECORDED.keys() == PROBES.keys()


# The recorded answers.


@pytest.mark.parametrize("probe", PROBES.values(), ids=lambda probe: probe.name)
def test_duckdb_still_answers_as_recorded(probe: Probe, engine: DuckDBEngine) -> None:
    assert in_duckdb(engine, probe.sql) == RECORDED[probe.name]["duckdb"]


@pytest.mark.parametrize("probe", PROBES.values(), ids=lambda probe: probe.name)
def test_spark_answered_the_same_rows_or_the_difference_has_a_reason(probe: Probe) -> None:
    recorded = RECORDED[probe.name]
    is_equal = recorded["duckdb"]["rows"] == recorded["spark"]["rows"]
    assert is_equal is not bool(probe.differs)
    assert recorded["duckdb"]["rows"], "a probe without rows shows nothing"


@pytest.mark.parametrize("name", REFUSALS)
def test_what_has_no_answer_is_refused_by_both_engines(name: str, engine: DuckDBEngine) -> None:
    """An amount that does not fit 64 bits must stop the build, never wrap around."""
    with pytest.raises((duckdb.Error, OpenVBCError)):
        engine.rows(REFUSALS[name])
    assert read_recorded()["refusals"][name], "Spark answered"


def same_type(duckdb: str, spark: str) -> bool:
    if duckdb.startswith("DECIMAL"):  # a product's precision may differ, its digits do not
        return spark.startswith("decimal")
    return spark in SPARK_TYPES[duckdb]


@pytest.mark.parametrize("probe", PROBES.values(), ids=lambda probe: probe.name)
def test_spark_answered_with_the_same_types_but_for_the_declared_differences(probe: Probe) -> None:
    it = RECORDED[probe.name]
    pairs = list(zip(it["duckdb"]["types"], it["spark"]["types"], strict=True))
    assert [pair for pair in pairs if not same_type(*pair)] == []


def test_the_recorded_answers_are_to_the_text_that_is_translated_today() -> None:
    """Another sqlglot may write another text; then the answers say nothing until re-recorded."""
    recorded = read_recorded()["versions"]["sqlglot"]
    if version("sqlglot") != recorded:
        pytest.skip(f"recorded with sqlglot {recorded}: run tools/record_spark.py")
    assert {name: to_spark(probe.sql) for name, probe in PROBES.items()} == {
        name: it["spark_sql"] for name, it in RECORDED.items()
    }


@pytest.mark.skipif(
    not (os.environ.get("OPENVBC_SPARK") and find_spec("pyspark")),
    reason="needs pyspark and OPENVBC_SPARK=1",
)
def test_spark_itself_answers_as_recorded() -> None:
    session = probe_session()
    answers = {name: in_spark(session, probe.sql) for name, probe in PROBES.items()}
    refusals = {name: refused_by_spark(session, sql) for name, sql in REFUSALS.items()}
    assert refusals == read_recorded()["refusals"]
    assert answers == {name: it["spark"] for name, it in RECORDED.items()}


# Translation is exact or refused.


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY x) FROM t", "percentile_disc"),
        ("SELECT quantile_cont(x, 0.5) FROM t", "quantile_cont"),
        ("SELECT hash(x) FROM t", "hash"),
        ("SELECT x / y FROM t", "Div"),
        ("SELECT CAST(x AS HUGEINT) // 2 FROM t", "IntDiv of HUGEINT"),
        ("SELECT avg(x) FROM t", "avg"),
        ("SELECT CAST(x AS DOUBLE) FROM t", "type DOUBLE"),
        ("SELECT x * 1.5 FROM t", "Literal decimal"),
        ("SELECT x * 1e3 FROM t", "Literal floating"),
        ("SELECT d + INTERVAL 1 MONTH FROM t", "Interval"),
        ("SELECT date_diff('month', a, b) FROM t", "DateDiff MONTH"),
        ("SELECT date_trunc('week', a) FROM t", "date_trunc WEEK"),
        ("SELECT EXTRACT(dow FROM a) FROM t", "Extract DOW"),
        ("SELECT any_value(x) FROM t", "any_value"),
        ("SELECT arg_max(x, y) FROM t", "arg_max"),
        ("SELECT DISTINCT ON (x) x, y FROM t", "Distinct on"),
        ("SELECT x FROM t GROUP BY ALL", "Group all=TRUE"),
        ("SELECT x FROM a, b", "Join without a condition"),
        ("SELECT x FROM a NATURAL JOIN b", "Join method=NATURAL"),
        ("SELECT x FROM a ASOF JOIN b USING (k)", "Join method=ASOF"),
        ("SELECT x FROM a LIMIT 1", "Limit"),
        ("SELECT unnest(x) FROM a", "unnest"),
        ("SELECT x FROM read_csv('a')", "read_csv"),
        ("SELECT TRY_CAST(x AS DATE) FROM t", "TryCast"),
        ("WITH RECURSIVE c AS (SELECT 1 AS x) SELECT x FROM c", "With recursive=TRUE"),
        ("SELECT sum(x) OVER w AS s FROM t WINDOW w AS (ORDER BY y)", "Window named"),
        ("SELECT lag(x IGNORE NULLS) OVER (ORDER BY y) FROM t", "IgnoreNulls"),
        ("SELECT DISTINCT x FROM t QUALIFY row_number() OVER (ORDER BY y) = 1", "with DISTINCT"),
        ("SELECT t.*, y FROM t QUALIFY row_number() OVER (ORDER BY y) = 1", "Qualify beside *"),
        ("SELECT x FROM t WHERE", "has no Spark translation"),
    ],
)
def test_what_is_not_on_the_list_is_refused_by_name(sql: str, refused: str) -> None:
    with pytest.raises(InputError, match=refused.replace("*", r"\*")):
        to_spark(sql)


def test_all_that_is_refused_is_named_at_once() -> None:
    with pytest.raises(InputError) as raised:
        to_spark("SELECT hash(x), median(x) FROM t LIMIT 1")
    assert len(raised.value.problems) == 3  # hash, median, Limit


def test_macros_are_written_out_for_spark() -> None:
    spark = to_spark("SELECT times_rate(prorate(paid_cents, 1, 12), rate_e9) AS x_cents FROM t")
    assert "times_rate" not in spark.lower()
    assert "prorate" not in spark.lower()
    assert "paid_cents" in spark


# The models that ship.


def test_every_shipped_model_keeps_the_rules() -> None:
    tables = read_models(MODELS_FOLDER)
    tables |= {name: code_list_model(path) for name, path in code_lists().items()}
    assert [str(problem) for problem in lint_models(tables)] == []


def test_every_shipped_model_and_audit_has_a_spark_translation() -> None:
    refused = []
    for it in read_models(MODELS_FOLDER).values():
        for title, sql in {"the SELECT": it.sql, **it.audits}.items():
            try:
                _ = sql and to_spark(sql)
            except InputError as error:
                refused.append(f"{it.name}, {title}: {error}")
    assert refused == []


def test_the_page_names_every_function_and_type() -> None:
    page = Path(__file__).parents[1].joinpath("docs", "portable-sql.md").read_text(encoding="utf-8")
    names = {name.split()[0] for name in allow_list() if name[0].islower()} - {"type"}
    assert sorted(name for name in names if f"`{name}`" not in page) == []
    types = {"INT": "INTEGER", "TEXT": "VARCHAR"}
    written = [name.split()[1] for name in allow_list() if name.startswith("type ")]
    assert [it for it in written if types.get(it, it) not in page] == []
