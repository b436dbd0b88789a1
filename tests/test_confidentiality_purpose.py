"""No command shows or writes what comes of people's data for a purpose that its source forbids.

Every command with a workspace is walked: it is refused, or it is listed here as one that shows no
data, with the reason. A command that is new is neither, and fails here until somebody decides.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from load_tables import LINE, PERSON, load_it, write_source
from openvbc.cli import app
from openvbc.settings import Settings
from openvbc.workspace import Workspace

NO_DATA = {
    "agreements": "is the register itself",
    "check": "reads contracts, plans, the minute book and the log",
    "contract lan": "reads a contract",
    "contract matrix": "reads contracts",
    "contract new": "writes a contract",
    "listen": "brings data in",
    "load": "brings data in, under the terms that it names",
    "reference": "keeps code sets",
    "risk import": "brings a risk model's tables in",
    "risk packs": "lists risk models",
    "runs": "lists runs and loads by id",
}
"""Commands that show and write nothing of the loaded people, with the reason."""

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "contract diff": ("a", "b", "--settlement", "s"),
    "episodes": ("s",),
    "exchange": ("s", "--salt-file", "salt", "--out", "pack"),
    "explain": ("total",),
    "match apply": ("review.csv",),
    "match show": ("review.csv", "2"),
    "person": ("P1",),
    "region": ("s", "--crosswalk", "ssa_fips.csv"),
    "responsibility": ("matrix.csv", "--services", "services.csv"),
    "sql": ("SELECT 1",),
    "what-if": ("--tin", "123456789"),
    "worker": ("--reduce",),
}
"""What a command must be given before it looks at anything."""


def commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every command below a group, by its whole name."""
    for name, it in group.commands.items():
        whole = f"{above}{name}"
        if hasattr(it, "commands"):
            yield from commands(it, f"{whole} ")
        else:
            yield whole, it


def with_workspace() -> list[str]:
    """The commands that are told which workspace to open."""
    found = commands(typer.main.get_command(app))
    return sorted(name for name, it in found if "workspace" in {each.name for each in it.params})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose only source may be used for research."""
    root = tmp_path_factory.mktemp("purpose") / "w"
    Workspace.init(root, Settings(buckets=1))
    source = write_source(root / "in", person=[PERSON], medical_claim=[LINE])
    load_it(root / "data", source, data_source="Study", permitted_purpose="research", buckets=1)
    return root


OPENED = [name for name in with_workspace() if name not in NO_DATA]


@pytest.mark.parametrize("name", OPENED)
def test_a_forbidden_purpose_is_refused_before_anything_is_read(name: str, root: Path) -> None:
    arguments = [*name.split(" "), *ARGUMENTS.get(name, ()), "--workspace", str(root)]
    answer = CliRunner().invoke(app, arguments)
    said = f"{answer.output}{answer.exception}"
    assert "source Study" in said, (name, said)
    assert "permits research, not" in said


def test_nothing_is_exempt_that_is_no_command() -> None:
    assert sorted(NO_DATA.keys() - with_workspace()) == []


def test_what_is_permitted_is_not_refused(root: Path) -> None:
    """The same source for research: the inventory is shown."""
    answer = CliRunner().invoke(
        app, ["sources", "--dry-run", "--purpose", "research", "--workspace", str(root)]
    )
    assert "source Study" not in f"{answer.output}{answer.exception}"
