"""One load on its way: stage, write, judge the whole, publish by one rename."""

import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import duckdb

from openvbc.confidentiality.codes import list_digest, own_list, sensitive_codes
from openvbc.confidentiality.tagging import Tags
from openvbc.engine.connection import connect
from openvbc.engine.model import Model
from openvbc.engine.store import digest, make_folder, publish_file, publish_text, sync
from openvbc.errors import InputError, Problem
from openvbc.sources.delivery import Delivery
from openvbc.sources.files import Part, earlier_parts
from openvbc.sources.formats import LANDING, LandedFile
from openvbc.sources.loads import (
    LOAD_SCHEMA,
    LOADS,
    MANIFEST,
    each_load,
    load_folder,
    lost_files,
    read_manifest,
    standing,
    standing_before,
)
from openvbc.sources.options import Limits, LoadOptions
from openvbc.sources.quarantine import by_reason, gather, refusal, write_quarantine
from openvbc.sources.reader import Reader, canonical_models
from openvbc.sources.result import LoadResult, TableCount, count_rows
from openvbc.sources.staging import EARLIER, SET_ASIDE, Source, Staged, Stager, reading
from openvbc.sources.withdraw import Withdrawn
from openvbc.sources.write import Outcome, Unit, write_unit

Progress = Callable[[str, int, int], None]
"""Called with a label, the work done and the work in all."""

QUARANTINE: Final = "quarantine.parquet"
TIMES: Final = "times.json"
_ID_LENGTH: Final = 16


