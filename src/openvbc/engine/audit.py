"""Audits: what must hold of a partition before it is published."""

from openvbc.engine.model import Model
from openvbc.engine.protocol import Engine
from openvbc.errors import CheckFailedError, Problem


def _repeated(model: Model, *, in_order: bool) -> str:
    """Rows that share their grain. In a file ordered by the grain they are neighbours."""
    if not in_order:
        return f"SELECT 1 FROM this GROUP BY {', '.join(model.grain)} HAVING count(*) > 1"
    same = " AND ".join(f"{it} IS NOT DISTINCT FROM lag({it}) OVER ()" for it in model.grain)
    return (
        f"SELECT 1 FROM (SELECT row_number() OVER () > 1 AND {same} AS same FROM this) WHERE same"
    )


def _selects(model: Model, *, in_order: bool) -> dict[str, str]:
    """Every audit of a model by name, those of required columns apart: its grain, and its own."""
    unique = {
        f"more than one row per {', '.join(model.grain)}": _repeated(model, in_order=in_order)
    }
    return {**unique, **model.audits}


def _count(engine: Engine, select: str) -> int:
    return int(engine.rows(f"SELECT count(*) FROM ({select}) AS broken")[0][0])


def _empty(engine: Engine, model: Model) -> dict[str, int]:
    """Required columns with empty cells. All are asked about at once, as hardly one ever has."""
    required = [column.name for column in model.columns if column.required]
    empty = " OR ".join(f"{name} IS NULL" for name in required)
    if not required or not _count(engine, f"SELECT 1 FROM this WHERE {empty}"):
        return {}
    counts = {it: _count(engine, f"SELECT 1 FROM this WHERE {it} IS NULL") for it in required}
    return {f"{it} is empty": count for it, count in counts.items()}


def audit(engine: Engine, model: Model, *, in_order: bool = False) -> None:
    """Run all audits of a model on the table `this`; in_order: it is ordered by its grain.

    Raises CheckFailedError naming model, audit and the number of rows that break it.
    """
    counts = {
        name: _count(engine, select) for name, select in _selects(model, in_order=in_order).items()
    }
    problems = [
        Problem(model.name, f"audit “{name}”: {count:,} rows break it")
        for name, count in {**counts, **_empty(engine, model)}.items()
        if count
    ]
    if problems:
        raise CheckFailedError(problems)
