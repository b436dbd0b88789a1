"""A report's workbook, one row a figure: sheet, section, row label, column label, value.

The sheets of CMS's benchmark and expenditure reports have titles, then one line of column labels
(the first line with two texts or more beyond the first column), then rows: a label alone opens a
section, a label with values is a row of figures; a bracketed label (`[A2] Person Years`) opens a
section of its own. A sheet with two columns and no such line holds names and values. What follows
`Note` is no figure. Every other filled cell becomes a row, so nothing of a sheet is lost.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from openvbc.sources.landed_rows import write_rows
from openvbc.sources.mssp_reports.workbook import Line, Sheet, sheets

_COLUMNS: Final = ("sheet", "section", "measure", "stratum", "value")
_FOOTNOTE: Final = re.compile(r"\s*\[\d+\]\s*$")
_SECTION: Final = re.compile(r"\[[A-Z]\w*\]")
_NO_FIGURES: Final = ("cover", "toc", "glossary", "table of contents")
_PAIR: Final = 2

Figure = tuple[int, tuple[str, str, str, str, str]]


def land_figures(path: Path, out: Path, memory: str) -> None:
    """Write `figure.parquet`. Raises InputError where the workbook cannot be read."""
    found = (row for it in sheets(path) if it.name.lower() not in _NO_FIGURES for row in _read(it))
    write_rows(out, "figure", _COLUMNS, found, memory)


def _read(sheet: Sheet) -> Iterator[Figure]:
    header = next((it for it in sheet.lines if _labels(it) >= _PAIR), None)
    if header is None:
        yield from _pairs(sheet)
        return
    labels = [_label(it) for it in header.cells]
    section = ""
    for line in sheet.lines:
        if line.number <= header.number or not line.filled:
            continue
        label = _label(line.cells[0])
        if label.lower().startswith("note"):
            return
        values = _values(line, labels)
        if not values or _SECTION.match(label):
            section = label
        for stratum, value in values:
            yield line.number, (sheet.name, section, label, stratum, value)


def _values(line: Line, labels: Sequence[str]) -> list[tuple[str, str]]:
    """(column label, value) of the filled cells; a cell below no label is called by its place."""
    return [
        (labels[at] if at < len(labels) and labels[at] else f"column {at + 1}", cell)
        for at, cell in enumerate(line.cells)
        if at and cell
    ]


def _pairs(sheet: Sheet) -> Iterator[Figure]:
    """A sheet of names and values; a name alone opens a section."""
    section = ""
    for line in sheet.lines:
        label = _label(line.cells[0]) if line.cells else ""
        values = [it for it in line.cells[1:] if it]
        if not values:
            section = label or section
        for at, value in enumerate(values, start=1):
            yield line.number, (sheet.name, section, label, f"value {at}", value)


def _labels(line: Line) -> int:
    return sum(bool(it) for it in line.cells[1:])


def _label(text: str) -> str:
    return _FOOTNOTE.sub("", " ".join(text.split()))
