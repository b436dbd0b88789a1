"""A contract by a declared method that counts by enrolment type: claims of the months that count.

The contract is Riverbend's of docs/benchmark.md with `payer: CMS`, whose months alone count, over
the people of attributed_contracts: R1 sees A1, and is with another payer from July 2025.
"""

import json
from pathlib import Path

from attributed_contracts import A1, PCP, STAYS, Other, delivery
from attributed_contracts import PARTICIPANTS as NORTHSIDE
from conftest import Vbc
from openvbc.publish import settle_and_publish
from openvbc.reconcile.exchange import exchange
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace
from test_reach_build import SHOWN

SALT = b"sixteen bytes or more"
YEARS = range(2015, 2026)

THEIRS = Other(
    visits=tuple(("R1", A1, PCP, f"{year}-02-01") for year in YEARS),
    stays=tuple(("R1", f"{year}-{month}-05", 300_000) for year in YEARS for month in ("04", "09")),
    moved={"R1": ("2025-06-30", "RRB")},
)
"""A visit ($80) and two stays ($3,000) a year, of 2025 the second after the change of payer."""


def test_months_and_claims_are_those_of_the_payer_alone(tmp_path: Path, vbc: Vbc) -> None:
    """Six months of 2025: the sample's stay of May ($5,000) and visit of March elsewhere ($80), and
    of February and April here 80 + 3,000. September's 3,000 are another payer's. In 2022 all of two
    stays and a visit count, 6,080."""
    assert ("R1", "2025-05-05", 500_000) in STAYS
    made = Workspace.init(tmp_path / "space", Settings(buckets=1, workers=1))
    contract = SHOWN["contracts/riverbend.yaml"].replace(
        "population:\n", "population:\n  payer: CMS\n"
    )
    (made.root / "contracts" / "riverbend.yaml").write_text(contract)
    (made.root / "contracts" / "riverbend_participants.csv").write_text(NORTHSIDE)
    settlement = made.root / "settlements" / "riverbend_PY2025.yaml"
    settlement.write_text(SHOWN["settlements/riverbend_PY2025.yaml"])
    source = delivery(tmp_path / "source", THEIRS)
    load(made.data, source, buckets=1, data_source="test", memory_limit="300MB")
    made.build()
    engine = made.run().open("300MB", 1)
    select = (
        "SELECT months, claims_cents FROM {} WHERE person_id = 'R1' "
        "AND period_id IN ('PY2025', 'PY2025.reference') ORDER BY period_id"
    )
    found = {it: engine.rows(select.format(it)) for it in ("person_year", "contract_member")}
    engine.close()
    assert found["person_year"] == [(6, 816_000), (12, 608_000)]
    assert found["contract_member"] == found["person_year"]
    assert settle_and_publish(made, "riverbend_PY2025").holds
    code, printed, wrong = vbc(
        "explain", "claims_expenditure", "--at", "stratum=aged_nondual",
        "--settlement", "riverbend_PY2025", "--person", "R1", "--json", "-w", made.root,
    )  # fmt: skip
    assert code == 0, wrong
    assert json.loads(printed)["levels"][-1]["total"] == 816_000
    assert exchange(made, "riverbend_PY2025", tmp_path / "pack", SALT).manifest["rows"]["member"]
