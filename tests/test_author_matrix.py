"""Contracts of several payers side by side, every quantity in one unit.

A provider group with twelve contracts must see on one page what differs: who bears what, terms and
measures. The ten example contracts and two more, whose terms are written in other components or in
another form, are compared.
"""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from openvbc.author.commands import contract_app
from openvbc.author.matrix import Matrix, Row, matrix
from openvbc.author.matrix_show import SIDE_BY_SIDE, matrix_csv, matrix_html, matrix_text
from openvbc.contract.contract import read_contract
from openvbc.demo import CONTRACTS
from openvbc.errors import InputError
from openvbc.settings import Settings
from openvbc.workspace import Workspace

HEAD = """contract: {id}
title: {id}
parties: {{payer: {{id: {id}P, name: Plan of {id}}}, entity: {{id: E, name: Valley Group}}}}
line_of_business: commercial
agreement: {{start: 2025-01-01}}
components:
"""

VALLEY = """  - shared_savings:
      savings_minimum_rate: 0.015
      savings_entity_share: 0.35
      savings_quality_gate: true
  - pay_for_performance:
      strata: [eye_exam]
      performance_pmpm: {eye_exam: 0.75}
      performance_target: {eye_exam: 0.65}
"""

RIVER = """  - risk_corridor:
      corridor_held_by: payer
      corridor_savings_bands: [{from: 0, to: 0.03, share: 0.2}, {from: 0.03, to: null, share: 0.6}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with twelve contracts."""
    Workspace.init(tmp_path, Settings(buckets=2))
    for path in CONTRACTS.iterdir():
        shutil.copy(path, tmp_path / "contracts")
    for name in ("hillside", "lakeside"):
        people = "tin,npi,ccn,role,group_id,valid_from,valid_to\n900000001,,,,,,\n"
        (tmp_path / "contracts" / f"{name}_participants.csv").write_text(people)
    for name, body in (("valley", VALLEY), ("river", RIVER)):
        (tmp_path / "contracts" / f"{name}.yaml").write_text(HEAD.format(id=name) + body)
    return tmp_path


def twelve(folder: Path) -> Matrix:
    found = matrix(list(Workspace(folder).contracts.values()))
    assert len(found.contracts) == 12
    return found


def row(found: Matrix, section: str, name: str) -> Row:
    return next(it for it in found.rows if (it.section, it.name) == (section, name))


def texts(found: Row) -> dict[str, str]:
    return {name: cell.text for name, cell in found.cells.items()}


def test_the_share_of_savings_is_one_row_whatever_a_component_calls_it(folder: Path) -> None:
    """A track's share is the program's: 40 % of BASIC A, 75 % of ENHANCED (42 CFR 425.605, 610)."""
    found = row(twelve(folder), "common terms", "entity's share of savings")
    assert found.unit == "rate"
    assert texts(found) == {
        "cascade_full": "100%",
        "cascade_partial": (
            "capitation 100%; risk_corridor 0 to 0.02: 1; 0.02 to 0.05: 0.5; from 0.05: 0"
        ),
        "harborview_nested": "episode_bundle 100%; shared_savings 50%",
        "hillside": "40%",
        "lakeside": "75%",
        "meadow_maternity": "100%",
        "river": "0 to 0.03: 0.2; from 0.03: 0.6",
        "summit_knee_hip": "100%",
        "valley": "35%",
    }


def test_a_corridor_held_by_the_entity_shows_what_the_entity_keeps(folder: Path) -> None:
    """Between 2 % and 5 % half changes hands, above it all: the entity keeps 1, 0.5 and 0."""
    found = row(twelve(folder), "common terms", "entity's share of losses")
    assert found.cells["cascade_partial"].value["risk_corridor"] == [
        {"from": "0", "to": "0.02", "share": "1"},
        {"from": "0.02", "to": "0.05", "share": "0.5"},
        {"from": "0.05", "to": None, "share": "0"},
    ]
    assert texts(found)["river"] == "0 to 0.03: 0.2; from 0.03: 0.6"  # as of savings


def test_who_bears_losses_is_said_in_words_with_the_cap(folder: Path) -> None:
    said = texts(row(twelve(folder), "who bears what", "losses"))
    assert said["cascade_full"] == "entity 100%, payer 0%"
    assert said["hillside"] == "entity 0%, payer 100%"
    assert said["lakeside"] == (
        "entity 75%, payer 25%; at most 15% of the benchmark or target"  # 42 CFR 425.610(f), (g)
    )
    assert said["meadow_maternity"] == (
        "entity 50%, payer 50%; at most 3% of the benchmark or target"
    )
    assert said["harborview_nested"].endswith(
        "episode bundle: at most 10%; shared savings: at most 5% of the benchmark or target"
    )
    assert said["prairie_pcmh"] == "no losses are shared"


def test_stop_loss_says_who_bears_one_costly_member(folder: Path) -> None:
    assert texts(row(twelve(folder), "who bears what", "one costly member")) == {
        "cascade_partial": "up to $250,000.00 as losses; entity 10%, stop-loss 90% above"
    }


