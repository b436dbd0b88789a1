"""OMOP common data model tables: people, coverage, clinical rows and costs."""

from pathlib import Path

import pytest

from load_tables import load_it, quarantine, rows
from openvbc.errors import InputError

TABLES = {
    "person": [
        "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,person_source_value",
        "7,8532,1950,2,1,MRN7",
        "8,8507,1948,,,",
    ],
    "payer_plan_period": [
        (
            "payer_plan_period_id,person_id,payer_plan_period_start_date,payer_plan_period_end_date,"
            "payer_source_value"
        ),
        "1,7,2024-01-01,2024-12-31,Medicare",
    ],
    "visit_occurrence": [
        "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,provider_id",
        "70,7,9201,2024-03-01,2024-03-04,5",
    ],
    "condition_occurrence": [
        (
            "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,"
            "condition_source_concept_id,visit_occurrence_id"
        ),
        "1,7,201826,2024-03-01,44831",
        "2,7,201826,2024-03-01,0,70",
        "3,8,999,2024-03-02,0,",
    ],
    "measurement": [
        (
            "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,"
            "operator_concept_id,unit_source_value"
        ),
        "1,7,3004410,2024-03-02,9.25,4172704,%",
    ],
    "observation": [
        "observation_id,person_id,observation_concept_id,observation_date,value_as_string",
        "1,7,3004410,2024-03-02,poor",
    ],
    "drug_exposure": [
        (
            "drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_type_concept_id,"
            "drug_source_concept_id,quantity,days_supply"
        ),
        "1,7,1503297,2024-03-05,38000175,55,60,30",
        "2,7,40213145,2024-03-05,38000179,0,1,",
    ],
    "procedure_occurrence": [
        "procedure_occurrence_id,person_id,procedure_concept_id,procedure_date",
        "1,7,2414398,2024-03-03",
    ],
    "cost": [
        "cost_id,cost_event_id,cost_domain_id,total_charge,amount_allowed,paid_by_payer",
        "1,70,Visit,2000.00,1200.50,1000.07",
        "2,1,Drug,20.00,,10.10",
        "3,99,Visit,1.00,1.00,1.00",
    ],
    "provider": ["provider_id,npi,provider_name,specialty_concept_id", "5,1999999980,Doe,0"],
    "concept": [
        "concept_id,concept_name,vocabulary_id,concept_code",
        "201826,x,SNOMED,44054006",
        "44831,x,ICD10CM,E11.9",
        "3004410,x,LOINC,4548-4",
        "55,x,NDC,00000000001",
        "40213145,x,CVX,141",
        "2414398,x,HCPCS,G0439",
    ],
}


def omop(folder: Path, delimiter: str = "\t", **changed: list[str]) -> Path:
    folder.mkdir()
    for table, lines in (TABLES | changed).items():
        width = lines[0].count(",")
        whole = [it + "," * (width - it.count(",")) for it in lines]
        text = "\n".join(whole).replace(",", delimiter)
        (folder / f"{table}.csv").write_text(text + "\n")
    return folder


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_clinical_rows_carry_the_codes_of_their_source(tmp_path: Path, delimiter: str) -> None:
    """The source's ICD-10-CM code counts before the standard SNOMED CT one; a concept that the
    vocabulary table lacks stays a number, so that nothing is lost."""
    result = load_it(tmp_path / "data", omop(tmp_path / "in", delimiter))
    assert result.kind == "omop"
    assert rows(result, "condition", "person_id, code_type, code") == [
        ("test:7", "icd-10-cm", "E119"),
        ("test:7", "snomed-ct", "44054006"),
        ("test:8", "omop-concept", "999"),
    ]
    columns = "code, CAST(value_number AS VARCHAR), value_comparator, unit, value_text"
    assert rows(result, "observation", columns) == [
        ("4548-4", "9.250000", ">", "%", None),
        ("4548-4", None, None, None, "poor"),
    ]
    columns = "record_type, code_type, code, days_supply"
    assert rows(result, "medication", columns) == [("dispense", "ndc", "00000000001", 30)]
    assert rows(result, "immunization", "code") == [("141",)]
    assert rows(result, "clinical_procedure", "code_type, code") == [("hcpcs", "G0439")]
    columns = "encounter_type, attending_npi, CAST(encounter_end_date AS VARCHAR)"
    assert rows(result, "encounter", columns) == [("inpatient", "1999999980", "2024-03-04")]


def test_costs_are_claims_of_the_events_they_belong_to(tmp_path: Path) -> None:
    """1,200.50 → 120,050 cents allowed, 1,000.07 → 100,007 paid. A cost of a visit that was not
    delivered has no person and is set aside."""
    result = load_it(tmp_path / "data", omop(tmp_path / "in"))
    columns = "claim_type, allowed_cents, paid_cents, payer, line_of_business"
    assert rows(result, "medical_claim", columns) == [
        ("institutional", 120050, 100007, "Medicare", "medicare")
    ]
    assert rows(result, "pharmacy_claim", "ndc_code, paid_cents") == [("00000000001", 1010)]
    aside = [(table, row) for table, _, row, _ in quarantine(result)]
    assert aside == [("medical_claim", 3)]


def test_a_birth_without_month_is_in_july(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", omop(tmp_path / "in"))
    assert rows(result, "person", "person_id, sex, CAST(birth_date AS VARCHAR)") == [
        ("test:7", "female", "1950-02-01"),
        ("test:8", "male", "1948-07-01"),
    ]


def test_an_unclosed_quote_refuses_the_file_with_the_line(tmp_path: Path) -> None:
    lines = [TABLES["observation"][0], '1,7,3004410,2024-03-02,"poor']
    with pytest.raises(InputError, match=r"observation.csv:"):
        load_it(tmp_path / "data", omop(tmp_path / "in", observation=lines))
