"""Replication of CMS's published Shared Savings results.

The published files themselves are read where they are at hand. What files of other years look like,
and what is wrong with files, is shown with small files of invented ACOs whose amounts are worked
out beside them.
"""

import csv
import io
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from openvbc.errors import ExitCode, InputError
from openvbc.replicate.mssp.program import PROFILE, replicate_mssp
from published_sample import PY2014_ROW, PY2022_ROW, PY2024_LOSS, amounts, computed, write

PROJECT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("OPENVBC_SHARED", PROJECT.parent / "shared")) / "data" / "mssp"

ONLY_COMPARED = ("Sav_rate", "GenSaveLoss", "FinalShareRate", "EarnSaveLoss", "BnchmkMinExp")


def published(year: int) -> Path:
    path = SHARED / f"py{year}.csv"
    if not path.exists():
        pytest.skip(f"{path} is not at hand")
    return path


@cache
def computed_of(year: int) -> list[Any]:
    return computed(replicate_mssp(published(year)))


@pytest.mark.parametrize(
    ("year", "rows"), [(2014, 333), (2016, 432), (2018, 548), (2020, 513), (2022, 482)]
)
def test_every_published_row_is_reproduced(year: int, rows: int) -> None:
    done = replicate_mssp(published(year))
    assert (done.years, len(done.results), done.recomputed) == ((year,), rows, rows)
    assert (done.within_tolerance, done.decision_right) == (rows, rows)
    assert done.exit_code is ExitCode.DONE
    # What differs at all: relief for a loss whose revenue-based limit cannot be known.
    differing = [(it.id, it.reason) for it in done.results if not it.matches]
    assert differing == ([("A1070", "revenue_unpublished")] if year == 2022 else [])


def test_rows_that_meet_a_reason_and_match_are_counted_too() -> None:
    assert replicate_mssp(published(2022)).reasons == {"revenue_unpublished": (6, 5)}
    assert replicate_mssp(published(2018)).reasons == {"revenue_unpublished": (2, 2)}


def test_minimum_rates_of_one_sided_acos_and_the_identities_are_counted_on_their_own() -> None:
    done = replicate_mssp(published(2022))
    assert done.compared["MinSavPerc"] == (198, 198)  # 198 one-sided ACOs
    assert done.compared["ABtotBnchmk"] == (482, 482)
    assert done.compared["ABtotExp"] == (464, 464)  # 18 rows have suppressed cells


@pytest.mark.parametrize("garbage", ["123456789.5", "-7", "0.5", "n/k", ""])
@pytest.mark.parametrize("year", [2016, 2018, 2020, 2022])
def test_garbled_results_change_nothing_that_is_computed(
    year: int, garbage: str, tmp_path: Path
) -> None:
    """What CMS worked out is compared, never taken in: nor is a one-sided ACO's minimum rate."""
    original = published(year)
    with original.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))[:60]
    names = {name.lower(): name for name in rows[0]}
    for row in rows:
        row |= {names[column.lower()]: garbage for column in ONLY_COMPARED}
        if row.get("Risk_Model", row.get("current_track_1", row.get("Current_Track_1"))) in {
            "One-Sided",
            "1",
        }:
            row[names["minsavperc"]] = garbage
    done = replicate_mssp(write(tmp_path / "garbled.csv", rows), year)
    assert computed(done) == computed_of(year)[:60]
    assert done.exit_code is ExitCode.CHECK_FAILED


def test_a_failed_standard_is_read_from_a_share_rate_of_0_where_there_is_no_flag(
    tmp_path: Path,
) -> None:
    failed = {**PY2014_ROW, "FinalShareRate": "0", "EarnSaveLoss": "0", "ACO_Num": "A90002"}
    reporting = {
        **PY2014_ROW,
        "QualScore": "P4R",
        "FinalShareRate": "0.5",
        "EarnSaveLoss": "4900000",
    }
    done = replicate_mssp(write(tmp_path / "x.csv", [PY2014_ROW, failed, reporting]))
    assert done.years == (2014,)
    assert computed(done) == [4410000, 0, 4900000]  # complete reporting: $10M × 50 % × 0.98
    assert done.notes == ("1 failed standards read from a share rate of 0",)
    assert done.exit_code is ExitCode.DONE


