"""Replication of CMS's mock hospital-specific reports on readmissions.

The reports themselves are read where they are at hand. What else a workbook may hold, and what is
wrong with workbooks, is shown with small ones of an invented hospital, whose amounts are worked
out beside it.
"""

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from openvbc.errors import ExitCode, InputError
from openvbc.money import parse_decimal
from openvbc.replicate.hrrp import PROGRAM, replicate_hrrp
from openvbc.replicate.replication import Replication
from openvbc.replicate.workbook import bare_label, cell_text, sheets
from workbook_sample import Rows, write_workbook

PROJECT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("OPENVBC_SHARED", PROJECT.parent / "shared")) / "data" / "hrrp"

Book = dict[str, list[list[str | Decimal | None]]]

COVER = (
    "Hospital-Specific Report (HSR) for the Fiscal Year (FY) 2024 Hospital Readmissions Reduction "
    "Program (HRRP) "
)
PAYMENT = "Table 1 Payment Adjustment"
RESULTS = "Table 2 Hospital Results"
TITLE = "… Payment Adjustment Factor Information …"

PAYMENT_LABELS = [
    "Number of Dual Eligible Stays (Numerator) [a]",
    "Total Number of Stays (Denominator) [b]",
    "Dual Proportion [c]",
    "Peer Group Assignment [d]",
    "Neutrality Modifier [e]",
    "Payment Reduction Percentage [f]",
    " Payment Adjustment Factor [g]",
]
RESULTS_LABELS = [
    "Measure [a]",
    "Number of Eligible Discharges [b]",
    "Number of Readmissions Among Eligible Discharges [c]",
    "Predicted Readmission Rate [d]",
    "Expected Readmission Rate [e]",
    "Excess Readmission Ratio (ERR) [f]",
    "Peer Group Median ERR [g]",
    "Penalty Indicator (Yes/No) [h]",
    "Ratio of DRG Payments Per Measure to Total Payments [i] ",
    "National Observed Readmission Rate [j]",
]

# Heart failure: 0.216/0.2 = 1.08, 0.09 above its median: 3 % × 0.09 = 0.0027. Hip and knee:
# 0.0408/0.04 = 1.02, 0.025 above: 8 % × 0.025 = 0.002. × 0.96 = 0.004512: 0.9955.
MEASURES: dict[str, str] = {
    "AMI ": "40 4 0.135 0.15 0.9 0.995 No 0.01 0.15",
    "COPD": "20 4 0.22 0.2 1.1 0.99 No 0.01 0.19",
    "HF": "120 25 0.216 0.2 1.08 0.99 Yes 0.03 0.21",
    "Pneumonia [k]": "30 5 0.144 0.16 0.9 0.98 No 0.02 0.16",
    "CABG": "NQ NQ NQ NQ NQ 1.01 No NQ 0.12",
    "THA/TKA": "65 3 0.0408 0.04 1.02 0.995 Yes 0.08 0.04",
}


def cells(text: str) -> list[str | Decimal | None]:
    """Numbers as numbers, words as words."""
    return [parse_decimal(word) or word if word != "0" else Decimal(0) for word in text.split()]


def book(**measures: str) -> Book:
    """The invented hospital's report; measures replaces rows of table 2."""
    rows = {**MEASURES, **measures}
    return {
        "HRRP Workbook": [[COVER], ["HOSPITAL NAME"]],
        PAYMENT: [
            ["Table 1: Your Hospital’s Payment Adjustment Factor Information"],
            ["HOSPITAL NAME"],
            ["blank"],
            [*PAYMENT_LABELS],
            cells("1500 6000 0.25 4 0.96 0.0045 0.9955"),
            ["blank"],
            ["[a] Medicare stays of patients with both."],
        ],
        RESULTS: [
            ["Table 2: Your Hospital’s Measure Results on 30-Day Readmission"],
            ["HOSPITAL NAME"],
            [],
            [*RESULTS_LABELS],
            *([name, *cells(text)] for name, text in rows.items()),
            ["blank"],
            ["[a] AMI = acute myocardial infarction."],
        ],
    }


