"""Random members of individual and small-group plans, for the HHS-HCC models."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hcc_sample import give
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import MODELS_FOLDER, Model, read_models
from openvbc.risk.inputs import Asked, risk_requests, risk_selects
from openvbc.risk.pack import find_pack, read_pack

METALS = ("platinum", "gold", "silver", "bronze", "catastrophic")


@dataclass(frozen=True)
class Insured:
    """A person as the HHS-HCC models see one; age on the last enrolled day."""

    person_id: str
    age: int
    sex: str
    metal: str
    days: int
    codes: tuple[str, ...] = ()
    ndc: tuple[str, ...] = ()
    hcpcs: tuple[str, ...] = ()


def insured(count: int, risk_model: str, seed: int) -> list[Insured]:
    """Random members of all ages: newborns with the codes of newborns, adults with drugs."""
    pack = read_pack(find_pack(risk_model))
    codes = sorted({*pack.column("code", "code")})
    born = sorted({code for code, *_, last in pack.tables["code"] if last == "0"})
    drugs = {
        kind: sorted({code for found, code, *_ in pack.tables["drug"] if found == kind})
        for kind in ("ndc", "hcpcs")
    }
    dice = random.Random(seed)
    found = []
    for number in range(count):
        age = dice.choice((0, 0, 1, dice.randint(2, 20), dice.randint(21, 64), dice.randint(0, 70)))
        held = dice.sample(codes, dice.choice((0, 0, 1, 2, 4, 8, 14)))
        if age < 2:
            held += dice.sample(born, dice.choice((0, 1, 1, 2)))
        found.append(
            Insured(
                person_id=f"P{number:06}",
                age=age,
                sex=dice.choice(("male", "female")),
                metal=dice.choice(METALS),
                days=dice.choice((365, 365, dice.randint(1, 200), dice.randint(1, 365))),
                codes=tuple(held),
                ndc=tuple(dice.sample(drugs["ndc"], dice.choice((0, 0, 1, 3)))),
                hcpcs=tuple(dice.sample(drugs["hcpcs"], dice.choice((0, 0, 0, 1)))),
            )
        )
    return found


def _birth(it: Insured, year: int) -> date:
    """So that the age on the last enrolled day is the one that is meant."""
    last = date(year, 1, 1) + timedelta(days=it.days - 1)
    return date(last.year - it.age, 1, 1)


def _spans(it: Insured, year: int) -> Iterable[dict[str, Any]]:
    """Enrolment from the first of the year, told in two spans that overlap where it is long."""
    first = date(year, 1, 1)
    last = first + timedelta(days=it.days - 1)
    row = {"person_id": it.person_id, "payer": "Plan", "line_of_business": "commercial",
           "enrollment_end_date": last}  # fmt: skip
    yield {**row, "enrollment_start_date": first}
    if it.days > 20:
        yield {**row, "enrollment_start_date": first + timedelta(days=9)}


def _claim(it: Insured, year: int, line: int, hcpcs: str | None) -> dict[str, Any]:
    day = date(year, 1, 1)
    return {
        "claim_key": f"C{it.person_id}", "version_number": 1, "version_type": "original", "sign": 1,
        "effective_on": day, "claim_id": f"C{it.person_id}", "claim_line_number": line,
        "claim_type": "professional", "person_id": it.person_id, "claim_start_date": day,
        "claim_end_date": day, "paid_cents": 0, "line_of_business": "commercial",
        "hcpcs_code": hcpcs,
    }  # fmt: skip


def _diagnosis(it: Insured, year: int, place: int, code: str) -> dict[str, Any]:
    return {
        "claim_key": f"C{it.person_id}", "version_number": 1, "sequence": place,
        "person_id": it.person_id, "claim_end_date": date(year, 1, 1), "code_type": "icd-10-cm",
        "code": code, "line_of_business": "commercial",
    }  # fmt: skip


def _fill(it: Insured, year: int, place: int, code: str) -> dict[str, Any]:
    day = date(year, 1, 1)
    return {
        "claim_key": f"D{it.person_id}{place}", "version_number": 1, "version_type": "original",
        "sign": 1, "effective_on": day, "claim_id": f"D{it.person_id}{place}",
        "claim_line_number": 1, "person_id": it.person_id, "dispensing_date": day,
        "ndc_code": code,
    }  # fmt: skip


def load_insured(
    engine: DuckDBEngine, them: Sequence[Insured], risk_model: str, folder: Path
) -> dict[str, Model]:
    """Every table that scoring reads."""
    models, year = read_models(MODELS_FOLDER), int(risk_model[-4:])
    asked = [Asked(risk_model, year, "commercial", date(year + 1, 4, 30))]
    tables: dict[str, list[dict[str, Any]]] = {
        "person": [
            {"person_id": it.person_id, "bucket": 0, "birth_date": _birth(it, year), "sex": it.sex}
            for it in them
        ],
        "eligibility": [row for it in them for row in _spans(it, year)],
        "calendar_month": [],
        "risk_attribute": [
            {"person_id": it.person_id, "attribute": "metal_level", "first_day": date(year, 1, 1),
             "value": it.metal} for it in them
        ],
        "medical_claim": [
            _claim(it, year, line, hcpcs)
            for it in them
            for line, hcpcs in enumerate((None, *it.hcpcs), 1)
        ],
        "diagnosis": [
            _diagnosis(it, year, place, code)
            for it in them
            for place, code in enumerate(it.codes, 1)
        ],
        "pharmacy_claim": [
            _fill(it, year, place, code) for it in them for place, code in enumerate(it.ndc, 1)
        ],
        "risk_request": [row for rows in risk_requests(asked).values() for row in rows],
        "risk_service": [],
        "provider": [],
    }  # fmt: skip
    for name, rows in tables.items():
        give(engine, models[name], rows, folder)
    for name, sql in risk_selects(models, [risk_model]).items():
        engine.rows(f"CREATE OR REPLACE TABLE {name} AS {sql}")
    return models
