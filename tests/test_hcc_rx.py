"""RxHCC scores are those of risk-adjustment-model, where no code has a Medicare Code Editor age.

That peer leaves the editor's ages out by its own word; every other member must be equal.
"""

from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

pytest.importorskip("risk_adjustment_model", reason="risk-adjustment-model is not installed")

from hcc_sample import Member, load_members, members, pack_codes, score
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.risk.inputs import Asked

PEERS = {
    "rxhcc_v08_t_2026": "MedicareModelRxHCCv08T",
    "rxhcc_v08_x_2026": "MedicareModelRxHCCv08X",
}
YEAR = 2026
E6 = 10**6


def population(it: Member) -> str:
    """The peer's name of a member's segment."""
    kind = "NE" if it.new_enrollee else "CE"
    if it.institutional:
        return f"{kind}_LTI"
    income = "LOW" if it.low_income else "NONLOW"
    if it.new_enrollee:
        return f"NE_{income}_COMMUNITY"
    return f"CE_{income}_{'AGED' if it.age >= 65 else 'NONAGED'}"


@pytest.mark.parametrize("risk_model", PEERS)
def test_two_thousand_members_score_as_in_the_peer(risk_model: str, tmp_path: Path) -> None:
    them = members(2_000, pack_codes(risk_model), 7)
    engine = DuckDBEngine("600MB", tmp_path / "spill")
    asked = [Asked(risk_model, YEAR, "medicare", date(YEAR, 3, 31))]
    score(engine, load_members(engine, them, asked, tmp_path))
    mine = dict(engine.rows("SELECT person_id, raw_score_e9 // 1000 FROM member_score"))
    sql = "SELECT DISTINCT code FROM risk_code WHERE age_from IS NOT NULL OR age_to IS NOT NULL"
    aged_codes = {code for (code,) in engine.rows(sql)}
    peer = getattr(import_module("risk_adjustment_model"), PEERS[risk_model])(YEAR)
    unlike = []
    for it in them:
        found = peer.score(
            gender="F" if it.sex == "female" else "M",
            orec=it.reason,
            diagnosis_codes=None if it.new_enrollee else list(it.codes),
            age=it.age,
            population=population(it),
        )
        if mine[it.person_id] != round(found.score_raw * E6) and not aged_codes & {*it.codes}:
            unlike.append(it.person_id)
    engine.close()
    assert unlike == []
