"""Comorbidities by tables and one SELECT: what counts, what does not, and what two peers say.

The peers' answers are golden (`tests/peers/groupers.csv`, made by tools/make_grouper_golden.py):
elixhauser-ahrq restates AHRQ's Elixhauser software, pycomorb the Charlson lists of Quan (2005).
"""

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from grouper_sample import ask, claim, counted, diagnoses, group, small
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.groupers.tables import (
    find_grouper,
    grouper_names,
    read_grouper,
    write_grouper,
)

PEERS = Path(os.environ.get("OPENVBC_PEERS", Path(__file__).parent / "peers" / "groupers.csv"))
BOTH = ("elixhauser", "charlson")

CHARLSON = (
    "MI", "CHF", "PVD", "CEVD", "DEMENTIA", "COPD", "RHEUMATIC", "PUD", "LIVER_MILD", "DIABETES",
    "DIABETES_CX", "PLEGIA", "RENAL", "CANCER", "LIVER_SEVERE", "METASTATIC", "AIDS",
)  # fmt: skip
"""The seventeen categories in the order of the published list; the peer says their places."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine("400MB", tmp_path / "spill")
    yield made
    made.close()


def rows_of_peers() -> list[dict[str, str]]:
    with PEERS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stays(rows: list[dict[str, str]]) -> tuple[list[Any], list[Any]]:
    """One hospital stay for each person, with the diagnoses and indicators of the file."""
    claims = [claim(it["person_id"], it["person_id"], stay=True) for it in rows]
    held = [
        found
        for it in rows
        for found in diagnoses(it["person_id"], *it["diagnoses"].split(), person=it["person_id"])
    ]
    return claims, held


def test_random_people_have_the_categories_and_points_of_two_peers(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """Every difference has one of two causes; AHRQ's CMR_Mapping_Program_v2026-1 decides both.

    Beside metastatic cancer it drops solid tumours, in situ too, and nothing else; the peer drops
    leukaemia and lymphoma as well and keeps tumours in situ. A stroke after admission takes the
    sequelae of an earlier one away; the peer forgets the stroke before it looks.
    """
    rows = rows_of_peers()
    ask(engine, BOTH, tmp_path)
    group(engine, *stays(rows), tmp_path)
    mine: dict[tuple[str, str], set[str]] = defaultdict(set)
    after_admission = set()
    for person, grouper, category, dropped_by in engine.rows(
        "SELECT person_id, grouper, category, dropped_by FROM person_comorbidity"
    ):
        if dropped_by is None:
            mine[grouper, person].add(category)
        elif dropped_by == "CBVD_NPOA":
            after_admission.add(person)
    points = {
        (score, person): found
        for person, score, found in engine.rows(
            "SELECT person_id, score, points FROM person_comorbidity_score"
        )
    }
    causes: Counter[str] = Counter()
    for it in rows:
        person, theirs = it["person_id"], set(it["elixhauser"].split())
        here = mine["elixhauser", person]
        if here != theirs:
            differing = here ^ theirs
            if differing - {"CBVD"}:
                assert "CANCER_METS" in here & theirs
                assert here - theirs <= {"CANCER_LEUK", "CANCER_LYMPH"}
                assert theirs - here <= {"CANCER_NSITU", "CBVD"}
                causes["metastatic cancer"] += 1
            if "CBVD" in differing:
                assert person in after_admission
                causes["stroke after admission"] += 1
        else:
            assert points.get(("mortality", person), 0) == int(it["mortality"])
            assert points.get(("readmission", person), 0) == int(it["readmission"])
        places = {CHARLSON[int(place) - 1] for place in it["charlson"].split()}
        assert mine["charlson", person] == places
        assert points.get(("charlson", person), 0) == int(it["charlson_points"])
        assert points.get(("quan", person), 0) == int(it["quan_points"])
    assert causes.keys() == {"metastatic cancer", "stroke after admission"}
    assert causes.total() < len(rows) // 10


STAY = claim("S", stay=True)
VISIT = claim("V")


@pytest.mark.parametrize(
    ("why", "codes", "expected"),
    [
        ("the principal diagnosis of a stay is its reason, no comorbidity", ["I509/Y"], set()),
        ("what was there on admission counts", ["Z0000", "I509/Y"], {"HF"}),
        ("what came after admission is a complication", ["Z0000", "I509/N"], set()),
        ("unknown is not present", ["Z0000", "I509/U"], set()),
        ("an exempt code has no indicator", ["Z0000", "I509"], {"HF"}),
        ("diabetes is asked no indicator", ["Z0000", "E119/N"], {"DIAB_UNCX"}),
        ("complications take the place of the plain", ["Z0000", "E119/Y", "E1122/Y"],
         {"DIAB_CX"}),
        ("one code of two categories", ["Z0000", "I110/Y"], {"HF", "HTN_CX"}),
        ("sequelae of a stroke", ["Z0000", "I69320/Y"], {"CBVD"}),
        ("sequelae beside a stroke after admission", ["Z0000", "I69320/Y", "I639/N"], set()),
        ("beside one before it", ["Z0000", "I69320/Y", "I639/N", "I619/Y"], {"CBVD"}),
    ],
)  # fmt: skip
def test_elixhauser_in_a_hospital_stay(
    why: str, codes: list[str], expected: set[str], engine: DuckDBEngine, tmp_path: Path
) -> None:
    ask(engine, ["elixhauser"], tmp_path)
    group(engine, [STAY], diagnoses("S", *codes), tmp_path)
    assert counted(engine, "elixhauser") == expected, why


def test_the_first_diagnosis_of_a_visit_is_a_comorbidity_of_the_year(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """A visit has no principal diagnosis in AHRQ's sense: a person seen for diabetes has it."""
    ask(engine, ["elixhauser"], tmp_path)
    group(engine, [VISIT], diagnoses("V", "E119"), tmp_path)
    assert counted(engine, "elixhauser") == {"DIAB_UNCX"}


