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

    Raises InputError for anything but one SELECT, for two columns of one name, and for what the
    engine says is wrong with it.
    """
    try:
        parsed = sqlglot.parse(select, dialect="duckdb")
    except SqlglotError as error:
        raise InputError(Problem("sql", f"not SQL: {str(error).splitlines()[0]}")) from error
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        what = "expected one SELECT; `SELECT * FROM tables` lists the tables"
        raise InputError(Problem("sql", what))
    names, rows = _answer(run, select)
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        what = f"several columns are called {', '.join(doubled)}; name them with AS"
        raise InputError(Problem("sql", what))
    return names, rows


def _answer(run: Run, select: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    models = run.models
    listed = [[it, models[it].row, rows] for it, rows in run.rows().items() if it in models]
    engine = run.open()
    try:
        columns = {"name": "VARCHAR", "row": "VARCHAR", "rows": "BIGINT"}
        engine.rows_as_table(TABLES, columns, listed)
        engine.confine(run.store.data)
        return engine.columns(select)
    except QueryError as error:
        raise InputError(Problem("sql", str(error).splitlines()[0])) from error
    finally:
        engine.close()
