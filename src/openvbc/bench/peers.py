"""Peers measured in the same run, where they are installed: CPU per member against ours."""

import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from openvbc.bench.stages import Stage
from openvbc.engine.run import Run

PEER: Final = "hccinfhir"
SCORING: Final = ("member_hcc", "member_interaction", "member_score")
"""What the peer's call does too: from a person's codes to the score."""
PEOPLE: Final = 500
MODEL: Final = "CMS-HCC Model V28"
DUAL: Final = {"none": "00", "partial": "01", "full": "02"}
_TRIED: Final = """\
SELECT
    p.age, p.sex, p.dual, p.original_reason, p.new_enrollee, p.special_needs, p.institutional,
    d.codes
FROM risk_person AS p
JOIN (
    SELECT window_id, person_id, list(code) AS codes
    FROM risk_diagnosis
    GROUP BY window_id, person_id
) AS d ON d.person_id = p.person_id
WHERE p.risk_model LIKE '%v28%' AND p.unscored IS NULL
ORDER BY p.person_id
LIMIT ?"""


def peers(run: Run, stages: list[Stage]) -> dict[str, Any]:
    """CPU of a peer for one member and model, over ours; empty where it is not installed."""
    if find_spec(PEER) is None:
        return {}
    engine = run.open("400MB", 1)
    try:
        people = engine.rows(_TRIED, [PEOPLE])
        scored = engine.rows("SELECT count(*) FROM member_score WHERE unscored IS NULL")[0][0]
    finally:
        engine.close()
    ours = sum(it.cpu_s for it in stages if it.name in SCORING)
    if not people or not scored or not ours:
        return {}
    each = _peer_cpu_s(people) / len(people)
    return {PEER: {"cpu_ratio": round(each / (ours / scored), 1), "members": len(people)}}


def _peer_cpu_s(people: list[tuple[Any, ...]]) -> float:
    score = import_module(f"{PEER}.model_calculate").calculate_raf
    started = time.process_time()
    for age, sex, dual, reason, new_enrollee, special_needs, institutional, codes in people:
        score(
            codes,
            MODEL,
            age,
            "F" if sex == "female" else "M",
            DUAL[dual],
            reason,
            new_enrollee=new_enrollee,
            snp=special_needs,
            lti=institutional,
        )
    return time.process_time() - started
