"""Questions to a built run: one SELECT, nothing else, and no file outside the workspace."""

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from openvbc.engine.duckdb import QueryError
from openvbc.engine.run import Run
from openvbc.errors import InputError, Problem

TABLES = "tables"


def query(run: Run, select: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The column names and rows of a SELECT over the run's tables.

    Raises InputError for anything but one SELECT, and for what the engine says is wrong with it.
    """
    try:
        parsed = sqlglot.parse(select, dialect="duckdb")
    except SqlglotError as error:
        raise InputError(Problem("sql", f"not SQL: {str(error).splitlines()[0]}")) from error
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        raise InputError(Problem("sql", "expected one SELECT"))
    engine = run.open()
    listed = [[name, run.models[name].row, rows] for name, rows in run.rows().items()]
    engine.rows_as_table(TABLES, {"name": "VARCHAR", "row": "VARCHAR", "rows": "BIGINT"}, listed)
    engine.confine(run.store.data)
    try:
        return engine.columns(select)
    except QueryError as error:
        raise InputError(Problem("sql", str(error).splitlines()[0])) from error
    finally:
        engine.close()
