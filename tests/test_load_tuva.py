"""Files in the shape of Tuva's input layer: wide becomes long, dollars become whole cents."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from load_tables import Row, load_it, quarantine, rows, write_source
from openvbc.sources.tuva_view import tuva_view_sql

SPAN = {
    "person_id": "P1",
    "member_id": "M1",
    "gender": "Female",
    "birth_date": "1950-02-01",
    "death_date": "",
    "enrollment_start_date": "2024-01-01",
    "enrollment_end_date": "2024-12-31",
    "payer": "CMS",
    "payer_type": "medicare",
    "plan": "Original Medicare",
    "dual_status_code": "02",
    "medicare_status_code": "10",
    "state": "ma",
}
LINE = {
    "claim_id": "C1",
    "claim_line_number": 1,
    "claim_type": "institutional",
    "person_id": "P1",
    "payer": "CMS",
    "plan": "Original Medicare",
    "claim_start_date": "2024-03-01",
    "claim_end_date": "2024-03-05",
    "bill_type_code": "0111",
    "hcpcs_code": "99213",
    "paid_date": "2024-04-01",
    "paid_amount": "1000.07",
    "allowed_amount": "1200.5",
    "charge_amount": "2000",
    "diagnosis_code_type": "icd-10-cm",
    "diagnosis_code_1": "I50.9",
    "diagnosis_poa_1": "Y",
    "diagnosis_code_3": "e11.65",
    "procedure_code_1": "0DTJ4ZZ",
    "procedure_date_1": "2024-03-02",
}
FILL = {
    "claim_id": "R1",
    "claim_line_number": 1,
    "person_id": "P1",
    "payer": "CMS",
    "dispensing_date": "2024-03-09",
    "ndc_code": "00000000001",
    "quantity": "30",
    "days_supply": "30",
    "paid_amount": "10.10",
}


def tuva(folder: Path, *, lines: Sequence[Row] = (), spans: Sequence[Row] = ()) -> Path:
    return write_source(
        folder,
        eligibility=spans or [SPAN],
        medical_claim=lines or [LINE],
        pharmacy_claim=[FILL],
    )


def test_the_kind_is_recognised_and_dollars_become_cents(tmp_path: Path) -> None:
    # 1,000.07 → 100,007 cents; 1,200.5 → 120,050; 2,000 → 200,000; 10.10 → 1,010
    result = load_it(tmp_path / "data", tuva(tmp_path / "in"))
    assert result.kind == "tuva"
    columns = "paid_cents, allowed_cents, charge_cents, bill_type_code"
    assert rows(result, "medical_claim", columns) == [(100007, 120050, 200000, "111")]
    assert rows(result, "pharmacy_claim", "paid_cents, quantity, days_supply")[0][0] == 1010


def test_a_claim_without_versions_is_an_original_from_its_payment(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", tuva(tmp_path / "in"))
    columns = "claim_key, version_number, version_type, sign, CAST(effective_on AS VARCHAR)"
    assert rows(result, "medical_claim", columns) == [("test:C1", 1, "original", 1, "2024-04-01")]


def test_filled_diagnoses_and_procedures_become_rows_once_a_claim(tmp_path: Path) -> None:
    """The input layer repeats them on every line; the place in the wide row is the sequence."""
    lines = [LINE, LINE | {"claim_line_number": 2}]
    result = load_it(tmp_path / "data", tuva(tmp_path / "in", lines=lines))
    assert rows(result, "diagnosis", "sequence, code, code_type, present_on_admission") == [
        (1, "I509", "icd-10-cm", "Y"),
        (3, "E1165", "icd-10-cm", None),
    ]
    columns = "sequence, code, code_type, CAST(procedure_date AS VARCHAR)"
    assert rows(result, "procedure", columns) == [(1, "0DTJ4ZZ", "icd-10-pcs", "2024-03-02")]
    assert result.tables["medical_claim"].accepted == 2


@pytest.mark.parametrize(
    ("status", "dual", "expected"),
    [
        ("10", "00", "aged_nondual"),
        ("10", "02", "aged_dual"),
        ("20", "02", "disabled"),
        ("11", "00", "esrd"),
        ("31", "08", "esrd"),
        ("", "00", None),
    ],
)
def test_enrolment_type_follows_medicare_status_then_dual_status(
    tmp_path: Path, status: str, dual: str, expected: str | None
) -> None:
    span = SPAN | {"medicare_status_code": status, "dual_status_code": dual}
    result = load_it(tmp_path / "data", tuva(tmp_path / "in", spans=[span]))
    columns = "enrolment_type, part_a, part_b, medicare_advantage, line_of_business"
    assert rows(result, "eligibility", columns) == [(expected, True, True, False, "medicare")]


def test_a_person_is_as_the_latest_span_says(tmp_path: Path) -> None:
    later = {
        "enrollment_start_date": "2025-01-01",
        "enrollment_end_date": "",
        "death_date": "2025-02-03",
    }
    result = load_it(tmp_path / "data", tuva(tmp_path / "in", spans=[SPAN, SPAN | later]))
    columns = "person_id, sex, state, us_resident, CAST(death_date AS VARCHAR)"
    assert rows(result, "person", columns) == [("P1", "female", "MA", True, "2025-02-03")]


def test_lines_carry_the_line_of_business_of_the_coverage(tmp_path: Path) -> None:
    other = SPAN | {"payer": "Example Mutual", "payer_type": "Commercial"}
    lines = [LINE, LINE | {"claim_id": "C2", "payer": "Example Mutual"}]
    source = tuva(tmp_path / "in", spans=[SPAN, other], lines=lines)
    result = load_it(tmp_path / "data", source)
    assert rows(result, "medical_claim", "claim_id, line_of_business") == [
        ("C1", "medicare"),
        ("C2", "commercial"),
    ]


BAD = {
    "unexplained negative amount": {"paid_amount": "-5.00"},
    "paid_cents: more than two decimals": {"paid_amount": "5.005"},
    "paid_cents: found text that is not a whole number": {"paid_amount": "5,00"},
    "paid_cents is missing": {"paid_amount": ""},
    "unknown claim type": {"claim_type": "vision"},
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_line_is_set_aside(tmp_path: Path, reason: str) -> None:
    lines = [LINE, LINE | {"claim_id": "C2"} | BAD[reason]]
    result = load_it(tmp_path / "data", tuva(tmp_path / "in", lines=lines))
    found = [row for row in quarantine(result) if row[0] == "medical_claim"]
    assert found == [("medical_claim", "medical_claim.csv", 2, reason)]


def test_dollars_in_parquet_are_read_exactly_as_doubles_too(tmp_path: Path) -> None:
    """Tuva's amounts are often doubles; 1000.07 has no exact double, its shortest text has."""
    text = tuva(tmp_path / "text")
    typed = tmp_path / "typed"
    typed.mkdir()
    with duckdb.connect() as connection:
        for path in text.glob("*.csv"):
            connection.execute(
                f"COPY (FROM '{path}') TO '{typed}/{path.stem}.parquet' (FORMAT parquet)"
            )
    result = load_it(tmp_path / "data", typed)
    columns = "paid_cents, allowed_cents, charge_cents"
    assert rows(result, "medical_claim", columns) == [(100007, 120050, 200000)]
    assert not quarantine(result)


