"""The small input tables of a build: rows given by contracts and code lists."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Column, Model
from openvbc.engine.store import Partition, Store, digest
from openvbc.errors import InputError, Problem

Row = Mapping[str, Any]


def code_list_model(path: Path) -> Model:
    """The declaration of a code list: its header's columns; *_day are dates, the rest text."""
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    columns = tuple(
        Column(name, "DATE" if name.endswith("_day") else "VARCHAR", "see the note beside the list")
        for name in header
    )
    return Model(
        name=path.stem,
        stage="inputs",
        row=f"One entry of the code list {path.stem}.",
        grain=tuple(header),
        span="all",
        period="none",
        kind="input",
        columns=columns,
    )


def code_list_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a code list, dates read and empty cells as None."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: _cell(name, text) for name, text in row.items()} for row in csv.DictReader(file)
        ]


def _cell(name: str, text: str) -> date | str | None:
    if not text:
        return None
    return date.fromisoformat(text) if name.endswith("_day") else text


def put_rows(
    store: Store,
    engine: DuckDBEngine,
    model: Model,
    rows: Sequence[Row],
    cut: str | None = None,
    *,
    dry: bool = False,
) -> Partition:
    """Store rows as one partition of an input table, in its order.

    dry: only say which partition it would be.
    """
    content = [[row.get(name) for name in model.schema] for row in rows]
    address = digest(
        {
            "table": model.name,
            "schema": model.schema,
            "rows": content,
            "slice": cut,
            "engine": engine.version,
        }
    )
    found = store.find(model.name, None, cut, address)
    if found is not None or dry:
        return found or store.partition(model.name, None, cut, address, len(rows), "")
    engine.rows_as_table("given", model.schema, content)
    sql = "SELECT * FROM given"
    made = store.put(address, lambda path: engine.write(sql, model.schema, model.order, path))
    return store.partition(model.name, None, cut, address, *made)


def put_select(
    store: Store,
    engine: DuckDBEngine,
    model: Model,
    sql: str,
    made_of: Mapping[str, Any],
    *,
    dry: bool = False,
) -> Partition:
    """Store a SELECT's rows as the one partition of an input table, in its order.

    made_of: what the rows come from, by checksum. dry: only say which partition it would be. Raises
    InputError where a row of the grain stands twice: it would double what it joins.
    """
    address = digest(
        {"table": model.name, "schema": model.schema, **made_of, "engine": engine.version}
    )
    found = store.find(model.name, None, None, address)
    if found is not None or dry:
        rows = 0 if found else int(engine.rows(f"SELECT count(*) FROM ({sql})")[0][0])
        return found or store.partition(model.name, None, None, address, rows, "")
    _refuse_doubled(engine, model, sql)
    made = store.put(address, lambda path: engine.write(sql, model.schema, model.order, path))
    return store.partition(model.name, None, None, address, *made)


def _refuse_doubled(engine: DuckDBEngine, model: Model, sql: str) -> None:
    grain = ", ".join(model.grain)
    doubled = engine.rows(f"SELECT {grain} FROM ({sql}) GROUP BY {grain} HAVING count(*) > 1")
    if doubled:
        first = ", ".join(
            f"{name} {cell}" for name, cell in zip(model.grain, doubled[0], strict=True)
        )
        what = f"{len(doubled)} rows stand more than once, the first {first}; keep one of each"
        raise InputError(Problem(model.name, what))
