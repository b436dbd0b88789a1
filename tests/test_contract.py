"""Contracts and settlements as they are read: what fits, and every way not to fit, with its line.

The sample's contract is an ENHANCED agreement from 2025, its settlement performance year 2025.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from contract_sample import (
    CONTRACT,
    PARTICIPANTS,
    contract,
    line_of,
    refused_contract,
    said,
)
from openvbc.contract.contract import read_contract
from openvbc.contract.participants import read_participants
from openvbc.contract.population import (
    contract_participants,
)
from openvbc.errors import InputError

# Contracts


def test_a_contract_keeps_its_terms_with_file_and_line(tmp_path: Path) -> None:
    found = contract(tmp_path)
    assert [it.name for it in found.components] == [
        "mssp_expenditure",
        "mssp_benchmark",
        "mssp_settlement",
    ]
    track = found.term("track")
    assert track
    assert (track.value, track.where) == ("enhanced", f"{tmp_path}/lakeside.yaml:19")
    assert track.cited == f"{tmp_path.name}/lakeside.yaml:19"
    number = found.term("agreement_number")
    assert number
    assert (number.value, number.cited) == (Decimal(1), f"{tmp_path.name}/lakeside.yaml:8")
    assert found.term("quality_score") is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "run_out_months: 3",
            "runout_months: 3",
            "unknown key population.runout_months; did you mean run_out_months?",
        ),
        (
            "title: Lakeside ACO\n",
            "titel: Lakeside ACO\n",
            "title is missing",
        ),
        (
            "number: 1",
            "number: one",
            "agreement.number: found 'one', expected a whole number",
        ),
        ("number: 1", "number: true", "agreement.number: found True, expected a whole number"),
        (
            "number: 1",
            "number: 0",
            "agreement.number: found 0, expected greater than or equal to 1",
        ),
        (
            "start: 2025-01-01",
            "start: 20250101",
            "agreement.start: found 20250101, expected a day such as 2025-12-31",
        ),
        (
            "start: 2025-01-01",
            "start: 1.1.2025",
            "agreement.start: found '1.1.2025', expected a day such as 2025-12-31",
        ),
        (
            "start: 2025-01-01",
            "start: 2025-01-01T10:00:00",
            "agreement.start: found 2025-01-01T10:00:00, expected a day such as 2025-12-31",
        ),
        (
            "assignment: retrospective",
            "assignment: retro",
            "population.assignment: found 'retro', expected 'retrospective' or 'prospective'",
        ),
        (
            "contract: lakeside",
            "contract: 2025",
            "contract: found 2025, expected text (in quotes if it looks like a number or a date)",
        ),
        (
            "contract: lakeside",
            "contract: ../lakeside",
            (
                "contract: found '../lakeside', expected letters, digits, _ and -, "
                "a letter or digit first"
            ),
        ),
        (
            "{id: A1001, name: Lakeside ACO}",
            "[A1001]",
            "parties.entity: found a list, expected keys and values",
        ),
        (
            "2029-12-31",
            "2024-12-31",
            "agreement ends on 2024-12-31, before its start on 2025-01-01",
        ),
        (
            "program: mssp",
            "program: msspp",
            "program msspp: no such program; did you mean mssp?",
        ),
        (
            "  - mssp_benchmark\n",
            "  - mssp_benchmrk\n",
            "no such component; did you mean mssp_benchmark?",
        ),
        (
            "  - mssp_benchmark\n",
            "  - mssp_expenditure\n",
            "component mssp_expenditure stands here twice",
        ),
        (
            "  - mssp_settlement:\n      track: enhanced\n      elected",
            "  - mssp_settlement:\n    track: enhanced\n    elected",
            (
                "components.2.track: expected the name of a component, or `name:` with its terms "
                "indented below the name"
            ),
        ),
        (
            (
                "  - mssp_benchmark\n  - mssp_settlement:\n      track: enhanced\n"
                "      elected_minimum_rate: 0.01\n"
            ),
            "  - mssp_benchmark:\n    mssp_settlement: {track: enhanced}\n",
            (
                "found mssp_benchmark, mssp_settlement; expected the name of a component, or "
                "`name:` with its terms indented below the name"
            ),
        ),
        (
            "track: enhanced",
            "trak: enhanced",
            "unknown term trak; did you mean track?",
        ),
        (
            "elected_minimum_rate: 0.01",
            "elected_minimum_rate: low",
            "elected_minimum_rate: found 'low', expected a number (rate)",
        ),
        (
            "elected_minimum_rate: 0.01",
            "elected_minimum_rate: [0.01]",
            "elected_minimum_rate: found several values, expected a number (rate)",
        ),
        (
            "track: enhanced",
            "track: 3",
            "track: found 3, expected a word (text)",
        ),
        (
            "track: enhanced",
            "track: null",
            "track: found nothing, expected a word (text)",
        ),
        (
            "elected_minimum_rate: 0.01",
            "assigned_beneficiaries: 5000",
            "assigned_beneficiaries is counted from table assignment_cell; it is no term",
        ),
        (
            "elected_minimum_rate: 0.01",
            "guardrail_neutral: true",
            "guardrail_neutral is computed by mssp_benchmark; it is no term",
        ),
        (
            "elected_minimum_rate: 0.01",
            "market_share: 0.1",
            "market_share is a term of another component; put it there, or under `terms:`",
        ),
        (
            "elected_minimum_rate: 0.01\n",
            "elected_minimum_rate: 0.01\nterms: {track: basic_a}\n",
            "track is given at lakeside.yaml:19 too; give it once",
        ),
        (
            "elected_minimum_rate: 0.01\n",
            "elected_minimum_rate: 0.01\nterms: {agreement_number: 2}\n",
            "agreement_number is given at lakeside.yaml:8 too; give it once",
        ),
        (
            "elected_minimum_rate: 0.01\n",
            "elected_minimum_rate: 0.01\nterms: {agreement_colour: blue}\n",
            "unknown term agreement_colour",
        ),
    ],
)
def test_what_does_not_fit_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    found = refused_contract(tmp_path, {old: new})
    named = [it for it in found if expected in it]
    assert len(named) == 1, found
    if "is missing" not in expected:
        changed_line = line_of(CONTRACT, old)
        at = int(named[0].split(":")[1])
        assert changed_line <= at <= changed_line + new.count("\n") + 1


def test_a_misspelt_key_does_not_hide_a_misspelt_term(tmp_path: Path) -> None:
    changes = {"run_out_months: 3": "runout_months: 3", "track: enhanced": "trak: enhanced"}
    said_ = refused_contract(tmp_path, changes)
    assert any("unknown key population.runout_months" in it for it in said_)
    assert any("unknown term trak; did you mean track?" in it for it in said_)


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    changes = {
        "method: mssp": "method: 7",
        "cut: national": "cut: none",
        "number: 1": "number: x",
    }
    assert refused_contract(tmp_path, changes) == [
        "lakeside.yaml:8: agreement.number: found 'x', expected a whole number",
        (
            "lakeside.yaml:10: population.method: found 7, expected text (in quotes if it looks "
            "like a number or a date)"
        ),
        "lakeside.yaml:14: population.cut: found 'none', expected 'national' or 'computed'",
    ]


def test_a_term_may_say_that_there_is_none_and_terms_may_be_empty(tmp_path: Path) -> None:
    without = contract(
        tmp_path, {"elected_minimum_rate: 0.01\n": "elected_minimum_rate: null\nterms:\n"}
    )
    term = without.term("elected_minimum_rate")
    assert term
    assert term.value is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"contract: caf\xe9\n", "x.yaml:1: not UTF-8 at byte 13; save the file as UTF-8"),
        (b"a: 1\nb: [1\n", "x.yaml:3: not valid YAML"),
        (b"a: 1\na: 2\n", 'x.yaml:2: not valid YAML: found duplicate key "a"'),
        (b"a: 1\nb: 2025-02-30\n", "x.yaml:2: not valid YAML: found 2025-02-30, expected a date"),
        (b"a: 1\nb: .nan\n", "x.yaml:2: not valid YAML: found .nan, expected a number"),
        (b"- a\n", "x.yaml: expected a mapping of keys to values"),
        (b"", "x.yaml: expected a mapping of keys to values"),
    ],
)
def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_contract(path)
    (problem,) = said(caught.value, tmp_path)
    assert problem.startswith(expected)


# Participants


def participants(folder: Path, content: str | bytes) -> list[str]:
    path = folder / "p.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read_participants(path)
    return said(caught.value, folder)


def test_participants_have_days_and_empty_cells(tmp_path: Path) -> None:
    contract(tmp_path)
    rows = contract_participants([contract(tmp_path)])
    assert [(row["tin"], row["ccn"], row["valid_from"], row["valid_to"]) for row in rows] == [
        ("123456789", None, date(2022, 1, 1), None),
        ("987654321", None, date(2022, 1, 1), date(2025, 12, 31)),
        (None, "391234", date(2024, 1, 1), None),
    ]
    assert {row["contract_id"] for row in rows} == {"lakeside"}


def test_a_list_from_a_spreadsheet_may_start_with_a_mark_and_hold_empty_lines(
    tmp_path: Path,
) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(b"\xef\xbb\xbf" + PARTICIPANTS.replace("\n", "\r\n\r\n").encode())
    assert len(read_participants(path)) == 3


def test_everything_wrong_with_a_list_is_reported_with_its_line(tmp_path: Path) -> None:
    text = PARTICIPANTS + (
        "111111111,,,practice,north,2022-13-01,\n"
        "\n"
        "222222222,,,practice\n"
        ",1234567890,,clinician,north,,\n"
        "333333333,,,practice,north,2025-01-01,2024-12-31\n"
        "123456789,,,practice,south,2022-01-01,2023-12-31\n"
    )
    assert participants(tmp_path, text) == [
        "p.csv:5: valid_from: found '2022-13-01', expected YYYY-MM-DD",
        "p.csv:7: has another number of cells than the first line; is it cut short?",
        "p.csv:8: names neither a tin nor a ccn, so it can assign nobody",
        "p.csv:9: valid_to 2024-12-31 is before valid_from 2025-01-01",
        "p.csv:10: the same participant from the same day as in line 2; keep one of both",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("tin,npi\n1,2\n", "p.csv:1: lacks the columns ccn, role, group_id, valid_from, valid_to"),
        ("", "p.csv:1: lacks the columns tin"),
        (PARTICIPANTS.encode() + b"\xe9,,,practice,,,\n", "p.csv: not UTF-8"),
        (PARTICIPANTS + '"open,,,practice,,,\n', "p.csv:5: not CSV: unexpected end of data"),
    ],
)
def test_a_list_that_is_none_is_refused(
    tmp_path: Path, content: str | bytes, expected: str
) -> None:
    (problem,) = participants(tmp_path, content)
    assert problem.startswith(expected)


def test_lists_that_are_missing_are_named_for_every_contract(tmp_path: Path) -> None:
    found = [contract(tmp_path), contract(tmp_path, {"contract: lakeside": "contract: other"})]
    (tmp_path / "lakeside_participants.csv").unlink()
    with pytest.raises(InputError) as caught:
        contract_participants(found)
    missing = "lakeside_participants.csv: cannot be read: No such file or directory"
    assert said(caught.value, tmp_path) == [missing, missing]
