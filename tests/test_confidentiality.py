"""Sensitive rows are marked while they are loaded, and the money stays as it is."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load_tables import COVERAGE, LINE, PERSON, load_it, quarantine, rows, write_source
from openvbc.confidentiality.codes import CATEGORIES, KINDS, sensitive_codes, sensitivity_tags
from openvbc.confidentiality.plain import plain_rows_only
from openvbc.csvtable import read_table
from openvbc.errors import InputError
from openvbc.parameters import code_lists

Row = dict[str, Any]


def diagnosis(claim: str, code: str, sequence: int = 1, **more: Any) -> Row:
    return {
        "claim_key": claim,
        "version_number": 1,
        "sequence": sequence,
        "person_id": "P1",
        "claim_end_date": "2024-03-05",
        "code_type": "icd-10-cm",
        "code": code,
        **more,
    }


def line(claim: str, number: int = 1, **more: Any) -> Row:
    return LINE | {"claim_key": claim, "claim_id": claim, "claim_line_number": number} | more


def marks(tmp_path: Path, **tables: list[Row]) -> dict[str, list[tuple[Any, ...]]]:
    """Table → (claim, sensitivity) of its stored rows."""
    source = write_source(tmp_path / "in", person=[PERSON], eligibility=[COVERAGE], **tables)
    loaded = load_it(tmp_path / "data", source)
    assert quarantine(loaded) == []
    return {name: rows(loaded, name, "claim_key, sensitivity") for name in tables}


def test_a_claim_is_sensitive_as_a_whole(tmp_path: Path) -> None:
    """One diagnosis of opioid use (F11) marks both lines and the other diagnosis of claim A."""
    found = marks(
        tmp_path,
        diagnosis=[diagnosis("A", "I10"), diagnosis("A", "F1120", 2), diagnosis("B", "I10")],
        medical_claim=[line("A"), line("A", 2), line("B")],
    )
    sud = "substance_use"
    assert found["diagnosis"] == [("A", sud), ("A", sud), ("B", None)]
    assert found["medical_claim"] == [("A", sud), ("A", sud), ("B", None)]


@pytest.mark.parametrize(
    ("field", "code", "category"),
    [
        ("hcpcs_code", "G2067", "substance_use"),
        ("hcpcs_code", "99213", None),
        ("drg_code", "885", "mental_health"),
        ("drg_code", "0977", "hiv"),
        ("revenue_center_code", "0944", "substance_use"),
        ("revenue_center_code", "944", "substance_use"),
    ],
)
def test_a_line_is_known_by_its_codes(
    tmp_path: Path, field: str, code: str, category: str | None
) -> None:
    found = marks(tmp_path, medical_claim=[line("A") | {field: code}])
    assert found["medical_claim"] == [("A", category)]


def test_categories_are_sorted_and_those_of_the_source_stay(tmp_path: Path) -> None:
    """F11 is substance use, B20 HIV; PSY is the source's own word for mental health."""
    found = marks(
        tmp_path,
        diagnosis=[diagnosis("A", "F1120"), diagnosis("A", "B20", 2)],
        medical_claim=[line("A", sensitivity="PSY"), line("B", sensitivity="ours; N")],
    )
    assert found["medical_claim"] == [("A", "hiv;mental_health;substance_use"), ("B", "ours")]


def test_a_clinical_row_is_marked_by_itself(tmp_path: Path) -> None:
    conditions = [
        {"condition_id": name, "person_id": "P1", "code_type": kind, "code": code}
        for name, kind, code in (
            ("1", "icd-10-cm", "T7411XA"),
            ("2", "icd-10-cm", "I10"),
            ("3", "icd-10-cm", "Z21"),
        )
    ]
    answers = [
        {
            "response_id": "R",
            "item_code": "44250-9",
            "answer_number": 1,
            "person_id": "P1",
            "instrument": "PHQ-9",
        }
    ]
    source = write_source(
        tmp_path / "in", person=[PERSON], condition=conditions, questionnaire_answer=answers
    )
    loaded = load_it(tmp_path / "data", source, kind="own")
    found = rows(loaded, "condition", "condition_id, sensitivity")
    assert found == [("1", "abuse"), ("2", None), ("3", "hiv")]
    assert rows(loaded, "questionnaire_answer", "sensitivity") == [("mental_health",)]


