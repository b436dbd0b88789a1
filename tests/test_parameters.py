"""Parameters: every value is dated, cited and alone in its day; a day without one is refused."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from contract_sample import said
from openvbc.errors import InputError
from openvbc.parameters import (
    CLOCKS,
    DatedValue,
    Parameter,
    code_lists,
    exact,
    load_program,
    programs,
    read_parameters,
)
from openvbc.rules.rule import UNITS

ALL = [it for program in programs() for it in load_program(program).values()]


@pytest.mark.parametrize("parameter", ALL, ids=lambda it: it.name)
def test_every_value_is_dated_and_cited_and_the_dates_do_not_overlap(parameter: Parameter) -> None:
    assert parameter.says
    assert parameter.unit in UNITS | {"years"}
    assert parameter.clock in CLOCKS
    for dated in parameter.values:
        assert len(dated.cite) > len("42 CFR ")
        assert dated.last is None or dated.first <= dated.last
        file, _, line = dated.where.rpartition(":")
        assert file.startswith(("cms/", "nhs_england/"))
        assert int(line) > 0
    for one, other in pairwise(parameter.values):
        assert one.last
        assert one.last < other.first


@pytest.mark.parametrize("parameter", ALL, ids=lambda it: it.name)
def test_no_day_between_the_first_and_the_last_is_left_out(parameter: Parameter) -> None:
    assert len(parameter.covered()) == 1


def test_every_code_list_has_a_note_that_cites_it() -> None:
    assert {path.with_suffix(".md").exists() for path in code_lists().values()} == {True}


def parameter(*ranges: tuple[date, date | None]) -> Parameter:
    values = tuple(
        DatedValue(first, last, exact(number), "law 1", None, "cms/x.yaml:3")
        for number, (first, last) in enumerate(ranges)
    )
    return Parameter("rate", "a rate", "rate", "performance_year", (), values)


def test_a_day_is_in_force_from_the_first_to_the_last(tmp_path: Path) -> None:
    found = parameter((date(2024, 1, 1), date(2024, 12, 31)), (date(2025, 1, 1), None))
    days = [date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(2090, 1, 1)]
    assert [int(found.on(day).value) for day in days] == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("ranges", "day", "covered"),
    [
        ([(date(2024, 1, 1), date(2025, 12, 31))], date(2026, 1, 1), "2024-01-01 to 2025-12-31"),
        ([(date(2024, 1, 1), None)], date(2023, 12, 31), "2024-01-01 to open"),
        (
            [(date(2024, 1, 1), date(2024, 12, 31)), (date(2025, 1, 1), date(2025, 6, 30))],
            date(2026, 1, 1),
            "2024-01-01 to 2025-06-30",  # ranges that meet are one
        ),
        (
            [(date(2020, 1, 1), date(2020, 12, 31)), (date(2022, 1, 1), None)],
            date(2021, 5, 5),
            "2020-01-01 to 2020-12-31 and 2022-01-01 to open",  # a gap is said
        ),
    ],
)
def test_a_day_without_a_value_is_refused_with_what_is_covered(
    ranges: list[tuple[date, date | None]], day: date, covered: str
) -> None:
    with pytest.raises(InputError) as caught:
        parameter(*ranges).on(day)
    assert said(caught.value, Path("/")) == [
        f"cms/x.yaml: rate has no value on {day}; covered {covered}"
    ]


def test_an_unknown_program_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="msspp: no such program; did you mean mssp"):
        load_program("msspp")


GOOD = """\
program: toy
parameters:
  rate:
    says: a rate
    unit: rate
    clock: performance_year
    values:
      - {from: 2024-01-01, to: 2024-12-31, value: 0.10, cite: law 1}
      - {from: 2025-01-01, value: 0.20, cite: law 2, checked: 2026-01-31}