def test_measures_stand_side_by_side_in_one_unit(folder: Path) -> None:
    found = twelve(folder)
    assert texts(row(found, "measures", "eye exam: target")) == {
        "delta_p4p": "55%",
        "prairie_pcmh": "60%",
        "valley": "65%",
    }
    assert texts(row(found, "measures", "eye exam: at stake for each member and month")) == {
        "delta_p4p": "$1.50",
        "prairie_pcmh": "$0.50",
        "valley": "$0.75",
    }
    # A promise of a guarantee and a target are one thing: a share of people.
    promised = row(found, "measures", "blood pressure control: target")
    assert (promised.unit, texts(promised)) == ("rate", {"foundry_direct": "70%"})


def test_the_hcp_lan_category_stands_in_the_first_section(folder: Path) -> None:
    said = texts(row(twelve(folder), "contract", "HCP-LAN category"))
    assert (said["hillside"], said["lakeside"], said["valley"], said["river"]) == (
        "3A",
        "3B",
        "3A",
        "3N",
    )
    assert set(said) == set(twelve(folder).contracts)


def test_all_terms_say_what_holds_where_one_contract_leaves_a_term_out(folder: Path) -> None:
    """In brackets what the rule takes; nothing where the contract has no such component."""
    found = texts(row(twelve(folder), "all terms", "episode_bundle/bundle_loss_share"))
    assert found == {
        "harborview_nested": "(100%)",
        "meadow_maternity": "50%",
        "summit_knee_hip": "(100%)",
    }


def test_no_term_of_any_contract_is_missing(folder: Path) -> None:
    """Each term that one of the twelve files gives has a row, and its contract a cell in it."""
    found = twelve(folder)
    cells = {(it.name, id_) for it in found.rows for id_ in it.cells if it.section == "all terms"}
    for one in Workspace(folder).contracts.values():
        parts = {it.name for it in one.components}
        given = {
            (f"{part}/{name}", one.id)
            for part in parts & set(one.terms)
            for name in one.terms[part]
        }
        assert given <= cells


# Shown


def test_the_csv_has_a_column_for_each_contract_and_a_row_for_each_line(folder: Path) -> None:
    found = twelve(folder)
    rows = list(csv.reader(io.StringIO(matrix_csv(found))))
    assert rows[0] == ["section", "name", "unit", *found.contracts]
    assert len(rows) == 1 + len(found.rows)
    assert {len(it) for it in rows} == {15}
    share = next(it for it in rows if it[1] == "entity's share of savings")
    assert dict(zip(rows[0], share, strict=True))["lakeside"] == "75%"


def test_the_page_holds_every_cell_and_fetches_nothing(folder: Path) -> None:
    found = twelve(folder)
    page = matrix_html(found)
    assert page.count('<th scope="row">') == len(found.rows)
    assert page.count("<td>") == 12 * len(found.rows)
    assert not any(it in page for it in ("<script", "src=", "href=", "url("))


def test_a_name_with_markup_is_escaped_on_the_page(tmp_path: Path) -> None:
    for name, title in (("a", "<b>&Plan"), ("c", "Other")):
        body = HEAD.format(id=name).replace(f"Plan of {name}", title) + VALLEY
        (tmp_path / f"{name}.yaml").write_text(body)
    page = matrix_html(matrix([read_contract(tmp_path / f"{it}.yaml") for it in "ac"]))
    assert "&lt;b&gt;&amp;Plan" in page
    assert "<b>" not in page


def test_the_terminal_shows_four_contracts_in_a_table(folder: Path) -> None:
    """Twelve columns would be unreadable; a row that none of the four has is left out."""
    page = io.StringIO()
    Console(file=page, width=120, no_color=True).print(matrix_text(twelve(folder)))
    text = page.getvalue()
    assert max(map(len, text.splitlines())) <= 120
    assert text.count("\ncontract ") + text.startswith("contract ") == 12 // SIDE_BY_SIDE
    assert "entity 75%, payer 25%" in " ".join(text.split())


def run(*words: object) -> Result:
    return CliRunner().invoke(contract_app, ["matrix", *map(str, words)])


def test_the_command_compares_all_contracts_of_a_workspace_or_those_named(folder: Path) -> None:
    said = run("--json", "-w", folder)
    found = json.loads(said.stdout)
    assert (said.exit_code, len(found["contracts"])) == (0, 12)
    share = next(it for it in found["rows"] if it["name"] == "entity's share of savings")
    assert (share["unit"], share["values"]["lakeside"], share["values"]["valley"]) == (
        "rate",
        "0.75",
        "0.35",
    )
    named = run("lakeside", "hillside", "--csv", "-w", folder)
    assert named.stdout.splitlines()[0] == "section,name,unit,lakeside,hillside"
    page = folder / "m.html"
    assert run("--html", page, "-w", folder).stdout == ""
    assert "12 contracts compared" in page.read_text()


@pytest.mark.parametrize("names", [("lakeside",), ("lakeside", "lakeside")])
def test_one_contract_alone_and_one_twice_are_refused(folder: Path, names: tuple[str]) -> None:
    refused = run(*names, "-w", folder).exception
    assert isinstance(refused, InputError)
    assert "expected two contracts or more, each id once" in str(refused)
