"""A generated population, written as a feed and loaded back: the same people, months and cents.

What is expected is computed from the population itself: its last versions that are not cancelled
(the generator's own ledger of what is owed), its coverage month by month. What the feed cannot
carry is left out on both sides, as `NOT_CARRIED` lists it.
"""

from typing import Any

import duckdb
import pytest

from load_tables import load_it
from openvbc.generate.population import generate
from openvbc.generate.render.cclf import NOT_CARRIED, render

MEMBERS = 200


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """`made_*`: the population; `read_*`: the feed, loaded."""
    folder = tmp_path_factory.mktemp("cclf")
    generate(
        folder / "made", members=MEMBERS, first_year=2024, years=1, threads=1, realistic_feed=True
    )
    render(folder / "made", folder / "feed", seed=7)
    result = load_it(folder / "data", folder / "feed")
    assert {name: it.quarantined for name, it in result.tables.items() if it.quarantined} == {}
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "400MB"})
    made = {"person": "person.parquet"}
    for table in ("person", "eligibility", "medical_claim", "pharmacy_claim", "diagnosis"):
        path = folder / "made" / made.get(table, f"{table}/*.parquet")
        connection.execute(f"CREATE VIEW made_{table} AS SELECT * FROM read_parquet('{path}')")
        path = folder / "data" / "loads" / "*" / table / "**" / "*.parquet"
        connection.execute(
            f"CREATE VIEW read_{table} AS "
            f"SELECT * FROM read_parquet('{path}', hive_partitioning = false)"
        )
    # the feed knows people by MBI, and those who got a second one by the first
    connection.execute(f"""
        CREATE TABLE who AS SELECT person_id, identifier AS mbi
        FROM read_parquet('{folder}/made/person_identifier.parquet')
        QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY first_day) = 1""")
    return connection


def same(tables: duckdb.DuckDBPyConnection, made: str, read: str) -> list[tuple[Any, ...]]:
    """The rows of the second SELECT, after they were found to be those of the first."""
    expected = tables.execute(made).fetchall()
    assert tables.execute(read).fetchall() == expected
    return expected


def test_people_and_their_months_in_original_medicare(tables: duckdb.DuckDBPyConnection) -> None:
    months = same(
        tables,
        """
        SELECT w.mbi, m.month, any_value(e.part_a), any_value(e.part_b),
               any_value(e.enrolment_type)
        FROM (SELECT unnest(generate_series(DATE '2024-01-01', DATE '2024-12-01',
                                            INTERVAL 1 MONTH))::DATE AS month) AS m
        JOIN made_eligibility AS e ON e.payer = 'CMS' AND NOT e.medicare_advantage
            AND m.month BETWEEN e.enrollment_start_date
            AND coalesce(e.enrollment_end_date, DATE '9999-12-31')
        JOIN who AS w USING (person_id)
        GROUP BY ALL ORDER BY ALL
        """,
        """
        SELECT person_id, enrollment_start_date, part_a, part_b, enrolment_type
        FROM read_eligibility ORDER BY ALL
        """,
    )
    assert len(months) > MEMBERS * 9


def test_net_dollars_of_every_person_and_part(tables: duckdb.DuckDBPyConnection) -> None:
    """The signed sum of postings is what the last versions come to, to the cent."""
    made = """
        SELECT w.mbi, c.claim_type, sum(c.paid_cents)::BIGINT
        FROM made_medical_claim AS c JOIN who AS w USING (person_id)
        WHERE c.line_of_business = 'medicare' AND c.version_type <> 'cancel'
          AND c.version_number = (SELECT max(v.version_number) FROM made_medical_claim AS v
                                  WHERE v.claim_key = c.claim_key)
        GROUP BY ALL HAVING sum(c.paid_cents) <> 0 ORDER BY ALL
    """
    read = """
        SELECT person_id, claim_type, sum(sign * paid_cents)::BIGINT
        FROM read_medical_claim GROUP BY ALL HAVING sum(sign * paid_cents) <> 0 ORDER BY ALL
    """
    assert len(same(tables, made, read)) > MEMBERS


def test_allowed_dollars_where_the_feed_has_them(tables: duckdb.DuckDBPyConnection) -> None:
    same(
        tables,
        """
        SELECT w.mbi, c.claim_end_date, c.version_type, c.paid_cents, c.allowed_cents, c.hcpcs_code,
               c.rendering_npi, c.billing_tin, c.denied
        FROM made_medical_claim AS c JOIN who AS w USING (person_id)
        WHERE c.claim_type = 'professional' AND c.line_of_business = 'medicare' ORDER BY ALL
        """,
        """
        SELECT person_id, claim_end_date, version_type, paid_cents, allowed_cents, hcpcs_code,
               rendering_npi, billing_tin, denied
        FROM read_medical_claim WHERE claim_type = 'professional' ORDER BY ALL
        """,
    )


def test_diagnoses_and_fills(tables: duckdb.DuckDBPyConnection) -> None:
    same(
        tables,
        """
        SELECT w.mbi, d.claim_end_date, d.code, d.sequence FROM made_diagnosis AS d
        JOIN who AS w USING (person_id)
        WHERE d.claim_key NOT IN (SELECT claim_key FROM made_medical_claim WHERE claim_type = 'dme')
        ORDER BY ALL
        """,
        "SELECT person_id, claim_end_date, code, sequence FROM read_diagnosis ORDER BY ALL",
    )
    same(
        tables,
        """
        SELECT w.mbi, c.dispensing_date, c.version_type, c.quantity, c.days_supply,
               CASE WHEN c.version_type <> 'cancel' THEN c.ndc_code END
        FROM made_pharmacy_claim AS c JOIN who AS w USING (person_id) ORDER BY ALL
        """,
        """
        SELECT person_id, dispensing_date, version_type, quantity, days_supply, ndc_code
        FROM read_pharmacy_claim ORDER BY ALL
        """,
    )


def test_a_new_mbi_is_the_same_person(tables: duckdb.DuckDBPyConnection) -> None:
    renamed = tables.execute(
        "SELECT count(DISTINCT person_id) FROM read_eligibility WHERE member_id <> person_id"
    ).fetchall()[0][0]
    # one person in sixteen, of some 200
    assert 2 <= renamed <= 30
    people = tables.execute("SELECT count(*) FROM read_person WHERE person_id LIKE '1S1%'")
    assert people.fetchall() == [(0,)]


def test_what_is_not_carried_has_a_reason() -> None:
    assert all(NOT_CARRIED.values())
