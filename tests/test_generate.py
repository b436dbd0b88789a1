"""The synthetic population: the same seed gives the same bytes, and the files hang together.

Where the right answers come from: the counts and amounts are computed again here, from the files
that were written, by other queries than those that wrote them.
"""

import csv
import math
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from generate_sample import CHUNKED, WHOLE, digests, rows, view
from openvbc.engine.model import MODELS_FOLDER, read_models
from openvbc.errors import InputError
from openvbc.generate import maker
from openvbc.generate.population import Generated, generate

FEW = 300
MANY = 2_000
UNSAID = {"bucket", "debit_credit"}
"""The loader computes the one; versions replace each other here, so the other is empty."""

LINEAGE = {"data_source", "payer", "plan", "line_of_business", "sensitivity", "received_on"}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    folder = tmp_path_factory.mktemp("few") / "population"
    return generate(folder, members=FEW, memory_limit="400MB", threads=1)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    folder = tmp_path_factory.mktemp("many") / "population"
    return generate(folder, members=MANY, memory_limit="400MB")


@pytest.fixture(scope="module")
def tables(many: Generated) -> duckdb.DuckDBPyConnection:
    return view(many.folder)


# --- The same arguments give the same bytes -------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(few: Generated, tmp_path: Path) -> None:
    generate(tmp_path / "again", members=FEW, memory_limit="300MB", threads=2)
    assert digests(tmp_path / "again") == digests(few.folder)


def test_another_seed_gives_other_people(few: Generated, tmp_path: Path) -> None:
    generate(tmp_path / "other", members=FEW, seed=2, memory_limit="300MB", threads=1)
    first, second = digests(few.folder), digests(tmp_path / "other")
    assert first.keys() == second.keys()
    alike = {file for file in first if first[file] == second[file]}
    # who practises where does not depend on chance
    assert alike == {"provider.parquet", "facility.parquet", "source.parquet", "participants.csv"}


def test_the_size_of_a_chunk_changes_no_row(
    few: Generated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker, "CHUNK", 100)
    seen: list[tuple[str, int, int]] = []
    generate(
        tmp_path / "chunks",
        members=FEW,
        memory_limit="300MB",
        progress=lambda *step: seen.append(step),
    )
    # 300 members + 3 earlier years x (13 who died + 3 who left) = 348 people: four chunks
    assert seen[-1] == ("people", 348, 348)
    assert len(list((tmp_path / "chunks" / "medical_claim").iterdir())) == 4
    whole, parts = view(few.folder), view(tmp_path / "chunks")
    for table in CHUNKED:
        ordered = f"SELECT * FROM {table} ORDER BY ALL"
        assert rows(whole, ordered) == rows(parts, ordered)


# --- The files are what the reader of our own exports expects -------------------------------------


def test_the_columns_are_the_canonical_ones_with_their_types(few: Generated) -> None:
    connection = view(few.folder)
    canonical = read_models(MODELS_FOLDER / "canonical")
    for table in (*CHUNKED, *WHOLE):
        found = {row[0]: row[1] for row in rows(connection, f"DESCRIBE {table}")}
        declared = {
            name: kind for name, kind in canonical[table].schema.items() if name not in UNSAID
        }
        assert {name: found[name] for name in declared} == declared
        assert set(found) - set(declared) == LINEAGE - set(declared)
        assert few.rows[table] == rows(connection, f"SELECT count(*) FROM {table}")[0][0]


@pytest.mark.parametrize("table", [*CHUNKED, *WHOLE])
def test_no_row_is_there_twice(table: str, tables: duckdb.DuckDBPyConnection) -> None:
    grain = [it for it in read_models(MODELS_FOLDER / "canonical")[table].grain if it != "load_id"]
    counted = f"SELECT count(*), count(DISTINCT ({', '.join(grain)},)) FROM {table}"
    every, distinct = rows(tables, counted)[0]
    assert every == distinct > 0


def test_risk_scores_are_sorted(tables: duckdb.DuckDBPyConnection) -> None:
    keys = list(rows(tables, "SELECT person_id, year, enrolment_type, model FROM risk_score"))
    assert keys == sorted(keys)


@pytest.mark.parametrize("table", ["medical_claim", "pharmacy_claim", "diagnosis"])
def test_files_are_sorted_by_person_and_claim(table: str, few: Generated) -> None:
    for file in (few.folder / table).iterdir():
        keys = list(
            rows(
                duckdb.connect(config={"threads": 1}),
                f"SELECT person_id, claim_key, version_number FROM read_parquet('{file}')",
            )
        )
        assert keys == sorted(keys)


