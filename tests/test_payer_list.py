"""Why CMS's number differs from ours, cause by cause."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.reconcile.payer_list import ListCause, PayerList, why_lists_differ

COMPARED = PayerList(
    contract_id="lakeside",
    period_id="PY2025",
    report="AALR-1",
    report_period="PY2025",
    first_day=date(2025, 1, 1),
    last_day=date(2025, 12, 31),
    as_of=date(2026, 6, 30),
    their_as_of=date(2026, 3, 31),
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    """Six people: both have P1; P2 is excluded, P3 only ours, P4 withheld, P5 silent, P6 theirs."""
    made = DuckDBEngine("200MB", tmp_path)
    made.rows("""
        CREATE TABLE attribution AS
        SELECT 'lakeside' AS contract_id, 'PY2025' AS period_id, unnest(['P1', 'P2', 'P3'])
            AS person_id, true AS assigned;
        CREATE TABLE reported_assignment (
            report VARCHAR, report_period VARCHAR, person_id VARCHAR, status VARCHAR
        );
        INSERT INTO reported_assignment VALUES
            ('AALR-1', 'PY2025', 'P1', 'assigned'), ('AALR-5', 'PY2025', 'P2', 'left'),
            ('AALR-1', 'PY2025', 'P4', 'assigned'), ('AALR-1', 'PY2025', 'P5', 'voluntary'),
            ('AALR-1', 'PY2025', 'P6', 'assigned'), ('QALR-1', 'PY2025', 'P3', 'assigned');
        CREATE TABLE person_identifier AS
        SELECT 'mbi' AS identifier_type, 'M4' AS identifier, 'P4' AS person_id;
        CREATE TABLE sharing_preference AS
        SELECT 'mbi' AS identifier_type, 'M4' AS identifier, DATE '2024-01-01' AS effective_on,
            'withhold' AS preference;
        CREATE TABLE medical_claim (
            person_id VARCHAR, claim_key VARCHAR, version_number INTEGER, version_type VARCHAR,
            effective_on DATE, claim_end_date DATE, paid_cents BIGINT, denied BOOLEAN,
            sign INTEGER DEFAULT 1, debit_credit BOOLEAN DEFAULT FALSE
        );
        INSERT INTO medical_claim (
            person_id, claim_key, version_number, version_type, effective_on, claim_end_date,
            paid_cents, denied
        ) VALUES
            ('P1', 'a', 1, 'original', '2025-05-01', '2025-04-01', 10000, false),
            ('P1', 'b', 1, 'original', '2025-05-01', '2025-04-02', 5000, false),
            ('P1', 'b', 2, 'adjust', '2026-05-01', '2025-04-02', 4000, false),
            ('P1', 'c', 1, 'original', '2026-04-15', '2025-12-30', 700, NULL),
            ('P2', 'd', 1, 'original', '2025-05-01', '2025-04-01', 300, false),
            ('P3', 'e', 1, 'original', '2025-05-01', '2025-04-01', 200, false),
            ('P3', 'f', 1, 'original', '2025-05-01', '2025-04-01', 999, true),
            ('P6', 'g', 1, 'original', '2025-05-01', '2025-04-01', 60, false);
    """)
    yield made
    made.close()


def test_every_person_and_dollar_has_one_cause(engine: DuckDBEngine) -> None:
    """On P1 we have a claim of 7.00 that came after they closed, and an adjustment from 50.00 to
    40.00 that they had not seen: 7.00 - 10.00. P2 adds 3.00, P3 2.00 (the denied 9.99 does not
    count); of P6, whom only they count, we hold 0.60."""
    found = why_lists_differ(engine, COMPARED)
    assert list(found.causes) == [
        ListCause("attribution: only ours", 1, 200),
        ListCause("attribution: only theirs", 1, -60),
        ListCause("excluded by payer", 1, 300),
        ListCause("no claims received", 1, 0),
        ListCause("run-out", 1, 700),
        ListCause("shared", 1, 0),
        ListCause("version", 1, -1000),
        ListCause("withheld", 1, 0),
    ]


def test_the_causes_add_up_to_the_difference(engine: DuckDBEngine) -> None:
    """Ours now: 10,000 + 4,000 + 700 + 300 + 200 = 15,200. Theirs, as far as we can see, on their
    day: 10,000 + 5,000 + 60 = 15,060. The difference is 140."""
    found = why_lists_differ(engine, COMPARED)
    assert found.cents == 15_200 - 15_060
    assert [row[:2] for row in found.people if row[1].startswith("attribution")] == [
        ("P3", "attribution: only ours"),
        ("P6", "attribution: only theirs"),
    ]
