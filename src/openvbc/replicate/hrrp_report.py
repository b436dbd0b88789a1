"""A hospital-specific report of the Hospital Readmissions Reduction Program, as CMS lays it out.

One workbook holds one hospital: table 1 its payment adjustment, table 2 its measures. The other
sheets list single discharges and are not read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from openvbc.contract.facts import At
from openvbc.errors import InputError, Problem
from openvbc.parameters import Parameter
from openvbc.period import federal_fiscal_year
from openvbc.replicate.cells import Missing, Number, read_number
from openvbc.replicate.workbook import (
    Line,
    Sheet,
    Table,
    bare_label,
    sheet_titled,
    sheets,
    table,
)
from openvbc.rules.rule import Value

PAYMENT_TITLE: Final = "Payment Adjustment Factor Information"
RESULTS_TITLE: Final = "Your Hospital's Measure Results"

PAYMENT_COLUMNS: Final[Mapping[str, str]] = {
    "dual_stays": "Number of Dual Eligible Stays (Numerator)",
    "total_stays": "Total Number of Stays (Denominator)",
    "dual_proportion": "Dual Proportion",
    "neutrality_modifier": "Neutrality Modifier",
    "factor": "Payment Adjustment Factor",
}
LATER_PAYMENT_COLUMNS: Final[Mapping[str, str]] = {"reduction": "Payment Reduction Percentage"}
RESULTS_COLUMNS: Final[Mapping[str, str]] = {
    "measure": "Measure",
    "eligible_discharges": "Number of Eligible Discharges",
    "predicted_rate": "Predicted Readmission Rate",
    "expected_rate": "Expected Readmission Rate",
    "ratio": "Excess Readmission Ratio (ERR)",
    "peer_group_median": "Peer Group Median ERR",
    "indicator": "Penalty Indicator (Yes/No)",
    "drg_payment_ratio": "Ratio of DRG Payments Per Measure to Total Payments",
}

PAYMENT_INPUTS: Final = ("dual_stays", "total_stays", "neutrality_modifier")
CASE_INPUTS: Final = ("eligible_discharges", "predicted_rate", "expected_rate")
RESULTS_INPUTS: Final = (*CASE_INPUTS, "peer_group_median", "drg_payment_ratio")

CONDITIONS: Final[Mapping[str, str]] = {
    "ami": "ami",
    "copd": "copd",
    "hf": "hf",
    "pneumonia": "pneumonia",
    "cabg": "cabg",
    "thatka": "tha_tka",
}
"""Bare label of a measure → condition."""

NOT_APPLICABLE: Final = frozenset({"nq", "n/a"})
"""Cells that hold no number and say why: no qualifying cases, or not applicable."""

_HEADED: Final = re.compile(
    r"Hospital-Specific Report.*Hospital Readmissions Reduction Program", re.IGNORECASE | re.DOTALL
)
_YEAR: Final = re.compile(
    r"(?:FY|fiscal year)\)?\s+(\d{4})\s+(?:HRRP|Hospital Readmissions Reduction Program)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    table: Table
    line: Line
    column: str

    @property
    def text(self) -> str:
        """What stands in the cell."""
        return self.table.text(self.line, self.column)

    @property
    def not_applicable(self) -> bool:
        """Whether it says that there is no number."""
        return self.text.lower() in NOT_APPLICABLE

    @property
    def number(self) -> Decimal | Missing:
        """The number, or why there is none."""
        number = read_number(self.text)
        return number.share if isinstance(number, Number) else number

    def wrong(self, expected: str) -> str:
        """Where the cell is, what it holds and what belongs there."""
        found = repr(self.text) if self.text else "blank"
        return f"{self.table.where(self.line, self.column)}: found {found}, expected {expected}"


@dataclass(frozen=True)
class Report:
    """A report of one hospital and fiscal year. lines: condition → its row of table 2."""

    path: Path
    year: int
    payment: Table
    results: Table
    lines: Mapping[str, Line]

    def of_payment(self, column: str) -> Cell:
        """A cell of the only row of table 1."""
        return Cell(self.payment, self.payment.lines[0], column)

    def of(self, condition: str, column: str) -> Cell:
        """A cell of a condition's row."""
        return Cell(self.results, self.lines[condition], column)


@dataclass
class ReportFacts:
    """What a report gives the rules, and the cells that could not be read."""

    values: dict[str, Value | Mapping[At, Value]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)

    def number(self, cell: Cell) -> Decimal | None:
        """The cell's number; None where the cell says that there is none."""
        if cell.not_applicable:
            return None
        number = cell.number
        if isinstance(number, Decimal):
            return number
        told = self.suppressed if number is Missing.SUPPRESSED else self.unreadable
        told.append(cell.wrong("a number, NQ or N/A"))
        return None


