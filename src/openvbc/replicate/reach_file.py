"""CMS's ACO REACH and GPDC results files: their columns and years, and what a row says as facts.

A fact is read only from what CMS took in: risk arrangement, final benchmark, health-equity
adjustment, cost of care before and after stop-loss. What CMS worked out is only compared.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.parameters import Parameter
from openvbc.period import calendar_year
from openvbc.replicate.cells import Missing, Number, RateColumn, read_number
from openvbc.replicate.csvfile import CsvFile, Row, read_csv
from openvbc.rules.rule import Value

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("acoid",),
    "year": ("perfyear", "performanceyear"),
    "risk_arrangement": ("riskarrangement",),
    "final_benchmark": ("finalbenchmark",),
    "health_equity_up": ("hebaupamt",),
    "health_equity_down": ("hebadownamt", "hebadnamt"),
    "cost": ("totcostcare",),
    "net_cost": ("totcostcarenet",),
    "gross": ("grosssavings",),
    "shared": ("sharedsavings",),
    "sequestered": ("sharedsavingsseq",),
    "savings_rate": ("savrate",),
    "discount": ("discount",),
    "retention_withhold": ("retentionwithhold",),
}
"""Name → the bare labels under which a column stands in the files of this family."""

REQUIRED: Final = (
    "id",
    "risk_arrangement",
    "final_benchmark",
    "cost",
    "net_cost",
    "gross",
    "shared",
    "sequestered",
)
HEALTH_EQUITY: Final = ("health_equity_up", "health_equity_down")

LARGEST_FRACTION: Final = {
    "savings_rate": Decimal(1),
    "discount": Decimal("0.2"),
    "retention_withhold": Decimal("0.2"),
}
"""A column with a larger number prints percents."""


@dataclass(frozen=True)
class ReachFile:
    """A file of the family: where its columns stand, the units of its shares, a year if stated."""

    csv: CsvFile
    columns: Mapping[str, int]
    rates: Mapping[str, RateColumn]
    year: int | None

    def text(self, row: Row, column: str) -> str:
        """A cell's text; empty where the file lacks the column."""
        place = self.columns.get(column)
        return "" if place is None else row.cells[place].strip()

    def complaint(self, row: Row, column: str, expected: str) -> str:
        """What is wrong with a cell, with file and line."""
        label = self.csv.header[self.columns[column]]
        found = self.text(row, column)
        return f"{self.csv.where(row)}: {label}: found {found!r}, expected {expected}"


def read_reach(path: Path, year: int | None) -> ReachFile:
    """Read a file; raises InputError with every line cut short and every column that is missing."""
    csv = read_csv(path)
    places = {name: csv.place(labels) for name, labels in COLUMNS.items()}
    columns = {name: place for name, place in places.items() if place is not None}
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        what = f"no column for {', '.join(missing)}; see docs/programs/reach.md"
        raise InputError(Problem(f"{path}:1", what))
    if "year" not in columns and year is None:
        raise InputError(Problem(f"{path}:1", "no column for the performance year; give --year"))
    rates = {
        name: RateColumn.of([row.cells[columns[name]] for row in csv.rows], largest)
        for name, largest in LARGEST_FRACTION.items()
        if name in columns
    }
    return ReachFile(csv, columns, rates, year)


def first_days(file: ReachFile, parameters: Mapping[str, Parameter]) -> dict[Row, date]:
    """The first day of each row's performance year; the model's first year began with the model.

    Raises InputError with every row whose year cannot be read or is not one of the model's, and
    where a year with health-equity adjustments has no column for them.
    """
    days: dict[Row, date] = {}
    problems: list[Problem] = []
    for row in file.csv.rows:
        try:
            days[row] = _first_day(file, row, parameters)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    _require_health_equity(file, set(days.values()), parameters)
    return days


