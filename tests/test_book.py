"""Benchmarks of a book: base year, measured trend and premium revenue, from claims to the amount.

The contracts are those of docs/benchmark.md. Two employees of Mill Works cost $1,200 each in 2024
and $1,350 in 2025; three insured people of the same insurer $2,400 and $2,640; two members of an
Advantage plan have diabetes (E11.9) and nothing, and cost $6,940, a prescription of $60, and $3,000
in 2025.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conftest import Vbc
from load_tables import COVERAGE, LINE, PERSON, Row, load_it, write_source
from openvbc.analyses import FILE
from openvbc.contract.component import component
from openvbc.contract.names import Names
from openvbc.contract.settle import Settled
from openvbc.contract.standing import standing
from openvbc.errors import InputError
from openvbc.publish import check_workspace, settle_and_publish
from openvbc.rules import advantage_premium, commercial_base
from openvbc.settings import Settings
from openvbc.workspace import Workspace
from rule_case import check_case, read_cases
from test_docs import FENCE

PAGE = (Path(__file__).parents[1] / "docs" / "benchmark.md").read_text("utf-8")
SHOWN = {name: body for _, name, body in FENCE.findall(PAGE)}
D = Decimal

SPENT = (
    ("M1", "self_insured", 1200, 1350), ("M2", "self_insured", 1200, 1350),
    ("C1", "commercial", 2400, 2640), ("C2", "commercial", 2400, 2640),
    ("C3", "commercial", 2400, 2640),
    ("A1", "medicare_advantage", 500, 6940), ("A2", "medicare_advantage", 500, 3000),
)  # fmt: skip
"""Person, line of business, dollars paid in 2024 and in 2025."""


@pytest.mark.parametrize(
    "case", [*read_cases("commercial_base.md"), *read_cases("advantage_premium.md")]
)
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def test_contracts_with_the_components_they_feed_have_every_name_once() -> None:
    for names in (("commercial_base", "commercial_target"), ("advantage_premium",)):
        found = [component(it) for it in (*names, "percent_of_premium", "shared_savings")]
        assert Names(found, {}).shadowed() == []


@pytest.mark.parametrize("module", [commercial_base, advantage_premium])
def test_a_component_checks_its_own_leaves(module: Any) -> None:
    assert set(module.CHECKS) <= {it.name for it in module.LEAVES}


def _claims() -> Iterator[Row]:
    for person, line, *years in SPENT:
        for year, dollars in zip((2024, 2025), years, strict=True):
            yield {
                **LINE, "claim_key": f"{person}{year}", "claim_id": f"{person}{year}",
                "person_id": person, "line_of_business": line, "effective_on": f"{year}-06-30",
                "claim_start_date": f"{year}-06-01", "claim_end_date": f"{year}-06-01",
                "hcpcs_code": "99213", "rendering_specialty_code": "08",
                "billing_tin": "T2" if person == "C3" else "T1",
                "place_of_service_code": "11", "allowed_cents": dollars * 100,
                "paid_cents": dollars * 100,
            }  # fmt: skip


def _spans() -> Iterator[Row]:
    advantage = {"part_a": True, "part_b": True, "medicare_advantage": True}
    for person, line, *_ in SPENT:
        yield {
            **COVERAGE, "person_id": person, "line_of_business": line,
            "enrollment_start_date": "2023-01-01", "enrollment_end_date": "2025-12-31",
            "original_reason_entitlement_code": "0",
            **(advantage if line == "medicare_advantage" else dict.fromkeys(advantage, "")),
        }  # fmt: skip


def settlement(name: str) -> str:
    return (
        f"contract: {name}\nperiod: PY2025\nfirst_day: 2025-01-01\nlast_day: 2025-12-31\n"
        "kind: interim\nas_of: 2026-03-31\nfacts:\n"
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("book") / "space"
    space = Workspace.init(root, Settings(buckets=1, workers=1, memory_mb=500))
    source = write_source(
        root / "delivery",
        person=[{**PERSON, "person_id": it[0]} for it in SPENT],
        eligibility=list(_spans()),
        medical_claim=list(_claims()),
        pharmacy_claim=[
            {
                **{it: LINE[it] for it in ("version_number", "version_type", "sign", "payer")},
                "claim_key": "RX1", "claim_id": "RX1", "claim_line_number": 1, "person_id": "A1",
                "effective_on": "2025-06-30", "dispensing_date": "2025-06-01", "ndc_code": "1",
                "line_of_business": "medicare_advantage", "paid_cents": 6000,
                "allowed_cents": 6000,
            }
        ],
        diagnosis=[
            {
                "claim_key": "A12024", "version_number": 1, "person_id": "A1",
                "code": "E119", "code_type": "icd-10-cm", "sequence": 1,
                "claim_end_date": "2024-06-01", "payer": "CMS",
                "line_of_business": "medicare_advantage",
            }
        ],
    )  # fmt: skip
    load_it(space.data, source, buckets=1)
    (root / FILE).write_text(SHOWN["analyses.yaml"])
    for name in ("mill", "cedar"):
        (root / "contracts" / f"{name}.yaml").write_text(SHOWN[f"contracts/{name}.yaml"])
        (root / "settlements" / f"{name}_PY2025.yaml").write_text(settlement(name))
    Workspace(root).build()
    return root


@pytest.fixture
def space(built: Path) -> Iterator[Path]:
    """The workspace, whose contracts are put back as they were."""
    kept = {it: it.read_text() for part in ("contracts", "settlements")
            for it in (built / part).glob("*.yaml")}  # fmt: skip
    yield built
    for path, text in kept.items():
        path.write_text(text)


def settle(space: Path, name: str) -> Settled:
    settled = settle_and_publish(Workspace(space), f"{name}_PY2025")
    assert (settled.problems, settled.failed_assertions) == ((), ())
    return settled


def line(settled: Settled, path: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(it for it in settled.document["lines"] if it["path"] == path)
    return found


def test_a_base_year_trended_by_the_market_is_the_benchmark(space: Path) -> None:
    """2,400 ÷ 24 = $100; 7,920 ÷ 36 over 7,200 ÷ 36 = 1.10; × 24 = $2,640 against $2,700.

    Losses of $60 are 2.27 % of the benchmark; half of them is $30.
    """
    settled = settle(space, "mill")
    for path, expected in (
        ("commercial_base/target_base_pmpm", "100"),
        ("commercial_base/market_base_pmpm", "200"),
        ("commercial_base/market_pmpm", "220"),
        ("commercial_base/target_trend_factor", "1.1"),
        ("commercial_base/target_risk_ratio", "1"),
        ("commercial_target/total_benchmark", "2640"),
        ("commercial_target/total_expenditure", "2700"),
        ("shared_savings/savings_settlement", "-30.00"),
    ):
        assert D(line(settled, path)["value"]) == D(expected), path


def test_each_sum_says_its_table_its_analysis_and_its_people(space: Path, vbc: Vbc) -> None:
    settled = settle(space, "mill")
    source = line(settled, "commercial_base/market_base_claims")["source"]
    assert source["table"] == "person_total"
    assert source["filter"] == {"analysis_id": "insured/2024"}
    assert (source["count"], source["total"]) == (3, "7200")
    code, printed, _ = vbc(
        "explain", "commercial_base/market_base_claims", "--settlement", "mill_PY2025", "-w", space
    )
    assert code == 0
    assert "insured/2024" in printed


def test_premium_revenue_is_made_of_the_builds_scores(space: Path) -> None:
    """Community, non-dual, aged: two women of 75 (0.465 each), one with diabetes (0.166).

    (0.631 + 0.465) ÷ 2 = 0.548 raw; ÷ 1.045 × 0.941 = 0.4934…; × $1,000 × 24 months. 87 % of it is
    the budget; care cost $10,000.
    """
    settled = settle(space, "cedar")
    engine = Workspace(space).run().open("300MB", 1)
    try:
        scores = [int(it) for (it,) in engine.rows("SELECT raw_score_e9 FROM member_score")]
    finally:
        engine.close()
    assert sorted(scores) == [465_000_000, 631_000_000]
    raw = D("0.548")
    assert D(line(settled, "advantage_premium/advantage_raw_score")["value"]) == raw
    revenue = D(line(settled, "advantage_premium/premium_first_revenue")["value"])
    assert revenue == round(raw / D("1.045") * D("0.941") * 1000 * 24, 2)
    assert D(line(settled, "percent_of_premium/premium_cost_of_care")["value"]) == 10_000
    surplus = round(revenue * D("0.87"), 2) - 10_000
    assert D(line(settled, "percent_of_premium/premium_amount_due")["value"]) == surplus


def refused(space: Path, name: str, *changes: tuple[str, str]) -> str:
    path = space / "contracts" / f"{name}.yaml"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    try:
        found = Workspace(space)
        problems = found.settle(found.settlements[f"{name}_PY2025"]).problems
    except InputError as error:
        problems = tuple(error.problems)
    return "; ".join(map(str, problems))


PAYS = SHOWN["contracts/cedar.yaml"].partition("components:\n")[2]


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("mill", ("book: {analysis: mill, base_year: 2024, market: insured}\n", ""),
         "commercial_base counts base_member_months"),
        ("mill", ("base_year: 2024, market: insured", "market: insured"),
         "base_year is missing: the year that the target starts from"),
        ("mill", ("base_year: 2024", "base_year: 2023"),
         "mill/2023: no such year of an analysis of cost in this run; say measures: [cost]"),
        ("mill", ("analysis: mill", "analysis: insured"),
         "insured/2024: is of commercial, the contract of self_insured"),
        ("mill", (", market: insured", ""), "no trend: agree declared_trend_factor"),
        ("mill", ("- commercial_base\n", "- commercial_base: {declared_trend_factor: 1.05}\n"),
         "declared_trend_factor is agreed, and book: names a market too"),
        ("mill", ("book: {", "population: {method: commercial, participants: t.csv}\nbook: {"),
         "population.pharmacy is false; say pharmacy: false of its book"),
        ("cedar", ("cms_hcc_v28_2025}", "cms_hcc_v24}"),
         "advantage/2025: expected one request of risk model cms_hcc_v24, found 0"),
        ("cedar", (", risk: cms_hcc_v28_2025", ""), "missing fact"),
        ("cedar", (PAYS, "  - unit_of_account\n"),
         "no component counts from a book; those that do: commercial_target, commercial_base"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(
    space: Path, name: str, change: tuple[str, str], said: str
) -> None:
    assert said in refused(space, name, change)


def test_a_check_without_tables_asks_for_nothing_that_they_count(space: Path) -> None:
    """The trend is measured on the market, whose claims no check looks at."""
    check_workspace(Workspace(space))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("analysis: mill", "analysis: mil"),
         "analysis: no analysis mil in analyses.yaml; did you mean mill?"),
        (("market: insured", "market: insurd"),
         "market: no analysis insurd in analyses.yaml; did you mean insured?"),
        ((", market: insured", ""), "no trend: agree declared_trend_factor"),
        (("base_year: 2024", "base_year: 2025"),
         "base_year 2025 is not before the period, which begins on 2025-01-01"),
    ],
)  # fmt: skip
def test_a_check_refuses_what_no_table_can_supply(
    space: Path, change: tuple[str, str], said: str
) -> None:
    path = space / "contracts" / "mill.yaml"
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(InputError) as caught:
        check_workspace(Workspace(space))
    assert said in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_a_declared_trend_that_cannot_be_is_refused_by_a_check(space: Path) -> None:
    """Without a market nothing has to be counted to see it."""
    path = space / "contracts" / "mill.yaml"
    path.write_text(path.read_text().replace(", market: insured", ""))
    told = space / "settlements" / "mill_PY2025.yaml"
    fact = "{unit: rate, value: -1, source: letter, received_on: 2026-01-31}"
    told.write_text(told.read_text() + f"  declared_trend_factor: {fact}\n")
    with pytest.raises(InputError, match="declared_trend_factor: found -1; expected more than 0"):
        check_workspace(Workspace(space))


def test_the_statement_says_through_which_days_each_book_is_paid(space: Path) -> None:
    """Three months of run-out each: 2024 to March 2025, 2025 to March 2026."""
    document = settle(space, "mill").document
    early, late = "2025-03-31", "2026-03-31"
    assert document["through"] == {
        "incurred": "2025-12-31",
        "paid": late,
        "books": {"insured/2024": early, "insured/2025": late, "mill/2024": early,
                  "mill/2025": late},
    }  # fmt: skip
    said = dict(standing(document))["paid through"]
    assert said.startswith("2026-03-31, the last day of payment in it; insured/2024 to 2025-03-31")
    assert said.endswith("mill/2025 to 2026-03-31 (3 months of run-out)")


def test_claims_that_came_after_the_statement_are_refused(space: Path) -> None:
    path = space / "settlements" / "mill_PY2025.yaml"
    path.write_text(path.read_text().replace("as_of: 2026-03-31", "as_of: 2026-02-28"))
    assert "mill/2025: counts claims to 2026-03-31, after as_of 2026-02-28" in refused(
        space, "mill"
    )


def test_a_book_without_pharmacy_leaves_it_out(space: Path) -> None:
    """$6,940 and $3,000; the prescription of $60 is not of medical care."""
    path = space / "contracts" / "cedar.yaml"
    text = path.read_text()
    path.write_text(text.replace("cms_hcc_v28_2025}", "cms_hcc_v28_2025, pharmacy: false}"))
    found = line(settle(space, "cedar"), "percent_of_premium/premium_cost_of_care")
    assert (found["source"]["table"], found["value"]) == ("cost_cell", "9940")


HARBOR = """\
contract: harbor
title: Harbor Health and Northside, shared savings on its own patients
parties:
  payer: {id: HARBOR, name: Harbor Health}
  entity: {id: NMG, name: Northside Medical Group}
