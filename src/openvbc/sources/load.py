"""`load`: read a source once, keep what is right, set aside what is not, publish it whole."""

import json
import platform
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openvbc.engine.model import Model
from openvbc.engine.store import digest, publish_text, sync
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.sources.files import Part, columns_found, find_files, ignored, read_parts
from openvbc.sources.loads import (
    LOAD_SCHEMA,
    LOADS,
    MANIFEST,
    load_folder,
    loaded_partitions,
    loads,
    read_manifest,
)
from openvbc.sources.options import Limits, LoadOptions
from openvbc.sources.quarantine import by_reason, gather, refusal, write_quarantine
from openvbc.sources.reader import Reader, canonical_models, readers, recognise
from openvbc.sources.staging import SET_ASIDE, Source, Staged, Stager, connect
from openvbc.sources.write import Outcome, Unit, write_unit

Progress = Callable[[str, int, int], None]
"""Called with a label, the work done and the work in all."""

QUARANTINE: Final = "quarantine.parquet"
TIMES: Final = "times.json"
_ID_LENGTH: Final = 16
_MEMORY: Final = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[MG])i?B", re.IGNORECASE)
_MEGABYTES: Final = {"M": 1, "G": 1000}


@dataclass(frozen=True)
class TableCount:
    """What became of one table's rows: rows_in = accepted + redelivered + quarantined.

    updated are those of the accepted that replace a row of an earlier load.
    """

    rows_in: int = 0
    accepted: int = 0
    updated: int = 0
    redelivered: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)

    @property
    def set_aside(self) -> int:
        """Rows quarantined for any reason."""
        return sum(self.quarantined.values())


@dataclass(frozen=True)
class LoadResult:
    """A published load. already_loaded: the same files were loaded before, nothing changed."""

    load_id: str
    kind: str
    folder: Path
    tables: Mapping[str, TableCount]
    ignored: tuple[str, ...]
    already_loaded: bool
    seconds: float


def load(
    workspace_data: Path,
    source: Path,
    *,
    kind: str | None = None,
    buckets: int,
    data_source: str,
    max_quarantine: Decimal = Decimal("0.01"),
    received_on: date | None = None,
    as_line_of_business: str | None = None,
    owner: str | None = None,
    agreement: str | None = None,
    permitted_purpose: str = "payment; operations",
    memory_limit: str = "1GB",
    threads: int = 2,
    progress: Progress | None = None,
) -> LoadResult:
    """Load a folder (or one file) into `<workspace_data>/loads/<load_id>`.

    kind is recognised from the files when None. max_quarantine is the share of rows that may be
    set aside. owner is data_source when None. Raises InputError, with every problem found, where
    the source cannot be read or too much of it is wrong; then nothing is stored, and rows set
    aside are listed in `<workspace_data>/refused/<load_id>.csv`.
    """
    options = LoadOptions(
        data_source=data_source,
        buckets=buckets,
        received_on=received_on,
        line_of_business=as_line_of_business,
        owner=owner or data_source,
        agreement=agreement,
        permitted_purpose=permitted_purpose,
    )
    limits = Limits(_megabytes(memory_limit), threads, max_quarantine)
    _check_workspace(workspace_data, options)
    return _Load(workspace_data, source, kind, options, limits, progress).run()


def _megabytes(limit: str) -> int:
    match = _MEMORY.fullmatch(limit.strip())
    if match is None:
        what = f"found {limit!r}, expected megabytes or gigabytes such as 800MB or 1.5GB"
        raise InputError(Problem("memory limit", what))
    return int(Decimal(match["number"]) * _MEGABYTES[match["unit"].upper()])


def _check_workspace(data: Path, options: LoadOptions) -> None:
    """All loads of a workspace must have the same number of buckets."""
    used = {manifest["options"]["buckets"] for manifest in loads(data)}
    if used - {options.buckets}:
        found = ", ".join(map(str, sorted(used)))
        what = (
            f"has loads in {found} buckets, asked for {options.buckets}; load into a new workspace"
        )
        raise InputError(Problem(str(data), what))


