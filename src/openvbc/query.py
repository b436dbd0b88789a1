"""Questions to a built run: one SELECT, nothing else, and no file outside the run.

Sensitive rows are left out of every table before the question is asked, so a question may name
only the run's tables: no file, no function that reads one, no catalog of the engine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from openvbc.confidentiality.release import Release
from openvbc.confidentiality.withhold import HIDDEN, Withholding
from openvbc.engine.duckdb import DuckDBEngine, QueryError
from openvbc.engine.run import Run
from openvbc.errors import InputError, Problem, near

TABLES = "tables"

_ROWS_OF_NOTHING: Final = frozenset({"generate_series", "range", "unnest"})
"""Functions that make rows and read nothing."""


@dataclass(frozen=True)
class Answer:
    """Column names and rows of a question; withheld: table → rows it could not see."""

    names: list[str]
    rows: list[tuple[Any, ...]]
    withheld: dict[str, int] = field(default_factory=dict)


def query(run: Run, select: str, root: Path, release: Release | None = None) -> Answer:
    """The answer of a SELECT over the run's tables, without rows that may not be shown.

    root holds the register of consents. Raises InputError for anything but one SELECT over tables
    of the run, for two columns of one name, and for what the engine says is wrong with it.
    """
    try:
        parsed = sqlglot.parse(select, dialect="duckdb")
    except SqlglotError as error:
        raise InputError(Problem("sql", f"not SQL: {str(error).splitlines()[0]}")) from error
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        what = "expected one SELECT; `SELECT * FROM tables` lists the tables"
        raise InputError(Problem("sql", what))
    problems = list(_strange(parsed[0], run))
    if problems:
        raise InputError(problems)
    found = _answer(run, select, parsed[0], root, release or Release())
    doubled = sorted({name for name in found.names if found.names.count(name) > 1})
    if doubled:
        what = f"several columns are called {', '.join(doubled)}; name them with AS"
        raise InputError(Problem("sql", what))
    return found


def _strange(parsed: exp.Query, run: Run) -> Iterator[Problem]:
    """What a question selects from that is no table of the run."""
    own = {it.alias_or_name.lower() for it in parsed.find_all(exp.CTE)}
    known = {TABLES, *run.models}
    if any(not it.isidentifier() or it in HIDDEN for it in own):
        yield Problem("sql", "name WITH tables by letters, digits and _, and not as tables of ours")
    for table in parsed.find_all(exp.Table):
        name = table.name.lower()
        if isinstance(table.this, exp.Func):
            name = table.this.name.lower() if isinstance(table.this, exp.Anonymous) else ""
            if name not in _ROWS_OF_NOTHING and not isinstance(table.this, _MAKERS):
                yield Problem("sql", "reads rows by a function; select from the run's tables")
        elif table.db.lower() == "information_schema":
            continue
        elif table.db or name not in known | own:
            yield Problem("sql", f"no such table{near(name, known)}")
    for call in parsed.find_all(exp.Anonymous):
        if call.name.lower() in _READERS:
            yield Problem("sql", f"{call.name.lower()} is not allowed here")


_MAKERS: Final = (exp.GenerateSeries, exp.Explode, exp.Unnest)
_READERS: Final = frozenset({"getenv", "query", "query_table", "read_blob", "read_text"})


def _tables(parsed: exp.Query, run: Run) -> set[str]:
    """The stored tables that a question reads, also through views."""
    found: set[str] = set()
    todo = {table.name.lower() for table in parsed.find_all(exp.Table)}
    while todo:
        name = todo.pop()
        if name in run.models and name not in found:
            found.add(name)
            todo |= set(run.models[name].reads) if run.models[name].kind == "view" else set()
    return found


def _answer(run: Run, select: str, parsed: exp.Query, root: Path, release: Release) -> Answer:
    engine = run.open()
    try:
        withholding = Withholding(engine, run, root, release)
        withholding.narrow()
        _list_tables(engine, run)
        engine.confine(run.store.data)
        names, rows = engine.columns(select)
        return Answer(names, rows, withholding.left_out(_tables(parsed, run)))
    except QueryError as error:
        raise InputError(Problem("sql", str(error).splitlines()[0])) from error
    finally:
        engine.close()


def _list_tables(engine: DuckDBEngine, run: Run) -> None:
    models = run.models
    listed = [[it, models[it].row, rows] for it, rows in run.rows().items() if it in models]
    columns = {"name": "VARCHAR", "row": "VARCHAR", "rows": "BIGINT"}
    engine.rows_as_table(TABLES, columns, listed)
