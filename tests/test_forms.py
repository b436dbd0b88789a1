"""Codes in the form of their column: what is put into it, what stays and is named, what leaks not.

A code matches a list only where both are written alike: revenue centre 450 is 0450, and a list
that holds 0450 finds nothing in 450.
"""

from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from load_tables import LINE, PERSON, Row, load_it, rows, write_source
from openvbc.engine.model import Column, Model
from openvbc.report import load_table
from openvbc.sources.forms import FORMS, MARKS, formed, in_form
from openvbc.sources.loads import read_manifest
from openvbc.sources.reader import canonical_models

DIAGNOSIS = {
    "claim_key": "C1",
    "version_number": 1,
    "sequence": 1,
    "person_id": "P1",
    "claim_end_date": "2024-03-05",
    "code_type": "icd-10-cm",
    "code": "E119",
    "payer": "CMS",
    "line_of_business": "medicare",
}
FILL = {
    "claim_key": "R1",
    "version_number": 1,
    "version_type": "original",
    "sign": 1,
    "effective_on": "2024-04-01",
    "claim_id": "R1",
    "claim_line_number": 1,
    "person_id": "P1",
    "dispensing_date": "2024-03-05",
    "payer": "CMS",
    "line_of_business": "medicare",
}


def as_parquet(source: Path, **added: str) -> Path:
    """A folder's tables as Parquet; added: table → columns besides."""
    with duckdb.connect(config={"threads": 1}) as connection:
        for path in sorted(source.glob("*.csv")):
            more = f", {added[path.stem]}" if path.stem in added else ""
            connection.execute(
                f"COPY (SELECT *{more} FROM read_csv('{path}')) "
                f"TO '{path.with_suffix('.parquet')}' (FORMAT parquet)"
            )
            path.unlink()
    return source


def put(form: str, value: str) -> tuple[str, str]:
    """A value after the form, and what the form says of it."""
    column = Column("code", "VARCHAR", "", form=form if form in FORMS else "code_type")
    model = Model("coded", "canonical", "", (), "all", "none", "loaded", (column,))
    given = f"SELECT ? AS code, '{form}' AS code_type"
    rows = in_form(model, ["code", "code_type"], given, is_text=False)
    with duckdb.connect(config={"threads": 1}) as connection:
        found = connection.execute(f"SELECT code, {MARKS} FROM ({rows})", [value]).fetchall()
    return found[0][0], ("in form", "put", "in none")[found[0][1]]


@pytest.mark.parametrize(
    ("form", "given", "stored"),
    [
        ("bill_type", "0111", "111"),
        ("bill_type", "011x", "11X"),
        ("revenue_center", "450", "0450"),
        ("revenue_center", "1", "0001"),  # the total line
        ("revenue_center", "450.0", "0450"),  # a whole number that a spreadsheet kept as a fraction
        ("place_of_service", "2", "02"),
        ("discharge", "1", "01"),
        ("specialty", "8", "08"),
        ("specialty", "c0", "C0"),
        ("drg", "64", "064"),
        ("dual_status", "2", "02"),
        ("dual_status", "na", "NA"),
        ("enrolment_type", "ESRD", "esrd"),
        ("entitlement", "1.0", "1"),
        ("hcpcs", "g0439", "G0439"),
        ("modifier", "tc", "TC"),
        ("tin", "12-3456789", "123456789"),
        ("tin", "'123456789", "123456789"),
        ("npi", "1234567890.0", "1234567890"),
        ("ccn", "05t001", "05T001"),
        ("sex", "F", "female"),
        ("state", "ma", "MA"),
        # 21 CFR 207.33(b): ten digits as 4-4-2, 5-3-2 or 5-4-1; claims take eleven, 5-4-2
        ("ndc", "1234-5678-90", "01234567890"),
        ("ndc", "12345-678-90", "12345067890"),
        ("ndc", "12345-6789-0", "12345678900"),
        ("ndc", "12345-6789-01", "12345678901"),
        ("icd-10-cm", "e11.9", "E119"),
        ("icd-9-cm", "250.00", "25000"),
        ("icd-9-cm", "v58.67", "V5867"),
        ("icd-10-pcs", "0dtj4zz", "0DTJ4ZZ"),
        ("cvx", "8", "08"),
    ],
)
def test_a_value_of_one_meaning_is_put_into_form(form: str, given: str, stored: str) -> None:
    assert put(form, given) == (stored, "put")
    assert put(form, stored) == (stored, "in form")


@pytest.mark.parametrize(
    ("form", "given"),
    [
        ("tin", "12345678"),  # a leading zero lost, or another digit: not guessed
        ("npi", "1.23457E+09"),
        ("npi", "12345678901"),
        ("ccn", "50001"),
        ("ndc", "1234567890"),  # ten digits without hyphens: three numbers may be meant
        ("ndc", "1234-567-8"),
        ("county", "1001"),
        ("bill_type", "11"),
        ("bill_type", "0011"),
        ("revenue_center", "45O"),
        ("specialty", "207Q00000X"),  # a taxonomy code
        ("place_of_service", "office"),
        ("drg", "APR-194"),
        ("hcpcs", "9921"),
        ("dual_status", "full"),
        ("enrolment_type", "aged"),
        ("icd-10-cm", "250.00"),
        ("icd-10-cm", "E11.9 diabetes"),
    ],
)
def test_any_other_stays_as_it_came(form: str, given: str) -> None:
    assert put(form, given) == (given, "in none")


