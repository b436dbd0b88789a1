"""Claims with diagnoses for groupers, and how a test runs the groupers over them."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openvbc.engine.audit import audit
from openvbc.engine.build import _check_schema
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import MODELS_FOLDER, read_models
from openvbc.groupers.inputs import grouper_selects
from openvbc.groupers.tables import TABLES, Grouper

MODELS = read_models(MODELS_FOLDER)
DAY = date(2025, 6, 30)
PAID_THROUGH = date(2026, 3, 31)
Rows = Sequence[Mapping[str, Any]]


def claim(key: str, person: str = "P1", *, stay: bool = False, **given: Any) -> dict[str, Any]:
    """A line of a claim of 30 June 2025 that stands: a visit, or a hospital stay."""
    usual = {
        "claim_key": key, "version_number": 1, "version_type": "original", "sign": 1,
        "effective_on": DAY, "claim_id": key, "claim_line_number": 1, "person_id": person,
        "claim_type": "institutional" if stay else "professional",
        "bill_type_code": "111" if stay else None, "claim_start_date": DAY, "claim_end_date": DAY,
        "paid_cents": 10_000, "line_of_business": "medicare",
    }  # fmt: skip
    return usual | given


def diagnoses(key: str, *codes: str, person: str = "P1", **given: Any) -> list[dict[str, Any]]:
    """The diagnoses of a claim, each as a code or code/indicator, the principal one first."""
    usual = {
        "claim_key": key, "version_number": 1, "person_id": person, "claim_end_date": DAY,
        "code_type": "icd-10-cm", "line_of_business": "medicare",
    }  # fmt: skip
    split = [code.partition("/") for code in codes]
    return [
        {**usual, "sequence": n, "code": code, "present_on_admission": poa or None, **given}
        for n, (code, _, poa) in enumerate(split, 1)
    ]


def give(engine: DuckDBEngine, name: str, rows: Rows, folder: Path) -> None:
    """A table of rows, through a file: faster than one by one."""
    schema, path = MODELS[name].stored_schema, folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(schema))
        writer.writeheader()
        writer.writerows(rows)
    cast = ", ".join(f"CAST({it} AS {kind}) AS {it}" for it, kind in schema.items())
    select = f"SELECT {cast} FROM read_csv('{path}', header = true, all_varchar = true)"
    engine.rows(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")


def ask(engine: DuckDBEngine, groupers: Iterable[str], folder: Path, *folders: Path) -> None:
    """An analysis of 2025 that asks for groupers, with their tables (shipped, or of `folders`)."""
    year = {"analysis_id": "all/2025", "year": 2025}
    days = {"first_day": date(2025, 1, 1), "last_day": date(2025, 12, 31)}
    period = {**year, **days, "line_of_business": "medicare", "paid_through": PAID_THROUGH}
    give(engine, "analysis_period", [period], folder)
    choices = [{**year, "kind": "grouper", "name": name} for name in groupers]
    give(engine, "analysis_choice", choices, folder)
    selects = grouper_selects(MODELS, groupers, *folders)
    for name in (it for it in MODELS if it.split("_")[0] == "grouper" and not MODELS[it].sql):
        give(engine, name, [], folder)
        if name in selects:
            engine.rows(f"CREATE OR REPLACE TEMP TABLE {name} AS {selects[name]}")


def _needed(name: str) -> Iterator[str]:
    """The models that a model reads, each after those it reads, and itself."""
    for read in MODELS[name].reads if MODELS[name].sql else ():
        yield from _needed(read)
    if MODELS[name].sql:
        yield name


def make(engine: DuckDBEngine, *names: str) -> None:
    """Make models and those before them in the way of the builder: types held, audits passed."""
    for name in dict.fromkeys(need for it in names for need in _needed(it)):
        model = MODELS[name]
        if model.kind == "view":
            engine.view(name, model.sql)
            continue
        _check_schema(engine, model)
        cast = ", ".join(f"CAST({it} AS {kind}) AS {it}" for it, kind in model.schema.items())
        engine.rows(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {cast} FROM ({model.sql})")
        engine.view("this", f"SELECT * FROM {name}")
        audit(engine, model)


def group(
    engine: DuckDBEngine,
    claims: Rows,
    held: Rows,
    folder: Path,
    names: Sequence[str] = ("person_comorbidity_score",),
) -> None:
    """Make tables of the groupers asked for over claims and diagnoses."""
    give(engine, "medical_claim", claims, folder)
    give(engine, "diagnosis", held, folder)
    make(engine, *names)


def small(**tables: list[tuple[str, ...]]) -> Grouper:
    """A made-up grouper: two categories, or the tables given."""
    head = {
        "version": "1", "first_day": "2020-01-01", "last_day": "", "place": "any",
        "source": "made up", "source_sha256": "0", "cite": "none",
    }  # fmt: skip
    usual: dict[str, list[tuple[str, ...]]] = {name: [] for name in TABLES}
    if not {"service", "class", "drug"} & {*tables}:
        usual["code"] = [("E119", "SUGAR"), ("I509", "HEART")]
        usual["part"] = [
            ("SUGAR", "SUGAR", "any", "2", "true"), ("HEART", "HEART", "any", "1", "false")
        ]  # fmt: skip
    return Grouper("small", head, usual | tables)


def counted(engine: DuckDBEngine, grouper: str, person: str = "P1") -> set[str]:
    """The categories of a person that count."""
    sql = (
        "SELECT category FROM person_comorbidity WHERE grouper = ? AND person_id = ? "
        "AND dropped_by IS NULL"
    )
    return {name for (name,) in engine.rows(sql, [grouper, person])}
