"""Small clinical FHIR resources for tests, in the shape of US Core."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from load_tables import load_it
from openvbc.sources.result import LoadResult
from openvbc.sources.us_core.format import FORMAT

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NDC = "http://hl7.org/fhir/sid/ndc"
CVX = "http://hl7.org/fhir/sid/cvx"
CPT = "http://www.ama-assn.org/go/cpt"
NPI = "http://hl7.org/fhir/sid/us-npi"
MBI = "http://hl7.org/fhir/sid/us-mbi"
IDENTIFIERS = "http://terminology.hl7.org/CodeSystem/v2-0203"

Json = dict[str, Any]


def concept(*codings: tuple[str, str]) -> Json:
    return {"coding": [{"system": system, "code": code} for system, code in codings]}


def resource(kind: str, key: str, **more: Any) -> Json:
    """A resource of patient P1 with the fields given; class_ is class."""
    return {
        "resourceType": kind,
        "id": key,
        "subject": {"reference": "Patient/P1"},
        **{name.rstrip("_"): value for name, value in more.items()},
    }


def patient(key: str = "P1", **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": key,
        "gender": "female",
        "birthDate": "1950-02-01",
        "address": [{"state": "TX", "country": "US"}],
        **more,
    }


def mbi(value: str) -> list[Json]:
    return [{"system": MBI, "value": value}]


def condition(key: str = "C1", **more: Any) -> Json:
    return resource("Condition", key, **{"code": concept((ICD10, "E11.9")), **more})


def bundle(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "entry": [{"resource": it} for it in resources]}


def ndjson(resources: Iterable[Json]) -> str:
    return "".join(json.dumps(it) + "\n" for it in resources)


def write(folder: Path, *resources: Json) -> Path:
    """A bulk export: a file for each type; its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in {it["resourceType"] for it in resources}:
        own = [it for it in resources if it["resourceType"] == kind]
        (folder / f"{kind}.000.ndjson").write_text(ndjson(own), encoding="utf-8")
    return folder


def land(content: bytes, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Land one file into a new folder: landing table → its rows."""
    folder.mkdir(parents=True)
    path = folder / "file.ndjson"
    path.write_bytes(content)
    out = folder / "out"
    out.mkdir()
    FORMAT.land(path, path.name, out, "300MB")
    with duckdb.connect() as connection:
        return {
            it.stem: connection.execute("FROM read_parquet(?) ORDER BY ALL", [str(it)]).fetchall()
            for it in out.glob("*.parquet")
        }


def practitioner(key: str, npi: str, **more: Any) -> Json:
    identifier = [{"system": NPI, "value": npi}]
    return {"resourceType": "Practitioner", "id": key, "identifier": identifier, **more}


def loaded(tmp_path: Path, *resources: Json, data: str = "data", **options: Any) -> LoadResult:
    """Load a bulk export of a few resources."""
    number = sum(1 for _ in tmp_path.glob("delivery*"))
    folder = write(tmp_path / f"delivery{number}", *resources)
    return load_it(tmp_path / data, folder, **options)


def left_out(result: LoadResult) -> dict[str, int]:
    """File → its resources that make no row, as the load's manifest counts them."""
    made = json.loads((result.folder / "load.json").read_text(encoding="utf-8"))
    found = {it["name"]: it["rows"].get("left_out", 0) for it in made["landed"]}
    return {name: count for name, count in found.items() if count}


def response(key: str, questionnaire: str, *items: Json, **more: Any) -> Json:
    given = {"questionnaire": questionnaire, "status": "completed", "authored": "2025-03-05"}
    return resource("QuestionnaireResponse", key, **given, item=list(items), **more)
