"""`load`: read a source once, keep what is right, set aside what is not, publish it whole."""

import json
import platform
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openvbc.engine.model import Model
from openvbc.engine.store import Partition, digest, publish_text, sync
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.sources.files import Part, columns_found, find_files, ignored, read_parts
from openvbc.sources.landing import text
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
from openvbc.sources.reader import Reader, canonical_models, readers, recognise
from openvbc.sources.staging import SET_ASIDE, Staged, Stager, connect
from openvbc.sources.write import Outcome, Unit, write_unit

Progress = Callable[[str, int, int], None]
"""Called with a label, the work done and the work in all."""

QUARANTINE: Final = "quarantine.parquet"
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
        what = f"has loads in {found} buckets, asked for {options.buckets}; load into a new workspace"
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

    def run(self) -> LoadResult:
        """Load, or say that it was done before."""
        if self._folder.exists():
            return self._result(read_manifest(self._folder), already=True)
        _sweep(self._data)
        try:
            staged = self._stage()
            outcomes = self._write(staged)
            manifest = self._manifest(staged, outcomes)
            self._write_quarantine(staged)
            self._refuse_if_too_bad(manifest)
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
        stager = Stager(self._reader, self._parts, self._options, self._limits, self._staging)
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
            return list(pool.map(self._write_one, units))

    def _write_one(self, unit: Unit) -> Outcome:
        outcome = write_unit(unit, self._id, self._options, self._limits)
        self._step(f"write {unit.model.name}")
        return outcome

    def _units(self, staged: Mapping[str, Staged]) -> Iterator[Unit]:
        for it in staged.values():
            model = self._models[it.table]
            for slot, paths in it.slots.items():
                if slot == SET_ASIDE:
                    continue
                folder = self._temporary / model.name
                if model.span == "person":
                    folder = folder / f"bucket={slot:02d}"
                earlier = self._standing(model.name, slot)
                aside = self._staging / "aside" / f"{model.name}-{slot}.parquet"
                yield Unit(model, slot, paths, earlier, folder, aside)

    def _manifest(
        self, staged: Mapping[str, Staged], outcomes: Sequence[Outcome]
    ) -> dict[str, Any]:
        tables = {name: self._count(it, outcomes) for name, it in staged.items()}
        return {
            "schema": LOAD_SCHEMA,
            "load_id": self._id,
            "kind": self._reader.kind,
            "options": self._options.manifest(),
            "after": [manifest["load_id"] for manifest in loads(self._data)],
            "sources": [{"name": it.name, "sha256": it.sha256} for it in self._parts],
            "ignored": self._ignored,
            "tables": {name: tables[name] for name in sorted(tables)},
            "partitions": [
                {
                    "table": it.table,
                    "bucket": it.bucket,
                    "slice": it.slice,
                    "path": it.path.relative_to(self._temporary).as_posix(),
                    "rows": it.rows,
                    "sha256": it.sha256,
                }
                for outcome in outcomes
                for it in outcome.written
            ],
        }

    def _count(self, staged: Staged, outcomes: Sequence[Outcome]) -> dict[str, Any]:
        mine = [outcome for outcome in outcomes if outcome.table == staged.table]
        reasons = self._first_reasons(staged)
        for outcome in mine:
            for reason, rows in outcome.conflicts.items():
                reasons[reason] = reasons.get(reason, 0) + rows
        rows_in = sum(self._first_reasons(staged).values()) + sum(it.rows_in for it in mine)
        count = {
            "rows_in": rows_in,
            "accepted": sum(it.accepted for it in mine),
            "updated": sum(it.updated for it in mine),
            "redelivered": sum(it.redelivered for it in mine),
            "quarantined": dict(sorted(reasons.items())),
        }
        left = rows_in - count["accepted"] - count["redelivered"] - sum(reasons.values())
        if left:
            raise OpenVBCError(Problem(staged.table, f"{left:,} rows are unaccounted for"))
        return count

    def _first_reasons(self, staged: Staged) -> dict[str, int]:
        """Reason → rows set aside in the first pass."""
        if SET_ASIDE not in staged.slots:
            return {}
        with connect(self._limits.memory(), 1, self._staging / "spill") as connection:
            found = connection.execute(
                f"SELECT reason, count(*) FROM read_parquet({_list(staged.slots[SET_ASIDE])}) "
                "GROUP BY reason ORDER BY reason"
            ).fetchall()
        return {staged.reasons[number].text: rows for number, rows in found}
