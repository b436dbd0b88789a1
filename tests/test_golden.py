"""Contracts settled from facts alone, each against an answer worked by hand (tests/golden)."""

import re
from pathlib import Path

import pytest

from golden_case import as_text, folders, settle_folder
from openvbc.parameters import exact
from openvbc.yamlfile import read_yaml

FEWEST = 3
"""A golden folder holds at least so many lines to their hand-worked values."""


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_the_statement_is_as_worked_by_hand(folder: Path) -> None:
    settled = settle_folder(folder)
    assert [*settled.problems, *settled.failed_assertions] == []
    assert len(read_yaml(folder / "settlement.yaml")["assert"]) >= FEWEST
    assert (folder / "statement.txt").read_text(encoding="utf-8") == as_text(settled)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_the_folder_says_where_the_right_answer_comes_from(folder: Path) -> None:
    """Its README shows the arithmetic of every amount asserted."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert re.search(r"\d.*[×+−/].*\d.*=", text), f"{folder.name}: README.md shows no arithmetic"
    digits = re.sub(r"[,$£]", "", text)
    for name, value in read_yaml(folder / "settlement.yaml")["assert"].items():
        if not isinstance(value, str | bool | None):
            plain = re.escape(f"{abs(exact(value)):f}")
            percent = re.escape(f"{(abs(exact(value)) * 100).normalize():f}")
            shown = rf"(?<![\d.])({plain}|{percent} ?%)(?!\d)"
            assert re.search(shown, digits), f"{folder.name}: {name} {value} is not shown"
