"""BCDA and Blue Button claims in the canonical tables."""

import random
from pathlib import Path
from typing import Any

import pytest

from bcda_files import (
    CMS,
    Json,
    amount,
    concept,
    coverage,
    eob,
    info,
    item,
    ndjson,
    patient,
    rows,
    version,
    write,
)
from load_tables import load_it
from openvbc.sources.result import LoadResult

MONEY = "claim_line_number, charge_cents, allowed_cents, paid_cents"


def loaded(tmp_path: Path, *resources: Json, data: str = "data", **options: Any) -> LoadResult:
    """Load one NDJSON file with a person."""
    number = sum(1 for _ in tmp_path.glob("delivery*"))
    folder = write(tmp_path / f"delivery{number}" / "all.ndjson", *resources)
    return load_it(tmp_path / data, folder, kind="bcda", **options)


def claims(result: LoadResult, columns: str) -> list[tuple[Any, ...]]:
    return rows(result.folder, "medical_claim", columns)


def test_a_claim_line_in_whole_cents(tmp_path: Path) -> None:
    """120.00 charged, 100.00 allowed, 80.00 paid are 12,000, 10,000 and 8,000 cents."""
    result = loaded(tmp_path, patient(), eob())
    assert claims(result, MONEY) == [(1, 12000, 10000, 8000)]
    assert claims(result, "claim_type, version_type, sign, payer, line_of_business") == [
        ("professional", "original", 1, "CMS", "medicare")
    ]
    assert result.tables["medical_claim"].quarantined == {}


def test_a_tenth_of_a_cent_is_set_aside_not_rounded(tmp_path: Path) -> None:
    claim = eob(item=[item(1, amount("CLM_LINE_CVRD_PD_AMT", 80.001))])
    result = loaded(tmp_path, patient(), claim)
    assert result.tables["medical_claim"].quarantined == {"paid_cents: more than two decimals": 1}


@pytest.mark.parametrize(
    ("paid", "centres", "expected"),
    [
        # 30 + 50 = 80: the lines add up to the claim, the total centre would count twice
        (80.0, [("0250", 30.0), ("0360", 50.0), ("0001", 80.0)], [3000, 5000, 0]),
        # 30 + 40 = 70 and not 80: the claim's payment is the truth, the first line carries it
        (80.0, [("0250", 30.0), ("0360", 40.0), ("0001", 70.0)], [8000, 0, 0]),
        # only the total centre was delivered
        (80.0, [("0001", 80.0)], [8000]),
        # no payment by line, as inpatient claims are
        (80.0, [("0120", None), ("0250", None)], [8000, 0]),
        # no payment of the claim: the lines are all there is
        (None, [("0250", 30.0), ("0360", 40.0)], [3000, 4000]),
    ],
)
def test_an_institutional_payment_is_the_claims_own(
    tmp_path: Path,
    paid: float | None,
    centres: list[tuple[str, float | None]],
    expected: list[int],
) -> None:
    """Amounts of revenue centres are valid only where they add up to the claim's."""
    system = f"{CMS}CLM-REV-CNTR-CD"
    lines = [
        item(
            at,
            *([] if given is None else [amount("CLM_LINE_CVRD_PD_AMT", given)]),
            revenue=concept(system, centre),
        )
        for at, (centre, given) in enumerate(centres, start=1)
    ]
    payment: Json = {} if paid is None else {"payment": {"amount": {"value": paid}}}
    result = loaded(tmp_path, patient(), eob(kind="OUTPATIENT", item=lines, **payment))
    found = claims(result, "claim_line_number, paid_cents")
    assert found == list(enumerate(expected, start=1))


def test_a_claim_without_lines_is_one_line(tmp_path: Path) -> None:
    claim = eob(kind="INPATIENT", item=[], payment={"amount": {"value": 9000.5}})
    assert claims(loaded(tmp_path, patient(), claim), MONEY) == [(1, None, None, 900050)]


