"""The same invented people as a payer's 834 and as two EHRs (US Core, C-CDA) describe them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ccda_sample import document, header, write_documents
from identity_sample import Human
from x12_sample import interchange

SEX = {"female": "F", "male": "M"}


def of_payer(folder: Path, them: Sequence[Human]) -> Path:
    """An 834: names in NM1, telephone in PER, ZIP code in N4, birth date and sex in DMG."""
    lines = ["BGN*00*1*20240101*1200****2", "N1*P5*BOSS*FI*1", "N1*IN*PLAN*FI*2"]
    folder.mkdir(parents=True)
    body = "\n".join([*lines, *(line for it in them for line in _member(it))])
    (folder / "members.x12").write_text(interchange("834", body), encoding="utf-8")
    return folder


def _member(it: Human) -> Iterator[str]:
    yield "INS*Y*18*021*AI*A***FT"
    yield f"REF*0F*M{it.number}"
    yield f"NM1*IL*1*{it.family_name}*{it.given_name}****ZZ*M{it.number}"
    if it.phone:
        yield f"PER*IP**HP*{it.phone}"
    yield f"N4*TOWN*MI*{it.zip_code}"
    yield f"DMG*D8*{it.birth_date:%Y%m%d}*{SEX[it.sex]}"
    yield "HD*021**HLT*GOLD"
    yield "DTP*348*D8*20240101"


def of_clinic(folder: Path, them: Sequence[Human]) -> Path:
    """A bulk export of US Core: Patient with an old name too, and a visit of each."""
    folder.mkdir(parents=True)
    for name, resources in (("Patient", map(_patient, them)), ("Encounter", map(_visit, them))):
        text = "".join(f"{json.dumps(it)}\n" for it in resources)
        (folder / f"{name}.ndjson").write_text(text, encoding="utf-8")
    return folder


def _patient(it: Human) -> dict[str, Any]:
    old = {"use": "maiden", "family": "Before", "given": ["Before"]}
    now = {"use": "official", "family": it.family_name, "given": [it.given_name, "Q"]}
    phone = [{"system": "phone", "use": "home", "value": f"+1 {it.phone}"}] if it.phone else []
    return {
        "resourceType": "Patient",
        "id": f"E{it.number}",
        "name": [old, now],
        "gender": it.sex,
        "birthDate": it.birth_date.isoformat(),
        "telecom": [{"system": "email", "value": "none of a number"}, *phone],
        "address": [{"state": "MI", "postalCode": f"{it.zip_code}-1234"}],
    }


def _visit(it: Human) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": f"V{it.number}",
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "AMB",
        },
        "subject": {"reference": f"Patient/E{it.number}"},
        "period": {"start": "2024-02-01", "end": "2024-02-01"},
    }


def of_practice(folder: Path, them: Sequence[Human]) -> Path:
    """A C-CDA document of each: recordTarget with name, address and telephone."""
    return write_documents(folder, **{f"D{it.number}": _document(it) for it in them})


def _document(it: Human) -> str:
    plain = header(f'<id root="1.2.3" extension="A{it.number}"/>', document=f"D{it.number}")
    name = f"<name><given>{it.given_name}</given><family>{it.family_name}</family></name>"
    home = f"<postalCode>{it.zip_code}</postalCode>"
    phone = f'<telecom value="tel:+1({it.phone[:3]}){it.phone[3:6]}-{it.phone[6:]}" use="HP"/>'
    said = (
        plain.replace("<state>ME</state>", f"<state>MI</state>{home}")
        .replace("</addr>", f"</addr>{phone if it.phone else ''}")
        .replace('<patient><administrativeGenderCode code="F"/>', f"<patient>{name}{_gender(it)}")
        .replace('value="19400102"', f'value="{it.birth_date:%Y%m%d}"')
    )
    return document(head=said)


def _gender(it: Human) -> str:
    return f'<administrativeGenderCode code="{SEX[it.sex]}"/>'
