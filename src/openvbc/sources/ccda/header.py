"""The header of a document: which one it is, whose it is, and the visit that it is about."""

from dataclasses import astuple, dataclass, fields
from typing import Final

from openvbc.sources.ccda.values import birthday, day, moment, record_id
from openvbc.sources.ccda.xml import BadXmlError, Node
from openvbc.sources.phone import phone_hash

US_REALM: Final = "2.16.840.1.113883.10.20.22.1."
_NATIONAL: Final = {"2.16.840.1.113883.4.927": "mbi", "2.16.840.1.113883.4.572": "hicn"}
_SOCIAL_SECURITY: Final = "2.16.840.1.113883.4.1"
_SEXES: Final = {"F": "female", "M": "male", "UN": "unknown"}


@dataclass(frozen=True)
class Document:
    """What a header says, as text; empty where it says nothing."""

    document_id: str
    set_id: str
    version_number: str
    replaces: str
    document_code: str
    created_at: str
    confidentiality_code: str
    own_number: str
    mbi: str
    birth_date: str
    death_date: str
    sex: str
    race_code: str
    state: str
    country: str
    given_name: str
    family_name: str
    zip_code: str
    phone_hash: str

    @property
    def values(self) -> tuple[str, ...]:
        """The values in the order of DOCUMENT_COLUMNS."""
        return astuple(self)


DOCUMENT_COLUMNS: Final = tuple(it.name for it in fields(Document))
IDENTIFIER_COLUMNS: Final = ("identifier_type", "identifier")


def read_header(root: Node) -> tuple[Document, list[tuple[str, str]]]:
    """The document and its patient's identifiers. Raises BadXmlError for another document."""
    if root.tag != "ClinicalDocument" or not _is_us_realm(root):
        expected = f"a ClinicalDocument with a templateId that begins {US_REALM}"
        raise BadXmlError(root.line or 1, "is no C-CDA document", expected)
    roles = root.all("recordTarget", "patientRole")
    if len(roles) != 1:
        reason = "is not about one patient"
        raise BadXmlError(root.line, reason, "one recordTarget")
    identifiers = _identifiers(roles[0])
    if not any(kind != "hicn" for kind, _ in identifiers):
        reason = "does not say who the patient is"
        raise BadXmlError(roles[0].line, reason, "an id with root and extension in patientRole")
    return _document(root, roles[0], identifiers), identifiers


def _is_us_realm(root: Node) -> bool:
    return any(it.get("root").startswith(US_REALM) for it in root.all("templateId"))


def _identifiers(role: Node) -> list[tuple[str, str]]:
    """Type and identifier of each of the patient's ids; social security numbers are left out."""
    found = []
    for it in role.all("id"):
        root, extension = it.get("root").strip(), it.get("extension").strip()
        if extension and root != _SOCIAL_SECURITY and not it.get("nullFlavor"):
            own = ("medical_record_number", f"{root}:{extension}")
            found.append((_NATIONAL[root], extension) if root in _NATIONAL else own)
    return list(dict.fromkeys(found))


def _document(root: Node, role: Node, identifiers: list[tuple[str, str]]) -> Document:
    kinds = dict(reversed(identifiers))
    patient = role.first("patient") or Node("patient", {}, role.line)
    home = role.first("addr") or Node("addr", {}, role.line)
    called = _name(patient)
    created = root.value("effectiveTime")
    return Document(
        document_id=_id(root, "id"),
        set_id=_id(root, "setId"),
        version_number=root.value("versionNumber"),
        replaces=" ".join(_replaced(root)),
        document_code=root.value("code", name="code"),
        created_at=moment(created) or (f"{day(created)} 00:00:00" if created else ""),
        confidentiality_code=root.value("confidentialityCode", name="code"),
        own_number=kinds.get("medical_record_number", ""),
        mbi=kinds.get("mbi", ""),
        birth_date=birthday(patient.value("birthTime")),
        death_date=day(patient.value("sdtc:deceasedTime")),
        sex=_SEXES.get(patient.value("administrativeGenderCode", name="code"), ""),
        race_code=patient.value("raceCode", name="code"),
        state=_text(home, "state"),
        country=_text(home, "country"),
        given_name=_text(called, "given"),
        family_name=_text(called, "family"),
        zip_code=_text(home, "postalCode"),
        phone_hash=next(filter(None, map(phone_hash, _telephones(role))), ""),
    )


def _name(patient: Node) -> Node:
    """The legal name, else one that is in no way special, else the first."""
    names = patient.all("name")
    fitting = [it for use in ("L", "") for it in names if it.get("use") == use]
    return next(iter([*fitting, *names]), Node("name", {}, patient.line))


def _text(node: Node, tag: str) -> str:
    """The text of the first element of a tag; empty where there is none."""
    return "".join(it.text.strip() for it in node.all(tag)[:1])


def _telephones(role: Node) -> list[str]:
    """The patient's telephone numbers, those of the home first; a workplace's are left out."""
    found = [it for it in role.all("telecom") if it.get("value").startswith("tel:")]
    own = [it for it in found if it.get("use") != "WP"]
    return [it.get("value") for it in sorted(own, key=lambda it: not it.get("use").startswith("H"))]


def _id(node: Node, tag: str) -> str:
    """An instance identifier as `root:extension`, or its root alone; it may be any."""
    it = node.first(tag)
    if it is None or it.get("nullFlavor"):
        return ""
    return ":".join(part for part in (it.get("root"), it.get("extension")) if part)


def _replaced(root: Node) -> list[str]:
    related = [it for it in root.all("relatedDocument") if it.get("typeCode") == "RPLC"]
    return [
        named for it in related for old in it.all("parentDocument") if (named := _id(old, "id"))
    ]


def visit(root: Node) -> Node | None:
    """The encounter that the document is about, where it says one with an id."""
    found = root.first("componentOf", "encompassingEncounter")
    return found if found is not None and record_id(found) else None
