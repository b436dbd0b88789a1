"""Delimited files that are known by their header line, not by their name.

A kind whose files are tables, but come under names of their own (`P.A1001.ACO.QALR…-1.csv`,
`sample-a-bcarrier.txt`), lists in its `files.yaml` what each of its tables looks like; its
`format.py` is then one line. Columns are matched without regard to case, spaces and punctuation,
by their name or by one of the spellings that the list declares. Landed values are text without
the spaces around them, empty where there was nothing; dates in a declared form become ISO dates,
others stay as they are, for the check to set aside.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import duckdb
from ruamel.yaml import YAML

from openvbc.errors import InputError, Problem
from openvbc.sources.archive import Delivered
from openvbc.sources.delimited_sql import copy_lines, copy_quoted
from openvbc.sources.files import BADLY_QUOTED, is_well_quoted
from openvbc.sources.reader import SOURCES_FOLDER

_NUMBERED: Final = re.compile(r"(?P<stem>\w+)_(?P<first>\d+)\.\.(?P<last>\d+)")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]")
_HEADER_BYTES: Final = 1 << 20


def bare(name: str) -> str:
    """A column's name without case, spaces and punctuation."""
    return _NOT_WORD.sub("", name.lower())


@dataclass(frozen=True)
class Layout:
    """What one table's files look like.

    known_by: sets of columns, each of which tells the table; file_names: patterns of which the
    file's name must fit one, where the header alone does not tell; not_file_names: those of
    tables of our own; spellings: column → other names of it. A file without a header line has the
    columns in their order.
    """

    table: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    known_by: tuple[tuple[str, ...], ...]
    dates: frozenset[str]
    spellings: Mapping[str, tuple[str, ...]]
    file_names: tuple[str, ...]
    has_header: bool
    not_file_names: tuple[str, ...] = ()
    delimiter: str = ","
    header: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Fields in a line."""
        return len(self.header) if self.has_header else len(self.columns)

    def also(self, columns: tuple[str, ...]) -> "Layout":
        """The same with more columns, as the file spells them."""
        return replace(self, optional=(*self.optional, *columns))

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are landed."""
        return (*self.required, *self.optional)

    def fits(self, name: str, header: Sequence[str]) -> bool:
        """Is a file with this name and these columns one of the table's."""
        base = name.rsplit("/", 1)[-1].lower()
        if self.file_names and not any(fnmatch(base, it.lower()) for it in self.file_names):
            return False
        if any(fnmatch(base, it.lower()) for it in self.not_file_names):
            return False
        found = {bare(it) for it in header}
        known = (all(self._named(it) & found for it in marks) for marks in self.known_by)
        return not self.has_header or any(known)

    def _named(self, column: str) -> set[str]:
        return {bare(it) for it in (column, *self.spellings.get(column, ()))}

    def places(self, header: Sequence[str]) -> dict[str, int]:
        """Column → its place in the file, the first where it stands twice."""
        if not self.has_header:
            return {column: place for place, column in enumerate(self.columns)}
        found: dict[str, int] = {}
        for place, column in enumerate(header):
            found.setdefault(bare(column), place)
        placed = {}
        for column in self.columns:
            named = (column, *self.spellings.get(column, ()))
            spelled = [bare(it) for it in named if bare(it) in found]
            if spelled:
                placed[column] = found[spelled[0]]
        return placed


