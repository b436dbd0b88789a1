"""The store: partitions under the hash of what made them, and runs that point to partitions.

A partition is `store/<2 hex>/<address>.parquet` with `<address>.json` beside it, written last:
the JSON is the sign that the partition is whole. A run is `runs/<id>.json`; the run in force is
named by the file `current`, replaced by one rename. Nothing is ever changed in place, so a crash
at any moment leaves the last published run in force and finished partitions reusable.
"""

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem

RUN_SCHEMA: Final = "openvbc.run/1"
_RUN_ID_LENGTH: Final = 16


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


def publish_text(path: Path, text: str) -> None:
    """Write a small file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".tmp-{os.getpid()}-{threading.get_ident()}-{path.name}")
    temporary.write_text(text, encoding="utf-8")
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


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

    def identity(self) -> dict[str, Any]:
        """What a run's manifest says of it."""
        return asdict(self)


class Store:
    """The partitions and runs below a workspace's data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def path(self, address: str) -> Path:
        """Where the partition of an address lies."""
        return self.data / "store" / address[:2] / f"{address}.parquet"

    def find(
        self, table: str, bucket: int | None, cut: str | None, address: str
    ) -> Partition | None:
        """The whole partition of an address, or None."""
        path = self.path(address)
        note = path.with_suffix(".json")
        if not note.exists():
            return None
        known = json.loads(note.read_text(encoding="utf-8"))
        where = str(path.relative_to(self.data))
        return Partition(table, bucket, cut, address, where, known["rows"], known["sha256"])

    def put(self, address: str, write: Callable[[Path], int]) -> None:
        """Let write make a partition's file, then publish it under its address."""
        path = self.path(address)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".tmp-{os.getpid()}-{threading.get_ident()}-{address}.parquet")
        rows = write(temporary)
        sync(temporary)
        sha256 = file_digest(temporary)
        temporary.replace(path)
        publish_text(path.with_suffix(".json"), json.dumps({"rows": rows, "sha256": sha256}))

    def sweep(self) -> None:
        """Remove what a killed build left half-written."""
        for left in (self.data / "store").glob("*/.tmp-*"):
            left.unlink(missing_ok=True)
        shutil.rmtree(self.data / "spill", ignore_errors=True)

    def publish(self, manifest: Mapping[str, Any], times: Mapping[str, Any]) -> str:
        """Publish a run and put it in force; the run id is the hash of its manifest."""
        run_id = digest(manifest)[:_RUN_ID_LENGTH]
        runs = self.data / "runs"
        text = json.dumps(manifest, sort_keys=True, indent=1, default=str)
        publish_text(runs / f"{run_id}.json", text)
        publish_text(runs / f"{run_id}.times.json", json.dumps(times, indent=1, default=str))
        publish_text(self.data / "current", run_id + "\n")
        return run_id

    def runs(self) -> list[str]:
        """The ids of all published runs, latest last."""
        folder = self.data / "runs"
        paths = [path for path in folder.glob("*.json") if not path.stem.endswith(".times")]
        return [path.stem for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns)]

    def current(self) -> str:
        """The id of the run in force; raises InputError where nothing was built."""
        try:
            return (self.data / "current").read_text(encoding="utf-8").strip()
        except OSError as error:
            what = "nothing is built here yet; run `vbc build`"
            raise InputError(Problem(str(self.data), what)) from error

    def manifest(self, run_id: str) -> dict[str, Any]:
        """A run's manifest; raises InputError where there is no such run."""
        path = self.data / "runs" / f"{run_id}.json"
        if not path.exists():
            raise InputError(Problem(run_id, "no such run; `vbc runs` lists them"))
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return manifest

    def times(self, run_id: str) -> dict[str, Any]:
        """When and where a run was made."""
        path = self.data / "runs" / f"{run_id}.times.json"
        times: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return times
