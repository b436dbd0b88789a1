"""Reference data in the workspace: each set kept with its version and its file's hash."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from json import dumps, loads
from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.store import file_digest, make_folder, publish_text, sync
from openvbc.errors import InputError, Problem, near
from openvbc.sources.delimited import Delimited
from openvbc.sources.landing import read_parquet
from openvbc.sources.reference.county_file import COUNTY_FFS, check_counties
from openvbc.sources.reference.order_file import SETS, copy_order_file

FOLDER: Final = "reference"
_ABOUT: Final = "about.json"
_ROWS: Final = "rows.parquet"
_VERSION: Final = re.compile(r"\w[\w.+ -]*")
_DELIMITED: Final = Delimited("reference", declared_in="sets.yaml")


@dataclass(frozen=True)
class ReferenceSet:
    """One version of one set. sha256: of the file the user gave; rows: how many it holds.

    received_on: the day on which it came, as the user says; else it is the day of loading.
    """

    name: str
    version: str
    file_name: str
    sha256: str
    rows: int
    loaded_on: str
    path: str
    received_on: str = ""

    @property
    def received(self) -> date:
        """The day on which the file came."""
        return date.fromisoformat(self.received_on or self.loaded_on)

    @property
    def parquet(self) -> str:
        """Its rows, to select from."""
        return read_parquet([Path(self.path)])


def set_names() -> tuple[str, ...]:
    """The sets that can be loaded."""
    return tuple(sorted((*SETS, *(layout.table for layout in _DELIMITED.layouts))))


def load_reference(
    data: Path,
    name: str,
    file: Path,
    version: str,
    memory: str = "400MB",
    *,
    received_on: date | None = None,
) -> ReferenceSet:
    """Keep a downloaded set below `<data>/reference/<name>/<version>`.

    The same file again changes nothing. Raises InputError where the set is unknown, the file is
    another's or broken, or another file, or another day of it, stands under the version.
    """
    if name not in set_names():
        raise InputError(Problem(name, f"is no reference set{near(name, set_names())}"))
    if not _VERSION.fullmatch(version):
        what = f"found {version or 'nothing'}, expected letters and digits, such as 2025"
        raise InputError(Problem("--version", what))
    day = received_on.isoformat() if received_on else ""
    folder = data / FOLDER / name / version
    found = _standing(folder)
    sha256 = file_digest(file)
    if found is not None:
        return _same(found, sha256, day, file)
    temporary = _temporary(folder)
    shutil.rmtree(temporary, ignore_errors=True)
    make_folder(temporary)
    try:
        _write(name, file, temporary, memory)
        rows, today = _count(temporary / _ROWS), datetime.now(UTC).date()
        said = ReferenceSet(
            name, version, file.name, sha256, rows, today.isoformat(), str(folder / _ROWS), day
        )
        publish_text(temporary / _ABOUT, dumps(asdict(said), indent=1) + "\n")
        sync(temporary / _ROWS)
        temporary.rename(folder)
        sync(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return said


def references(data: Path) -> Iterator[ReferenceSet]:
    """Every set that is kept, by name and version."""
    for path in sorted((data / FOLDER).glob(f"*/[!.]*/{_ABOUT}")):
        found = _standing(path.parent)
        if found is not None:
            yield found


def remove_reference(data: Path, name: str, version: str) -> ReferenceSet:
    """Keep a version no longer; what was printed of it stands in the files it was put in.

    Raises InputError where there is none.
    """
    kept = {it.version: it for it in references(data) if it.name == name}
    if version not in kept:
        raise InputError(Problem(name, f"no version {version} is kept{near(version, kept)}"))
    folder = data / FOLDER / name / version
    temporary = _temporary(folder)
    shutil.rmtree(temporary, ignore_errors=True)
    folder.rename(temporary)
    sync(folder.parent)
    shutil.rmtree(temporary)
    return kept[version]


def _temporary(folder: Path) -> Path:
    """Where a version is made, or taken apart: no reader sees it."""
    return folder.with_name(f".tmp-{folder.name}")


def _standing(folder: Path) -> ReferenceSet | None:
    about = folder / _ABOUT
    if not about.exists():
        return None
    said = {**loads(about.read_text(encoding="utf-8")), "path": str(folder / _ROWS)}
    return ReferenceSet(**said)


def _same(found: ReferenceSet, sha256: str, day: str, file: Path) -> ReferenceSet:
    remove = f"`vbc reference {found.name} --version {found.version} --remove`"
    if found.sha256 != sha256:
        what = (
            f"{found.name} {found.version} was made of another file ({found.file_name}); "
            f"give this one a version of its own, or remove that one: {remove}"
        )
        raise InputError(Problem(str(file), what))
    if day not in ("", str(found.received)):
        what = f"is kept as received on {found.received}, not {day}; {remove}, then keep it again"
        raise InputError(Problem(str(file), what))
    return found


def _write(name: str, file: Path, folder: Path, memory: str) -> None:
    if name in SETS:
        copy_order_file(file, folder / _ROWS, memory)
        return
    layout, _ = _DELIMITED.layout_of(file, file.name)
    if layout.table != name:
        what = f"looks like {layout.table}, asked for {name}"
        raise InputError(Problem(f"{file}:1", what))
    _DELIMITED.land_layout(file, folder, layout, memory)
    (folder / f"{name}.parquet").rename(folder / _ROWS)
    if name == COUNTY_FFS:
        check_counties(read_parquet([folder / _ROWS]), file, layout.delimiter)


def _count(path: Path) -> int:
    with duckdb.connect(config={"threads": 1, "memory_limit": "200MB"}) as connection:
        found = connection.execute(f"SELECT count(*) FROM {read_parquet([path])}").fetchone()
    return int(found[0]) if found else 0
