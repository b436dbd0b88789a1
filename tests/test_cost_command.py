"""`vbc cost` on a small workspace: two years of 24 people of two practices and a hospital.

Each year each person has a visit of $80 (2025: $88) and two scans of $240 in hospital; the last has
a stay of $60,000 in 2025. 2024: 24 × 80 + 48 × 240 = 13,440 over 288 months is $46.67 a month;
2025: 24 × 88 + 48 × 240 + 60,000 = 73,632 is $255.67.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Vbc
from load_tables import load_it, write_source
from openvbc.analyses import FILE
from openvbc.cost.panels import Panels, Sums, high_need
from openvbc.errors import InputError
from openvbc.prices import standard_prices
from openvbc.settings import Settings
from openvbc.workspace import Workspace

ANALYSES = """\
analyses:
  seniors:
    line_of_business: medicare
    years: [2024, 2025]
    paid_through: {2024: 2025-03-31, 2025: 2026-03-31}
    risk: [cms_hcc_v24_2025]
    measures: [cost]
"""
PEOPLE = 24
"""Twelve of each practice: enough that their counts are told."""

SAID = {"payer": "CMS", "line_of_business": "medicare"}
VERSION = {"version_number": 1, "version_type": "original", "sign": 1}


def line(key: str, person: int, day: str, paid: int, **given: Any) -> dict[str, Any]:
    return {
        "claim_key": key,
        **VERSION,
        "effective_on": f"{day[:4]}-12-31",
        "claim_id": key,
        "claim_line_number": 1,
        "person_id": f"P{person}",
        "claim_start_date": day,
        "claim_end_date": day,
        "allowed_cents": paid * 125,
        "paid_cents": paid * 100,
        **SAID,
        **given,
    }


def claims() -> Iterator[dict[str, Any]]:
    hospital: dict[str, Any] = {"claim_type": "institutional", "facility_ccn": "100001"}
    for year, visit in ((2024, 80), (2025, 88)):
        for n in range(PEOPLE):
            day, practice = f"{year}-06-10", 1 + n % 2
            yield line(
                f"V{year}{n}", n, day, visit, claim_type="professional", hcpcs_code="99213",
                place_of_service_code="11", rendering_npi=f"N{practice}",
                billing_tin=f"T{practice}",
            )  # fmt: skip
            for at in (1, 2):
                yield line(
                    f"S{year}{n}", n, day, 240, claim_line_number=at, bill_type_code="131",
                    revenue_center_code="0351", **hospital,
                )  # fmt: skip
    yield line(
        "H", 23, "2025-09-05", 60_000, bill_type_code="111", revenue_center_code="0120",
        drg_code="470", admission_date="2025-09-01", discharge_date="2025-09-05", **hospital,
    )  # fmt: skip


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cost")
    workspace = Workspace.init(root, Settings(buckets=1, memory_mb=500))
    coverage = {"enrollment_start_date": "2023-01-01", "enrollment_end_date": "2025-12-31"}
    ids = [f"P{n}" for n in range(PEOPLE)]
    born = {"birth_date": "1950-05-01", "sex": "female", "county_fips": "18901"}
    source = write_source(
        root / "delivery",
        person=[{"person_id": it, **born} for it in ids],
        eligibility=[
            {
                "person_id": it, **coverage, **SAID, "part_a": True, "part_b": True,
                "enrolment_type": "aged_nondual", "original_reason_entitlement_code": "0",
            }
            for it in ids
        ],
        provider=[
            {"npi": "N1", "specialty_code": "08", **SAID},
            {"npi": "N2", "specialty_code": "50", **SAID},
        ],
        facility=[{"ccn": "100001", "tin": "H1", "facility_type": "hospital", **SAID}],
        medical_claim=list(claims()),
    )  # fmt: skip
    load_it(workspace.data, source, buckets=1)
    (root / FILE).write_text(ANALYSES)
    Workspace(root).build()
    return root


Rows = list[dict[str, Any]]
Ask = Callable[..., Mapping[str, Rows]]


@pytest.fixture
def ask(space: Path, vbc: Vbc) -> Ask:
    """The rows of each section that some options ask for."""

    def asked(*words: object) -> Mapping[str, Rows]:
        code, printed, wrong = vbc("cost", "-w", space, "--json", *words)
        assert code == 0, wrong
        return {it["section"]: it["rows"] for it in json.loads(printed)}

    return asked


def test_cost_by_category_adds_up_to_the_whole_and_tells_of_no_one_person(ask: Ask) -> None:
    """The stay is of one person: it stands with the scans, $60,000 + $11,520."""
    found = ask("--by", "category")
    rows = {it["category"]: it for it in found["category_2025"]}
    assert list(rows) == ["office_and_outpatient", "others, each of few people (2)", "all"]
    assert [it["paid_cents"] for it in rows.values()] == [211_200, 7_152_000, 7_363_200]
    assert [it["persons"] for it in rows.values()] == [24, None, None]
    assert (rows["all"]["paid_pmpm_cents"], rows["all"]["standard_cents"]) == (25_567, None)
    assert [it["paid_pmpm_cents"] for it in found["category_2024"]] == [4_000, 667, 4_667]


@pytest.mark.parametrize("way", ["month", "place", "tin", "npi", "ccn", "initiator"])
def test_every_way_to_show_cost_adds_up_to_the_same_whole(ask: Ask, way: str) -> None:
    *rows, whole = ask("--by", way)[f"{way}_2024"]
    assert sum(it["paid_cents"] for it in rows) == whole["paid_cents"] == 1_344_000


def test_scans_are_opened_by_the_clinician_of_the_visit_on_the_day(ask: Ask) -> None:
    """12 people of N1 (family medicine) and 12 of N2 (nurse practitioner): 12 × 480 each."""
    rows = ask("--by", "initiator")["initiator_2024"]
    scans = {it["initiator"]: it["paid_cents"] for it in rows if it["service"] == "imaging"}
    assert scans == {"primary_care": 576_000, "advanced_practice": 576_000}


def test_a_trend_adds_up_in_every_category(ask: Ask) -> None:
    rows = ask("--trend", "2024:2025")["trend_2024_2025"]
    effects = ("completion", "members", "risk", "volume", "mix", "price")
    assert [it["category"] for it in rows][-1] == "all"
    for it in rows:
        parts = sum(it[f"{name}_cents"] for name in effects)
        assert it["paid_2024_cents"] + parts == it["paid_2025_cents"]
    assert rows[-1]["members_cents"] == 0  # 288 months in both years


@pytest.mark.parametrize("years", ["2024", "2024:2024", "2023:2024", "a:b"])
def test_years_that_are_none_are_refused(space: Path, vbc: Vbc, years: str) -> None:
    code, _, wrong = vbc("cost", "-w", space, "--trend", years)
    assert code == 2
    assert "--trend" in wrong


def test_primary_care_is_narrow_and_broad(ask: Ask) -> None:
    """Narrow: N1's 12 × 80 = 960 of 13,440; broad: with N2's 1,920."""
    rows = ask("--primary-care")["primary_care"]
    first = [(it["definition"], it["primary_care_cents"], it["share"]) for it in rows[:2]]
    assert first == [("narrow", 96_000, "0.0714"), ("broad", 192_000, "0.1429")]


def test_concentration_of_a_county_and_what_a_merger_changes(ask: Ask, tmp_path: Path) -> None:
    """2024: T1 960, T2 960, H1 11,520: 10,000 × (1² + 1² + 12²) ÷ 14² = 7,448.9796."""
    owners = tmp_path / "owners.csv"
    owners.write_text(
        "tin,owner,first_day,last_day\nT1,System,2025-01-01,\nT2,System,2025-01-01,\n"
    )
    alone, merged = (
        ask("--market", *given)["concentration"] for given in ((), ("--owners", owners))
    )
    assert alone[0]["index"] == merged[0]["index"] == "7448.9796"
    assert [it["organisations"] for it in alone] == [3, 3]
    assert [it["organisations"] for it in merged] == [3, 2]
    assert float(merged[1]["change"]) > float(alone[1]["change"])


def test_panels_of_the_same_people_are_as_expected_and_believed_nothing_apart(ask: Ask) -> None:
    """2024: both practices have 12 people of one age and $6,720: as expected, nothing between."""
    rows = ask("--expected")["expected_2024"]
    assert [(it["panel"], it["actual_cents"], it["expected_cents"]) for it in rows] == [
        ("T1", 672_000, 672_000),
        ("T2", 672_000, 672_000),
    ]
    assert {(it["ratio"], it["weight_greatest"]) for it in rows} == {("1.0000", "0.0000")}


def test_the_note_tells_full_credibility_to_the_hundredth(space: Path, vbc: Vbc) -> None:
    code, printed, wrong = vbc("cost", "-w", space, "--json", "--expected")
    assert code == 0, wrong
    notes = {it["section"]: it["note"] for it in json.loads(printed)}
    assert re.search(r"Full credibility: [\d,]+\.\d\d person-years", notes["expected_2025"])


def test_a_panel_of_high_need_loses_where_need_has_no_price() -> None:
    """By hand, scores all 1: dual 1,000 months $300,000; others 3,000 months $500,000.

    Book: 800,000 ÷ 4,000 = $200 a month; dual $300, others $166.67. A panel of 40 dual and 60
    other months gets 100 × 200 = $20,000; with need 40 × 300 + 60 × 166.67 = $22,000. The panel of
    40 %: $200.00 against 0.4 × 300 + 0.6 × 166.67 = $220.00 for each month.
    """
    one = 10**9
    found = Panels(
        "model",
        {
            ("A", True): Sums(20, 40, 1_200_000, 40 * one),
            ("A", False): Sums(30, 60, 1_000_000, 60 * one),
            ("B", True): Sums(480, 960, 28_800_000, 960 * one),
            ("B", False): Sums(1_470, 2_940, 49_000_000, 2_940 * one),
        },
    )
    assert found.expected(found.sums("A")) == 2_000_000
    assert found.expected_with_need("A") == 2_200_000
    assert sum(map(found.expected_with_need, "AB")) == found.sums().paid
    ((_, _, _, _, without, with_need, gap),) = high_need(found)
    assert (without, with_need, gap) == (20_000, 22_000, 2_000)


def test_a_panel_of_high_need_is_rounded_once() -> None:
    """0.4 × (503 ÷ 5) + 0.6 × (10,049 ÷ 100) = 100.534 cents; of 101 and 100 it would be 100.4."""
    one = 10**9
    found = Panels(
        "model",
        {("A", True): Sums(20, 5, 503, 5 * one), ("A", False): Sums(30, 100, 10_049, 100 * one)},
    )
    ((*_, without, with_need, gap),) = high_need(found)
    assert (without, with_need, gap) == (100, 101, 1)  # without: 10,552 ÷ 105 = 100.495


def test_one_stay_is_not_told_nor_who_is_above_a_cut(ask: Ask) -> None:
    found = ask("--stays", "--cut", "50000")
    assert found["stays_2025"][0]["days"] is None
    last = found["stop_loss"][-1]
    assert (last["paid_cents"], last["pooled_cents"], last["persons_above"]) == (
        7_363_200, None, None,
    )  # fmt: skip


def test_the_page_has_every_table_and_no_script(space: Path, vbc: Vbc, tmp_path: Path) -> None:
    page, file = tmp_path / "cost.html", tmp_path / "cost.parquet"
    given = ("--by", "tin", "--primary-care", "--csv", "--html", page, "--parquet", file)
    code, printed, wrong = vbc("cost", "-w", space, *given)
    assert code == 0, wrong
    text = page.read_text()
    assert text.count("<section") == text.count("<table>") == 3
    assert "<script" not in text
    listed = list(csv.DictReader(io.StringIO(printed)))
    with duckdb.connect() as connection:
        counted = connection.execute(f"SELECT count(*) FROM '{file}'").fetchall()
    assert counted == [(len(listed),)]


def test_an_analysis_that_asks_for_no_cost_is_refused(space: Path, vbc: Vbc) -> None:
    code, _, wrong = vbc("cost", "senior", "-w", space)
    assert code == 2
    assert "did you mean seniors" in wrong


def test_prices_that_cannot_be_used_are_refused_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        "code_type,code,price,first_day,last_day\n"
        "cpt,99213,92.05,2025-01-01,2025-12-31\n"
        "drg,470,-1,2025-01-01,2025-12-31\n"
        "drg,471,1.005,2025-01-01,\n"
    )
    with pytest.raises(InputError) as refused:
        standard_prices(tmp_path)
    assert [str(it).removeprefix(f"{path}:") for it in refused.value.problems] == [
        "2: expected code_type hcpcs or drg and a code",
        "3: price: expected dollars and whole cents, not below zero",
        "4: price: expected dollars and whole cents, not below zero",
        "4: last_day: expected a day such as 2025-01-01",
    ]


def test_a_code_with_two_prices_on_a_day_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(
        "code_type,code,price,first_day,last_day\n"
        "drg,470,13000,2025-01-01,2025-12-31\n"
        "drg,470,14000,2025-12-31,2026-12-31\n"
    )
    with pytest.raises(InputError, match="another price on its first day"):
        standard_prices(tmp_path)
