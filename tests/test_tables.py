"""Leaves that are cells of tables: what a row holds, and what no row or an empty cell means."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from contract_sample import settlement
from openvbc.contract.facts import At
from openvbc.contract.tables import TableFacts
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.rules.rule import Axis, Leaf, Value

CELL: frozenset[Axis] = frozenset({"period", "stratum"})
ROWS = """
SELECT * FROM (VALUES
    ('lakeside', 'PY2025', 'esrd', 3::BIGINT, 12345::BIGINT, 36::BIGINT, 'national'),
    ('lakeside', 'PY2025.base_1', 'esrd', 2, NULL, 24, 'national'),
    ('other', 'PY2025', 'disabled', 9, 999, 99, 'computed')
) AS t(contract_id, period_id, enrolment_type, persons, cut_cents, months, cut)
"""


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[TableFacts]:
    engine = DuckDBEngine("100MB", tmp_path / "spill")
    engine.view("cell", ROWS)
    yield TableFacts(engine, settlement(tmp_path))
    engine.close()


def leaf(column: str | None, table: str | None = "cell") -> Leaf:
    return Leaf(column or "told", "usd", "", "", CELL, table, column)


@pytest.mark.parametrize(
    ("column", "value", "total"),
    [
        ("cut_cents", Decimal("123.45"), "123.45"),  # cents are exact dollars
        ("months", Decimal(36), "36"),
        ("cut", "national", "national"),
    ],
)
def test_a_cell_is_found_with_where_it_came_from(
    facts: TableFacts, column: str, value: Value, total: str
) -> None:
    found = facts.get(leaf(column), At("performance", "esrd"))
    assert found
    assert found.value == value
    assert found.source == {
        "kind": "table",
        "table": "cell",
        "column": column,
        "filter": {"contract_id": "lakeside", "period_id": "PY2025", "enrolment_type": "esrd"},
        "count": 3,
        "total": total,
    }


def test_no_row_and_an_empty_cell_are_not_known_and_no_zero(facts: TableFacts) -> None:
    assert facts.get(leaf("months"), At("performance", "disabled")) is None
    assert facts.get(leaf("cut_cents"), At("base_1", "esrd")) is None
    assert facts.get(leaf("months"), At("base_1", "esrd")) is not None


def test_a_leaf_of_no_table_is_somebody_elses(facts: TableFacts) -> None:
    assert facts.get(leaf(None, None), At("performance", "esrd")) is None


def test_a_column_that_the_table_does_not_have_is_no_zero_either(facts: TableFacts) -> None:
    with pytest.raises(InputError, match="table cell: has no column yeers"):
        facts.get(leaf("yeers"), At("performance", "esrd"))
