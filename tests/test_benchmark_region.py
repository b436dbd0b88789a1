"""What an ACO's region spends, county by county, from CMS's county files (42 CFR 425.654).

Two counties: Alder (SSA 01000, FIPS 01001) at $9,000 and a risk of 0.9, so $10,000 at a risk of 1;
Birch (SSA 01010, FIPS 01003) at $13,200 and 1.1, so $12,000.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from conftest import Vbc
from contract_sample import SETTLEMENT
from grouper_sample import give
from openvbc.benchmark.county import county_figures, year_figures
from openvbc.benchmark.crosswalk import read_crosswalk
from openvbc.benchmark.region import CountyFigure, Figures, Living, Origin, Region, region
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.rules.mssp_benchmark_history import regional_expenditure, regional_risk_score
from openvbc.settings import Settings
from openvbc.sources.reference.store import ReferenceSet, load_reference, remove_reference
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


FIGURES = Figures(
    Origin("v1", date(2026, 3, 1)),
    {
        ("01001", "aged_nondual"): CountyFigure("Alder", Fraction(9000), Fraction(9, 10)),
        ("01003", "aged_nondual"): CountyFigure("Birch", Fraction(13200), Fraction(11, 10)),
    },
    lambda county, kind: f"{county} has no {kind}",
)


def weighed(months: dict[str, int]) -> Region:
    """A region by months; each county has a person for every month."""
    living = {county: Living(count, count) for county, count in months.items()}
    return region("base_3", "aged_nondual", living, FIGURES)


def two_counties() -> Region:
    return weighed({"01001": 30, "01003": 10})


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
    score = regional_risk_score(Decimal("0.988"), Decimal("1.04"), Decimal(40))
    dollars = regional_expenditure(Decimal(int(found.per_capita)), score, Decimal(40))
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
    found = weighed(months)
    assert found.expenditure == 10500
    assert [(it.county, it.living.months, it.why) for it in found.left_out] == [
        ("", 5, " has no aged_nondual"),
        ("99999", 7, "99999 has no aged_nondual"),
    ]


@given(
    st.dictionaries(st.sampled_from(["01001", "01003"]), st.integers(1, 10**6), min_size=1),
    st.integers(2, 9),
)
def test_weights_are_one_whole_and_only_proportions_count(
    months: dict[str, int], times: int
) -> None:
    found = weighed(months)
    larger = {county: count * times for county, count in months.items()}
    assert sum(it.weight for it in found.counties) == 1
    assert 10000 <= found.expenditure <= 12000
    assert weighed(larger).expenditure == found.expenditure


def test_a_figure_that_cms_left_out_is_absent_not_zero(tmp_path: Path) -> None:
    """Alder has too few people with ESRD: the file has a dot."""
    found = county_figures(kept(tmp_path, 2024), read_crosswalk(crosswalk(tmp_path)), [2024])
    assert {kind for county, kind in found[2024].figures if county == "01001"} == {
        "disabled", "aged_dual", "aged_nondual",
    }  # fmt: skip
    assert found[2024].figures["01003", "esrd"].risk_adjusted == 60000


def test_two_ssa_codes_of_one_county_have_one_figure_of_a_type(tmp_path: Path) -> None:
    """Alder was split: of its second code CMS left the aged out, and not the disabled."""
    path = crosswalk(tmp_path)
    path.write_text(CROSSWALK.replace("01003", "01001"))
    file = county_file(tmp_path / "files", 2024)
    blank = BIRCH.replace("13200,1.1", "*,*").replace("17000,1,60", "*,*,*")
    file.write_text(file.read_text().replace(BIRCH, blank))
    split = load_reference(tmp_path / "data", "county_ffs", file, "2024")
    with pytest.raises(InputError) as refused:
        county_figures(split, read_crosswalk(path), [2024])
    assert [str(it) for it in refused.value.problems] == [
        (
            "counties_2024.csv:3: county 01001 has a figure for disabled on counties_2024.csv:2 "
            "too; mend the crosswalk"
        )
    ]


def test_a_year_without_a_file_and_one_with_two_are_refused_together(tmp_path: Path) -> None:
    sets = [kept(tmp_path / "a", 2022, 2023), kept(tmp_path / "b", 2023)]
    with pytest.raises(InputError) as refused:
        year_figures(sets, read_crosswalk(crosswalk(tmp_path)), [2021, 2022, 2023])
    assert [str(it) for it in refused.value.problems] == [
        (
            "county_ffs v2023: 2023 stands in v2022 too; remove one of the two: "
            "`vbc reference county_ffs --version v2023 --remove`"
        ),
        "county_ffs: no county file of 2021; `vbc reference county_ffs FILE` keeps it",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n", "crosswalk.csv:1: lacks the columns ssa, fips; found: a, b"),
        ("ssa,fips,fips\n01000,01001,01003\n", "crosswalk.csv:1: names a column twice"),
        ("ssa,fips\n", "crosswalk.csv:1: no row stands below the header"),
        ("ssa,fips\n1,01001\n", "crosswalk.csv:2: ssa: found 1, expected a county code of five"),
        ("ssa,fips\n01000,0100\u00b2\n", "crosswalk.csv:2: fips: found 0100\u00b2, expected"),
        ("ssa,fips\n01000\n", "crosswalk.csv:2: has another number of cells than the first line"),
        ('ssa,fips\n"01000,01001\n', "crosswalk.csv:2: not CSV: unexpected end of data"),
        (
            "ssa,fips\n01000,01001\n01000,01003\n",
            "crosswalk.csv:3: SSA code 01000 stands twice, for 01001 on line 2 and for 01003 here",
        ),
    ],
)
def test_a_crosswalk_that_is_wrong_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "crosswalk.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_crosswalk(path)
    assert said in str(refused.value.problems[0])


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_crosswalk_that_is_not_utf_8_is_refused(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "crosswalk.csv"
    path.write_text("ssa,fips,name\n40999,72001,A\u00f1asco\n", encoding=encoding)
    with pytest.raises(InputError, match="not UTF-8; save the file as UTF-8"):
        read_crosswalk(path)


def test_cms_own_file(shared: Path, tmp_path: Path) -> None:
    """Autauga 2018, aged and not dual: $9,388.28 / 1.04037 = $9,023.98; Baldwin the same way."""
    file = shared / "data" / "county_ffs" / "2018_county_ffs.csv"
    cms = load_reference(tmp_path / "data", "county_ffs", file, "2018")
    found = county_figures(cms, read_crosswalk(crosswalk(tmp_path)), [2018])[2018].figures
    assert len(found) == 2 * 4
    autauga = found["01001", "aged_nondual"]
    assert (autauga.name, round(float(autauga.risk_adjusted), 2)) == ("Autauga, Alabama", 9023.98)


People = Mapping[str, tuple[str | None, str]]
"""Person → county, enrolment type."""

PEOPLE: People = {
    **{f"A{it}": ("01001", "aged_nondual") for it in range(22)},
    **{f"B{it}": ("01003", "aged_nondual") for it in range(11)},
    "DOT": ("01003", "disabled"),
    "EVE": (None, "disabled"),
}


class TablesOfARun:
    """A run that has the tables that the command reads: a year of everybody, no build needed."""

    def __init__(self, folder: Path, people: People) -> None:
        self.folder = folder
        self.people = people

    def open(self) -> DuckDBEngine:
        engine = DuckDBEngine("200MB", self.folder)
        people = self.people
        at = {"contract_id": "lakeside", "period_id": "PY2025"}
        role = {"performance_period": "PY2025", "role": "performance", "year": 2025}
        tables: dict[str, list[dict[str, Any]]] = {
            "contract_period": [at | role],
            "person": [{"person_id": it, "county_fips": home} for it, (home, _) in people.items()],
            "assigned_month": [
                at | {"person_id": it, "enrolment_type": kind, "months": 12}
                for it, (_, kind) in people.items()
            ],
        }
        for name, rows in tables.items():
            give(engine, name, rows, self.folder)
        return engine


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """22 people live in Alder, 11 and DOT in Birch, EVE nobody knows where."""
    Workspace.init(tmp_path, Settings(buckets=1))
    write_contract(tmp_path)
    crosswalk(tmp_path)
    load_reference(tmp_path / "data", "county_ffs", county_file(tmp_path / "files", 2025), "all")
    live(monkeypatch, tmp_path, PEOPLE)
    return tmp_path


def live(monkeypatch: pytest.MonkeyPatch, space: Path, people: People) -> None:
    """Let these people be the run's."""
    monkeypatch.setattr(Workspace, "fresh_run", lambda _: TablesOfARun(space / "files", people))


