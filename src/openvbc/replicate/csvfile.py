"""A published CSV file as it stands: header, rows with their line numbers, encodings."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openvbc.errors import InputError, Problem
from openvbc.replicate.cells import bare


@dataclass(frozen=True)
class Row:
    """One line of the file: its number (the header is line 1) and its cells."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class CsvFile:
    """A file's header and rows; every row has as many cells as the header."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def labels(self) -> frozenset[str]:
        """The header's labels without case, spaces and punctuation."""
        return frozenset(bare(label) for label in self.header)

    def place(self, labels: Sequence[str]) -> int | None:
        """Where the first of some bare labels stands that the header has; None where it has none.

        Raises InputError where it stands twice.
        """
        found = [bare(label) for label in self.header]
        label = next((label for label in labels if label in found), None)
        if label is None:
            return None
        if found.count(label) > 1:
            what = f"column {self.header[found.index(label)]} twice"
            raise InputError(Problem(f"{self.path}:1", what))
        return found.index(label)

    def where(self, row: Row) -> str:
        """file:line."""
        return f"{self.path}:{row.line}"


def _decode(path: Path) -> str:
    """The file's text: UTF-8, UTF-16 with its mark, or the Windows code page CMS has also used."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InputError(Problem(str(path), "is not text; expected a CSV file as CMS publishes it"))


def _lines(path: Path) -> list[Row]:
    reader = csv.reader(io.StringIO(_decode(path), newline=""))
    try:
        filled = (cells for cells in reader if any(cell.strip() for cell in cells))
        return [Row(reader.line_num, tuple(cells)) for cells in filled]
    except csv.Error as error:
        what = f"is not CSV: {error}; expected a file as CMS publishes it"
        raise InputError(Problem(f"{path}:{reader.line_num}", what)) from error


def read_csv(path: Path) -> CsvFile:
    """Read a file of a header and at least one row.

    Raises InputError where it cannot be read or decoded, or with every line that is cut short.
    """
    lines = _lines(path)
    if len(lines) < 2:  # noqa: PLR2004 - a header and one row
        raise InputError(Problem(str(path), "holds no row; expected a header and at least one row"))
    header = lines[0].cells
    separator = re.search(r"[;\t|]", header[0]) if len(header) == 1 else None
    if separator:
        what = f"is separated by {separator[0]!r}; expected commas, as CMS publishes it"
        raise InputError(Problem(f"{path}:1", what))
    problems = [
        Problem(
            f"{path}:{row.line}",
            f"found {len(row.cells)} cells, expected {len(header)}; cut short?",
        )
        for row in lines[1:]
        if len(row.cells) != len(header)
    ]
    if problems:
        raise InputError(problems)
    return CsvFile(path, header, tuple(lines[1:]))


def labels_of(path: Path) -> frozenset[str]:
    """The bare labels of a file's first line; none where it is no CSV file."""
    try:
        lines = _lines(path)
    except InputError:
        return frozenset()
    return frozenset(bare(label) for label in lines[0].cells) if lines else frozenset()
