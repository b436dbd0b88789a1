"""What a build takes from risk packs: requests, and the packs' rows as input tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model
from openvbc.engine.store import Partition, Store, digest
from openvbc.errors import InputError, Problem
from openvbc.risk.pack import PACKS_FOLDER, TABLES, find_pack, read_pack

SHARED: Final = ("claim_rule", "specialty")
"""Tables of all models: which claims carry diagnoses, which specialties do not."""

AGE_MONTH: Final = 2
"""CMS takes the age on 1 February of the payment year."""


@dataclass(frozen=True)
class Asked:
    """One risk model that somebody asks for one year.

    paid_through: claims that stood by this day count; service_list: the name of a list of eligible
    services that the user loaded, or none.
    """

    risk_model: str
    year: int
    line_of_business: str
    paid_through: date
    service_list: str | None = None


def request_row(asked: Asked, head: Mapping[str, Any]) -> dict[str, Any]:
    """The row of risk_request; diagnoses are of as many years before as the model's were."""
    lag = int(head["payment_year"]) - int(head.get("diagnosis_year", head["payment_year"]))
    read = asked.year - lag
    window = (asked.line_of_business, read, asked.paid_through, asked.service_list or "no list")
    return {
        "request_id": f"{asked.risk_model}/{asked.year}/{asked.line_of_business}",
        "risk_model": asked.risk_model,
        "year": asked.year,
        "line_of_business": asked.line_of_business,
        "window_id": "/".join(map(str, window)),
        "first_day": date(asked.year, 1, 1),
        "last_day": date(asked.year, 12, 31),
        "diagnosis_first_day": date(read, 1, 1),
        "diagnosis_last_day": date(read, 12, 31),
        "paid_through": asked.paid_through,
        "age_on": date(asked.year, AGE_MONTH, 1),
        "service_list": asked.service_list,
    }


def risk_requests(asked: Iterable[Asked], *folders: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of risk_request by year.

    Raises InputError for a model without a pack, and where two ask for one model and year
    otherwise (another paid-through day or service list).
    """
    years: dict[str, list[dict[str, Any]]] = {}
    found: dict[str, Asked] = {}
    problems: list[Problem] = []
    for it in asked:
        row = request_row(it, read_pack(find_pack(it.risk_model, *folders)).head)
        first = found.setdefault(row["request_id"], it)
        if first == it and row not in years.get(str(it.year), []):
            years.setdefault(str(it.year), []).append(row)
        elif first != it:
            what = f"is asked with {it.paid_through} and {first.paid_through}; say one day"
            problems.append(Problem(row["request_id"], what))
    if problems:
        raise InputError(problems)
    return years


def _cells(model: Model, given: Sequence[str], risk_model: str) -> str:
    cells = [
        f"'{risk_model}' AS risk_model"
        if name == "risk_model"
        else f"CAST({name} AS {kind}) AS {name}"
        for name, kind in model.schema.items()
        if name == "risk_model" or name in given
    ]
    return ", ".join(cells)


def _csv(path: Path) -> str:
    quoted = str(path).replace("'", "''")
    return f"read_csv('{quoted}', header = true, all_varchar = true)"


def pack_select(model: Model, places: Sequence[Path]) -> str:
    """The SELECT that reads one table of several packs."""
    table = model.name.removeprefix("risk_")
    parts = [
        f"SELECT {_cells(model, TABLES[table], place.name)} FROM {_csv(place / f'{table}.csv')}"
        for place in places
    ]
    return "\nUNION ALL\n".join(parts)


OLDEST: Final = 130

DEMOGRAPHIC: Final = """\
SELECT
    c.risk_model, f.segment, s.sex, a.age, c.variable, f.factor_e9, c.original_reasons, c.duals,
    c.institutional, c.treatment, c.graft_from, c.graft_to
FROM ({condition}) AS c
JOIN ({factor}) AS f ON f.risk_model = c.risk_model AND f.variable = c.variable
JOIN (VALUES ('female'), ('male')) AS s (sex) ON c.sex IS NULL OR c.sex = s.sex
JOIN (SELECT unnest(range({oldest} + 1)) AS age) AS a
    ON a.age >= COALESCE(c.age_from, 0) AND a.age <= COALESCE(c.age_to, {oldest})
WHERE c.kind = 'factor'"""
"""Conditions written out by segment, sex and year of age, so that people are looked up at once."""


def risk_selects(
    models: Mapping[str, Model], risk_models: Iterable[str], *folders: Path
) -> dict[str, str]:
    """Input table → the SELECT of its rows, for the packs that are asked for.

    Every pack is read and held to its checksums first; raises InputError where one fails.
    """
    places = [find_pack(name, *folders) for name in sorted({*risk_models})]
    for place in places:
        read_pack(place)
    found = {
        f"risk_{table}": pack_select(models[f"risk_{table}"], places) for table in TABLES if places
    }
    if places:
        condition, factor = found["risk_condition"], found["risk_factor"]
        sql = DEMOGRAPHIC.format(condition=condition, factor=factor, oldest=OLDEST)
        found["risk_demographic"] = sql
    shared = {f"risk_{table}": _shared(models[f"risk_{table}"]) for table in SHARED}
    return found | shared


def _shared(model: Model) -> str:
    path = PACKS_FOLDER / f"{model.name.removeprefix('risk_')}.csv"
    return f"SELECT {_cells(model, list(model.schema), '')} FROM {_csv(path)}"


def put_selects(
    store: Store, engine: DuckDBEngine, models: Mapping[str, Model], selects: Mapping[str, str]
) -> dict[str, list[Partition]]:
    """Store input tables, each as one partition, ordered by its grain."""
    made = {}
    for name, sql in selects.items():
        model = models[name]
        rows = engine.rows(sql)
        address = digest(
            {"table": name, "schema": model.schema, "rows": rows, "engine": engine.version}
        )
        part = store.find(name, None, None, address)
        if part is None:
            wrote = store.put(
                address,
                lambda path, sql=sql, model=model: engine.write(  # type: ignore[misc]
                    sql, model.schema, model.grain, path
                ),
            )
            part = store.partition(name, None, None, address, *wrote)
        made[name] = [part]
    return made
