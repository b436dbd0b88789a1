"""Clinical FHIR resources (US Core) in the canonical tables, type by type."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from load_tables import quarantine, rows
from us_core_files import (
    CPT,
    CVX,
    ICD10,
    LOINC,
    NDC,
    NPI,
    RXNORM,
    SNOMED,
    Json,
    concept,
    condition,
    loaded,
    patient,
    practitioner,
    resource,
)

CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
NUBC = "https://www.nubc.org/CodeSystem/PatDischargeStatus"


def test_a_condition_keeps_the_code_of_the_system_that_is_wanted(tmp_path: Path) -> None:
    """SNOMED CT stands first in the resource, ICD-10-CM is what diagnoses are counted by."""
    code = concept((SNOMED, "44054006"), (ICD10, "E11.9"))
    category = [concept((CATEGORY, "encounter-diagnosis"))]
    result = loaded(
        tmp_path,
        patient(),
        condition(
            code=code,
            category=category,
            clinicalStatus=concept(("x", "active")),
            encounter={"reference": "Encounter/E1"},
            onsetDateTime="2025-03-05T23:30:00-05:00",
            recordedDate="2025-03-06",
        ),
    )
    columns = (
        "condition_id, person_id, encounter_id, condition_type, status, onset_date, recorded_date, "
        "code_type, code"
    )
    days = (date(2025, 3, 5), date(2025, 3, 6))  # the day as it was written, where it was written
    said = ("encounter diagnosis", "active", *days, "icd-10-cm", "E119")
    assert rows(result, "condition", columns) == [("test:C1", "test:P1", "test:E1", *said)]


def test_a_refuted_condition_is_not_one_that_was(tmp_path: Path) -> None:
    it = condition(
        clinicalStatus=concept(("x", "active")), verificationStatus=concept(("x", "refuted"))
    )
    assert rows(loaded(tmp_path, patient(), it), "condition", "status") == [("entered in error",)]


def test_a_year_alone_is_no_day_and_a_wrong_day_is_set_aside(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        patient(),
        condition("C1", onsetDateTime="2014"),
        condition("C2", onsetDateTime="2014-13-40"),
    )
    assert rows(result, "condition", "condition_id, onset_date") == [("test:C1", None)]
    reason = "onset_date: found text that is not a date as YYYY-MM-DD"
    assert quarantine(result) == [("condition", "Condition.000.ndjson", 2, reason)]


def test_blood_pressure_is_its_two_components(tmp_path: Path) -> None:
    """The panel has no value of its own; 128.5 and 80 stand each in a row with its code."""

    def part(code: str, value: float) -> Json:
        return {
            "code": concept((LOINC, code)),
            "valueQuantity": {"value": value, "unit": "mmHg", "code": "mm[Hg]"},
        }

    it = resource(
        "Observation",
        "O1",
        status="final",
        category=[
            concept(("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs"))
        ],
        code=concept((LOINC, "85354-9")),
        effectiveDateTime="2025-03-05",
        performer=[{"reference": "Practitioner/D1"}],
        component=[part("8480-6", 128.5), part("8462-4", 80)],
    )
    result = loaded(tmp_path, patient(), practitioner("D1", "1234567893"), it)
    columns = "observation_id, category, status, code_type, code, value_number, unit, performer_npi"
    common = ("vital-signs", "final", "loinc")
    assert rows(result, "observation", columns) == [
        ("test:O1/8462-4", *common, "8462-4", Decimal("80.000000"), "mm[Hg]", "1234567893"),
        ("test:O1/8480-6", *common, "8480-6", Decimal("128.500000"), "mm[Hg]", "1234567893"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Quantity": {"value": 7.25, "comparator": "<", "code": "%"}}, ("7.25", "<", "%", 0, 0)),
        ({"Quantity": {"value": 1.23456789}}, ("1.234568", 0, 0, 0, 0)),
        ({"Integer": 12}, ("12", 0, 0, 0, 0)),
        ({"CodeableConcept": concept((SNOMED, "449868002"))}, (0, 0, 0, "449868002", 0)),
        ({"CodeableConcept": {"text": "daily"}}, (0, 0, 0, 0, "daily")),
        ({"Boolean": True}, (0, 0, 0, "true", 0)),
        ({"String": "clear"}, (0, 0, 0, 0, "clear")),
        ({"Ratio": {"numerator": {"value": 1}, "denominator": {"value": 9}}}, (0, 0, 0, 0, "1:9")),
        ({}, (0, 0, 0, 0, 0)),
    ],
)
def test_every_kind_of_value(tmp_path: Path, value: Json, expected: tuple[Any, ...]) -> None:
    """A value is in one of the columns for it; 0 stands for an empty one here."""
    given = {f"value{kind}": it for kind, it in value.items()}
    it = resource("Observation", "O1", code=concept((LOINC, "4548-4")), **given)
    columns = "value_number, value_comparator, unit, value_code, value_text"
    [found] = rows(loaded(tmp_path, patient(), it), "observation", columns)
    number, *texts = (cell or None for cell in expected)
    assert found == (Decimal(number) if number else None, *texts)


def test_a_value_beyond_what_the_column_holds_is_set_aside(tmp_path: Path) -> None:
    """A million millions and more do not fit; the line is named, the value is not."""
    it = [
        resource("Observation", f"O{n}", code=concept((LOINC, "x")), valueQuantity={"value": v})
        for n, v in enumerate([1, 10**12])
    ]
    result = loaded(tmp_path, patient(), *it)
    assert len(rows(result, "observation")) == 1
    reason = "valueQuantity.value: found a number that does not fit"
    assert quarantine(result) == [("resource", "Observation.000.ndjson", 2, reason)]


def test_an_encounter_with_its_clinician_place_and_diagnosis(tmp_path: Path) -> None:
    ccn = {"system": "http://terminology.hl7.org/NamingSystem/CCN", "value": "450001"}
    hospital = {"resourceType": "Organization", "id": "H1", "name": "General", "identifier": [ccn]}
    it = resource(
        "Encounter",
        "E1",
        status="finished",
        class_={"code": "IMP"},
        participant=[
            {"type": [concept(("x", "ADM"))], "individual": {"reference": "Practitioner/D1"}},
            {"type": [concept(("x", "ATND"))], "individual": {"reference": "PractitionerRole/R2"}},
        ],
        period={"start": "2025-03-05T10:00:00-05:00", "end": "2025-03-08T11:30:00-05:00"},
        diagnosis=[{"condition": {"reference": "Condition/C1"}, "rank": 1}],
        hospitalization={"dischargeDisposition": concept((NUBC, "1"))},
        serviceProvider={"reference": "Organization/H1"},
    )
    role = {
        "resourceType": "PractitionerRole",
        "id": "R2",
        "practitioner": {"reference": "https://ehr.example/fhir/Practitioner/D2/_history/3"},
    }
    result = loaded(
        tmp_path,
        patient(),
        it,
        condition(),
        hospital,
        role,
        practitioner("D1", "1234567893"),
        practitioner("D2", "1993999998"),
    )
    columns = (
        "encounter_type, status, encounter_start_date, ended_at, discharge_disposition_code, "
        "attending_npi, facility_ccn, primary_diagnosis_code"
    )
    ended = datetime(2025, 3, 8, 11, 30)  # noqa: DTZ001 (on the clock of the place)
    assert rows(result, "encounter", columns) == [
        ("inpatient", "finished", date(2025, 3, 5), ended, "01", "1993999998", "450001", "E119")
    ]
    assert rows(result, "facility", "ccn, name") == [("450001", "General")]


@pytest.mark.parametrize(
    ("class_code", "type_code", "expected"),
    [
        ("AMB", "185345009", "outpatient"),
        ("AMB", "99213", "office visit"),
        ("EMER", "50849002", "emergency"),
        ("IMP", "449411000124106", "skilled nursing"),
        ("HH", "305336008", "hospice"),
        ("VR", "390906007", "telehealth"),
        ("FLD", "x", "other"),
    ],
)
def test_the_kind_of_an_encounter(
    tmp_path: Path, class_code: str, type_code: str, expected: str
) -> None:
    """A type that names a kind of stay or an office visit says more than the class does."""
    it = resource(
        "Encounter",
        "E1",
        class_={"code": class_code},
        type=[concept((SNOMED, type_code))],
        period={"start": "2025-03-05"},
    )
    assert rows(loaded(tmp_path, patient(), it), "encounter", "encounter_type") == [(expected,)]


def test_medications_of_four_kinds(tmp_path: Path) -> None:
    """The code is the resource's own, a contained Medication's, or that of one beside it."""
    held = {"resourceType": "Medication", "id": "m1", "code": concept((NDC, "0071-0155-23"))}
    result = loaded(
        tmp_path,
        patient(),
        {"resourceType": "Medication", "id": "M9", "code": concept((RXNORM, "314076"))},
        resource(
            "MedicationRequest",
            "1",
            status="active",
            intent="order",
            medicationReference={"reference": "Medication/M9"},
            authoredOn="2025-03-05",
            requester={"reference": f"Practitioner?identifier={NPI}|1234567893"},
            dispenseRequest={
                "quantity": {"value": 30},
                "expectedSupplyDuration": {"value": 4, "unit": "weeks", "code": "wk"},
            },
        ),
        resource(
            "MedicationDispense",
            "1",
            status="completed",
            contained=[held],
            medicationReference={"reference": "#m1"},
            whenHandedOver="2025-03-06",
            quantity={"value": 30},
            daysSupply={"value": 30},
        ),
        resource(
            "MedicationAdministration",
            "1",
            status="completed",
            medicationCodeableConcept=concept(("own", "7"), (RXNORM, "204508")),
            effectiveDateTime="2025-03-07",
        ),
        resource(
            "MedicationStatement",
            "1",
            status="active",
            medicationCodeableConcept=concept((RXNORM, "1191")),
            effectivePeriod={"start": "2020-01-01"},
        ),
    )
    columns = (
        "record_type, prescribing_date, dispensing_date, code_type, code, quantity, days_supply, "
        "practitioner_npi"
    )
    march = [date(2025, 3, day) for day in (5, 6, 7)]
    assert rows(result, "medication", columns) == [
        ("administration", None, march[2], "rxnorm", "204508", None, None, None),
        # 4-4-2 digits: 00071-0155-23
        ("dispense", None, march[1], "ndc", "00071015523", Decimal(30), 30, None),
        ("request", march[0], None, "rxnorm", "314076", Decimal(30), 28, "1234567893"),  # 4 × 7
        ("statement", date(2020, 1, 1), None, "rxnorm", "1191", None, None, None),
    ]


def test_what_was_done_ordered_and_reported(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        patient(),
        resource(
            "Procedure",
            "1",
            status="not-done",
            code=concept((SNOMED, "73761001"), (CPT, "45378")),
            performedPeriod={"start": "2025-03-05T08:00:00Z"},
        ),
        resource(
            "ServiceRequest",
            "1",
            status="revoked",
            code=concept((LOINC, "4548-4")),
            authoredOn="2025-03-04",
        ),
        resource(
            "DiagnosticReport",
            "1",
            status="final",
            code=concept((LOINC, "24323-8")),
            issued="2025-03-06T09:00:00Z",
        ),
    )
    columns = "procedure_id, record_type, status, procedure_date, code_type, code"
    assert rows(result, "clinical_procedure", columns) == [
        ("test:DiagnosticReport/1", "report", "completed", date(2025, 3, 6), "loinc", "24323-8"),
        ("test:Procedure/1", "procedure", "not done", date(2025, 3, 5), "hcpcs", "45378"),
        ("test:ServiceRequest/1", "request", "cancelled", date(2025, 3, 4), "loinc", "4548-4"),
    ]


def test_an_immunization_refused(tmp_path: Path) -> None:
    it = {
        "resourceType": "Immunization",
        "id": "I1",
        "patient": {"reference": "Patient/P1"},
        "status": "not-done",
        "statusReason": concept(("x", "PATOBJ")),
        "vaccineCode": concept((CVX, "140")),
        "occurrenceDateTime": "2025-10-01",
    }
    columns = "status, status_reason_code, code_type, code, occurrence_date"
    assert rows(loaded(tmp_path, patient(), it), "immunization", columns) == [
        ("not done", "PATOBJ", "cvx", "140", date(2025, 10, 1))
    ]