line_of_business: commercial
agreement: {start: 2025-01-01, end: 2027-12-31}
population: {method: commercial, participants: northside.csv, run_out_months: 3}
book: {analysis: insured, base_year: 2024, pharmacy: false}
components:
  - commercial_base: {declared_trend_factor: 1.05}
  - commercial_target
"""


CEDAR = SHOWN["contracts/cedar.yaml"].replace(
    "book: {analysis: advantage, risk: cms_hcc_v28_2025}\n",
    "population: {method: commercial, participants: northside.csv, run_out_months: 3}\n"
    "risk: {model: cms_hcc_v28_2025, demographic: hcc_demographics}\n",
)
NORTHSIDE = "tin,npi,ccn,role,group_id,valid_from,valid_to\nT1,,,practice,,,\n"


@pytest.fixture(scope="module")
def attributed(built: Path) -> Iterator[Path]:
    """The workspace with two contracts whose people a declared method attributes to T1."""
    given = {
        "contracts/northside.csv": NORTHSIDE,
        "contracts/harbor.yaml": HARBOR,
        "settlements/harbor_PY2025.yaml": settlement("harbor"),
        "contracts/pine.yaml": CEDAR.replace("cedar", "pine").replace("NMG", "PINE"),
        "settlements/pine_PY2025.yaml": settlement("pine"),
    }
    for name, text in given.items():
        (built / name).write_text(text)
    Workspace(built).build()
    yield built
    for name in given:
        (built / name).unlink()
    Workspace(built).build()


def test_a_base_year_of_the_book_for_those_whom_a_method_attributes(attributed: Path) -> None:
    """C1 and C2 are seen at T1, C3 at T2: $200 x 1.05 x 24 months = $5,040 against $5,280."""
    settled = settle(attributed, "harbor")
    for path, expected in (
        ("commercial_base/target_base_pmpm", 200),
        ("commercial_target/total_benchmark", 5040),
        ("commercial_target/total_expenditure", 5280),
    ):
        assert D(line(settled, path)["value"]) == expected, path
    assert line(settled, "commercial_target/member_months")["source"]["table"] == "contract_cell"


def test_premium_revenue_of_those_whom_a_method_attributes(attributed: Path) -> None:
    """A1 and A2 are seen at T1: 24 months, 0.548 raw, and $9,940 of medical claims."""
    settled = settle(attributed, "pine")
    revenue = D("0.548") / D("1.045") * D("0.941") * 1000 * 24
    for path, expected in (
        ("advantage_premium/member_months", D(24)),
        ("advantage_premium/advantage_unscored_months", D(0)),
        ("advantage_premium/advantage_raw_score", D("0.548")),
        ("advantage_premium/premium_first_revenue", round(revenue, 2)),
        ("percent_of_premium/premium_cost_of_care", D(9940)),
    ):
        assert D(line(settled, path)["value"]) == expected, path
    source = line(settled, "advantage_premium/advantage_score_months_e9")["source"]
    assert source["table"] == "contract_cell"


def explained(vbc: Vbc, space: Path, contract: str, *words: str) -> dict[str, dict[str, Any]]:
    """The levels of an explanation by table."""
    settlement = ("--settlement", f"{contract}_PY2025")
    code, printed, wrong = vbc("explain", *words, *settlement, "--json", "-w", space)
    assert code == 0, wrong
    levels = json.loads(printed)["levels"]
    return {it["title"].rpartition("(")[2].removesuffix(")"): it for it in levels}


def test_a_book_s_dollars_are_explained_down_to_claims(space: Path, vbc: Vbc) -> None:
    """$7,000 and $3,000; A1's are a visit of $6,940 and the prescription."""
    settle(space, "cedar")
    whole = explained(vbc, space, "cedar", "premium_cost_of_care")
    assert (whole["person_total"]["count"], whole["person_total"]["total"]) == (2, 1_000_000)
    lines = explained(vbc, space, "cedar", "premium_cost_of_care", "--person", "A1")["cost_line"]
    assert lines["total"] == 700_000
    claims = [(it["claim_key"], it["claims_cents"]) for it in lines["rows"]]
    assert claims == [("A12025", 694_000), ("RX1", 6_000)]


