"""C-CDA documents built by hand: a header for one patient, and sections of statements."""

from pathlib import Path

SNOMED = "2.16.840.1.113883.6.96"
ICD10 = "2.16.840.1.113883.6.90"
LOINC = "2.16.840.1.113883.6.1"
RXNORM = "2.16.840.1.113883.6.88"
CVX = "2.16.840.1.113883.12.292"
CPT = "2.16.840.1.113883.6.12"
NPI = "2.16.840.1.113883.4.6"
MBI = "2.16.840.1.113883.4.927"
ENTRY = "2.16.840.1.113883.10.20.22.4."
SECTION = "2.16.840.1.113883.10.20.22.2."
ROOT = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)
ANN = f'<id root="1.2.3" extension="A-77"/><id root="{MBI}" extension="1EG4TE5MK73"/>'


def header(
    patient: str = ANN,
    *,
    document: str = "D1",
    created: str = "20250315120000-0500",
    more: str = "",
    about: str = "",
) -> str:
    """From the root's children to the body."""
    return (
        '<realmCode code="US"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
        '<templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/>'
        '<templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/>'
        f'<id root="9.9" extension="{document}"/><code code="34133-9" codeSystem="{LOINC}"/>'
        f'<effectiveTime value="{created}"/><confidentialityCode code="N"/>{more}'
        f"<recordTarget><patientRole>{patient}"
        "<addr><state>ME</state><country>US</country></addr>"
        '<patient><administrativeGenderCode code="F"/><birthTime value="19400102"/>'
        '<raceCode code="2106-3"/></patient></patientRole></recordTarget>'
        f"{about}"
    )


def document(*sections: str, head: str | None = None) -> str:
    """A whole document, one section a line."""
    body = "\n".join(f"<component>{it}</component>" for it in sections)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{ROOT}{header() if head is None else head}\n'
        f"<component><structuredBody>\n{body}\n</structuredBody></component></ClinicalDocument>\n"
    )


def section(template: str, code: str, *entries: str) -> str:
    """A section with its narrative, which nobody reads, and its entries, one a line."""
    return (
        f'<section><templateId root="{SECTION}{template}" extension="2015-08-01"/>'
        f'<code code="{code}" codeSystem="{LOINC}"/><text><table><tr><td>narrative</td></tr>'
        "</table></text>\n" + "\n".join(f"<entry>{it}</entry>" for it in entries) + "\n</section>"
    )


def template(number: str) -> str:
    return f'<templateId root="{ENTRY}{number}"/>'


def uuid(number: int) -> str:
    return f'<id root="00000000-0000-0000-0000-{number:012d}"/>'


def times(low: str, high: str = "") -> str:
    ends = f'<high value="{high}"/>' if high else ""
    return f'<effectiveTime><low value="{low}"/>{ends}</effectiveTime>'


def problem(
    number: int,
    value: str,
    *,
    at: str = times("20240105"),
    concern: str = "active",
    status: str = "",
    attributes: str = "",
    own_id: str | None = None,
) -> str:
    """A concern with one problem; value is the attributes and children of its value element."""
    said = (
        f'<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN">'
        f'{template("6")}<value xsi:type="CD" code="{status}" codeSystem="{SNOMED}"/>'
        "</observation></entryRelationship>"
        if status
        else ""
    )
    return (
        f'<act classCode="ACT" moodCode="EVN">{template("3")}{uuid(1000 + number)}'
        f'<statusCode code="{concern}"/>{times("20240110")}'
        '<entryRelationship typeCode="SUBJ">'
        f'<observation classCode="OBS" moodCode="EVN" {attributes}>{template("4")}'
        f"{uuid(number) if own_id is None else own_id}"
        f'<code code="55607006" codeSystem="{SNOMED}"/><statusCode code="completed"/>{at}'
        f'<value xsi:type="CD" {value}</value>{said}</observation></entryRelationship></act>'
    )


def coded(code: str, system: str = SNOMED, inner: str = "") -> str:
    return f'code="{code}" codeSystem="{system}">{inner}'


def observation(
    number: int,
    code: str,
    value: str,
    *,
    kind: str = "2",
    at: str = "20250301",
    status: str = "completed",
) -> str:
    return (
        f'<observation classCode="OBS" moodCode="EVN">{template(kind)}{uuid(number)}'
        f'<code code="{code}" codeSystem="{LOINC}"/><statusCode code="{status}"/>'
        f'<effectiveTime value="{at}"/>{value}</observation>'
    )


def organizer(kind: str, *members: str) -> str:
    inner = "".join(f"<component>{it}</component>" for it in members)
    return (
        f'<organizer classCode="CLUSTER" moodCode="EVN">{template(kind)}'
        f'<statusCode code="completed"/>{inner}</organizer>'
    )


def quantity(value: str, unit: str) -> str:
    return f'<value xsi:type="PQ" value="{value}" unit="{unit}"/>'


def substance(
    kind: str,
    number: int,
    product: str,
    *,
    attributes: str = 'moodCode="EVN"',
    at: str = times("20250201"),
    inner: str = "",
) -> str:
    return (
        f'<substanceAdministration classCode="SBADM" {attributes}>{template(kind)}{uuid(number)}'
        f'<statusCode code="completed"/>{at}<consumable><manufacturedProduct>'
        f"<manufacturedMaterial><code {product}</code></manufacturedMaterial>"
        f"</manufacturedProduct></consumable>{inner}</substanceAdministration>"
    )


def write_documents(folder: Path, **documents: str) -> Path:
    """One file for each document."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents.items():
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")
    return folder


def problems(*entries: str) -> str:
    """The section of problems."""
    return section("5.1", "11450-4", *entries)


def record(number: int) -> str:
    """A record's number, as `uuid` writes it."""
    return f"00000000-0000-0000-0000-{number:012d}"
