"""The clinical part of Tuva's input layer, in and out again."""

from pathlib import Path

import duckdb

from load_tables import load_it, rows, select, write_source
from openvbc.sources.tuva_view import TUVA_CLINICAL, tuva_view_sql

TABLES = {
    "patient": [{"person_id": "P1", "sex": "female", "birth_date": "1950-02-01", "state": "MA"}],
    "condition": [
        {
            "condition_id": "1",
            "person_id": "P1",
            "encounter_id": "9",
            "recorded_date": "2024-03-01",
            "status": "active",
            "condition_type": "problem",
            "source_code_type": "icd-10-cm",
            "source_code": "e11.9",
        }
    ],
    "encounter": [
        {
            "encounter_id": "9",
            "person_id": "P1",
            "encounter_type": "inpatient",
            "encounter_start_date": "2024-03-01",
            "encounter_end_date": "2024-03-04",
            "attending_provider_id": "D1",
            "facility_id": "L1",
        }
    ],
    "immunization": [
        {
            "immunization_id": "1",
            "person_id": "P1",
            "source_code_type": "cvx",
            "source_code": "141",
            "status": "not-done",
            "occurrence_date": "2024-03-02",
        }
    ],
    "lab_result": [
        {
            "lab_result_id": "1",
            "person_id": "P1",
            "source_component_type": "loinc",
            "source_component_code": "4548-4",
            "result": ">= 9.25",
            "result_datetime": "2024-03-02 09:00:00",
            "source_units": "%",
        }
    ],
    "medication": [
        {
            "medication_id": "1",
            "person_id": "P1",
            "dispensing_date": "2024-03-05",
            "ndc_code": "00000000001",
            "days_supply": "30",
            "practitioner_id": "D1",
        }
    ],
    "observation": [
        {
            "observation_id": "1",
            "person_id": "P1",
            "observation_type": "vital-signs",
            "source_code_type": "loinc",
            "source_code": "8480-6",
            "result": "high",
            "observation_date": "2024-03-02",
        }
    ],
    "procedure": [
        {
            "procedure_id": "1",
            "person_id": "P1",
            "procedure_date": "2024-03-03",
            "source_code_type": "hcpcs",
            "source_code": "G0439",
        }
    ],
    "practitioner": [
        {"practitioner_id": "D1", "npi": "1999999980", "first_name": "J", "last_name": "Doe"}
    ],
    "location": [{"location_id": "L1", "npi": "1999999998", "name": "Lakeside Hospital"}],
    "provider_attribution": [
        {
            "person_id": "P1",
            "year_month": "202403",
            "payer": "CMS",
            "payer_attributed_provider": "1999999980",
            "payer_attributed_provider_practice": "960000001",
        }
    ],
}


def test_clinical_tables_become_canonical(tmp_path: Path) -> None:
    """People come from the patient table; who did what is found by the practitioner's key."""
    result = load_it(tmp_path / "data", write_source(tmp_path / "in", **TABLES))
    assert result.kind == "tuva"
    assert rows(result, "person", "person_id, sex, state") == [("P1", "female", "MA")]
    assert rows(result, "condition", "code_type, code, status") == [("icd-10-cm", "E119", "active")]
    columns = "attending_npi, facility_npi, status"
    assert rows(result, "encounter", columns) == [("1999999980", "1999999998", "finished")]
    assert rows(result, "immunization", "code, status") == [("141", "not done")]
    columns = "category, code, CAST(value_number AS VARCHAR), value_comparator, value_text"
    assert rows(result, "observation", columns) == [
        ("laboratory", "4548-4", "9.250000", ">=", None),
        ("vital-signs", "8480-6", None, None, "high"),
    ]
    columns = "record_type, code_type, code, practitioner_npi"
    assert rows(result, "medication", columns) == [("dispense", "ndc", "00000000001", "1999999980")]
    assert rows(result, "clinical_procedure", "code") == [("G0439",)]
    columns = "report_period, status, tin, npi"
    assert rows(result, "reported_assignment", columns) == [
        ("2024-03", "assigned", "960000001", "1999999980")
    ]
    accepted = {name: it.accepted for name, it in result.tables.items() if it.rows_in}
    assert set(accepted.values()) == {1, 2}


CANONICAL = (
    "condition",
    "encounter",
    "immunization",
    "observation",
    "medication",
    "clinical_procedure",
    "provider",
    "reported_assignment",
)


def test_what_is_exported_loads_as_the_same_rows(tmp_path: Path) -> None:
    """In, out as the input layer's tables, and in again: nothing has changed but the keys, which
    carry the name of the source once more."""
    first = load_it(tmp_path / "data", write_source(tmp_path / "in", **TABLES))
    out = tmp_path / "out"
    out.mkdir()
    with duckdb.connect() as connection:
        for table in CANONICAL:
            files = f"{first.folder}/{table}/**/*.parquet"
            connection.execute(
                f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{files}', "
                "hive_partitioning = false)"
            )
        for name, sql in tuva_view_sql(TUVA_CLINICAL).items():
            connection.execute(f"COPY ({sql}) TO '{out}/{name}.csv' (FORMAT csv, HEADER)")
    write_source(out, patient=TABLES["patient"])
    second = load_it(tmp_path / "again", out)
    columns = {
        "condition": "code_type, code, status, recorded_date",
        "immunization": "code, status, occurrence_date",
        "observation": "category, code, value_number, value_comparator, value_text, unit",
        "medication": "record_type, code_type, code, practitioner_npi, days_supply",
        "clinical_procedure": "code_type, code, procedure_date",
        "reported_assignment": "report_period, status, tin, npi",
        "encounter": "encounter_type, encounter_start_date, encounter_end_date, attending_npi",
    }
    for table, shown in columns.items():
        assert rows(second, table, shown) == rows(first, table, shown)
    assert select(f"SELECT count(*) FROM read_csv('{out}/practitioner.csv')") == [(2,)]