def test_versions_are_ordered_by_the_day_and_by_what_they_are(tmp_path: Path) -> None:
    """Original in April, cancelled and replaced on one day in May: 80.00, then nothing, then 60.00.

    The final lines of a claim are those of its last version, unless that is a cancellation.
    """
    less = [item(1, amount("CLM_LINE_CVRD_PD_AMT", 60.0))]
    result = loaded(
        tmp_path,
        patient(),
        version("V3", "2", "2025-05-10", item=less),
        version("V2", "1", "2025-05-10"),
        version("V1", "0", "2025-04-01"),
    )
    found = "version_number, version_type, sign, paid_cents, CAST(effective_on AS VARCHAR)"
    ordered = claims(result, found)
    assert [row[1:] for row in ordered] == [
        ("original", 1, 8000, "2025-04-01"),
        ("cancel", -1, 8000, "2025-05-10"),
        ("adjust", 1, 6000, "2025-05-10"),
    ]
    assert len({row[0] for row in claims(result, "claim_key")}) == 1


def test_a_version_has_the_same_number_whichever_load_brings_it(tmp_path: Path) -> None:
    first = version("V1", "0", "2025-04-01")
    then = version("V2", "1", "2025-05-10")
    both = loaded(tmp_path, patient(), first, then, data="one")
    apart = [loaded(tmp_path, patient(), it, data="two") for it in (then, first)]
    found = "claim_key, version_number, version_type"
    assert sorted(row for it in apart for row in claims(it, found)) == claims(both, found)


def test_a_cancelled_resource_is_a_cancellation(tmp_path: Path) -> None:
    assert claims(loaded(tmp_path, patient(), eob(status="cancelled")), "version_type, sign") == [
        ("cancel", -1)
    ]


def test_a_version_follows_the_claim_it_names(tmp_path: Path) -> None:
    """Without a control number, `related` (prior) says which claim is adjusted."""
    prior = concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
    related = [{"claim": {"identifier": {"value": "C1"}}, "relationship": prior}]
    later = [info("CLM_IDR_LD_DT", timingDate="2025-06-01")]
    adjusted = eob("C2", related=related, supportingInfo=later)
    result = loaded(tmp_path, patient(), eob("C1"), adjusted)
    found = claims(result, "version_type, claim_key")
    assert [row[0] for row in found] == ["adjust", "original"]
    assert found[0][1] == found[1][1]


@pytest.mark.parametrize(
    ("kind", "name", "code", "denied"),
    [
        ("CARRIER", "CLM_CARR_PMT_DNL_CD", "0", True),
        ("CARRIER", "CLM_CARR_PMT_DNL_CD", "1", False),
        ("DME", "CLM_CARR_PMT_DNL_CD", "D", True),
        ("OUTPATIENT", "CLM_MDCR_NPMT_RSN_CD", "N", True),
        ("OUTPATIENT", "CLM_CARR_PMT_DNL_CD", "0", False),
    ],
)
def test_denial_of_a_claim(tmp_path: Path, kind: str, name: str, code: str, denied: bool) -> None:
    """Part B by the carrier's payment denial code, Part A by the non-payment reason."""
    stated = info(name, code=concept(f"{CMS}{name.replace('_', '-')}", code))
    claim = eob(kind=kind, supportingInfo=[stated])
    assert claims(loaded(tmp_path, patient(), claim), "denied") == [(denied,)]


def test_denial_of_a_line(tmp_path: Path) -> None:
    """Lines of Part B are allowed with A, R or S."""
    url = "https://bluebutton.cms.gov/fhir/StructureDefinition/CLM-PRCSG-IND-CD"
    lines = [
        item(
            at,
            amount("CLM_LINE_CVRD_PD_AMT", 1),
            extension=[{"url": url, "valueCoding": {"code": code}}],
        )
        for at, code in enumerate("ARSNZ", start=1)
    ]
    found = claims(loaded(tmp_path, patient(), eob(item=lines)), "claim_line_number, denied")
    assert [row[1] for row in found] == [False, False, False, True, True]


