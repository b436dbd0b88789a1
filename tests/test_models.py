"""Every model case in tests/models: worked by hand, step by step."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlglot

from model_case import CASES, Case, build, expected, found, models, read_case
from openvbc.engine.duckdb import DuckDBEngine

PATHS = sorted(CASES.glob("*.yaml"))


@cache
def case(path: Path) -> Case:
    return read_case(path)


@pytest.fixture(scope="module", params=PATHS, ids=lambda path: path.stem)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Case, DuckDBEngine]]:
    engine = DuckDBEngine("300MB", tmp_path_factory.mktemp("spill"))
    build(case(request.param), engine)
    yield case(request.param), engine
    engine.close()


def test_every_table_of_a_case_holds_the_rows_worked_out_by_hand(
    built: tuple[Case, DuckDBEngine],
) -> None:
    it, engine = built
    for table in it.expect:
        assert found(it, engine, table) == expected(it, table), f"{it.title}: {table}"


@pytest.mark.parametrize("name", [name for name, model in models().items() if model.sql])
def test_a_model_can_be_written_for_spark(name: str) -> None:
    spark = sqlglot.transpile(models()[name].sql, read="duckdb", write="spark")
    assert len(spark) == 1
