"""Leaves that are cells of built tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from openvbc.contract.contract import Settlement
from openvbc.contract.facts import At, Found
from openvbc.engine.protocol import Engine
from openvbc.money import dollars
from openvbc.rules.rule import Leaf


@dataclass(frozen=True)
class TableFacts:
    """Reads each cell table once for the settlement's contract and period.

    A cell table has the grain contract_id, period_id[, enrolment_type] and one column for each
    leaf; columns named *_cents become exact dollars. An enrolment type without a row, in a period
    that has rows, is a population of nobody: 0.
    """

    engine: Engine
    settlement: Settlement
    _cells: dict[str, dict[tuple[str, str | None], Mapping[str, Any]]] = field(default_factory=dict)

    def names(self) -> frozenset[str]:
        """The leaves that tables supply."""
        leaves = (it for part in self.settlement.contract.components for it in part.leaves.values())
        return frozenset(leaf.name for leaf in leaves if leaf.table)

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The cell's value, with table, column, filter, count and total as its source."""
        if leaf.table is None or leaf.column is None:
            return None
        cells = self._table(leaf.table)
        period_id = self.settlement.period_id(at.period)
        if not any(period == period_id for period, _ in cells):
            return None
        row = cells.get((period_id, at.stratum), {})
        number = int(row.get(leaf.column) or 0)
        value = dollars(number) if leaf.column.endswith("_cents") else Decimal(number)
        keys = {"contract_id": self.settlement.contract.id, "period_id": period_id}
        if at.stratum is not None:
            keys["enrolment_type"] = at.stratum
        source = {
            "kind": "table",
            "table": leaf.table,
            "column": leaf.column,
            "filter": keys,
            "count": row.get("persons", row.get("assigned_persons")),
            "total": str(value),
        }
        return Found(value, source)

    def _table(self, name: str) -> dict[tuple[str, str | None], Mapping[str, Any]]:
        if name not in self._cells:
            columns = list(self.engine.describe(f"SELECT * FROM {name}"))
            rows = self.engine.rows(
                f"SELECT * FROM {name} WHERE contract_id = ?", [self.settlement.contract.id]
            )
            found = [dict(zip(columns, row, strict=True)) for row in rows]
            self._cells[name] = {
                (row["period_id"], row.get("enrolment_type")): row for row in found
            }
        return self._cells[name]