def run(folder: Path, content: Mapping[str, Rows], year: int | None = None) -> Replication:
    return replicate_hrrp(write_workbook(folder / "report.xlsx", content), year)


def refusals(folder: Path, content: Mapping[str, Rows], year: int | None = None) -> list[str]:
    """What is said of a workbook that is refused, without the folder it stands in."""
    with pytest.raises(InputError) as refused:
        run(folder, content, year)
    return [str(problem).replace(f"{folder}/", "") for problem in refused.value.problems]


def published(year: int) -> Path:
    path = SHARED / f"FY{year}.xlsx"
    if not path.exists():
        pytest.skip(f"{path} is not at hand")
    return path


@pytest.mark.parametrize(
    ("year", "factor", "ratios"), [(2021, "0.9998", 5), (2022, "1.0000", 4), (2023, "0.9956", 5)]
)
def test_every_figure_of_the_mock_reports_is_reproduced(
    year: int, factor: str, ratios: int
) -> None:
    done = replicate_hrrp(published(year))
    assert (done.years, done.recomputed, done.matching) == ((year,), 1, 1)
    assert done.exit_code is ExitCode.DONE
    assert done.to_json()["results"][0]["computed"] == factor
    counts = {name.split(",")[0]: 0 for name in done.compared}
    for name in done.compared:
        counts[name.split(",")[0]] += 1
    # The reports of FY2022 on print the reduction beside the factor.
    reduction = {"Payment Reduction Percentage": 1} if year > 2021 else {}
    assert counts == {
        "Dual Proportion": 1,
        "Excess Readmission Ratio": ratios,  # the rest are NQ
        "Penalty Indicator": 6,
        **reduction,
        "Payment Adjustment Factor": 1,
    }


WORKED_OUT = {bare_label(it) for it in (*PAYMENT_LABELS[2:4], *PAYMENT_LABELS[5:])} | {
    bare_label(it) for it in (RESULTS_LABELS[5], RESULTS_LABELS[7])
}


def garbled(content: Book, garbage: str) -> Book:
    """The report with other words where CMS's results stand."""
    labels: set[int] = set()
    out: Book = {}
    for name, rows in content.items():
        labels = set()
        out[name] = []
        for row in rows:
            found = {n for n, cell in enumerate(row) if bare_label(str(cell)) in WORKED_OUT}
            filled = sum(cell not in {"", None} for cell in row) > 1
            hit = labels if filled else set()
            out[name].append([garbage if n in hit else cell for n, cell in enumerate(row)])
            labels = labels or found
    return out


@pytest.mark.parametrize("garbage", ["0.12345", "-7", "n/k", "", "Yes", "NQ"])
@pytest.mark.parametrize("year", [2021, 2022, 2023])
def test_garbled_results_change_nothing_that_is_computed(
    year: int, garbage: str, tmp_path: Path
) -> None:
    """What CMS worked out is compared, never taken in."""
    path = published(year)
    original = {it.name: [list(line.cells) for line in it.lines] for it in sheets(path)}
    kept: Book = {
        name: [[parse_decimal(cell) or cell for cell in row] for row in rows]
        for name, rows in original.items()
        if name in {"HRRP Workbook", PAYMENT, RESULTS}
    }
    assert run(tmp_path, kept).matching == 1
    done = run(tmp_path, garbled(kept, garbage))
    assert done.results[0].computed == replicate_hrrp(path).results[0].computed
    assert done.matching == 0
    expected = ExitCode.DONE if garbage == "NQ" else ExitCode.CHECK_FAILED
    assert done.exit_code is expected


