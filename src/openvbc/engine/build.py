"""The build: makes every partition that is not in the store yet, audits it, publishes a run."""

import platform
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from openvbc.engine.audit import audit
from openvbc.engine.damage import damaged
from openvbc.engine.disk import disk_trouble
from openvbc.engine.duckdb import DuckDBEngine, QueryError
from openvbc.engine.macros import MACROS
from openvbc.engine.model import Model
from openvbc.engine.plan import Partitions, Plan, Wave
from openvbc.engine.protocol import Engine
from openvbc.engine.share import Share
from openvbc.engine.store import RUN_SCHEMA, Partition, Store, digest
from openvbc.errors import CheckFailedError, InputError, Problem

Progress = Callable[[str, int, int], None]
"""Called with a label, the work done and the work in all."""

Watch = Callable[[str | None], None]
"""Called by a thread with the table that it begins to make, and with None when it is done."""


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
class Spent:
    """What all partitions of one table took: seconds of processor and of the clock."""

    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass
class Tally:
    """What a build did, or a rehearsal would do: partitions by table, and what they took."""

    built: dict[str, int] = field(default_factory=dict)
    reused: dict[str, int] = field(default_factory=dict)
    spent: dict[str, Spent] = field(default_factory=dict)


@dataclass(frozen=True)
class Built:
    """A published run and what it took."""

    run_id: str
    built: int
    reused: int
    seconds: float
    tally: Tally


