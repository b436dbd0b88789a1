"""The build: makes every partition that is not in the store yet, audits it, publishes a run."""

import os
import platform
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openvbc.engine.audit import audit
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.macros import MACROS
from openvbc.engine.model import Model
from openvbc.engine.plan import Partitions, Plan, Wave
from openvbc.engine.protocol import Engine
from openvbc.engine.store import RUN_SCHEMA, Partition, Store, digest
from openvbc.errors import CheckFailedError, Problem

Progress = Callable[[str, int, int], None]
"""Called with a label, the work done and the work in all."""


@dataclass(frozen=True)
class Limits:
    """What a build may use: memory in megabytes in all, and engines at a time."""

    memory_mb: int = 1600
    workers: int = 2

    @property
    def per_engine(self) -> str:
        """One engine's share of the memory."""
        return f"{max(200, self.memory_mb // self.workers)}MB"


@dataclass
class Tally:
    """What a build did."""

    built: int = 0
    reused: int = 0
    rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Built:
    """A published run and what it took."""

    run_id: str
    built: int
    reused: int
    seconds: float


class Builder:
    """Builds all models over given input partitions into a store."""

    def __init__(
        self, store: Store, plan: Plan, limits: Limits, progress: Progress | None = None
    ) -> None:
        self.store = store
        self.plan = plan
        self.limits = limits
        self._progress = progress or (lambda *_: None)
        self._lock = threading.Lock()
        self._tally = Tally()
        self._steps = 0

    def run(self, inputs: Partitions, facts: Mapping[str, Any]) -> Built:
        """Build everything and publish the run. facts go into the manifest (loads, contracts)."""
        started = datetime.now(UTC)
        self.store.sweep()
        built: dict[str, list[Partition]] = {name: list(parts) for name, parts in inputs.items()}
        buckets = sorted(
            {p.bucket for parts in inputs.values() for p in parts if p.bucket is not None}
        ) or [0]
        waves = self.plan.waves()
        total = sum(
            len(wave.models) * (len(buckets) if wave.span == "person" else 1) for wave in waves
        )
        for wave in waves:
            self._wave(wave, buckets, built, total)
        manifest = {
            "schema": RUN_SCHEMA,
            "facts": facts,
            "tables": {
                name: [part.identity() for part in parts] for name, parts in sorted(built.items())
            },
        }
        ended = datetime.now(UTC)
        times = {
            "started": started.isoformat(),
            "ended": ended.isoformat(),
            "host": platform.node(),
            "built": self._tally.built,
            "reused": self._tally.reused,
        }
        run_id = self.store.publish(manifest, times)
        return Built(
            run_id, self._tally.built, self._tally.reused, (ended - started).total_seconds()
        )

    def _wave(
        self, wave: Wave, buckets: Sequence[int], built: dict[str, list[Partition]], total: int
    ) -> None:
        places: Sequence[int | None] = buckets if wave.span == "person" else [None]
        with ThreadPoolExecutor(self.limits.workers) as pool:
            done = list(pool.map(lambda place: self._chain(wave, place, built, total), places))
        for model in wave.models:
            built[model.name] = [part for made in done for part in made[model.name]]

    def _chain(
        self, wave: Wave, bucket: int | None, built: Partitions, total: int
    ) -> dict[str, list[Partition]]:
        """All models of a wave for one bucket, by one engine."""
        mine: dict[str, list[Partition]] = {}
        engine = DuckDBEngine(self.limits.per_engine, self.store.data / "spill")
        try:
            for model in wave.models:
                known = {**built, **mine}
                mine[model.name] = [
                    self._partition(engine, model, bucket, cut, known)
                    for cut in self.plan.slices(model, known)
                ]
                self._step(model.name, total)
        finally:
            engine.close()
        return mine

    def _step(self, label: str, total: int) -> None:
        with self._lock:
            self._steps += 1
            self._progress(label, self._steps, total)

    def _partition(
        self, engine: Engine, model: Model, bucket: int | None, cut: str | None, known: Partitions
    ) -> Partition:
        inputs = self.plan.inputs(model, bucket, cut, known)
        address = self._address(engine, model, cut, inputs)
        found = self.store.find(model.name, bucket, cut, address)
        if found is None:
            self._register(engine, model, inputs)
            self._write(engine, model, address)
            found = self.store.find(model.name, bucket, cut, address)
        else:
            with self._lock:
                self._tally.reused += 1
        if found is None:
            what = "the partition vanished while it was written; is another build running?"
            raise CheckFailedError(Problem(model.name, what))
        return found

    def _address(self, engine: Engine, model: Model, cut: str | None, inputs: Partitions) -> str:
        return digest(
            {
                "sql": model.sql,
                "schema": model.schema,
                "grain": model.grain,
                "audits": model.audits,
                "views": [(view.name, view.sql) for view in self.plan.views_of(model)],
                "macros": MACROS,
                "engine": engine.version,
                "slice": cut,
                "inputs": {
                    name: [part.address for part in parts] for name, parts in inputs.items()
                },
            }
        )

    def _register(self, engine: Engine, model: Model, inputs: Partitions) -> None:
        for name, parts in inputs.items():
            files = [self.store.data / part.path for part in parts]
            engine.table(name, files, self.plan.models[name].stored_schema)
        for view in self.plan.views_of(model):
            engine.view(view.name, view.sql)

    def _write(self, engine: Engine, model: Model, address: str) -> None:
        _check_schema(engine, model)

        def write(path: Path) -> int:
            rows = engine.write(model.sql, model.schema, model.grain, path)
            engine.table("this", [path], model.schema)
            audit(engine, model)
            return rows

        self.store.put(address, write)
        with self._lock:
            self._tally.built += 1


def _check_schema(engine: Engine, model: Model) -> None:
    """The SELECT's types must be the declared ones; only HUGEINT sums may become BIGINT."""
    found = engine.describe(model.sql)
    if list(found) != list(model.schema):
        what = f"its columns are {', '.join(found)}; declared: {', '.join(model.schema)}"
        raise CheckFailedError(Problem(model.name, what))
    wrong = [
        Problem(model.name, f"column {name} is {found[name]}; declared {declared}")
        for name, declared in model.schema.items()
        if found[name] != declared and (found[name], declared) != ("HUGEINT", "BIGINT")
    ]
    if wrong:
        raise CheckFailedError(wrong)


def default_limits() -> Limits:
    """Two engines, or one on a single core, in 1.6 GB."""
    return Limits(workers=min(2, os.cpu_count() or 1))