def test_an_invented_hospital_is_recomputed(tmp_path: Path) -> None:
    done = run(tmp_path, book())
    (result,) = done.results
    assert (result.computed, result.published) == (Decimal("0.9955"), Decimal("0.9955"))
    assert (result.decision, result.decision_right, result.line) == ("reduced", True, 5)
    assert done.exit_code is ExitCode.DONE
    written = done.to_json()
    assert (written["program"], written["year"], written["rows"]) == ("hrrp", 2024, 1)
    assert written["compared"] == {name: {"equal": 1, "of": 1} for name in done.compared}
    (row,) = written["results"]
    expected = {"id": "report", "published": "0.9955", "computed": "0.9955", "reason": None}
    assert {name: row[name] for name in expected} == expected


def test_it_does_not_matter_where_sheets_columns_and_footnotes_stand(tmp_path: Path) -> None:
    moved: Book = {}
    for name, rows in reversed(book().items()):
        turned = [[*row[:1], *reversed(row[1:])] if len(row) > 1 else row for row in rows]
        plain = [
            [cell.split("[")[0] + "  " if isinstance(cell, str) else cell for cell in row]
            for row in turned
        ]
        moved[f"{name} (2)"] = [[], *plain]
    done = run(tmp_path, moved)
    assert done.matching == 1
    assert done.results[0].line == 6  # one further down


def test_a_wrong_factor_a_wrong_indicator_and_a_wrong_ratio_are_differences(tmp_path: Path) -> None:
    """A ratio that is off in the twelfth decimal is off: rounding explains less."""
    content = book(HF="120 25 0.216 0.2 1.080000000001 0.99 No 0.03 0.21")
    content[PAYMENT][4] = cells("1500 6000 0.25 4 0.96 0.0045 0.9956")
    done = run(tmp_path, content)
    wrong = {one.column for one in done.results[0].compared if not one.equal}
    assert wrong == {
        "Excess Readmission Ratio, HF",
        "Penalty Indicator, HF",
        "Payment Adjustment Factor",
    }
    assert done.reasons == {"unexplained": (1, 0)}
    assert done.exit_code is ExitCode.CHECK_FAILED
    assert (done.within_tolerance, done.decision_right) == (0, 1)


