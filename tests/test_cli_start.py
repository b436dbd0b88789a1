"""A command starts with what it needs, and every command is found where the table says it is.

To import everything takes seconds of CPU; an explanation takes less than one.
"""

import subprocess
import sys
from inspect import cleandoc
from pathlib import Path

import pytest
from typer.main import get_command

from conftest import Vbc
from openvbc.cli import COMMANDS, app
from openvbc.console import Late, LateCommands

HEAVY = {"duckdb", "sqlglot", "jinja2", "openvbc.workspace", "openvbc.contract.contract"}


def imported(*words: str) -> set[str]:
    """The modules that a process has after a command line."""
    code = (
        "import sys; from openvbc.cli import main; sys.argv = ['vbc', *sys.argv[1:]]\n"
        "try:\n    main()\n"
        "except SystemExit:\n    print('modules', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], check=True, capture_output=True, text=True
    )
    return set(done.stdout.splitlines()[-1].split(" ")[1:])


@pytest.mark.parametrize("words", [("--version",), ("explain", "--help"), ("--help",)])
def test_a_start_that_needs_no_engine_and_no_contract_imports_none(words: tuple[str, ...]) -> None:
    found = imported(*words)
    assert "openvbc.console" in found
    assert found & HEAVY == set()


def test_an_explanation_takes_the_settlement_from_its_own_file(tmp_path: Path) -> None:
    """The contract that it names is not there, and nobody looks for it."""
    (tmp_path / "vbc.toml").write_text("")
    (tmp_path / "settlements").mkdir()
    (tmp_path / "settlements" / "y.yaml").write_text("contract: lake\nperiod: 'PY2025'\n")
    found = imported("explain", "x", "--settlement", "lake_PY2025", "-w", str(tmp_path))
    assert "openvbc.explain.chosen" in found
    assert found & {"openvbc.workspace", "openvbc.contract.contract"} == set()


def test_every_command_is_where_the_table_says_under_its_name_with_its_help() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert list(commands) == list(COMMANDS)
    for name, it in commands.items():
        assert it.name == name
        assert it.help, name


def test_the_list_of_commands_says_of_each_what_its_own_help_says() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for name, it in commands.items():
        assert COMMANDS[name].says() == cleandoc(it.help), name


def test_the_list_of_commands_leaves_every_command_as_it_is(vbc: Vbc) -> None:
    assert "churn" in vbc("--help")[1]
    assert "Example: vbc programs team" in vbc("programs", "--help")[1]
    assert vbc("programs", "team")[0] == 0


def test_a_command_is_imported_when_it_is_first_looked_at() -> None:
    late = LateCommands({"gone": Late("openvbc.nowhere:gone"), "check": COMMANDS["check"]})
    assert list(late) == ["gone", "check"]
    assert late["check"] is late["check"]
    with pytest.raises(ModuleNotFoundError, match="No module named"):
        late["gone"]
    assert "none" not in late
