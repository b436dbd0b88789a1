"""Contracts whose people a declared method attributes: the right people, and their dollars.

The workspace (attributed_contracts) is built and settled once.
"""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from attributed_contracts import (
    A1,
    CONTRACTS,
    PARTICIPANTS,
    X1,
    delivery,
    settlement,
    write_files,
)
from attribution_sample import delivery as shared_savings
from attribution_sample import write_files as write_shared_savings
from conftest import Vbc
from openvbc.attribution.what_if import what_if
from openvbc.attribution_methods import shipped_methods
from openvbc.contract.contract import read_contract
from openvbc.contract.population import attribution_lists, contract_analyses
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("attributed")
    made = Workspace.init(root / "space", Settings(buckets=2))
    write_files(made.root)
    load(made.data, delivery(root / "source"), buckets=2, data_source="test", memory_limit="300MB")
    made.build()
    return made


def amount(space: Workspace, contract: str, line: str) -> str:
    """A line of a settlement, which has nothing to complain about."""
    settled = space.settle(space.settlements[f"{contract}_PY2025"])
    assert not settled.problems
    return str(next(it["value"] for it in settled.document["lines"] if it["id"] == line))


def months(space: Workspace, contract: str) -> dict[str, int]:
    """Person → months that count for a contract."""
    engine = space.run().open()
    try:
        rows = engine.rows(
            "SELECT person_id, sum(months) FROM assigned_month WHERE contract_id = ? "
            "GROUP BY person_id",
            [contract],
        )
    finally:
        engine.close()
    return {person: int(count) for person, count in rows}


def test_shared_savings_by_plurality_count_the_people_with_most_visits_here(
    space: Workspace,
) -> None:
    """H1 has two visits here and one elsewhere; H2 one and two, and is not ours. H3 was here in
    2024 alone (the second step) and left the plan in June; H4 came to HARBOR in April.

    Months 12 + 6 + 9 = 27, times $800 are the benchmark. Claims: H1 three visits of $80 and a stay
    of $20,000; H3 a stay of $500, and that of August does not count; H4 the visit of July, for that
    of February was BLUE's. Together 20,240 + 500 + 80 = 20,820. Above $10,000 for one person:
    10,240. The pooling charge is 27 x $50 = 1,350 on both sides.
    Savings: 21,600 + 1,350 - (20,820 - 10,240 + 1,350) = 11,020, of which half is paid.
    """
    assert months(space, "harbor") == {"H1": 12, "H3": 6, "H4": 9}
    performance = {
        "commercial_target/member_months": "27",
        "commercial_target/expenditure_claims": "20820",
        "commercial_target/total_benchmark": str(27 * 800),
        "truncated_expenditure/expenditure_above_truncation": "10240",
        "shared_savings/savings_gross": "11020",
        "shared_savings/savings_settlement": "5510",
    }
    assert {it: amount(space, "harbor", f"{it}@performance") for it in performance} == performance


def test_capitation_pays_for_those_of_record_and_else_for_those_who_come(space: Workspace) -> None:
    """B1 is on the plan's list with a clinician of ours, though all visits are elsewhere. B2 sees
    another clinician of the practice, and has nine months. H4 had three months with BLUE, and saw
    us. 12 + 9 + 3 = 24 months, at $100."""
    assert months(space, "blue") == {"B1": 12, "B2": 9, "H4": 3}
    assert amount(space, "blue", "capitation/capitation_revenue@performance") == "2400"


def test_an_employer_s_list_says_who_it_pays_for(space: Workspace) -> None:
    """M1 all year, M2 from October; M3 comes to us, and is on another list. 15 months at $12."""
    assert months(space, "mill") == {"M1": 12, "M2": 3}
    assert amount(space, "mill", "care_management/care_management_earned@performance") == "180"


def test_reach_pays_for_those_whom_the_two_alignment_years_align(space: Workspace) -> None:
    """The alignment years end in June 2024; the newer one counts twice. R1: $200 here, $100 there.
    R2: $100 here, $200 there, and whom R2 sees in 2025 does not matter.

    R1 cost 5,000 + 80. Of 6,000 - 5,080 = 920 the ACO has all (a global ACO's first corridor), less
    2 % sequestration: 901.60."""
    assert months(space, "reach") == {"R1": 12}
    assert amount(space, "reach", "reach_settlement/total_cost_of_care@performance") == "5080"
    due = amount(space, "reach", "reach_settlement/amount_due@performance")
    assert Decimal(due) == Decimal("901.60")


