"""The sheets of a workbook as rows of text, each number with the digits that were written."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from openvbc.errors import InputError, Problem

_MOST_BYTES: Final = 1 << 28
"""A workbook that unpacks to more than 256 MiB is no report."""

_UNREADABLE: Final = (
    CalamineError,
    NotImplementedError,  # an archive of a version that there is not
    OSError,
    ValueError,
    zipfile.BadZipFile,
)


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
    """A sheet of a workbook."""

    name: str
    lines: tuple[Line, ...]


def sheets(path: Path) -> Iterator[Sheet]:
    """The sheets, each read when asked for. Raises InputError where it is no whole workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(it.file_size for it in archive.infolist())
        if size > _MOST_BYTES:
            what = f"unpacks to {size:,} bytes, more than any report; not read"
            raise InputError(Problem(str(path), what))
        with CalamineWorkbook.from_path(path) as workbook:
            for name in workbook.sheet_names:
                rows = workbook.get_sheet_by_name(name).iter_rows()
                texts = (tuple(map(_text, row)) for row in rows)
                yield Sheet(name, tuple(Line(n, row) for n, row in enumerate(texts, start=1)))
    except _UNREADABLE as error:
        what = "is no workbook that can be read to its end; deliver it again whole"
        raise InputError(Problem(str(path), what)) from error


def _text(value: Any) -> str:
    """A binary number's shortest text that reads back the same is what was written."""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value).strip()
