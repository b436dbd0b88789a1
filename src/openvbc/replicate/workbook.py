"""A published workbook as it stands: sheets known by their titles, columns by their labels.

Where a sheet, a row or a column stands may change from year to year, and so may the footnote
letters in a label ("Neutrality Modifier [e]"); neither has a meaning here.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from openvbc.errors import InputError, Problem
from openvbc.replicate.cells import bare

_FOOTNOTE: Final = re.compile(r"\[\w+\]")


def bare_label(text: str) -> str:
    """A label without its footnote letter, case, spaces and punctuation."""
    return bare(_FOOTNOTE.sub("", text))


def cell_text(value: Any) -> str:
    """What stands in a cell, a number with the digits that were written into it.

    A workbook stores a number in binary, and prints it with up to 17 digits (0.96133875481065001).
    Any number of at most 15 digits survives that: the shortest text that reads back as the same
    binary number, which is what `repr` gives, is the number that was written (0.96133875481065).
    """
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value).strip()


@dataclass(frozen=True)
class Line:
    """One row of a sheet: its number as a spreadsheet shows it, and the texts of its cells."""

    number: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(bool(cell) for cell in self.cells)


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook; title is the first text in it."""

    path: Path
    name: str
    lines: tuple[Line, ...]

    @property
    def texts(self) -> Iterator[str]:
        """Every text, row by row."""
        return (cell for line in self.lines for cell in line.cells if cell)

    @property
    def title(self) -> str:
        """The first text; empty in an empty sheet."""
        return next(self.texts, "")

    def where(self, line: Line | None = None) -> str:
        """file, sheet and row."""
        row = f", row {line.number}" if line else ""
        return f"{self.path}, sheet {self.name}{row}"


@dataclass(frozen=True)
class Table:
    """A row of labels and what stands below it. columns: name → place and label as printed."""

    sheet: Sheet
    columns: Mapping[str, tuple[int, str]]
    lines: tuple[Line, ...]

    def text(self, line: Line, column: str) -> str:
        """A cell's text; empty where the sheet lacks the column."""
        place = self.columns[column][0] if column in self.columns else len(line.cells)
        return line.cells[place] if place < len(line.cells) else ""

    def where(self, line: Line, column: str) -> str:
        """file, sheet, row and label."""
        return f"{self.sheet.where(line)}: {self.columns[column][1]}"


def is_workbook(path: Path) -> bool:
    """Whether a file has the outside of a workbook (a zip archive); never raises."""
    return zipfile.is_zipfile(path)


def sheets(path: Path) -> Iterator[Sheet]:
    """The sheets of a workbook, each read when it is asked for.

    Raises InputError where the file is no workbook or cannot be read.
    """
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            for name in workbook.sheet_names:
                sheet = workbook.get_sheet_by_name(name)
                rows = (tuple(map(cell_text, row)) for row in sheet.iter_rows())
                yield Sheet(path, name, tuple(Line(n, row) for n, row in enumerate(rows, start=1)))
    except (CalamineError, OSError) as error:
        what = f"is not a workbook that can be read: {error}"
        raise InputError(Problem(str(path), what)) from error


def sheet_titled(path: Path, found: Sequence[Sheet], title: str) -> Sheet:
    """The sheet whose title contains some words; raises InputError where there is not just one."""
    fitting = [sheet for sheet in found if bare_label(title) in bare_label(sheet.title)]
    if len(fitting) != 1:
        said = "no sheet is" if not fitting else f"{len(fitting)} sheets are"
        raise InputError(Problem(str(path), f'{said} titled "… {title} …"; expected one'))
    return fitting[0]


def table(sheet: Sheet, required: Mapping[str, str], optional: Mapping[str, str]) -> Table:
    """What stands below the row with most of the labels, by the names that the labels are given.

    Raises InputError with every required label that is missing, and every one that stands twice.
    """
    known = {bare_label(label): name for name, label in {**required, **optional}.items()}
    header = max(sheet.lines, key=lambda it: _hits(it, known), default=Line(1, ()))
    columns: dict[str, tuple[int, str]] = {}
    problems = []
    for place, cell in enumerate(header.cells):
        name = known.get(bare_label(cell))
        if name in columns:
            problems.append(Problem(sheet.where(header), f'column "{cell}" stands twice'))
        elif name:
            columns[name] = (place, " ".join(cell.split()))
    problems += [
        Problem(sheet.where(header), f'found no column "{label}"')
        for name, label in required.items()
        if name not in columns
    ]
    if problems:
        raise InputError(problems)
    below = tuple(line for line in sheet.lines if line.number > header.number)
    return Table(sheet, columns, below)


def _hits(line: Line, known: Mapping[str, str]) -> int:
    return sum(bare_label(cell) in known for cell in line.cells)
