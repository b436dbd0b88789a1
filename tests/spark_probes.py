"""Probes of the portable SQL subset: one SELECT each, run in DuckDB and in Spark.

tests/spark/probes.yaml holds the probes, tests/spark/recorded.json what both engines answered
when tools/record_spark.py last ran. Spark is needed only to record again.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.spark import spark_session
from openvbc.engine.spark_sql import to_spark

FOLDER = Path(__file__).parent / "spark"
RECORDED = FOLDER / "recorded.json"

Cell = bool | int | str | None
Answer = dict[str, Any]


@dataclass(frozen=True)
class Probe:
    """One SELECT; differs says why Spark's rows are not DuckDB's, empty where they are equal."""

    name: str
    says: str
    sql: str
    differs: str = ""


def read_probes() -> tuple[dict[str, str], dict[str, Probe]]:
    """The tiny tables by name, and the probes by name."""
    it = YAML(typ="safe").load((FOLDER / "probes.yaml").read_text(encoding="utf-8"))
    return it["tables"], {name: Probe(name, **probe) for name, probe in it["probes"].items()}


def read_refusals() -> dict[str, str]:
    """SELECTs that have no answer, by name."""
    it: dict[str, str] = YAML(typ="safe").load((FOLDER / "probes.yaml").read_text("utf-8"))[
        "refusals"
    ]
    return it


def plain(value: object) -> Cell:
    """A cell as JSON holds it: a date and a fraction as text, a whole decimal as an integer."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"a probe may not answer with {type(value).__name__}")


def answer(types: Sequence[str], rows: Sequence[Sequence[object]]) -> Answer:
    """Column types and plain rows, the rows in one order on every engine."""
    cells = [[plain(value) for value in row] for row in rows]
    return {"types": list(types), "rows": sorted(cells, key=repr)}


def in_duckdb(engine: DuckDBEngine, sql: str) -> Answer:
    """What DuckDB answers."""
    return answer(list(engine.describe(sql).values()), engine.rows(sql))


def probe_engine(spill: Path) -> DuckDBEngine:
    """A small DuckDB engine that holds the tiny tables."""
    engine = DuckDBEngine("200MB", spill)
    for name, sql in read_probes()[0].items():
        engine.view(name, sql)
    return engine


def probe_session() -> Any:
    """A local Spark session, set as builds set it, that holds the tiny tables."""
    session = spark_session("local[2]", 1000).newSession()
    for name, sql in read_probes()[0].items():
        session.sql(to_spark(sql)).createOrReplaceTempView(name)
    return session


def in_spark(session: Any, sql: str) -> Answer:
    """What Spark answers to its translation."""
    frame = session.sql(to_spark(sql))
    return answer([kind for _, kind in frame.dtypes], [list(row) for row in frame.collect()])


def refused_by_spark(session: Any, sql: str) -> str:
    """The error class of Spark's refusal, empty where Spark answers."""
    try:
        in_spark(session, sql)
    except Exception as error:  # noqa: BLE001 - every refusal counts, and its name is recorded
        return str(error).strip()[1:].partition("]")[0].partition(".")[0]
    return ""


def record(spill: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Both engines' answers to every probe, with the versions that gave them."""
    engine, session = probe_engine(spill), probe_session()
    probes: dict[str, Any] = {}
    for probe in read_probes()[1].values():
        try:
            duck, spark = in_duckdb(engine, probe.sql), in_spark(session, probe.sql)
        except Exception as error:  # noqa: BLE001 - say which probe failed, go on with the next
            say(f"{probe.name}: {str(error).strip().splitlines()[0]}")
            continue
        probes[probe.name] = {"spark_sql": to_spark(probe.sql), "duckdb": duck, "spark": spark}
        if duck["rows"] != spark["rows"]:
            say(f"{probe.name}: rows differ: {duck['rows']} {spark['rows']}")
    versions = {"duckdb": version("duckdb"), "sqlglot": version("sqlglot")}
    refusals = {name: refused_by_spark(session, sql) for name, sql in read_refusals().items()}
    versions["spark"] = version("pyspark")
    return {"versions": versions, "refusals": refusals, "probes": probes}


def read_recorded() -> dict[str, Any]:
    """The recorded answers."""
    recorded: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return recorded
