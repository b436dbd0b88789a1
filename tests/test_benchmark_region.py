"""What an ACO's region spends, county by county, from CMS's county files (42 CFR 425.654).

Two counties: Alder (SSA 01000, FIPS 01001) at $9,000 and a risk of 0.9, so $10,000 at a risk of 1;
Birch (SSA 01010, FIPS 01003) at $13,200 and 1.1, so $12,000.
"""

import json
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from conftest import Vbc
from contract_sample import SETTLEMENT
from grouper_sample import give
from openvbc.benchmark.county import (
    CountyFigure,
    Region,
    county_figures,
    read_crosswalk,
    region,
    year_figures,
)
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.rules.mssp_benchmark_history import regional_expenditure, regional_risk_score
from openvbc.settings import Settings
from openvbc.sources.reference.store import ReferenceSet, load_reference
from openvbc.workspace import Workspace
from risk_sample import write_contract

HEADER = (
    "Year,State Name,County Name,State ID,County ID,Per capita ESRD expenditures,"
    "Average ESRD HCC risk score,ESRD person-years,Per capita DISABLED expenditures,"
    "Average DISABLED HCC risk score,DISABLED person-years,Per capita AGED/DUAL expenditures,"
    "Average AGED/DUAL HCC risk score,AGED/DUAL person-years,Per capita AGED/NON-DUAL expenditures,"
    "Average AGED/NON-DUAL HCC risk score,AGED/NON-DUAL person-years"
)
ALDER = "Alabama,Alder,1,0,.,.,.,8000,0.8,90,16000,1,80,9000,0.9,4000"
BIRCH = "Alabama,Birch,1,10,60000,1,20,9000,0.9,70,17000,1,60,13200,1.1,2000"
CROSSWALK = "ssa,fips,name\n01000,01001,Alder\n01010,01003,Birch\n"


def county_file(folder: Path, *years: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"counties_{years[0]}.csv"
    rows = [f"{year},{county}" for year in years for county in (ALDER, BIRCH)]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def crosswalk(folder: Path) -> Path:
    path = folder / "crosswalk.csv"
    path.write_text(CROSSWALK)
    return path


def kept(folder: Path, *years: int) -> ReferenceSet:
    file = county_file(folder / "files", *years)
    return load_reference(folder / "data", "county_ffs", file, f"v{years[0]}")


FIGURES = {
    ("01001", "aged_nondual"): CountyFigure("Alder", Fraction(9000), Fraction(9, 10)),
    ("01003", "aged_nondual"): CountyFigure("Birch", Fraction(13200), Fraction(11, 10)),
}


def two_counties() -> Region:
    return region("base_3", "aged_nondual", {"01001": 30, "01003": 10}, FIGURES)


def test_counties_are_weighted_by_where_the_beneficiaries_live() -> None:
    """30 of 40 months in Alder: 0.75 x $10,000 + 0.25 x $12,000 = $10,500 at a risk of 1.

    Risk: 0.75 x 0.9 + 0.25 x 1.1 = 0.95. The fact is $10,500 x 0.95 = $9,975.
    """
    found = two_counties()
    assert [(it.county, it.weight, it.expenditure) for it in found.counties] == [
        ("01001", Fraction(3, 4), Fraction(7500)),
        ("01003", Fraction(1, 4), Fraction(3000)),
    ]
    assert found.expenditure == 10500
    assert found.score == Fraction(95, 100)
    assert found.per_capita == 9975


def test_the_rules_make_the_same_of_the_facts() -> None:
    """With a national score of 1.04: 0.95 x 1.04 = 0.988; 0.988 / 1.04 = 0.95; 9,975 / 0.95."""
    found = two_counties()
    score = regional_risk_score(Decimal("0.988"), Decimal("1.04"))
    dollars = regional_expenditure(Decimal(int(found.per_capita)), score)
    assert dollars == Decimal(10500)


def test_a_mean_of_ratios_is_no_ratio_of_means() -> None:
    """$9,000 and $13,200 weighted are $10,050, and over 0.95 that is $10,578.95: not the rule's."""
    parts = two_counties().counties
    plain = sum(it.weight * it.figure.per_capita for it in parts)
    assert plain == 10050
    assert plain / two_counties().score != two_counties().expenditure


def test_months_without_a_figure_weigh_nothing_and_are_said() -> None:
    """A county that is not in the file, and people whose county nobody knows."""
    months = {"01001": 30, "01003": 10, "99999": 7, "": 5}
    found = region("base_3", "aged_nondual", months, FIGURES)
    assert found.expenditure == 10500
    assert found.left_out == {"": 5, "99999": 7}


@given(
    st.dictionaries(st.sampled_from(["01001", "01003"]), st.integers(1, 10**6), min_size=1),
    st.integers(2, 9),
)
def test_weights_are_one_whole_and_only_proportions_count(
    months: dict[str, int], times: int
) -> None:
    found = region("base_3", "aged_nondual", months, FIGURES)
    larger = {county: count * times for county, count in months.items()}
    assert sum(it.weight for it in found.counties) == 1
    assert 10000 <= found.expenditure <= 12000
    assert region("base_3", "aged_nondual", larger, FIGURES).expenditure == found.expenditure


def test_a_figure_that_cms_left_out_is_absent_not_zero(tmp_path: Path) -> None:
    """Alder has too few people with ESRD: the file has a dot."""
    found = county_figures(kept(tmp_path, 2024), read_crosswalk(crosswalk(tmp_path)))
    assert {kind for county, kind in found[2024] if county == "01001"} == {
        "disabled", "aged_dual", "aged_nondual",
    }  # fmt: skip
    assert found[2024]["01003", "esrd"].risk_adjusted == 60000


def test_a_year_without_a_file_and_one_with_two_are_refused_together(tmp_path: Path) -> None:
    sets = [kept(tmp_path / "a", 2022, 2023), kept(tmp_path / "b", 2023)]
    with pytest.raises(InputError) as refused:
        year_figures(sets, read_crosswalk(crosswalk(tmp_path)), [2021, 2022, 2023])
    assert [str(it) for it in refused.value.problems] == [
        "v2023: 2023 stands in two county files; keep one version of the year",
        "county_ffs: no county file of 2021; `vbc reference county_ffs FILE` keeps it",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n", "crosswalk.csv:1: expected a header with columns ssa and fips"),
        ("ssa,fips\n1,01001\n", "crosswalk.csv:2: expected two codes of five digits"),
        ("ssa,fips\n01000,01001\n01000,01003\n", "crosswalk.csv:3: an SSA code stands twice"),
    ],
)
def test_a_crosswalk_that_is_wrong_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "crosswalk.csv"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        read_crosswalk(path)
    assert said in str(refused.value.problems[0])


