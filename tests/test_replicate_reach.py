"""Replication of CMS's published ACO REACH and GPDC results.

The published file itself is read where it is at hand. What files of other years look like, and what
is wrong with files, is shown with small files of invented ACOs whose amounts are worked out beside
them.
"""

import csv
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from openvbc.errors import ExitCode, InputError
from openvbc.replicate.reach import PROGRAM, replicate_reach
from published_sample import PY2022_ROW, amounts, computed, write

PROJECT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("OPENVBC_SHARED", PROJECT.parent / "shared")) / "data" / "reach"

ONLY_COMPARED = ("gross_savings", "shared_savings", "shared_savings_seq", "sav_rate")

# CMS's own labels and shares as fractions. $100M + $3M − $1M = $102M; $92M + $0.5M stop-loss
# charge = $92.5M: $9.5M saved, all of it the ACO's; × 0.98 = $9.31M; 9.5/102 = 9.3137 %.
PY2023 = {
    "ACO_ID": "D9001",
    "ACO_NAME": "Invented ACO",
    "PERF_YEAR": "2023",
    "RISK_ARRANGEMENT": "GLOBAL",
    "DISCOUNT": "0.03",
    "RETENTION_WITHHOLD": "0",
    "FINAL_BENCHMARK": "100000000",
    "HEBA_UP_AMT": "3000000",
    "HEBA_DOWN_AMT": "-1000000",
    "TOT_COST_CARE": "92000000",
    "TOT_COST_CARE_NET": "92500000",
    "GROSS_SAVINGS": "9500000",
    "SHARED_SAVINGS": "9500000",
    "SHARED_SAVINGS_SEQ": "9310000",
    "SAV_RATE": "0.0931",
}

OTHER = {**PY2023, "ACO_ID": "D9003"}

# $50M − $55M: 10 % lost, Professional: 5 % × 50 % + 5 % × 35 % = 4.25 % of $50M = $2.125M owed.
PY2022_LOSS = {
    "aco_id": "D9002",
    "perf_year": "2022",
    "risk_arrangement": "Professional",
    "discount": "0.0",
    "retention_withhold": "2.0",
    "final_benchmark": "50,000,000",
    "tot_cost_care": "55,400,000",
    "tot_cost_care_net": "55,000,000",
    "gross_savings": "-5,000,000",
    "shared_savings": "-2,125,000",
    "shared_savings_seq": "-2,125,000",
    "sav_rate": "-10.0",
}


PY2022_LOSS_IN_CAPITALS = {
    **dict.fromkeys(PY2023, ""),
    **{name.upper(): text for name, text in PY2022_LOSS.items()},
    "DISCOUNT": "0",
    "RETENTION_WITHHOLD": "0",
    "SAV_RATE": "-0.10",
}
"""The same beside the rows of PY2023, whose columns it shares and whose shares are fractions."""


def published() -> Path:
    path = SHARED / "py2021_2022.csv"
    if not path.exists():
        pytest.skip(f"{path} is not at hand")
    return path


@cache
def published_amounts() -> list[Any]:
    return computed(replicate_reach(published()))


def test_every_published_row_is_reproduced_but_one_that_contradicts_itself() -> None:
    done = replicate_reach(published())
    assert (done.years, len(done.results), done.recomputed) == ((2021, 2022), 152, 152)
    assert (done.within_tolerance, done.decision_right, done.matching) == (151, 151, 151)
    assert done.compared == {
        "Gross_Savings": (152, 152),
        "Shared_Savings": (152, 152),
        "Shared_Savings_Seq": (151, 152),
        "Sav_Rate": (152, 152),
        "Discount": (152, 152),
        "Retention_Withhold": (5, 5),
    }
    (missed,) = (result for result in done.results if not result.matches)
    # $362,122 shared; × 0.98 = $354,879.56, where the file shows nothing.
    assert missed.id == "D0128"
    assert (missed.published, missed.computed) == (Decimal(0), Decimal("354879.56"))
    assert done.reasons == {"sequestered_to_nothing": (1, 0)}
    assert done.exit_code is ExitCode.DONE


@pytest.mark.parametrize(("year", "rows"), [(2021, 53), (2022, 99)])
def test_one_year_of_the_file_can_be_asked_for(year: int, rows: int) -> None:
    done = replicate_reach(published(), year)
    assert (done.years, len(done.results)) == ((year,), rows)


@pytest.mark.parametrize("garbage", ["123456789.5", "-7", "0", "n/k", "*", ""])
def test_garbled_results_change_nothing_that_is_computed(garbage: str, tmp_path: Path) -> None:
    with published().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    garbled = [{**row, **dict.fromkeys(ONLY_COMPARED, garbage)} for row in rows]
    done = replicate_reach(write(tmp_path / "garbled.csv", garbled))
    assert computed(done) == published_amounts()
    assert done.within_tolerance <= 1  # the file's own zero, where the garbage is 0
    suppressed = garbage == "*"
    assert (done.exit_code is ExitCode.DONE) == suppressed
    assert ("published_suppressed" in done.reasons) == suppressed


