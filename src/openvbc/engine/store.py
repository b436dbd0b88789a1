"""The store: partitions under the hash of what made them, and runs that point to partitions.

A partition is `store/<2 hex>/<address>.parquet` with `<address>.json` beside it, written last:
the JSON is the sign that the partition is whole, and says how long its file is. A run is
`runs/<id>.json`; the run in force is named by the file `current`, replaced by one rename. Nothing
is ever changed in place, so a crash at any moment leaves the last published run in force and
finished partitions reusable.
"""

import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from openvbc.engine.disk import writing
from openvbc.engine.lock import only_one
from openvbc.errors import InputError, Problem

RUN_SCHEMA: Final = "openvbc.run/1"
_RUN_ID_LENGTH: Final = 16
_RUN_ID: Final = re.compile(rf"[0-9a-f]{{{_RUN_ID_LENGTH}}}")
_SPILLED: Final = re.compile(r"(?:duckdb_temp|spark)_(\d+)_")


def digest(content: object) -> str:
    """SHA-256 of a JSON-ready value in its canonical text."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Force a file or a folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Make a folder with those above it, each entered in its parent for good."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync(path.parent)


def publish_file(temporary: Path, path: Path) -> None:
    """Give a written file its name: whole or not at all, and for good."""
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def publish_text(path: Path, text: str) -> None:
    """Write a small file so that it is there whole or not at all."""
    make_folder(path.parent)
    temporary = _temporary(path)
    temporary.write_text(text, encoding="utf-8")
    publish_file(temporary, path)


def _temporary(path: Path) -> Path:
    return path.with_name(f".tmp-{os.getpid()}-{threading.get_ident()}-{path.name}")


def read_json(path: Path, what: str) -> dict[str, Any]:
    """A JSON file that we wrote; raises InputError saying what to do where it cannot be read."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(Problem(str(path), what)) from error
    except ValueError as error:
        raise InputError(Problem(str(path), f"is damaged; {what}")) from error
    return found


@dataclass(frozen=True)
class Partition:
    """One stored piece of a table.

    bucket: the person bucket, None for tables of span all. slice: a month (2025-03) or a year
    (2025), None where the table is not cut by time. sha256 is of the file's bytes.
    """

    table: str
    bucket: int | None
    slice: str | None
    address: str
    path: str
    rows: int
    sha256: str

    @property
    def content(self) -> str:
        """What of it goes into the address of a partition that reads it.

        Its bytes, not how they were made: where an input changed and a partition came out as it
        was, what reads that partition stands. Its address where it is not made yet.
        """
        return self.sha256 or self.address

    def identity(self) -> dict[str, Any]:
        """What a run's manifest says of it."""
        return asdict(self)