def test_cms_own_file(shared: Path, tmp_path: Path) -> None:
    """Autauga 2018, aged and not dual: $9,388.28 / 1.04037 = $9,023.98; Baldwin the same way."""
    file = shared / "data" / "county_ffs" / "2018_county_ffs.csv"
    cms = load_reference(tmp_path / "data", "county_ffs", file, "2018")
    found = county_figures(cms, read_crosswalk(crosswalk(tmp_path)))[2018]
    assert len(found) == 2 * 4
    autauga = found["01001", "aged_nondual"]
    assert (autauga.name, round(float(autauga.risk_adjusted), 2)) == ("Autauga, Alabama", 9023.98)


HOMES = {"ANN": "01001", "BEA": "01001", "CAL": "01003", "DOT": "01003", "EVE": None}
KINDS = {"ANN": "aged_nondual", "BEA": "aged_nondual", "CAL": "aged_nondual", "DOT": "disabled",
         "EVE": "disabled"}  # fmt: skip


class TablesOfARun:
    """A run that has the tables that the command reads: a year of everybody, no build needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> DuckDBEngine:
        engine = DuckDBEngine("200MB", self.folder)
        at = {"contract_id": "lakeside", "period_id": "PY2025"}
        role = {"performance_period": "PY2025", "role": "performance", "year": 2025}
        tables: dict[str, list[dict[str, Any]]] = {
            "contract_period": [at | role],
            "person": [{"person_id": it, "county_fips": home} for it, home in HOMES.items()],
            "assigned_month": [
                at | {"person_id": it, "enrolment_type": kind, "months": 12}
                for it, kind in KINDS.items()
            ],
        }
        for name, rows in tables.items():
            give(engine, name, rows, self.folder)
        return engine


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ANN and BEA live in Alder, CAL and DOT in Birch, EVE nobody knows where."""
    Workspace.init(tmp_path, Settings(buckets=1))
    write_contract(tmp_path)
    crosswalk(tmp_path)
    load_reference(tmp_path / "data", "county_ffs", county_file(tmp_path / "files", 2025), "all")
    monkeypatch.setattr(Workspace, "fresh_run", lambda _: TablesOfARun(tmp_path / "files"))
    return tmp_path


def words(space: Path, *more: str) -> tuple[object, ...]:
    given = ("region", "lakeside_PY2025", "--crosswalk", space / "crosswalk.csv")
    return (*given, *more, "--workspace", space)


def test_people_without_a_county_are_refused_by_their_months(space: Path, vbc: Vbc) -> None:
    code, _, error = vbc(*words(space))
    assert code == 2
    assert "performance disabled: county unknown: 12 months have no county figure" in error
    assert vbc(*words(space, "--leave-out"))[0] == 0


def test_each_county_is_a_row_that_adds_up_to_the_line(space: Path, vbc: Vbc) -> None:
    """2025: ANN and BEA 24 months in Alder, CAL 12 in Birch: 10,000 x 2/3 + 12,000 x 1/3."""
    found = json.loads(vbc(*words(space, "--leave-out", "--json"))[1])["regions"]
    cell = next(
        it
        for it in found
        if (it["period"], it["enrolment_type"]) == ("performance", "aged_nondual")
    )
    assert [(it["county"], it["months"]) for it in cell["counties"]] == [
        ("01001", 24),
        ("01003", 12),
    ]
    assert cell["regional_expenditure"] == "10666.666666667"
    parts = sum(Decimal(it["expenditure"]) for it in cell["counties"])
    assert abs(parts - Decimal(cell["regional_expenditure"])) < Decimal("0.00000001")


def test_the_facts_settle(space: Path, vbc: Vbc) -> None:
    """The facts that are printed stand in a settlement file as they are, and carry its score."""
    text = vbc(*words(space, "--leave-out", "--facts"))[1]
    facts = YAML(typ="safe").load(StringIO(text))["facts"]
    score = facts["regional_hcc_score"]["values"]["performance"]["aged_nondual"]
    # 2/3 x 0.9 + 1/3 x 1.1 = 0.966667, times the national 1.04 of the settlement file.
    assert round(score, 6) == round(0.9666666667 * 1.04, 6)
    assert "national_hcc_score: {unit: score, value: 1.04" in SETTLEMENT
    assert facts["regional_per_capita"]["source"].startswith("county_ffs (all ")
