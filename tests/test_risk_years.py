"""Whose risk adjustment method scores a benchmark year: 42 CFR 425.659(b)(1)(i)-(iii).

Agreements of the Shared Savings Program that began before 2024 score each benchmark year by the
method of that year; later ones score all years by that of the performance year. ANN (born 15
January 1950, diabetes with complications) is 72 in 2022 and 75 in 2025; the factors are CMS's
published ones of the community, aged, not dual.
"""

from pathlib import Path

import pytest

from contract_sample import changed, refused_settlement
from openvbc.workspace import Workspace
from risk_sample import delivery, write_contract
from test_risk_build import run

BEFORE_2024 = {
    "agreement: {start: 2025-01-01, end: 2029-12-31, number: 1}": (
        "agreement: {start: 2023-01-01, end: 2027-12-31, number: 1}"
    )
}
RISK = """\
risk:
  model: cms_hcc_v28
  years:
    2020: given
    2021: {model: cms_hcc_v24}
    2022: {model: cms_hcc_v24}
  demographic: hcc_demographics
"""


def space(root: Path, risk: str, changes: dict[str, str] = BEFORE_2024) -> Workspace:
    run("init", root, "--buckets", 1)
    write_contract(root, risk)
    contract = root / "contracts" / "lakeside.yaml"
    contract.write_text(changed(contract.read_text(), changes))
    return Workspace(root)


def models(workspace: Workspace, stratum: str = "aged_nondual") -> dict[str, list[str]]:
    """Period → the packs that score it."""
    (settlement,) = workspace.settlements.values()
    found: dict[str, list[str]] = {row["role"]: [] for row in settlement.contract_periods()}
    for row, of, part in settlement.risk_parts():
        if of == stratum:
            found[row["role"]].append(part.risk_model)
    return found


def test_before_2024_each_benchmark_year_has_its_own_method(tmp_path: Path) -> None:
    """No pack of V28 is of 2022: years: says what scored it then. 2020 counts as loaded."""
    assert models(space(tmp_path, RISK)) == {
        "base_1": [],
        "base_2": ["cms_hcc_v24_2021"],
        "base_3": ["cms_hcc_v24_2022"],
        "performance": ["cms_hcc_v28_2025"],
    }


def test_from_2024_all_years_have_the_method_of_the_performance_year(tmp_path: Path) -> None:
    risk = "risk:\n  model: cms_hcc_v28\n  demographic: hcc_demographics\n"
    found = models(space(tmp_path, risk, {}))
    assert len(found) == 4
    assert set(map(tuple, found.values())) == {("cms_hcc_v28_2025",)}


def test_from_2024_a_benchmark_year_has_no_method_of_its_own(tmp_path: Path) -> None:
    """years: names the method of a performance year, which then scores the benchmark years too."""
    risk = "risk:\n  model: cms_hcc_v28\n  years: {2025: {model: cms_hcc_v24}}\n"
    found = models(space(tmp_path / "own", risk, {}))
    assert set(map(tuple, found.values())) == {("cms_hcc_v24_2025",)}
    (problem,) = refused_settlement(
        tmp_path, {}, {"components:": f"{risk.replace('2025:', '2022:')}components:"}
    )
    assert "2022 is no year whose method scores this agreement's people" in problem


def test_a_blend_of_another_performance_year_changes_no_score_of_this_one(tmp_path: Path) -> None:
    """The blend of 2024 is normalized, as blends are; the years of PY2025 have none."""
    blend = "    2024: {blend: {cms_hcc_v24: 0.67, cms_hcc_v28: 0.33}}\n  demographic"
    (settlement,) = space(tmp_path, RISK.replace("  demographic", blend)).settlements.values()
    assert {part.normalization_e9 for _, _, part in settlement.risk_parts()} == {10**9}


def test_end_stage_renal_disease_has_its_models_by_year_too(tmp_path: Path) -> None:
    """Only 2022's entry names a model for it; in the other years the loaded scores count."""
    own = "2022: {model: cms_hcc_v24, esrd: esrd_v21_2026}"
    risk = RISK.replace("2022: {model: cms_hcc_v24}", own)
    found = models(space(tmp_path, risk), "esrd")
    assert found == {"base_1": [], "base_2": [], "base_3": ["esrd_v21_2026"], "performance": []}


def test_a_score_of_a_benchmark_year_is_of_that_years_factors(tmp_path: Path) -> None:
    """ANN in 2022, V24: F70_74 0.386 + HCC18 0.302 = 0.688; in 2025, V28: 0.465 + 0.166."""
    workspace = space(tmp_path / "w", RISK)
    run("load", delivery(tmp_path / "delivery"), "--workspace", workspace.root)
    run("build", "--workspace", workspace.root)
    engine = workspace.run().open("300MB", 1)
    scores = engine.rows(
        "SELECT period_id, hcc_score_e9 FROM person_risk WHERE person_id = 'ANN' "
        "AND period_id IN ('PY2025.base_3', 'PY2025') ORDER BY 1"
    )
    engine.close()
    assert scores == [("PY2025", 631_000_000), ("PY2025.base_3", 688_000_000)]


@pytest.mark.parametrize(
    ("risk", "said"),
    [
        (  # one pack for all years is not the method of each
            "risk:\n  model: cms_hcc_v28_2025\n  demographic: hcc_demographics\n",
            "cms_hcc_v28_2025 is one for all of 2020, 2021, 2022",
        ),
        (  # V28 was not there in 2022
            RISK.replace("    2022: {model: cms_hcc_v24}\n", ""),
            "no table pack cms_hcc_v28_2022",
        ),
        (
            RISK.replace("2022: {model: cms_hcc_v24}", "2022: {esrd: esrd_v21_2026}"),
            "say either model: or blend:",
        ),
        (
            RISK.replace("2022: {model: cms_hcc_v24}", "2022: {blend: {cms_hcc_v24: 0.5}}"),
            "shares sum to 0.5, expected 1",
        ),
        (  # a slip of the pen would leave 2022 without its method
            RISK.replace("2022:", "2202:").replace("cms_hcc_v28", "cms_hcc_v24"),
            "2202 is no year whose method scores this agreement's people",
        ),
        (
            RISK.replace("2022:", '"2022":'),
            "risk.years.2022: expected a year such as 2022:",
        ),
        (
            RISK.replace("2022: {model:", "2022: {modle:"),
            "risk.years: expected a year such as 2022: with model:",
        ),
        (
            RISK.replace("2020: given", "2020: gven"),
            "risk.years: expected a year such as 2022:",
        ),
    ],
)
def test_what_a_clause_may_not_say(tmp_path: Path, risk: str, said: str) -> None:
    changes = {**BEFORE_2024, "components:": f"{risk}components:"}
    (problem,) = refused_settlement(tmp_path, {}, changes)
    assert said in problem
