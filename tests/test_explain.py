"""Explanations that cannot be given are refused, and levels that do not sum are never shown.

What they show of real tables is tried in test_demo.py.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import CheckFailedError, InputError
from openvbc.explain.descend import descend
from openvbc.explain.levels import Explanation, Level
from openvbc.explain.line import _find_line

WHOLE = {"period": "performance", "stratum": None}


def document(*paths: str) -> dict[str, Any]:
    return {"lines": [{"id": f"{it}@performance", "path": it, "at": WHOLE} for it in paths]}


def test_a_name_of_two_components_must_say_which() -> None:
    both = document("one/price", "two/price")
    with pytest.raises(InputError, match="several components; say which: one/price, two/price"):
        _find_line(both, "price", "")
    assert _find_line(both, "two/price", "")["path"] == "two/price"
    assert _find_line(both, "two/price@performance", "")["path"] == "two/price"


def test_a_table_that_is_no_more_asks_to_settle_again(tmp_path: Path) -> None:
    engine = DuckDBEngine("100MB", tmp_path / "spill")
    source = {"table": "gone", "column": "x_cents", "filter": {"contract_id": "a"}}
    unused: Any = None
    with pytest.raises(InputError, match="table gone has no x_cents in this version; settle again"):
        list(descend({}, engine, source, None, 5, unused))
    engine.close()


def test_a_level_that_does_not_sum_to_the_cell_above_fails() -> None:
    level = Level("persons", ("paid_cents",), [(5,)], 1, 5, "cents")
    assert level.must_sum_to(5) is level
    with pytest.raises(CheckFailedError, match="persons: sums to 5, but the cell above is 6"):
        level.must_sum_to(6)


def test_a_level_shows_count_total_and_the_first_rows() -> None:
    columns = ("person_id", "paid_cents", "counts", "day", "why")
    row = ("[P1]", 123_456, True, date(2025, 1, 31), None)
    levels = [
        Level("persons", columns, [row], 2, 200_000, "cents", "a note"),
        Level("months", ("months",), [], 0, 0),
        Level("flags", ("counts",), [(False,)], 1),
    ]
    shown = Explanation([("line", "a/b@performance")], levels)
    console = Console(width=120, markup=False, highlight=False)
    with console.capture() as captured:
        console.print(shown)
    text = captured.get()
    assert "persons: the first 1 of 2, total $2,000.00" in text
    for part in ("[P1]", "$1,234.56", "yes", "2025-01-31", "a note", "months: 0, total 0", "no"):
        assert part in text
    assert shown.to_json()["levels"][0]["rows"] == [dict(zip(columns, row, strict=True))]
