"""The registry of programs is held to the rules, the parameters and what can be recomputed."""

import re
from pathlib import Path
from typing import Any

import pytest

from openvbc.contract.component import component_names
from openvbc.errors import InputError
from openvbc.parameters import programs as with_parameters
from openvbc.programs import find_program, read_registry, registry
from openvbc.replicate.scoreboard import PROGRAMS

ENTRY = """\
toy:
  title: Toy
  agency: CMS
  authority: 42 CFR 1
  status: final
  years: {kind: PY, first: 2020, last: 2021}
  components: [toy]
  verified: a golden folder
  checked: 2026-11-22
"""


def test_every_program_with_parameters_is_registered_as_modelled() -> None:
    assert set(with_parameters()) == {it.id for it in registry().values() if it.modelled}


def test_every_component_is_named_by_exactly_one_program() -> None:
    named = [name for it in registry().values() for name in it.components]
    assert sorted(named) == sorted(component_names())


def test_every_program_that_can_be_recomputed_says_so() -> None:
    recomputed = {it.id for it in registry().values() if "published" in it.verified}
    assert recomputed == set(PROGRAMS)


def test_every_program_of_the_issue_is_listed_modelled_or_with_the_reason() -> None:
    named = {"mssp", "eom", "kcc", "iota", "guide", "access", "ahead", "pcf", "mcp", "cjr_x"}
    assert named <= set(registry())


def test_a_modelled_program_has_a_page_and_a_golden_folder_or_published_rows() -> None:
    root = Path(__file__).parents[1]
    golden = {
        re.search(r"^program: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]  # type: ignore[index]
        for path in (root / "tests" / "golden").glob("*/contract.yaml")
    }
    for it in registry().values():
        if it.modelled and it.id != "mssp":
            assert (root / "docs" / "programs" / f"{it.id}.md").is_file(), it.id
            assert it.id in golden | set(PROGRAMS), it.id


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("status: final", "status: planned", "found status planned, expected ended, final"),
        ("  agency: CMS\n", "", "toy: lacks 'agency'"),
        ("  verified: a golden folder\n", "", "toy: lacks 'verified'"),
        ("  years: {kind: PY, first: 2020, last: 2021}\n", "", "or the reason for none"),
        ("checked: 2026-11-22", "checked: lately", "expected a day such as 2026-11-22"),
    ],
)
def test_a_wrong_entry_is_refused_at_its_line(
    old: str, new: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "programs.yaml"
    path.write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=rf"programs.yaml:\d: .*{re.escape(expected)}"):
        read_registry(path)


def test_an_unknown_program_is_told_what_may_have_been_meant() -> None:
    with pytest.raises(
        InputError, match=r"msp: is no program of the registry; did you mean mssp\?"
    ):
        find_program("msp")
    with pytest.raises(InputError, match="known: mssp"):
        find_program("zzz")


def test_the_command_lists_one_or_all(vbc: Any) -> None:
    code, out, _ = vbc("programs")
    assert (code, "mssp" in out) == (0, True)
    code, out, _ = vbc("programs", "mssp")
    assert (code, "42 CFR part 425" in out) == (0, True)
    assert vbc("programs", "mspp")[0] == 2