def test_the_json_lists_every_row_with_amounts_as_text(tmp_path: Path) -> None:
    done = replicate_mssp(write(tmp_path / "x.csv", [PY2022_ROW]))
    assert done.to_json() == {
        "program": "mssp",
        "year": 2022,
        "rows": 1,
        "recomputed": 1,
        "within_tolerance": 1,
        "decision_right": 1,
        "compared": {
            "BnchmkMinExp": {"equal": 1, "of": 1},
            "Sav_rate": {"equal": 1, "of": 1},
            "MinSavPerc": {"equal": 1, "of": 1},
            "GenSaveLoss": {"equal": 1, "of": 1},
            "FinalShareRate": {"equal": 1, "of": 1},
            "EarnSaveLoss": {"equal": 1, "of": 1},
        },
        "results": [
            {
                "id": "A9001",
                "line": 2,
                "published": "3920000.00",
                "computed": "3920000.00",
                "decision": "savings",
                "within": True,
                "reason": None,
            }
        ],
    }


def test_a_loss_whose_revenue_limit_cannot_be_known_has_a_reason_whether_it_matches_or_not(
    tmp_path: Path,
) -> None:
    limited = {**PY2024_LOSS, "EarnSaveLoss": "-1234567", "ACO_ID": "A9002"}
    done = replicate_mssp(write(tmp_path / "x.csv", [PY2024_LOSS, limited]))
    assert done.years == (2024,)
    assert computed(done) == [-3000000, -3000000]
    assert [(it.within, it.reason) for it in done.results] == [
        (True, "revenue_unpublished"),
        (False, "revenue_unpublished"),
    ]
    assert done.reasons == {"revenue_unpublished": (2, 1)}
    assert done.exit_code is ExitCode.DONE


def test_a_reason_does_not_excuse_what_it_does_not_explain(tmp_path: Path) -> None:
    row = {**PY2024_LOSS, "Sav_rate": "-9.00%"}
    done = replicate_mssp(write(tmp_path / "x.csv", [row]))
    assert done.results[0].reasons == ("revenue_unpublished", "unexplained")
    assert done.results[0].reason == "unexplained"
    assert done.exit_code is ExitCode.CHECK_FAILED


def test_a_difference_without_a_reason_fails_and_is_shown(tmp_path: Path) -> None:
    row = {**PY2022_ROW, "EarnSaveLoss": "3920003"}  # the tolerance is $2
    done = replicate_mssp(write(tmp_path / "x.csv", [row]))
    assert (done.results[0].within, done.results[0].reason) == (False, "unexplained")
    assert done.exit_code is ExitCode.CHECK_FAILED
    console = Console(file=io.StringIO(), width=200)
    console.print(done.render())
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "EarnSaveLoss 3920003 ≠ 3920000.000000" in shown


def test_a_year_of_the_half_share_and_of_advance_payments(tmp_path: Path) -> None:
    """$2M saved of $100M misses 3.0 %; 20 % × 0.98 × $2M = $392,000, before recoupment."""
    row = {
        **PY2024_LOSS,
        "Current_Track": "A",
        "Sav_rate": "2.00%",
        "MinSavPerc": "3.00%",
        "BnchmkMinExp": "2000000",
        "GenSaveLoss": "2000000",
        "EarnSaveLoss": "392000",
        "ABtotExp": "98000000",
        "FinalShareRate": "20.00%",
        "AIPBalance": "1,000,000",
    }
    done = replicate_mssp(write(tmp_path / "x.csv", [row]))
    assert computed(done) == [392000]
    assert done.exit_code is ExitCode.DONE


def test_six_months_of_a_year_are_half_of_it(tmp_path: Path) -> None:
    """$10M × 50 % × 0.90 = $4.5M, unsequestered; × 6/12 = $2.25M."""
    row = {
        "aco_id": "A9001",
        "aco_name": "Invented ACO",
        "current_start_date": "1/1/2017",
        "current_track_1": "1",
        "current_basic_a": "0",
        "participation_six_months": "1",
        "n_ab": "10,000",
        "minsavperc": "0.03",
        "gensaveloss": "10,000,000",
        "earnsaveloss": "2,250,000",
        "met_qps": "1",
        "qualscore": "90",
        "abtotbnchmk": "100,000,000",
        "abtotexp": "90,000,000",
        "finalsharerate": "0.45",
    }
    done = replicate_mssp(
        write(tmp_path / "x.csv", [row, {**row, "participation_six_months": "0"}])
    )
    assert done.years == (2019,)
    assert computed(done) == [2250000, 4500000]


