"""Clinical FHIR resources: people, their answers, their marks, and which state counts."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from load_tables import load_it, quarantine, rows
from openvbc.sources.result import LoadResult
from us_core_files import (
    IDENTIFIERS,
    LOINC,
    NPI,
    Json,
    concept,
    condition,
    left_out,
    loaded,
    mbi,
    patient,
    practitioner,
    response,
)


def answers(result: LoadResult) -> list[tuple[Any, ...]]:
    columns = (
        "response_id, instrument, item_code, answer_number, answer_code, answer_number_value, "
        "answer_text"
    )
    return rows(result, "questionnaire_answer", columns)


def test_a_social_needs_screening_with_its_groups(tmp_path: Path) -> None:
    """Items lie in groups and below answers; the link names LOINC; two answers count up."""
    food = {"linkId": "/88121-9/88122-7", "answer": [{"valueCoding": {"code": "LA28397-0"}}]}
    needs = {
        "linkId": "/93033-9",
        "answer": [
            {"valueCoding": {"code": "LA30128-5"}},
            {
                "valueCoding": {"code": "LA46-8"},
                "item": [{"linkId": "/93033-9/other", "answer": [{"valueString": "rides"}]}],
            },
        ],
    }
    group = {"linkId": "/88121-9", "item": [food]}
    result = loaded(
        tmp_path, patient(), response("R1", "http://loinc.org/q/96777-8|1.0", group, needs)
    )
    assert answers(result) == [
        ("test:R1", "ahc-hrsn", "/93033-9/other", 1, None, None, "rides"),
        ("test:R1", "ahc-hrsn", "88122-7", 1, "LA28397-0", None, None),
        ("test:R1", "ahc-hrsn", "93033-9", 1, "LA30128-5", None, None),
        ("test:R1", "ahc-hrsn", "93033-9", 2, "LA46-8", None, None),
    ]
    columns = "DISTINCT person_id, instrument_version, authored_date"
    assert rows(result, "questionnaire_answer", columns) == [("test:P1", "1.0", date(2025, 3, 5))]


def test_a_questionnaire_beside_its_responses_names_the_items(tmp_path: Path) -> None:
    url = "https://clinic.example/Questionnaire/mood"
    asked = {
        "resourceType": "Questionnaire",
        "id": "Q1",
        "url": url,
        "code": [{"system": LOINC, "code": "44249-1"}],
        "item": [
            {
                "linkId": "g",
                "item": [{"linkId": "1", "code": [{"system": LOINC, "code": "44250-9"}]}],
            },
            {"linkId": "total", "code": [{"system": LOINC, "code": "44261-6"}]},
        ],
    }
    said = response(
        "R1",
        url,
        {
            "linkId": "g",
            "item": [{"linkId": "1", "answer": [{"valueCoding": {"code": "LA6569-3"}}]}],
        },
        {"linkId": "total", "answer": [{"valueDecimal": 11}]},
    )
    assert answers(loaded(tmp_path, patient(), asked, said)) == [
        ("test:R1", "phq-9", "44250-9", 1, "LA6569-3", None, None),
        ("test:R1", "phq-9", "44261-6", 1, None, Decimal(11), None),
    ]


def test_a_response_that_is_not_finished_is_left_out_by_name(tmp_path: Path) -> None:
    it = response("R1", "x", {"linkId": "1", "answer": [{"valueInteger": 1}]})
    result = loaded(tmp_path, patient(), {**it, "status": "in-progress"})
    assert result.tables["questionnaire_answer"].rows_in == 0
    assert left_out(result) == {"QuestionnaireResponse.000.ndjson": 1}


def test_a_person_known_by_the_medicare_number(tmp_path: Path) -> None:
    """Claims came first and know the MBI; the clinic's patient is that person, today and later."""
    load_it(
        tmp_path / "data",
        write_claims(tmp_path / "claims"),
        data_source="cms",
    )
    first = loaded(tmp_path, patient(identifier=mbi("1S00-A00-AA01")), condition())
    assert rows(first, "condition", "person_id") == [("M1",)]
    # a later delivery has no Patient; the source's own id is known by now
    later = loaded(tmp_path, condition("C2"))
    assert later.tables["condition"].accepted == 1
    assert set(rows(later, "condition", "person_id")) == {("M1",)}