class Loading:
    """A load of one source. Raises InputError where the source cannot be read."""

    def __init__(
        self,
        data: Path,
        source: Path,
        kind: str | None,
        options: LoadOptions,
        limits: Limits,
        progress: Progress | None,
    ) -> None:
        self._started = datetime.now(UTC)
        self._data = data
        self._source = source
        self._options = options
        self._limits = limits
        self._progress = progress or (lambda *_: None)
        self._done = 0
        self._models = canonical_models()
        self._opened = data / LOADS / f".staging-opened-{os.getpid()}"
        self._delivery = Delivery(data, source, self._opened, limits.memory(), self._progress)
        self._read(kind)
        self._lists = list_digest(data)
        self._id = _load_id(self._reader, self._sources, options, self._lists)
        self._folder = load_folder(data, self._id)
        self._temporary = data / LOADS / f".tmp-{self._id}"
        self._staging = data / LOADS / f".staging-{self._id}"
        self._lost = lost_files(self._folder) if self._folder.exists() else []
        self._before = before = standing_before(data, self._id) if self._lost else standing(data)
        self._number, self._after = before.number, before.last
        self._earlier = before.partitions()
        people = self._staging / "known_person.parquet"
        earlier = {table: self._standing(table, None) for table in EARLIER}
        others = takewhile(lambda it: it["load_id"] != self._id, each_load(data))
        history = earlier_parts(self._reader, data, others, self._parts)
        codes = sensitive_codes(own_list(data))
        self._origin = Source(
            self._reader, self._parts, options, people, earlier, history=history, codes=codes
        )
        self._tags = Tags(self._staging)
        self._withdrawn: dict[str, Withdrawn | None] = {}

    def _read(self, kind: str | None) -> None:
        """Find out what the delivery is, and what of it is read."""
        content = self._delivery.read(kind, self._models)
        self._reader = content.reader
        self._parts = content.parts
        self._landed = content.landed
        self._ignored = content.ignored
        self._sources = _sources(content.parts, content.landed)
        sizes = {it.name: it.path.stat().st_size for it in content.parts if not it.is_landed}
        sizes |= {it.delivered.name: it.delivered.size for it in content.landed}
        self.files = [{**it, "size": sizes[it["name"]]} for it in self._sources]

    def run(self) -> LoadResult:
        """Load, or say that it was done before; then what was lost of it is written again."""
        done = read_manifest(self._folder) if self._folder.exists() else None
        if done and not self._lost:
            return self._result(done, already=True)
        manifest = self._made()
        if done:
            self._mend(done, manifest)
        else:
            self._publish(manifest)
        return self._result(manifest, already=done is not None)

    def _made(self) -> dict[str, Any]:
        """Write the load's files; the manifest. Where an earlier load lacks files, that is said."""
        try:
            staged = self._stage()
            outcomes = self._write(staged)
            return self._manifest(self._judge(staged, outcomes), outcomes)
        except (InputError, duckdb.Error):
            self._before.check_files(self._data)
            raise

    def _mend(self, done: Mapping[str, Any], made: Mapping[str, Any]) -> None:
        """Put files in the place of those that were lost, where they are what was lost."""
        fresh = {it["path"]: it["sha256"] for it in made["partitions"]}
        known = {it["path"]: it["sha256"] for it in done["partitions"]}
        other = [it for it in self._lost if fresh.get(it) != known[it]]
        if other:
            what = "was lost, and its load does not come out as it was; restore it from a copy"
            raise InputError([Problem(str(self._folder / it), what) for it in other])
        for it in (*self._lost, QUARANTINE):
            make_folder((self._folder / it).parent)
            publish_file(self._temporary / it, self._folder / it)
        self._step("mend")

    def _step(self, label: str) -> None:
        self._done += 1
        total = len(self._selected) * (1 + self._options.buckets) + 1
        self._progress(label, min(self._done, total), total)

    @property
    def _selected(self) -> list[Model]:
        """The tables that the kind has SELECTs for, people first."""
        selected = [model for name, model in self._models.items() if name in self._reader.selects]
        return sorted(selected, key=lambda model: model.name != "person")

    def _stage(self) -> dict[str, Staged]:
        self._staging.mkdir(parents=True)
        stager = Stager(self._origin, self._limits, self._staging)
        staged = {}
        try:
            if "person" not in self._reader.selects:
                stager.know_people(None, self._standing("person", None))
            for model in self._selected:
                staged[model.name] = stager.stage(model)
                if model.name == "person":
                    stager.know_people(staged["person"], self._standing("person", None))
                self._step(f"read {model.name}")
            self._withdrawn = {
                name: stager.withdrawn(self._models[name], it, self._standing_by_bucket(name))
                for name, it in staged.items()
            }
            self._tags = stager.tags()
            problems = stager.problems()
        finally:
            stager.close()
        if problems:
            raise InputError(problems)
        return staged

    def _standing(self, table: str, bucket: int | None) -> tuple[Path, ...]:
        return tuple(
            self._data / part.path
            for part in self._earlier.get(table, ())
            if bucket is None or part.bucket in (None, bucket)
        )

    def _standing_by_bucket(self, table: str) -> dict[int, list[Path]]:
        found: dict[int, list[Path]] = {}
        for part in self._earlier.get(table, ()):
            if part.bucket is not None:
                found.setdefault(part.bucket, []).append(self._data / part.path)
        return found

    def _write(self, staged: Mapping[str, Staged]) -> list[Outcome]:
        units = list(self._units(staged))
        with ThreadPoolExecutor(self._limits.threads) as pool:
            try:
                return list(pool.map(self._write_one, units))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _write_one(self, unit: Unit) -> Outcome:
        with reading(unit.model.name) if unit.source else nullcontext():  # staged rows are our own
            outcome = write_unit(unit, self._id, self._options, self._limits)
        self._step(f"write {unit.model.name}")
        return outcome

    def _units(self, staged: Mapping[str, Staged]) -> Iterator[Unit]:
        for it in staged.values():
            model = self._models[it.table]
            gone = self._withdrawn[it.table]
            for slot in sorted({*it.counts, *(gone.buckets if gone else ())} - {SET_ASIDE}):
                yield self._unit(model, it, slot)

    def _unit(self, model: Model, staged: Staged, slot: int) -> Unit:
        folder = self._temporary / model.name
        gone = self._withdrawn[model.name]
        return Unit(
            model=model,
            slot=slot,
            rows=staged.rows[slot] if gone is None else staged.rows.get(slot, gone.no_rows),
            rows_in=staged.counts.get(slot, 0),
            source=None if staged.is_stored else self._origin,
            tags=self._tags,
            earlier=self._standing(model.name, slot),
            withdrawn=gone,
            folder=folder / f"bucket={slot:02d}" if model.span == "person" else folder,
            aside=self._staging / "aside" / f"{model.name}-{slot}.parquet",
        )

    def _judge(
        self, staged: Mapping[str, Staged], outcomes: Sequence[Outcome]
    ) -> dict[str, TableCount]:
        """Count everything, write the quarantine, refuse where it is too much."""
        with connect(self._limits.memory(), 1, self._staging / "spill") as connection:
            gather(connection, list(staged.values()), self._staging / "aside", self._landed)
            counts = by_reason(connection)
            tables = {
                name: count_rows(name, counts.get(name, {}), outcomes)
                for name in sorted({*staged, *counts})
            }
            rows_in = sum(count.rows_in for count in tables.values())
            listed = self._data / "refused" / f"{self._id}.csv"
            error = refusal(self._source, counts, rows_in, self._limits.max_quarantine, listed)
            if error is not None:
                write_quarantine(connection, listed, "csv")
                raise error
            self._temporary.mkdir(parents=True, exist_ok=True)
            write_quarantine(connection, self._temporary / QUARANTINE, "parquet")
            sync(self._temporary / QUARANTINE)
        return tables

    def _manifest(
        self, tables: Mapping[str, TableCount], outcomes: Sequence[Outcome]
    ) -> dict[str, Any]:
        written = [it for outcome in outcomes for it in outcome.written]
        return {
            "schema": LOAD_SCHEMA,
            "load_id": self._id,
            "kind": self._reader.kind,
            "options": {**self._options.manifest(), **self._lists},
            "number": self._number,
            "after": [self._after] if self._after else [],
            "sources": self._sources,
            "ignored": self._ignored,
            "tables": {name: asdict(count) for name, count in tables.items()},
            "partitions": [it.manifest(self._temporary) for it in written],
            **({"landed": [it.manifest() for it in self._landed]} if self._landed else {}),
        }

    def _publish(self, manifest: Mapping[str, Any]) -> None:
        """One rename makes the load appear, after all of it is on disk."""
        ended = datetime.now(UTC)
        times = {
            "started": self._started.isoformat(),
            "ended": ended.isoformat(),
            "host": platform.node(),
        }
        publish_text(self._temporary / MANIFEST, json.dumps(manifest, indent=1) + "\n")
        publish_text(self._temporary / TIMES, json.dumps(times, indent=1) + "\n")
        for folder in sorted(path for path in self._temporary.rglob("*") if path.is_dir()):
            sync(folder)
        self._temporary.rename(self._folder)
        sync(self._folder.parent)
        self._step("publish")

    def _result(self, manifest: Mapping[str, Any], *, already: bool) -> LoadResult:
        return LoadResult(
            load_id=self._id,
            kind=self._reader.kind,
            folder=self._folder,
            tables={name: TableCount.told(it) for name, it in manifest["tables"].items()},
            ignored=tuple(manifest["ignored"]),
            already_loaded=already,
            seconds=(datetime.now(UTC) - self._started).total_seconds(),
            mended=len(self._lost),
        )


def _sources(parts: Sequence[Part], landed: Sequence[LandedFile]) -> list[dict[str, str]]:
    """The delivered files, each once, those too of which no table came."""
    hashes = {part.name: part.sha256 for part in parts}
    hashes |= {it.delivered.name: it.folder.name for it in landed}
    return [{"name": it, "sha256": sha256} for it, sha256 in hashes.items()]


def _load_id(
    reader: Reader,
    sources: Sequence[Mapping[str, str]],
    options: LoadOptions,
    lists: Mapping[str, str],
) -> str:
    """The hash of what a load is made of: file names and bytes, kind and options."""
    content = {
        "schema": LOAD_SCHEMA,
        "kind": reader.kind,
        "options": {**options.manifest(), **lists},
        "sources": [(it["name"], it["sha256"]) for it in sources],
    }
    return digest(content)[:_ID_LENGTH]


def sweep(data: Path) -> None:
    """Remove what a load, or one that was killed, left unpublished. Only who holds the lock may."""
    for pattern in (f"{LOADS}/.tmp-*", f"{LOADS}/.staging-*", f"{LANDING}/*/.tmp-*"):
        for left in data.glob(pattern):
            shutil.rmtree(left, ignore_errors=True)