def test_risk_is_that_of_the_people_who_count(space: Workspace) -> None:
    """R1, a woman of 75 without diagnoses, has the factor of her age, 0.465, in 12 months; R2, who
    has the same, is not aligned. HARBOR's contract asks for no score: its 27 months have none."""
    engine = space.run().open()
    try:
        found = engine.rows(
            "SELECT contract_id, score_months_e9, score_months, unscored_months FROM contract_cell "
            "WHERE contract_id IN ('harbor', 'reach') ORDER BY contract_id"
        )
    finally:
        engine.close()
    assert found == [("harbor", 0, 0, 27), ("reach", 12 * 465_000_000, 12, 0)]


def explained(vbc: Vbc, space: Workspace, *words: object) -> dict[str, Any]:
    """The levels of an explanation by table."""
    code, printed, wrong = vbc("explain", *words, "--json", "-w", space.root)
    assert code == 0, wrong
    return {
        it["title"].rpartition("(")[2].removesuffix(")"): it for it in json.loads(printed)["levels"]
    }


def test_explain_goes_from_the_months_to_the_claims_that_attributed(
    space: Workspace, vbc: Vbc
) -> None:
    """Of the 27 months 12 are H1's, by two lines of ours and one of X1's, each in both steps."""
    assert vbc("settle", "-w", space.root)[0] == 0
    whole = explained(vbc, space, "member_months", "--settlement", "harbor_PY2025")
    assert whole["contract_member"]["total"] == 27
    of = explained(
        vbc, space, "member_months", "--settlement", "harbor_PY2025", "--person", "H1",
        "--rows", 20,
    )  # fmt: skip
    assert of["contract_span"]["total"] == 12
    lines = of["attribution_line"]
    assert [
        (row["claim_key"], row["candidate_id"])
        for row in lines["rows"]
        if row["step"] == "plurality_12"
    ] == [("V0", A1), ("V1", A1), ("V2", X1)]
    assert of["contract_line"]["total"] == 2_024_000
    cost = explained(
        vbc, space, "total_cost_of_care", "--settlement", "reach_PY2025", "--person", "R1"
    )  # fmt: skip
    assert (cost["attribution_line"]["total"], cost["contract_line"]["total"]) == (30_000, 508_000)


def test_explain_says_of_a_person_and_of_a_claim_why_they_are_not_in(
    space: Workspace, vbc: Vbc
) -> None:
    away = explained(vbc, space, "--person", "H2", "--settlement", "harbor_PY2025")
    assert away["contract_span"]["rows"] == []
    assert away["person_attribution"]["rows"][0]["candidate_id"] == X1
    code, printed, _ = vbc(
        "explain", "--why-not", "S3", "--settlement", "harbor_PY2025", "--json", "-w", space.root
    )
    assert code == 0
    (row,) = json.loads(printed)["levels"][-1]["rows"]
    assert row["why"] == f"no month of the contract: attributed to tin {X1}, most_visits"


def test_a_payer_of_whom_nothing_is_loaded_is_no_saving(
    space: Workspace, tmp_path: Path, vbc: Vbc
) -> None:
    """Claims under another name than the contract's would leave its people without a cost."""
    other = Workspace.init(tmp_path / "other", Settings(buckets=2))
    write_files(other.root)
    contract = other.root / "contracts" / "harbor.yaml"
    text = contract.read_text().replace("  payer: HARBOR\n", "  payer: HARBOUR\n")
    contract.write_text(text)
    shutil.copytree(space.data / "loads", other.data / "loads")
    code, _, wrong = vbc("settle", "harbor_PY2025", "-w", other.root)
    assert code == 2
    line = text.splitlines().index("  payer: HARBOUR") + 1
    told = "is of payer HARBOUR; did you mean HARBOR?; loaded: BLUE, HARBOR; name one of these"
    for table in ("eligibility", "medical_claim"):
        assert f"harbor.yaml:{line}: no {table} of commercial {told}" in " ".join(wrong.split())


