"""C-CDA documents: what a clinician's record says of one patient, into the clinical tables.

The documents are built by hand after the templates of C-CDA R2.1. Ann has a sender's number and a
Medicare number.
"""

import random
from pathlib import Path
from typing import Any

import pytest

from ccda_sample import (
    CPT,
    CVX,
    ICD10,
    NPI,
    ROOT,
    RXNORM,
    coded,
    document,
    header,
    observation,
    organizer,
    problem,
    problems,
    quantity,
    record,
    section,
    substance,
    template,
    times,
    uuid,
    write_documents,
)
from load_tables import load_it, quarantine, rows, select
from openvbc.sources.load import LoadResult

E119 = f'<translation code="E11.9" codeSystem="{ICD10}"/>'
DIABETES = problem(1, coded("44054006", inner=E119))


def load_documents(folder: Path, *documents: str, data: str = "data") -> LoadResult:
    source = folder / f"in{len(list(folder.glob('in*')))}"
    named = {f"d{at}": text for at, text in enumerate(documents, start=1)}
    return load_it(folder / data, write_documents(source, **named))


def conditions(result: LoadResult, columns: str = "code_type, code, status") -> list[Any]:
    return rows(result, "condition", columns)


def test_a_document_says_whose_it_is(tmp_path: Path) -> None:
    result = load_documents(tmp_path, document(problems(DIABETES)))
    assert rows(
        result, "person", "person_id, birth_date::VARCHAR, sex, race, state, us_resident"
    ) == [("1EG4TE5MK73", "1940-01-02", "female", "white", "ME", True)]
    assert rows(result, "person_identifier", "identifier_type, identifier, person_id") == [
        ("mbi", "1EG4TE5MK73", "1EG4TE5MK73"),
        ("medical_record_number", "1.2.3:A-77", "1EG4TE5MK73"),
    ]


def test_a_person_of_a_claims_feed_is_the_same_person(tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.mkdir()
    (known / "person.csv").write_text("person_id,birth_date\nANN,1940-01-02\n")
    (known / "person_identifier.csv").write_text(
        "identifier_type,identifier,person_id\nmbi,1EG4TE5MK73,ANN\n"
    )
    load_it(tmp_path / "data", known)
    result = load_documents(tmp_path, document(problems(DIABETES)))
    assert rows(result, "condition", "person_id") == [("ANN",)]


def test_a_patient_without_a_medicare_number_is_known_by_the_senders(tmp_path: Path) -> None:
    own = header('<id root="1.2.3" extension="B-1"/>')
    result = load_documents(tmp_path, document(problems(DIABETES), head=own))
    assert rows(result, "condition", "person_id") == [("mrn:1.2.3:B-1",)]


@pytest.mark.parametrize(
    ("entry", "status", "dates"),
    [
        (DIABETES, "active", ("2024-01-05", None, "2024-01-10")),
        (
            problem(1, coded("44054006"), at=times("2010", "201206")),
            "resolved",
            ("2010-01-01", "2012-06-30", "2024-01-10"),
        ),
        (
            problem(1, coded("44054006"), status="277022003"),
            "remission",
            ("2024-01-05", None, "2024-01-10"),
        ),
        (
            problem(1, coded("44054006"), concern="completed"),
            "inactive",
            ("2024-01-05", None, "2024-01-10"),
        ),
        (
            problem(1, coded("44054006"), concern="nullified"),
            "entered in error",
            ("2024-01-05", None, "2024-01-10"),
        ),
    ],
    ids=["active", "ended", "own status", "concern closed", "entered in error"],
)
def test_a_problem_has_the_status_of_the_nearest_that_says_one(
    tmp_path: Path, entry: str, status: str, dates: tuple[Any, ...]
) -> None:
    """Of a year the first day is taken for a beginning, of a month the last one for an end."""
    result = load_documents(tmp_path, document(problems(entry)))
    assert conditions(result) == [("snomed-ct", "44054006", status)]
    columns = "onset_date::VARCHAR, resolved_date::VARCHAR, recorded_date::VARCHAR"
    assert conditions(result, columns) == [dates]
    assert conditions(result, "condition_id, condition_type, sensitivity") == [
        (record(1), "problem", None)
    ]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (coded("E11.9", ICD10), ("icd-10-cm", "E119")),
        (f'nullFlavor="OTH">{E119}', ("icd-10-cm", "E119")),
        (coded("DM2", "1.2.99", E119), ("icd-10-cm", "E119")),
        (coded("DM2", "1.2.99"), ("urn:oid:1.2.99", "DM2")),
    ],
    ids=["own", "null with translation", "local with translation", "local"],
)  # fmt: skip
def test_a_code_of_a_known_system_goes_before_a_local_one(
    tmp_path: Path, value: str, code: tuple[str, str]
) -> None:
    result = load_documents(tmp_path, document(problems(problem(1, value))))
    assert conditions(result, "code_type, code") == [code]