def test_diagnoses_start_with_the_principal_one(tmp_path: Path) -> None:
    """Admitting diagnoses are no conclusion; a code given twice counts once; dots go."""
    system = "http://hl7.org/fhir/sid/icd-10-cm"
    diagnoses = [
        {
            "sequence": at,
            "diagnosisCodeableConcept": concept(system, code),
            "type": [concept("urn:type", role)],
        }
        for at, (code, role) in enumerate(
            [("R07.9", "admitting"), ("I10", "other"), ("I21.4", "principal"), ("I10", "other")], 1
        )
    ]
    result = loaded(tmp_path, patient(), eob(diagnosis=diagnoses))
    assert rows(result.folder, "diagnosis", "sequence, code") == [(1, "I214"), (2, "I10")]


def test_a_part_d_event(tmp_path: Path) -> None:
    """Allowed is the drug cost of 45.50, paid what the plan paid, 35.25; the NDC of a compound is
    its ingredient's."""
    supply = {
        "category": concept(
            "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType", "dayssupply"
        ),
        "valueQuantity": {"value": 30},
    }
    line = item(1, amount("TOT_RX_CST_AMT", 45.5), amount("CLM_LINE_CVRD_PD_AMT", 35.25))
    line["productOrService"] = concept("urn:other", "compound")
    ndc = concept("http://hl7.org/fhir/sid/ndc", "99999000101")
    line["detail"] = [{"productOrService": ndc, "quantity": {"value": 60}}]
    result = loaded(tmp_path, patient(), eob(kind="PDE", item=[line], supportingInfo=[supply]))
    found = "ndc_code, quantity, days_supply, allowed_cents, paid_cents, charge_cents"
    assert rows(result.folder, "pharmacy_claim", found) == [
        ("99999000101", 60, 30, 4550, 3525, None)
    ]
    assert result.tables["medical_claim"].rows_in == 0


def test_coverage_is_cut_where_a_part_or_medicaid_changes(tmp_path: Path) -> None:
    """A from 2023, B from 2024, Medicaid from July 2024, a Part C plan from 2025: four spans."""
    result = loaded(
        tmp_path,
        patient(),
        coverage("Part A", "2023-01-01", BENE_MDCR_STUS_CD="10"),
        coverage("Part B", "2024-01-01", BENE_MDCR_STUS_CD="10"),
        coverage("Dual Medicare/Medicaid", "2024-07-01", BENE_DUAL_STUS_CD="02"),
        coverage("Part C", "2025-01-01"),
        coverage("Part D", "2022-01-01"),
    )
    found = (
        "CAST(enrollment_start_date AS VARCHAR), CAST(enrollment_end_date AS VARCHAR), "
        "part_a, part_b, medicare_advantage, dual_status_code, enrolment_type"
    )
    assert rows(result.folder, "eligibility", found) == [
        ("2023-01-01", "2023-12-31", True, False, False, "00", "aged_nondual"),
        ("2024-01-01", "2024-06-30", True, True, False, "00", "aged_nondual"),
        ("2024-07-01", "2024-12-31", True, True, False, "02", "aged_dual"),
        ("2025-01-01", None, True, True, True, "02", "aged_dual"),
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("10", "aged_nondual"), ("11", "esrd"), ("20", "disabled"), ("21", "esrd"), ("31", "esrd")],
)
def test_enrolment_type_follows_medicare_status(tmp_path: Path, status: str, expected: str) -> None:
    part = coverage("Part A", "2024-01-01", BENE_MDCR_STUS_CD=status, BENE_MDCR_ENTLMT_RSN_CD="1")
    result = loaded(tmp_path, patient(), part)
    found = "enrolment_type, original_reason_entitlement_code"
    assert rows(result.folder, "eligibility", found) == [(expected, "1")]