def test_a_workspace_adds_codes_of_its_own(tmp_path: Path) -> None:
    own = "category,kind,code\nsubstance_use,ndc,00054017*\n"
    (tmp_path / "sensitive_codes.csv").write_text(own, encoding="utf-8")
    fill = {
        **{name: LINE[name] for name in ("version_number", "version_type", "sign", "effective_on")},
        "claim_line_number": 1,
        "person_id": "P1",
        "dispensing_date": "2024-03-05",
        "paid_cents": 100,
    }
    claims = [
        fill | {"claim_key": key, "claim_id": key, "ndc_code": code}
        for key, code in (("A", "00054017613"), ("B", "00093005801"))
    ]
    found = marks(tmp_path, pharmacy_claim=claims)
    assert found["pharmacy_claim"] == [("A", "substance_use"), ("B", None)]


def test_a_wrong_list_is_refused_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "sensitive_codes.csv"
    path.write_text("category,kind,code\nsud,ndc,1\nhiv,dx,B20\nhiv,ndc,*\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        sensitive_codes(path)
    assert [str(it).split("sensitive_codes.csv:")[1][:24] for it in refused.value.problems] == [
        "2: unknown category; kno",
        "3: unknown kind; known: ",
        "4: code is missing; expe",
    ]


def test_the_same_claim_without_its_diagnosis_is_the_same_claim(tmp_path: Path) -> None:
    """The mark of a line depends on what came with it, so it is no part of what the line says."""
    both = write_source(
        tmp_path / "one",
        person=[PERSON],
        diagnosis=[diagnosis("A", "F1120")],
        medical_claim=[line("A")],
    )
    alone = write_source(tmp_path / "two", medical_claim=[line("A")])
    load_it(tmp_path / "data", both)
    count = load_it(tmp_path / "data", alone).tables["medical_claim"]
    assert (count.accepted, count.redelivered, count.set_aside) == (0, 1, 0)


def test_the_lists_name_known_categories_and_kinds_and_no_descriptor() -> None:
    codes = sensitive_codes()
    assert {category for category, _, _ in codes} <= set(CATEGORIES)
    assert {kind for _, kind, _ in codes} <= set(KINDS)
    assert set(sensitivity_tags().values()) <= {*CATEGORIES, ""}
    assert all(" " not in code for _, _, code in codes)


def test_a_view_for_others_reads_plain_rows_only() -> None:
    """The Tuva view reads each canonical table without the rows that are marked."""
    sql = plain_rows_only("SELECT c.code FROM diagnosis AS c JOIN other AS o ON o.x = c.code")
    assert "(SELECT * FROM diagnosis WHERE COALESCE(sensitivity, '') = '') AS c" in sql
    assert "JOIN other AS o" in sql


CODES = st.sampled_from(["I10", "E119", "F1120", "B20", "O80", "F329", "Z1501", "T7601XA"])


@settings(max_examples=12, deadline=None)
@given(claims=st.lists(st.lists(CODES, min_size=1, max_size=3, unique=True), max_size=5))
def test_a_row_is_marked_exactly_where_its_claim_has_a_listed_code(
    tmp_path_factory: pytest.TempPathFactory, claims: list[list[str]]
) -> None:
    """Whatever the claims: marks follow the list, and paid cents are what came in."""
    plain = {"I10", "E119"}
    folder = tmp_path_factory.mktemp("marked")
    tables = {
        "diagnosis": [
            diagnosis(f"C{at}", code, place)
            for at, codes in enumerate(claims)
            for place, code in enumerate(codes, start=1)
        ],
        "medical_claim": [line(f"C{at}", paid_cents=100 + at) for at in range(len(claims))],
    }
    source = write_source(folder / "in", person=[PERSON], **{k: v for k, v in tables.items() if v})
    loaded = load_it(folder / "data", source, kind="own")
    if not claims:
        return
    found = rows(loaded, "medical_claim", "claim_key, sensitivity IS NOT NULL, paid_cents")
    expected = [(f"C{at}", bool(set(codes) - plain), 100 + at) for at, codes in enumerate(claims)]
    assert found == expected


def test_every_listed_code_has_a_source_and_says_what_it_was_compared_with() -> None:
    """Codes that were written from knowledge alone say so: few, and none of diagnoses or stays."""
    listed = read_table(code_lists()["sensitive_code"], ("kind", "cite", "checked"))
    assert [row.line for row in listed if not (row.cells["cite"] and row.cells["checked"])] == []
    unverified = [row.cells["kind"] for row in listed if row.cells["checked"] == "unverified"]
    assert set(unverified) == {"loinc", "revenue"}
    assert len(unverified) == 21
