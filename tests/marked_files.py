"""Deliveries of each format: one record is marked by its sender, and one beside it is not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bcda_files import eob
from bcda_files import patient as beneficiary
from ccda_sample import coded, document, header, problem, section, write_documents
from us_core_files import condition, patient, resource
from us_core_files import write as write_fhir
from x12_sample import interchange

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


def meta(code: str, system: str = ACT_CODE) -> dict[str, Any]:
    """`meta.security` with one label."""
    return {"meta": {"security": [{"system": system, "code": code}]}}


def us_core(folder: Path) -> Path:
    """A condition marked ETH, one marked for its purpose of use alone; vaccinations R and N."""
    shot = {"vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]}}
    given = {"patient": {"reference": "Patient/P1"}, "status": "completed", **shot}
    return write_fhir(
        folder,
        patient(),
        condition("marked", **meta("ETH")),
        condition("plain", **meta("TREAT", ACT_REASON)),
        resource("Immunization", "marked", **given, **meta("R", CONFIDENTIALITY)),
        resource("Immunization", "plain", **given, **meta("N", CONFIDENTIALITY)),
    )


def bcda(folder: Path) -> Path:
    """A claim marked as 42 CFR part 2, and one that is not."""
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"}]}
    diagnosis = [{"sequence": 1, "diagnosisCodeableConcept": code}]
    marked = eob("MARKED", diagnosis=diagnosis)
    marked["meta"] = {**marked.get("meta", {}), **meta("42CFRPart2")["meta"]}
    folder.mkdir(parents=True)
    lines = (beneficiary(), marked, eob("PLAIN", diagnosis=diagnosis))
    text = "".join(f"{json.dumps(it)}\n" for it in lines)
    (folder / "claims.ndjson").write_text(text, encoding="utf-8")
    return folder


def x12(folder: Path) -> Path:
    """An 834 with a member of restricted access (INS13 R) and one of unrestricted (U)."""

    def member(number: str, mark: str) -> Iterator[str]:
        yield f"INS*Y*18*021*AI*A***FT*****{mark}"
        yield f"REF*0F*{number}"
        yield f"NM1*IL*1*DOE*JANE****ZZ*{number}"
        yield "DMG*D8*19800102*F"
        yield "HD*021**HLT*GOLD"
        yield "DTP*348*D8*20250101"

    lines = [
        "BGN*00*1*20250101*1200****2",
        "N1*P5*BOSS*FI*1",
        "N1*IN*PLAN*FI*2",
        *member("MARKED", "R"),
        *member("PLAIN", "U"),
    ]
    folder.mkdir(parents=True)
    (folder / "834.x12").write_text(interchange("834", "\n".join(lines)), encoding="utf-8")
    return folder


def ccda(folder: Path) -> Path:
    """One document with a section of confidentiality V, and one of none."""
    marked = section("5.1", "11450-4", problem(1, coded("44054006"))).replace(
        "<text>", '<confidentialityCode code="V"/><text>', 1
    )
    plain = section("5.1", "11450-4", problem(2, coded("38341003")))
    return write_documents(folder, D1=document(marked, plain, head=header()))


def adt(folder: Path) -> Path:
    """A visit of a protected patient (PD1-12), and one of another."""

    def message(number: str, protected: str) -> str:
        return "\r".join(
            (
                rf"MSH|^~\&|ADT|HOSP|VBC|ACO|20250312080000||ADT^A01^ADT_A01|{number}|P|2.5.1",
                "EVN|A01|20250312080000",
                f"PID|1||{number}^^^HOSP^MR||Doe^Jane||19500201|F",
                "PD1" + "|" * 12 + protected,
                f"PV1|1|I|||||||||||||||||{number}^^^HOSP^VN" + "|" * 25 + "20250312073000",
            )
        )

    folder.mkdir(parents=True)
    text = "\r".join((message("MARKED", "Y"), message("PLAIN", "")))
    (folder / "messages.hl7").write_text(text, encoding="utf-8")
    return folder


DELIVERIES = {"us_core": us_core, "bcda": bcda, "x12": x12, "ccda": ccda, "adt": adt}