class _Load:
    """One load on its way: stage, write, judge the whole, publish."""

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
        files = find_files(source)
        self._reader = _reader(kind, files, self._models)
        self._parts = read_parts(self._reader, source, files)
        self._ignored = ignored(files, self._parts, self._reader)
        self._id = _load_id(self._reader, self._parts, options)
        self._folder = load_folder(data, self._id)
        self._temporary = data / LOADS / f".tmp-{self._id}"
        self._staging = data / LOADS / f".staging-{self._id}"
        self._earlier = loaded_partitions(data)
        people = self._staging / "known_person.parquet"
        self._origin = Source(self._reader, self._parts, options, people)

    def run(self) -> LoadResult:
        """Load, or say that it was done before."""
        if self._folder.exists():
            return self._result(read_manifest(self._folder), already=True)
        _sweep(self._data)
        try:
            staged = self._stage()
            outcomes = self._write(staged)
            manifest = self._manifest(self._judge(staged, outcomes), outcomes)
            self._publish(manifest)
        finally:
            _sweep(self._data)
        return self._result(manifest, already=False)

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
            for model in self._selected:
                staged[model.name] = stager.stage(model)
                if model.name == "person":
                    stager.know_people(staged["person"], self._standing("person", None))
                self._step(f"read {model.name}")
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

    def _write(self, staged: Mapping[str, Staged]) -> list[Outcome]:
        units = list(self._units(staged))
        with ThreadPoolExecutor(self._limits.threads) as pool:
            try:
                return list(pool.map(self._write_one, units))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _write_one(self, unit: Unit) -> Outcome:
        outcome = write_unit(unit, self._id, self._options, self._limits)
        self._step(f"write {unit.model.name}")
        return outcome

    def _units(self, staged: Mapping[str, Staged]) -> Iterator[Unit]:
        for it in staged.values():
            model = self._models[it.table]
            for slot in it.counts:
                if slot != SET_ASIDE:
                    yield self._unit(model, it, slot)

    def _unit(self, model: Model, staged: Staged, slot: int) -> Unit:
        folder = self._temporary / model.name
        return Unit(
            model=model,
            slot=slot,
            rows=staged.rows[slot],
            rows_in=staged.counts[slot],
            source=None if staged.is_stored else self._origin,
            earlier=self._standing(model.name, slot),
            folder=folder / f"bucket={slot:02d}" if model.span == "person" else folder,
            aside=self._staging / "aside" / f"{model.name}-{slot}.parquet",
        )

    def _judge(
        self, staged: Mapping[str, Staged], outcomes: Sequence[Outcome]
    ) -> dict[str, TableCount]:
        """Count everything, write the quarantine, refuse where it is too much."""
        with connect(self._limits.memory(), 1, self._staging / "spill") as connection:
            gather(connection, list(staged.values()), self._staging / "aside")
            counts = by_reason(connection)
            tables = {name: _count(name, counts.get(name, {}), outcomes) for name in sorted(staged)}
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
            "options": self._options.manifest(),
            "after": [manifest["load_id"] for manifest in loads(self._data)],
            "sources": [{"name": it.name, "sha256": it.sha256} for it in self._parts],
            "ignored": self._ignored,
            "tables": {name: asdict(count) for name, count in tables.items()},
            "partitions": [it.manifest(self._temporary) for it in written],
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
            tables={name: TableCount(**it) for name, it in manifest["tables"].items()},
            ignored=tuple(manifest["ignored"]),
            already_loaded=already,
            seconds=(datetime.now(UTC) - self._started).total_seconds(),
        )


def _reader(
    kind: str | None, files: Mapping[str, list[Path]], models: Mapping[str, Model]
) -> Reader:
    known = readers(models)
    if kind is None:
        columns = {
            name: frozenset(column.lower() for column in found)
            for name, found in columns_found(files).items()
        }
        return recognise(columns, known)
    if kind not in known:
        what = f"found {kind!r}, expected one of {', '.join(known)}"
        raise InputError(Problem("kind of export", what))
    return known[kind]


def _load_id(reader: Reader, parts: Sequence[Part], options: LoadOptions) -> str:
    """The hash of what a load is made of: file names and bytes, kind and options."""
    content = {
        "schema": LOAD_SCHEMA,
        "kind": reader.kind,
        "options": options.manifest(),
        "sources": [(part.name, part.sha256) for part in parts],
    }
    return digest(content)[:_ID_LENGTH]


def _count(table: str, quarantined: Mapping[str, int], outcomes: Sequence[Outcome]) -> TableCount:
    """Add up a table. Raises OpenVBCError where rows are neither accepted nor set aside."""
    mine = [outcome for outcome in outcomes if outcome.table == table]
    conflicts = sum(sum(outcome.conflicts.values()) for outcome in mine)
    first = sum(quarantined.values()) - conflicts
    count = TableCount(
        rows_in=sum(outcome.rows_in for outcome in mine) + first,
        accepted=sum(outcome.accepted for outcome in mine),
        updated=sum(outcome.updated for outcome in mine),
        redelivered=sum(outcome.redelivered for outcome in mine),
        quarantined=dict(quarantined),
    )
    left = count.rows_in - count.accepted - count.redelivered - count.set_aside
    if left:
        raise OpenVBCError(Problem(table, f"{left:,} rows are unaccounted for; nothing was loaded"))
    return count


def _sweep(data: Path) -> None:
    """Remove what this load, or one that was killed, left unpublished."""
    for pattern in (".tmp-*", ".staging-*"):
        for left in (data / LOADS).glob(pattern):
            shutil.rmtree(left, ignore_errors=True)
