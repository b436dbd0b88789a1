"""What users of other tools ran into, and bad input: each made impossible, counted or named.

Only what has no better place stands here; docs/attribution.md and the tests of risk, groupers, cost
and loading hold the rest.
"""

import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

import model_case
from attributed_contracts import delivery, write_files
from inventory_sample import FIRST, claim, coverage, month_claims, people
from inventory_sample import workspace as inventory_workspace
from load_tables import COVERAGE, LINE, PERSON, load_it, quarantine, rows, write_source
from model_case import CASES, build, expected, found, read_case
from openvbc.engine.duckdb import DuckDBEngine, QueryError
from openvbc.inventory.inventory import inventory
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace

IN_ANY_ORDER = (
    *("attribution_commercial", "attribution_pcf", "attribution_reach", "attribution_settings"),
    *("cost", "expenditure_twelve", "service_cost"),
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine("300MB", tmp_path / "spill")
    yield made
    made.close()


@pytest.mark.parametrize("name", IN_ANY_ORDER)
def test_rows_in_another_order_give_the_same_rows(
    name: str, engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dollar's category and a person's practice do not hang on which row came first."""
    case = read_case(CASES / f"{name}.yaml")
    in_order = model_case._rows

    def shuffled(*of: Any) -> Iterator[dict[str, Any]]:
        listed = list(in_order(*of))
        return iter(Random(name).sample(listed, len(listed)))

    monkeypatch.setattr(model_case, "_rows", shuffled)
    build(case, engine)
    for table in case.expect:
        assert found(case, engine, table) == expected(case, table), table


def test_a_build_asks_nobody_for_reference_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes, specialties and methods are in the package: no connection is opened, and the engine
    may not open any itself."""

    def refused(*_: object) -> None:
        raise AssertionError("a build opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refused)
    made = Workspace.init(tmp_path / "space", Settings(buckets=1))
    write_files(made.root)
    source = delivery(tmp_path / "source")
    load(made.data, source, buckets=1, data_source="test", memory_limit="300MB")
    made.build()
    engine = made.run().open()
    try:
        assert engine.rows("SELECT COUNT(*) FROM attribution_code")[0][0] > 0
        with pytest.raises(QueryError, match="requires the extension httpfs"):
            engine.rows("SELECT * FROM read_csv('https://127.0.0.1/codes.csv')")
    finally:
        engine.close()


def test_coverage_that_ends_before_it_starts_makes_no_negative_months(tmp_path: Path) -> None:
    """It is set aside by file and row, and what is covered stays."""
    wrong = {
        **COVERAGE,
        "enrollment_start_date": "2025-06-01",
        "enrollment_end_date": "2025-03-31",
    }
    source = write_source(tmp_path / "in", person=[PERSON], eligibility=[COVERAGE, wrong])
    result = load_it(tmp_path / "data", source)
    assert quarantine(result) == [("eligibility", "eligibility.csv", 2, "ends before it starts")]
    assert rows(result, "eligibility", "enrollment_start_date") == [(date(2024, 1, 1),)]


def test_coverage_within_a_month_or_after_death_is_no_month_and_no_negative_one(
    engine: DuckDBEngine,
) -> None:
    """2 to 20 May holds no first of a month; a span that begins after death has none either."""
    case = model_case.Case(
        "",
        {"eligibility": {"payer": "P", "line_of_business": "commercial", "load_id": "L",
                         "file_name": "f", "row_number": 1}},
        {
            "person": [{
                "columns": ["person_id", "death_date"],
                "rows": [["A", None], ["B", date(2025, 3, 5)]],
            }],
            "eligibility": [{
                "columns": ["person_id", "enrollment_start_date", "enrollment_end_date"],
                "rows": [
                    ["A", date(2025, 5, 2), date(2025, 5, 20)],
                    ["B", date(2025, 4, 1), None],
                    ["B", date(2025, 1, 1), date(2025, 3, 31)],
                ],
            }],
        },
        {"covered_span": {"columns": ["person_id", "first_month", "last_month"], "rows": []}},
    )  # fmt: skip
    build(case, engine)
    assert found(case, engine, "covered_span") == [("B", date(2025, 1, 1), date(2025, 3, 1))]


def test_a_clinician_without_a_specialty_is_named_and_counted(tmp_path: Path) -> None:
    """The 20 clinicians of the sample's lines and one of 12 more stand in no provider row, and no
    line says what they are. Of their patients attribution says `specialty_unknown`
    (tests/models/attribution_pcf.yaml, P37)."""
    space = inventory_workspace(tmp_path / "space")
    day = {"claim_start_date": "2025-01-12", "claim_end_date": "2025-01-12"}
    unknown = [
        dict(claim(f"U{it}", effective_on="2025-02-01", **day, rendering_npi="1234567893"))
        for it in range(12)
    ]
    source = write_source(
        tmp_path / "in", person=people(), eligibility=coverage(),
        medical_claim=[*month_claims(FIRST, 20), *unknown],
        provider=[{"npi": "1999999992", "specialty_code": "08"}],
    )  # fmt: skip
    load_it(space.data, source, data_source="Made-up Mutual", received_on=date(2025, 2, 10))
    checks = inventory(space, date(2025, 2, 28)).results
    (it,) = [one for one in checks if one.check.id == "specialty_known"]
    assert (it.status, it.found, it.threshold) == ("fail", "0% (0 of 32)", "at least 95%")


def test_a_provider_given_twice_attributes_nobody_twice(tmp_path: Path) -> None:
    """The same clinician with another specialty: the second row is set aside."""
    provider = {"npi": "1234567893", "specialty_code": "08", "tin": "1"}
    source = write_source(
        tmp_path / "in", person=[PERSON], medical_claim=[LINE],
        provider=[provider, {**provider, "specialty_code": "06"}],
    )  # fmt: skip
    result = load_it(tmp_path / "data", source)
    assert [(table, row) for table, _, row, _ in quarantine(result)] == [("provider", 2)]
    assert len(rows(result, "provider")) == 1
