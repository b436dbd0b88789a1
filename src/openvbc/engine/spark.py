"""The engine for many machines: Spark makes the rows of models, DuckDB looks at their files.

The model SQL is the same, translated by `to_spark`; each partition comes out as one Parquet file,
in its order, as DuckDB writes it. What is asked about tables (types, audits, counts) is
asked of DuckDB in the driver, which reads every file anyhow to hash it, and which will read it for
statements and explanations.
"""

import os
import re
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from openvbc.engine.duckdb import DuckDBEngine, QueryError
from openvbc.engine.spark_sql import spark_type, to_spark
from openvbc.errors import InputError, Problem

PARTS: Final = "spark_{process}_{name}"
"""A folder below data/spill into which Spark writes one partition; swept like spilled memory."""

_READER_MEMORY: Final = "200MB"

_SAME_ANSWERS: Final = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.session.timeZone": "UTC",
}
"""Without these Spark would wrap an overflow around, or shift a day."""

_QUIET: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.scheduler.mode": "FAIR",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
}

_LOCAL: Final = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
}
"""On one machine: no open port, and no more pieces than it has cores for."""


_STARTING: Final = threading.RLock()
"""Held by the one thread that imports or starts Spark."""

_STORAGE: Final = "; is spark_storage in vbc.toml the data folder as Spark names it?"


@dataclass(frozen=True)
class SparkPlace:
    """Where Spark runs, and how it finds the data folder.

    master: Spark's URL. storage: the data folder as every executor names it, such as
    "hdfs://head/vbc/data"; empty where the path is the same everywhere.
    """

    master: str = "local[2]"
    storage: str = ""
    memory_mb: int = 1000


def spark_version() -> str:
    """The installed Spark with its translator; raises InputError where there is none."""
    try:
        return f"spark {version('pyspark')} sqlglot {version('sqlglot')}"
    except PackageNotFoundError as error:
        what = "engine = spark needs pyspark and Java 17: pip install 'openvbc[spark]'"
        raise InputError(Problem("vbc.toml", what)) from error


@cache
def spark_session(master: str, memory_mb: int) -> Any:
    """The process's one session; raises InputError where Spark or Java cannot be started."""
    spark_version()
    with _STARTING:
        return _started(master, memory_mb)


def _started(master: str, memory_mb: int) -> Any:
    refusals = _refusals()
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    builder = SparkSession.builder.master(master).appName("openvbc")
    settings = {**_QUIET, **_SAME_ANSWERS, "spark.driver.memory": f"{memory_mb}m"}
    for key, value in (settings | (_LOCAL if master.startswith("local") else {})).items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
        running = session.sparkContext.master
        session.sparkContext.setLogLevel("OFF")
    except refusals as error:
        what = (
            f"Spark does not start at {master}: {_condition(error)}; is there a Java 17, and is "
            "spark_master the address of a cluster that runs?"
        )
        raise InputError(Problem("vbc.toml", what)) from error
    if running != master:  # a process has one Spark, and gets that one
        what = f"Spark runs at {running} in this process; {master} needs another"
        raise InputError(Problem("vbc.toml", what))
    return session


def spark_engines(data: Path, place: SparkPlace) -> Callable[[], "SparkEngine"]:
    """What opens an engine for each chain of a build; Spark starts when the first row is made."""
    return lambda: SparkEngine(data, place)