def _first_day(file: ReachFile, row: Row, parameters: Mapping[str, Parameter]) -> date:
    text = file.text(row, "year") if "year" in file.columns else str(file.year)
    number = read_number(text)
    if not isinstance(number, Number) or number.value not in range(date.min.year, date.max.year):
        what = f"found year {text!r}, expected a performance year"
        raise InputError(Problem(file.csv.where(row), what))
    first, last = calendar_year(int(number.value))
    model_first, model_last = parameters["sequestration_rate"].covered()[0]
    if last < model_first or (model_last and first > model_last):
        what = f"PY{first.year}: the model ran from {model_first} to {model_last}"
        raise InputError(Problem(file.csv.where(row), what))
    return max(first, model_first)


def repeated_rows(file: ReachFile, days: Mapping[Row, date]) -> frozenset[Row]:
    """The rows whose ACO has several in one performance year; which of them holds, nobody says."""
    keys = {row: (file.text(row, "id"), day.year) for row, day in days.items()}
    counts = Counter(keys.values())
    return frozenset(row for row, key in keys.items() if key[0] and counts[key] > 1)


def _require_health_equity(
    file: ReachFile, days: set[date], parameters: Mapping[str, Parameter]
) -> None:
    adjusted = [day for day in days if parameters["health_equity_adjustment_open"].on(day).value]
    missing = [name for name in HEALTH_EQUITY if name not in file.columns]
    if adjusted and missing:
        what = f"PY{min(adjusted).year}: no column for {', '.join(missing)}"
        raise InputError(Problem(f"{file.csv.path}:1", what))


@dataclass
class RowFacts:
    """A row's facts and period, and the cells that could not be read or that CMS suppressed."""

    period: tuple[date, date]
    values: dict[str, Value] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RowReader:
    """Reads the facts of one row, collecting what is wrong with its cells."""

    file: ReachFile
    row: Row
    facts: RowFacts
    parameters: Mapping[str, Parameter]

    def read(self) -> RowFacts:
        """The row's facts. Cost before and after stop-loss gives its charge or its payout."""
        values = self.facts.values
        values["risk_arrangement"] = self._arrangement()
        values["final_benchmark"] = self._number("final_benchmark")
        cost = self._cost("cost")
        stop_loss = self._cost("net_cost") - cost
        values["total_cost_of_care"] = cost
        values["stop_loss_charge"] = max(stop_loss, Decimal(0))
        values["stop_loss_payout"] = max(-stop_loss, Decimal(0))
        values |= {name: self._adjustment(name) for name in HEALTH_EQUITY}
        return self.facts

    def _arrangement(self) -> str:
        known = self.parameters["risk_corridors"].on(self.facts.period[0]).value
        text = self.file.text(self.row, "risk_arrangement").lower()
        if text not in known:
            self._complain("risk_arrangement", Missing.TEXT, " or ".join(known))
        return text

    def _adjustment(self, column: str) -> Decimal:
        """A health-equity amount; an empty cell is none in the years without the adjustment."""
        blank = read_number(self.file.text(self.row, column)) is Missing.BLANK
        adjusted = self.parameters["health_equity_adjustment_open"].on(self.facts.period[0]).value
        return Decimal(0) if blank and not adjusted else self._number(column)

    def _cost(self, column: str) -> Decimal:
        cost = self._number(column)
        if cost < 0:
            self._complain(column, Missing.TEXT, "0 or more")
        return cost

    def _number(self, column: str) -> Decimal:
        number = read_number(self.file.text(self.row, column))
        if isinstance(number, Number) and not number.percent:
            return number.value
        why = number if isinstance(number, Missing) else Missing.TEXT
        self._complain(column, why, "a number")
        return Decimal(0)

    def _complain(self, column: str, why: Missing, expected: str) -> None:
        complaints = self.facts.suppressed if why is Missing.SUPPRESSED else self.facts.unreadable
        complaints.append(self.file.complaint(self.row, column, expected))
