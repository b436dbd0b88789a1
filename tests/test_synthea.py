"""The real Synthea export of the shared data: 27 patients load, reconcile, and have primary care.

The expected counts and sums are those of the source's own files, read here without our reader.
"""

from pathlib import Path

import duckdb
import pytest

from load_tables import load_it, quarantine, rows, select, write_source
from openvbc.sources.load import LoadResult
from openvbc.sources.reader import SOURCES_FOLDER


@pytest.fixture(scope="module")
def export(shared: Path) -> Path:
    folder = shared / "data" / "dbt_synthea_csv_seeds" / "seeds" / "synthea"
    if not folder.is_dir():
        pytest.skip("no Synthea export in the shared data")
    return folder


@pytest.fixture(scope="module")
def loaded(export: Path, tmp_path_factory: pytest.TempPathFactory) -> LoadResult:
    data = tmp_path_factory.mktemp("synthea")
    return load_it(data, export, as_line_of_business="medicare", threads=2)


@pytest.fixture(scope="module")
def as_it_is(export: Path, tmp_path_factory: pytest.TempPathFactory) -> LoadResult:
    return load_it(tmp_path_factory.mktemp("synthea"), export, buckets=1)


def source_rows(export: Path, file: str, columns: str) -> list[tuple[object, ...]]:
    return select(
        f"SELECT {columns} FROM read_csv('{export}/{file}.csv', header = true, all_varchar = true)"
    )


def test_every_patient_and_every_encounter_is_there(export: Path, loaded: LoadResult) -> None:
    assert loaded.kind == "synthea"
    assert loaded.tables["person"].accepted == 27
    for table, file in (("medical_claim", "encounters"), ("pharmacy_claim", "medications")):
        assert [(loaded.tables[table].accepted,)] == source_rows(export, file, "count(*)")
    assert rows(loaded, "provider", "count(*)") == source_rows(export, "providers", "count(*)")


@pytest.mark.parametrize(
    ("table", "file", "allowed"),
    [
        ("medical_claim", "encounters", "total_claim_cost"),
        ("pharmacy_claim", "medications", "totalcost"),
    ],
)
def test_the_money_is_the_sources_to_the_cent(
    export: Path, loaded: LoadResult, table: str, file: str, allowed: str
) -> None:
    """Allowed is what the encounter or prescription cost, paid what the payer covered of it."""
    totals = [
        f"CAST(sum(CAST({column} AS DECIMAL(18, 2))) * 100 AS BIGINT)"
        for column in (allowed, "payer_coverage")
    ]
    found = rows(loaded, table, "sum(allowed_cents)::BIGINT, sum(paid_cents)::BIGINT")
    assert found == source_rows(export, file, ", ".join(totals))
    assert int(str(found[0][0])) > 0


def test_only_a_span_that_ends_before_it_starts_is_set_aside(as_it_is: LoadResult) -> None:
    """Synthea has one transition of no length: 1,051 spans, 258 without insurance, 793 read."""
    assert [row[3] for row in quarantine(as_it_is)] == ["ends before it starts"]
    count = as_it_is.tables["eligibility"]
    assert (count.rows_in, count.accepted) == (793, 792)


def test_without_an_override_coverage_is_as_the_payers_are(as_it_is: LoadResult) -> None:
    found = rows(as_it_is, "eligibility", "DISTINCT payer, line_of_business, part_a")
    assert ("Medicare", "medicare", True) in found
    assert ("Medicaid", "medicaid", None) in found
    assert ("Aetna", "commercial", None) in found
    assert not [row for row in found if row[0] == "NO_INSURANCE"]


def test_with_the_override_every_span_is_medicare_with_a_and_b(loaded: LoadResult) -> None:
    found = rows(
        loaded, "eligibility", "DISTINCT line_of_business, part_a, part_b, medicare_advantage"
    )
    assert found == [("medicare", True, True, False)]
    # one of the 1,051 transitions has no length
    assert loaded.tables["eligibility"].accepted == 1050
    assert set(rows(loaded, "medical_claim", "line_of_business")) == {("medicare",)}


def test_enrolment_type_follows_age_on_the_first_day(loaded: LoadResult) -> None:
    """The patient born 1949-11-26 turns 65 on 2014-11-26."""
    born = "319af005-46b9-f635-79dd-ec44d34a8c23"
    found = rows(loaded, "eligibility", "person_id, enrollment_start_date, enrolment_type")
    mine = [(str(day), kind) for person, day, kind in found if person == born]
    assert {kind for day, kind in mine if day < "2014-11-26"} == {"disabled"}
    assert {kind for day, kind in mine if day >= "2014-11-26"} <= {"aged_nondual", "aged_dual"}