class SparkEngine:
    """Names in a Spark session of its own, and the same names in DuckDB; see `Engine`."""

    def __init__(self, data: Path, place: SparkPlace) -> None:
        self._reader = DuckDBEngine(_READER_MEMORY, data / "spill")
        self._data = data
        self._place = place
        self._named: dict[str, object] = {}

    @property
    def version(self) -> str:
        """Name and version, the translator's too: another may write another SELECT."""
        return spark_version()

    @cached_property
    def _session(self) -> Any:
        """Spark started; names of its own, since chains of several buckets run beside this one."""
        return spark_session(self._place.master, self._place.memory_mb).newSession()

    def table(self, name: str, files: Sequence[Path], schema: Mapping[str, str]) -> None:
        """Name the rows of Parquet files; without files, an empty table of the schema."""
        self._reader.table(name, files, schema)
        if name != "this" and self._is_new(name, (tuple(files), tuple(schema.items()))):
            with _told_by_spark(_STORAGE if self._place.storage else ""):
                self._name_files(name, files, schema)

    def _name_files(self, name: str, files: Sequence[Path], schema: Mapping[str, str]) -> None:
        types = {it: spark_type(kind) for it, kind in schema.items()}
        if files:
            read = self._session.read.schema(", ".join(f"`{it}` {of}" for it, of in types.items()))
            frame = read.parquet(*(_literal(self._url(path)) for path in files))
        else:
            nulls = ", ".join(f"CAST(NULL AS {of}) AS `{it}`" for it, of in types.items())
            frame = self._session.sql(f"SELECT {nulls} WHERE false")
        frame.createOrReplaceTempView(name)

    def view(self, name: str, sql: str) -> None:
        """Name a portable SELECT."""
        self._reader.view(name, sql)
        if self._is_new(name, sql):
            with _told_by_spark():
                self._session.sql(f"CREATE OR REPLACE TEMP VIEW `{name}` AS {to_spark(sql)}")

    def describe(self, sql: str) -> dict[str, str]:
        """Column name → type of a SELECT, in order, as DuckDB names types."""
        return self._reader.describe(sql)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT, by DuckDB."""
        return self._reader.rows(sql, values)

    def close(self) -> None:
        """Free what the engine holds; the process keeps its Spark for the next."""
        self._reader.close()

    def _is_new(self, name: str, meaning: object) -> bool:
        """Whether a name means something else than before; a view follows its tables by name."""
        before = self._named.get(name)
        self._named[name] = meaning
        return before != meaning

    def write(self, sql: str, schema: Mapping[str, str], order: Sequence[str], path: Path) -> int:
        """Write a SELECT's rows, cast to the schema and ordered, as one Parquet file; the count."""
        with _told_by_spark(), self._parts() as folder:
            frame = self._session.sql(to_spark(sql)).selectExpr(
                *(f"CAST(`{it}` AS {spark_type(kind)}) AS `{it}`" for it, kind in schema.items())
            )
            whole = frame.repartition(1)
            ordered = whole.sortWithinPartitions(*(whole[it].asc_nulls_last() for it in order))
            ordered.write.option("compression", "zstd").parquet(self._url(folder))
            (written,) = folder.glob("part-*.parquet")
            written.replace(path)
        self._reader.table("written", [path], schema)
        return int(self.rows("SELECT count(*) FROM written")[0][0])

    @contextmanager
    def _parts(self) -> Iterator[Path]:
        """A folder that is not there yet, for Spark to make, and that is gone afterwards."""
        name = PARTS.format(process=os.getpid(), name=uuid.uuid4().hex)
        folder = self._data / "spill" / name
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _url(self, path: Path) -> str:
        """A path below the data folder as executors name it."""
        if self._place.storage:
            return f"{self._place.storage.rstrip('/')}/{path.relative_to(self._data).as_posix()}"
        return f"file://{path.resolve().as_posix()}"


def _literal(url: str) -> str:
    """A path as one file and not as a pattern of files."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", url)


@contextmanager
def _told_by_spark(hint: str = "") -> Iterator[None]:
    """Spark's refusal by the name of its condition: its sentence may quote a patient's cell."""
    try:
        yield
    except _refusals() as error:
        raise QueryError(f"Spark: {_condition(error)}{hint}") from error


def _refusals() -> tuple[type[Exception], ...]:
    """What Spark raises; chains of several buckets must not import it at a time."""
    with _STARTING:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - an extra
        from pyspark.errors import PySparkException  # noqa: PLC0415
    return PySparkException, Py4JError


def _condition(error: Exception) -> str:
    named = getattr(error, "getCondition", lambda: None)()
    return str(named or type(error).__name__)
