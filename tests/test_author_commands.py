"""The commands below `vbc contract`, as a user types them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from openvbc import console
from openvbc.author.commands import contract_app
from openvbc.demo import CONTRACTS, SETTLEMENTS
from openvbc.settings import Settings
from openvbc.workspace import Workspace

Contract = Callable[..., tuple[int, str, str]]
FLAGS = ("--payer", "Harbor", "--entity", "North", "--start", "2026-01-01")


@pytest.fixture
def contract(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Contract:
    """Run `vbc contract …`; its exit code, standard output and standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["vbc contract", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            console.run(contract_app)
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Workspace.init(tmp_path, Settings(buckets=2))
    for name in ("cascade_full", "cascade_partial"):
        shutil.copy(CONTRACTS / f"{name}.yaml", tmp_path / "contracts")
        shutil.copy(SETTLEMENTS / f"{name}_PY2025.yaml", tmp_path / "settlements")
    return tmp_path


def test_a_schema_is_printed(contract: Contract) -> None:
    code, printed, _ = contract("schema", "settlement")
    assert (code, json.loads(printed)["title"]) == (0, "OpenVBC settlement")
    for kind in ("statement", "distribution"):
        code, printed, _ = contract("schema", kind)
        assert (code, json.loads(printed)["$id"]) == (0, f"openvbc.{kind}/1")
    code, _, said = contract("schema", "statment")
    assert (code, "did you mean statement?" in said) == (2, True)


def test_a_new_contract_is_written_from_flags(contract: Contract, folder: Path) -> None:
    words = ("new", "harbor", *FLAGS, "--components", "withhold", "-w", folder)
    code, printed, _ = contract(*words)
    assert code == 0
    assert "harbor.yaml: fill in what is empty" in printed
    code, _, wrong = contract(*words)
    assert code == 2
    assert "is there already" in wrong


def test_without_a_terminal_what_is_missing_is_refused_by_its_option(
    contract: Contract, folder: Path
) -> None:
    code, _, wrong = contract("new", "harbor", "-w", folder)
    assert code == 2
    said = [line.partition(":")[0] for line in wrong.splitlines()]
    assert said == ["--payer", "--entity", "--components"]


def test_on_a_terminal_a_short_dialogue_asks(
    contract: Contract, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["capitation", "adult, senior", "Harbor Health", "North"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    code, _, _ = contract("new", "harbor", "-w", folder)
    written = (folder / "contracts" / "harbor.yaml").read_text("utf-8")
    assert code == 0
    assert "strata: [adult, senior]" in written
    assert 'name: "Harbor Health"' in written


def test_two_contracts_are_compared_in_words_and_dollars(contract: Contract, folder: Path) -> None:
    names = ("cascade_full", "cascade_partial")
    code, printed, _ = contract("diff", *names, "-w", folder)
    assert code == 0
    assert "risk_corridor/corridor_held_by" in printed
    settlement = ("--settlement", "cascade_partial_PY2025")
    other = folder / "other.yaml"
    text = (CONTRACTS / "cascade_partial.yaml").read_text("utf-8")
    other.write_text(text.replace("share: 0.5}", "share: 0.4}"), encoding="utf-8")
    code, printed, _ = contract("diff", names[1], other, *settlement, "--json", "-w", folder)
    # 10 % of the $1,080,000 between 2 and 4 % of $54,000,000
    assert json.loads(printed)["amounts"][-1]["difference"] == "108000.00"


def test_the_category_is_shown_with_its_reason(contract: Contract, folder: Path) -> None:
    code, printed, _ = contract("lan", "cascade_full", "-w", folder)
    assert code == 0
    assert "4N" in printed
    code, printed, _ = contract("lan", CONTRACTS / "prairie_pcmh.yaml", "--json")
    assert json.loads(printed)["category"] == "2C"