def test_what_is_denied_or_says_nothing_is_no_condition(tmp_path: Path) -> None:
    """No known problems, and an act that only says that there is no information."""
    none = problem(2, coded("55607006"), attributes='negationInd="true"')
    nothing = problem(3, coded("44054006"), attributes='nullFlavor="NI"')
    result = load_documents(tmp_path, document(problems(DIABETES, none, nothing)))
    assert conditions(result, "condition_id") == [(record(1),)]
    assert quarantine(result) == []


def test_a_problem_without_any_code_is_set_aside(tmp_path: Path) -> None:
    """It stands in the record, so it must not vanish: row 4 is the second problem's observation."""
    uncoded = problem(2, 'nullFlavor="UNK">')
    result = load_documents(tmp_path, document(problems(DIABETES, uncoded)))
    assert quarantine(result) == [("condition", "d1.xml", 4, "code_type is missing")]
    assert conditions(result, "condition_id") == [(record(1),)]


def test_a_statement_without_an_id_is_the_same_when_it_is_said_again(tmp_path: Path) -> None:
    first = document(problems(problem(1, coded("44054006"), own_id='<id nullFlavor="NI"/>')))
    again = header(document="D2", created="20250401")
    later = document(
        problems(DIABETES, problem(2, coded("44054006"), own_id='<id root="1.2"/>')), head=again
    )
    result = load_documents(tmp_path, first, later)
    found = conditions(result, "condition_id")
    assert len(found) == 2
    assert found[0] == (record(1),)
    assert found[1][0].startswith("ccda-")


RESULTS = section(
    "3.1",
    "30954-2",
    organizer(
        "1",
        observation(10, "4548-4", quantity("7.2", "%")),
        observation(11, "2089-1", '<value xsi:type="ST">&gt;= 300</value>'),
        observation(12, "5778-6", '<value xsi:type="ST">Yellow</value>'),
        observation(
            13,
            "1988-5",
            '<value xsi:type="IVL_PQ"><high value="5" unit="mg/L" inclusive="false"/></value>',
            status="active",
        ),
    ),
)
VITALS = section(
    "4.1",
    "8716-3",
    organizer(
        "26",
        observation(20, "8480-6", quantity("138", "mm[Hg]"), kind="27"),
        observation(21, "8462-4", quantity("82", "mm[Hg]"), kind="27"),
    ),
)
SMOKING = section(
    "17",
    "29762-2",
    observation(30, "72166-2", f'<value xsi:type="CD" {coded("8517006")}</value>', kind="78"),
)


def test_results_and_vital_signs_are_observations(tmp_path: Path) -> None:
    result = load_documents(tmp_path, document(RESULTS, VITALS, SMOKING))
    columns = (
        "code, category, status, value_number::VARCHAR, value_comparator, unit, value_code, "
        "value_text"
    )
    assert rows(result, "observation", columns) == [
        ("1988-5", "laboratory", "preliminary", "5.000000", "<", "mg/L", None, None),
        ("2089-1", "laboratory", "final", "300.000000", ">=", None, None, None),
        ("4548-4", "laboratory", "final", "7.200000", None, "%", None, None),
        ("5778-6", "laboratory", "final", None, None, None, None, "Yellow"),
        ("72166-2", "social-history", "final", None, None, None, "8517006", None),
        ("8462-4", "vital-signs", "final", "82.000000", None, "mm[Hg]", None, None),
        ("8480-6", "vital-signs", "final", "138.000000", None, "mm[Hg]", None, None),
    ]
    assert rows(result, "observation", "DISTINCT observation_date::VARCHAR") == [("2025-03-01",)]


REFUSED = (
    '<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN">'
    f'{template("53")}<code code="PATOBJ" codeSystem="2.16.840.1.113883.5.8"/></observation>'
    "</entryRelationship>"
)
FLU = coded("140", CVX)
SHOTS = section(
    "2.1",
    "11369-6",
    substance("52", 40, FLU, at='<effectiveTime value="20241010"/>'),
    substance("52", 41, FLU, attributes='moodCode="EVN" negationInd="true"', inner=REFUSED),
    substance("52", 42, FLU, attributes='moodCode="INT"'),
)


