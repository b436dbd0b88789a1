"""One population in many formats: whichever is loaded gives the same people, months and cents.

Three hundred members over two years are rendered in every format, and each is loaded into a
workspace of its own. What must come out stands in `expected_dollars` and `expected_month`, which
the generator writes from what happened to each person, before any format or reader has seen it.
CARRIED says, format by format, what of it the format can say; the reasons for what it cannot are
the renderers' NOT_CARRIED.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from load_tables import load_it
from openvbc.errors import InputError
from openvbc.generate.population import generate
from openvbc.generate.render import FORMATS, render_population
from openvbc.sources.result import LoadResult

MEMBERS = 300
YEARS = 2
ALL = ("institutional", "professional", "dme", "pharmacy")
MEDICAL = ALL[:3]
TABLES = (
    "person", "eligibility", "medical_claim", "pharmacy_claim", "encounter", "reported_assignment",
)  # fmt: skip
EVERYONE = ("CMS", "Example Medicaid", "Example Mutual")


@dataclass(frozen=True)
class Carried:
    """What a format can say of `expected_dollars` and `expected_month`.

    by: what dollars can be told apart by, besides person and month. paid, allowed: of which claim
    types. fills_allowed: an allowed amount that is empty comes back as what was paid. covered: what
    a month of coverage says. late: months before the payer knew of an enrolment are there too.
    """

    by: tuple[str, ...] = ()
    payers: tuple[str, ...] = EVERYONE
    paid: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    fills_allowed: bool = False
    covered: tuple[str, ...] | None = None
    advantage: bool = True
    late: bool = True


MEDICARE = ("CMS",)
FULL = ("part_b", "medicare_advantage", "enrolment_type")
CARRIED = {
    "population": Carried(("payer", "claim_type"), EVERYONE, ALL, ALL, covered=("payer", *FULL)),
    "eob": Carried(("claim_type",), MEDICARE, ALL, ALL, covered=FULL),
    "cclf": Carried(
        ("claim_type",), MEDICARE, MEDICAL, ("professional", "dme"),
        covered=("part_b", "enrolment_type"), advantage=False, late=False,
    ),
    # of a claim that no 837 answers for, equipment cannot be told from other care
    "835": Carried(("payer",), EVERYONE, MEDICAL, MEDICAL, fills_allowed=True),
    "837 and 835": Carried(("payer", "claim_type"), EVERYONE, MEDICAL, MEDICAL, fills_allowed=True),
    "834": Carried(covered=("payer",)),
    "tuva": Carried(("payer", "claim_type"), EVERYONE, ALL, ALL, covered=("payer",)),
    "synthea": Carried((), EVERYONE, ALL, ALL, fills_allowed=True, covered=()),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`population` and a folder for each format."""
    out = tmp_path_factory.mktemp("many") / "out"
    told: list[str] = []
    render_population(
        MEMBERS, 4, list(FORMATS), out, years=YEARS, memory_limit="500MB", threads=1,
        progress=lambda label, *_: told.append(label),
    )  # fmt: skip
    assert told[-len(FORMATS) :] == list(FORMATS)
    for name in ("837", "835"):
        shutil.copytree(out / name, out / "837 and 835", dirs_exist_ok=True)
    return out


@pytest.fixture(scope="module")
def loaded(folder: Path) -> Callable[[str], LoadResult]:
    """Loads a format, once."""

    @cache
    def of(name: str) -> LoadResult:
        result = load_it(folder.parent / "data" / name, folder / name)
        bad = {table: it.quarantined for table, it in result.tables.items() if it.quarantined}
        assert bad == {}
        return result

    return of


def database(folder: Path, result: LoadResult) -> duckdb.DuckDBPyConnection:
    """What was expected, and the tables of a load with people as the population names them."""
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "500MB"})
    made = folder / "population"
    for name, files in {
        "expected_dollars": "expected_dollars/*",
        "expected_month": "expected_month/*",
        "mbi": "person_identifier.parquet",
    }.items():
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{made}/{files}')")
    for name in TABLES:
        if (result.folder / name).is_dir():
            files = f"{result.folder}/{name}/**/*.parquet"
            # some formats know people by their Medicare number
            connection.execute(f"""
                CREATE VIEW {name} AS
                SELECT t.* REPLACE (coalesce(mbi.person_id, t.person_id) AS person_id)
                FROM read_parquet('{files}', hive_partitioning = false) AS t
                LEFT JOIN mbi ON mbi.identifier = t.person_id""")
    return connection