def write_claims(folder: Path) -> Path:
    folder.mkdir()
    (folder / "person.csv").write_text("person_id,birth_date,sex\nM1,1950-02-01,female\n")
    (folder / "person_identifier.csv").write_text(
        "identifier_type,identifier,person_id\nmbi,1S00A00AA01,M1\n"
    )
    return folder


def test_a_new_person_is_known_by_the_medicare_number_in_force(tmp_path: Path) -> None:
    old = {**mbi("1S00A00AA01")[0], "period": {"end": "2024-12-31"}}
    record = {
        "type": concept((IDENTIFIERS, "MR")),
        "system": "https://clinic.example",
        "value": "7",
    }
    secret = {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-94-5397"}
    it = patient(identifier=[old, *mbi("2S00A00AA02"), record, secret])
    result = loaded(tmp_path, it)
    assert rows(result, "person", "person_id, birth_date, sex, state, us_resident") == [
        ("2S00A00AA02", date(1950, 2, 1), "female", "TX", True)
    ]
    assert rows(result, "person_identifier", "identifier_type, identifier, last_day") == [
        ("mbi", "1S00A00AA01", date(2024, 12, 31)),
        ("mbi", "2S00A00AA02", None),
        ("medical_record_number", "https://clinic.example:7", None),
        ("patient_id", "test:P1", None),
    ]


def test_a_row_of_nobody_known_is_set_aside(tmp_path: Path) -> None:
    result = loaded(tmp_path, patient("P2"), condition())
    assert quarantine(result) == [("condition", "Condition.000.ndjson", 1, "person_id is missing")]


def test_the_state_that_was_updated_last_counts(tmp_path: Path) -> None:
    """Two deliveries of one resource in one load: the newer is kept, wherever it stands."""

    def at(day: str, code: str) -> Json:
        status = concept(("x", code))
        return condition(meta={"lastUpdated": f"{day}T00:00:00Z"}, clinicalStatus=status)

    result = loaded(tmp_path, patient(), at("2025-03-06", "resolved"), at("2025-03-05", "active"))
    assert rows(result, "condition", "status") == [("resolved",)]
    again = loaded(tmp_path, at("2025-03-06", "resolved"))
    assert again.tables["condition"].redelivered == 1


def test_a_label_of_the_source_marks_the_row(tmp_path: Path) -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-"
    codes = [("Confidentiality", "N"), ("ActReason", "HTEST"), ("ActCode", "ETHUD")]
    labels = {"security": [{"system": f"{system}{name}", "code": code} for name, code in codes]}
    result = loaded(tmp_path, patient(), condition(meta=labels), condition("C2"))
    assert rows(result, "condition", "condition_id, sensitivity") == [
        ("test:C1", "substance_use"),
        ("test:C2", None),
    ]


def test_a_provider_with_the_taxpayer_number_of_the_employer(tmp_path: Path) -> None:
    ein = {"system": "urn:oid:2.16.840.1.113883.4.4", "value": "12-3456789"}
    result = loaded(
        tmp_path,
        {"resourceType": "Organization", "id": "G1", "name": "Clinic", "identifier": [ein]},
        {
            "resourceType": "PractitionerRole",
            "id": "R1",
            "practitioner": {"identifier": {"system": NPI, "value": "1234567893"}},
            "organization": {"reference": "Organization/G1"},
        },
        practitioner("D1", "1234567893", name=[{"given": ["Ada", "M"], "family": "Lovelace"}]),
    )
    assert rows(result, "provider", "npi, name, tin") == [
        ("1234567893", "Ada M Lovelace", "123456789")
    ]