def test_two_coverages_that_say_the_same_are_one_span(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        patient(),
        coverage("Part A", "2024-01-01", "2024-06-30"),
        coverage("Part A", "2024-07-01"),
        coverage("Part A", "2024-01-01", "2024-06-30"),
    )
    found = "CAST(enrollment_start_date AS VARCHAR), enrollment_end_date"
    assert rows(result.folder, "eligibility", found) == [("2024-01-01", None)]


def test_a_person_with_all_numbers(tmp_path: Path) -> None:
    mbi = "http://hl7.org/fhir/sid/us-mbi"
    resource = patient(
        deceasedDateTime="2025-06-30T00:00:00Z",
        identifier=[
            {"system": mbi, "value": "OLD", "period": {"start": "2018-01-01", "end": "2020-01-01"}},
            {"system": mbi, "value": "NEW", "period": {"start": "2020-01-02"}},
            {"system": "https://bluebutton.cms.gov/resources/identifier/hicn-hash", "value": "h"},
        ],
    )
    result = loaded(tmp_path, resource)
    found = "sex, state, CAST(birth_date AS VARCHAR), CAST(death_date AS VARCHAR)"
    assert rows(result.folder, "person", found) == [("female", "TX", "1950-02-01", "2025-06-30")]
    found = "identifier_type, identifier, person_id, CAST(last_day AS VARCHAR)"
    assert rows(result.folder, "person_identifier", found) == [
        ("bluebutton_patient_id", "P1", "P1", None),
        ("hicn_hash", "h", "P1", None),
        ("mbi", "NEW", "P1", None),
        ("mbi", "OLD", "P1", "2020-01-01"),
    ]


def test_a_person_that_an_earlier_load_knows_by_mbi_stays_that_person(tmp_path: Path) -> None:
    """v2 and v3 number people differently; the MBI is the same."""
    loaded(tmp_path, patient("OLD-1"), eob(patient={"reference": "Patient/OLD-1"}))
    again = loaded(tmp_path, patient("NEW-9"), eob("C9", patient={"reference": "Patient/NEW-9"}))
    assert claims(again, "person_id") == [("OLD-1",)]
    assert rows(again.folder, "person", "person_id") in ([], [("OLD-1",)])


def test_claims_alone_never_blank_a_person_that_is_known(tmp_path: Path) -> None:
    """A month with claims and no Patient resource: who is known stays, who is new is bare."""
    loaded(tmp_path, patient("P1"))
    stranger = eob("C2", patient={"reference": "Patient/P2"})
    later = loaded(tmp_path, eob("C1"), stranger)
    assert later.tables["person"].rows_in == 1
    assert claims(later, "person_id") == [("P1",), ("P2",)]
    assert later.tables["medical_claim"].quarantined == {}


def test_shuffled_files_and_lines_change_nothing(tmp_path: Path) -> None:
    """The same resources in any order and cut into any files make the same rows."""
    resources = [
        patient(),
        coverage("Part A", "2023-01-01", BENE_MDCR_STUS_CD="10"),
        coverage("Part B", "2024-01-01", BENE_MDCR_STUS_CD="10"),
        version("V1", "0", "2025-04-01"),
        version("V2", "1", "2025-05-10"),
        *(eob(f"C{at}") for at in range(10)),
    ]
    straight = loaded(tmp_path, *resources, data="straight")
    random.Random(5).shuffle(resources)
    folder = write(tmp_path / "cut" / "b.ndjson", *resources[:7])
    write(tmp_path / "cut" / "a.json", *resources[7:])
    mixed = load_it(tmp_path / "mixed", folder, kind="bcda")
    for table, lineage in (
        ("medical_claim", "data_source, load_id, received_on, file_name, row_number"),
        ("eligibility", "data_source, load_id, received_on, file_name, row_number"),
        ("person", "data_source, load_id, received_on, file_name, row_number"),
    ):
        columns = f"* EXCLUDE ({lineage})"
        assert rows(straight.folder, table, columns) == rows(mixed.folder, table, columns), table