@dataclass
class Delimited:
    """A kind of export made of delimited files: a Format (see sources/formats.py).

    Raises InputError where a file's header lacks a required column, holds one twice, or a line
    of a quoted file cannot be read.
    """

    name: str
    version: int = 1
    declared_in: str = "files.yaml"

    @cached_property
    def _declared(self) -> Mapping[str, Any]:
        path = SOURCES_FOLDER / self.name / self.declared_in
        found: Mapping[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        return found

    @cached_property
    def layouts(self) -> tuple[Layout, ...]:
        """What the kind's files look like, those that ask for most columns first."""
        made = [_layout(table, it) for table, it in self._declared["files"].items()]
        return tuple(sorted(made, key=lambda it: -max(map(len, it.known_by))))

    @property
    def _delimiters(self) -> tuple[str, ...]:
        given = self._declared.get("delimiter", ",")
        return (given,) if isinstance(given, str) else tuple(given)

    @property
    def _is_quoted(self) -> bool:
        return bool(self._declared.get("quoted", True))

    def knows(self, name: str, head: bytes) -> bool:
        """Does the name and the first line fit one of the kind's tables."""
        line = head.decode("utf-8-sig", "replace").split("\n", 1)[0]
        return self._recognise(name, line) is not None

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:
        """Nothing is said in one file about another."""
        del delivery
        return iter(())

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """Write `<table>.parquet`, and `aside.parquet` with lines that do not fit the header."""
        layout, _ = self.layout_of(path, name)
        self.land_layout(path, out, layout, memory)

    def layout_of(self, path: Path, name: str) -> tuple[Layout, tuple[str, ...]]:
        """What a file looks like, and the names in its header. Raises InputError: nothing fits."""
        line = _first_line(path)
        found = self._recognise(name, line)
        if found is None:
            what = f"found no header of a {self.name} file; give the kind, or leave the file out"
            raise InputError(Problem(f"{path}:1", what))
        layout, delimiter, header = found
        if self._is_quoted and not is_well_quoted(line, delimiter):
            raise InputError(Problem(f"{path}:1", BADLY_QUOTED))
        _refuse(layout, header, path)
        return replace(layout, delimiter=delimiter, header=header), header

    def land_layout(self, path: Path, out: Path, layout: Layout, memory: str) -> None:
        """Write the table of a layout that layout_of gave."""
        copy = copy_quoted if self._is_quoted else copy_lines
        try:
            copy(path, out, layout, tuple(self._declared.get("date_formats", ())), memory)
        except duckdb.Error as error:
            what = "the file cannot be read to its end as UTF-8 text; deliver it again whole"
            raise InputError(Problem(str(path), what)) from error

    def _recognise(self, name: str, line: str) -> tuple[Layout, str, tuple[str, ...]] | None:
        for delimiter in self._delimiters:
            header = split_header(line, delimiter)
            for layout in self.layouts:
                if layout.fits(name, header):
                    return layout, delimiter, header
        return None


def split_header(line: str, delimiter: str) -> tuple[str, ...]:
    """The names in a header line."""
    try:
        names = next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return ()
    return tuple(it.strip() for it in names)


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.readline(_HEADER_BYTES)
    except UnicodeDecodeError as error:
        what = "found bytes that are not UTF-8, expected UTF-8 text; save the file as UTF-8"
        raise InputError(Problem(f"{path}:1", what)) from error


def _refuse(layout: Layout, header: Sequence[str], path: Path) -> None:
    if not layout.has_header:
        return
    placed = layout.places(header)
    problems = [
        Problem(f"{path}:1", f"missing column {column} of {layout.table}; add it")
        for column in layout.required
        if column not in placed
    ]
    names = [bare(it) for it in header]
    problems += [
        Problem(f"{path}:1", f"column {column} of {layout.table} stands twice; name it once")
        for column, place in placed.items()
        if names.count(names[place]) > 1
    ]
    if problems:
        raise InputError(problems)


def _layout(table: str, it: Mapping[str, Any]) -> Layout:
    required = tuple(_numbered(it["required"]))
    return Layout(
        table=table,
        required=required,
        optional=tuple(_numbered(it.get("optional", ()))),
        known_by=_known_by(it.get("known_by", required)),
        dates=frozenset(_numbered(it.get("dates", ()))),
        spellings={column: tuple(names) for column, names in it.get("spellings", {}).items()},
        file_names=tuple(it.get("file_names", ())),
        has_header=bool(it.get("header", True)),
        not_file_names=tuple(it.get("not_file_names", ())),
    )


def _known_by(given: Sequence[str] | Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """One set of columns, or a list of sets."""
    if all(isinstance(it, str) for it in given):
        return (tuple(str(it) for it in given),)
    return tuple(tuple(it) for it in given)


def _numbered(names: Sequence[str]) -> Iterator[str]:
    """Spell out `diagnosis_code_1..25`."""
    for name in names:
        match = _NUMBERED.fullmatch(name)
        if match is None:
            yield name
        else:
            for number in range(int(match["first"]), int(match["last"]) + 1):
                yield f"{match['stem']}_{number}"
