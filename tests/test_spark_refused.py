"""Where Spark does not start or does not find its files: one line, and nothing of what it quotes.

Neither Spark nor Java is needed: a stand-in answers as they do, with the errors of Py4J, whose
text is a page of Java that may quote a cell.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from openvbc.engine import spark
from openvbc.engine.duckdb import QueryError
from openvbc.engine.spark import SparkEngine, SparkPlace
from openvbc.errors import InputError

QUOTES = "org.apache.spark.SparkException: 'Ann Example' at org.apache.spark (Unknown Source)"


class Py4JError(Exception):
    """As Py4J raises it."""


class PySparkException(Exception):  # noqa: N818 - its name
    """As PySpark raises it."""


class Refusing:
    """A Spark that starts, if it does, and then refuses whatever it is asked."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.sparkContext = SimpleNamespace(master="local[2]", setLogLevel=lambda _: None)

    def __getattr__(self, name: str) -> Any:
        if name == "builder" or name in {"master", "appName", "config"}:
            return self if name == "builder" else lambda *_: self
        raise Py4JError(QUOTES)

    def getOrCreate(self) -> "Refusing":  # noqa: N802 - its name
        if self.error:
            raise self.error
        return self

    def newSession(self) -> "Refusing":  # noqa: N802 - its name
        return self


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    names: dict[str, dict[str, object]] = {
        "py4j": {},
        "py4j.protocol": {"Py4JError": Py4JError},
        "pyspark": {},
        "pyspark.errors": {"PySparkException": PySparkException},
        "pyspark.sql": {"SparkSession": Refusing(None)},
    }
    for name, holds in names.items():
        module = ModuleType(name)
        vars(module).update(holds)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(spark, "spark_version", lambda: "spark")
    spark.spark_session.cache_clear()
    yield monkeypatch
    spark.spark_session.cache_clear()


@pytest.mark.parametrize("error", [Py4JError(QUOTES), PySparkException(QUOTES)])
def test_a_spark_that_does_not_start_says_where_it_was_to_run(
    stand_in: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    stand_in.setattr(sys.modules["pyspark.sql"], "SparkSession", Refusing(error))
    engine = SparkEngine(tmp_path, SparkPlace("spark://nowhere:7077"))
    with pytest.raises(InputError) as refused:
        engine.view("v", "SELECT 1 AS x")
    assert str(refused.value) == (
        f"vbc.toml: Spark does not start at spark://nowhere:7077: {type(error).__name__}; is there "
        "a Java 17, and is spark_master the address of a cluster that runs?"
    )
    engine.close()


def test_what_spark_cannot_name_is_told_without_what_it_quotes(
    stand_in: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A spark_storage that executors do not reach, a cluster that went away."""
    engine = SparkEngine(tmp_path, SparkPlace(storage="hdfs://nowhere/data"))
    with pytest.raises(QueryError, match=r"^Spark: Py4JError$"):
        engine.view("v", "SELECT 1 AS x")
    with pytest.raises(QueryError, match=r"^Spark: Py4JError; is spark_storage in vbc.toml the"):
        engine.table("t", [], {"n": "BIGINT"})
    engine.close()
