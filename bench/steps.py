"""Where the core set's time goes: its plans by kind of step, in scans of the same people.

    python bench/steps.py WORKSPACE [--bucket 0] [--memory-mb 2000]

WORKSPACE is what `vbc bench --members N --dir DIR` leaves in DIR/N. Every partition of one bucket
is made once more, by one thread, and each step of its plan is asked what it took. A scan is one
aggregate of each column that the core set reads, of the same bucket. What a build does besides is
not in it: planning, audits, hashes.
"""

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from openvbc.bench.scan import TIMES, aggregates, columns_read
from openvbc.bench.stages import CORE
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model
from openvbc.engine.plan import Partitions
from openvbc.workspace import Workspace

KINDS = {
    "SCAN": "reading",
    "JOIN": "joining",
    "GROUP": "grouping",
    "WINDOW": "ranking",
    "ORDER": "ordering",
    "COPY": "writing",
}
REST = "the rest"
"""Expressions, filters, and rows that are held for two readers."""

WIDTH = 110


def steps(nodes: list[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Kind and seconds of every step of a plan that was run."""
    for it in nodes:
        kind = it.get("type", "")
        held = "CTE" in kind or "DELIM" in kind
        found = [name for part, name in KINDS.items() if part in kind and not held]
        yield found[0] if found else REST, it.get("timing", 0.0)
        yield from steps(it.get("children", []))


def of_bucket(parts: Partitions, bucket: int) -> dict[str, list[Any]]:
    """Each table's partitions that one bucket may read."""
    return {name: [it for it in of if it.bucket in {bucket, None}] for name, of in parts.items()}


def made_again(
    engine: DuckDBEngine, workspace: Workspace, model: Model, built: Partitions, file: Path
) -> Counter[str]:
    """Seconds by kind of step of one table's partitions."""
    plan, spent = workspace.plan(), Counter[str]()
    for part in built[model.name]:
        for name, parts in plan.inputs(model, part.bucket, part.slice, built).items():
            files = [workspace.data / it.path for it in parts]
            engine.table(name, files, workspace.models[name].stored_schema)
        for view in plan.views_of(model):
            engine.view(view.name, view.sql)
        text = engine.rows(
            f"EXPLAIN (ANALYZE, FORMAT json) COPY (SELECT * FROM ({model.sql}) "
            f"ORDER BY {', '.join(model.order)}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
        )[0][1]
        for kind, seconds in steps(json.loads(text)["operator"]):
            spent[kind] += seconds
    return spent


def scan_s(engine: DuckDBEngine, workspace: Workspace, built: Partitions) -> float:
    """Seconds of one scan of the bucket."""
    columns = columns_read(workspace, CORE)
    for name in columns:
        files = [workspace.data / it.path for it in built.get(name, ())]
        engine.table(name, files, workspace.models[name].stored_schema)
    times = []
    for _ in range(TIMES):
        started = time.thread_time()
        for name, wanted in columns.items():
            engine.rows(f"SELECT {aggregates(workspace.models[name], wanted)} FROM {name}")
        times.append(time.thread_time() - started)
    return statistics.median(times)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--bucket", type=int, default=0)
    parser.add_argument("--memory-mb", type=int, default=2000)
    chosen = parser.parse_args()
    workspace = Workspace(chosen.workspace)
    run = workspace.run()
    built = of_bucket({it: run.partitions(it) for it in run.manifest["tables"]}, chosen.bucket)
    with TemporaryDirectory() as folder:
        engine = DuckDBEngine(f"{chosen.memory_mb}MB", Path(folder))
        scan = scan_s(engine, workspace, built)
        spent = {
            name: made_again(engine, workspace, model, built, Path(folder) / "made.parquet")
            for name, model in workspace.models.items()
            if name in CORE and model.kind != "view"
        }
        engine.close()
    kinds = [*KINDS.values(), REST]
    table = Table(title=f"in scans of {scan:.2f} s", title_justify="left")
    table.add_column("table", no_wrap=True)
    for kind in [*kinds, "all"]:
        table.add_column(kind, justify="right")
    whole = sum(spent.values(), Counter[str]())
    for name in sorted(spent, key=lambda it: -spent[it].total()):
        table.add_row(name, *_cells(spent[name], kinds, scan))
    table.add_section()
    table.add_row("the core set", *_cells(whole, kinds, scan))
    Console(width=WIDTH).print(table)


def _cells(spent: Counter[str], kinds: list[str], scan: float) -> list[str]:
    return [f"{it / scan:.2f}" for it in [*(spent[kind] for kind in kinds), spent.total()]]


if __name__ == "__main__":
    main()
