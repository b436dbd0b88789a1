"""A published results file: its year, its rows, and where each of its columns stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.replicate.cells import Missing, Number, RateColumn, read_day, read_number
from openvbc.replicate.csvfile import Row, read_csv
from openvbc.replicate.mssp.layout import YearLayout, layout_of, positions, recognise

LARGEST_FRACTION: Final[Mapping[str, Decimal]] = {
    "savings_rate": Decimal("0.5"),
    "minimum_savings_rate": Decimal("0.2"),
    "sharing_rate": Decimal(1),
    "maximum_rate": Decimal(1),
    "quality_score": Decimal(1),
}
"""Above it a rate of this column cannot be a fraction of 1, so the column is in percent."""

AGES: Final = ("age_0_64", "age_65_74", "age_75_84", "age_85_plus")
REQUIRED: Final = ("assigned_beneficiaries", "total_benchmark", "total_expenditure", "start")
TRACK_FLAGS: Final = (
    "track_1",
    "track_1_plus",
    "track_2",
    "track_3",
    "basic_a",
    "basic_b",
    "basic_c",
    "basic_d",
    "basic_e",
    "enhanced",
)


@dataclass(frozen=True)
class PublishedFile:
    """A file with its layout, its columns' positions, its rows and its rate columns."""

    path: Path
    header: tuple[str, ...]
    layout: YearLayout
    columns: Mapping[str, int]
    rows: tuple[Row, ...]
    rates: Mapping[str, RateColumn]

    @property
    def score_step(self) -> Decimal:
        """The smallest difference that the score's column can print, as a share of 1."""
        return self.rates["quality_score"].step

    def text(self, row: Row, column: str) -> str:
        """The cell's text; empty where the file lacks the column."""
        place = self.columns.get(column)
        return "" if place is None else row.cells[place].strip()

    def where(self, row: Row) -> str:
        """file:line."""
        return f"{self.path}:{row.line}"


def _stated_year(rows: Sequence[Row], place: int | None) -> int | None:
    if place is None:
        return None
    found = {
        int(number.value) if isinstance(number, Number) else None
        for number in (read_number(row.cells[place]) for row in rows)
    }
    return found.pop() if len(found) == 1 else None


def _latest_start(rows: Sequence[Row], place: int | None) -> int | None:
    if place is None:
        return None
    days = [day for row in rows if not isinstance(day := read_day(row.cells[place]), Missing)]
    return max((day.year for day in days), default=None)


def _value(row: Row, place: int) -> Decimal | None:
    number = read_number(row.cells[place])
    return number.value if isinstance(number, Number) else None


def _sums_to_ages(rows: Sequence[Row], columns: Mapping[str, int], place: int) -> bool:
    """Whether the cells at a place are, in most rows, the sum of the age groups' counts."""
    ages = [columns[age] for age in AGES if age in columns]
    if len(ages) < len(AGES):
        return False
    equal = 0
    for row in rows:
        parts = [_value(row, age) for age in ages]
        total = sum((part for part in parts if part is not None), Decimal(0))
        equal += None not in parts and _value(row, place) == total
    return 2 * equal > len(rows)


def _shifted(
    layout: YearLayout, columns: Mapping[str, int], rows: Sequence[Row]
) -> Mapping[str, int]:
    """The columns' places, one further right where the layout's header lacks a label.

    A file whose counts already add up under their labels has been mended and is left alone.
    """
    if layout.shift is None or layout.shift.to not in columns:
        return columns
    last = columns[layout.shift.to]
    if _sums_to_ages(rows, columns, last) or last + 1 >= len(rows[0].cells):
        return columns
    moved = range(layout.shift.first, last + 1)
    return {name: at + 1 if at in moved else at for name, at in columns.items()}


def _required(layout: YearLayout, columns: Mapping[str, int]) -> Iterator[str]:
    yield from (name for name in REQUIRED if name not in columns)
    if not {"track", "maximum_rate", *TRACK_FLAGS} & set(columns):
        yield "track"
    if "quality_score" not in columns:
        yield "quality_score"
    if layout.quality_flag == "column" and "quality_standard_met" not in columns:
        yield "quality_standard_met"
    if layout.quality_flag == "sharing_rate" and "sharing_rate" not in columns:
        yield "sharing_rate"
    if not {"earned", "earned_savings"} & set(columns):
        yield "earned"


def read_published(path: Path, year: int | None) -> PublishedFile:
    """Read a results file; its year is recognised from its columns unless it is given.

    Raises InputError with every line that is cut short and every column that is missing, or where
    the year is not to be recognised.
    """
    file = read_csv(path)
    header, rows, where = file.header, file.rows, f"{path}:1"
    columns: Mapping[str, int] = positions(file)
    latest = _latest_start(rows, columns.get("start"))
    stated = year or _stated_year(rows, columns.get("performance_year"))
    layout = layout_of(stated, where) if stated else recognise(file.labels, latest, where)
    missing = list(_required(layout, columns))
    if missing:
        what = f"PY{layout.year}: no column for {', '.join(missing)}; see docs/replication.md"
        raise InputError(Problem(where, what))
    columns = _shifted(layout, columns, rows)
    rates = {
        name: RateColumn.of([row.cells[columns[name]] for row in rows], largest)
        for name, largest in LARGEST_FRACTION.items()
        if name in columns
    }
    return PublishedFile(path, header, layout, columns, rows, rates)
