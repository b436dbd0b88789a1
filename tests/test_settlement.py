"""Settlement files: days that can be, and facts that fit the leaves they are for."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from contract_sample import SETTLEMENT, changed, contract, refused_settlement, settlement
from openvbc.contract.facts import At
from openvbc.contract.population import (
    calendar_months,
    contract_periods,
    truncation_cuts,
)
from openvbc.contract.settlement import Settlement, read_settlement
from openvbc.rules.rule import Leaf

# Settlements: days


def rows_by_role(folder: Path, contract_changes: dict[str, str]) -> dict[str, dict[str, object]]:
    years = contract_periods([settlement(folder, {}, contract_changes)])
    return {row["role"]: row for rows in years.values() for row in rows}


def test_a_retrospective_window_is_the_year_itself(tmp_path: Path) -> None:
    """Three calendar years before the agreement; run-out of three months after each."""
    rows = rows_by_role(tmp_path, {})
    assert list(rows) == ["base_1", "base_2", "base_3", "performance"]
    own, base = rows["performance"], rows["base_1"]
    assert (own["period_id"], base["period_id"]) == ("PY2025", "PY2025.base_1")
    assert (own["first_day"], own["last_day"]) == (date(2025, 1, 1), date(2025, 12, 31))
    # 2025 − 3 benchmark years
    assert (base["first_day"], base["last_day"]) == (date(2022, 1, 1), date(2022, 12, 31))
    for row in rows.values():
        assert row["assignment_first_day"] == row["first_day"]
        assert row["assignment_last_day"] == row["last_day"]
        assert row["performance_first_day"] == date(2025, 1, 1)
        assert row["step_three"] is True
    # 24 months that end in December 2025 begin in January 2024
    assert own["expanded_first_day"] == date(2024, 1, 1)
    # December + 3 months of run-out
    assert own["paid_through"] == date(2026, 3, 31)
    assert base["paid_through"] == date(2023, 3, 31)


def test_a_prospective_window_ends_in_september_before_the_year(tmp_path: Path) -> None:
    """42 CFR 425.20: the most recent twelve months before the year, October to September."""
    rows = rows_by_role(tmp_path, {"assignment: retrospective": "assignment: prospective"})
    own, base = rows["performance"], rows["base_1"]
    # January 2025 − 15 months; December 2025 − 15 months
    assert own["assignment_first_day"] == date(2023, 10, 1)
    assert own["assignment_last_day"] == date(2024, 9, 30)
    # 24 months that end in September 2024
    assert own["expanded_first_day"] == date(2022, 10, 1)
    # the same for 2022
    assert base["assignment_first_day"] == date(2020, 10, 1)
    assert base["assignment_last_day"] == date(2021, 9, 30)
    assert base["expanded_first_day"] == date(2019, 10, 1)
    # expenditure is the year's own
    assert (own["first_day"], own["last_day"]) == (date(2025, 1, 1), date(2025, 12, 31))


def test_an_interim_statement_counts_claims_up_to_its_own_day(tmp_path: Path) -> None:
    text = SETTLEMENT.replace("received_on: 2026-07-15", "received_on: 2026-02-01")
    text = changed(text, {"kind: final": "kind: interim", "2026-08-31": "2026-02-15"})
    path = tmp_path / "lakeside_PY2025.yaml"
    path.write_text(text)
    interim = read_settlement(path, {"lakeside": contract(tmp_path)})
    days = {row["role"]: row["paid_through"] for row in interim.contract_periods()}
    assert days["performance"] == date(2026, 2, 15)
    assert days["base_3"] == date(2025, 3, 31)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"first_day: 2025-01-01": "first_day: 2025-01-02"},
            "lakeside_PY2025.yaml:3: 2025-01-02 is not the first day of a month",
        ),
        (
            {"last_day: 2025-12-31": "last_day: 2025-12-30"},
            "lakeside_PY2025.yaml:4: 2025-12-30 is not the last day of a month",
        ),
        (
            {"last_day: 2025-12-31": "last_day: 2026-01-31"},
            (
                "lakeside_PY2025.yaml:4: the period is 2025-01-01 to 2026-01-31; expected at most "
                "12 months, first to last"
            ),
        ),
        (
            {"last_day: 2025-12-31": "last_day: 2024-12-31"},
            (
                "lakeside_PY2025.yaml:4: the period is 2025-01-01 to 2024-12-31; expected at most "
                "12 months, first to last"
            ),
        ),
        (
            {"last_day: 2025-12-31": "last_day: 2025-09-30"},
            (
                "lakeside_PY2025.yaml:4: the period 2025-01-01 to 2025-09-30 is not a calendar "
                "year, for which people and claims are counted by enrolment type; expected "
                "2025-01-01 to 2025-12-31"
            ),
        ),
        (
            {"first_day: 2025-01-01": "first_day: 2024-07-01"},
            (
                "lakeside_PY2025.yaml:3: the period 2024-07-01 to 2025-12-31 is not in the "
                "agreement, 2025-01-01 to 2029-12-31"
            ),
        ),
        (
            {"as_of: 2026-08-31": "as_of: 2024-08-31"},
            "lakeside_PY2025.yaml:6: as_of 2024-08-31 is before the period begins on 2025-01-01",
        ),
        (
            {"as_of: 2026-08-31": "as_of: 2026-03-30"},
            (
                "lakeside_PY2025.yaml:5: a final statement counts 3 months of run-out, and as_of "
                "2026-03-30 is before they end; say kind: interim"
            ),
        ),
        (
            {"as_of: 2026-08-31": "as_of: 2026-07-14"},
            (
                "lakeside_PY2025.yaml:8: quality_standard_met was received on 2026-07-15, after "
                "as_of 2026-07-14; it cannot be in the statement"
            ),
        ),
        (
            {"kind: final": "kind: restated"},
            (
                "lakeside_PY2025.yaml:5: a restated statement says which it replaces; add "
                "supersedes: its statement_id"
            ),
        ),
        (
            {"contract: lakeside": "contract: seaside"},
            "lakeside_PY2025.yaml:1: no contract seaside; known: lakeside",
        ),
    ],
)
def test_days_that_cannot_be_are_refused(
    tmp_path: Path, changes: dict[str, str], expected: str
) -> None:
    assert expected in refused_settlement(tmp_path, changes)


def test_an_open_agreement_has_no_last_day(tmp_path: Path) -> None:
    assert settlement(tmp_path, {}, {", end: 2029-12-31": ""}).coordinates.agreement_start == date(
        2025, 1, 1
    )
    found = refused_settlement(
        tmp_path, {}, {"{start: 2025-01-01, end: 2029-12-31, number: 1}": "{start: 2026-01-01}"}
    )
    assert found[0].endswith("is not in the agreement, 2026-01-01 on")


# Settlements: facts

SCORE = "quality_score: {unit: rate, value: 0.86,"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (SCORE, "qualty_score: {unit: rate, value: 0.86,", "did you mean quality_score?"),
        (
            SCORE,
            "quality_score: {unit: percent, value: 0.86,",
            "quality_score has unit percent; expected rate",
        ),
        (
            SCORE,
            "quality_score: {unit: rate, value: '0.86',",
            "quality_score: found '0.86', expected a number (rate)",
        ),
        (
            SCORE,
            "quality_score: {unit: rate, value: true,",
            "quality_score: found true, expected a number (rate)",
        ),
        (
            SCORE,
            "quality_score: {unit: rate,",
            "facts.quality_score: give it one value, or values by period and enrolment type",
        ),
        (
            SCORE,
            "quality_score: {unit: rate, value: null,",
            "facts.quality_score: give it one value, or values by period and enrolment type",
        ),
        (
            SCORE,
            "quality_score: {unit: rate, value: 1, values: {performance: 1},",
            "facts.quality_score: give it one value",
        ),
        (
            SCORE,
            "quality_score: {unit: rate, values: {performance: 0.86},",
            "quality_score is one value; give it `value:`",
        ),
        (
            SCORE,
            "quality_score: {unit: rate, vallue: 0.86,",
            "unknown key facts.quality_score.vallue; did you mean value?",
        ),
        (SCORE, "quality_score: {value: 0.86,", "facts.quality_score.unit is missing"),
        (
            SCORE,
            "quality_score: {unit: rate, value: [1],",
            "facts.quality_score.value: found a list, expected a number, text, true or false",
        ),
        (
            SCORE,
            "quality_score: {unit: rate, value: 2026-01-01,",
            "facts.quality_score.value: found 2026-01-01, expected",
        ),
        ("source: actuary", "source: ''", "facts.acpt_growth.source: found '', expected some text"),
        (SCORE, "track: {unit: text, value: basic_a,", "track is a term of the contract"),
        (
            SCORE,
            "member_months: {unit: months, value: 1,",
            "member_months is counted from table expenditure_cell; it is no fact",
        ),
        (
            SCORE,
            "guardrail_neutral: {unit: flag, value: true,",
            "guardrail_neutral is computed by mssp_benchmark; it is no fact",
        ),
        ("value: true", "value: 1", "quality_standard_met: found 1, expected true or false (flag)"),
        (
            "base_1: {esrd: 412000,",
            "base_1: {esdr: 412000,",
            "truncation_cut has no cell esdr; did you mean esrd?",
        ),
        (
            "      base_1: {",
            "      PY2022: {",
            "truncation_cut has no cell PY2022; known: base_1, base_2, base_3, performance",
        ),
        (
            "base_1: {esrd: 412000,",
            "base_1: {esrd: many,",
            "truncation_cut: found 'many', expected a number (usd_per_capita)",
        ),
        (
            "{unit: rate, value: 1.013,",
            "{unit: rate, values: {performance: {esrd: 1.01}},",
            "completion_factor has no cells below period",
        ),
    ],
)
def test_a_fact_that_does_not_fit_is_refused_by_name(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    found = refused_settlement(tmp_path, {old: new})
    assert any(expected in it for it in found), found
    assert all(it.startswith("lakeside_PY2025.yaml:") for it in found)


def leaf(one: Settlement, name: str) -> Leaf:
    return next(it.leaves[name] for it in one.contract.components if name in it.leaves)


def test_a_fact_is_found_in_its_cell_or_holds_in_all(tmp_path: Path) -> None:
    values = "{unit: rate, values: {base_1: 1, base_2: 1.001, base_3: 1.002, performance: 1.02},"
    one = settlement(tmp_path, {"{unit: rate, value: 1.013,": values})
    facts = one.facts()
    factor, cut = leaf(one, "completion_factor"), leaf(one, "truncation_cut")
    share = leaf(one, "market_share")

    def value(of: Leaf, at: At) -> object:
        found = facts.get(of, at)
        return found and found.value

    assert value(factor, At("base_2")) == Decimal("1.001")
    assert value(cut, At("performance", "aged_nondual")) == Decimal("122000.50")
    assert value(share, At("base_1", "esrd")) == Decimal("0.06")
    found = facts.get(factor, At("performance"))
    assert found
    assert found.source == {
        "kind": "fact",
        "file": f"{tmp_path.name}/lakeside_PY2025.yaml:19",
        "source": "workbook",
        "received_on": "2026-07-15",
    }


def test_one_cut_by_period_holds_for_every_enrolment_type_in_tables_too(tmp_path: Path) -> None:
    given = "facts:\n  truncation_cut: {unit: usd_per_capita, source: w, received_on: 2026-07-15, "
    text = SETTLEMENT[: SETTLEMENT.index("facts:")] + given + "value: 150000.005}\n"
    path = tmp_path / "lakeside_PY2025.yaml"
    path.write_text(text)
    rows = list(truncation_cuts([read_settlement(path, {"lakeside": contract(tmp_path)})]))
    assert len(rows) == 4 * 4  # four periods, four enrolment types
    assert {row["cut_cents"] for row in rows} == {15_000_001}  # half a cent, away from zero
    assert {row["period_id"] for row in rows} == {
        "PY2025",
        "PY2025.base_1",
        "PY2025.base_2",
        "PY2025.base_3",
    }


def test_no_settlements_look_at_no_months() -> None:
    assert calendar_months([]) == {}


def test_facts_and_assertions_may_be_empty(tmp_path: Path) -> None:
    text = SETTLEMENT[: SETTLEMENT.index("facts:")] + "facts:\nassert:\n"
    path = tmp_path / "lakeside_PY2025.yaml"
    path.write_text(text)
    found = read_settlement(path, {"lakeside": contract(tmp_path)})
    assert (found.shape.facts, found.shape.asserts) == ({}, {})
    assert list(truncation_cuts([found])) == []