def final(table: str, claim_type: str, day: str, adds_up: str) -> str:
    """What stands of a table of claims: the last version of each, unless it takes it back.

    Where versions are debits and credits, they add up by their sign.
    """
    return f"""
        SELECT person_id, payer, {claim_type} AS claim_type,
               date_trunc('month', {day})::DATE AS month,
               CASE WHEN {adds_up} THEN sign ELSE 1 END * allowed_cents AS allowed_cents,
               CASE WHEN {adds_up} THEN sign ELSE 1 END * paid_cents AS paid_cents
        FROM {table}
        QUALIFY {adds_up} OR version_type <> 'cancel'
            AND version_number = max(version_number) OVER (PARTITION BY claim_key)"""


def dollars(connection: duckdb.DuckDBPyConnection, it: Carried) -> tuple[list[Any], list[Any]]:
    """Expected and found: person, month, what the format tells apart, allowed and paid cents."""
    keys = ", ".join(("person_id", "month", *it.by))
    allowed = f"CASE WHEN claim_type IN {it.allowed} THEN {{}} ELSE 0 END"
    filled = " + paid_without_allowed_cents" if it.fills_allowed else ""
    having = "HAVING sum(paid_cents) > 0 ORDER BY ALL"
    want = f"""
        SELECT {keys}, sum({allowed.format("allowed_cents" + filled)})::BIGINT,
               sum(paid_cents)::BIGINT
        FROM expected_dollars WHERE claim_type IN {it.paid} AND payer IN {it.payers}
        GROUP BY {keys} {having}"""
    claims = [
        final("medical_claim", "claim_type", "claim_end_date", "coalesce(debit_credit, false)")
    ]
    if "pharmacy" in it.paid:
        claims.append(final("pharmacy_claim", "'pharmacy'", "dispensing_date", "false"))
    found = f"""
        SELECT {keys}, coalesce(sum({allowed.format("allowed_cents")}), 0)::BIGINT,
               sum(paid_cents)::BIGINT
        FROM ({" UNION ALL ".join(f"({sql})" for sql in claims)})
        GROUP BY {keys} {having}"""
    return connection.execute(want).fetchall(), connection.execute(found).fetchall()


def months(connection: duckdb.DuckDBPyConnection, it: Carried) -> tuple[list[Any], list[Any]]:
    """Expected and found: person, month, and what the format says of the coverage in it.

    A month counts where its first day is covered.
    """
    said = ", ".join(("person_id", "month", *(it.covered or ())))
    known = "true" if it.late else "coalesce(date_trunc('month', known_on) <= month, true)"
    advantage = "true" if it.advantage else "NOT medicare_advantage"
    want = f"""SELECT DISTINCT {said} FROM expected_month
        WHERE payer IN {it.payers} AND {known} AND {advantage} ORDER BY ALL"""
    found = f"""
        SELECT DISTINCT {said} FROM (SELECT DISTINCT month FROM expected_month)
        JOIN eligibility ON month BETWEEN enrollment_start_date
            AND coalesce(enrollment_end_date, DATE '9999-12-31')
        ORDER BY ALL"""
    return connection.execute(want).fetchall(), connection.execute(found).fetchall()


@pytest.mark.parametrize("name", [name for name, it in CARRIED.items() if it.paid])
def test_dollars_are_the_same_to_the_cent(
    folder: Path, loaded: Callable[[str], LoadResult], name: str
) -> None:
    """By person and month, and by payer and claim type where the format tells them apart."""
    want, found = dollars(database(folder, loaded(name)), CARRIED[name])
    assert found == want
    assert len(want) > 3_000


@pytest.mark.parametrize("name", [name for name, it in CARRIED.items() if it.covered is not None])
def test_member_months_are_the_same(
    folder: Path, loaded: Callable[[str], LoadResult], name: str
) -> None:
    want, found = months(database(folder, loaded(name)), CARRIED[name])
    assert found == want
    assert len(want) > MEMBERS * 20


