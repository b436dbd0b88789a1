"""Contracts without a population in a workspace: settled from facts alone, by strata.

The contract is the hospital of tests/golden/northgate_FY2025; beside it stands an ACO whose
statement needs tables that nobody has built.
"""

import json
from pathlib import Path

import pytest

from conftest import Vbc
from contract_sample import changed, line_of, write_workspace

GOLDEN = Path(__file__).parent / "golden" / "northgate_FY2025"
STRATA = "strata: [ami, copd, hf, pneumonia, cabg, tha_tka]"
SETTLEMENT = (GOLDEN / "settlement.yaml").read_text(encoding="utf-8").partition("\nassert:")[0]


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A workspace with the hospital's contract and its fiscal year 2025, and no data."""
    for name in ("contracts", "settlements", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "vbc.toml").write_text("buckets = 2\n")
    contract = (GOLDEN / "contract.yaml").read_text(encoding="utf-8")
    (tmp_path / "contracts" / "northgate.yaml").write_text(contract)
    settle_as(tmp_path, {})
    return tmp_path


def settle_as(space: Path, changes: dict[str, str]) -> str:
    """The settlement with words replaced; its text."""
    text = changed(SETTLEMENT, changes)
    (space / "settlements" / "northgate_FY2025.yaml").write_text(text, encoding="utf-8")
    return text


def test_a_workspace_without_data_settles_and_explains(vbc: Vbc, space: Path) -> None:
    """$62,500,000 × 0.34 % = $212,500 (tests/golden/northgate_FY2025/README.md)."""
    assert vbc("check", "-w", space)[:2] == (0, "1 contract and 1 settlement resolve.\n")
    code, said, err = vbc("settle", "-w", space)
    assert (code, err) == (0, "")
    assert "pays Northgate Hospital: $62,287,500.00" in said
    statement = json.loads((space / "statements" / "northgate_FY2025.json").read_text())
    assert statement["run_id"] is None
    page = (space / "statements" / "northgate_FY2025.html").read_text(encoding="utf-8")
    assert "Hrrp" not in page  # the component is called as the field calls it
    code, said, _ = vbc("explain", "penalty_indicator", "--at", "stratum=hf", "-w", space)
    assert (code, "hrrp/penalty_indicator@performance,hf" in said) == (0, True)
    code, _, err = vbc("build", "-w", space)
    assert (code, "only `vbc settle`" in err) == (2, True)


def test_a_settlement_that_needs_a_build_does_not_hide_one_that_needs_none(
    vbc: Vbc, tmp_path: Path
) -> None:
    space = write_workspace(tmp_path / "mixed")
    contract = (GOLDEN / "contract.yaml").read_text(encoding="utf-8")
    (space / "contracts" / "northgate.yaml").write_text(contract)
    settle_as(space, {})
    assert vbc("check", "-w", space)[0] == 0
    code, said, err = vbc("settle", "-w", space)
    assert (code, "pays Northgate Hospital" in said) == (2, True)
    assert "nothing is built here yet" in err
    assert (space / "statements" / "northgate_FY2025.json").is_file()
    code, said, _ = vbc("settle", "--json", "-w", space)
    assert code == 2
    found = {it["settlement"]: it for it in json.loads(said)}
    assert {name: it["holds"] for name, it in found.items()} == {
        "lakeside_PY2025": False,
        "northgate_FY2025": True,
    }
    assert found["lakeside_PY2025"]["statement"] is None
    assert "nothing is built" in found["lakeside_PY2025"]["problems"][0]["what"]


FACTS = "/settlements/northgate_FY2025.yaml"


@pytest.mark.parametrize(
    ("changes", "line", "expected"),
    [
        (
            {STRATA: "strata:"},
            None,
            "hrrp settles strata (measures, conditions, categories), and none is named; list them",
        ),
        ({STRATA: "strata: [ami, copd, hf, ami]"}, STRATA, "ami stands twice; name each"),
        ({STRATA: STRATA.replace("]", ", stroke]")}, STRATA, "no value for stratum = stroke"),
        ({"hf: 480": "hff: 480"}, "  eligible_discharges:", "no cell hff; did you mean hf?"),
    ],
)
def test_strata_that_cannot_be_are_refused_before_anything_is_computed(
    vbc: Vbc, space: Path, changes: dict[str, str], line: str | None, expected: str
) -> None:
    """Without strata nothing would be summed, and a hospital would quietly lose nothing."""
    text = settle_as(space, changes)
    place = f":{line_of(text, line[:6] if line is STRATA else line)}" if line else ""
    code, _, err = vbc("check", "-w", space)
    assert code == 2
    assert any(f"{FACTS}{place}: " in it and expected in it for it in err.splitlines()), err
    assert vbc("settle", "-w", space)[0] == 2
    assert not (space / "statements").exists()


def test_without_strata_the_cells_of_the_facts_are_not_told_one_by_one(
    vbc: Vbc, space: Path
) -> None:
    settle_as(space, {STRATA: "strata:"})
    assert len(vbc("check", "-w", space)[2].splitlines()) == 1


def test_a_condition_left_out_stops_the_statement(vbc: Vbc, space: Path) -> None:
    """Without heart failure the reduction would be 0.10 % instead of 0.34 %."""
    settle_as(
        space,
        {
            STRATA: "strata: [ami, copd, pneumonia, cabg, tha_tka]",
            "hf: 480, ": "",
            "hf: 0.2080, ": "",
            "hf: 0.2000, ": "",
            "hf: 0.9900, ": "",
            "hf: 0.0500, ": "",
        },
    )
    code, _, err = vbc("settle", "-w", space)
    assert (code, "names 5 conditions that count; expected all 6" in err) == (2, True)
    assert not (space / "statements").exists()


def test_a_fiscal_year_without_rules_is_told_at_the_settlements_day(vbc: Vbc, space: Path) -> None:
    """Not at the contract's agreement, which has begun long before."""
    text = settle_as(
        space,
        {
            "first_day: 2024-10-01": "first_day: 2030-10-01",
            "last_day: 2025-09-30": "last_day: 2031-09-30",
            "as_of: 2026-03-31": "as_of: 2032-03-31",
        },
    )
    code, _, err = vbc("check", "-w", space)
    assert code == 2
    place = f"{FACTS}:{line_of(text, 'first_day:')}: condition_counts has no value on 2030-10-01"
    assert place in err


def test_a_period_in_two_fiscal_years_is_refused(vbc: Vbc, space: Path) -> None:
    """A calendar year is nine months of one fiscal year and three of the next."""
    text = settle_as(
        space,
        {
            "first_day: 2024-10-01": "first_day: 2025-01-01",
            "last_day: 2025-09-30": "last_day: 2025-12-31",
        },
    )
    code, _, err = vbc("check", "-w", space)
    assert (code, err.count("two federal fiscal years")) == (2, 1)
    assert f"{FACTS}:{line_of(text, 'last_day:')}: the period 2025-01-01 to 2025-12-31" in err


def test_a_population_has_strata_of_its_own(vbc: Vbc, tmp_path: Path) -> None:
    space = write_workspace(tmp_path / "aco")
    path = space / "settlements" / "lakeside_PY2025.yaml"
    path.write_text(path.read_text() + "strata: [esrd]\n")
    code, _, err = vbc("check", "-w", space)
    assert code == 2
    assert "the strata of a contract with a population are its enrolment types" in err
