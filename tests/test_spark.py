"""The whole build on Spark gives the rows that DuckDB gives.

The same models, translated, make the same tables on another engine, so each is the other's oracle:
every table is compared both ways, duplicates counted. The people are few, since Spark takes a
second for what DuckDB does in ten milliseconds, whatever the number of rows.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from attributed_contracts import delivery, write_files
from openvbc.demo import write_contracts
from openvbc.engine.build import Builder, Limits
from openvbc.engine.duckdb import QueryError
from openvbc.engine.model import Model
from openvbc.engine.plan import Partitions, Plan
from openvbc.engine.run import Run
from openvbc.engine.spark import SparkEngine, SparkPlace
from openvbc.errors import InputError
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace
from scale_sample import copy, loaded

pytestmark = pytest.mark.skipif(
    not (find_spec("pyspark") and (shutil.which("java") or os.environ.get("JAVA_HOME"))),
    reason="needs pyspark and Java 17: pip install -e '.[spark]'",
)

TINY = """\
spark.driver.extraJavaOptions     -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:MetaspaceSize=300m
spark.sql.adaptive.enabled        false
spark.sql.codegen.wholeStage      false
spark.sql.codegen.factoryMode     NO_CODEGEN
spark.sql.ui.retainedExecutions   1
"""
"""What makes Spark bearable for a hundred people: nothing is compiled that runs once."""


@pytest.fixture(scope="module", autouse=True)
def defaults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Spark's own settings, in the file in which a cluster has them."""
    folder = tmp_path_factory.mktemp("conf")
    (folder / "spark-defaults.conf").write_text(TINY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        yield


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SparkEngine]:
    made = SparkEngine(tmp_path, SparkPlace())
    yield made
    made.close()


def test_rows_come_as_one_file_in_the_order_of_the_grain(
    engine: SparkEngine, tmp_path: Path
) -> None:
    """As DuckDB writes it: empty last, text by its bytes, declared types, no folder of parts."""
    rows = "VALUES ('b', 2), (NULL, 5), ('é', 1), ('B', 4), ('b', 1)"
    engine.view("given", f"SELECT who, CAST(n AS INTEGER) AS n FROM ({rows}) AS t(who, n)")
    path = tmp_path / "a [name], with *.parquet"
    schema = {"who": "VARCHAR", "n": "BIGINT"}
    select = "SELECT who, CAST(sum(n) AS BIGINT) AS n FROM given GROUP BY who, n"
    assert engine.write(select, schema, ["who", "n"], path) == 5
    read = duckdb.connect()
    written = read.execute("SELECT who, n FROM read_parquet(?)", [str(path).replace("[", "[[]")])
    assert written.fetchall() == [("B", 4), ("b", 1), ("b", 2), ("é", 1), (None, 5)]
    assert [str(column[1]) for column in written.description or []] == ["VARCHAR", "BIGINT"]
    assert list((tmp_path / "spill").glob("spark_*")) == []
    engine.table("again", [path], schema)  # Spark reads the name as it stands, too
    assert engine.write("SELECT who, n FROM again", schema, ["n"], tmp_path / "b.parquet") == 5


def test_an_engine_has_names_of_its_own(engine: SparkEngine, tmp_path: Path) -> None:
    """Chains of several buckets run at a time, and each calls its claims `medical_claim`."""
    other = SparkEngine(tmp_path, SparkPlace())
    engine.view("mine", "SELECT 1 AS x")
    other.view("mine", "SELECT 2 AS x")
    for place, expected in ((engine, 1), (other, 2)):
        place.write("SELECT x FROM mine", {"x": "BIGINT"}, ["x"], tmp_path / "x.parquet")
        place.table("this", [tmp_path / "x.parquet"], {"x": "BIGINT"})
        assert place.rows("SELECT x FROM this") == [(expected,)]
    other.close()


def test_a_refusal_of_spark_is_told_without_what_it_quotes(
    engine: SparkEngine, tmp_path: Path
) -> None:
    engine.view("given", "SELECT who FROM (VALUES ('Ann Example')) AS t(who)")
    with pytest.raises(QueryError) as caught:
        engine.write(
            "SELECT CAST(who AS BIGINT) AS n FROM given", {"n": "BIGINT"}, ["n"], tmp_path / "n"
        )
    assert str(caught.value) == "Spark: CAST_INVALID_INPUT"


def test_a_process_has_one_spark_and_another_is_refused(tmp_path: Path) -> None:
    """Spark would hand out the one that runs, wherever another was asked for."""
    with pytest.raises(InputError, match=r"Spark runs at local\[2\] in this process; local\[1\]"):
        SparkEngine(tmp_path, SparkPlace("local[1]")).view("v", "SELECT 1 AS x")


# The engines' equality.


class OneYear(Plan):
    """The performance year alone, without the years of the benchmark and their months."""

    def slices(self, model: Model, built: Partitions) -> list[str | None]:
        return [it for it in super().slices(model, built) if (it or "2025")[:4] == "2025"]


def run_of(space: Workspace, kind: type[Plan]) -> Run:
    plan = kind(space.models, space.plan().years)
    builder = Builder(space.store, plan, Limits(600, 2), engines=space._engines())
    return Run(space.store, space.models, builder.run(space.inputs(), {}).run_id)


def different(one: Run, other: Run) -> dict[str, tuple[int, int]]:
    """Table → the rows that only one or only the other holds."""
    engine = one.open("400MB", 1)
    found = {}
    for name, model in one.models.items():
        files = [other.store.data / part.path for part in other.partitions(name)]
        engine.table("theirs", files, model.stored_schema)
        only = [
            f"SELECT count(*) FROM (SELECT * FROM {a} EXCEPT ALL SELECT * FROM {b})"
            for a, b in ((name, "theirs"), ("theirs", name))
        ]
        if model.kind == "table" and (counts := [engine.rows(it)[0][0] for it in only]) != [0, 0]:
            found[name] = (counts[0], counts[1])
    engine.close()
    return found


@pytest.mark.parametrize(
    ("members", "buckets", "kind"),
    [(100, 1, OneYear), pytest.param(300, 2, Plan, marks=pytest.mark.slow)],
)
def test_every_table_has_the_rows_that_duckdb_gives_it(
    tmp_path: Path, members: int, buckets: int, kind: type[Plan]
) -> None:
    duck = loaded(tmp_path, members, buckets, years=4)
    write_contracts(duck, tmp_path / "source")
    write_files(duck.root, pharmacy=True)
    load(duck.data, delivery(tmp_path / "few"), buckets=buckets, data_source="few")
    duck = Workspace(duck.root)
    on_spark = replace(Settings(), buckets=buckets, memory_mb=1000, engine="spark")
    spark = copy(duck, tmp_path / "spark", on_spark)
    ours, theirs = run_of(duck, kind), run_of(spark, kind)
    assert different(ours, theirs) == {}
    for stage in ("attribution", "risk", "groupers", "cost"):
        made = [name for name, it in duck.models.items() if (it.stage, it.kind) == (stage, "table")]
        assert sum(ours.rows()[name] for name in made) > 0, stage
    for name in ("person_attribution", "contract_span", "contract_member", "contract_cell"):
        assert ours.rows()[name] > 0, name  # contracts by a declared method
    assert ours.id != theirs.id  # an engine's name and version stand in every address
    assert run_of(spark, kind).id == theirs.id  # from the store