SHIFTED = {
    "ACO_Num": "A90001",
    "ACO_NAME": "Invented ACO",
    "Start_Date": "04/01/2012",
    "Track2": "0",
    "Adv_Pay": "0",
    "QualScore": "1",
    "QualPerfShare": "0.5",
    "FinalShareRate": "0.5",
    "MinLossPerc": "",
    "MinSavPerc": "0.03",
    "ABtotBnchmk": "100000000",
    "ABtotExp": "90000000",
    "BnchmkMinExp": "10000000",
    "EarnShrSavings": "10000000",  # column 14: generated savings, which has no label
    "OweLosses": "4900000",  # earned: $10M × 50 % × 0.98
    "Adv_Pay_Amt": "",  # owed
    "N_AB": "0",  # advance payments
    "N_AB_Year_ESRD": "10000",  # the count
    "N_Ben_Age_0_64": "1000",
    "N_Ben_Age_65_74": "4000",
    "N_Ben_Age_75_84": "3000",
    "N_Ben_Age_85plus": "2000",
}


def test_values_that_sit_one_right_of_their_labels_are_read_where_they_sit(tmp_path: Path) -> None:
    done = replicate_mssp(write(tmp_path / "x.csv", [SHIFTED]))
    assert done.years == (2013,)
    assert amounts(done) == [(4900000, 4900000)]


def test_a_file_whose_labels_have_been_mended_is_not_shifted(tmp_path: Path) -> None:
    mended = {
        **SHIFTED,
        "EarnShrSavings": "4900000",
        "OweLosses": "",
        "N_AB": "10000",
        "N_AB_Year_ESRD": "12",
    }
    done = replicate_mssp(write(tmp_path / "x.csv", [mended]))
    assert amounts(done) == [(4900000, 4900000)]