@pytest.mark.parametrize("column", ["final_benchmark", "tot_cost_care_net"])
def test_what_cms_took_in_does_change_it(column: str, tmp_path: Path) -> None:
    row = {**PY2022_LOSS, column: "51,000,000"}
    assert computed(replicate_reach(write(tmp_path / "x.csv", [row]))) != [Decimal(-2125000)]


def test_losses_of_the_professional_option(tmp_path: Path) -> None:
    done = replicate_reach(write(tmp_path / "x.csv", [PY2022_LOSS]))
    assert amounts(done) == [(-2125000, -2125000)]
    assert (done.results[0].decision, done.exit_code) == ("losses", ExitCode.DONE)


def test_a_later_year_with_cms_s_own_labels_and_health_equity(tmp_path: Path) -> None:
    done = replicate_reach(write(tmp_path / "x.csv", [PY2023]))
    assert done.years == (2023,)
    assert amounts(done) == [(9310000, 9310000)]
    assert done.compared["Sav_Rate"] == (1, 1)
    assert done.compared["Discount"] == (1, 1)
    assert "Retention_Withhold" not in done.compared  # nothing was withheld
    assert done.exit_code is ExitCode.DONE


def test_the_json_lists_every_row_with_amounts_as_text(tmp_path: Path) -> None:
    done = replicate_reach(write(tmp_path / "x.csv", [PY2023]))
    assert done.to_json()["results"] == [
        {
            "id": "D9001",
            "line": 2,
            "published": "9310000.00",
            "computed": "9310000.00",
            "decision": "savings",
            "within": True,
            "reason": None,
        }
    ]


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"GROSS_SAVINGS": "9500002"}, "Gross_Savings"),
        ({"SHARED_SAVINGS": "9499998"}, "Shared_Savings"),
        ({"SHARED_SAVINGS_SEQ": "9310002"}, "Shared_Savings_Seq"),
        ({"SAV_RATE": "0.0932"}, "Sav_Rate"),
        ({"DISCOUNT": "0.02"}, "Discount"),
        ({"RETENTION_WITHHOLD": "0.03"}, "Retention_Withhold"),
    ],
)
def test_a_difference_without_a_reason_fails(
    changed: Mapping[str, str], column: str, tmp_path: Path
) -> None:
    done = replicate_reach(write(tmp_path / "x.csv", [{**PY2023, **changed}]))
    assert [one.column for one in done.results[0].compared if not one.equal] == [column]
    assert done.results[0].reasons == ("unexplained",)
    assert done.exit_code is ExitCode.CHECK_FAILED


def test_a_share_is_held_to_the_places_that_its_own_cell_prints(tmp_path: Path) -> None:
    """9.3137 % is 9.3 % in a cell with one place, and not 9.31 % + 0.01."""
    row = {**PY2023, "SAV_RATE": "9.3%"}
    rows = [row, {**row, "SAV_RATE": "9.32%", "ACO_ID": "D9003"}]
    done = replicate_reach(write(tmp_path / "x.csv", rows))
    assert done.compared["Sav_Rate"] == (1, 2)


def test_a_reason_does_not_excuse_what_it_does_not_explain(tmp_path: Path) -> None:
    row = {**PY2023, "SHARED_SAVINGS_SEQ": "0", "GROSS_SAVINGS": "1"}
    done = replicate_reach(write(tmp_path / "x.csv", [row]))
    assert done.results[0].reasons == ("sequestered_to_nothing", "unexplained")
    assert done.exit_code is ExitCode.CHECK_FAILED


def test_beyond_the_known_corridors_nothing_is_computed_and_the_reason_is_said(
    tmp_path: Path,
) -> None:
    """PY2026, Global: $15M of $100M saved, the first corridor ends at 10 %."""
    row = {
        **PY2023,
        "PERF_YEAR": "2026",
        "DISCOUNT": "0.04",
        "HEBA_UP_AMT": "0",
        "HEBA_DOWN_AMT": "0",
        "TOT_COST_CARE": "85000000",
        "TOT_COST_CARE_NET": "85000000",
        "GROSS_SAVINGS": "15000000",
        "SHARED_SAVINGS": "12500000",
        "SHARED_SAVINGS_SEQ": "12250000",
        "SAV_RATE": "0.15",
    }
    done = replicate_reach(write(tmp_path / "x.csv", [row]))
    assert amounts(done) == [(12250000, None)]
    assert done.results[0].decision == "undecided"
    assert done.results[0].reasons == ("corridors_unknown",)
    assert done.compared == {"Gross_Savings": (1, 1), "Sav_Rate": (1, 1), "Discount": (1, 1)}


