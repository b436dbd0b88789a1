"""One version of one claim as an ExplanationOfBenefit in the shape of Blue Button v3."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

Row = Mapping[str, Any]
"""A row of eob.sql."""

Json = dict[str, Any]

CMS: Final = "https://bluebutton.cms.gov/fhir/CodeSystem/"
_EXTENSION: Final = "https://bluebutton.cms.gov/fhir/StructureDefinition/"
_CARIN: Final = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
_HL7: Final = "http://terminology.hl7.org/CodeSystem/"
_NPI: Final = "http://hl7.org/fhir/sid/us-npi"
_PROFILE: Final = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-"
_HCPCS: Final = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
_PLACE: Final = (
    "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
)
_DRG: Final = (
    "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/"
    "MS-DRG-Classifications-and-Software"
)
_ADJUSTMENT: Final = {"original": "0", "cancel": "1", "adjust": "2"}
_KINDS: Final = {
    "11": ("INPATIENT", "60"),
    "21": ("SNF", "20"),
    "32": ("HHA", "10"),
    "81": ("HOSPICE", "50"),
}
"""The first two digits of the type of bill: EOB type and claim type code."""

_OTHER_KINDS: Final = {
    "institutional": ("OUTPATIENT", "40"),
    "professional": ("CARRIER", "71"),
    "dme": ("DME", "82"),
    "pharmacy": ("PDE", "1"),
}
_PART: Final = {"pharmacy": "Part D", "professional": "Part B", "dme": "Part B"}


def money(cents: int) -> Json:
    """An amount. The text between @ becomes a bare number when the resource is written."""
    sign = "-" if cents < 0 else ""
    return {"value": f"@{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}@", "currency": "USD"}


def concept(*codings: tuple[str, str | None]) -> Json:
    """A CodeableConcept of (system, code) pairs; those without a code are left out."""
    return {"coding": [{"system": system, "code": code} for system, code in codings if code]}


def explanation_of_benefit(claim: Row) -> Json:
    """The resource. Empty members are left to the writer to drop."""
    team = sorted({it["npi"] for it in claim["lines"] if it["npi"]})
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": claim["claim_id"],
        "meta": _meta(claim),
        "contained": [_payer(), _billing(claim)],
        "identifier": [
            {"type": concept((f"{_CARIN}C4BBIdentifierType", "uc")), "value": claim["claim_id"]},
            {
                "system": "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM",
                "value": claim["claim_key"],
            },
        ],
        "status": "cancelled" if claim["version_type"] == "cancel" else "active",
        "type": _type(claim),
        "use": "claim",
        "patient": {"reference": f"Patient/{claim['person_id']}"},
        "billablePeriod": period(claim["claim_start_date"], claim["claim_end_date"]),
        "created": _day(claim["effective_on"]),
        "insurer": {"reference": "#insurer-org"},
        "provider": {"reference": "#billing"},
        "outcome": "complete",
        "careTeam": [_member(claim, at, npi) for at, npi in enumerate(team, start=1)],
        "supportingInfo": _numbered(_information(claim)),
        "diagnosis": [_diagnosis(claim, at, it) for at, it in _counted(claim["diagnoses"])],
        "procedure": [_procedure(at, it) for at, it in _counted(claim["procedures"])],
        "insurance": [{"focal": True, "coverage": {"display": _part(claim)}}],
        "item": [_item(claim, it, team) for it in claim["lines"]],
        "adjudication": _adjudication(
            ("CLM_OPRTNL_IME_AMT", claim["ime"] or None),
            ("CLM_OPRTNL_DSPRTNT_AMT", claim["dsh"] or None),
        ),
        "total": _adjudication(("CLM_SBMT_CHRG_AMT", claim["charge"])),
        "payment": {
            "date": _day(claim["paid_date"]),
            "amount": None if claim["claim_type"] == "pharmacy" else money(claim["paid"]),
        },
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def period(first: date | None, last: date | None) -> Json:
    """A Period."""
    return {"start": _day(first), "end": _day(last)}


def _counted(rows: list[Row] | None) -> Iterable[tuple[int, Row]]:
    return enumerate(rows or [], start=1)


def _numbered(information: Iterable[Json]) -> list[Json]:
    return [{"sequence": at, **it} for at, it in enumerate(information, start=1)]


def _kind(claim: Row) -> tuple[str, str]:
    """EOB type and claim type code."""
    by_bill = _KINDS.get((claim["bill_type_code"] or "")[:2])
    return by_bill or _OTHER_KINDS[claim["claim_type"]]


def _form(claim: Row) -> str:
    """The claim form in HL7's words; equipment comes on the professional one."""
    form = claim["claim_type"]
    return "professional" if form == "dme" else str(form)


