"""The files of a source: which there are, whether they are whole, and what identifies them."""

import codecs
import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

import duckdb

from openvbc.engine.connection import inspector
from openvbc.engine.model import LINEAGE
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.sources.archive import Delivered
from openvbc.sources.formats import LANDING, LandedFile, formats, landing_folder
from openvbc.sources.reader import Reader, SourceFile

_CHUNK: Final = 1 << 20
_TEXT: Final = (".csv", ".txt", ".tsv", ".psv")
_FORMATS: Final = (*_TEXT, ".parquet")
_DELIMITERS: Final = (",", "|", "\t", ";")
BADLY_QUOTED: Final = (
    "found a quote in the header that is not closed or stands within a name; "
    "put quotes around whole names, or none"
)


@dataclass(frozen=True)
class Part:
    """One file that is read.

    name is its path below the source, sha256 of its bytes, columns as the file spells them.
    is_landed: a Parquet file that a format made of the delivered file of that name and hash.
    """

    table: str
    path: Path
    name: str
    sha256: str
    columns: tuple[str, ...]
    delimiter: str = ""
    is_landed: bool = False

    @property
    def is_text(self) -> bool:
        """Is it text, of which every column is read as text."""
        return bool(self.delimiter)


def tables_in(delivery: Iterable[Delivered]) -> list[Delivered]:
    """Those of a delivery's files that may hold tables: text with a line of names, or Parquet."""
    return [it for it in delivery if _suffix(it) in _FORMATS]


def by_table(reader: Reader, files: Iterable[Delivered]) -> dict[str, list[Delivered]]:
    """Table → its files, by the reader's names."""
    found: dict[str, list[Delivered]] = {}
    for it in files:
        found.setdefault(reader.table_of(it.name), []).append(it)
    return found


def _suffix(it: Delivered) -> str:
    return PurePosixPath(it.name).suffix.lower()


@cache
def read_columns(it: Delivered) -> tuple[str, ...]:
    """The column names of a file; raises InputError where it cannot be opened."""
    return _text_columns(it) if _suffix(it) in _TEXT else _parquet_columns(it.path, it.where)


def _delimiter(it: Delivered) -> str:
    """What separates the names in the first line; "" for Parquet."""
    if _suffix(it) not in _TEXT:
        return ""
    first = it.head.split(b"\n", 1)[0].decode("utf-8", errors="replace")
    return max(_DELIMITERS, key=first.count)


def is_well_quoted(line: str, delimiter: str) -> bool:
    """Stands every quote of a header around a whole name.

    Else DuckDB reads the rows below as part of a name, or not at all and without a word.
    """
    try:
        names = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return False
    return not any('"' in it for it in names)


def _text_columns(it: Delivered) -> tuple[str, ...]:
    with it.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline(_CHUNK)
    delimiter = _delimiter(it)
    what: str | None = BADLY_QUOTED
    columns: tuple[str, ...] = ()
    if is_well_quoted(line, delimiter):
        columns = tuple(next(csv.reader([line], delimiter=delimiter), ()))
        what = _wrong_header(columns)
    if what is not None:
        raise InputError(Problem(f"{it.where}:1", what))
    return columns


def _wrong_header(columns: Sequence[str]) -> str | None:
    """What is wrong with the names of columns; those without a name are not read."""
    lowered = [name.lower() for name in columns if name]
    repeated = sorted({name for name in columns if lowered.count(name.lower()) > 1})
    if repeated:
        return f"columns named more than once: {', '.join(repeated)}; name each once"
    return None if columns else "the file is empty; expected a line of column names"


def _parquet_columns(path: Path, where: str) -> tuple[str, ...]:
    with inspector().cursor() as connection:
        try:
            sql = "SELECT * FROM read_parquet(?, hive_partitioning = false) LIMIT 0"
            described = connection.execute(sql, [str(path)]).description
        except (duckdb.Error, RuntimeError) as error:  # the latter where a name is no UTF-8
            what = "is not a whole Parquet file; deliver it again"
            raise InputError(Problem(where, what)) from error
    return tuple(str(column[0]) for column in described or ())


def columns_found(reader: Reader, files: Iterable[Delivered]) -> dict[str, frozenset[str]]:
    """Table that the reader is recognised by → the columns of its first file, in lower case.

    Raises InputError for what cannot be opened.
    """
    problems: list[Problem] = []
    found = {}
    marks = {table for table, _ in reader.recognised_by}
    for table, its in by_table(reader, files).items():
        if table not in marks:
            continue
        try:
            found[table] = frozenset(column.lower() for column in read_columns(its[0]))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return found


def read_parts(
    reader: Reader, source: Path, files: Mapping[str, Sequence[Delivered]]
) -> list[Part]:
    """The files that a reader reads, whole and complete.

    Raises InputError with everything that is wrong: missing files and columns, mixed formats,
    text that is not UTF-8, files that cannot be opened.
    """
    problems = list(_missing_files(reader, source, files))
    parts = []
    for declared in reader.files:
        its = files.get(declared.name, ())
        problems.extend(_mixed(source, declared, its))
        for it in its:
            try:
                parts.append(_part(declared, it))
            except InputError as error:
                problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return parts


