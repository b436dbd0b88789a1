"""A delivery: its files, the kind they are, and the tables that are read from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openvbc.engine.model import Model
from openvbc.errors import InputError, Problem
from openvbc.mapping.document import SUFFIXES, keep_mapping, read_mapping
from openvbc.mapping.reader import mapped_reader
from openvbc.sources.archive import Delivered, delivered
from openvbc.sources.files import (
    Part,
    by_table,
    columns_found,
    ignored,
    landed_parts,
    read_parts,
    tables_in,
)
from openvbc.sources.formats import Format, LandedFile, Landing, Progress, recognised
from openvbc.sources.reader import Reader, readers, recognise

_NO_TABLES: Final = "holds no .csv and no .parquet file, and none of a known format"


@dataclass(frozen=True)
class Content:
    """What is read of a delivery: its kind, its parts, the files landed, what is left alone."""

    reader: Reader
    parts: list[Part]
    landed: list[LandedFile]
    ignored: list[str]


@dataclass(frozen=True)
class Delivery:
    """One source: a folder or a file. Members of archives are written below opened."""

    data: Path
    source: Path
    opened: Path
    memory: str
    progress: Progress

    def read(self, kind: str | None, models: Mapping[str, Model]) -> Content:
        """What is read of it; kind is a kind's name, or the path of a mapping.

        Raises InputError with everything that is wrong.
        """
        files = delivered(self.source, self.opened)
        known = readers(models)
        if kind is not None and kind.endswith(SUFFIXES):
            return self._mapped(Path(kind), files)
        if kind is not None and kind not in known:
            what = f"found {kind!r}, expected a mapping (.yaml) or one of {', '.join(known)}"
            raise InputError(Problem("kind of export", what))
        form = recognised(files, kind)
        if form is None:
            return self._tables(known, kind, files)
        if kind is None and _are_rather_tables(form, known, files):
            return self._tables(known, kind, files)
        return self._landed(known[form.name], form, files)

    def _landed(self, reader: Reader, form: Format, files: Sequence[Delivered]) -> Content:
        landing = Landing(self.data, form, files, self.memory)
        landed = landing.run(self.progress)
        return Content(reader, landed_parts(reader, landed), landed, landing.unknown)

    def _mapped(self, path: Path, files: Sequence[Delivered]) -> Content:
        mapping = read_mapping(path)
        keep_mapping(self.data, path, mapping)
        return self._tables({mapping.kind: mapped_reader(mapping)}, mapping.kind, files)

    def _tables(
        self, known: Mapping[str, Reader], kind: str | None, files: Sequence[Delivered]
    ) -> Content:
        tables = tables_in(files)
        if not tables:
            raise InputError(Problem(str(self.source), _NO_TABLES))
        reader = known[kind] if kind else _recognised(known, tables)
        found = by_table(reader, tables)
        parts = read_parts(reader, self.source, found)
        return Content(reader, parts, [], ignored(found, parts, reader))


def _are_rather_tables(
    form: Format, known: Mapping[str, Reader], files: Sequence[Delivered]
) -> bool:
    """Are most of the files a kind's tables, and only some of them files that the format knows."""
    tables = tables_in(files)
    try:
        reader = _recognised(known, tables)
    except InputError:
        return False
    named = {file.name for file in reader.files}
    its = sum(len(paths) for table, paths in by_table(reader, tables).items() if table in named)
    return its > sum(form.knows(it.name, it.head) for it in files)


def _recognised(known: Mapping[str, Reader], tables: Sequence[Delivered]) -> Reader:
    return recognise({name: columns_found(it, tables) for name, it in known.items()}, known)