# --- References hold ------------------------------------------------------------------------------


def test_every_person_and_provider_named_exists(tables: duckdb.DuckDBPyConnection) -> None:
    for table in (*CHUNKED, "voluntary_alignment", "risk_score"):
        assert not rows(tables, f"SELECT * FROM {table} ANTI JOIN person USING (person_id) LIMIT 1")
    for npi in ("rendering_npi", "billing_npi"):
        stray = f"SELECT 1 FROM medical_claim c ANTI JOIN provider p ON p.npi = c.{npi}"
        assert not rows(tables, f"{stray} WHERE c.{npi} IS NOT NULL LIMIT 1")
    stray = "SELECT 1 FROM medical_claim c ANTI JOIN facility f ON f.ccn = c.facility_ccn"
    assert not rows(tables, f"{stray} WHERE c.claim_type = 'institutional' LIMIT 1")


def test_claims_fall_inside_coverage_by_original_medicare(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """All but a few stays that follow another one into Medicare Advantage."""
    every, covered = rows(
        tables,
        """SELECT count(*), count(*) FILTER (WHERE EXISTS (
               SELECT 1 FROM eligibility e
               WHERE e.person_id = c.person_id AND e.line_of_business = 'medicare'
                 AND NOT e.medicare_advantage
                 AND claim_end_date >= enrollment_start_date
                 AND claim_end_date <= COALESCE(enrollment_end_date, claim_end_date)))
           FROM (SELECT DISTINCT person_id, claim_key, claim_end_date FROM medical_claim) c""",
    )[0]
    assert every - every // 1000 <= covered <= every


def test_nobody_is_treated_after_death(tables: duckdb.DuckDBPyConnection) -> None:
    after = "SELECT 1 FROM medical_claim JOIN person USING (person_id)"
    assert not rows(tables, f"{after} WHERE claim_end_date > death_date")


def test_coverage_does_not_overlap_within_a_line_of_business(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    overlapping = """
        SELECT 1 FROM (
            SELECT enrollment_end_date AS ends, lead(enrollment_start_date) OVER (
                PARTITION BY person_id, line_of_business ORDER BY enrollment_start_date) AS next
            FROM eligibility)
        WHERE next <= COALESCE(ends, next)"""
    assert not rows(tables, overlapping)


def test_a_cancellation_repeats_its_original_and_a_replacement_follows_it(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """Version 1 is the original, 2 takes it back unsigned with sign -1, 3 stands for 85 % of it."""
    versions = """
        SELECT a.version_type, b.version_type, b.sign, count(*),
               bool_and(b.effective_on > a.effective_on OR b.version_number = 3),
               bool_and(b.paid_cents = a.paid_cents) FILTER (WHERE b.version_type = 'cancel'),
               bool_and(b.paid_cents <= a.paid_cents)
        FROM medical_claim a JOIN medical_claim b
          ON b.claim_key = a.claim_key AND b.claim_line_number = a.claim_line_number
         AND b.version_number = a.version_number + 1
        GROUP BY ALL ORDER BY 2"""
    adjusted, cancelled = rows(tables, versions)
    assert (*adjusted[:3], *adjusted[4:]) == ("cancel", "adjust", 1, True, None, True)
    assert (*cancelled[:3], *cancelled[4:]) == ("original", "cancel", -1, True, True, True)
    later = "SELECT count(*) FROM medical_claim WHERE version_number > 1"
    assert rows(tables, later)[0][0] == adjusted[3] + cancelled[3]
    claims = "SELECT count(*), count(*) FILTER (WHERE version_type = 'cancel') FROM "
    every, back = rows(tables, f"{claims} medical_claim WHERE claim_line_number = 1")[0]
    assert 0.01 < back / every < 0.02


# --- The shape of the population ------------------------------------------------------------------


def test_a_few_people_make_most_of_the_cost(many: Generated) -> None:
    """The top 5 % have about 43 % of the spending; 2,000 people leave some room for chance."""
    assert Decimal("0.37") < many.top_five_percent_share < Decimal("0.50")


def test_most_people_are_there(many: Generated, tables: duckdb.DuckDBPyConnection) -> None:
    # 2,000 members + 3 earlier years x (90 who died + 20 who left)
    assert many.people == rows(tables, "SELECT count(*) FROM person")[0][0] == 2_330
    assert rows(tables, "SELECT count(*) FROM person WHERE year(death_date) < 2025")[0][0] == 270


def test_types_are_shared_out_by_quota(tables: duckdb.DuckDBPyConnection) -> None:
    """Of 2,330 people about 1 %, 11 %, 8 % and 80 % start in the four types."""
    first = """SELECT enrolment_type, count(*) FROM (
        SELECT *, row_number() OVER (PARTITION BY person_id ORDER BY enrollment_start_date) AS spell
        FROM eligibility WHERE line_of_business = 'medicare') WHERE spell = 1
        GROUP BY ALL ORDER BY 1"""
    counts = dict(rows(tables, first))
    assert counts["esrd"] == 24  # 1 % of 2,000, rounded up, and of 330
    assert 250 <= counts["disabled"] <= 258
    assert 184 <= counts["aged_dual"] <= 188
    assert sum(counts.values()) == 2_330


ASSIGNED = """
    WITH covered AS (
        SELECT person_id FROM eligibility
        WHERE line_of_business = 'medicare' AND enrollment_start_date <= DATE '2025-12-31'
          AND COALESCE(enrollment_end_date, DATE '2025-12-31') >= DATE '2025-01-01'
        GROUP BY person_id HAVING bool_and(part_b AND NOT medicare_advantage)
    ), charge AS (
        SELECT person_id, p.aco_id, COALESCE(p.aco_id, billing_tin, facility_ccn) AS unit,
               sum(COALESCE(allowed_cents, paid_cents)) AS cents
        FROM final_claim c
        LEFT JOIN participants p
          ON (p.ccn IS NULL AND p.tin = c.billing_tin) OR p.ccn = c.facility_ccn
        WHERE year(claim_end_date) = 2025 AND NOT denied
          AND (bill_type_code LIKE '77%' OR bill_type_code LIKE '71%'
               OR revenue_center_code LIKE '098%'
               OR (claim_type = 'professional' AND place_of_service_code = '11'
                   AND rendering_specialty_code IN ('08', '11', '38', '50', '97')))
        GROUP BY ALL
    ), first AS (
        SELECT * FROM charge JOIN covered USING (person_id)
        QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY cents DESC, unit) = 1
    )
    SELECT count(*), count(*) FILTER (WHERE aco_id = 'A1001'),
           count(*) FILTER (WHERE aco_id = 'A1002') FROM first"""


def test_the_acos_have_forty_and_thirty_percent(tables: duckdb.DuckDBPyConnection) -> None:
    """By plurality of primary care in the last year; each must exceed 500 lives at 2,000."""
    assignable, first, second = rows(tables, ASSIGNED)[0]
    assert assignable >= 0.90 * MANY
    assert abs(first / assignable - 0.40) < 0.02
    assert abs(second / assignable - 0.30) < 0.02
    assert first > 700
    assert second > 520


def test_an_aco_does_without_services_in_the_last_year_only(few: Generated, tmp_path: Path) -> None:
    """Every claim made with the reduction is also made without it, to the cent."""
    generate(tmp_path / "plain", members=FEW, reduction={}, memory_limit="300MB")
    reduced, plain = view(few.folder), view(tmp_path / "plain")
    keys = "SELECT claim_key, claim_line_number, version_number, paid_cents FROM medical_claim"
    less, more = set(rows(reduced, keys)), set(rows(plain, keys))
    assert less < more
    assert {key[13:15] for key, *_ in more - less} == {"25"}


def test_identifiers_can_belong_to_nobody(tables: duckdb.DuckDBPyConnection) -> None:
    """NPIs fail the Luhn check over 80840 + NPI; no employer number starts with 96."""
    for npi, tin in rows(tables, "SELECT npi, tin FROM provider"):
        digits = [int(digit) for digit in "80840" + npi]
        doubled = [2 * it - (9 if it > 4 else 0) for it in digits[-2::-2]]
        assert len(npi) == 10
        assert (sum(doubled) + sum(digits[-1::-2])) % 10 != 0
        assert (tin[:2], len(tin)) == ("96", 9)


def test_delivery_lags(tables: duckdb.DuckDBPyConnection) -> None:
    """Most claims are delivered within three months, a few only after the run-out."""
    lags = """SELECT count(*) FILTER (WHERE received_on <= claim_end_date + 92) / count(*),
                     count(*) FILTER (WHERE received_on > claim_end_date + 100)
              FROM medical_claim WHERE version_number = 1"""
    share, late = rows(tables, lags)[0]
    assert 0.98 < share < 1
    assert late > 100


# --- The figures of the nation --------------------------------------------------------------------


def figures(folder: Path) -> list[dict[str, str]]:
    with (folder / "national_figure.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_figures_cover_every_year_area_and_type(many: Generated) -> None:
    keys = {(it["year"], it["area"], it["enrolment_type"]) for it in figures(many.folder)}
    assert len(keys) == len(figures(many.folder)) == 4 * 3 * 4
    assert {area for _, area, _ in keys} == {"national", "region_1", "region_2"}


def test_regions_add_up_to_the_nation(many: Generated) -> None:
    for nation in (it for it in figures(many.folder) if it["area"] == "national"):
        regions = [
            it
            for it in figures(many.folder)
            if (it["year"], it["enrolment_type"]) == (nation["year"], nation["enrolment_type"])
            and it["area"] != "national"
        ]
        years = sum((Decimal(it["person_years"]) for it in regions), Decimal(0))
        spent = sum(
            (Decimal(it["person_years"]) * Decimal(it["per_capita"]) for it in regions), Decimal(0)
        )
        assert abs(years - Decimal(nation["person_years"])) <= Decimal("0.000001")
        assert abs(spent / years - Decimal(nation["per_capita"])) < Decimal("0.01")
        assert nation["hcc_risk"] == nation["demographic_risk"] == "1.000000"


def test_no_more_than_one_in_a_hundred_is_above_the_cut(
    many: Generated, tables: duckdb.DuckDBPyConnection
) -> None:
    """Aged non-dual people alive and covered all year, who were seen: spending against the cut."""
    cut = next(
        Decimal(it["truncation_cut"])
        for it in figures(many.folder)
        if (it["year"], it["area"], it["enrolment_type"]) == ("2024", "national", "aged_nondual")
    )
    spent = rows(
        tables,
        """WITH covered AS (
               SELECT person_id FROM eligibility WHERE line_of_business = 'medicare'
               GROUP BY person_id HAVING count(*) = 1 AND bool_and(part_b
                   AND enrolment_type = 'aged_nondual' AND enrollment_end_date IS NULL
                   AND enrollment_start_date <= DATE '2024-01-01'))
           SELECT sum(paid_cents - ime_cents - dsh_cents)
           FROM final_claim JOIN covered USING (person_id)
           WHERE year(claim_end_date) = 2024 GROUP BY person_id""",
    )
    above = sum(Decimal(int(cents)) / 100 > cut for (cents,) in spent)
    assert 0 < above <= len(spent) * 0.011


def test_per_capita_says_what_the_figures_say(many: Generated) -> None:
    last = {
        it["enrolment_type"]: Decimal(it["per_capita"])
        for it in figures(many.folder)
        if (it["year"], it["area"]) == ("2025", "national")
    }
    assert many.per_capita == last
    assert last["aged_nondual"] < last["aged_dual"] < last["esrd"]
    assert Decimal(9_000) < last["aged_nondual"] < Decimal(16_000)
    assert Decimal(60_000) < last["esrd"] < Decimal(130_000)


def test_risk_scores_of_assignable_people_have_mean_one(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """Over everyone, assignable or not, the mean of a large type is close to 1."""
    means = """SELECT model, sum(score_e9)::BIGINT / count(*) / 1e9 FROM risk_score
               WHERE enrolment_type = 'aged_nondual' GROUP BY ALL"""
    for _, mean in rows(tables, means):
        assert 0.97 < mean < 1.05


def test_a_lognormal_draw_has_mean_one() -> None:
    """At 10,000 evenly spaced uniform numbers; Tukey's approximation is good to 3 % at sigma 1."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(maker.read_sql("macros"))
    sql = "SELECT sum(lognormal_e6(range * 100 + 50, ?)) / 1e10 FROM range(10000)"
    for sigma, tolerance in ((100, 0.001), (500, 0.01), (1000, 0.03)):
        mean = connection.execute(sql, [sigma]).fetchall()[0][0]
        assert abs(mean - 1) < tolerance


# --- What a realistic feed has besides ------------------------------------------------------------


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    folder = tmp_path_factory.mktemp("fed") / "population"
    return generate(folder, members=FEW, memory_limit="400MB", threads=1, realistic_feed=True)


def test_a_realistic_feed_adds_files_and_changes_none(few: Generated, fed: Generated) -> None:
    plain, more = digests(few.folder), digests(fed.folder)
    assert plain.items() < more.items()
    assert sorted(more.keys() - plain.keys()) == [
        "coverage_change.parquet",
        "eligibility/crossover-00000.parquet",
        "expected_dollars/part-00000.parquet",
        "expected_month/part-00000.parquet",
        "medical_claim/crossover-00000.parquet",
        "person_identifier.parquet",
    ]


def test_a_medicare_number_has_the_pattern_and_can_be_nobodys(fed: Generated) -> None:
    """CMS's pattern by place: 1-9, letter, either, digit, letter, either, digit, letter, letter,
    digit, digit; letters never S, L, O, I, B, Z. Here the second place is S."""
    letter = "[AC-HJKMNP-RT-Y]"
    either = f"(?:{letter}|[0-9])"
    pattern = f"1S{either}[0-9]{letter}{either}[0-9]{letter}{letter}[0-9][0-9]"
    found = rows(
        view(fed.folder), f"SELECT identifier FROM '{fed.folder}/person_identifier.parquet'"
    )
    assert len({it for (it,) in found}) == len(found) > 348
    assert all(re.fullmatch(pattern, it) for (it,) in found)


def test_no_two_people_have_the_same_medicare_number() -> None:
    """10 x 20 x 30 x 10 x 20 x 20 x 10 x 10 = 2.4e9 numbers: each place counts on from the one
    to its right."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(maker.read_sql("macros"))
    sizes = [10, 10, 20, 20, 10, 30, 20, 10]
    steps = [math.prod(sizes[:place]) for place in range(len(sizes))]
    people = sorted(
        {step * n for step, size in zip(steps, sizes, strict=True) for n in range(size)}
    )
    sql = "SELECT count(*), count(DISTINCT mbi(n, 0)) FROM (SELECT unnest(?) AS n)"
    assert connection.execute(sql, [people]).fetchall() == [(len(people), len(people))]


def test_expected_dollars_are_those_that_stand(fed: Generated) -> None:
    """Made from what became of each claim; here found again from the versions delivered."""
    tables = view(fed.folder)
    standing = """
        SELECT payer, claim_type, year(claim_end_date), sum(allowed_cents)::BIGINT,
               sum(paid_cents)::BIGINT
        FROM final_claim GROUP BY ALL ORDER BY ALL"""
    expected = f"""
        SELECT payer, claim_type, year, sum(allowed_cents)::BIGINT, sum(paid_cents)::BIGINT
        FROM read_parquet('{fed.folder}/expected_dollars/*') WHERE claim_type <> 'pharmacy'
        GROUP BY ALL ORDER BY ALL"""
    assert rows(tables, expected) == rows(tables, standing)
    assert len(rows(tables, expected)) == 4 * (3 + 2)  # years x (Medicare's types and Medicaid's)


def test_expected_months_are_those_of_the_spells(fed: Generated) -> None:
    spells = """
        SELECT e.payer, enrolment_type, count(*)
        FROM eligibility e JOIN (SELECT DISTINCT month FROM m) ON month BETWEEN
             enrollment_start_date AND COALESCE(enrollment_end_date, DATE '9999-12-31')
        GROUP BY ALL ORDER BY ALL"""
    tables = view(fed.folder)
    tables.execute(f"CREATE VIEW m AS SELECT * FROM read_parquet('{fed.folder}/expected_month/*')")
    expected = "SELECT payer, enrolment_type, count(*) FROM m GROUP BY ALL ORDER BY ALL"
    assert rows(tables, expected) == rows(tables, spells)


# --- Refusals -------------------------------------------------------------------------------------


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        generate(tmp_path, members=99, years=0, threads=0)
    assert str(refused.value).splitlines() == [
        "members: found 99, expected 100 or more",
        "years: found 0, expected 1 or more",
        "threads: found 0, expected 1 or more",
        f"{tmp_path}: is not an empty folder; name a new one",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_nothing_is_left_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "FIGURES", ("absent",))
    with pytest.raises(FileNotFoundError):
        generate(tmp_path / "population", members=100, memory_limit="300MB")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_makes_way_and_one_year_is_enough(tmp_path: Path) -> None:
    folder = tmp_path / "population"
    folder.mkdir()
    made = generate(folder, members=100, first_year=2019, years=1, memory_limit="300MB")
    assert made.people == 100
    assert rows(view(folder), "SELECT DISTINCT year(claim_end_date) FROM medical_claim") == [
        (2019,)
    ]
