"""CMS's county files as a user keeps them: every cell is checked, a wrong version is removed.

Two counties of 2025, one line each; a test breaks one cell of the second, which is line 3.
"""

from fractions import Fraction
from pathlib import Path

import pytest

from conftest import Vbc
from openvbc.errors import InputError
from openvbc.settings import Settings
from openvbc.sources.reference.county_file import number, read_counties
from openvbc.sources.reference.store import ReferenceSet, load_reference, references
from openvbc.workspace import Workspace

HEADER = "Year,State ID,County ID," + ",".join(
    f"Per capita {it} expenditures,Average {it} HCC risk score"
    for it in ("ESRD", "DISABLED", "AGED/DUAL", "AGED/NON-DUAL")
)
ALDER = "2025,1,0,.,.,8000,0.8,16000,1,9000,0.9"
BIRCH = "2025,1,10,60000,1,9000,0.9,17000,1,13200,1.1"


def county_file(path: Path, *lines: str) -> Path:
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return path


def keep(folder: Path, *lines: str) -> ReferenceSet:
    path = county_file(folder / "counties.csv", *lines)
    return load_reference(folder / "data", "county_ffs", path, "2025")


@pytest.mark.parametrize(
    ("found", "instead", "said"),
    [
        ("2025,", ",", "year: found nothing, expected a year of four digits"),
        ("2025,", "2025.0,", "year: found 2025.0, expected a year of four digits"),
        (",1,10", ",AL,10", "state_id: found AL, expected an SSA state code of one or two digits"),
        (",1,10", ",36.0,10", "state_id: found 36.0, expected an SSA state code"),
        (",1,10", ",1,abc", "county_id: found abc, expected an SSA county code of one to three"),
        (",1,10", ",1,\u00b2", "county_id: found \u00b2, expected an SSA county code"),
        ("13200", "1e30", "per_capita_aged_nondual: found 1e30, expected a number from 0 to below"),
        ("13200", "99999999", "per_capita_aged_nondual: found 99999999, expected a number from 0"),
        ("13200", "-5", "per_capita_aged_nondual: found -5, expected a number from 0 to below"),
        ("13200", '"1.000,50"', "per_capita_aged_nondual: found 1.000,50, expected a number"),
        ("1.1", "90", "risk_aged_nondual: found 90, expected a number from 0 to below 10, or *"),
        ("1.1", "many", "risk_aged_nondual: found many, expected a number from 0 to below 10"),
    ],
)
def test_a_cell_that_is_none_of_a_county_file_is_refused_with_its_line(
    found: str, instead: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        keep(tmp_path, ALDER, BIRCH.replace(found, instead, 1))
    assert [str(it).partition("counties.csv:")[2].startswith(f"3: {said}")
            for it in refused.value.problems] == [True]  # fmt: skip
    assert list(references(tmp_path / "data")) == []


def test_a_line_of_commas_and_a_county_that_stands_twice_are_refused(tmp_path: Path) -> None:
    """Alder stands on lines 2 and 5, after an empty line; the last line is what a sheet leaves."""
    with pytest.raises(InputError) as refused:
        keep(tmp_path, ALDER, "", BIRCH, ALDER.replace("8000", ""), "," * 10)
    assert [str(it).partition("counties.csv:")[2] for it in refused.value.problems] == [
        f"5: SSA county 01000 stands twice in 2025; see {tmp_path}/counties.csv:2",
        "6: the line has no value; remove it",
    ]


def test_a_file_without_rows_is_refused_and_a_cell_of_any_length_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"counties.csv:1: no row stands below the header"):
        keep(tmp_path)
    with pytest.raises(InputError, match=r"counties.csv:2: state_id: found 1111"):
        keep(tmp_path, ALDER.replace(",1,0", f",{'1' * 200_000},0"))


def test_of_many_wrong_lines_the_first_twenty_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        keep(tmp_path, *[f"2025,AL,{it},.,.,8000,0.8,16000,1,9000,0.9" for it in range(23)])
    assert len(refused.value.problems) == 21
    assert str(refused.value.problems[-1]).endswith("counties.csv: and 3 more like these")


