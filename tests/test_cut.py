"""The computed truncation cut: the smallest amount with at least 99 % of person-years at or below.

A discrete percentile, so that every engine gives the same one of the amounts themselves.
"""

from datetime import date
from pathlib import Path

import pytest

from model_case import Case, build, found
from openvbc.engine.duckdb import DuckDBEngine

PERIOD = {"contract_id": "aco", "period_id": "PY", "method": "mssp", "cut": "computed"}
DAYS = {"first_day": date(2025, 1, 1), "last_day": date(2025, 12, 31)}


def cut_of(amounts: list[int], spill: Path) -> int | None:
    people = [[f"P{number}", cents] for number, cents in enumerate(amounts)]
    case = Case(
        title="people with given annualised amounts",
        defaults={
            "contract_period": {**PERIOD, **DAYS},
            "person_year": {"contract_id": "aco", "period_id": "PY", "enrolment_type": "esrd"},
        },
        tables={
            "contract_period": [{"columns": ["role"], "rows": [["performance"]]}],
            "person_year": [{"columns": ["person_id", "annualised_cents"], "rows": people}],
        },
        expect={"cut": {"columns": ["cut_cents"], "where": "enrolment_type = 'esrd'"}},
    )
    engine = DuckDBEngine("200MB", spill)
    build(case, engine)
    (cut,) = found(case, engine, "cut")[0]
    engine.close()
    return None if cut is None else int(cut)


@pytest.mark.parametrize(
    ("people", "place"),
    [
        (1, 1),
        (99, 99),  # 98 of 99 are 98.99 %: too few
        (100, 99),  # 99 of 100 are 99 % exactly
        (101, 100),  # 99 of 101 are 98.02 %, 100 are 99.01 %
        (200, 198),
    ],
)
def test_the_cut_is_one_of_the_amounts(people: int, place: int, tmp_path: Path) -> None:
    amounts = [cents * 100 for cents in range(people, 0, -1)]
    assert cut_of(amounts, tmp_path) == place * 100


def test_equal_amounts_share_the_cut(tmp_path: Path) -> None:
    assert cut_of([500] * 150, tmp_path) == 500


def test_nobody_of_a_type_leaves_its_cut_empty(tmp_path: Path) -> None:
    assert cut_of([], tmp_path) is None