def test_a_practice_may_stand_on_lists_of_several_payers(space: Workspace) -> None:
    """All four contracts name the same practice, and it counts for each of them: on two lists of
    one payer it would count for neither."""
    engine: DuckDBEngine = space.run().open()
    try:
        rows = engine.rows("SELECT analysis_id, contract_id FROM attribution_list ORDER BY ALL")
        shared = engine.rows("SELECT * FROM attribution_owner WHERE owner_type = 'shared'")
    finally:
        engine.close()
    assert rows == [(f"{it}_PY2025", it) for it in ("blue", "harbor", "reach")]
    assert not shared


def test_a_contract_that_has_ended_takes_no_practice_from_another(tmp_path: Path) -> None:
    """HARBOR's contract with a group to 2024 names the practice too; one to 2025 would take it."""
    space = Workspace.init(tmp_path, Settings(buckets=1))
    write_files(space.root)
    before = (
        CONTRACTS["harbor"].replace("contract: harbor", "contract: before").replace("NMG", "OLD")
    )
    days = "start: 2025-01-01, end: 2027-12-31"
    for agreement, lists in (
        ("start: 2022-01-01, end: 2024-12-31", ["harbor"]),
        ("start: 2022-01-01, end: 2025-12-31", ["before", "harbor"]),
    ):
        (space.root / "contracts" / "before.yaml").write_text(before.replace(days, agreement))
        there = Workspace(tmp_path)
        analyses = contract_analyses(there.settlements.values())
        found = attribution_lists(analyses, there.contracts)
        own = [it["contract_id"] for it in found if it["analysis_id"] == "harbor_PY2025"]
        assert sorted(own) == lists


def refused(folder: Path, text: str) -> list[str]:
    """What is wrong with a contract."""
    (folder / "contracts").mkdir(exist_ok=True)
    (folder / "contracts" / "northside.csv").write_text(PARTICIPANTS)
    path = folder / "contracts" / "x.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_contract(path)
    return [str(it).replace(f"{path}:", "") for it in caught.value.problems]


def test_a_method_that_is_none_is_refused_with_those_there_are(tmp_path: Path) -> None:
    text = CONTRACTS["harbor"].replace("method: commercial", "method: comercial")
    (said,) = refused(tmp_path, text)
    assert said.startswith("9: no attribution method comercial; known: mssp, ")
    assert all(name in said for name in shipped_methods())
    assert said.endswith("did you mean commercial?")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "  payer: HARBOR\n",
            "  assignment: prospective\n",
            "10: population.assignment is for method: mssp; commercial says itself which months",
        ),
        (
            "  participants: northside.csv\n",
            "",
            "8: population.participants is missing: whose patients count",
        ),
        (
            "  - commercial_target:\n",
            "  - mssp_expenditure\n  - commercial_target:\n",
            "13: these components count by enrolment type and benchmark year, and the program",
        ),
        (
            "      target_risk_ratio: 1\n",
            "      target_risk_ratio: 1\n      member_months: 27\n",
            "18: member_months is counted from table contract_cell; it is no term",
        ),
    ],
)
def test_what_does_not_fit_the_method_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    said = refused(tmp_path, CONTRACTS["harbor"].replace(old, new))
    assert [it for it in said if it.startswith(expected)]


def test_churn_of_a_contract_by_another_method(tmp_path: Path, vbc: Vbc) -> None:
    """Harbor in 2024 and 2025. H3 came in October 2024 and stays by that visit; H1 and H4 saw
    nobody in 2024 and join. H2 was never Harbor's with us."""
    made = Workspace.init(tmp_path / "space", Settings(buckets=1))
    (made.root / "contracts" / "northside.csv").write_text(PARTICIPANTS)
    text = CONTRACTS["harbor"].replace("start: 2025", "start: 2024")
    (made.root / "contracts" / "harbor.yaml").write_text(text)
    (made.root / "settlements" / "now.yaml").write_text(settlement("harbor"))
    before = settlement("harbor").replace("2025", "2024").replace("2026", "2025")
    (made.root / "settlements" / "before.yaml").write_text(before)
    source = delivery(tmp_path / "source")
    load(made.data, source, buckets=1, data_source="test", memory_limit="300MB")
    made.build()
    code, printed, wrong = vbc(
        "churn", "harbor_PY2025", "--unit", "harbor", "--json", "-w", made.root
    )
    assert code == 0, wrong
    found = json.loads(printed)
    assert (found["from"], found["to"]) == ("PY2024", "PY2025")
    assert [(it["change"], it["cause"], it["persons"]) for it in found["changes"]] == [
        ("stayed", "stayed", 1),
        ("joined", "no_visit", 2),
    ]