def test_losses_owed_stand_in_a_column_of_their_own_in_the_first_file(tmp_path: Path) -> None:
    """Track 2, first score of 1: 1 − 60 % = 40 % of $10M is $4M."""
    row = {
        **SHIFTED,
        "Track2": "1",
        "QualPerfShare": "0.6",
        "FinalShareRate": "0.6",
        "ABtotExp": "110000000",
        "BnchmkMinExp": "-10000000",
        "EarnShrSavings": "",
        "OweLosses": "4000000",
        "Adv_Pay_Amt": "",
        "N_AB": "10000",
    }
    done = replicate_mssp(write(tmp_path / "x.csv", [row]))
    assert amounts(done) == [(-4000000, -4000000)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_that_such_files_have_had(encoding: str, tmp_path: Path) -> None:
    row = {**PY2022_ROW, "ACO_ID": "", "ACO_Name": "Asociación"}
    done = replicate_mssp(write(tmp_path / "x.csv", [row], encoding))
    assert [it.id for it in done.results] == ["Asociación"]


def test_only_a_legal_election_is_read_from_the_minimum_rate(tmp_path: Path) -> None:
    """$1M lost of $100M. Elected 1 %: shared. Nobody can elect 1.2 %: the scale, 3.0 %."""
    row = {
        **PY2024_LOSS,
        "ABtotExp": "101000000",
        "MinSavPerc": "1.00%",
        "BnchmkMinExp": "-1000000",
    }
    other = {**row, "MinSavPerc": "1.20%"}
    done = replicate_mssp(write(tmp_path / "x.csv", [row, other]))
    assert computed(done) == [-300000, 0]


def test_the_same_election_in_percent_and_as_a_fraction(tmp_path: Path) -> None:
    row = {**PY2024_LOSS, "ABtotExp": "101000000"}
    for text in ("0.01", "1", "1.0%", "0.010"):
        done = replicate_mssp(write(tmp_path / "x.csv", [{**row, "MinSavPerc": text}]))
        assert computed(done) == [-300000], text


@pytest.mark.parametrize(
    ("change", "reason", "sentence"),
    [
        ({"N_AB": "many"}, "input_unreadable", "x.csv:2: N_AB: found 'many', expected a number"),
        ({"N_AB": ""}, "input_unreadable", "x.csv:2: N_AB: found blank, expected a number"),
        ({"N_AB": "0"}, "input_unreadable", "x.csv:2: N_AB: found '0', expected a number above 0"),
        ({"N_AB": "1,00"}, "input_unreadable", "N_AB: found '1,00', expected a number"),
        ({"ABtotExp": "*"}, "input_suppressed", "ABtotExp: found suppressed, expected a number"),
        ({"Current_Track": "Z"}, "input_unreadable", "found 'Z', expected a track or level"),
        ({"Met_QPS": "2"}, "input_unreadable", "Met_QPS: found '2', expected 0 or 1"),
        ({"QualScore": "140"}, "input_unreadable", "QualScore: found '140', expected a score"),
        (
            {"Current_Start_Date": "soon"},
            "input_unreadable",
            "Current_Start_Date: found 'soon', expected a day",
        ),
        ({"Current_Start_Date": "1/1/2010"}, "input_unreadable", "has no value on 2010-01-01"),
        ({"EarnSaveLoss": "much"}, "published_unreadable", "EarnSaveLoss: found 'much'"),
        ({"Sav_rate": "much"}, "published_unreadable", "Sav_rate: found 'much'"),
        ({"BnchmkMinExp": "much"}, "published_unreadable", "BnchmkMinExp: found 'much'"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_and_counted(
    change: Mapping[str, str], reason: str, sentence: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "x.csv", [{**PY2022_ROW, **change}])
    (result,) = (done := replicate_mssp(path, 2022)).results
    assert result.reasons == (reason,)
    assert sentence in "; ".join(result.problems)
    assert (done.exit_code is ExitCode.DONE) == (reason == "input_suppressed")
    assert (result.computed is None) == reason.startswith("input")


def test_a_suppressed_result_is_not_compared(tmp_path: Path) -> None:
    done = replicate_mssp(write(tmp_path / "x.csv", [{**PY2022_ROW, "GenSaveLoss": "*"}]))
    assert "GenSaveLoss" not in done.compared
    assert done.reasons == {"published_suppressed": (1, 1)}
    assert done.exit_code is ExitCode.DONE


def test_too_few_beneficiaries_for_the_scale_are_refused_and_named(tmp_path: Path) -> None:
    done = replicate_mssp(write(tmp_path / "x.csv", [{**PY2022_ROW, "N_AB": "412"}]))
    (result,) = done.results
    assert (result.computed, result.decision) == (None, "undecided")
    assert result.reasons == ("scale_undefined",)
    assert done.compared == {"BnchmkMinExp": (1, 1), "Sav_rate": (1, 1)}


def test_a_termination_in_mid_year_whose_month_is_unpublished(tmp_path: Path) -> None:
    row = {
        **PY2024_LOSS,
        "Current_Track": "EN",
        "QualScore": "90.00%",
        "FinalShareRate": "75.00%",
        "Prorate_Shared_Losses": "1",
        "EarnSaveLoss": "-2000000",
    }
    done = replicate_mssp(write(tmp_path / "x.csv", [row]))
    assert computed(done) == [-4000000]  # 40 % of $10M, for the whole year
    assert done.reasons == {"termination_month_unpublished": (1, 0)}
    assert done.exit_code is ExitCode.DONE


def test_relief_in_dollars_is_taken_in_where_its_share_is_unpublished(tmp_path: Path) -> None:
    row = {**PY2024_LOSS, "DisAdj": "-1,000,000", "EarnSaveLoss": "-2000000"}
    without = {name: text for name, text in PY2024_LOSS.items() if name != "DisAdj"}
    assert computed(replicate_mssp(write(tmp_path / "x.csv", [row]))) == [-2000000]
    done = replicate_mssp(write(tmp_path / "x.csv", [without]))
    assert done.results[0].reasons == ("revenue_unpublished", "disaster_share_unpublished")


def test_track_2_beyond_its_first_limit_says_that_the_year_is_unpublished(tmp_path: Path) -> None:
    """40 % of $20M is $8M, above 5 % and below 10 % of the benchmark."""
    row = {
        **PY2014_ROW,
        "Track1": "0",
        "Track2": "1",
        "QualScore": "1",
        "FinalShareRate": "0.6",
        "ABtotExp": "120000000",
        "Sav_rate": "-20",
        "MinSavPerc": "2",
        "BnchmkMinExp": "-20000000",
        "GenSaveLoss": "-20000000",
        "EarnSaveLoss": "-5000000",
    }
    done = replicate_mssp(write(tmp_path / "x.csv", [row]))
    assert computed(done) == [-8000000]
    assert done.reasons == {"two_sided_year_unpublished": (1, 0)}


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [({"Track1": "0"}, "no track is flagged"), ({"Track2": "1"}, "expected one track")],
)
def test_no_track_or_two_is_no_track(
    flags: Mapping[str, str], sentence: str, tmp_path: Path
) -> None:
    done = replicate_mssp(write(tmp_path / "x.csv", [{**PY2014_ROW, **flags}]))
    assert sentence in done.results[0].problems[0]


def test_a_track_that_the_year_does_not_have_is_named(tmp_path: Path) -> None:
    row = {**PY2022_ROW, "Current_Start_Date": "1/1/2013"}
    done = replicate_mssp(write(tmp_path / "x.csv", [row]), 2015)
    assert "maximum_sharing_rate has no value for track = basic_b" in done.results[0].problems[0]
    assert done.exit_code is ExitCode.CHECK_FAILED


def test_the_year_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", [PY2022_ROW])
    assert (replicate_mssp(path).years, replicate_mssp(path, 2023).years) == ((2022,), (2023,))


def test_the_year_may_stand_in_a_column(tmp_path: Path) -> None:
    row = {**PY2022_ROW, "Performance_Year": "2023.0"}
    assert replicate_mssp(write(tmp_path / "x.csv", [row])).years == (2023,)


def without(row: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: text for name, text in row.items() if name not in names}


@pytest.mark.parametrize(
    ("content", "year", "sentence"),
    [
        (without(PY2022_ROW, "N_AB", "ABtotExp"), None, "assigned_beneficiaries, total_expend"),
        (without(PY2022_ROW, "QualScore", "Current_Track"), 2022, "track, quality_score"),
        (without(PY2022_ROW, "Met_QPS"), 2022, "no column for quality_standard_met"),
        (without(PY2014_ROW, "FinalShareRate"), 2014, "no column for sharing_rate"),
        (without(PY2022_ROW, "EarnSaveLoss"), 2022, "no column for earned"),
        ({"some": "1", "thing": "2"}, None, "fit no known year of 2013, "),
        (PY2022_ROW, 1999, "no layout for performance year 1999; known: 2013 to 2024"),
        ({**PY2022_ROW, "n ab": "1"}, 2022, "column N_AB twice"),
    ],
)
def test_a_file_that_cannot_be_made_out_is_refused(
    content: Mapping[str, str], year: int | None, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        replicate_mssp(write(tmp_path / "x.csv", [content]), year)
    assert sentence in str(refused.value)
    assert "x.csv:1: " in str(refused.value)


def test_a_file_that_is_cut_short_is_refused_line_by_line(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", [PY2022_ROW, PY2022_ROW])
    text = path.read_text()
    path.write_text(text[: text.rindex("Invented") + 3])
    with pytest.raises(InputError, match=r"x.csv:3: found 2 cells, expected 20"):
        replicate_mssp(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no row"),
        (b"ACO_ID,N_AB\n", "holds no row"),
        (b"ACO\x00_ID,N_AB\n1,2\n", "is not text"),
        (b'ACO_ID,N_AB\n"1' + b"x" * 140_000 + b'",2\n', "is not CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        replicate_mssp(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        replicate_mssp(tmp_path / "none.csv")


def test_every_reason_is_documented() -> None:
    page = (PROJECT / "docs" / "replication.md").read_text(encoding="utf-8")
    assert [reason for reason in PROFILE.all_reasons if f"`{reason}`" not in page] == []