class Store:
    """The partitions and runs below a workspace's data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    @contextmanager
    def building(self) -> Iterator[None]:
        """Be the only builder, on a store without leftovers; raises InputError if there is one."""
        with only_one(self.data / "build.lock"):
            self.sweep()
            yield

    @contextmanager
    def sharing(self, *, reduces: bool) -> Iterator[None]:
        """Be one of several builders, and the only one that publishes; sweep nothing of others.

        Raises InputError where one builds alone, or another reduces.
        """
        with ExitStack() as held:
            held.enter_context(only_one(self.data / "build.lock", beside_others=True))
            if reduces:
                held.enter_context(only_one(self.data / "reduce.lock"))
            yield

    def path(self, address: str) -> Path:
        """Where the partition of an address lies."""
        return self.data / "store" / address[:2] / f"{address}.parquet"

    def find(
        self, table: str, bucket: int | None, cut: str | None, address: str
    ) -> Partition | None:
        """The whole partition of an address, or None, also where its file was cut short since.

        A note of an earlier version does not say how long the file is; it is taken as it stands.
        """
        path = self.path(address)
        try:
            known = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            rows, sha256 = int(known["rows"]), str(known["sha256"])
            is_whole = path.stat().st_size == known.get("size", path.stat().st_size)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None  # it is built again
        return self.partition(table, bucket, cut, address, rows, sha256) if is_whole else None

    def forget(self, part: Partition) -> None:
        """Let a built partition be built again; one that was loaded stays as it is."""
        if part.path.startswith("store/"):
            (self.data / part.path).with_suffix(".json").unlink(missing_ok=True)

    def partition(
        self, table: str, bucket: int | None, cut: str | None, address: str, rows: int, sha256: str
    ) -> Partition:
        """The partition that an address has, or would have."""
        where = self.path(address).relative_to(self.data).as_posix()
        return Partition(table, bucket, cut, address, where, rows, sha256)

    def put(self, address: str, write: Callable[[Path], int]) -> tuple[int, str]:
        """Let write make a partition's file and publish it under its address; rows and SHA-256.

        Raises InputError where the disk is full.
        """
        path = self.path(address)
        with writing(self.data):
            make_folder(path.parent)
            temporary = _temporary(path)
            rows = write(temporary)
            sha256 = file_digest(temporary)
            note = {"rows": rows, "sha256": sha256, "size": temporary.stat().st_size}
            publish_file(temporary, path)
            publish_text(path.with_suffix(".json"), json.dumps(note))
        return rows, sha256

    def sweep(self) -> None:
        """Remove what killed processes left half-written. Only the one builder may do this."""
        for pattern in ("store/*/.tmp-*", "runs/.tmp-*", ".tmp-*"):
            for left in self.data.glob(pattern):
                left.unlink(missing_ok=True)
        for left in list(self.data.glob("spill/**/*_*")):
            owner = _SPILLED.match(left.name)
            if owner and not _alive(int(owner[1])):
                shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)

    def publish(self, manifest: Mapping[str, Any], times: Mapping[str, Any]) -> str:
        """Publish a run and put it in force; the run id is the hash of its manifest.

        A run that is there already stays as it is, times included.
        """
        run_id = digest(manifest)[:_RUN_ID_LENGTH]
        path = self.data / "runs" / f"{run_id}.json"
        text = json.dumps(manifest, sort_keys=True, indent=1, default=str)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            publish_text(path.with_suffix(".times.json"), json.dumps(times, indent=1))
            publish_text(path, text)
        publish_text(self.data / "current", run_id + "\n")
        return run_id

    def runs(self) -> list[str]:
        """The ids of all published runs, in the order in which they were first published."""
        paths = (self.data / "runs").glob("[!.]*.json")
        ids = [path.stem for path in paths if not path.stem.endswith(".times")]
        return sorted(ids, key=lambda run_id: (self.times(run_id).get("ended", ""), run_id))

    def current(self) -> str:
        """The id of the run in force; raises InputError where there is none."""
        path = self.data / "current"
        try:
            found = path.read_text(encoding="utf-8", errors="replace").strip()
        except OSError as error:
            what = "nothing is built here yet; run `vbc build`"
            raise InputError(Problem(str(self.data), what)) from error
        if not _RUN_ID.fullmatch(found) or not (self.data / "runs" / f"{found}.json").is_file():
            what = f"found {found!r}, expected the id of a run (`vbc runs` lists them)"
            raise InputError(Problem(str(path), f"{what}; run `vbc build`, which names its own"))
        return found

    def manifest(self, run_id: str) -> dict[str, Any]:
        """A run's manifest; raises InputError where there is no such run."""
        path = self.data / "runs" / f"{run_id}.json"
        if not path.exists():
            raise InputError(Problem(run_id, "no such run; `vbc runs` lists them"))
        return read_json(path, "run `vbc build` again")

    def times(self, run_id: str) -> dict[str, Any]:
        """When and where a run was made; empty where nobody noted it."""
        with suppress(InputError):
            return read_json(self.data / "runs" / f"{run_id}.times.json", "nobody noted it")
        return {}


def _alive(process: int) -> bool:
    """Whether a process of this number may run on this machine."""
    if os.name == "nt":  # there signal 0 is no question
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