def is_report(path: Path) -> bool:
    """Whether a workbook is headed as a report of the program.

    Raises InputError where the file is no workbook.
    """
    return any(_HEADED.search(text) for sheet in sheets(path) for text in sheet.texts)


def read_report(path: Path, parameters: Mapping[str, Parameter], year: int | None) -> Report:
    """Read a report. year: the fiscal year, where the report does not say it.

    Raises InputError where it is not a report of the program, where its year, a sheet or a column
    cannot be made out, or where a condition is missing that counts in its year.
    """
    found = tuple(sheets(path))
    if not any(_HEADED.search(text) for sheet in found for text in sheet.texts):
        title = found[0].title if found else ""
        what = f"is headed {title[:80]!r}; expected a hospital-specific report of the Hospital "
        raise InputError(Problem(str(path), f"{what}Readmissions Reduction Program"))
    fiscal_year = _fiscal_year(path, found, year)
    counts = _counting(path, fiscal_year, parameters)
    problems: list[Problem] = []
    tables = []
    for title, required, optional in (
        (PAYMENT_TITLE, PAYMENT_COLUMNS, LATER_PAYMENT_COLUMNS),
        (RESULTS_TITLE, RESULTS_COLUMNS, {}),
    ):
        try:
            tables.append(table(sheet_titled(path, found, title), required, optional))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    payment, results = tables
    if not payment.lines:
        raise InputError(Problem(payment.sheet.where(), "holds no row below its labels"))
    return Report(path, fiscal_year, payment, results, _conditions(results, counts))


def _fiscal_year(path: Path, found: tuple[Sheet, ...], year: int | None) -> int:
    """The year that the report's own words say, or the one that the user says."""
    said = {int(it) for sheet in found for text in sheet.texts for it in _YEAR.findall(text)}
    if year is not None and said <= {year}:
        return year
    if len(said) == 1 and year is None:
        return said.pop()
    if not said:
        raise InputError(Problem(str(path), "names no fiscal year; say which with --year"))
    years = " and ".join(f"FY{it}" for it in sorted(said))
    expected = "one fiscal year" if year is None else f"FY{year}, as --year says"
    raise InputError(Problem(str(path), f"is of {years}; expected {expected}"))


def _counting(path: Path, year: int, parameters: Mapping[str, Parameter]) -> Mapping[str, bool]:
    """Condition → whether it counts in the year; raises InputError where no rule covers it."""
    first_day, _ = federal_fiscal_year(year)
    try:
        counts: Mapping[str, bool] = parameters["condition_counts"].on(first_day).value
    except InputError as error:
        problems = [Problem(str(path), f"FY{year}: {it.what}") for it in error.problems]
        raise InputError(problems) from error
    return counts


def _conditions(results: Table, counts: Mapping[str, bool]) -> dict[str, Line]:
    """Condition → its row; the rows end with the first that holds a note or nothing."""
    found: dict[str, Line] = {}
    problems = []
    for line in _until_a_note(results):
        label = results.text(line, "measure")
        condition = CONDITIONS.get(bare_label(label))
        if condition is None:
            known = ", ".join(CONDITIONS.values())
            what = f"{label!r} is no measure known; known: {known}"
            problems.append(Problem(results.where(line, "measure"), what))
        elif condition in found:
            problems.append(Problem(results.where(line, "measure"), f"{label} stands twice"))
        else:
            found[condition] = line
    for condition in (it for it, counting in counts.items() if counting and it not in found):
        what = f"found no row of {condition}, which counts in this fiscal year"
        problems.append(Problem(results.sheet.where(), what))
    if problems:
        raise InputError(problems)
    return found


def _until_a_note(results: Table) -> Iterator[Line]:
    for line in results.lines:
        if line.filled <= 1:
            return
        yield line


def read_facts(report: Report) -> ReportFacts:
    """The rules' inputs: what CMS took in, never what it worked out."""
    facts = ReportFacts()
    for name in PAYMENT_INPUTS:
        facts.values[name] = facts.number(report.of_payment(name))
    for name in RESULTS_INPUTS:
        facts.values[name] = {
            At(stratum=condition): facts.number(report.of(condition, name))
            for condition in report.lines
        }
    facts.unreadable += _half_told(report)
    return facts


def _half_told(report: Report) -> Iterator[str]:
    """Conditions with discharges or rates in some cells and none in the others beside them."""
    for condition in report.lines:
        cells = [report.of(condition, name) for name in CASE_INPUTS]
        empty = [cell for cell in cells if cell.not_applicable]
        if 0 < len(empty) < len(cells):
            yield empty[0].wrong("a number, as in the rest")
