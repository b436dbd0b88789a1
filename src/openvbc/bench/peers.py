"""Peers measured in the same run, where they are installed: CPU for a score against ours.

Both sides get the same people, codes and models, and go from a person's codes to the score with its
categories and interactions, in memory and in one thread, in turn; the tables of the models are in
memory before. What only one side does is left out: here eligible claims, segments and the writing
of files, there the import.
"""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from typing import Any, Final

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model
from openvbc.engine.run import Run

MODELS: Final = {
    "v24": ("CMS-HCC Model V24", "MedicareModelV24", 2025),
    "v28": ("CMS-HCC Model V28", "MedicareModelV28", 2026),
}
"""Part of a risk model's name → hccinfhir's name of it; risk-adjustment-model's class, and the year
of its tables that is nearest."""
SCORING: Final = ("member_hcc", "member_group", "member_interaction", "member_score")
"""What the peer's call does too."""
ROUNDS: Final = 5
SCORES: Final = 200
"""Of the peer in each round; ours are all of a bucket."""
BUCKET: Final = 0
DUAL: Final = {"none": "00", "partial": "01", "full": "02"}
NEAR: Final = 1e-6

Asked = Mapping[str, Any]
"""What a score is made of: a row of the sample below."""
Scorer = Callable[[Asked], float]

# New enrollees of special-needs plans are left out: one of the peers does not know them.
_SAMPLE: Final = """
SELECT
    p.risk_model, p.age, p.sex, p.dual, p.original_reason, p.new_enrollee, p.special_needs,
    p.institutional, s.segment, coalesce(d.codes, CAST([] AS VARCHAR[])) AS codes, s.raw_score_e9
FROM risk_person AS p
JOIN risk_request AS q ON q.request_id = p.request_id
JOIN member_score AS s ON s.request_id = p.request_id AND s.person_id = p.person_id
LEFT JOIN (
    SELECT window_id, person_id, list(code ORDER BY code) AS codes
    FROM risk_diagnosis
    GROUP BY window_id, person_id
) AS d ON d.window_id = q.window_id AND d.person_id = p.person_id
WHERE s.unscored IS NULL AND s.segment <> 'SNPNE'
ORDER BY md5(p.person_id), p.request_id
LIMIT ?
"""


def peers(run: Run) -> dict[str, Any]:
    """CPU of each peer for a score, over ours; empty where there is none, or nobody is scored."""
    known = {"hccinfhir": _by_hccinfhir, "risk-adjustment-model": _by_risk_adjustment_model}
    here = {name: make for name, make in known.items() if find_spec(name.replace("-", "_"))}
    found = {name: against(run, make()) for name, make in here.items()}
    return {name: it for name, it in found.items() if it}


def against(run: Run, score: Scorer) -> dict[str, Any]:
    """How often our CPU for a score another takes, and how many of its scores are ours.

    The median of several rounds, in each of which both take their turn.
    """
    engine = run.open("1GB", 1)
    try:
        _keep_bucket(engine, run)
        _make_scores(engine, run)
        names, rows = engine.columns(_SAMPLE, [ROUNDS * SCORES])
        asked = [dict(zip(names, row, strict=True)) for row in rows]
        scored = engine.rows("SELECT count(*) FROM member_score WHERE unscored IS NULL")[0][0]
        hccs = engine.rows("SELECT count(*) FROM member_hcc")[0][0]
        ours, theirs, equal = [], [], 0
        for part in (asked[place::ROUNDS] for place in range(ROUNDS) if asked[place::ROUNDS]):
            ours.append(_cpu_s(lambda: _make_scores(engine, run)) / scored)
            found: list[float] = []
            theirs.append(_cpu_s(lambda: found.extend(map(score, part))) / len(part))  # noqa: B023
            pairs = zip(found, part, strict=True)
            equal += sum(abs(mine - it["raw_score_e9"] / 1e9) < NEAR for mine, it in pairs)
    finally:
        engine.close()
    if not ours:
        return {}
    ratio = median(theirs) / median(ours)
    return {
        "cpu_ratio": round(ratio, 1),
        "scores": scored,
        "hccs_per_score": round(hccs / scored, 2),
        "tried": len(asked),
        "equal": equal,
    }


def _keep_bucket(engine: DuckDBEngine, run: Run) -> None:
    """Hold in memory what scoring reads: of people those of one bucket, as a build has them."""
    for name in _given(run.models):
        parts = [it for it in run.partitions(name) if it.bucket in {BUCKET, None}]
        files = [run.store.data / it.path for it in parts]
        engine.table(name, files, run.models[name].stored_schema)
        engine.rows(f"CREATE TEMP TABLE given_{name} AS SELECT * FROM {name}")
        engine.view(name, f"SELECT * FROM given_{name}")


def _given(models: Mapping[str, Model]) -> list[str]:
    """The tables that the scoring tables read, also through views, and do not make."""
    found: dict[str, None] = {}
    left = list(SCORING)
    while left:
        name = left.pop()
        if name in SCORING or models[name].kind == "view":
            left += [it for it in models[name].reads if it not in SCORING]
        else:
            found[name] = None
    return list(found)


def _make_scores(engine: DuckDBEngine, run: Run) -> None:
    for name in SCORING:
        engine.rows(f"CREATE OR REPLACE TEMP TABLE made_{name} AS {run.models[name].sql}")
        engine.view(name, f"SELECT * FROM made_{name}")


def _cpu_s(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _of(it: Asked) -> str:
    """Which of the models scores."""
    return next(name for name in MODELS if name in it["risk_model"])


def _by_hccinfhir() -> Scorer:
    calculate = import_module("hccinfhir.model_calculate").calculate_raf

    def score(it: Asked) -> float:
        found = calculate(
            it["codes"],
            MODELS[_of(it)][0],
            it["age"],
            "F" if it["sex"] == "female" else "M",
            DUAL[it["dual"]],
            it["original_reason"],
            new_enrollee=it["new_enrollee"],
            snp=it["special_needs"],
            lti=it["institutional"],
        )
        return float(found.risk_score)

    return score


def _by_risk_adjustment_model() -> Scorer:
    """It takes the segment as given."""
    module = import_module("risk_adjustment_model")
    models = {name: getattr(module, kind)(year) for name, (_, kind, year) in MODELS.items()}

    def score(it: Asked) -> float:
        found = models[_of(it)].score(
            gender="F" if it["sex"] == "female" else "M",
            orec=it["original_reason"],
            medicaid=it["dual"] != "none",
            age=it["age"],
            diagnosis_codes=None if it["new_enrollee"] else it["codes"],
            population=it["segment"],
        )
        return float(found.score_raw)

    return score