@pytest.mark.parametrize(
    ("why", "lines"),
    [
        ("every line refused", [claim("V", denied=True)]),
        ("cancelled", [VISIT, claim("V", version_number=2, version_type="cancel")]),
        ("in force only after the day", [claim("V", effective_on=date(2026, 4, 1))]),
        ("another line of business", [claim("V", line_of_business="commercial")]),
    ],
)
def test_a_claim_that_does_not_stand_carries_no_diagnosis(
    why: str, lines: list[Any], engine: DuckDBEngine, tmp_path: Path
) -> None:
    held = [
        row | {"version_number": it["version_number"], "line_of_business": it["line_of_business"]}
        for it in lines
        for row in diagnoses("V", "E119")
    ]
    ask(engine, ["charlson"], tmp_path)
    group(engine, lines, held, tmp_path)
    assert counted(engine, "charlson") == set(), why


def test_a_claim_refused_in_part_carries_its_diagnoses_and_a_replaced_version_does_not(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """The second version of W takes the dementia back; of V one line of two was paid."""
    claims = [
        claim("V", denied=True), claim("V", claim_line_number=2),
        claim("W"), claim("W", version_number=2, version_type="adjust"),
    ]  # fmt: skip
    held = [
        *diagnoses("V", "E119"), *diagnoses("W", "F0390"),
        *diagnoses("W", "J449", version_number=2),
    ]  # fmt: skip
    ask(engine, ["charlson"], tmp_path)
    group(engine, claims, held, tmp_path)
    assert counted(engine, "charlson") == {"DIABETES", "COPD"}


def test_a_claim_number_of_another_person_or_source_is_another_claim(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """Two payers number a claim alike: their keys hold the source. P2's stay is not P1's visit."""
    claims = [claim("a:1", denied=True), claim("b:1"), claim("c:2", "P2", stay=True), claim("c:2")]
    held = [
        *diagnoses("a:1", "F0390"), *diagnoses("b:1", "E119"),
        *diagnoses("c:2", "J449"), *diagnoses("c:2", "I509", person="P2"),
    ]  # fmt: skip
    ask(engine, BOTH, tmp_path)
    group(engine, claims, held, tmp_path)
    assert counted(engine, "charlson") == {"DIABETES", "COPD"}
    assert counted(engine, "elixhauser") == {"DIAB_UNCX", "LUNG_CHRONIC"}
    assert counted(engine, "elixhauser", "P2") == set()


def test_claims_are_counted_once_in_whatever_order_the_rows_come(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    claims = [claim("V"), claim("W", claim_end_date=date(2025, 2, 1))]
    held = [*diagnoses("V", "E119", "E109"), *diagnoses("W", "E119", claim_end_date="2025-02-01")]
    ask(engine, ["charlson"], tmp_path)
    for order in (1, -1):
        group(engine, claims[::order], held[::order], tmp_path)
        found = engine.rows("SELECT category, first_on, claims FROM person_comorbidity")
        assert found == [("DIABETES", date(2025, 2, 1), 2)]


@pytest.mark.parametrize("name", grouper_names())
def test_a_shipped_grouper_holds_to_its_checksums_and_says_where_it_is_from(name: str) -> None:
    head = read_grouper(find_grouper(name)).head
    assert len(head["source_sha256"]) == 64
    assert head["cite"]


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"code": [("E119", "SUGAR"), ("E119", "SUGAR"), ("I509", "HEART")]},
         "small/code.csv: E119, SUGAR stands twice; remove one row"),
        ({"code": [("E119", "SUGAR"), ("I509", "HART")]},
         "part 'HART' resolves to nothing in this grouper"),
        ({"drop": [("HEART", "LUNG")]},
         "dropped_part 'LUNG' resolves to nothing in this grouper"),
        ({"class": [("stay", "J45909", "ASTHMA", "600000", ""),
                    ("stay", "J45909", "COPD", "400001", "")]},
         "the shares of J45909 (stay) are more than 1000000 millionths"),
        ({"class": [("home", "J45909", "ASTHMA", "1", "")]}, "setting 'home' resolves to nothing"),
        ({"weight": [("points", "SUGAR", "1")]},
         "category 'HEART' has no points of points; give it some, if only 0"),
    ],
)  # fmt: skip
def test_a_row_that_stands_twice_or_resolves_to_nothing_is_refused(
    tables: dict[str, list[tuple[str, ...]]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        write_grouper(small(**tables), tmp_path)
    assert said in str(refused.value)


def test_a_class_may_not_be_called_as_what_no_class_has(tmp_path: Path) -> None:
    """The rest of a claim is `unclassified`; a class of this name would stand twice beside it."""
    given: dict[str, list[tuple[str, ...]]] = {
        "class": [("stay", "J45909", "unclassified", "400000", "")]
    }
    with pytest.raises(InputError, match="category 'unclassified' is what no class has; give it"):
        write_grouper(small(**given), tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("first_day", "nonsense",
         "first_day: found 'nonsense', expected a day such as 2026-01-01"),
        ("last_day", "2019-12-31",
         "last_day 2019-12-31 is before first_day 2020-01-01; give the later one"),
        ("version", None, "lacks version"),
    ],
)  # fmt: skip
def test_a_head_that_will_not_do_is_refused(
    name: str, value: str | None, said: str, tmp_path: Path
) -> None:
    made = small()
    with pytest.raises(InputError) as refused:
        write_grouper(replace(made, head={**made.head, name: value}), tmp_path)
    assert str(refused.value) == f"small/grouper.yaml: {said}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sha256: x", "sha256: expected the checksum of each table by its name"),
        ("place: [any]", "place: found ['any'], expected any, not_principal_of_stay, first"),
        ("first_day: nonsense", "first_day: found 'nonsense', expected a day such as 2026-01-01"),
    ],
)
def test_a_head_on_disk_is_told_with_its_line(line: str, said: str, tmp_path: Path) -> None:
    path = write_grouper(small(), tmp_path) / "grouper.yaml"
    key = line.partition(":")[0]
    lines = [it for it in path.read_text().splitlines() if it[:1] != " "]
    at = next(at for at, it in enumerate(lines) if it.startswith(f"{key}:"))
    path.write_text("\n".join([*lines[:at], line, *lines[at + 1 :]]) + "\n")
    with pytest.raises(InputError) as refused:
        read_grouper(path.parent)
    assert f"{path}:{at + 1}: {said}" in str(refused.value)


