"""The files of a source: which there are, whether they are whole, and what identifies them."""

import codecs
import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.model import LINEAGE
from openvbc.errors import InputError, Problem
from openvbc.sources.reader import Reader, SourceFile

_CHUNK: Final = 1 << 20
_FORMATS: Final = (".csv", ".parquet")


@dataclass(frozen=True)
class Part:
    """One file that is read.

    name is its path below the source, sha256 of its bytes, columns as the file spells them.
    """

    table: str
    path: Path
    name: str
    sha256: str
    columns: tuple[str, ...]

    @property
    def is_csv(self) -> bool:
        """Is it text, of which every column is read as text."""
        return self.path.suffix == ".csv"


def find_files(source: Path) -> dict[str, list[Path]]:
    """Table name → its files: `name.csv`, `name.parquet`, or all of them below `name/`.

    Raises InputError where the source does not exist or holds none.
    """
    if not source.exists():
        raise InputError(Problem(str(source), "no such file or folder"))
    root = root_of(source)
    paths = [source] if source.is_file() else sorted(source.rglob("*"))
    found: dict[str, list[Path]] = {}
    for path in paths:
        if path.suffix in _FORMATS and path.is_file():
            found.setdefault(_table_of(path.relative_to(root)), []).append(path)
    if not found:
        raise InputError(Problem(str(source), "holds no .csv and no .parquet file"))
    return found


def root_of(source: Path) -> Path:
    """The folder that file names are given from."""
    return source.parent if source.is_file() else source


def _table_of(path: Path) -> str:
    return path.parts[0] if len(path.parts) > 1 else path.stem


def read_columns(path: Path) -> tuple[str, ...]:
    """The column names of a file; raises InputError where it cannot be opened."""
    return _csv_columns(path) if path.suffix == ".csv" else _parquet_columns(path)


def _csv_columns(path: Path) -> tuple[str, ...]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        columns = tuple(next(csv.reader(file), ()))
    if not columns:
        raise InputError(Problem(f"{path}:1", "the file is empty; expected a line of column names"))
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        what = f"columns named more than once: {', '.join(repeated)}; name each once"
        raise InputError(Problem(f"{path}:1", what))
    return columns


def _parquet_columns(path: Path) -> tuple[str, ...]:
    with duckdb.connect(config={"threads": 1}) as connection:
        try:
            sql = "SELECT * FROM read_parquet(?, hive_partitioning = false) LIMIT 0"
            described = connection.execute(sql, [str(path)]).description
        except duckdb.Error as error:
            what = "is not a whole Parquet file; deliver it again"
            raise InputError(Problem(str(path), what)) from error
    return tuple(str(column[0]) for column in described or ())


def columns_found(files: Mapping[str, list[Path]]) -> dict[str, tuple[str, ...]]:
    """Table name → the columns of its first file. Raises InputError for what cannot be opened."""
    problems: list[Problem] = []
    found = {}
    for table, paths in files.items():
        try:
            found[table] = read_columns(paths[0])
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return found


def read_parts(reader: Reader, source: Path, files: Mapping[str, list[Path]]) -> list[Part]:
    """The files that a reader reads, whole and complete.

    Raises InputError with everything that is wrong: missing files and columns, mixed formats,
    text that is not UTF-8, files that cannot be opened.
    """
    problems = list(_missing_files(reader, source, files))
    parts = []
    for declared in reader.files:
        paths = files.get(declared.name, [])
        problems.extend(_mixed(source, declared.name, paths))
        for path in paths:
            try:
                parts.append(_part(declared, path, root_of(source)))
            except InputError as error:
                problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return parts


def _missing_files(
    reader: Reader, source: Path, files: Mapping[str, list[Path]]
) -> Iterator[Problem]:
    for declared in reader.files:
        if declared.mandatory and declared.name not in files:
            what = f"missing file {declared.name}.csv or .parquet; a {reader.kind} export needs it"
            yield Problem(str(source), what)


def _mixed(source: Path, name: str, paths: list[Path]) -> Iterator[Problem]:
    formats = {path.suffix for path in paths}
    singles = {path.parent for path in paths}
    if len(formats) > 1 or (len(singles) > 1 and root_of(source) in singles):
        what = f"{name} is there more than once: {len(paths)} files; keep one file or one folder"
        yield Problem(str(source / name), what)


def _part(declared: SourceFile, path: Path, root: Path) -> Part:
    columns = read_columns(path)
    lowered = {column.lower() for column in columns}
    missing = [name for name in declared.required if name not in lowered]
    problems = [Problem(f"{path}:1", f"missing column {name}; add it") for name in missing]
    sha256, broken = _fingerprint(path)
    if broken is not None:
        what = "found bytes that are not UTF-8, expected UTF-8 text; save the file as UTF-8"
        problems.append(Problem(f"{path}:{broken}", what))
    if problems:
        raise InputError(problems)
    return Part(declared.name, path, path.relative_to(root).as_posix(), sha256, columns)


def _fingerprint(path: Path) -> tuple[str, int | None]:
    """SHA-256 of a file, and for text the line of the first byte that is not UTF-8."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, broken = 1, None
    for chunk, is_last in _chunks(path):
        digest.update(chunk)
        if path.suffix == ".csv" and broken is None:
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


def ignored(files: Mapping[str, list[Path]], parts: Iterable[Part], reader: Reader) -> list[str]:
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