def test_an_immunization_refused_is_not_done_and_one_planned_is_none(tmp_path: Path) -> None:
    result = load_documents(tmp_path, document(SHOTS))
    columns = (
        "immunization_id, status, code_type, code, status_reason_code, occurrence_date::VARCHAR"
    )
    assert rows(result, "immunization", columns) == [
        (record(40), "completed", "cvx", "140", None, "2024-10-10"),
        (record(41), "not done", "cvx", "140", "PATOBJ", "2025-02-01"),
    ]


DISPENSED = (
    '<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="EVN">'
    f'{template("18")}{uuid(51)}<statusCode code="completed"/><effectiveTime value="20250203"/>'
    '<quantity value="90"/></supply></entryRelationship>'
)
ORDERED = (
    '<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="INT">'
    f'{template("17")}{uuid(59)}<quantity value="30"/></supply></entryRelationship>'
)
METFORMIN = coded("860975", RXNORM)
EVERY_DAY = (
    '<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="1" unit="d"/></effectiveTime>'
)
DRUGS = section(
    "1.1",
    "10160-0",
    substance("16", 50, METFORMIN, at=EVERY_DAY + times("20250201", "20250501"), inner=DISPENSED),
    substance("16", 52, METFORMIN, attributes='moodCode="INT"', inner=ORDERED),
    substance("16", 53, METFORMIN, attributes='moodCode="EVN" negationInd="true"'),
)


def test_a_medication_is_a_statement_a_request_or_a_dispense(tmp_path: Path) -> None:
    """The drug of a dispense is that of the medication it belongs to; a drug denied is no row."""
    result = load_documents(tmp_path, document(DRUGS))
    columns = (
        "medication_id, record_type, code_type, code, prescribing_date::VARCHAR, "
        "dispensing_date::VARCHAR, end_date::VARCHAR, quantity::VARCHAR"
    )
    drug = ("rxnorm", "860975")
    assert rows(result, "medication", columns) == [
        (record(50), "statement", *drug, "2025-02-01", None, "2025-05-01", None),
        (record(51), "dispense", *drug, None, "2025-02-03", None, "90.000"),
        (record(52), "request", *drug, "2025-02-01", None, None, "30.000"),
    ]


VISIT_DIAGNOSIS = (
    f'<entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="EVN">{template("80")}'
    '<statusCode code="active"/><entryRelationship typeCode="SUBJ">'
    f'<observation classCode="OBS" moodCode="EVN">{template("4")}{uuid(61)}'
    f'<statusCode code="completed"/>{times("20250101")}'
    f'<value xsi:type="CD" {coded("I50.9", ICD10)}</value></observation></entryRelationship>'
    "</act></entryRelationship>"
)
STAY = (
    f'<encounter classCode="ENC" moodCode="EVN">{template("49")}{uuid(60)}'
    f'<code code="99238" codeSystem="{CPT}">'
    '<translation code="IMP" codeSystem="2.16.840.1.113883.5.4"/></code>'
    f"{times('202501011015-0500', '202501051045-0500')}"
    '<sdtc:dischargeDispositionCode code="03" codeSystem="2.16.840.1.113883.6.301.5"/>'
    f'<performer><assignedEntity><id root="{NPI}" extension="1234567893"/></assignedEntity>'
    f"</performer>{VISIT_DIAGNOSIS}</encounter>"
)
OFFICE = (
    f'<encounter classCode="ENC" moodCode="EVN">{template("49")}{uuid(62)}'
    f'<code code="99213" codeSystem="{CPT}"/><effectiveTime value="20250220"/></encounter>'
)


