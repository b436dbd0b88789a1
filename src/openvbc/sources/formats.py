"""Kinds of export whose files are not tables: how they are known, judged whole, and landed.

A kind's `format.py` holds `FORMAT`. A delivered file is landed once, by its content, as Parquet
below `<data>/landing/<kind>-<version>/<sha256>/`: one file for each landing table, `aside.parquet`
for what could not be read, and the original beside them, so that no field is lost. The same file
again, in this or another load, costs nothing.
"""

import shutil
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol

import duckdb

from openvbc.engine.connection import inspector
from openvbc.engine.store import sync
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.sources.archive import Delivered
from openvbc.sources.reader import SOURCES_FOLDER

LANDING: Final = "landing"
ASIDE: Final = "aside.parquet"
"""Rows `table, row_number, reason, expected`, of units that could not be read."""

ORIGINAL: Final = "original"


class Format(Protocol):
    """A kind of file that is read by more than a SELECT."""

    name: str
    """The kind: the folder that holds its `files.yaml` and its SELECTs."""

    version: int
    """Raised when what is landed changes; files landed by another version are landed again."""

    def knows(self, name: str, head: bytes) -> bool:
        """Is this one of its files, by name (archive members as `a.zip/member`) or first bytes."""
        ...

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:
        """What only the whole delivery shows: manifest counts, missing and doubled files."""
        ...

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """Write `out/<table>.parquet`, each with row_number, and where needed `out/aside.parquet`.

        memory is a limit in DuckDB's text. Raises InputError where the file is refused whole.
        """
        ...


@dataclass(frozen=True)
class LandedFile:
    """A delivered file, and where its tables lie."""

    delivered: Delivered
    folder: Path

    @property
    def tables(self) -> dict[str, Path]:
        """Landing table → its Parquet file."""
        found = sorted(self.folder.glob("*.parquet"))
        return {path.stem: path for path in found if path.name != ASIDE}

    def manifest(self) -> dict[str, Any]:
        """As a load's manifest says it: the file, and the rows of each landing table."""
        return {
            "name": self.delivered.name,
            "size": self.delivered.size,
            "rows": {table: _rows(path) for table, path in self.tables.items()},
            "aside": _rows(self.aside) if self.aside else 0,
        }

    @property
    def aside(self) -> Path | None:
        """What could not be read, where there is any."""
        path = self.folder / ASIDE
        return path if path.exists() else None


def _rows(path: Path) -> int:
    with inspector().cursor() as connection:
        sql = "SELECT num_rows FROM parquet_file_metadata(?)"
        return int(connection.execute(sql, [str(path)]).fetchall()[0][0])


def landing_folder(data: Path, form: Format, sha256: str) -> Path:
    """Where a file of this content is landed; the folder's name is the hash."""
    return data / LANDING / f"{form.name}-{form.version}" / sha256


@cache
def formats() -> Mapping[str, Format]:
    """Every format, by its kind."""
    kinds = sorted(path.parent.name for path in SOURCES_FOLDER.glob("*/format.py"))
    found = [import_module(f"openvbc.sources.{kind}.format").FORMAT for kind in kinds]
    return {it.name: it for it in found}


def recognised(delivery: Sequence[Delivered], kind: str | None) -> Format | None:
    """The format of a delivery: the one that knows most of its files; None where none does.

    Raises InputError where two know as many.
    """
    if kind is not None:
        return formats().get(kind)
    known = {name: len(_known(it, delivery)) for name, it in formats().items()}
    most = max(known.values(), default=0)
    best = [name for name, files in known.items() if files == most]
    if most and len(best) > 1:
        what = f"{' and '.join(best)} know {most} of its files each; name it with kind"
        raise InputError(Problem("source", what))
    return formats()[best[0]] if most else None


def _known(form: Format, delivery: Sequence[Delivered]) -> list[Delivered]:
    return [it for it in delivery if form.knows(it.name, it.head)]


_NO_JUDGEMENT: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    duckdb.DataError,
    duckdb.InvalidInputException,
)
"""What a reader raises that met something it was not written for; a full disk is no such thing."""


def failure(error: Exception) -> str:
    """What a reader broke on, by kind and place: what the error itself says may hold a value."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).parent.name}/{Path(place.filename).name}:{place.lineno}"
    return (
        f"could not be read: {type(error).__name__} in {where}; the file may be broken, "
        "and the reader should say how: report this with the file's kind, without its content"
    )


@dataclass(frozen=True)
class Landing:
    """Lands the files of one delivery that its format knows."""

    data: Path
    form: Format
    delivery: Sequence[Delivered]
    memory: str

    @property
    def known(self) -> list[Delivered]:
        """The files that are read."""
        return _known(self.form, self.delivery)

    @property
    def unknown(self) -> list[str]:
        """The names of the others."""
        known = {it.name for it in self.known}
        return [it.name for it in self.delivery if it.name not in known]

    def run(self, progress: "Progress") -> list[LandedFile]:
        """Land what is not landed yet. Raises InputError with every problem of every file.

        Where a reader failed on a file instead of judging it, raises OpenVBCError with these and
        with the place in the program; a value of the file may stand in what the reader said.
        """
        known = self.known
        problems = list(self.form.check(self.delivery))
        if not known and not problems:
            problems.append(Problem("source", f"holds no file that {self.form.name} knows"))
        landed = []
        failed: Exception | None = None
        for at, it in enumerate(known, start=1):
            try:
                landed.append(self._land(it))
            except InputError as error:
                problems.extend(error.problems)
            except duckdb.OutOfMemoryException:
                what = "needs more memory than it may use; raise the memory limit"
                problems.append(Problem(it.where, what))
            except _NO_JUDGEMENT as error:
                failed = error
                problems.append(Problem(it.where, failure(error)))
            progress(f"land {it.name}", at, len(known))
        if failed is not None:
            raise OpenVBCError(problems) from failed
        if problems:
            raise InputError(problems)
        return landed

    def _land(self, it: Delivered) -> LandedFile:
        folder = landing_folder(self.data, self.form, it.sha256)
        if not folder.exists():
            temporary = folder.with_name(f".tmp-{it.sha256}")
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            try:
                self.form.land(it.path, it.name, temporary, self.memory)
                shutil.copyfile(it.path, temporary / ORIGINAL)
                for path in temporary.iterdir():
                    sync(path)
                sync(temporary)
                temporary.rename(folder)
                sync(folder.parent)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        return LandedFile(it, folder)


class Progress(Protocol):
    """Told a label, the work done and the work in all."""

    def __call__(self, label: str, done: int, total: int, /) -> object:
        """Take note."""
        ...