def words(space: Path, *more: str) -> tuple[object, ...]:
    given = ("region", "lakeside_PY2025", "--crosswalk", space / "crosswalk.csv")
    return (*given, *more, "--workspace", space)


def test_people_without_a_county_are_refused_by_their_months(space: Path, vbc: Vbc) -> None:
    code, _, error = vbc(*words(space))
    assert code == 2
    assert (
        "performance disabled: county unknown, the months of fewer than 11 people: the people "
        "have no county; load their county_fips; or --leave-out" in error
    )
    assert vbc(*words(space, "--leave-out"))[0] == 0


def test_each_county_is_a_row_that_adds_up_to_the_line(space: Path, vbc: Vbc) -> None:
    """2025: 22 x 12 months in Alder, 11 x 12 in Birch: 10,000 x 2/3 + 12,000 x 1/3."""
    found = json.loads(vbc(*words(space, "--leave-out", "--json"))[1])["regions"]
    cell = next(
        it
        for it in found
        if (it["period"], it["enrolment_type"]) == ("performance", "aged_nondual")
    )
    assert [(it["county"], it["months"]) for it in cell["counties"]] == [
        ("01001", 264),
        ("01003", 132),
    ]
    assert cell["regional_expenditure"] == "10666.666666667"
    parts = sum(Decimal(it["expenditure"]) for it in cell["counties"])
    assert abs(parts - Decimal(cell["regional_expenditure"])) < Decimal("0.00000001")


