"""The registry of programs is held to the rules, the parameters and what can be recomputed."""

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from openvbc.contract.component import Component, component, component_names
from openvbc.contract.names import Names
from openvbc.errors import InputError
from openvbc.parameters import Parameter, load_program
from openvbc.parameters import programs as with_parameters
from openvbc.programs import Program, find_program, read_registry, registry
from openvbc.replicate.scoreboard import PROGRAMS
from openvbc.report import programs_table
from openvbc.rules.rule import Rule

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


def test_every_component_is_of_one_program_or_has_an_entry_on_the_page_of_components() -> None:
    named = [name for it in registry().values() for name in (*it.components, *it.instead)]
    assert len(named) == len(set(named))
    page = (Path(__file__).parents[1] / "docs" / "components.md").read_text(encoding="utf-8")
    entries = re.findall(r"^### `(\w+)`$", page, re.MULTILINE)
    assert sorted([*named, *entries]) == sorted(component_names())


def test_a_component_in_place_of_another_makes_what_that_one_makes_and_shadows_nothing() -> None:
    for it in registry().values():
        for name, other in it.instead.items():
            parts = [name if part == other else part for part in it.components]
            assert name in parts
            assert Names(list(map(component, parts)), load_program(it.id)).shadowed() == []
            assert {"total_benchmark", "updated_benchmark"} <= {*component(name).results} & {
                *component(other).results
            }


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


def reachable(program: Program, start: Component) -> Iterator[Parameter]:
    """The parameters that a component needs, read on the day a period begins."""
    names = Names([start], load_program(program.id))
    waiting: list[tuple[str, Component]] = [(name, start) for name in start.results]
    seen: set[tuple[str, str]] = set()
    while waiting:
        name, seen_from = waiting.pop()
        if (name, seen_from.name) in seen:
            continue
        seen.add((name, seen_from.name))
        try:
            found = names.find(name, seen_from)
        except InputError:
            continue  # another component of the program computes it
        if isinstance(found, Parameter):
            waiting += [(key, seen_from) for key in found.keys]
            if found.clock in {"performance_year", "fiscal_year"}:
                yield found
        elif isinstance(found[1], Rule):
            waiting += [(argument.name, found[0]) for argument in found[1].arguments]


def paying(program: Program) -> list[Parameter]:
    return list(reachable(program, component(program.components[-1])))


def first_day(program: Program, year: int) -> date:
    """The first day of a program's year; one that began in mid-year began with the program."""
    assert program.years
    day = {"FY": date(year - 1, 10, 1), "April ": date(year, 4, 1)}.get(
        program.years.kind, date(year, 1, 1)
    )
    starts = [parameter.values[0].first for parameter in paying(program)]
    return max(day, *starts) if year == program.years.first else day


@pytest.mark.parametrize(
    "program", [it for it in registry().values() if it.modelled], ids=lambda it: it.id
)
def test_the_years_covered_are_those_in_which_every_parameter_has_a_value(
    program: Program,
) -> None:
    """And in the year after the last at least one refuses: nothing is covered in silence."""
    assert program.years
    needed = paying(program)
    assert needed
    for year in range(program.years.first, program.years.last + 1):
        for parameter in needed:
            assert parameter.on(first_day(program, year)).cite
    after = first_day(program, program.years.last + 1)
    every = [it for name in program.components for it in reachable(program, component(name))]
    assert any(not any(it.covers(after) for it in parameter.values) for parameter in every)


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


def test_the_list_of_programs_fits_a_narrow_terminal() -> None:
    """Nothing is cut off."""
    printed = io.StringIO()
    Console(file=printed, width=80).print(programs_table(list(registry().values())))
    said = printed.getvalue()
    assert "…" not in said
    for it in registry().values():
        assert it.id in said
        assert str(it.years or "") in said


def test_an_unknown_program_is_told_what_may_have_been_meant() -> None:
    with pytest.raises(
        InputError, match=r"msp: is no program of the registry; did you mean mssp\?"
    ):
        find_program("msp")
    with pytest.raises(InputError, match="known: access"):
        find_program("zzz")


def test_the_command_lists_one_or_all(vbc: Any) -> None:
    code, out, _ = vbc("programs")
    assert (code, "mssp" in out) == (0, True)
    code, out, _ = vbc("programs", "mssp")
    assert (code, "42 CFR part 425" in out) == (0, True)
    assert vbc("programs", "mspp")[0] == 2
