"""Small BCDA resources for tests, in the shape of Blue Button v3."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from openvbc.sources.bcda.format import FORMAT

CMS = "https://bluebutton.cms.gov/fhir/CodeSystem/"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
CPT = "http://www.ama-assn.org/go/cpt"

Json = dict[str, Any]


def concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def amount(name: str, value: float) -> Json:
    return {"category": concept(f"{CMS}Adjudication", name), "amount": {"value": value}}


def info(name: str, **value: Any) -> Json:
    return {"category": concept(f"{CMS}Supporting-Information", name), **value}


def item(sequence: int, *amounts: Json, **more: Any) -> Json:
    product = {"productOrService": concept(CPT, "99213"), "servicedDate": "2025-03-05"}
    return {"sequence": sequence, **product, "adjudication": list(amounts), **more}


def eob(claim_id: str = "C1", kind: str = "CARRIER", **more: Any) -> Json:
    """A claim of one line: 120.00 charged, 100.00 allowed, 80.00 paid, recorded on 2025-04-01."""
    line = item(
        1,
        amount("CLM_LINE_SBMT_CHRG_AMT", 120.0),
        amount("CLM_LINE_ALOWD_CHRG_AMT", 100.0),
        amount("CLM_LINE_CVRD_PD_AMT", 80.0),
    )
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": claim_id,
        "meta": {"profile": ["https://bluebutton.cms.gov/fhir/StructureDefinition/x"]},
        "identifier": [
            {"type": concept(f"{CARIN}C4BBIdentifierType", "uc"), "value": claim_id},
        ],
        "status": "active",
        "type": concept(f"{CMS}EOB-TYPE", kind),
        "use": "claim",
        "patient": {"reference": "Patient/P1"},
        "billablePeriod": {"start": "2025-03-05", "end": "2025-03-05"},
        "supportingInfo": [info("CLM_IDR_LD_DT", timingDate="2025-04-01")],
        "item": [line],
        **more,
    }


def version(claim_id: str, adjustment: str, recorded_on: str, **more: Any) -> Json:
    """A version of the claim with control number K1."""
    code = concept(f"{CMS}CLM-ADJSTMT-TYPE-CD", adjustment)
    control = {"system": "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM", "value": "K1"}
    it = eob(claim_id, **more)
    return {
        **it,
        "identifier": [*it["identifier"], control],
        "supportingInfo": [
            info("CLM_ADJSTMT_TYPE_CD", code=code),
            info("CLM_IDR_LD_DT", timingDate=recorded_on),
        ],
    }


def patient(patient_id: str = "P1", mbi: str = "1S00A00AA01", **more: Any) -> Json:
    identifier = {"system": "http://hl7.org/fhir/sid/us-mbi", "value": mbi}
    profile = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Patient|2.2.0"
    return {
        "resourceType": "Patient",
        "id": patient_id,
        "meta": {"profile": [profile]},
        "identifier": [identifier],
        "gender": "female",
        "birthDate": "1950-02-01",
        "address": [{"state": "TX"}],
        **more,
    }


def coverage(part: str, first: str, last: str | None = None, **codes: str) -> Json:
    """One part of Medicare; codes are extensions by CMS's name with _ for -."""
    system = "http://terminology.hl7.org/CodeSystem/coverage-class"
    address = "https://bluebutton.cms.gov/fhir/StructureDefinition/"
    return {
        "resourceType": "Coverage",
        "id": f"{part}-{first}",
        "meta": {"profile": ["http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Coverage"]},
        "extension": [
            {
                "url": f"{address}{name.replace('_', '-')}",
                "valueCoding": {"code": code},
            }
            for name, code in codes.items()
        ],
        "status": "active",
        "beneficiary": {"reference": "Patient/P1"},
        "period": {"start": first, **({"end": last} if last else {})},
        "class": [{"type": concept(system, "plan"), "value": part}],
    }


def ndjson(resources: Iterable[Json]) -> str:
    return "".join(json.dumps(it) + "\n" for it in resources)


def write(path: Path, *resources: Json) -> Path:
    """An NDJSON file; its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ndjson(resources), encoding="utf-8")
    return path.parent


def land(path: Path, out: Path) -> Path:
    """Land one file into a new folder."""
    out.mkdir(parents=True)
    FORMAT.land(path, path.name, out, "300MB")
    return out


def rows(folder: Path, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of a Parquet table, or of the Parquet files below a folder of that name."""
    path = folder / f"{table}.parquet"
    found = path if path.exists() else folder / table / "**" / "*.parquet"
    if not path.exists() and not (folder / table).exists():
        return []
    with duckdb.connect() as connection:
        sql = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false) ORDER BY ALL"
        return connection.execute(sql, [str(found)]).fetchall()