def test_without_pharmacy_they_are_those_of_medical_claims(space: Path, vbc: Vbc) -> None:
    path = space / "contracts" / "cedar.yaml"
    path.write_text(path.read_text().replace("2025}", "2025, pharmacy: false}"))
    settle(space, "cedar")
    found = explained(vbc, space, "cedar", "premium_cost_of_care", "--person", "A1")
    assert found["cost_cell"]["total"] == 994_000
    assert [it["claim_key"] for it in found["cost_line"]["rows"]] == ["A12025"]


def test_a_book_s_months_and_scores_are_explained_down_to_the_diagnosis(
    space: Path, vbc: Vbc
) -> None:
    """24 months, twelve of A1; a mean score of 0.548, A1's with the diabetes of claim A12024."""
    settle(space, "cedar")
    months = explained(vbc, space, "cedar", "advantage_premium/member_months", "--person", "A1")
    assert (months["person_total"]["total"], months["cost_month"]["total"]) == (24, 12)
    scores = explained(vbc, space, "cedar", "advantage_score_months_e9", "--person", "A1")
    evidence = scores["hcc_evidence"]["rows"]
    assert [(it["claim"], it["diagnosis"]) for it in evidence] == [("A12024", "E119")]
    for name in ("advantage_score_months_e9", "advantage_score_months"):
        people = explained(vbc, space, "cedar", name)["member_score"]
        expected = {"advantage_score_months": 24}.get(name, 24 * 548_000_000)
        assert people["total"] == expected, name
    code, _, wrong = vbc(
        "explain", "premium_cost_of_care", "--person", "M1", "--settlement", "cedar_PY2025",
        "-w", space,
    )  # fmt: skip
    assert code != 0
    assert "not among those of this book" in wrong


def test_a_statement_of_a_version_that_named_another_column_is_settled_again(
    space: Path, vbc: Vbc
) -> None:
    settle(space, "cedar")
    path = space / "statements" / "cedar_PY2025.json"
    path.write_text(path.read_text().replace('"score_months_e9"', '"scores_e9"'))
    code, _, wrong = vbc(
        "explain", "advantage_score_months_e9", "--settlement", "cedar_PY2025", "-w", space
    )
    assert code != 0
    assert "member_score adds no scores_e9 in this version; settle again" in wrong
