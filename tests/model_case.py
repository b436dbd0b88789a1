"""Model cases: rows in, rows out, and the rows of the steps between, written as YAML.

A case holds a title, the reason, defaults, tables and expectations:

    defaults: {medical_claim: {claim_key: "c{n}", claim_id: "=claim_key"}}
    tables:
      medical_claim:
        - columns: [person_id, paid_cents]
          rows: [[P1, $120.00]]
    expect:
      person_year:
        columns: [person_id, claims_cents]
        where: contract_id = 'aco'
        rows: [[P1, $120.00]]

A cell that is not given takes its default, else it is empty. In a default {n} is the row's number
and =name another cell of the row. $ marks dollars. `with` holds values for all rows of a block. A
code list that a case gives stands for the shipped one. An expectation lists every row of the table
(or of those under `where`), in any order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from openvbc.engine.audit import audit
from openvbc.engine.build import _check_schema
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import code_list_model, code_list_rows
from openvbc.engine.model import MODELS_FOLDER, Model, read_models
from openvbc.money import to_cents

CASES = Path(__file__).parent / "models"
CODE_LISTS = MODELS_FOLDER.parent / "parameters"


@dataclass(frozen=True)
class Case:
    """One YAML file."""

    title: str
    defaults: Mapping[str, Mapping[str, Any]]
    tables: Mapping[str, list[Mapping[str, Any]]]
    expect: Mapping[str, Mapping[str, Any]]


def read_case(path: Path) -> Case:
    it = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return Case(it["title"], it.get("defaults", {}), it["tables"], it["expect"])


@cache
def models() -> dict[str, Model]:
    return read_models(MODELS_FOLDER)


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("$"):
        return to_cents(Decimal(value[1:]))
    return value


def _filled(given: Mapping[str, Any], defaults: Mapping[str, Any], number: int) -> dict[str, Any]:
    row = {name: _cell(value) for name, value in {**defaults, **given}.items()}
    row = {k: v.format(n=number) if isinstance(v, str) else v for k, v in row.items()}
    return {k: row[v[1:]] if isinstance(v, str) and v[:1] == "=" else v for k, v in row.items()}


def _rows(case: Case, table: str) -> Iterator[dict[str, Any]]:
    number = 0
    for block in case.tables.get(table, []):
        for cells in block["rows"]:
            number += 1
            given = {**block.get("with", {}), **dict(zip(block["columns"], cells, strict=True))}
            yield _filled(given, case.defaults.get(table, {}), number)


def _needed(case: Case, name: str) -> Iterator[str]:
    model = models().get(name)
    for read in model.reads if model is not None and name not in case.tables else ():
        yield from _needed(case, read)
    yield name


def _give(engine: DuckDBEngine, model: Model, rows: list[dict[str, Any]]) -> None:
    schema = model.stored_schema
    unknown = {name for row in rows for name in row} - set(schema)
    assert not unknown, f"{model.name} has no column {sorted(unknown)}"
    engine.rows_as_table(model.name, schema, [[row.get(it) for it in schema] for row in rows])


def _compute(engine: DuckDBEngine, model: Model) -> None:
    """Make a model's table in the way of the builder: types as declared, audits passed."""
    if model.kind == "view":
        engine.view(model.name, model.sql)
        return
    _check_schema(engine, model)
    cast = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in model.schema.items())
    engine.rows(f"CREATE OR REPLACE TEMP TABLE {model.name} AS SELECT {cast} FROM ({model.sql})")
    engine.view("this", f"SELECT * FROM {model.name}")
    audit(engine, model)


def build(case: Case, engine: DuckDBEngine) -> None:
    """Make every table that the case's expectations look at, and those before it."""
    for path in sorted(CODE_LISTS.rglob("*.csv")):
        own = path.stem in case.tables
        rows = list(_rows(case, path.stem)) if own else code_list_rows(path)
        _give(engine, code_list_model(path), rows)
    for name in dict.fromkeys(need for table in case.expect for need in _needed(case, table)):
        model = models().get(name)
        if model is not None and (name in case.tables or not model.sql):
            _give(engine, model, list(_rows(case, name)))
        elif model is not None:
            _compute(engine, model)


def found(case: Case, engine: DuckDBEngine, table: str) -> list[tuple[Any, ...]]:
    wanted = case.expect[table]
    where = wanted.get("where", "TRUE")
    rows = engine.rows(f"SELECT {', '.join(wanted['columns'])} FROM {table} WHERE {where}")
    return sorted(rows, key=repr)


def expected(case: Case, table: str) -> list[tuple[Any, ...]]:
    rows = (tuple(_cell(value) for value in row) for row in case.expect[table]["rows"])
    return sorted(rows, key=repr)