def test_visits_are_encounters_with_their_diagnoses(tmp_path: Path) -> None:
    """The header's visit and the section's are one, by their id; an office visit is one day."""
    about = (
        f"<componentOf><encompassingEncounter>{uuid(60)}"
        f"{times('202501011015-0500')}<location><healthCareFacility>"
        '<id root="2.16.840.1.113883.4.336" extension="200001"/></healthCareFacility></location>'
        "</encompassingEncounter></componentOf>"
    )
    result = load_documents(
        tmp_path, document(section("22.1", "46240-8", STAY, OFFICE), head=header(about=about))
    )
    columns = (
        "encounter_id, encounter_type, encounter_start_date::VARCHAR, encounter_end_date::VARCHAR, "
        "started_at::VARCHAR, discharge_disposition_code, attending_npi, facility_ccn, "
        "primary_diagnosis_code"
    )
    assert rows(result, "encounter", columns) == [
        (
            record(60), "inpatient", "2025-01-01", "2025-01-05", "2025-01-01 10:15:00",
            "03", "1234567893", "200001", "I509",
        ),
        (record(62), "office visit", "2025-02-20", "2025-02-20", None, None, None, None, None),
    ]  # fmt: skip
    assert conditions(result, "condition_id, condition_type, encounter_id, code") == [
        (f"{record(61)}:{record(60)}", "encounter diagnosis", record(60), "I509")
    ]


def test_a_procedure_is_done_ordered_or_not_done(tmp_path: Path) -> None:
    def procedure(number: int, kind: str, attributes: str, code: str) -> str:
        return (
            f'<procedure classCode="PROC" {attributes}>{template(kind)}{uuid(number)}'
            f'<code code="{code}" codeSystem="{CPT}"/><statusCode code="completed"/>'
            '<effectiveTime value="20250301"/></procedure>'
        )

    done = [
        procedure(70, "14", 'moodCode="EVN"', "45378"),
        procedure(71, "14", 'moodCode="EVN" negationInd="true"', "45378"),
        procedure(72, "41", 'moodCode="RQO"', "45378"),
    ]
    result = load_documents(tmp_path, document(section("7.1", "47519-4", *done)))
    columns = "procedure_id, record_type, status, code_type, procedure_date::VARCHAR"
    assert rows(result, "clinical_procedure", columns) == [
        (record(70), "procedure", "completed", "hcpcs", "2025-03-01"),
        (record(71), "procedure", "not done", "hcpcs", "2025-03-01"),
        (record(72), "request", "completed", "hcpcs", "2025-03-01"),
    ]


EVERYTHING = [
    problems(DIABETES, problem(2, coded("38341003"))),
    RESULTS,
    VITALS,
    SMOKING,
    SHOTS,
    DRUGS,
    section("22.1", "46240-8", STAY, OFFICE),
]
TABLES = ("condition", "observation", "immunization", "medication", "encounter", "person")


def everything(result: LoadResult) -> list[Any]:
    """All rows of all tables, without where they were read."""
    left_out = "* EXCLUDE (file_name, row_number, load_id)"
    return [rows(result, table, left_out) for table in TABLES]


def test_the_order_of_sections_and_a_second_copy_change_nothing(tmp_path: Path) -> None:
    """The same document under two names, and the same record said again in a later document."""
    once = everything(load_documents(tmp_path, document(*EVERYTHING), data="once"))
    dice = random.Random(1)
    for at in range(3):
        shuffled = dice.sample(EVERYTHING, len(EVERYTHING))
        later = document(*shuffled, head=header(document="D2", created="20250401"))
        copies = [document(*EVERYTHING), document(*shuffled), later]
        dice.shuffle(copies)
        result = load_documents(tmp_path, *copies, data=f"again{at}")
        assert everything(result) == once
        assert quarantine(result) == []


def test_a_record_is_as_the_latest_document_says(tmp_path: Path) -> None:
    now = problem(1, coded("44054006"), at=times("20240105", "20250320"))
    later = header(document="D2", created="20250401")
    result = load_documents(
        tmp_path, document(problems(now), head=later), document(problems(DIABETES))
    )
    assert conditions(result) == [("snomed-ct", "44054006", "resolved")]


def test_a_document_that_was_replaced_says_nothing_any_more(tmp_path: Path) -> None:
    """The second document takes the first one's place and no longer has the problem."""
    related = (
        '<relatedDocument typeCode="RPLC"><parentDocument><id root="9.9" extension="D1"/>'
        "</parentDocument></relatedDocument>"
    )
    other = header(document="D2", created="20250401", about=related)
    second = document(problems(problem(2, coded("38341003"))), head=other)
    result = load_documents(tmp_path, document(problems(DIABETES)), second)
    assert conditions(result, "code") == [("38341003",)]


def test_of_the_versions_of_one_document_the_last_stands(tmp_path: Path) -> None:
    def version(number: int, entry: str) -> str:
        said = f'<setId root="9.9" extension="S"/><versionNumber value="{number}"/>'
        return document(problems(entry), head=header(document=f"V{number}", more=said))

    second = version(10, problem(2, coded("38341003")))
    result = load_documents(tmp_path, version(9, DIABETES), second)
    assert conditions(result, "code") == [("38341003",)]