def _part(claim: Row) -> str:
    """The part of Medicare that pays."""
    inpatient = _kind(claim)[0] in {"INPATIENT", "SNF", "HHA", "HOSPICE"}
    return "Part A" if inpatient else _PART.get(claim["claim_type"], "Part B")


def _meta(claim: Row) -> Json:
    is_drug = claim["claim_type"] == "pharmacy"
    profile = {"institutional": "Inpatient-Institutional", "pharmacy": "Pharmacy"}
    named = profile.get(claim["claim_type"], "Professional-NonClinician")
    system = "DDPS" if is_drug else "NationalClaimsHistory"
    final = "FinalAction" if claim["is_last"] else "NotFinalAction"
    return {
        "lastUpdated": f"{_day(claim['received_on'])}T00:00:00.000000Z",
        "source": "DDPS" if is_drug else "NCH",
        "profile": [f"{_PROFILE}{named}|2.2.0"],
        "tag": [
            {"system": f"{CMS}System-Type", "code": system},
            {"system": f"{CMS}Final-Action", "code": final},
        ],
    }


def _payer() -> Json:
    name = "Centers for Medicare & Medicaid Services"
    return {"resourceType": "Organization", "id": "insurer-org", "active": True, "name": name}


def _billing(claim: Row) -> Json:
    ccn = {"system": "http://terminology.hl7.org/NamingSystem/CCN", "value": claim["facility_ccn"]}
    npi = {"type": concept((f"{_HL7}v2-0203", "NPI")), "system": _NPI}
    return {
        "resourceType": "Organization",
        "id": "billing",
        "identifier": [{**npi, "value": claim["billing_npi"]}, *([ccn] if ccn["value"] else [])],
        "name": claim["billing_name"],
    }


def _type(claim: Row) -> Json:
    kind, code = _kind(claim)
    return concept(
        (f"{_HL7}claim-type", _form(claim)), (f"{CMS}CLM-TYPE-CD", code), (f"{CMS}EOB-TYPE", kind)
    )


def _member(claim: Row, sequence: int, npi: str) -> Json:
    role = "prescribing" if claim["claim_type"] == "pharmacy" else "rendering"
    specialty = next((it["specialty"] for it in claim["lines"] if it["npi"] == npi), None)
    identifier = {"type": concept((f"{_HL7}v2-0203", "NPI")), "system": _NPI, "value": npi}
    return {
        "sequence": sequence,
        "provider": {"type": "Practitioner", "identifier": identifier},
        "role": concept((f"{_HL7}claimcareteamrole", role)),
        "qualification": concept((f"{CMS}CLM-PRVDR-SPCLTY-CD", specialty)),
    }


def _about(name: str) -> Json:
    return concept(
        (f"{_HL7}claiminformationcategory", "info"), (f"{CMS}Supporting-Information", name)
    )


def _stated(name: str) -> Json:
    return concept((f"{_CARIN}C4BBSupportingInfoType", name))


def _information(claim: Row) -> Iterable[Json]:
    """What stands beside the lines: how the version came about, the stay, denial, bill and DRG."""
    adjustment = _ADJUSTMENT[claim["version_type"]]
    yield {
        "category": _about("CLM_ADJSTMT_TYPE_CD"),
        "code": concept((f"{CMS}CLM-ADJSTMT-TYPE-CD", adjustment)),
    }
    yield {"category": _about("CLM_IDR_LD_DT"), "timingDate": _day(claim["effective_on"])}
    yield {"category": _about("CLM_NCH_WKLY_PROC_DT"), "timingDate": _day(claim["paid_date"])}
    if claim["claim_type"] == "institutional":
        yield from _institutional(claim)
    elif claim["claim_type"] == "pharmacy":
        supply = claim["lines"][0]["days"]
        yield {"category": _stated("dayssupply"), "valueQuantity": {"value": supply}}
    else:
        yield {
            "category": _about("CLM_CARR_PMT_DNL_CD"),
            "code": concept((f"{CMS}CLM-CARR-PMT-DNL-CD", "0" if claim["denied"] else "1")),
        }