def test_what_is_left_out_is_said_beside_the_figures(
    space: Path, vbc: Vbc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """12 people nobody knows where: 144 months. DOT and EVE: the type's only ones, so not told."""
    nowhere: People = {f"N{it}": (None, "aged_nondual") for it in range(12)}
    live(monkeypatch, space, {**PEOPLE, **nowhere})
    printed = vbc(*words(space, "--leave-out"))[1]
    assert "left out: county unknown, 144 months" in printed
    few = "left out: county others, each of few people (1), the months of fewer than 11 people"
    assert few in printed
    facts = YAML(typ="safe").load(StringIO(vbc(*words(space, "--leave-out", "--facts"))[1]))
    assert facts["facts"]["regional_per_capita"]["source"].endswith(
        "left out, without a county figure: performance aged_nondual 144 months, performance "
        "disabled the months of fewer than 11 people"
    )


def test_a_cell_of_which_no_county_is_left_has_no_figure(
    space: Path, vbc: Vbc, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(monkeypatch, space, {**PEOPLE, "DOT": (None, "disabled")})
    printed = vbc(*words(space, "--leave-out"))[1]
    assert "no county is left, so there is no figure" in printed
    assert "0E-9" not in printed
    found = json.loads(vbc(*words(space, "--leave-out", "--json"))[1])["regions"]
    assert [it["regional_expenditure"] for it in found] == ["10666.666666667", None]
    code, _, error = vbc(*words(space, "--leave-out", "--facts"))
    assert code == 2
    assert "performance disabled: no county is left of it, so there is no fact" in error


def test_counties_of_few_people_stand_together(
    space: Path, vbc: Vbc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Birch has 3 people: Alder, the next, joins it. 25 x 12 = 300 months, all of the weight.

    10,000 x 22/25 + 12,000 x 3/25 = 8,800 + 1,440 = 10,240. DOT is the only one of the disabled.
    """
    people = {it: at for it, at in PEOPLE.items() if it not in {f"B{n}" for n in range(3, 11)}}
    live(monkeypatch, space, people)
    found = json.loads(vbc(*words(space, "--leave-out", "--json"))[1])["regions"]
    told = [list(it["counties"][0].values()) for it in found]
    whole = ["1.000000000", None, None, None, "10240.000000000"]
    assert told == [
        ["others, each of few people (2)", None, 300, *whole],
        ["others, each of few people (1)", *[None] * 7],
    ]
    assert found[0]["regional_expenditure"] == "10240.000000000"
    assert found[1]["left_out"] == {"others, each of few people (1)": None}
    assert "01003" not in vbc(*words(space, "--leave-out"))[1]


LACKING = [
    (ALDER, "crosswalk.csv", CROSSWALK.replace("01003", "01005"),
     "crosswalk.csv has no row of it; add it, or mend their county_fips"),
    (ALDER, "files/counties_2025.csv", BIRCH.replace("1,10,", "1,20,"),
     "counties_2025.csv has no row of SSA 01010 (crosswalk.csv:3) in 2025; mend the crosswalk"),
    (ALDER, "files/counties_2025.csv", BIRCH.replace("13200", "*"),
     "counties_2025.csv:3: per_capita_aged_nondual is *, there is no figure"),
    (ALDER, "files/counties_2025.csv", BIRCH.replace("13200,1.1", "13200,"),
     "counties_2025.csv:3: risk_aged_nondual is empty, there is no figure"),
    (ALDER, "files/counties_2025.csv", BIRCH.replace("13200", "0"),
     "counties_2025.csv:3: per_capita_aged_nondual is 0, there is no figure"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "name", "text", "said"), LACKING)
def test_what_is_missing_of_a_county_is_said_where_it_is(
    first: str, name: str, text: str, said: str, space: Path, vbc: Vbc
) -> None:
    """Of Birch there is no line of the crosswalk, no row of the file, or no figure in its row."""
    path = space / name
    whole = text if "crosswalk" in name else "\n".join((HEADER, f"2025,{first}", f"2025,{text}\n"))
    path.write_text(whole)
    remove_reference(space / "data", "county_ffs", "all")
    load_reference(space / "data", "county_ffs", space / "files" / "counties_2025.csv", "mended")
    error = vbc(*words(space))[2].replace(f"{space}/", "")
    assert f"performance aged_nondual: county 01003, 132 months: {said}; or --leave-out" in error


def test_the_facts_cite_the_files_of_their_years_and_the_day_they_came(
    space: Path, vbc: Vbc
) -> None:
    """A file of 2010 is kept too, and broken; the one of 2025 came on 1 March 2026."""
    data, files = space / "data", space / "files"
    remove_reference(data, "county_ffs", "all")
    where = ("--workspace", space)
    path = county_file(files, 2025)
    given = ("--version", "2025", "--received-on", "2026-03-01", *where)
    assert vbc("reference", "county_ffs", path, *given)[0] == 0
    old = load_reference(data, "county_ffs", county_file(files, 2010), "2010")
    with duckdb.connect() as connection:
        broken = f"SELECT * REPLACE ('AL' AS state_id) FROM {old.parquet}"
        connection.execute(f"CREATE TABLE broken AS {broken}")
        connection.execute(f"COPY broken TO '{old.path}' (FORMAT parquet)")
    live_alone = vbc(*words(space, "--leave-out", "--facts"))[1]
    fact = YAML(typ="safe").load(StringIO(live_alone))["facts"]["regional_per_capita"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    assert fact["source"].startswith(f"county_ffs (2025 {digest}), counties weighted by")
    assert fact["received_on"] == date(2026, 3, 1)


def test_the_rate_book_is_not_of_a_shared_savings_contract(space: Path, vbc: Vbc) -> None:
    book = space / "rates.csv"
    book.write_text("fips,aged_disabled,esrd\n01001,1000,8000\n")
    where = ("region", "lakeside_PY2025", "--rate-book", book, "--workspace", space)
    code, _, error = vbc(*where)
    assert code == 2
    assert "lakeside_PY2025: has no component that reads a rate book; say --crosswalk" in error
    code, _, error = vbc(*words(space, "--received-on", "2026-03-01"))
    assert (code, "--received-on: is for --rate-book; of a county file" in error) == (2, True)


def test_the_facts_settle(space: Path, vbc: Vbc) -> None:
    """The facts that are printed stand in a settlement file as they are, and carry its score."""
    text = vbc(*words(space, "--leave-out", "--facts"))[1]
    facts = YAML(typ="safe").load(StringIO(text))["facts"]
    score = facts["regional_hcc_score"]["values"]["performance"]["aged_nondual"]
    # 2/3 x 0.9 + 1/3 x 1.1 = 0.966667, times the national 1.04 of the settlement file.
    assert round(score, 6) == round(0.9666666667 * 1.04, 6)
    assert "national_hcc_score: {unit: score, value: 1.04" in SETTLEMENT
    assert facts["regional_per_capita"]["source"].startswith("county_ffs (all ")
