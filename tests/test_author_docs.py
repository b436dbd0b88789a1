"""The examples of docs/contracts.md run, and print what the page shows."""

import io
import shutil
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from openvbc.author.diff import diff, diff_table
from openvbc.author.lan import CATEGORIES
from openvbc.author.request import New
from openvbc.author.scaffold import new_contract
from openvbc.demo import CONTRACTS, SETTLEMENTS
from openvbc.errors import InputError
from openvbc.publish import check_workspace
from openvbc.settings import Settings
from openvbc.workspace import Workspace
from test_docs import FENCE

TEXT = (Path(__file__).parents[1] / "docs" / "contracts.md").read_text("utf-8")
SHOWN = {name or language: body for language, name, body in FENCE.findall(TEXT)}


def test_the_new_contract_of_the_page_is_refused_as_it_shows(tmp_path: Path) -> None:
    space = Workspace.init(tmp_path, Settings(buckets=2))
    asked = New(
        "harbor",
        "Harbor Health Plan",
        "Northside Medical Group",
        ("capitation", "withhold"),
        date(2026, 1, 1),
        strata={"capitation": ("adult", "senior")},
    )
    contract, _ = new_contract(tmp_path, asked)
    assert SHOWN["excerpt"] in contract.read_text("utf-8")
    with pytest.raises(InputError) as error:
        check_workspace(space)
    found = [str(it).removeprefix(f"{tmp_path}/") for it in error.value.problems]
    assert found == SHOWN["refused"].splitlines()


def test_the_dollars_of_the_page_are_those_of_its_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    space = Workspace.init(tmp_path, Settings(buckets=2))
    shutil.copy(CONTRACTS / "cascade_partial.yaml", tmp_path / "contracts")
    shutil.copy(SETTLEMENTS / "cascade_partial_PY2025.yaml", tmp_path / "settlements")
    text = (CONTRACTS / "cascade_partial.yaml").read_text("utf-8")
    Path("other.yaml").write_text(text.replace("share: 0.5}", "share: 0.4}"), encoding="utf-8")
    found = diff("cascade_partial", "other.yaml", space, "cascade_partial_PY2025")
    page = io.StringIO()
    Console(file=page, width=110, no_color=True).print(diff_table(found))
    printed = "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())
    assert printed.endswith(SHOWN["amounts"])


def test_the_page_names_every_category_that_can_be_derived() -> None:
    assert [it for it in CATEGORIES if it != "1" and it not in TEXT] == []
