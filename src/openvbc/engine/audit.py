"""Audits: what must hold of a partition before it is published."""

from openvbc.engine.model import Model
from openvbc.engine.protocol import Engine
from openvbc.errors import CheckFailedError, Problem


def _selects(model: Model) -> dict[str, str]:
    """Every audit of a model by name: its grain, its required columns, and its own."""
    grain = ", ".join(model.grain)
    required = [column.name for column in model.columns if column.required]
    empty = {f"{name} is empty": f"SELECT 1 FROM this WHERE {name} IS NULL" for name in required}
    unique = f"SELECT 1 FROM this GROUP BY {grain} HAVING count(*) > 1"
    return {f"more than one row per {grain}": unique, **empty, **model.audits}


def audit(engine: Engine, model: Model) -> None:
    """Run all audits of a model on the table `this`.

    Raises CheckFailedError naming model, audit and the number of rows that break it.
    """
    problems = []
    for name, select in _selects(model).items():
        count = engine.rows(f"SELECT count(*) FROM ({select}) AS broken")[0][0]
        if count:
            problems.append(Problem(model.name, f"audit “{name}”: {count:,} rows break it"))
    if problems:
        raise CheckFailedError(problems)
