"""A bare scan of the canonical columns that the core set reads: the measure of every stage."""

import json
import re
import statistics
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model
from openvbc.workspace import Workspace

TIMES: Final = 3
_WORD: Final = re.compile(r"[a-z]\w*")
_SUMMED: Final = ("BIGINT", "INTEGER", "DECIMAL")

Columns = Mapping[str, Sequence[str]]
"""Table → columns."""


def columns_read(workspace: Workspace, core: Collection[str]) -> dict[str, list[str]]:
    """Loaded table → the columns that the core models read, by the engine's own plans.

    The plans are made over empty tables, where each scan says which table it is of.
    """
    plan, models = workspace.plan(), workspace.models
    found: dict[str, set[str]] = {}
    engine = DuckDBEngine("200MB", workspace.data / "spill")
    try:
        engine.rows("SET disabled_optimizers = 'statistics_propagation,empty_result_pullup'")
        for model in models.values():
            if model.kind != "view":
                engine.rows_as_table(model.name, model.stored_schema, [])
        for name in core:
            for view in plan.views_of(models[name]):
                engine.view(view.name, view.sql)
            rows = engine.rows(f"EXPLAIN (FORMAT json) {models[name].sql}")
            for table, columns in _scans(json.loads(rows[0][1])):
                found.setdefault(table, set()).update(columns)
    finally:
        engine.close()
    loaded = {name: found[name] for name in sorted(found) if models[name].kind == "loaded"}
    return {
        name: [it for it in models[name].stored_schema if it in columns]
        for name, columns in loaded.items()
    }


def _scans(plan: Any) -> Iterator[tuple[str, set[str]]]:
    """Each scan in a plan: its table, and the words of what it projects and filters."""
    for node in plan if isinstance(plan, list) else [plan]:
        extra = node.get("extra_info", {})
        if "Table" in extra:
            text = f"{extra.get('Projections', '')} {extra.get('Filters', '')}"
            yield str(extra["Table"]).rpartition(".")[2].strip('"'), set(_WORD.findall(text))
        yield from _scans(node.get("children", []))


def aggregates(model: Model, columns: Sequence[str]) -> str:
    """One aggregate for each column: a sum of numbers, the least of anything else."""
    kinds = model.stored_schema
    return ", ".join(f"{'sum' if kinds[it].startswith(_SUMMED) else 'min'}({it})" for it in columns)


def scan_cpu_s(workspace: Workspace, columns: Columns) -> float:
    """CPU-seconds of reading the columns once, each table by itself: the median of three."""
    run = workspace.run()
    engine = run.open(f"{workspace.settings.memory_mb}MB", workspace.settings.workers)
    try:
        return statistics.median(_once(engine, workspace, columns) for _ in range(TIMES))
    finally:
        engine.close()


def _once(engine: DuckDBEngine, workspace: Workspace, columns: Columns) -> float:
    started = time.process_time()
    for table, names in columns.items():
        engine.rows(f"SELECT {aggregates(workspace.models[table], names)} FROM {table}")
    return time.process_time() - started
