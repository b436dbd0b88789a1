"""CPU-seconds per member of the risk stage against hccinfhir, on the same members in one run.

    python bench/hcc.py [MEMBERS] [--peer MEMBERS]

Both score V24 and V28. `cpu_ratio` compares what both do, from a person's diagnosis codes to the
scores; `cpu_ratio_with_claims_and_people` also counts here what the peer takes as given: eligible
claims, months of Part B, segments. The peer's import is not counted, as our packs' is not.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from hcc_oracle import infhir_score
from hcc_sample import MODELS, Member, load_members, members, pack_codes
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.risk.inputs import Asked

RISK_MODELS = ("cms_hcc_v24_2025", "cms_hcc_v28_2026")
YEAR = 2026


SCORING = ("member_hcc", "member_group", "member_interaction", "member_score")
"""What the peer's call does too: from a person's codes to the score."""
RISK_STAGE = ("risk_person", "risk_diagnosis", "risk_drug_code", *SCORING)
"""With the eligible claims chosen and people put into segments."""


def ours(them: list[Member], folder: Path) -> dict[str, float]:
    """CPU-seconds by table."""
    engine = DuckDBEngine("1500MB", folder / "spill")
    asked = [Asked(it, YEAR, "medicare", date(YEAR, 3, 31)) for it in RISK_MODELS]
    models = load_members(engine, them, asked, folder)
    spent = {}
    for name in MODELS:
        before = time.process_time()
        if models[name].kind == "view":
            engine.view(name, models[name].sql)
        else:
            engine.rows(f"CREATE OR REPLACE TABLE {name} AS {models[name].sql}")
        spent[name] = time.process_time() - before
    return spent


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("members", type=int, nargs="?", default=100_000)
    parser.add_argument("--peer", type=int, default=2_000)
    chosen = parser.parse_args()
    codes = sorted({code for it in RISK_MODELS for code in pack_codes(it)})
    them = members(chosen.members, codes, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        spent = ours(them, Path(folder))
    infhir_score(them[0], RISK_MODELS[0])  # the import, and the reading of its tables
    before = time.process_time()
    for it in them[: chosen.peer]:
        for risk_model in RISK_MODELS:
            infhir_score(it, risk_model)
    peer = (time.process_time() - before) / min(chosen.peer, len(them))
    mine = sum(spent[name] for name in RISK_STAGE) / len(them)
    scoring = sum(spent[name] for name in SCORING) / len(them)
    sys.stdout.write(
        json.dumps(
            {
                "members": len(them),
                "members_per_cpu_s": round(1 / mine),
                "hccinfhir_members_per_cpu_s": round(1 / peer),
                "cpu_ratio": round(peer / scoring, 1),
                "cpu_ratio_with_claims_and_people": round(peer / mine, 1),
                "cpu_s": {name: round(value, 2) for name, value in spent.items()},
            }
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
