"""Audits: what must hold of a partition before it is published."""

from openvbc.engine.model import Model
from openvbc.engine.protocol import Engine
from openvbc.errors import CheckFailedError, Problem


def _repeated(model: Model, *, in_order: bool) -> str:
    """Whether a row's grain stood before. In a file in order such rows are neighbours."""
    if not in_order:
        return f"row_number() OVER (PARTITION BY {', '.join(model.grain)}) > 1"
    same = " AND ".join(f"{it} IS NOT DISTINCT FROM lag({it}) OVER ()" for it in model.grain)
    return f"row_number() OVER () > 1 AND {same}"


def _count(engine: Engine, select: str) -> int:
    return int(engine.rows(f"SELECT count(*) FROM ({select}) AS broken")[0][0])


def _of_rows(engine: Engine, model: Model, *, in_order: bool) -> dict[str, int]:
    """Rows that repeat a grain, and required columns with empty cells, in one reading.

    Which columns is asked only where there is an empty cell, as hardly one ever has.
    """
    required = [column.name for column in model.columns if column.required]
    empty = " OR ".join(f"{name} IS NULL" for name in required) or "FALSE"
    repeated = _repeated(model, in_order=in_order)
    rows, cells = engine.rows(
        "SELECT count(*) FILTER (WHERE repeated), count(*) FILTER (WHERE empty) "
        f"FROM (SELECT {repeated} AS repeated, {empty} AS empty FROM this) AS checked"
    )[0]
    found = {f"more than one row per {', '.join(model.grain)}": int(rows)}
    if cells:
        asked = {it: f"SELECT 1 FROM this WHERE {it} IS NULL" for it in required}
        found |= {f"{it} is empty": _count(engine, select) for it, select in asked.items()}
    return found


def audit(engine: Engine, model: Model, *, in_order: bool = False) -> None:
    """Run all audits of a model on the table `this`; in_order: its rows lie in `Model.order`.

    Raises CheckFailedError naming model, audit and the number of rows that break it.
    """
    own = {name: _count(engine, select) for name, select in model.audits.items()}
    problems = [
        Problem(model.name, f"audit “{name}”: {count:,} rows break it")
        for name, count in {**_of_rows(engine, model, in_order=in_order), **own}.items()
        if count
    ]
    if problems:
        raise CheckFailedError(problems)
