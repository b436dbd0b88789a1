"""Days of supply by a grouper's list of drugs: several fills on one day are one day of supply.

The list and the fills are made up: two drugs, A and B, of one category.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from grouper_sample import ask, give, make, small
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.groupers.tables import write_grouper

DRUGS = small(drug=[
    ("00000000001", "A", "STATIN"), ("00000000002", "A", "STATIN"), ("00000000003", "B", "STATIN"),
])  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine("300MB", tmp_path / "spill")
    yield made
    made.close()


def fill(key: str, day: str, days: int | None, code: int = 1, **given: Any) -> dict[str, Any]:
    """A fill that stands."""
    return {
        "claim_key": key, "version_number": 1, "version_type": "original", "sign": 1,
        "effective_on": day, "claim_id": key, "claim_line_number": 1, "person_id": "P1",
        "dispensing_date": day, "ndc_code": f"{code:011}", "days_supply": days,
        "line_of_business": "medicare", **given,
    }  # fmt: skip


def run(
    engine: DuckDBEngine, fills: list[dict[str, Any]], folder: Path, death: str | None = None
) -> None:
    write_grouper(DRUGS, folder / "own")
    ask(engine, ["small"], folder, folder / "own")
    give(engine, "contract_analysis", [], folder)
    give(engine, "person", [{"person_id": "P1", "death_date": death}], folder)
    give(engine, "eligibility", [{
        "person_id": "P1", "payer": "CMS", "line_of_business": "medicare", "part_a": True,
        "part_b": True, "enrollment_start_date": "2020-01-01",
    }], folder)  # fmt: skip
    give(engine, "pharmacy_claim", fills, folder)
    make(engine, "drug_coverage")


COVERED = "SELECT fill_days, days, covered_days FROM drug_coverage"


def test_several_fills_of_a_drug_on_one_day_are_one_supply(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """Two packages of 30 days and one of 14 on 1 December: 30 of 31 days, not 74."""
    fills = [fill("1", "2025-12-01", 30), fill("2", "2025-12-01", 30, 2),
             fill("3", "2025-12-01", 14)]  # fmt: skip
    run(engine, fills, tmp_path)
    assert engine.rows("SELECT fills, days_supply FROM drug_supply") == [(3, 30)]
    assert engine.rows(COVERED) == [(1, 31, 30)]


def test_an_early_fill_begins_when_the_one_before_is_used_up(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """A on 1 January (30 days) and 25 January (30, in hand from the 31st to 1 March); A again on 1
    April, on its own day. B on 10 February (30 days, to 11 March) is another drug and waits for
    nothing. In hand: 1 January to 11 March, 31 + 28 + 11 = 70, and April's 30, of the 120 days to
    the death on 30 April."""
    fills = [
        fill("1", "2025-01-01", 30), fill("2", "2025-01-25", 30), fill("3", "2025-02-10", 30, 3),
        fill("4", "2025-04-01", 30),
    ]  # fmt: skip
    for order in (1, -1):
        run(engine, fills[::order], tmp_path, death="2025-04-30")
        days = "SELECT drug, first_day, last_day FROM drug_supply ORDER BY drug, filled_on"
        assert engine.rows(days) == [
            ("A", date(2025, 1, 1), date(2025, 1, 30)),
            ("A", date(2025, 1, 31), date(2025, 3, 1)),
            ("A", date(2025, 4, 1), date(2025, 4, 30)),
            ("B", date(2025, 2, 10), date(2025, 3, 11)),
        ]
        assert engine.rows(COVERED) == [(4, 120, 100)]


def test_what_was_taken_back_or_is_of_no_days_covers_nothing_and_is_counted(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """A cancelled fill is none; one without days of supply is a fill, and is said to be so. What
    lasts beyond the year counts to its last day: of 17 December to the 31st, 15 days. Alone beside
    ten days of November it adds none: 10 of the 61 days from 1 November on."""
    fills = [
        fill("1", "2025-12-01", 30),
        fill("1", "2025-12-01", 30, version_number=2, version_type="cancel", sign=-1),
        fill("2", "2025-12-12", None),
        fill("3", "2025-12-17", 90),
        fill("4", "2025-12-20", 90, code=9),
    ]
    run(engine, fills, tmp_path)
    assert engine.rows(COVERED) == [(2, 20, 15)]
    assert engine.rows("SELECT fills_without_days FROM drug_coverage") == [(1,)]
    run(engine, [fill("5", "2025-11-01", 10), fill("6", "2025-12-12", None)], tmp_path)
    assert engine.rows(COVERED) == [(2, 61, 10)]


def test_a_code_that_stands_twice_in_the_list_is_refused(tmp_path: Path) -> None:
    twice = small(drug=[("00000000001", "A", "STATIN"), ("00000000001", "B", "OTHER")])
    with pytest.raises(InputError, match="00000000001 stands twice"):
        write_grouper(twice, tmp_path)