def test_what_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    """`I50é` as another program wrote it: byte 0xe9 in the third row of codes."""
    place = write_grouper(small(), tmp_path)
    with (place / "code.csv").open("ab") as file:
        file.write(b"I50\xe9,HEART\n")
    with pytest.raises(InputError, match=r"code.csv:4: not UTF-8 at byte \d+; save the file"):
        read_grouper(place)
    (place / "grouper.yaml").write_bytes(b"grouper: \xe9\n")
    with pytest.raises(InputError, match=r"grouper.yaml:1: not UTF-8 at byte 9"):
        read_grouper(place)


def test_a_folder_of_a_shipped_grouper_without_a_head_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "charlson").mkdir()
    with pytest.raises(InputError, match=r"charlson/grouper.yaml: is not there, and its folder"):
        find_grouper("charlson", tmp_path)


ONCE = {"part": [("SUGAR", "SUGAR", "any", "1", "false")]}
SUGAR = {**ONCE, "code": [("E119", "SUGAR")]}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({**ONCE, "code": [("I509", "SUGAR"), ("I50.9", "SUGAR"), ("e119", "SUGAR")]},
         [("small/code.csv:3: code: found 'I50.9', expected a code without dots and in capitals: "
          "I509"),
          ("small/code.csv:4: code: found 'e119', expected a code without dots and in capitals: "
          "E119")]),
        ({"service": [("g0297", "SCAN", "30")]},
         [("small/service.csv:2: code: found 'g0297', expected a code without dots and in "
          "capitals: G0297")]),
        ({"class": [("stay", "J45.909", "ASTHMA", "1000000", "")],
          "unless": [("ASTHMA", "E84.9")]},
         [("small/class.csv:2: code: found 'J45.909', expected a code without dots and in "
          "capitals: J45909"),
          ("small/unless.csv:2: code: found 'E84.9', expected a code without dots and in capitals: "
          "E849")]),
        ({"drug": [("00071-0155-23", "A", "STATIN"), ("71015523", "B", "STATIN")]},
         [("small/drug.csv:2: code: found '00071-0155-23', expected an NDC of eleven digits "
          "without dashes: 00071015523"),
          ("small/drug.csv:3: code: found '71015523', expected an NDC of eleven digits "
          "without dashes")]),
        ({**SUGAR, "part": [("SUGAR", "SUGAR", "any", "0", "sometimes")]},
         ["small/part.csv:2: years: found '0', expected a whole number, 1 to 99",
          "small/part.csv:2: two_days: found 'sometimes', expected true or false"]),
        ({**SUGAR, "part": [("SUGAR", "SUGAR", "any", "two", "true")]},
         ["small/part.csv:2: years: found 'two', expected a whole number, 1 to 99"]),
        ({**SUGAR, "weight": [("points", "SUGAR", "1.5")]},
         ["small/weight.csv:2: points: found '1.5', expected a whole number"]),
        ({"service": [("G0297", "SCAN", "-30")]},
         ["small/service.csv:2: days: found '-30', expected a whole number, 1 or more"]),
        ({"class": [("stay", "J45909", "ASTHMA", "\u0661\u0660", "")]},
         ["small/class.csv:2: share_ppm: found '\u0661\u0660', expected whole millionths"]),
        ({"class": [("stay", "J45909", "ASTHMA", "1000000", "adult")]},
         ["small/class.csv:2: age_from: found 'adult', expected a whole number, or nothing"]),
        ({**SUGAR, "weight": [("points", "SUGAR")]},
         ["small/weight.csv:2: found 2 cells, expected 3: score,category,points"]),
    ],
)  # fmt: skip
def test_a_cell_that_would_match_nothing_or_is_no_number_is_refused_with_its_line(
    tables: dict[str, list[tuple[str, ...]]], said: list[str], tmp_path: Path
) -> None:
    """Diagnoses and services are kept in capitals without dots, drugs as NDC of eleven digits."""
    with pytest.raises(InputError) as refused:
        write_grouper(small(**tables), tmp_path)
    assert [str(it) for it in refused.value.problems] == said