def test_another_list_makes_the_run_old(space: Workspace) -> None:
    """Which list holds the people is part of what a run was built from."""
    path = space.root / "contracts" / "mill.yaml"
    text = path.read_text()
    try:
        path.write_text(text.replace("mill_roster", "other_roster"))
        with pytest.raises(InputError, match=r"population terms .* of settlement mill_PY2025"):
            Workspace(space.root).fresh_run()
    finally:
        path.write_text(text)


def test_a_period_may_begin_in_july_and_be_short(tmp_path: Path) -> None:
    """The method's months are counted from the period's first: of a half year from July six."""
    made = Workspace.init(tmp_path / "space", Settings(buckets=1))
    (made.root / "contracts" / "northside.csv").write_text(PARTICIPANTS)
    (made.root / "contracts" / "harbor.yaml").write_text(CONTRACTS["harbor"])
    half = settlement("harbor").replace("first_day: 2025-01-01", "first_day: 2025-07-01")
    (made.root / "settlements" / "harbor_PY2025.yaml").write_text(half)
    source = delivery(tmp_path / "source")
    load(made.data, source, buckets=1, data_source="test", memory_limit="300MB")
    made.build()
    engine = made.run().open()
    try:
        period = engine.rows("SELECT first_day, last_day FROM attribution_period")
        window = engine.rows(
            "SELECT step, first_day, last_day FROM attribution_window ORDER BY step"
        )
    finally:
        engine.close()
    assert [tuple(map(str, it)) for it in period] == [("2025-07-01", "2025-12-31")]
    assert [tuple(map(str, it)) for it in window] == [
        ("plurality_12", "2025-01-01", "2025-12-31"),
        ("plurality_24", "2024-01-01", "2025-12-31"),
    ]
    # H1 (12 months of visits are those of 2025) has six months, H4 too; H3 left in June.
    assert months(made, "harbor") == {"H1": 6, "H4": 6}


def test_contracts_of_the_shared_savings_program_alone_make_none_of_it(tmp_path: Path) -> None:
    """What other methods need is asked for by their contracts: nothing of it is made here."""
    made = Workspace.init(tmp_path / "space", Settings(buckets=1))
    write_shared_savings(made.root)
    (made.root / "analyses.yaml").unlink()
    source = shared_savings(tmp_path / "source")
    load(made.data, source, buckets=1, data_source="test", memory_limit="300MB")
    made.build()
    tables = made.run().manifest["tables"]
    assert tables["assigned_month"]
    others = ("attribution_service", "person_attribution", "contract_span", "contract_member")
    assert not [it for it in (*others, "contract_cell") if tables.get(it)]


def test_what_if_a_practice_joins_or_leaves_a_contract_by_a_declared_method(
    space: Workspace, vbc: Vbc
) -> None:
    """With X1, H2 is ours: 27 + 12 months, and 20,820 + 240 + 7,000 dollars, of which 10,240 of
    H1's are above the truncation point. Without A1 nobody is."""
    harbor = space.settlements["harbor_PY2025"]
    found = what_if(space.fresh_run(), harbor, X1, leaves=False)
    assert (found.people_before, found.people_after, found.gained, found.lost) == (3, 4, 1, 0)
    (before,), (after,) = found.before, found.after
    assert (before.months, before.claims_cents, before.counted_cents) == (27, 2_082_000, 1_058_000)
    assert (after.months, after.claims_cents, after.counted_cents) == (39, 2_806_000, 1_782_000)
    gone = what_if(space.fresh_run(), harbor, A1, leaves=True)
    assert (gone.people_before, gone.people_after, gone.after[-1].months) == (3, 0, 0)
    code, _, wrong = vbc("what-if", "--tin", X1, "--contract", "mill", "-w", space.root)
    assert code != 0
    assert "mill has no list of participants whose people are counted from claims" in wrong


def test_what_if_of_reach_reads_the_years_before(space: Workspace) -> None:
    """R2 saw X1 in March 2024, which counts twice, and cost $9,999 and $80 (at A1) in 2025."""
    found = what_if(space.fresh_run(), space.settlements["reach_PY2025"], X1, leaves=False)
    assert (found.gained, found.lost) == (1, 0)
    assert found.after[-1].months == 24
    assert found.after[-1].claims_cents == found.before[-1].claims_cents + 999_900 + 8_000
