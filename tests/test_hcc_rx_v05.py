"""RxHCC V05 by hand, since no second implementation has it."""

from datetime import date
from pathlib import Path

from hcc_sample import Member, load_members, score
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.risk.inputs import Asked

MODEL = "rxhcc_v05_2026"
FACTORS = """
    SELECT variable, factor_e9 // 1000000 FROM member_factor
    WHERE person_id = ? ORDER BY kind, variable
"""


def member(name: str, age: int, *, new: bool = False, income: bool = False) -> Member:
    """A woman with diabetes of two kinds; RXHCC30 drops RXHCC31."""
    codes = ("E1165", "E119")
    return Member(name, age, "female", "0", "00", new, False, False, income, None, codes)


def test_diabetes_with_complications_drops_diabetes_without(tmp_path: Path) -> None:
    engine = DuckDBEngine("300MB", tmp_path / "spill")
    them = [member("old", 72), member("poor", 72, income=True), member("new", 72, new=True)]
    asked = [Asked(MODEL, 2026, "medicare", date(2026, 3, 31))]
    score(engine, load_members(engine, them, asked, tmp_path))
    found = {it.person_id: engine.rows(FACTORS, [it.person_id]) for it in them}
    dropped = engine.rows("SELECT DISTINCT hcc, dropped_by FROM member_hcc WHERE dropped <> ''")
    segments = dict(engine.rows("SELECT person_id, segment FROM member_score"))
    engine.close()
    assert dropped == [("RXHCC31", "RXHCC30")]
    assert segments == {"old": "CE_NoLowAged", "poor": "CE_LowAged", "new": "NE_NoLo"}
    assert found["old"] == [("F70_74", 238), ("RXHCC30", 408)]
    assert found["poor"] == [("F70_74", 369), ("RXHCC30", 507)]
    assert found["new"] == [("NESRD_NORIGDIS_X_F70_74", 661)]