def _missing_files(reader: Reader, source: Path, files: Iterable[str]) -> Iterator[Problem]:
    for declared in reader.files:
        if declared.mandatory and declared.name not in files:
            what = f"missing file {declared.name}.csv or .parquet; a {reader.kind} export needs it"
            yield Problem(str(source), what)


def _mixed(source: Path, declared: SourceFile, its: Sequence[Delivered]) -> Iterator[Problem]:
    formats = {_suffix(it) for it in its}
    folders = {PurePosixPath(it.name).parent for it in its}
    is_doubled = len(folders) > 1 and PurePosixPath() in folders and not declared.matches
    if len(formats) > 1 or is_doubled:
        what = (
            f"{declared.name} is there more than once: {len(its)} files; keep one file or "
            "one folder"
        )
        yield Problem(str(source / declared.name), what)


def _part(declared: SourceFile, it: Delivered) -> Part:
    columns = read_columns(it)
    lowered = {column.lower() for column in columns}
    missing = [name for name in declared.required if name not in lowered]
    problems = [Problem(f"{it.where}:1", f"missing column {name}; add it") for name in missing]
    delimiter = _delimiter(it)
    sha256, broken = _fingerprint(it.path, is_text=bool(delimiter))
    if broken is not None:
        what = "found bytes that are not UTF-8, expected UTF-8 text; save the file as UTF-8"
        problems.append(Problem(f"{it.where}:{broken}", what))
    if problems:
        raise InputError(problems)
    return Part(declared.name, it.path, it.name, sha256, columns, delimiter)


def landed_parts(reader: Reader, landed: Iterable[LandedFile]) -> list[Part]:
    """The landing tables of delivered files. Raises OpenVBCError where one is not declared."""
    declared = {file.name: file for file in reader.files}
    return [
        Part(table, path, it.delivered.name, it.folder.name, columns, is_landed=True)
        for it in landed
        for table, path in it.tables.items()
        for columns in [_landed_columns(declared, table, path)]
    ]


def earlier_parts(
    reader: Reader, data: Path, manifests: Iterable[Mapping[str, Any]], now: Iterable[Part]
) -> list[Part]:
    """The landing tables of the files that earlier loads of the same format brought.

    The SELECTs see them, with those of this load, as `history.<table>`: an answer may come months
    after what it answers. Raises InputError where one is not landed as this version reads it.
    """
    form = formats().get(reader.kind)
    scripts = (*reader.selects.values(), *reader.shared)
    if form is None or not any("history." in it for it in scripts):
        return []  # to open the files of all loads before takes longer with every load
    known = {part.sha256 for part in now}
    files = {
        it["sha256"]: it["name"]
        for manifest in manifests
        if manifest["kind"] == reader.kind
        for it in manifest["sources"]
        if it["sha256"] not in known
    }
    folders = {landing_folder(data, form, sha256): name for sha256, name in files.items()}
    what = f"is not below {LANDING}/ as this version reads it; load into a new workspace"
    gone = [Problem(name, what) for folder, name in folders.items() if not folder.exists()]
    if gone:
        raise InputError(gone)
    landed = [
        LandedFile(Delivered(name, name, folder, 0, b""), folder)
        for folder, name in folders.items()
    ]
    return landed_parts(reader, landed)


def _landed_columns(declared: Mapping[str, SourceFile], table: str, path: Path) -> tuple[str, ...]:
    columns = _parquet_columns(path, str(path))
    if table not in declared or {*declared[table].required, "row_number"} - {*columns}:
        raise OpenVBCError(Problem(table, "was landed otherwise than its files.yaml declares"))
    return columns


def _fingerprint(path: Path, *, is_text: bool) -> tuple[str, int | None]:
    """SHA-256 of a file, and for text the line of the first byte that is not UTF-8."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, broken = 1, None
    for chunk, is_last in _chunks(path):
        digest.update(chunk)
        if is_text and broken is None:
            pending = decoder.getstate()[0]
            try:
                decoder.decode(chunk, is_last)
            except UnicodeDecodeError as error:
                broken = line + (pending + chunk)[: error.start].count(b"\n")
            line += chunk.count(b"\n")
    return digest.hexdigest(), broken


def _chunks(path: Path) -> Iterator[tuple[bytes, bool]]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk, False
    yield b"", True


def ignored(files: Iterable[str], parts: Iterable[Part], reader: Reader) -> list[str]:
    """What is there and is not read: files, and of canonical tables columns (table.column) too.

    Other exports have many columns that nobody needs; in a canonical table an unknown column may
    be a misspelt one.
    """
    declared = {file.name: file for file in reader.files}
    unread = {name for name in files if name not in declared}
    if reader.kind == "own":
        unread |= {
            f"{part.table}.{column}"
            for part in parts
            for column in part.columns
            if column.lower() not in (*declared[part.table].columns, *LINEAGE)
        }
    return sorted(unread)
