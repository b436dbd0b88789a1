"""One population as 837, 835 and 834 files, read back: the same people, months and cents.

What is expected comes from the population that was generated, by its own columns; what the
formats cannot carry is listed beside each renderer.
"""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from load_tables import load_it
from openvbc.generate.population import generate
from openvbc.generate.render import x12_834, x12_835, x12_837
from openvbc.sources.x12 import strict

FINAL = "QUALIFY version_number = max(version_number) OVER (PARTITION BY claim_key)"


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred members over two years."""
    folder = tmp_path_factory.mktemp("x12") / "population"
    generate(
        folder,
        members=200,
        seed=3,
        first_year=2024,
        years=2,
        threads=1,
        memory_limit="800MB",
        realistic_feed=True,
    )
    # of crossover claims there is no 837, so that little can be told of their lines
    (folder / "medical_claim" / "crossover-00000.parquet").unlink()
    return folder


@pytest.fixture(scope="module")
def rendered(population: Path) -> Path:
    """Their claims, payments and enrolment."""
    out = population.parent / "rendered"
    for at, module in enumerate((x12_837, x12_835, x12_834)):
        module.render(population, out, seed=10 * at + 1)
    return out


@pytest.fixture(scope="module")
def both(population: Path, rendered: Path) -> duckdb.DuckDBPyConnection:
    """Views `want_<table>` of the population and `got_<table>` of what was read back."""
    result = load_it(population.parent / "data", rendered, as_line_of_business="medicare")
    assert not any(it.quarantined for it in result.tables.values())
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "500MB"})
    for table in ("medical_claim", "diagnosis", "procedure", "eligibility", "person"):
        got = f"read_parquet('{result.folder}/{table}/**/*.parquet', hive_partitioning = false)"
        parts = sorted(population.glob(f"{table}/*.parquet")) or [population / f"{table}.parquet"]
        want = f"read_parquet({[str(it) for it in parts]})"
        connection.execute(f"CREATE VIEW got_{table} AS SELECT * FROM {got}")
        connection.execute(f"CREATE VIEW want_{table} AS SELECT * FROM {want}")
    return connection


def same(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    """What a SELECT over `{0}_<table>` gives, equal for what was wanted and what was got."""
    got, want = (connection.execute(sql.format(it)).fetchall() for it in ("got", "want"))
    assert got == want
    return want


def test_final_claims_have_the_same_cents(both: duckdb.DuckDBPyConnection) -> None:
    """Cancelled claims are gone, replaced ones count once; IME and DSH ride in MIA."""
    found = same(
        both,
        "SELECT count(*), count(DISTINCT person_id), sum(charge_cents), sum(paid_cents), "
        "sum(ime_cents), sum(dsh_cents), count(*) FILTER (denied) "
        f"FROM (SELECT * FROM {{0}}_medical_claim {FINAL}) WHERE version_type <> 'cancel'",
    )
    assert found[0][0] > 5_000


def test_allowed_is_the_same_where_the_population_has_one(both: duckdb.DuckDBPyConnection) -> None:
    """Rural health clinics (bill type 71x) have no allowed amount, which an 835 cannot say."""
    same(
        both,
        f"SELECT sum(allowed_cents) FROM (SELECT * FROM {{0}}_medical_claim {FINAL}) "
        "WHERE version_type <> 'cancel' AND coalesce(bill_type_code, '') NOT LIKE '71%'",
    )


def test_every_version_is_the_same_on_its_day(both: duckdb.DuckDBPyConnection) -> None:
    same(
        both,
        "SELECT version_type, effective_on, count(*), sum(paid_cents) FROM {0}_medical_claim "
        "GROUP BY ALL ORDER BY ALL",
    )


def test_lines_are_the_same_one_by_one(both: duckdb.DuckDBPyConnection) -> None:
    found = same(
        both,
        "SELECT split_part('::' || claim_key, ':', -1) AS claim, effective_on, version_type, "
        "claim_line_number, person_id, claim_type, claim_start_date, claim_end_date, "
        "admission_date, drg_code, revenue_center_code, service_unit_quantity, hcpcs_code, "
        "hcpcs_modifier_1, rendering_npi, rendering_specialty_code, billing_npi, facility_ccn, "
        "place_of_service_code, left(bill_type_code, 2), paid_date, charge_cents, paid_cents "
        "FROM {0}_medical_claim ORDER BY ALL",
    )
    assert len({it[5] for it in found}) == 3


def test_diagnoses_and_procedures_are_the_same(both: duckdb.DuckDBPyConnection) -> None:
    """Of each claim once: a remittance's versions share what its 837 says."""
    for table, more in (("diagnosis", "present_on_admission"), ("procedure", "procedure_date")):
        same(
            both,
            f"SELECT DISTINCT split_part('::' || claim_key, ':', -1), sequence, person_id, code, "
            f"{more} FROM {{0}}_{table} ORDER BY ALL",
        )


def test_members_and_months_are_the_same(both: duckdb.DuckDBPyConnection) -> None:
    same(
        both,
        "SELECT person_id, member_id, payer, plan, enrollment_start_date, enrollment_end_date, "
        "coalesce(part_a, false), coalesce(part_b, false), original_reason_entitlement_code "
        "FROM {0}_eligibility ORDER BY ALL",
    )
    same(
        both,
        "SELECT person_id, birth_date, sex, race, death_date, state, county_fips "
        "FROM {0}_person ORDER BY ALL",
    )


def test_the_published_guides_find_nothing_wrong(rendered: Path, tmp_path: Path) -> None:
    """The first sets of every file, strictly."""
    pytest.importorskip("pyx12", reason="pyx12 is not installed")
    for path in sorted(rendered.glob("*.x12")):
        text = path.read_text()
        head, *sets = text[: text.index("GE*")].split("ST*8")
        control = head.split("*")[13]
        kept = "".join(f"ST*8{it}" for it in sets[:4])
        small = tmp_path / path.name
        trailer = f"GE*{len(sets[:4])}*{int(control)}~\nIEA*1*{control}~\n"
        small.write_text(f"{head}{kept}{trailer}")
        assert strict.examine(small, path.name) == ()