def test_primary_care_is_billed_by_practices_with_a_tin_and_a_specialty(
    loaded: LoadResult,
) -> None:
    """What attribution needs: professional lines, primary care codes, TIN, NPI and specialty."""
    found = rows(
        loaded,
        "medical_claim",
        "count(DISTINCT person_id), bool_and(billing_tin SIMILAR TO '9[0-9]{8}'), "
        "bool_and(rendering_npi SIMILAR TO '9[0-9]{9}'), bool_and(rendering_specialty_code <> ''), "
        "bool_and(claim_type = 'professional')",
    )
    assert found[0][1:4] == (True, True, True)
    wellness = select(
        f"SELECT count(DISTINCT person_id) FROM '{loaded.folder}/medical_claim/*/*.parquet' "
        "WHERE hcpcs_code IN ('99213', 'G0439')"
    )
    assert wellness == [(27,)]


def test_hospital_claims_have_a_bill_type_and_a_facility_that_is_known(
    loaded: LoadResult,
) -> None:
    found = rows(
        loaded, "medical_claim", "DISTINCT claim_type, bill_type_code, place_of_service_code"
    )
    assert {row[:2] for row in found if row[0] == "institutional"} == {
        ("institutional", "111"),
        ("institutional", "131"),
    }
    used = {row[0] for row in rows(loaded, "medical_claim", "DISTINCT facility_ccn") if row[0]}
    assert used == {row[0] for row in rows(loaded, "facility", "ccn")}


def test_a_death_certification_is_no_primary_care(loaded: LoadResult) -> None:
    """Synthea writes it as a wellness encounter after death; the map says otherwise."""
    found = select(
        f"SELECT count(*) FROM '{loaded.folder}/medical_claim/*/*.parquet' AS c "
        f"JOIN '{loaded.folder}/person/*/*.parquet' AS p USING (person_id) "
        "WHERE c.claim_start_date > p.death_date AND c.hcpcs_code IS NOT NULL"
    )
    assert found == [(0,)]


def test_conditions_stay_snomed(loaded: LoadResult) -> None:
    for table in ("diagnosis", "procedure"):
        assert rows(loaded, table, "DISTINCT code_type") == [("snomed-ct",)]


def test_row_numbers_point_to_the_sources_own_lines(export: Path, loaded: LoadResult) -> None:
    """Row 1 is the line below the header."""
    with (export / "patients.csv").open(encoding="utf-8") as file:
        lines = file.read().splitlines()
    for person, number in rows(loaded, "person", "person_id, row_number"):
        assert lines[number].startswith(person)


def test_an_encounter_class_that_the_map_does_not_know_is_set_aside(
    export: Path, tmp_path: Path
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    names = [
        "patients",
        "payers",
        "payer_transitions",
        "organizations",
        "providers",
        "claims",
        "encounters",
    ]
    for name in names:
        text = (export / f"{name}.csv").read_text(encoding="utf-8")
        if name == "encounters":
            text = text.replace(",urgentcare,", ",teleport,")
        (source / f"{name}.csv").write_text(text, encoding="utf-8")
    result = load_it(tmp_path / "data", source)
    found = [row[3] for row in quarantine(result) if row[0] == "medical_claim"]
    assert found == ["claim_type is missing"] * 2


def test_the_maps_hold_each_key_once() -> None:
    folder = SOURCES_FOLDER / "synthea"
    keys = {
        "encounter_class": "encounter_class, encounter_code",
        "specialty": "speciality",
        "payer": "payer",
        "state": "state",
    }
    assert {path.stem for path in folder.glob("*.csv")} == set(keys)
    for name, key in keys.items():
        with duckdb.connect() as connection:
            twice = connection.execute(
                f"SELECT {key} FROM read_csv('{folder}/{name}.csv', all_varchar = true) "
                "GROUP BY ALL HAVING count(*) > 1"
            ).fetchall()
        assert not twice
        assert f"`{name}.csv`" in (folder / "README.md").read_text(encoding="utf-8")


def test_a_source_folder_of_another_kind_is_not_taken_for_synthea(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", person=[{"person_id": "P1"}])
    assert load_it(tmp_path / "data", source).kind == "own"