def test_every_form_that_a_column_names_is_one() -> None:
    named = {
        (model.name, it.form)
        for model in canonical_models().values()
        for it in formed(model)
        if it.form not in FORMS and it.form not in model.schema
    }
    assert named == set()
    used = {it.form for model in canonical_models().values() for it in formed(model)}
    assert set(FORMS) - used == set()
    # a row's marks fit a BIGINT: two bits for each column with a form
    assert max(len(formed(model)) for model in canonical_models().values()) <= 31


def test_a_load_says_what_it_put_into_form_and_what_may_match_no_list(tmp_path: Path) -> None:
    lines: list[Row] = [
        {"claim_key": "C1", "revenue_center_code": "450", "billing_tin": "12-3456789"},
        {"claim_key": "C2", "revenue_center_code": "0450", "billing_tin": "12345678"},
        {"claim_key": "C3", "revenue_center_code": "", "billing_tin": "Smith & Co"},
        # set aside for its amount: not counted
        {"claim_key": "C4", "revenue_center_code": "45", "paid_cents": -1},
    ]
    source = write_source(
        tmp_path / "in", person=[PERSON], medical_claim=[{**LINE, **it} for it in lines]
    )
    result = load_it(tmp_path / "data", source)
    count = result.tables["medical_claim"]
    assert (count.rows_in, count.accepted, count.set_aside, count.in_no_form) == (4, 3, 1, 2)
    assert rows(result, "medical_claim", "claim_key, revenue_center_code, billing_tin") == [
        ("C1", "0450", "123456789"),
        ("C2", "0450", "12345678"),
        ("C3", None, "Smith & Co"),
    ]
    found = {name: (it.put, it.odd, it.commonest) for name, it in count.forms.items()}
    assert found == {
        "revenue_center_code": (1, 0, []),
        "billing_tin": (1, 2, ["99999999", "AAAAA & AA"]),
    }
    console = Console(width=200, record=True)
    console.print(load_table(result))
    said = console.export_text()
    assert "medical_claim.revenue_center_code: put into form (four digits): 1\n" in said
    assert (
        "medical_claim.billing_tin: found 99999999, AAAAA & AA (9 a digit, A a letter), expected "
        "nine digits; kept as they came, and may match no list: 2\n"
    ) in said
    assert "Smith" not in said
    assert "Smith" not in str(read_manifest(result.folder))


def test_the_same_load_again_tells_the_same_forms(tmp_path: Path) -> None:
    line = LINE | {"rendering_specialty_code": "8"}
    source = write_source(tmp_path / "in", person=[PERSON], medical_claim=[line])
    first = load_it(tmp_path / "data", source)
    again = load_it(tmp_path / "data", source)
    assert again.already_loaded
    assert again.tables == first.tables


def test_a_code_in_another_form_is_the_same_content(tmp_path: Path) -> None:
    first = write_source(
        tmp_path / "one", person=[PERSON], medical_claim=[LINE | {"drg_code": "64"}]
    )
    later = write_source(tmp_path / "two", medical_claim=[LINE | {"drg_code": "064"}])
    load_it(tmp_path / "data", first)
    count = load_it(tmp_path / "data", later).tables["medical_claim"]
    assert (count.accepted, count.redelivered, count.set_aside) == (0, 1, 0)


def test_numbers_of_a_parquet_file_are_codes_too(tmp_path: Path) -> None:
    # files of numbers keep no leading zero: revenue centre 450, specialty 8, TIN as a double
    source = as_parquet(
        write_source(tmp_path / "in", person=[PERSON], medical_claim=[LINE]),
        medical_claim="450 AS revenue_center_code, CAST(8 AS DOUBLE) AS rendering_specialty_code",
    )
    result = load_it(tmp_path / "data", source)
    columns = "revenue_center_code, rendering_specialty_code"
    assert rows(result, "medical_claim", columns) == [("0450", "08")]
    forms = result.tables["medical_claim"].forms
    assert {name: (it.put, it.odd) for name, it in forms.items()} == {
        "revenue_center_code": (1, 0),
        "rendering_specialty_code": (1, 0),
    }


def test_a_code_system_in_capitals_is_the_same_system(tmp_path: Path) -> None:
    source = write_source(
        tmp_path / "in",
        person=[PERSON],
        diagnosis=[DIAGNOSIS | {"code_type": "ICD-10-CM", "code": "e11.9"}],
    )
    result = load_it(tmp_path / "data", source)
    assert rows(result, "diagnosis", "code_type, code") == [("icd-10-cm", "E119")]


@pytest.mark.parametrize("is_parquet", [False, True])
def test_a_sensitive_drug_is_known_however_it_is_written(tmp_path: Path, is_parquet: bool) -> None:
    # 12345-678-90 is 12345067890: a list that holds the second marks the first too
    (tmp_path / "sensitive_codes.csv").write_text(
        "category,kind,code\nsubstance_use,ndc,12345067890\n", encoding="utf-8"
    )
    fill = FILL | {"ndc_code": "12345-678-90"}
    source = write_source(tmp_path / "in", person=[PERSON], pharmacy_claim=[fill])
    result = load_it(tmp_path / "data", as_parquet(source) if is_parquet else source)
    found = rows(result, "pharmacy_claim", "ndc_code, sensitivity")
    assert found == [("12345067890", "substance_use")]
