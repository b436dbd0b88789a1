"""The files of one fiscal year's results: recognised, checked, and joined by hospital."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.parameters import Parameter
from openvbc.period import federal_fiscal_year
from openvbc.replicate.cells import Number, bare, read_number
from openvbc.replicate.csvfile import CsvFile, Row, labels_of, read_csv
from openvbc.replicate.hvbp.layout import (
    TOTALS,
    Column,
    Kind,
    id_label,
    kind_of,
    kinds,
    year_label,
)

ALL_OR_TOTALS: Final = (
    "expected the total performance scores alone, or with all four domain files of the year"
)


@dataclass(frozen=True)
class DomainFile:
    """One file: its kind, where each column stands, and its rows by hospital."""

    kind: Kind
    csv: CsvFile
    columns: Mapping[Column, int]
    rows: Mapping[str, tuple[Row, ...]]

    def text(self, row: Row, column: Column) -> str:
        """The cell's text."""
        return row.cells[self.columns[column]].strip()

    def place(self, row: Row, column: Column) -> str:
        """file:line: label."""
        return f"{self.csv.where(row)}: {self.csv.header[self.columns[column]]}"


@dataclass(frozen=True)
class Results:
    """The files of a fiscal year by kind; measures: measure → domain, empty without their files."""

    year: int
    files: Mapping[str, DomainFile]
    measures: Mapping[str, str]

    @property
    def totals(self) -> DomainFile:
        """The file of total performance scores."""
        return self.files[TOTALS]

    @property
    def period(self) -> tuple[date, date]:
        """The fiscal year's first and last day."""
        return federal_fiscal_year(self.year)

    @property
    def hospitals(self) -> tuple[str, ...]:
        """Every hospital of any file, in the order of the totals."""
        files = (self.totals, *self.files.values())
        return tuple(dict.fromkeys(it for file in files for it in file.rows))


def year_text(file: CsvFile, row: Row) -> str:
    """What a row says of its fiscal year."""
    place = file.place([bare(year_label())])
    return "" if place is None else row.cells[place].strip()


def year_of(file: CsvFile, row: Row) -> int | None:
    """The fiscal year that a row states; None where it states none."""
    number = read_number(year_text(file, row))
    if not isinstance(number, Number) or not date.min.year < number.value <= date.max.year:
        return None
    return int(number.value) if number.value == int(number.value) else None


def stated_year(path: Path) -> int | None:
    """The fiscal year of a file's first row; None where there is none to be read."""
    try:
        file = read_csv(path)
        return year_of(file, file.rows[0])
    except InputError:
        return None


def read_results(
    paths: Iterable[Path], year: int | None, parameters: Mapping[str, Parameter]
) -> Results:
    """Read the files of one fiscal year. year: that of files that do not say it.

    Raises InputError with everything that is wrong with the files: of another program, cut short,
    of another year, two of one kind, a domain without its file, a column missing; or where the
    program's parameters do not cover the year.
    """
    found, problems = _by_kind(paths)
    problems += _missing_files(found) if not problems else []
    years = {year_of(file, file.rows[0]) or year for file in found.values()}
    if len(years) > 1 or None in years or (year is not None and years != {year}):
        problems += [_wrong_year(file, year) for file in found.values()]
    if problems:
        raise InputError(problems)
    fiscal_year = years.pop() or 0
    _ = parameters["total_performance_scores_awarded"].on(federal_fiscal_year(fiscal_year)[0])
    measures = _measures(found, fiscal_year, parameters)
    return Results(fiscal_year, _columns(found, measures), measures)


def _by_kind(paths: Iterable[Path]) -> tuple[dict[str, CsvFile], list[Problem]]:
    found: dict[str, CsvFile] = {}
    problems: list[Problem] = []
    for path in paths:
        kind = kind_of(labels_of(path))
        try:
            file = read_csv(path)
        except InputError as error:
            problems += error.problems
            continue
        if kind is None:
            what = "its columns are those of no Hospital VBP results file"
            problems.append(Problem(f"{path}:1", what))
        elif kind in found:
            what = f"is a second file of {_words(kind)}, after {found[kind].path}"
            problems.append(Problem(str(path), what))
        else:
            found[kind] = file
    return found, problems


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _wrong_year(file: CsvFile, year: int | None) -> Problem:
    row = file.rows[0]
    stated, text = year_of(file, row), year_text(file, row)
    expected = "one fiscal year in all files" if year is None else f"fiscal year {year}"
    what = f"found fiscal year {stated}, expected {expected}"
    if stated is None:
        unread = f"found fiscal year {text!r}, expected a year such as 2024"
        what = unread if text else "states no fiscal year; say it with --year"
    return Problem(file.where(row), what)


def _missing_files(found: Mapping[str, CsvFile]) -> list[Problem]:
    """What lacks where there are neither the totals alone nor all files."""
    lacking = [kind for kind in kinds() if kind not in found]
    if not found or not lacking or set(found) == {TOTALS}:
        return []
    where = str(next(iter(found.values())).path)
    names = ", ".join(_words(kind) for kind in lacking)
    return [Problem(where, f"no file of {names} beside it; {ALL_OR_TOTALS}")]


def _measures(
    found: Mapping[str, CsvFile], year: int, parameters: Mapping[str, Parameter]
) -> Mapping[str, str]:
    """Measure → domain in the year, where there are files of measures."""
    if set(found) == {TOTALS}:
        return {}
    return dict(parameters["measure_domain"].on(federal_fiscal_year(year)[0]).value)


def _columns(found: Mapping[str, CsvFile], measures: Collection[str]) -> dict[str, DomainFile]:
    files: dict[str, DomainFile] = {}
    problems: list[Problem] = []
    for name, kind in kinds(measures).items():
        if name in found:
            try:
                files[name] = _domain_file(kind, found[name])
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return files


def _domain_file(kind: Kind, file: CsvFile) -> DomainFile:
    places = {column: file.place([bare(label)]) for column, label in kind.labels.items()}
    columns = {column: place for column, place in places.items() if place is not None}
    lacking = [kind.labels[column] for column in places if column not in columns]
    if lacking:
        what = f"{_words(kind.name)}: no column {', '.join(lacking)}"
        raise InputError(Problem(f"{file.path}:1", what))
    return DomainFile(kind, file, columns, _by_hospital(file))


def _by_hospital(file: CsvFile) -> dict[str, tuple[Row, ...]]:
    place = file.place([bare(id_label())])
    rows: dict[str, tuple[Row, ...]] = {}
    for row in file.rows:
        name = (row.cells[place].strip() if place is not None else "") or f"line {row.line}"
        rows[name] = (*rows.get(name, ()), row)
    return rows
