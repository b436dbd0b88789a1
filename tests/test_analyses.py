"""`analyses.yaml`: what a workspace computes beside contracts."""

from datetime import date
from pathlib import Path

import pytest

from conftest import Vbc
from openvbc.analyses import FILE, read_analyses
from openvbc.errors import InputError
from openvbc.workspace import Workspace

TWO_YEARS = """\
analyses:
  seniors:
    line_of_business: medicare
    years: [2024, 2025]
    paid_through: {2024: 2025-03-31, 2025: 2026-03-31}
    risk: [cms_hcc_v24, cms_hcc_v28_2025]
    groupers: [elixhauser]
"""


def told(root: Path, text: str) -> list[str]:
    (root / FILE).write_text(text)
    with pytest.raises(InputError) as refused:
        read_analyses(root)
    return [str(it).removeprefix(f"{root}/") for it in refused.value.problems]


def test_each_year_of_an_analysis_is_a_row_with_its_own_day(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(TWO_YEARS)
    found = read_analyses(tmp_path)
    (row,) = found.periods()["2024"]
    assert row == {
        "analysis_id": "seniors/2024",
        "year": 2024,
        "line_of_business": "medicare",
        "first_day": date(2024, 1, 1),
        "last_day": date(2024, 12, 31),
        "paid_through": date(2025, 3, 31),
    }
    (chosen,) = found.chosen()["2025"]
    assert chosen == {
        "analysis_id": "seniors/2025",
        "year": 2025,
        "kind": "grouper",
        "name": "elixhauser",
    }


def test_a_risk_model_without_a_year_is_that_of_each_year(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(TWO_YEARS)
    asked = [(it.risk_model, it.year) for it in read_analyses(tmp_path).asked()]
    assert asked == [
        ("cms_hcc_v24_2024", 2024),
        ("cms_hcc_v28_2025", 2024),
        ("cms_hcc_v24_2025", 2025),
        ("cms_hcc_v28_2025", 2025),
    ]


def test_a_risk_score_looks_at_the_year_before(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(TWO_YEARS)
    assert read_analyses(tmp_path).days()["2024"] == (date(2023, 1, 1), date(2024, 12, 31))


def test_without_the_file_nothing_is_asked(tmp_path: Path) -> None:
    found = read_analyses(tmp_path)
    assert (found.periods(), found.chosen(), [*found.asked()], found.days()) == ({}, {}, [], {})


def test_unknown_names_are_refused_all_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = """\
analyses:
  seniors:
    line_of_business: medicare
    years: [2024, 2025]
    paid_through: {2024: 2025-03-31, 2026: 2027-03-31}
    risk:
      - cms_hcc_v24
      - cms_hcc_v82_2025
    groupers: [elixhausr, charlson, charlson]
"""
    assert told(tmp_path, text) == [
        "analyses.yaml:9: unknown grouper elixhausr; did you mean elixhauser?",
        (
            "analyses.yaml:8: no table pack of risk model cms_hcc_v82_2025 for 2024, 2025; "
            "did you mean cms_hcc_v28_2025?"
        ),
        "analyses.yaml:5: paid_through has no day for 2025; give each year one",
        "analyses.yaml:5: paid_through names 2026, which is none of years",
        "analyses.yaml:9: charlson stands twice; say it once",
    ]


def test_a_key_that_is_misspelt_and_a_day_that_is_none_are_refused(tmp_path: Path) -> None:
    text = TWO_YEARS.replace("groupers", "grouper").replace("2026-03-31", "soon")
    assert told(tmp_path, text) == [
        (
            "analyses.yaml:5: analyses.seniors.paid_through: found keys and values, "
            "expected a day such as 2025-12-31"
        ),
        "analyses.yaml:7: unknown key analyses.seniors.grouper; did you mean groupers?",
    ]


def delivery(root: Path) -> Path:
    """One person with a span of Medicare."""
    folder = root / "delivery"
    folder.mkdir()
    (folder / "person.csv").write_text("person_id,birth_date,sex\nP1,1950-05-01,female\n")
    (folder / "eligibility.csv").write_text(
        "person_id,enrollment_start_date,part_a,part_b,payer,line_of_business\n"
        "P1,2023-01-01,true,true,CMS,medicare\n"
    )
    return folder


def test_a_line_of_business_of_which_nothing_is_loaded_is_refused_with_its_line(
    tmp_path: Path, vbc: Vbc
) -> None:
    """A line is any name, so that only what is loaded says which there are: claims without coverage
    are of one too. Before a load nothing is held to it."""
    vbc("init", tmp_path)
    folder = delivery(tmp_path)
    (folder / "diagnosis.csv").write_text(
        "claim_key,version_number,sequence,person_id,claim_end_date,code_type,code,line_of_business\n"
        "V,1,1,P1,2025-06-30,icd-10-cm,E119,mill_workers\n"
    )
    text = TWO_YEARS.replace("medicare", "medicaer") + "  mill: {line_of_business: mill_workers, "
    (tmp_path / FILE).write_text(f"{text}years: [2025], paid_through: 2026-03-31}}\n")
    assert vbc("check", "--workspace", tmp_path)[::2] == (0, "")
    assert vbc("load", folder, "--workspace", tmp_path)[::2] == (0, "")
    said = (
        f"{tmp_path / FILE}:3: no loaded row is of line_of_business medicaer; did you mean "
        "medicare?\n"
    )
    assert vbc("check", "--workspace", tmp_path)[::2] == (2, said)
    assert vbc("build", "--workspace", tmp_path)[::2] == (2, said)


def test_a_workspace_is_built_for_its_analyses_alone(tmp_path: Path, vbc: Vbc) -> None:
    """No contract and no settlement: months and claims of the years are built, and nothing else."""
    vbc("init", tmp_path)
    code, _, wrong = vbc("load", delivery(tmp_path), "--workspace", tmp_path)
    assert code == 0, wrong
    assert "analyses.yaml" in vbc("build", "--workspace", tmp_path)[2]
    (tmp_path / FILE).write_text(TWO_YEARS)
    code, _, wrong = vbc("build", "--workspace", tmp_path)
    assert code == 0, wrong
    rows = Workspace(tmp_path).run().rows()
    assert (rows["analysis_period"], rows["analysis_choice"], rows["calendar_month"]) == (2, 2, 36)
    assert rows["member_score"] == 4  # one person, two models, two years
