"""One population as Tuva, Synthea and MSSP lists: loaded back, it is the same people and money."""

from decimal import Decimal
from pathlib import Path

import pytest

from load_tables import load_it, select
from openvbc.generate.population import generate
from openvbc.generate.render import mssp_reports, synthea, tuva
from openvbc.sources.result import LoadResult

FINAL = """
    SELECT coalesce(allowed_cents, paid_cents) AS allowed, paid_cents AS paid
    FROM read_parquet('{0}/*.parquet')
    QUALIFY version_number = max(version_number) OVER (PARTITION BY claim_key)
        AND version_type <> 'cancel'
"""


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "population"
    generate(
        folder, members=200, seed=7, years=2, memory_limit="600MB", threads=1, realistic_feed=True
    )
    return folder


def stored(result: LoadResult, table: str) -> str:
    files = f"{result.folder}/{table}/**/*.parquet"
    return f"read_parquet('{files}', hive_partitioning = false)"


def money(rows: str) -> list[tuple[object, ...]]:
    return select(
        "SELECT count(*), CAST(sum(allowed) AS BIGINT), CAST(sum(paid) AS BIGINT) FROM "
        f"(SELECT coalesce(allowed_cents, paid_cents) AS allowed, paid_cents AS paid FROM {rows})"
    )


def made(population: Path, table: str) -> list[tuple[object, ...]]:
    sql = FINAL.format(population / table)
    return select(
        f"SELECT count(*), CAST(sum(allowed) AS BIGINT), CAST(sum(paid) AS BIGINT) FROM ({sql})"
    )


def days(rows: str) -> list[tuple[object, ...]]:
    """People, spans, and all their first and last days added up."""
    since = "DATE '2000-01-01'"
    return select(
        f"SELECT count(DISTINCT person_id), count(*), sum(enrollment_start_date - {since}), "
        f"sum(coalesce(enrollment_end_date, DATE '2099-12-31') - {since}) FROM {rows}"
    )


def test_tuva_carries_people_days_and_final_lines_to_the_cent(
    population: Path, tmp_path: Path
) -> None:
    tuva.render(population, tmp_path / "out", seed=1)
    result = load_it(tmp_path / "data", tmp_path / "out")
    assert result.kind == "tuva"
    for table in ("medical_claim", "pharmacy_claim"):
        assert money(stored(result, table)) == made(population, table)
    given = f"read_parquet('{population}/eligibility/*.parquet')"
    assert days(stored(result, "eligibility")) == days(given)


def test_synthea_carries_people_days_and_each_claims_sum_to_the_cent(
    population: Path, tmp_path: Path
) -> None:
    synthea.render(population, tmp_path / "out", seed=1)
    result = load_it(tmp_path / "data", tmp_path / "out")
    assert result.kind == "synthea"
    for table in ("medical_claim", "pharmacy_claim"):
        assert money(stored(result, table))[0][1:] == made(population, table)[0][1:]
    given = f"read_parquet('{population}/eligibility/*.parquet')"
    assert days(stored(result, "eligibility")) == days(given)


def test_mssp_lists_name_the_same_people_and_months(population: Path, tmp_path: Path) -> None:
    mssp_reports.render(population, tmp_path / "out", seed=1)
    result = load_it(tmp_path / "data", tmp_path / "out", max_quarantine=Decimal(0))
    lists = sorted((tmp_path / "out").glob("*_1-1.csv"))
    flags = " + ".join(f'CAST("EnrollFlag{n}" > 0 AS INTEGER)' for n in range(1, 13))
    files = ", ".join(f"'{path}'" for path in lists)
    expected = select(
        f"SELECT BENE_MBI_ID, CAST(nullif({flags}, 0) AS INTEGER) FROM read_csv([{files}])"
    )
    assert len(expected) > 50
    found = select(
        f"SELECT person_id, months FROM {stored(result, 'reported_assignment')} "
        "WHERE report = 'AALR-1'"
    )
    assert found == expected


@pytest.mark.parametrize("render", [tuva.render, synthea.render, mssp_reports.render])
def test_the_same_seed_gives_the_same_bytes(
    population: Path, tmp_path: Path, render: "object"
) -> None:
    assert callable(render)
    for name in ("one", "two"):
        render(population, tmp_path / name, seed=3)
    one = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    two = {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    assert one == two
    assert one