@pytest.mark.parametrize(
    ("changed", "reason", "problem"),
    [
        (
            {"FINAL_BENCHMARK": "many"},
            "input_unreadable",
            "x.csv:2: FINAL_BENCHMARK: found 'many', expected a number",
        ),
        (
            {"HEBA_UP_AMT": ""},
            "input_unreadable",
            "x.csv:2: HEBA_UP_AMT: found '', expected a number",
        ),
        (
            {"FINAL_BENCHMARK": "-100000000", "HEBA_UP_AMT": "300000000"},
            "input_unreadable",
            "the benchmark is -100000000; expected more than 0",
        ),
        (
            {"TOT_COST_CARE_NET": "-1"},
            "input_unreadable",
            "x.csv:2: TOT_COST_CARE_NET: found '-1', expected 0 or more",
        ),
        (
            {"TOT_COST_CARE_NET": "*"},
            "input_suppressed",
            "x.csv:2: TOT_COST_CARE_NET: found '*', expected a number",
        ),
        (
            {"RISK_ARRANGEMENT": "Geographic"},
            "input_unreadable",
            "x.csv:2: RISK_ARRANGEMENT: found 'Geographic', expected global or professional",
        ),
        (
            {"HEBA_DOWN_AMT": "1000000"},
            "input_unreadable",
            "found 3000000 up, 1000000 down; expected 0 or more up, 0 or less down",
        ),
        (
            {"SHARED_SAVINGS_SEQ": "n/k"},
            "published_unreadable",
            "x.csv:2: SHARED_SAVINGS_SEQ: found 'n/k', expected a number",
        ),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_and_the_row_counted(
    changed: Mapping[str, str], reason: str, problem: str, tmp_path: Path
) -> None:
    done = replicate_reach(write(tmp_path / "x.csv", [{**PY2023, **changed}, OTHER]))
    assert done.results[0].reasons == (reason,)
    assert problem in done.results[0].problems[0]
    assert done.reasons == {reason: (1, 0)}
    assert done.results[1].matches
    failing = reason != "input_suppressed"
    assert done.exit_code is (ExitCode.CHECK_FAILED if failing else ExitCode.DONE)


def test_several_rows_of_one_aco_in_a_year_are_named_and_none_is_taken(tmp_path: Path) -> None:
    """One year of the ACO stands twice with different results; another year of it stands once."""
    again = {**PY2023, "GROSS_SAVINGS": "1"}
    rows = [PY2023, OTHER, again, {**PY2022_LOSS_IN_CAPITALS, "ACO_ID": "D9001"}]
    done = replicate_reach(write(tmp_path / "x.csv", rows))
    assert amounts(done) == [
        (9310000, None),
        (9310000, 9310000),
        (9310000, None),
        (-2125000, -2125000),
    ]
    assert done.results[2].reasons == ("aco_twice", "input_unreadable")
    assert (
        "x.csv:4: D9001 has several rows in PY2023; expected it once"
        in (done.results[2].problems[0])
    )
    assert done.exit_code is ExitCode.CHECK_FAILED


@pytest.mark.parametrize(
    ("year", "said"),
    [
        ("2027", "x.csv:3: PY2027: the model ran from 2021-04-01 to 2026-12-31"),
        ("2020", "x.csv:3: PY2020: the model ran from 2021-04-01 to 2026-12-31"),
        ("", "x.csv:3: found year '', expected a performance year"),
        ("2023.5", "x.csv:3: found year '2023.5', expected a performance year"),
        ("next", "x.csv:3: found year 'next', expected a performance year"),
    ],
)
def test_a_year_that_is_none_of_the_model_s_is_refused(
    year: str, said: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "x.csv", [PY2023, {**PY2023, "PERF_YEAR": year}])
    with pytest.raises(InputError, match=re.escape(said)):
        replicate_reach(path)


def test_a_year_that_the_file_does_not_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape("holds no row of PY2022")):
        replicate_reach(write(tmp_path / "x.csv", [PY2023]), 2022)


def without(row: Mapping[str, str], *columns: str) -> dict[str, str]:
    return {name: text for name, text in row.items() if name not in columns}


def test_a_year_must_be_said_where_the_file_does_not(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", [without(PY2023, "PERF_YEAR")])
    with pytest.raises(InputError, match="no column for the performance year; give --year"):
        replicate_reach(path)
    assert replicate_reach(path, 2023).years == (2023,)


def test_every_missing_column_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", [without(PY2023, "FINAL_BENCHMARK", "SHARED_SAVINGS")])
    with pytest.raises(InputError, match=r"x\.csv:1: no column for final_benchmark, shared;"):
        replicate_reach(path)


def test_health_equity_columns_are_needed_from_the_year_in_which_there_is_any(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "x.csv", [without(PY2023, "HEBA_DOWN_AMT")])
    with pytest.raises(InputError, match="PY2023: no column for health_equity_down"):
        replicate_reach(path)


def test_another_program_s_file_is_not_known_and_lacks_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", [PY2022_ROW])
    assert not PROGRAM.knows(path)
    assert PROGRAM.knows(write(tmp_path / "y.csv", [PY2023]))
    with pytest.raises(InputError, match="no column for risk_arrangement, final_benchmark"):
        replicate_reach(path)
