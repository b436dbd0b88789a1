"""Leaves that are cells of built tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.book import TABLES as BOOKS
from openvbc.contract.facts import At, Found
from openvbc.contract.settlement import Settlement
from openvbc.engine.protocol import Engine
from openvbc.errors import InputError, Problem
from openvbc.money import decimal_text, dollars
from openvbc.rules.rule import Leaf, Value

Cell = Mapping[str, Any]

COUNTS: Final = ("persons", "assigned_persons", "episodes")
"""Columns that say how many rows a cell is made of."""


@dataclass(frozen=True)
class TableFacts:
    """Reads each cell table once for the settlement's contract and period.

    A cell table has the grain contract_id, period_id[, enrolment_type or episode_type], a row for
    every cell, and one column for each leaf; columns named *_cents become exact dollars. A cell
    without a row, or with an empty column, is not known: it is no zero.
    """

    engine: Engine
    settlement: Settlement
    _cells: dict[str, dict[tuple[str, str | None], Cell]] = field(default_factory=dict)

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The cell's value, with table, column, filter, count and total as its source."""
        if leaf.table is None or leaf.column is None or leaf.table in BOOKS:
            return None
        period_id = self.settlement.period_id(at.period)
        row = self._table(leaf.table).get((period_id, at.stratum))
        if row is None:
            return None
        if leaf.column not in row:
            raise InputError(Problem(f"table {leaf.table}", f"has no column {leaf.column}"))
        if row[leaf.column] is None:
            return None
        value = _value(leaf.column, row[leaf.column])
        keys = {"contract_id": self.settlement.contract.id, "period_id": period_id}
        if at.stratum is not None:
            keys[_axis(row)] = at.stratum
        source = {
            "kind": "table",
            "table": leaf.table,
            "column": leaf.column,
            "filter": keys,
            "count": next((row[it] for it in COUNTS if it in row), None),
            "total": decimal_text(value) if isinstance(value, Decimal) else str(value),
        }
        return Found(value, source)

    def _table(self, name: str) -> dict[tuple[str, str | None], Cell]:
        if name not in self._cells:
            columns = list(self.engine.describe(f"SELECT * FROM {name}"))
            rows = self.engine.rows(
                f"SELECT * FROM {name} WHERE contract_id = ?", [self.settlement.contract.id]
            )
            found = [dict(zip(columns, row, strict=True)) for row in rows]
            self._cells[name] = {(row["period_id"], row.get(_axis(row))): row for row in found}
        return self._cells[name]


def _axis(row: Cell) -> str:
    """The column that holds the stratum."""
    return "episode_type" if "episode_type" in row else "enrolment_type"


def _value(column: str, cell: Any) -> Value:
    """A cell as rules take it: a word, dollars of cents, or a number."""
    if isinstance(cell, str):
        return cell
    return dollars(int(cell)) if column.endswith("_cents") else Decimal(int(cell))
