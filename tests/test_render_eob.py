"""One population as Blue Button v3 and back: the same people, months and dollars, to the cent."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from load_tables import load_it
from openvbc.generate.population import generate
from openvbc.generate.render.eob import NOT_CARRIED, render

FINAL = """
SELECT count(*), sum(paid_cents), sum(allowed_cents) FROM (
    SELECT *, rank() OVER (PARTITION BY claim_key ORDER BY version_number DESC) AS nth
    FROM read_parquet('{files}', hive_partitioning = false))
WHERE nth = 1 AND version_type <> 'cancel'
"""
"""What stands at the end: the last version of each claim, unless it is a cancellation."""

MONTHS = """
SELECT person_id, month, part_b, medicare_advantage, enrolment_type FROM (
    SELECT *, unnest(generate_series(
        date_trunc('month', enrollment_start_date + INTERVAL 30 DAY)::DATE,
        COALESCE(enrollment_end_date, DATE '2024-12-31'), INTERVAL 1 MONTH))::DATE AS month
    FROM read_parquet('{files}', hive_partitioning = false)
    WHERE line_of_business = 'medicare')
WHERE month >= DATE '2023-01-01'
ORDER BY ALL
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The population's folder, and the load of what it was rendered as."""
    folder = tmp_path_factory.mktemp("eob")
    population = generate(
        folder / "population",
        members=200,
        seed=7,
        first_year=2023,
        years=2,
        threads=1,
        realistic_feed=True,
    ).folder
    # Blue Button is Medicare's
    (folder / "population" / "medical_claim" / "crossover-00000.parquet").unlink()
    render(population, folder / "fhir", seed=7)
    result = load_it(folder / "data", folder / "fhir")
    assert result.kind == "bcda"
    assert all(not count.quarantined for count in result.tables.values())
    return population, result.folder


def _both(made: tuple[Path, Path], table: str, sql: str) -> list[list[tuple[Any, ...]]]:
    with duckdb.connect() as connection:
        return [
            connection.execute(sql.format(files=folder / table / "**" / "*.parquet")).fetchall()
            for folder in made
        ]


@pytest.mark.parametrize("table", ["medical_claim", "pharmacy_claim"])
def test_final_dollars_are_the_same(made: tuple[Path, Path], table: str) -> None:
    given, read = _both(made, table, FINAL)
    assert given == read
    assert given[0][1] > 0


@pytest.mark.parametrize("table", ["medical_claim", "pharmacy_claim"])
def test_every_line_of_every_version_is_the_same(made: tuple[Path, Path], table: str) -> None:
    """The population has cancellations and replacements, and they come back as such."""
    sql = """SELECT claim_id, claim_line_number, version_type, sign, effective_on, paid_date,
        allowed_cents, paid_cents FROM read_parquet('{files}', hive_partitioning = false)
        ORDER BY ALL"""
    given, read = _both(made, table, sql)
    assert given == read
    assert {row[2] for row in given} == {"original", "cancel", "adjust"}


def test_what_a_medical_line_says_is_the_same(made: tuple[Path, Path]) -> None:
    sql = """SELECT claim_id, claim_line_number, person_id, claim_type, claim_start_date,
        claim_end_date, bill_type_code, place_of_service_code, drg_code, revenue_center_code,
        hcpcs_code, hcpcs_modifier_1, service_unit_quantity, rendering_npi,
        rendering_specialty_code, billing_npi, billing_tin, facility_ccn, charge_cents,
        discharge_disposition_code, COALESCE(ime_cents, 0), COALESCE(dsh_cents, 0)
        FROM read_parquet('{files}', hive_partitioning = false) ORDER BY ALL"""
    given, read = _both(made, "medical_claim", sql)
    assert given == read


def test_diagnoses_and_procedures_are_the_same(made: tuple[Path, Path]) -> None:
    for table in ("diagnosis", "procedure"):
        sql = """SELECT person_id, claim_end_date, sequence, code_type, code
            FROM read_parquet('{files}', hive_partitioning = false) ORDER BY ALL"""
        given, read = _both(made, table, sql)
        assert given == read, table


def test_member_months_are_the_same(made: tuple[Path, Path]) -> None:
    given, read = _both(made, "eligibility", MONTHS)
    assert given == read
    assert len(given) > 200 * 12


def test_what_is_not_carried_is_listed_with_its_reason() -> None:
    assert all(NOT_CARRIED.values())