def test_the_same_delivery_again_and_a_doubled_file_are_counted(tmp_path: Path) -> None:
    first = loaded(tmp_path, patient(), eob())
    again = load_it(tmp_path / "data", tmp_path / "delivery0", kind="bcda")
    assert again.already_loaded
    assert again.load_id == first.load_id
    folder = write(tmp_path / "doubled" / "a.ndjson", patient(), eob("C7"))
    write(tmp_path / "doubled" / "b.ndjson", patient(), eob("C7"))
    doubled = load_it(tmp_path / "other", folder, kind="bcda")
    count = doubled.tables["medical_claim"]
    assert (count.rows_in, count.accepted, count.redelivered) == (2, 1, 1)


def test_a_line_that_cannot_be_read_is_quarantined_with_file_and_number(tmp_path: Path) -> None:
    folder = write(tmp_path / "d" / "claims.ndjson", patient(), eob())
    with (folder / "claims.ndjson").open("a", encoding="utf-8") as file:
        file.write(ndjson([eob("C2")])[:-50])
    result = load_it(tmp_path / "data", folder, kind="bcda")
    listed = rows(result.folder, "quarantine", "file_name, row_number, reason")
    assert listed == [("claims.ndjson", 3, "found JSON that is not whole")]
    assert claims(result, "claim_id") == [("C1",)]


def test_the_samples_of_v3_load_whole(shared: Path, tmp_path: Path) -> None:
    """Ten claims: five institutional and three of Part B with four lines each, a Part D event,
    and a prior authorization, which is left out. 8 x 4 = 32 lines."""
    source = shared / "data/bfd_eob_fhir_samples/apps/bfd-model-idr/out"
    result = load_it(tmp_path / "data", source)
    counts = {table: count.accepted for table, count in result.tables.items() if count.accepted}
    assert result.kind == "bcda"
    assert counts["medical_claim"] == 32
    assert counts["pharmacy_claim"] == 1
    assert counts["diagnosis"] == 27
    assert counts["procedure"] == 25
    assert counts["person"] == 2
    assert counts["eligibility"] == 1
    assert all(not count.quarantined for count in result.tables.values())
    assert "AuditEvent.json" in result.ignored
    kinds = rows(result.folder, "medical_claim", "DISTINCT claim_type")
    assert kinds == [("dme",), ("institutional",), ("professional",)]


def test_the_200_claims_of_the_older_shape_load(shared: Path, tmp_path: Path) -> None:
    """200 claims of three people: 35 Part D events and 165 others; the three single claims beside
    them lack amounts, a number or a person, so their four lines are set aside."""
    result = load_it(tmp_path / "data", shared / "data/bcda_eob_200")
    assert result.tables["pharmacy_claim"].accepted == 35
    medical = result.tables["medical_claim"]
    assert (medical.rows_in, medical.accepted) == (169, 165)
    assert medical.quarantined == {
        "claim_id is missing": 1,
        "paid_cents is missing": 2,
        "person_id is missing": 1,
    }
    assert rows(result.folder, "medical_claim", "count(*) FILTER (claim_id LIKE '%-')") == [(0,)]


@pytest.mark.parametrize("folder", ["v1", "v2"])
def test_the_responses_of_earlier_servers_load(shared: Path, tmp_path: Path, folder: str) -> None:
    """The same claims stand in several responses: counted as redelivered, stored once."""
    below = "apps/bfd-server/bfd-server-war/src/test/resources/endpoint-responses"
    source = shared / "data/bfd_eob_fhir_samples" / below / folder
    result = load_it(tmp_path / "data", source)
    medical, drugs = result.tables["medical_claim"], result.tables["pharmacy_claim"]
    assert (medical.rows_in, medical.accepted) == (31, 13)
    assert (drugs.rows_in, drugs.accepted, drugs.redelivered) == (4, 1, 3)
    assert result.tables["person"].accepted == 1
    assert set(medical.quarantined) == {"same claim version, different content"}