"""


def write(folder: Path, old: str = "", new: str = "") -> Path:
    path = folder / "toy.yaml"
    path.write_text(GOOD.replace(old, new) if old else GOOD)
    return path


def test_a_file_is_read_with_the_line_of_every_value(tmp_path: Path) -> None:
    found = read_parameters(write(tmp_path))["rate"]
    assert [str(it.value) for it in found.values] == ["0.10", "0.20"]
    assert [it.where for it in found.values] == [f"{tmp_path}/toy.yaml:8", f"{tmp_path}/toy.yaml:9"]
    assert found.values[1].checked == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    unit: rate\n", "", "toy.yaml:3: rate lacks 'unit'"),
        (", cite: law 1", "", "toy.yaml:3: rate lacks 'cite'"),
        ("cite: law 1", "cite: ''", "toy.yaml:8: rate: a value without a citation"),
        (
            "clock: performance_year",
            "clock: noon",
            (
                "toy.yaml:8: rate: unknown clock 'noon'; known: agreement_start, benchmark_year, "
                "fiscal_year, performance_year, service_date"
            ),
        ),
        (
            "to: 2024-12-31",
            "to: 2023-12-31",
            "toy.yaml:8: rate: to 2023-12-31 is before from 2024-01-01",
        ),
        (
            "to: 2024-12-31",
            "to: 2025-01-01",
            (
                "toy.yaml:9: rate: from 2025-01-01 begins before the value above ends; give the "
                "value above a `to:` before it"
            ),
        ),
        (
            ", to: 2024-12-31",
            "",
            (
                "toy.yaml:9: rate: from 2025-01-01 begins before the value above ends; give the "
                "value above a `to:` before it"
            ),
        ),
        (
            "from: 2024-01-01",
            "from: early",
            "toy.yaml:3: rate: found 'early', expected a day such as 2025-01-01",
        ),
        (
            "    values:",
            "    by: track\n    values:",
            "toy.yaml:3: rate: by: found 'track', expected a list such as [track]",
        ),
        (
            GOOD[GOOD.index("    values:") :],
            "    values: []\n",
            "toy.yaml:3: rate: values: expected a list with at least one dated value",
        ),
    ],
)
def test_a_file_with_a_mistake_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_parameters(write(tmp_path, old, new))
    assert said(caught.value, tmp_path) == [expected]


def test_a_file_says_what_to_do_on_a_day_before_or_after_its_values(tmp_path: Path) -> None:
    """The last value ends, so that there is a day after it; in a gap nothing is said."""
    ended = GOOD.replace("from: 2025-01-01,", "from: 2026-01-01, to: 2026-12-31,")
    path = tmp_path / "toy.yaml"
    path.write_text(f"{ended}\nbefore: name the old one\nafter: name the new one\n")
    rate = read_parameters(path)["rate"]
    found = {}
    for day in (date(2023, 1, 1), date(2025, 1, 1), date(2027, 1, 1)):
        with pytest.raises(InputError) as caught:
            rate.on(day)
        found[day.year] = str(caught.value).partition(" covered ")[2]
    ranges = "2024-01-01 to 2024-12-31 and 2026-01-01 to 2026-12-31"
    assert found == {
        2023: f"{ranges}; name the old one",
        2025: ranges,
        2027: f"{ranges}; name the new one",
    }


def test_a_program_is_read_from_all_its_files_and_says_what_is_wrong_with_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    (tmp_path / "more.yaml").write_text(GOOD)
    (tmp_path / "wrong.yaml").write_text(
        GOOD.replace("  rate:", "  other:").replace(" law 1", " ''")
    )
    monkeypatch.setattr("openvbc.parameters.PARAMETERS_FOLDER", tmp_path)
    with pytest.raises(InputError) as caught:
        load_program("toy")
    assert said(caught.value, tmp_path) == [
        "toy.yaml:8: rate is declared twice",
        "wrong.yaml:8: other: a value without a citation",
    ]


def test_keys_pick_the_entry_of_a_value_and_a_wrong_one_is_named() -> None:
    first = DatedValue(
        date(2024, 1, 1), None, exact({"Basic": {1: 0}, "flat": 5}), "law", None, "cms/x.yaml:3"
    )
    found = Parameter("rate", "", "rate", "performance_year", ("track", "year"), (first,))
    assert found.pick(first, ("basic", "1")) == 0
    with pytest.raises(InputError, match="no value for track = other; known: basic, flat"):
        found.pick(first, ("other", "1"))
    with pytest.raises(InputError, match="no value for year = 1; known: none"):
        found.pick(first, ("flat", "1"))