def _institutional(claim: Row) -> Iterable[Json]:
    bill = f"0{claim['bill_type_code']}"
    yield {
        "category": _stated("typeofbill"),
        "code": concept(("https://www.nubc.org/CodeSystem/TypeOfBill", bill)),
    }
    if claim["drg_code"]:
        yield {"category": _stated("drg"), "code": concept((_DRG, claim["drg_code"]))}
    if claim["admission_date"]:
        stay = period(claim["admission_date"], claim["discharge_date"])
        status = claim["discharge_disposition_code"]
        yield {"category": _stated("admissionperiod"), "timingPeriod": stay}
        yield {
            "category": _stated("discharge-status"),
            "code": concept(("https://www.nubc.org/CodeSystem/PatDischargeStatus", status)),
        }
    if claim["denied"]:
        yield {
            "category": _about("CLM_MDCR_NPMT_RSN_CD"),
            "code": concept((f"{CMS}CLM-MDCR-NPMT-RSN-CD", "N")),
        }


def _dotted(code: str) -> str:
    """An ICD-10-CM code as FHIR writes it."""
    return f"{code[:3]}.{code[3:]}" if len(code) > len("I10") else code


def _diagnosis(claim: Row, sequence: int, it: Row) -> Json:
    other = "other" if claim["claim_type"] == "institutional" else "secondary"
    role = (
        concept((f"{_HL7}ex-diagnosistype", "principal"))
        if sequence == 1
        else concept((f"{_CARIN}C4BBClaimDiagnosisType", other))
    )
    return {
        "sequence": sequence,
        "diagnosisCodeableConcept": concept(
            ("http://hl7.org/fhir/sid/icd-10-cm", _dotted(it["code"]))
        ),
        "type": [role],
        "onAdmission": concept((f"{CMS}CLM-POA-IND", it["present"])),
    }


def _procedure(sequence: int, it: Row) -> Json:
    role = "principal" if sequence == 1 else "other"
    return {
        "sequence": sequence,
        "type": [concept((f"{_CARIN}C4BBClaimProcedureType", role))],
        "date": _day(it["day"]),
        "procedureCodeableConcept": concept(
            ("http://www.cms.gov/Medicare/Coding/ICD10", it["code"])
        ),
    }


def _item(claim: Row, line: Row, team: list[str]) -> Json:
    is_drug = claim["claim_type"] == "pharmacy"
    return {
        "extension": list(_extensions(claim, line)),
        "sequence": line["number"],
        "careTeamSequence": [team.index(line["npi"]) + 1] if line["npi"] and not is_drug else None,
        "revenue": concept((f"{CMS}CLM-REV-CNTR-CD", line["revenue"])),
        "productOrService": _product(line),
        "modifier": [concept((_HCPCS, it)) for it in line["modifiers"] if it],
        "servicedPeriod": period(line["first_day"], line["last_day"]),
        "locationCodeableConcept": concept((_PLACE, line["place"])),
        "quantity": {"value": None if line["units"] is None else f"@{line['units']}@"},
        "adjudication": _adjudication(
            ("CLM_LINE_SBMT_CHRG_AMT", line["charge"]),
            ("CLM_LINE_ALOWD_CHRG_AMT", line["allowed"]),
            ("CLM_LINE_CVRD_PD_AMT", line["paid"]),
            ("TOT_RX_CST_AMT", line["drug_cost"]),
        ),
    }


def _product(line: Row) -> Json:
    if line["ndc"]:
        return concept(("http://hl7.org/fhir/sid/ndc", line["ndc"]))
    if not line["code"]:
        return concept((f"{_HL7}data-absent-reason", "not-applicable"))
    is_cpt = line["code"].isdigit()
    return concept(("http://www.ama-assn.org/go/cpt" if is_cpt else _HCPCS, line["code"]))


def _extensions(claim: Row, line: Row) -> Iterable[Json]:
    """What Part B lines carry about who did it and whether it was allowed."""
    if line["tin"]:
        tax = {"system": "urn:oid:2.16.840.1.113883.4.4", "value": line["tin"]}
        yield {"url": f"{_EXTENSION}CLM-PRVDR-TAX-NUM", "valueIdentifier": tax}
    if claim["claim_type"] in {"professional", "dme"}:
        coding = {"system": f"{CMS}CLM-PRCSG-IND-CD", "code": "D" if line["denied"] else "A"}
        yield {"url": f"{_EXTENSION}CLM-PRCSG-IND-CD", "valueCoding": coding}
    if line["specialty"]:
        coding = {"system": f"{CMS}CLM-PRVDR-SPCLTY-CD", "code": line["specialty"]}
        yield {"url": f"{_EXTENSION}CLM-PRVDR-SPCLTY-CD", "valueCoding": coding}


def _adjudication(*amounts: tuple[str, int | None]) -> list[Json]:
    """Amounts in cents by CMS's name."""
    return [
        {"category": concept((f"{CMS}Adjudication", name)), "amount": money(cents)}
        for name, cents in amounts
        if cents is not None
    ]