def test_a_file_without_a_column_of_figures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "counties.csv"
    path.write_text("Year,State ID,County ID,Per capita ESRD expenditures\n2025,1,0,1\n")
    with pytest.raises(InputError, match=r"counties.csv:1: missing column risk_esrd"):
        load_reference(tmp_path / "data", "county_ffs", path, "2025")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9388.28", Fraction(938828, 100)),
        ("$9,388.28", Fraction(938828, 100)),
        (" 1,234,567 ", Fraction(1234567)),
        (".5", Fraction(1, 2)),
        ("7.", Fraction(7)),
        ("1.000,50", None),
        ("1,00", None),
        ("12,34,567", None),
        ("1e3", None),
        ("-1", None),
        ("\u0663", None),
        ("NaN", None),
        ("", None),
    ],
)
def test_commas_stand_between_thousands_only(text: str, value: Fraction | None) -> None:
    assert number(text) == value


def test_only_the_asked_years_are_read(tmp_path: Path) -> None:
    kept = keep(tmp_path, ALDER, BIRCH.replace("2025", "2024"))
    assert [it.ssa for it in read_counties(kept.parquet, "x", [2024])] == ["01010"]
    assert read_counties(kept.parquet, "x", [2023]) == []


@pytest.fixture
def space(tmp_path: Path) -> Path:
    Workspace.init(tmp_path, Settings(buckets=1))
    return tmp_path


def test_a_version_that_was_wrong_is_removed_and_the_mended_file_kept(
    space: Path, vbc: Vbc
) -> None:
    path = county_file(space / "counties.csv", ALDER)
    where = ("--version", "2025", "--workspace", space)
    assert vbc("reference", "county_ffs", path, *where)[0] == 0
    county_file(path, ALDER, BIRCH)
    code, _, error = vbc("reference", "county_ffs", path, *where)
    assert (code, "`vbc reference county_ffs --version 2025 --remove`" in error) == (2, True)
    code, printed, _ = vbc("reference", "county_ffs", *where, "--remove")
    assert (code, printed) == (0, "county_ffs 2025 (counties.csv) is no longer kept\n")
    assert vbc("reference", "county_ffs", path, *where)[0] == 0
    assert [it.rows for it in references(space / "data")] == [2]


def test_what_is_not_kept_cannot_be_removed(space: Path, vbc: Vbc) -> None:
    path = county_file(space / "counties.csv", ALDER)
    where = ("--workspace", space)
    assert vbc("reference", "county_ffs", path, "--version", "2025", *where)[0] == 0
    for version in ("2024", "../county_ffs/2025"):
        code, _, error = vbc("reference", "county_ffs", "--version", version, "--remove", *where)
        assert code == 2
        assert f"county_ffs: no version {version} is kept; " in error
    code, _, error = vbc("reference", "county_ffs", "--remove", *where)
    assert (code, "--remove: say which set and --version, and no file" in error) == (2, True)
    code, _, error = vbc("reference", "county_ffs", path, "--version", "../up", *where)
    assert (code, "--version: found ../up, expected letters and digits" in error) == (2, True)


def test_the_day_a_file_came_is_kept_with_it(space: Path, vbc: Vbc) -> None:
    """Without a day it is the day of keeping; another day for the same file is refused."""
    path = county_file(space / "counties.csv", ALDER)
    where = ("--version", "2025", "--workspace", space)
    given = ("reference", "county_ffs", path, *where, "--received-on")
    assert vbc(*given, "2026-03-01")[0] == 0
    kept = next(references(space / "data"))
    assert (str(kept.received), kept.loaded_on == "2026-03-01") == ("2026-03-01", False)
    assert "2026-03-01" in vbc("reference", "--workspace", space)[1]
    assert vbc(*given[:-1])[0] == 0
    code, _, error = vbc(*given, "2026-03-02")
    assert code == 2
    assert "is kept as received on 2026-03-01, not 2026-03-02" in error