RESTRICTED = '<confidentialityCode code="R"/>'


def test_a_restricted_document_or_section_marks_its_rows(tmp_path: Path) -> None:
    """The whole first document; of the second only the section with the second problem."""
    whole = header().replace('<confidentialityCode code="N"/>', RESTRICTED)
    result = load_documents(tmp_path, document(problems(DIABETES), head=whole))
    assert conditions(result, "code, sensitivity") == [("44054006", "restricted")]
    marked = problems(problem(2, coded("38341003"))).replace("<text>", f"{RESTRICTED}<text>", 1)
    result = load_documents(tmp_path, document(problems(DIABETES), marked), data="other")
    found = conditions(result, "code, sensitivity")
    assert found == [("38341003", "restricted"), ("44054006", None)]


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
WHOLE = document(problems(DIABETES))
DECLARED = "has a document type declaration, which is not read"
SCAN = "<component><nonXMLBody/></component>"
DEEP = "<a>" * 300 + "</a>" * 300
TOO_MUCH = "has more than 2,000,000 elements, or 200 in each other"
NO_PATIENT = '<id root="2.16.840.1.113883.4.1" extension="123-45-6789"/>'


@pytest.mark.parametrize(
    ("bad", "line", "reason"),
    [
        (WHOLE[: len(WHOLE) // 2], 4, "is not well-formed XML"),
        (WHOLE.replace("</structuredBody>", ""), 7, "is not well-formed XML"),
        (WHOLE.replace("\n", f"\n{LAUGHS}", 1), 2, DECLARED),
        (WHOLE.replace("\n", f"\n{OUTSIDE}", 1), 2, DECLARED),
        (WHOLE.replace("10.20.22.1.", "10.20.99.1."), 2, "is no C-CDA document"),
        (document(head=header(NO_PATIENT)), 2, "does not say who the patient is"),
        (f"{ROOT}{header()}{SCAN}</ClinicalDocument>", 1, "has no structured body"),
        (f"{ROOT}{DEEP}</ClinicalDocument>", 1, TOO_MUCH),
        (WHOLE.replace("UTF-8", "KLINGON"), 1, "has an encoding that is not known"),
    ],
    ids=["cut off", "tag lost", "laughs", "outside", "other", "nobody", "scan", "deep", "encoding"],
)  # fmt: skip
def test_a_document_that_cannot_be_read_is_set_aside_and_the_others_are_loaded(
    tmp_path: Path, bad: str, line: int, reason: str
) -> None:
    """Neither grows nor opens anything: entities are refused with the declaration itself."""
    result = load_documents(tmp_path, bad, WHOLE)
    assert quarantine(result) == [("document", "d1.xml", line, reason)]
    assert conditions(result, "code") == [("44054006",)]


def test_a_day_that_there_is_not_is_set_aside_by_its_statement(tmp_path: Path) -> None:
    wrong = [problem(2, coded("1"), at=times("20250231")), problem(3, coded("1"), at=times("May"))]
    result = load_documents(tmp_path, document(problems(DIABETES, *wrong)))
    reason = "onset_date: found text that is not a date as YYYY-MM-DD"
    assert quarantine(result) == [
        ("condition", "d1.xml", 4, reason),
        ("condition", "d1.xml", 6, reason),
    ]


def test_other_encodings_are_read(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    text = WHOLE.replace("UTF-8", "UTF-16")
    (source / "d.xml").write_bytes(text.encode("utf-16"))
    assert conditions(load_it(tmp_path / "data", source), "code") == [("44054006",)]


def test_the_sections_are_counted_with_what_was_read_of_them(tmp_path: Path) -> None:
    """An allergy is not read: 2 statements seen, none made a row. Of 2 statements of the problem
    one, the observation, did."""
    allergy = (
        f'<act classCode="ACT" moodCode="EVN">{template("30")}<entryRelationship>'
        f'<observation classCode="OBS" moodCode="EVN">{template("7")}</observation>'
        "</entryRelationship></act>"
    )
    load_documents(tmp_path, document(problems(DIABETES), section("6.1", "48765-2", allergy)))
    landed = next((tmp_path / "data" / "landing").rglob("section.parquet"))
    assert select(f"SELECT code, statements, statements_read FROM '{landed}'") == [
        ("11450-4", "2", "1"),
        ("48765-2", "2", "0"),
    ]
