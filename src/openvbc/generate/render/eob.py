"""A population as Blue Button v3 delivers it: Patient, Coverage and ExplanationOfBenefit NDJSON."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from openvbc.generate.render.eob_claim import CMS, Json, concept, explanation_of_benefit, period
from openvbc.generate.render.tables import opened, read_sql

NOT_CARRIED: Final[Mapping[str, str]] = {
    "person.county_fips": "an address has a state, no county",
    "person.us_resident": "Patient says a state, not residence",
    "eligibility and claims of other payers": "Blue Button is Medicare's",
    "eligibility.other_program": "no Coverage names a shared-savings program",
    "medical_claim.denied on some lines of an institutional claim": "it is paid or denied whole",
    "pharmacy_claim.charge_cents": "a Part D event has one price, the drug cost",
    "facility.facility_type": "read back from types of bill",
    "sensitivity": "no tag is delivered",
    "risk_score, voluntary_alignment": "no resource",
}
"""What the format cannot say, and why."""

_ROWS: Final = 500
_PEOPLE: Final = """
    SELECT p.*, list({'mbi': identifier, 'first_day': first_day, 'last_day': last_day}
                     ORDER BY first_day) AS identifiers
    FROM person p JOIN person_identifier i USING (person_id)
    GROUP BY ALL ORDER BY person_id"""
_SPELLS: Final = """
    SELECT e.*, mbi, row_number() OVER (
        PARTITION BY person_id ORDER BY enrollment_start_date) AS number
    FROM eligibility e JOIN current_mbi USING (person_id)
    WHERE line_of_business = 'medicare' ORDER BY person_id, number"""
_NUMBER: Final = re.compile(r'"@(-?[0-9.]+)@"')
_EXTENSION: Final = "https://bluebutton.cms.gov/fhir/StructureDefinition/"
_CARIN: Final = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/"
_US_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/"
_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"


def render(population: Path, out: Path, *, seed: int) -> None:
    """Write the population's folder as FHIR NDJSON into out; seed orders the claims."""
    with opened(population, out, seed=seed) as connection:
        _write(out / "Patient.ndjson", map(_patient, _rows(connection, _PEOPLE)))
        _write(out / "Coverage.ndjson", _coverages(connection))
        for path in sorted((population / "medical_claim").glob("part-*.parquet")):
            _set_part(connection, population, path.name)
            claims = map(explanation_of_benefit, _rows(connection, read_sql("eob")))
            _write(out / f"ExplanationOfBenefit-{path.stem}.ndjson", claims)


def _set(connection: duckdb.DuckDBPyConnection, variable: str, path: Path) -> None:
    connection.execute(f"SET VARIABLE {variable} = $path", {"path": str(path)})


def _set_part(connection: duckdb.DuckDBPyConnection, population: Path, name: str) -> None:
    for table in ("medical_claim", "pharmacy_claim", "diagnosis", "procedure"):
        plural = "diagnoses" if table == "diagnosis" else f"{table}s"
        _set(connection, plural, population / table / name)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[dict[str, Any]]:
    """The rows of a SELECT, a few at a time."""
    found = connection.execute(sql)
    names = [column[0] for column in found.description or ()]
    while rows := found.fetchmany(_ROWS):
        yield from (dict(zip(names, row, strict=True)) for row in rows)


def _coverages(connection: duckdb.DuckDBPyConnection) -> Iterator[Json]:
    """The parts of each spell of Medicare, numbered within the person."""
    for spell in _rows(connection, _SPELLS):
        yield from _parts(spell)


def _parts(spell: Mapping[str, Any]) -> Iterator[Json]:
    entitled = [
        _coded("BENE-MDCR-STUS-CD", spell["medicare_status_code"]),
        _coded("BENE-MDCR-ENTLMT-RSN-CD", spell["original_reason_entitlement_code"]),
    ]
    if spell["part_a"]:
        yield _coverage(spell, "A", "Part A", entitled)
    if spell["part_b"]:
        yield _coverage(spell, "B", "Part B", entitled)
    if spell["medicare_advantage"]:
        yield _coverage(spell, "C", "Part C", [])
    if spell["dual_status_code"] not in {None, "00"}:
        dual = [_coded("BENE-DUAL-STUS-CD", spell["dual_status_code"])]
        yield _coverage(spell, "DUAL", "Dual Medicare/Medicaid", dual)


def _coded(name: str, code: str | None) -> Json:
    coding = {"system": f"{CMS}{name}", "code": code}
    return {"url": f"{_EXTENSION}{name}", "valueCoding": coding} if code else {}


def _coverage(spell: Mapping[str, Any], part: str, plan: str, extensions: list[Json]) -> Json:
    named = concept(("http://terminology.hl7.org/CodeSystem/coverage-class", "plan"))
    return {
        "resourceType": "Coverage",
        "id": f"part-{part}-{spell['person_id']}-{spell['number']}",
        "meta": {
            "lastUpdated": f"{spell['received_on'].isoformat()}T00:00:00.000000Z",
            "profile": [f"{_CARIN}C4BB-Coverage|2.2.0"],
        },
        "extension": extensions,
        "status": "active",
        "subscriberId": spell["mbi"],
        "beneficiary": {"reference": f"Patient/{spell['person_id']}"},
        "period": period(spell["enrollment_start_date"], spell["enrollment_end_date"]),
        "class": [{"type": named, "value": plan}],
    }


def _patient(person: Mapping[str, Any]) -> Json:
    death = person["death_date"]
    race = {"url": "text", "valueString": person["race"]}
    return {
        "resourceType": "Patient",
        "id": person["person_id"],
        "meta": {
            "lastUpdated": f"{person['received_on'].isoformat()}T00:00:00.000000Z",
            "profile": [f"{_CARIN}C4BB-Patient|2.2.0"],
        },
        "extension": [{"extension": [race], "url": f"{_US_CORE}us-core-race"}],
        "identifier": [_identifier(it) for it in person["identifiers"]],
        "gender": person["sex"],
        "birthDate": person["birth_date"].isoformat() if person["birth_date"] else None,
        "deceasedDateTime": death.isoformat() if death else None,
        "address": [{"state": person["state"]}] if person["state"] else None,
    }


def _identifier(number: Mapping[str, Any]) -> Json:
    """A Medicare number, with its days."""
    return {
        "type": concept((_TYPE, "MB")),
        "system": "http://hl7.org/fhir/sid/us-mbi",
        "value": number["mbi"],
        "period": period(number["first_day"], number["last_day"]),
    }


def _write(path: Path, resources: Iterable[Json]) -> None:
    with path.open("w", encoding="utf-8") as out:
        for it in resources:
            text = json.dumps(_filled(it), separators=(",", ":"), ensure_ascii=False)
            out.write(_NUMBER.sub(r"\1", text) + "\n")


def _filled(value: Any) -> Any:
    """Without empty members, which FHIR does not have."""
    if isinstance(value, dict):
        return {name: it for name, inner in value.items() if _is_said(it := _filled(inner))}
    if isinstance(value, list):
        return [it for inner in value if _is_said(it := _filled(inner))]
    return value


def _is_said(value: Any) -> bool:
    return bool(value) or not (value is None or isinstance(value, dict | list))
