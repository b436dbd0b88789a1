"""The table of packs in docs/risk_packs.md is what its generator writes from their heads."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from make_risk_table import PAGE, page, table  # noqa: E402


def test_the_page_lists_the_packs_that_ship() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run python tools/make_risk_table.py"


def test_the_table_names_source_and_checksum_of_a_pack() -> None:
    (row,) = [line for line in table().splitlines() if "hhs_hcc_v08_2026" in line]
    assert "2026-01-01 to 2026-12-31" in row
    assert "risk-adjustment-model 0.7.1" in row