class Builder:
    """Builds all models over given input partitions into a store."""

    def __init__(
        self,
        store: Store,
        plan: Plan,
        limits: Limits,
        progress: Progress | None = None,
        watch: Watch | None = None,
        *,
        engines: Callable[[], Engine] | None = None,
        share: Share | None = None,
    ) -> None:
        self.store = store
        self.plan = plan
        self.limits = limits
        self._progress = progress or (lambda *_: None)
        self._watch = watch or (lambda _: None)
        self._engines = engines or self._duckdb
        self._share = share or Share()
        self._checked: set[str] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._tally = Tally()
        self._steps = 0
        self._dry = False

    def _duckdb(self) -> Engine:
        """The usual engine; machines that share the folder may have processes of one number."""
        spill = self.store.data / "spill"
        own = spill if self._dry else spill / platform.node()  # a rehearsal makes no folder
        return DuckDBEngine(self.limits.per_engine, own)

    def run(self, inputs: Partitions, facts: Mapping[str, Any]) -> Built:
        """Build everything and publish the run. facts go into the manifest (loads, contracts).

        Raises CheckFailedError for an audit that fails or a table that cannot be made, InputError
        for a file that is damaged; what was finished is kept for the next build.
        """
        started = datetime.now(UTC)
        tables = self._waves(inputs)
        manifest = {
            "schema": RUN_SCHEMA,
            "facts": facts,
            "tables": {
                name: [part.identity() for part in parts] for name, parts in sorted(tables.items())
            },
        }
        ended = datetime.now(UTC)
        built, reused = (sum(it.values()) for it in (self._tally.built, self._tally.reused))
        times = {
            "started": started.isoformat(),
            "ended": ended.isoformat(),
            "host": platform.node(),
            "built": built,
            "reused": reused,
            "cpu_s": {name: round(it.cpu_s, 3) for name, it in sorted(self._tally.spent.items())},
        }
        run_id = self.store.publish(manifest, times)
        return Built(run_id, built, reused, (ended - started).total_seconds(), self._tally)

    def make_share(self, inputs: Partitions) -> Tally:
        """Build this process's buckets, waiting for what others make; publish nothing."""
        self._waves(inputs)
        return self._tally

    def rehearse(self, inputs: Partitions) -> Tally:
        """What `run` would build and reuse, by table; nothing is made or written."""
        self._dry = True
        self._waves(inputs)
        return self._tally

    def _waves(self, inputs: Partitions) -> dict[str, list[Partition]]:
        built: dict[str, list[Partition]] = {name: list(parts) for name, parts in inputs.items()}
        buckets = sorted(
            {p.bucket for parts in inputs.values() for p in parts if p.bucket is not None}
        ) or [0]
        waves = self._share.waves(self.plan.waves())
        total = sum(
            len(wave.models) * (len(buckets) if wave.span == "person" else 1) for wave in waves
        )
        for wave in waves:
            places = buckets if wave.span == "person" else [None]
            own_first = self._share.own_first(places, is_last=wave is waves[-1])
            self._wave(wave, own_first, built, total)
        return built

    def _wave(
        self,
        wave: Wave,
        places: Sequence[int | None],
        built: dict[str, list[Partition]],
        total: int,
    ) -> None:
        """The models of a wave in every place, in the order of places that is given."""
        with ThreadPoolExecutor(self.limits.workers) as pool:
            try:
                chains = pool.map(lambda place: self._chain(wave, place, built, total), places)
                done = dict(zip(places, chains, strict=True))
            except BaseException:  # the other chains must not go on for minutes
                self._stop.set()
                raise
        in_order = [done[place] for place in sorted(done, key=lambda place: place or 0)]
        for model in wave.models:
            built[model.name] = [part for made in in_order for part in made[model.name]]

    def _chain(
        self, wave: Wave, bucket: int | None, built: Partitions, total: int
    ) -> dict[str, list[Partition]]:
        """All models of a wave for one bucket, by one engine."""
        mine: dict[str, list[Partition]] = {}
        engine = self._engines()
        try:
            for model in wave.models:
                known = {**built, **mine}
                with self._timed(model):
                    mine[model.name] = [
                        self._partition(engine, model, bucket, cut, known)
                        for cut in self.plan.slices(model, known)
                        if not self._stop.is_set()
                    ]
                self._step(model.name, total)
        finally:
            engine.close()
        return mine

    @contextmanager
    def _timed(self, model: Model) -> Iterator[None]:
        """Count what a thread spends on a table; its engine has no thread but this one."""
        self._watch(model.name)
        cpu, wall = time.thread_time(), time.monotonic()
        try:
            yield
        finally:
            self._watch(None)
            with self._lock:
                spent = self._tally.spent.setdefault(model.name, Spent())
                spent.cpu_s += time.thread_time() - cpu
                spent.wall_s += time.monotonic() - wall

    def _step(self, label: str, total: int) -> None:
        with self._lock:
            self._steps += 1
            self._progress(label, self._steps, total)

    def _count(self, counts: dict[str, int], model: Model) -> None:
        with self._lock:
            counts[model.name] = counts.get(model.name, 0) + 1

    def _partition(
        self, engine: Engine, model: Model, bucket: int | None, cut: str | None, known: Partitions
    ) -> Partition:
        inputs = self.plan.inputs(model, bucket, cut, known)
        address = self._address(engine, model, (bucket, cut), inputs)
        found = self.store.find(model.name, bucket, cut, address)
        if found is None and not self._share.makes(bucket):
            find = partial(self.store.find, model.name, bucket, cut, address)
            found = self._share.wait(model, bucket, find, self._stop)
        if found is not None:
            self._count(self._tally.reused, model)
            return found
        self._count(self._tally.built, model)
        if self._dry:
            return self.store.partition(model.name, bucket, cut, address, 0, "")
        with self._told(model, (bucket, cut), inputs):
            self._register(engine, model, inputs)
            made = self._write(engine, model, address)
        return self.store.partition(model.name, bucket, cut, address, *made)

    @contextmanager
    def _told(
        self, model: Model, place: tuple[int | None, str | None], inputs: Partitions
    ) -> Iterator[None]:
        """What the engine could not do, as a problem of the table and its partition.

        Where a file that it read is damaged, that is the problem.
        """
        try:
            yield
        except QueryError as error:
            lost = list(damaged(self.store, (it for parts in inputs.values() for it in parts)))
            if lost:
                raise InputError(lost) from error
            where = _place_of(model, *place)
            raise CheckFailedError(Problem(where, engine_trouble(error))) from error

    def _address(
        self, engine: Engine, model: Model, place: tuple[int | None, str | None], inputs: Partitions
    ) -> str:
        return digest(
            {
                "sql": model.sql,
                "schema": model.schema,
                "order": model.order,
                "audits": model.audits,
                "views": [(view.name, view.sql) for view in self.plan.views_of(model)],
                "macros": MACROS,
                "engine": engine.version,
                "place": place,
                "inputs": {
                    name: [part.content for part in parts] for name, parts in inputs.items()
                },
            }
        )

    def _register(self, engine: Engine, model: Model, inputs: Partitions) -> None:
        for name, parts in inputs.items():
            files = [self.store.data / part.path for part in parts]
            engine.table(name, files, self.plan.models[name].stored_schema)
        for view in self.plan.views_of(model):
            engine.view(view.name, view.sql)

    def _write(self, engine: Engine, model: Model, address: str) -> tuple[int, str]:
        if model.name not in self._checked:  # no partition has other types than another
            _check_schema(engine, model)
            self._checked.add(model.name)

        def write(path: Path) -> int:
            rows = engine.write(model.sql, model.schema, model.order, path)
            engine.table("this", [path], model.schema)
            audit(engine, model, in_order=True)
            return rows

        return self.store.put(address, write)


def _place_of(model: Model, bucket: int | None, cut: str | None) -> str:
    """A table with the bucket and the slice of one of its partitions."""
    place = ", ".join(f"{it}" for it in (f"bucket {bucket}", cut) if it != "bucket None" and it)
    return f"{model.name} ({place})" if place else model.name


def engine_trouble(error: Exception) -> str:
    """An engine's error in one line, without what it quotes: that may be a patient's."""
    if full := disk_trouble(error):
        return full
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.removesuffix("Exception"))
    first = next(iter(str(error).splitlines()), "")
    said = re.sub(r"'[^']*'|\"[^\"]*\"", "…", first.partition(": ")[2] or first)
    if kind == "Out Of Memory":
        return "out of memory; give it more with memory_mb, or fewer workers, in vbc.toml"
    return f"the engine failed ({kind.lower()}): {said}"


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