@pytest.mark.slow
def test_a_larger_population_is_the_same_too(tmp_path: Path) -> None:
    """Another seed, twice the people, and a third year, so that feeds have more to correct."""
    out = tmp_path / "out"
    chosen = [name for name in CARRIED if name in FORMATS]
    render_population(2 * MEMBERS, 9, chosen, out, years=YEARS + 1, memory_limit="800MB")
    for name in ("population", *chosen):
        connection = database(out, load_it(tmp_path / "data" / name, out / name))
        it = CARRIED[name]
        if it.paid:
            want, found = dollars(connection, it)
            assert found == want, name
        if it.covered is not None:
            want, found = months(connection, it)
            assert found == want, name


@pytest.mark.parametrize("name", ["population", "eob", "cclf", "834", "tuva", "synthea"])
def test_members_are_the_same(folder: Path, loaded: Callable[[str], LoadResult], name: str) -> None:
    """300 members and, of the year before the last, 13 who died and 3 who left."""
    connection = database(folder, loaded(name))
    want = connection.execute("SELECT DISTINCT person_id FROM expected_month ORDER BY 1").fetchall()
    found = connection.execute("SELECT DISTINCT person_id FROM person ORDER BY 1").fetchall()
    assert found == want
    assert len(want) == 316


def test_assignment_lists_have_the_months_of_their_people(
    folder: Path, loaded: Callable[[str], LoadResult]
) -> None:
    connection = database(folder, loaded("mssp-reports"))
    found = connection.execute("""
        SELECT person_id, months FROM reported_assignment WHERE report = 'AALR-1' ORDER BY ALL
    """).fetchall()
    want = connection.execute("""
        SELECT person_id, count(*) FROM expected_month
        WHERE payer = 'CMS' AND year = 2023
          AND person_id IN (SELECT person_id FROM reported_assignment WHERE report = 'AALR-1')
        GROUP BY ALL ORDER BY ALL
    """).fetchall()
    assert found == want
    assert len(want) > 150


def test_claims_as_they_are_submitted_have_the_same_charges(
    folder: Path, loaded: Callable[[str], LoadResult]
) -> None:
    """An 837 alone carries no months, and nothing paid or allowed: it carries what was charged.

    Only Medicare's claims are submitted, crossover claims are handed on; a payer's cancellation
    is not in it. A replacement stands for the claim before it.
    """
    connection = database(folder, loaded("837"))
    made = f"read_parquet('{folder}/population/medical_claim/part*')"

    def charged(claims: str) -> list[Any]:
        return connection.execute(f"""
            SELECT person_id, date_trunc('month', claim_end_date)::DATE, claim_type,
                   count(DISTINCT claim_key), sum(charge_cents)::BIGINT
            FROM (
                SELECT * FROM {claims}
                WHERE line_of_business = 'medicare' AND version_type <> 'cancel'
                QUALIFY version_number = max(version_number) OVER (PARTITION BY claim_key))
            GROUP BY ALL ORDER BY ALL""").fetchall()

    found = charged("medical_claim")
    assert found == charged(made)
    assert len(found) > 3_000
    said = "SELECT DISTINCT allowed_cents, paid_cents FROM medical_claim"
    assert connection.execute(said).fetchall() == [(None, 0)]


def test_visits_are_the_stays_and_emergencies_that_were_billed(
    folder: Path, loaded: Callable[[str], LoadResult]
) -> None:
    """Each once, with its days, whether or not its claim was taken back later."""
    connection = database(folder, loaded("adt"))
    found = connection.execute("""
        SELECT split_part(encounter_id, ':', 2), person_id, encounter_type, status,
               encounter_start_date, encounter_end_date, primary_diagnosis_code
        FROM encounter ORDER BY ALL
    """).fetchall()
    connection.execute(f"""
        CREATE VIEW billed AS SELECT * FROM read_parquet('{folder}/population/medical_claim/part*');
        CREATE VIEW coded AS SELECT * FROM read_parquet('{folder}/population/diagnosis/part*')
    """)
    want = connection.execute("""
        SELECT DISTINCT c.claim_key, c.person_id,
               CASE c.bill_type_code WHEN '111' THEN 'inpatient' ELSE 'emergency' END, 'finished',
               c.claim_start_date, c.claim_end_date, d.code
        FROM billed c JOIN coded d ON d.claim_key = c.claim_key AND d.sequence = 1
        WHERE c.bill_type_code = '111' OR c.revenue_center_code = '0450' ORDER BY ALL
    """).fetchall()
    assert found == want
    assert {it[2] for it in want} == {"inpatient", "emergency"}


