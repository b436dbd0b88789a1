"""A contract by a declared method that counts pharmacy claims besides medical ones.

HARBOR of attributed_contracts with `pharmacy: true`: H3's fill of March ($300) is in one of its
months. H3's fill of August is not, for H3 left in June, nor H4's of February, which BLUE covered;
H4's of May was taken back. All of them are delivered in every test of these contracts, and count in
none without the key.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from attributed_contracts import A1, Other, delivery, write_files
from conftest import Vbc
from openvbc.contract.contract import read_contract
from openvbc.errors import InputError, OpenVBCError
from openvbc.publish import settle_and_publish
from openvbc.reconcile.exchange import exchange
from openvbc.reconcile.twin import reconcile
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace

SALT = b"sixteen bytes or more"


def space(folder: Path, other: Other) -> Workspace:
    made = Workspace.init(folder / "space", Settings(buckets=1))
    write_files(made.root, pharmacy=True)
    source = delivery(folder / "source", other)
    load(made.data, source, buckets=1, data_source=folder.name, memory_limit="300MB")
    made.build()
    assert settle_and_publish(made, "harbor_PY2025").holds
    assert settle_and_publish(made, "reach_PY2025").holds
    return made


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return space(tmp_path_factory.mktemp("ours"), Other())


def test_fills_of_the_contract_s_months_count(ours: Workspace) -> None:
    """Of $20,820 of medical claims and $300 of fills, $10,240 lie above $10,000 for H1: 10,880.
    Savings are 21,600 - 10,880 = 10,720, of which half is paid: 5,360, instead of 5,510."""
    lines = json.loads(ours.statement_path("harbor_PY2025").read_text())["lines"]
    found = {it["id"]: it["value"] for it in lines}
    assert found["commercial_target/expenditure_claims@performance"] == "21120"
    assert found["truncated_expenditure/expenditure_above_truncation@performance"] == "10240"
    assert found["shared_savings/savings_settlement@performance"] == "5360"


def levels(vbc: Vbc, space: Workspace, *words: object) -> list[dict[str, Any]]:
    code, printed, wrong = vbc("explain", *words, "--json", "-w", space.root)
    assert code == 0, wrong
    return list(json.loads(printed)["levels"])


def test_explain_goes_down_to_the_fill(ours: Workspace, vbc: Vbc) -> None:
    """H3: a stay of $500 and a fill of $300 count; a stay and a fill of August do not."""
    words = ("expenditure_claims", "--settlement", "harbor_PY2025", "--person", "H3")
    level = levels(vbc, ours, *words)[-1]
    assert level["total"] == 80_000
    found = {it["claim_key"]: (it["claim_type"], it["reason"]) for it in level["rows"]}
    assert found == {
        "S1": ("institutional", None),
        "F0": ("pharmacy", None),
        "S2": ("institutional", "not_enrolled"),
        "F1": ("pharmacy", "no_month"),
    }


@pytest.mark.parametrize(
    ("fill", "why"),
    [
        ("F0", ["counts"]),
        ("F1", [f"no month of the contract: attributed to tin {A1}, most_visits"]),
        ("F3", ["superseded", "cancelled"]),
    ],
)
def test_explain_says_why_a_fill_does_not_count(
    ours: Workspace, vbc: Vbc, fill: str, why: list[str]
) -> None:
    rows = levels(vbc, ours, "--why-not", fill, "--settlement", "harbor_PY2025")[-1]["rows"]
    assert [it["why"] for it in rows] == why


def test_of_a_contract_without_pharmacy_a_fill_is_in_no_period(ours: Workspace, vbc: Vbc) -> None:
    level = levels(vbc, ours, "--why-not", "F0", "--settlement", "reach_PY2025")[-1]
    assert level["rows"] == []
    assert level["note"] == "its day is in no period of this settlement that counts such claims"


def test_a_fill_that_one_side_lacks_is_a_missing_claim(ours: Workspace, tmp_path: Path) -> None:
    """Half of $300 is theirs more."""
    theirs = space(tmp_path, Other(without=frozenset({"F0"})))
    packs = [
        exchange(it, "harbor_PY2025", tmp_path / name, SALT)
        for it, name in ((ours, "one"), (theirs, "other"))
    ]
    found = reconcile(*(it.folder for it in packs))
    assert {it.kind: it.cents for it in found.causes} == {"missing claim": 15_000}
    assert found.explained


def test_a_fill_without_what_was_paid_is_no_silent_zero(tmp_path: Path) -> None:
    made = Workspace.init(tmp_path / "space", Settings(buckets=1))
    write_files(made.root, pharmacy=True)
    source = delivery(tmp_path / "source")
    file = source / "pharmacy_claim.csv"
    file.write_text(file.read_text().replace(",30000,30000", ",30000,"))
    load(made.data, source, buckets=1, data_source="test", memory_limit="300MB")
    with pytest.raises(OpenVBCError, match="nobody says what was paid; load it or leave pharmacy"):
        made.build()


def test_shared_savings_by_425_count_no_pharmacy(tmp_path: Path) -> None:
    """Parts A and B only (42 CFR 425.605(a))."""
    path = tmp_path / "x.yaml"
    path.write_text(
        "contract: x\ntitle: X\nprogram: mssp\n"
        "parties: {payer: {id: CMS, name: CMS}, entity: {id: A, name: A}}\n"
        "line_of_business: medicare\nagreement: {start: 2025-01-01, end: 2025-12-31, number: 1}\n"
        "population: {method: mssp, participants: p.csv, pharmacy: true}\n"
        "components: [mssp_expenditure]\n"
    )
    with pytest.raises(InputError, match=r"population\.pharmacy is for other methods than mssp"):
        read_contract(path)
