"""`vbc generate`: canonical tables into a folder, or the same people in the formats asked for."""

import hashlib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from openvbc.errors import InputError
from openvbc.generate.command import generate_command


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(generate_command)
    return CliRunner().invoke(app, ["--members", "100", "--years", "1", *arguments])


def digests(folder: Path) -> dict[str, str]:
    files = sorted(it for it in folder.rglob("*") if it.is_file())
    return {
        str(it.relative_to(folder)): hashlib.sha256(it.read_bytes()).hexdigest() for it in files
    }


def test_formats_stand_beside_the_tables_that_they_were_rendered_from(tmp_path: Path) -> None:
    """The canonical tables are those of a run without formats, byte for byte, and more beside."""
    assert run(str(tmp_path / "plain")).exit_code == 0
    shown = run("--as", "tuva", "--as", "834", "--out", str(tmp_path / "out"))
    assert shown.exit_code == 0
    assert {it.name for it in (tmp_path / "out").iterdir()} == {"population", "tuva", "834"}
    plain, rendered = digests(tmp_path / "plain"), digests(tmp_path / "out" / "population")
    assert plain.items() < rendered.items()
    assert {it.split("/")[-1] for it in rendered.keys() - plain.keys()} == {
        "coverage_change.parquet",
        "crossover-00000.parquet",
        "part-00000.parquet",
        "person_identifier.parquet",
    }
    # what each format cannot say, and why
    assert "load kind tuva" in shown.stdout
    assert "the input layer holds final claims" in shown.stdout


def test_the_same_seed_gives_the_same_bytes_in_every_format(tmp_path: Path) -> None:
    asked = [
        part for name in ("cclf", "eob", "837", "835", "834", "adt") for part in ("--as", name)
    ]
    for name in ("one", "two"):
        assert run(*asked, str(tmp_path / name)).exit_code == 0
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


@pytest.mark.parametrize("named", [[], ["a", "--out", "b"]])
def test_one_folder_must_be_named(named: list[str]) -> None:
    refused = run(*named).exception
    assert isinstance(refused, InputError)
    assert str(refused) == f"folder: found {len(named[:2])}, expected one; name FOLDER or --out DIR"
