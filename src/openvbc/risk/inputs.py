"""What a build takes from risk packs: requests, and the packs' rows as input tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import put_select
from openvbc.engine.model import Model
from openvbc.engine.store import Partition, Store, digest, file_digest
from openvbc.risk.head import LAST_DAY, read_head
from openvbc.risk.pack import PACKS_FOLDER, TABLES, find_pack, read_pack

SHARED: Final = ("claim_rule", "specialty")
"""Tables of all models: which claims carry diagnoses, which specialties do not."""

AGE_MONTH: Final = 2
"""CMS takes the age on 1 February of the payment year."""


@dataclass(frozen=True)
class Asked:
    """One risk model that somebody asks for one year.

    paid_through: claims that stood by this day count.
    """

    risk_model: str
    year: int
    line_of_business: str
    paid_through: date


KEY_LENGTH: Final = 12
"""Longer keys do not stand in the engine's own cells, and every join of scores is by them."""


def _key(*parts: object) -> str:
    return digest([*map(str, parts)])[:KEY_LENGTH]


def request_id(asked: Asked) -> str:
    """Names a request: two that differ in the day of claims are two."""
    return _key(asked.risk_model, asked.year, asked.line_of_business, asked.paid_through)


def request_row(
    asked: Asked, head: Mapping[str, Any], lists: Collection[str] = ()
) -> dict[str, Any]:
    """The row of risk_request; diagnoses are of as many years before as the model's were.

    lists: the years of service of which a list of eligible services is given.
    """
    lag = int(head["payment_year"]) - int(head.get("diagnosis_year", head["payment_year"]))
    read = asked.year - lag
    services = str(read) if str(read) in lists else None
    window = (asked.line_of_business, read, asked.paid_through, services)
    return {
        "request_id": request_id(asked),
        "risk_model": asked.risk_model,
        "year": asked.year,
        "line_of_business": asked.line_of_business,
        "window_id": _key(*window),
        "first_day": date(asked.year, 1, 1),
        "last_day": date(asked.year, 12, 31),
        "diagnosis_first_day": date(read, 1, 1),
        "diagnosis_last_day": date(read, 12, 31),
        "paid_through": asked.paid_through,
        "age_on": None if head.get("age") == LAST_DAY else date(asked.year, AGE_MONTH, 1),
        "service_list": services,
    }


def risk_requests(
    asked: Iterable[Asked], *folders: Path, lists: Collection[str] = ()
) -> dict[str, list[dict[str, Any]]]:
    """The rows of risk_request by year, each request once; lists: as `request_row` has it.

    Raises InputError for a model without a pack.
    """
    years: dict[str, list[dict[str, Any]]] = {}
    for it in dict.fromkeys(asked):
        row = request_row(it, read_head(find_pack(it.risk_model, *folders)), lists)
        years.setdefault(str(it.year), []).append(row)
    return years


def risk_days(asked: Iterable[Asked]) -> dict[str, tuple[date, date]]:
    """Year → the first and last day that its scores look at: diagnoses are of the year before."""
    years = sorted({it.year for it in asked})
    return {str(year): (date(year - 1, 1, 1), date(year, 12, 31)) for year in years}


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


def _sources(risk_models: Iterable[str], *folders: Path) -> dict[str, str]:
    """What the input tables are made of, by checksum."""
    return pack_facts(risk_models, *folders) | shared_facts()


def shared_facts() -> dict[str, str]:
    """The tables of all models by checksum."""
    return {name: file_digest(PACKS_FOLDER / f"{name}.csv") for name in SHARED}


def put_packs(
    store: Store,
    engine: DuckDBEngine,
    models: Mapping[str, Model],
    risk_models: Collection[str],
    *folders: Path,
    dry: bool = False,
) -> dict[str, list[Partition]]:
    """Store the packs that are asked for as input tables, each one partition; none for no model.

    dry: only say which partitions they would be. Raises InputError where a pack fails its checks.
    """
    if not risk_models:
        return {}
    made_of = {"packs": _sources(risk_models, *folders), "how": [DEMOGRAPHIC, OLDEST]}
    return {
        name: [put_select(store, engine, models[name], sql, made_of, dry=dry)]
        for name, sql in risk_selects(models, risk_models, *folders).items()
    }


def pack_facts(risk_models: Iterable[str], *folders: Path) -> dict[str, str]:
    """Risk model → the checksum of its pack's head, which holds those of the pack's tables."""
    return {
        name: file_digest(find_pack(name, *folders) / "pack.yaml")
        for name in sorted({*risk_models})
    }