# --- What is in the population --------------------------------------------------------------------


def test_the_population_holds_what_feeds_have(
    folder: Path, loaded: Callable[[str], LoadResult]
) -> None:
    """Of about 11,000 claims 0.75 % are cancelled and no more, 0.75 % replaced; 0.7 % of the lines
    are denied; one person in sixteen of 316 gets a new number; some enrol late; some have two
    payers for the same care."""
    connection = database(folder, loaded("population"))
    last = f"SELECT version_type FROM ({final_versions()})"
    counts = dict(
        connection.execute(
            f"SELECT version_type, count(*) FROM ({last}) GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    )
    every = sum(counts.values())
    assert 0.005 < counts["cancel"] / every < 0.010
    assert 0.005 < counts["adjust"] / every < 0.010
    denied = connection.execute("""
        SELECT count(*) FILTER (denied) / count(*) FROM medical_claim
        WHERE line_of_business = 'medicare'""").fetchall()[0][0]
    assert 0.005 < denied < 0.009
    renamed, days = connection.execute("""
        SELECT count(*), bool_and(n.first_day = o.last_day + 1)
        FROM mbi o JOIN mbi n
          ON n.person_id = o.person_id AND n.first_day > o.first_day""").fetchall()[0]
    assert 10 < renamed < 35
    assert days
    late = connection.execute(
        "SELECT count(DISTINCT person_id) FROM expected_month WHERE month < known_on"
    ).fetchall()[0][0]
    assert late > 3
    crossed = connection.execute("""
        SELECT count(*), sum(x.paid_cents = c.allowed_cents - c.paid_cents)
        FROM medical_claim x JOIN medical_claim c
          ON x.claim_key = c.claim_key || '-X' AND x.version_number = c.version_number
         AND x.claim_line_number = c.claim_line_number""").fetchall()[0]
    assert crossed[0] == crossed[1] > 500


def final_versions() -> str:
    return """
        SELECT DISTINCT claim_key, version_type, version_number FROM medical_claim
        WHERE line_of_business = 'medicare'
        QUALIFY version_number = max(version_number) OVER (PARTITION BY claim_key)"""


def test_an_enrolment_known_late_comes_in_a_later_file(folder: Path) -> None:
    """The 834 that adds them is sent after the one that adds everybody else."""
    names = sorted(path.name for path in (folder / "834").iterdir())
    assert names == ["834-begin.x12", "834-end.x12", "834-retroactive.x12"]
    first, late = (
        (folder / "834" / f"834-{it}.x12").read_text() for it in ("begin", "retroactive")
    )
    assert first.split("*")[9] < late.split("*")[9]


# --- Refusals -------------------------------------------------------------------------------------


def test_a_format_that_is_not_known_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        render_population(300, 1, ["ccfl", "edi"], tmp_path)
    first, second, third = str(refused.value).splitlines()
    assert first == "ccfl: no format of this name; did you mean cclf?"
    assert second.startswith("edi: no format of this name; known: 834, 835")
    assert third == f"{tmp_path}: is not an empty folder; name a new one"


def test_a_population_without_a_feed_is_refused(tmp_path: Path) -> None:
    made = generate(tmp_path / "plain", members=100, years=1, memory_limit="300MB", threads=1)
    for it in FORMATS.values():
        with pytest.raises(InputError, match="generate it with realistic_feed"):
            it.render(made.folder, tmp_path / "out", seed=1)


def test_every_format_is_held_to_the_population() -> None:
    """By the dollars or months that CARRIED says, or by a test of its own here."""
    own = {
        "837": test_claims_as_they_are_submitted_have_the_same_charges,
        "adt": test_visits_are_the_stays_and_emergencies_that_were_billed,
        "mssp-reports": test_assignment_lists_have_the_months_of_their_people,
    }
    assert set(FORMATS) == (set(CARRIED) - {"population", "837 and 835"}) | set(own)


def test_what_is_not_carried_has_a_reason() -> None:
    assert all(reason for it in FORMATS.values() for reason in it.not_carried.values())
