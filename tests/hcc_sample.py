"""Random members for risk models, and how a test scores them by the package's SQL."""

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import MODELS_FOLDER, Model, read_models
from openvbc.risk.inputs import Asked, risk_requests, risk_selects
from openvbc.risk.pack import find_pack, read_pack

OTHER_CODES = ("I10", "Z0000", "E785", "R51", "M545")
"""Common codes that no payment HCC has."""


def _order(models: Mapping[str, Model], wanted: Sequence[str]) -> tuple[str, ...]:
    """What is made on the way to tables, each after what it reads."""
    found: dict[str, None] = {}
    for name in (it for it in wanted if models[it].sql):
        found |= dict.fromkeys((*_order(models, models[name].reads), name))
    return tuple(found)


MODELS = _order(read_models(MODELS_FOLDER), ["member_factor", "member_score"])
"""What a score is made by, in order."""


@dataclass(frozen=True)
class Member:
    """A person as a risk model sees one; age on 1 February of the payment year."""

    person_id: str
    age: int
    sex: str
    reason: str
    dual_code: str
    new_enrollee: bool
    institutional: bool
    special_needs: bool
    low_income: bool
    graft_months: int | None
    codes: tuple[str, ...]


def members(count: int, codes: Sequence[str], seed: int, *, esrd: bool = False) -> list[Member]:
    """Random members: mostly ill, all segments, some people below 65 and some new."""
    dice = random.Random(seed)
    found = []
    for number in range(count):
        age = dice.choice((dice.randint(20, 64), dice.randint(65, 99), dice.randint(63, 70)))
        held = dice.sample(codes, dice.choice((0, 1, 2, 4, 8, 14)))
        found.append(
            Member(
                person_id=f"P{number:06}",
                age=age,
                sex=dice.choice(("male", "female")),
                reason=dice.choice("123" if age < 65 else "00012"),
                dual_code=dice.choice(("00", "00", "01", "02", "04", "08", "03", "06")),
                new_enrollee=dice.random() < 0.15,
                institutional=dice.random() < 0.1,
                special_needs=dice.random() < 0.2,
                low_income=dice.random() < 0.3,
                graft_months=dice.choice((None, None, 4, 9, 10, 30)) if esrd else None,
                codes=(*held, *dice.sample(OTHER_CODES, 2)),
            )
        )
    return found


def _eligibility(them: Iterable[Member], year: int) -> list[dict[str, Any]]:
    return [
        {
            "person_id": it.person_id,
            "enrollment_start_date": date(year if it.new_enrollee else year - 1, 1, 1),
            "part_a": True,
            "part_b": True,
            "original_reason_entitlement_code": it.reason,
            "dual_status_code": it.dual_code,
            "payer": "CMS",
            "line_of_business": "medicare",
        }
        for it in them
    ]


def _attributes(them: Iterable[Member], *, esrd: bool) -> list[dict[str, Any]]:
    rows = []
    for it in them:
        told = {
            "institutional": it.institutional,
            "special_needs": it.special_needs,
            "low_income": it.low_income,
        }
        told_rows = {name: "true" for name, holds in told.items() if holds}
        if esrd:
            told_rows["treatment"] = "graft" if it.graft_months else "dialysis"
        if it.graft_months:
            told_rows["graft_months"] = str(it.graft_months)
        rows += [
            {"person_id": it.person_id, "attribute": k, "first_day": date(2000, 1, 1), "value": v}
            for k, v in told_rows.items()
        ]
    return rows


def _claims(them: Iterable[Member], year: int) -> list[dict[str, Any]]:
    day = date(year - 1, 6, 30)
    return [
        {
            "claim_key": f"C{it.person_id}", "version_number": 1, "version_type": "original",
            "sign": 1, "effective_on": day, "claim_id": f"C{it.person_id}",
            "claim_line_number": 1, "claim_type": "professional", "person_id": it.person_id,
            "claim_start_date": day, "claim_end_date": day, "paid_cents": 0,
            "line_of_business": "medicare",
        }
        for it in them
    ]  # fmt: skip


def _diagnoses(them: Iterable[Member], year: int) -> list[dict[str, Any]]:
    day = date(year - 1, 6, 30)
    return [
        {
            "claim_key": f"C{it.person_id}", "version_number": 1, "sequence": place,
            "person_id": it.person_id, "claim_end_date": day, "code_type": "icd-10-cm",
            "code": code, "line_of_business": "medicare",
        }
        for it in them
        for place, code in enumerate(it.codes, 1)
    ]  # fmt: skip


def give(engine: DuckDBEngine, model: Model, rows: Sequence[dict[str, Any]], folder: Path) -> None:
    """A table of rows, through a file: faster than one by one."""
    path = folder / f"{model.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(model.stored_schema))
        writer.writeheader()
        writer.writerows(rows)
    cast = ", ".join(f"CAST({n} AS {t}) AS {n}" for n, t in model.stored_schema.items())
    select = f"SELECT {cast} FROM read_csv('{path}', header = true, all_varchar = true)"
    engine.rows(f"CREATE OR REPLACE TABLE {model.name} AS {select}")


def load_members(
    engine: DuckDBEngine, them: Sequence[Member], asked: Sequence[Asked], folder: Path
) -> dict[str, Model]:
    """Every table that scoring reads."""
    models = read_models(MODELS_FOLDER)
    year, esrd = asked[0].year, any("esrd" in it.risk_model for it in asked)
    birth = [
        {"person_id": it.person_id, "bucket": 0, "birth_date": date(year - it.age, 1, 15),
         "sex": it.sex} for it in them
    ]  # fmt: skip
    months = [
        {"month_start": date(y, m, 1), "month_end": date(y, m, 28)}
        for y in (year - 1, year)
        for m in range(1, 13)
    ]
    requests = [row for rows in risk_requests(asked).values() for row in rows]
    tables = {
        "person": birth, "eligibility": _eligibility(them, year), "calendar_month": months,
        "risk_attribute": _attributes(them, esrd=esrd), "medical_claim": _claims(them, year),
        "diagnosis": _diagnoses(them, year), "risk_request": requests, "risk_service": [],
        "pharmacy_claim": [], "provider": [],
    }  # fmt: skip
    for name, rows in tables.items():
        give(engine, models[name], rows, folder)
    for name, sql in risk_selects(models, {it.risk_model for it in asked}).items():
        engine.rows(f"CREATE OR REPLACE TABLE {name} AS {sql}")
    return models


def score(engine: DuckDBEngine, models: dict[str, Model]) -> None:
    """Make every table of the risk stage."""
    for name in MODELS:
        if models[name].kind == "view":
            engine.view(name, models[name].sql)
        else:
            engine.rows(f"CREATE OR REPLACE TABLE {name} AS {models[name].sql}")


def pack_codes(risk_model: str) -> list[str]:
    """The codes of a pack, each once."""
    return sorted({*read_pack(find_pack(risk_model)).column("code", "code")})