@pytest.mark.parametrize(
    ("measures", "sentence"),
    [
        (
            {"HF": "many 25 0.216 0.2 1.08 0.99 Yes 0.03 0.21"},
            "row 7: Number of Eligible Discharges [b]: found 'many', expected a number, NQ or N/A",
        ),
        (
            {"CABG": "30 4 0.1 NQ NQ 1.01 No NQ 0.12"},
            "row 9: Expected Readmission Rate [e]: found 'NQ', expected a number, as in the rest",
        ),
        (
            {"AMI ": "40 4 0.135 ? 0.9 0.995 No 0.01 0.15"},
            "row 5: Expected Readmission Rate [e]: found '?', expected a number, NQ or N/A",
        ),
    ],
)
def test_text_where_a_number_belongs_is_named_and_counted(
    measures: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    done = run(tmp_path, book(**measures))
    (result,) = done.results
    where = f"{tmp_path}/report.xlsx, sheet {RESULTS}, "
    assert result.problems == (where + sentence,)
    assert (result.computed, result.decision, result.matches) == (None, "undecided", False)
    assert done.reasons == {"input_unreadable": (1, 0)}
    assert done.exit_code is ExitCode.CHECK_FAILED


def test_a_blank_cell_is_not_zero_and_not_none(tmp_path: Path) -> None:
    content = book()
    content[PAYMENT][4][4] = None
    done = run(tmp_path, content)
    assert [it.partition(", row ")[2] for it in done.results[0].problems] == [
        "5: Neutrality Modifier [e]: found blank, expected a number, NQ or N/A"
    ]
    assert done.exit_code is ExitCode.CHECK_FAILED


def test_a_suppressed_cell_is_named_and_counted(tmp_path: Path) -> None:
    done = run(tmp_path, book(HF="* 25 0.216 0.2 1.08 0.99 Yes 0.03 0.21"))
    assert done.reasons == {"input_suppressed": (1, 0)}
    assert "found '*'" in done.results[0].problems[0]
    assert done.results[0].computed is None


def test_inputs_that_the_law_does_not_define_are_named(tmp_path: Path) -> None:
    done = run(tmp_path, book(HF="120 25 0.216 0 1.08 0.99 Yes 0.03 0.21"))
    assert done.results[0].problems[0].endswith("the expected rate is 0; expected more than 0")
    assert done.exit_code is ExitCode.CHECK_FAILED


def test_a_published_result_that_is_text_is_named_and_the_rest_is_compared(tmp_path: Path) -> None:
    content = book(HF="120 25 0.216 0.2 1.08 0.99 maybe 0.03 0.21")
    content[PAYMENT][4][6] = "tbd"
    done = run(tmp_path, content)
    assert [it.rpartition(": ")[2] for it in done.results[0].problems] == [
        "found 'maybe', expected Yes or No",
        "found 'tbd', expected a number",
    ]
    assert done.results[0].computed == Decimal("0.9955")
    assert done.reasons == {"published_unreadable": (1, 0)}


def test_an_exempt_hospital_has_no_factor_to_compare(tmp_path: Path) -> None:
    """Maryland: N/A stands where the factor and what it is made of would."""
    content = book(
        HF="120 25 0.216 0.2 1.08 0.99 N/A N/A 0.21",
        **{"THA/TKA": "65 3 0.0408 0.04 1.02 0.995 N/A N/A 0.04"},
    )
    content[PAYMENT][4] = cells("1500 6000 0.25 4 N/A N/A N/A")
    done = run(tmp_path, content)
    assert done.reasons == {"not_applicable": (1, 0)}
    assert done.results[0].problems == ("reduction unknown: DRG payment ratio missing",)
    assert (done.recomputed, done.exit_code) == (0, ExitCode.DONE)


def test_the_terminal_shows_what_differs(tmp_path: Path) -> None:
    content = book()
    content[PAYMENT][4][6] = Decimal("0.99")
    console = Console(width=200)
    with console.capture() as captured:
        console.print(run(tmp_path, content).render())
    text = captured.get()
    assert "HRRP FY2024: 1 hospital in report.xlsx" in text
    assert "Payment Adjustment Factor 0.99 ≠ 0.995500" in text


def test_a_workbook_of_another_program_is_named(tmp_path: Path) -> None:
    content = book()
    content["HRRP Workbook"] = [["Hospital-Specific Report for the FY 2024 HAC Reduction Program"]]
    (said,) = refusals(tmp_path, content)
    assert said == (
        "report.xlsx: is headed 'Hospital-Specific Report for the FY 2024 HAC Reduction Program'; "
        "expected a hospital-specific report of the Hospital Readmissions Reduction Program"
    )
    assert not PROGRAM.knows(tmp_path / "report.xlsx")


def test_a_report_is_known_by_its_heading(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", book())
    assert PROGRAM.knows(path)
    assert PROGRAM.replicate((path,), None).matching == 1


def test_what_is_no_workbook_is_not_known_and_is_named(tmp_path: Path) -> None:
    text, broken = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    text.write_text("no workbook", encoding="utf-8")
    broken.write_bytes(write_workbook(tmp_path / "c.xlsx", book()).read_bytes()[40:])
    for path in (text, broken, tmp_path / "none.xlsx", tmp_path):
        assert not PROGRAM.knows(path)
        with pytest.raises(InputError, match="is not a workbook that can be read"):
            replicate_hrrp(path)


def test_a_year_without_rules_is_refused_with_the_years_that_have_them(tmp_path: Path) -> None:
    content = book()
    content["HRRP Workbook"] = [[COVER.replace("2024", "2031")]]
    (said,) = refusals(tmp_path, content)
    assert said.startswith("report.xlsx: FY2031: condition_counts has no value on 2030-10-01; ")
    assert said.endswith("covered 2012-10-01 to 2029-09-30")


def test_the_year_is_the_report_s_own_or_said_but_never_guessed(tmp_path: Path) -> None:
    content = book()
    assert refusals(tmp_path, content, 2023) == [
        "report.xlsx: is of FY2024; expected FY2023, as --year says"
    ]
    assert run(tmp_path, content, 2024).years == (2024,)
    two: Book = {**content, "Notes": [["More stands in the FY 2025 HRRP User Guide."]]}
    assert refusals(tmp_path, two) == [
        "report.xlsx: is of FY2024 and FY2025; expected one fiscal year"
    ]
    undated: Book = {**content, "HRRP Workbook": [[COVER.replace("2024", "")]]}
    assert refusals(tmp_path, undated) == [
        "report.xlsx: names no fiscal year; say which with --year"
    ]
    assert run(tmp_path, undated, 2024).matching == 1


def test_a_missing_sheet_and_missing_labels_are_named_at_once(tmp_path: Path) -> None:
    content = book()
    del content[PAYMENT]
    content[RESULTS][3] = ["Measure" if n == 0 else f"Column {n}" for n in range(10)]
    content[RESULTS][3][5:9] = RESULTS_LABELS[5:9]
    assert refusals(tmp_path, content) == [
        f'report.xlsx: no sheet is titled "{TITLE}"; expected one',
        *(
            f'report.xlsx, sheet {RESULTS}, row 4: found no column "{label}"'
            for label in (
                "Number of Eligible Discharges",
                "Predicted Readmission Rate",
                "Expected Readmission Rate",
            )
        ),
    ]


def test_a_sheet_or_a_label_that_stands_twice_is_named(tmp_path: Path) -> None:
    content = book()
    content["Copy"] = content[PAYMENT]
    content[RESULTS][3].append("Peer Group Median ERR")
    assert refusals(tmp_path, content) == [
        f'report.xlsx: 2 sheets are titled "{TITLE}"; expected one',
        f'report.xlsx, sheet {RESULTS}, row 4: column "Peer Group Median ERR" stands twice',
    ]


def test_an_empty_table_is_named(tmp_path: Path) -> None:
    content = book()
    content[PAYMENT] = content[PAYMENT][:4]
    assert refusals(tmp_path, content) == [
        f"report.xlsx, sheet {PAYMENT}: holds no row below its labels"
    ]


def test_measures_that_are_unknown_missing_or_there_twice_are_named(tmp_path: Path) -> None:
    content = book()
    rows = content[RESULTS]
    rows[5][0], rows[9][0] = "Sepsis", "HF [b]"
    known = "ami, copd, hf, pneumonia, cabg, tha_tka"
    sheet = f"report.xlsx, sheet {RESULTS}"
    assert refusals(tmp_path, content) == [
        f"{sheet}, row 6: Measure [a]: 'Sepsis' is no measure known; known: {known}",
        f"{sheet}, row 10: Measure [a]: HF [b] stands twice",
        f"{sheet}: found no row of copd, which counts in this fiscal year",
        f"{sheet}: found no row of tha_tka, which counts in this fiscal year",
    ]


def test_a_measure_that_does_not_count_in_the_year_may_be_missing(tmp_path: Path) -> None:
    """Pneumonia is suppressed in fiscal year 2023."""
    content = book()
    content["HRRP Workbook"] = [[COVER.replace("2024", "2023")]]
    del content[RESULTS][7]
    assert run(tmp_path, content).matching == 1


@given(st.integers(1, 10**15 - 1), st.integers(0, 16))
def test_a_number_of_fifteen_digits_is_read_as_it_was_written(digits: int, places: int) -> None:
    written = Decimal(digits).scaleb(-places)
    assert Decimal(cell_text(float(f"{float(written):.17g}"))) == written