def test_points_below_zero_an_age_and_words_in_capitals_are_taken(tmp_path: Path) -> None:
    """Elixhauser has points below zero; a spreadsheet writes TRUE."""
    given: dict[str, list[tuple[str, ...]]] = {
        "code": [("E119", "SUGAR")],
        "part": [("SUGAR", "SUGAR", "any", "2", "TRUE")],
        "weight": [("points", "SUGAR", "-3")],
        "class": [("stay", "J45909", "ASTHMA", "1", "18")],
    }
    made = small(**given)
    assert read_grouper(write_grouper(made, tmp_path)).tables == made.tables


def test_a_table_that_was_changed_is_refused_by_its_checksum(tmp_path: Path) -> None:
    place = write_grouper(small(), tmp_path)
    (place / "code.csv").write_text("code,part\nE119,SUGAR\nI509,HEART\nI509,HEART\n")
    with pytest.raises(InputError, match="not the table of the checksum"):
        read_grouper(place)
    with pytest.raises(InputError, match="no such grouper; did you mean charlson"):
        find_grouper("charlsen")


@pytest.mark.parametrize(
    ("why", "days", "stay", "expected"),
    [
        ("one visit is not enough", ["2025-06-30"], False, set()),
        ("two visits on one day are one occasion", ["2025-06-30", "2025-06-30"], False, set()),
        ("two days are", ["2025-06-30", "2025-07-01"], False, {"SUGAR"}),
        ("the year before is read too", ["2024-01-01", "2025-07-01"], False, {"SUGAR"}),
        ("not the one before that", ["2023-12-31", "2025-07-01"], False, set()),
        ("a hospital stay is enough", ["2025-06-30"], True, {"SUGAR"}),
    ],
)
def test_a_condition_needs_a_stay_or_claims_of_two_days_in_its_years(
    why: str, days: list[str], stay: bool, expected: set[str],
    engine: DuckDBEngine, tmp_path: Path,
) -> None:  # fmt: skip
    write_grouper(small(), tmp_path / "own")
    ask(engine, ["small"], tmp_path, tmp_path / "own")
    claims = [claim(f"C{n}", stay=stay, claim_end_date=day) for n, day in enumerate(days)]
    held = [
        row for n, day in enumerate(days) for row in diagnoses(f"C{n}", "E119", claim_end_date=day)
    ]
    group(engine, claims, held, tmp_path)
    assert counted(engine, "small") == expected, why