def test_the_view_in_tuvas_shape_gives_back_the_dollars_and_codes(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", tuva(tmp_path / "in"))
    with duckdb.connect() as connection:
        for table in (
            "person",
            "eligibility",
            "medical_claim",
            "pharmacy_claim",
            "diagnosis",
            "procedure",
        ):
            files = f"{result.folder}/{table}/**/*.parquet"
            connection.execute(
                f"CREATE VIEW {table} AS "
                f"SELECT * FROM read_parquet('{files}', hive_partitioning = false)"
            )
        views = tuva_view_sql()
        for name, sql in views.items():
            connection.execute(f"CREATE VIEW tuva_{name} AS {sql}")
        claim = connection.execute(
            "SELECT claim_id, person_id, paid_amount, allowed_amount, diagnosis_code_1, "
            "diagnosis_code_2, diagnosis_code_3, procedure_code_1 FROM tuva_medical_claim"
        ).fetchall()
        fill = connection.execute("SELECT paid_amount FROM tuva_pharmacy_claim").fetchall()
        span = connection.execute(
            "SELECT person_id, gender, payer_type, dual_status_code FROM tuva_eligibility"
        ).fetchall()
    assert [tuple(map(str, row)) for row in claim] == [
        ("C1", "P1", "1000.07", "1200.50", "I509", "None", "E1165", "0DTJ4ZZ")
    ]
    assert str(fill[0][0]) == "10.10"
    assert span == [("P1", "female", "medicare", "02")]
