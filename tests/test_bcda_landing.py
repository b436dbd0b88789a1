"""What one BCDA file lands as: a resource is read, left out by name, or set aside with a reason."""

import json
from pathlib import Path

import pytest

from bcda_files import (
    CARIN,
    CMS,
    amount,
    concept,
    coverage,
    eob,
    info,
    item,
    land,
    ndjson,
    patient,
    rows,
    write,
)
from openvbc.errors import InputError
from openvbc.sources.bcda.format import FORMAT


def landed(tmp_path: Path, text: str) -> Path:
    """Land a text as one file."""
    path = tmp_path / "file.ndjson"
    path.write_text(text, encoding="utf-8")
    return land(path, tmp_path / "out")


def test_a_file_is_known_by_what_stands_in_it_not_by_its_name() -> None:
    for resource in (eob(), coverage("Part A", "2020-01-01"), patient()):
        assert FORMAT.knows("x/y.dat", json.dumps(resource).encode()[:4096])
    assert not FORMAT.knows("ExplanationOfBenefit.ndjson", b'{"resourceType": "Patient"}')
    assert not FORMAT.knows("claims.csv", b"claim_id,paid,bluebutton.cms.gov\n")


def test_codings_are_picked_by_system_wherever_they_stand(tmp_path: Path) -> None:
    """v2 and v3 put the same codings in different places, so the reversed claim must land alike."""
    other = {"system": "urn:other", "code": "ZZ"}

    def mixed(*, is_reversed: bool) -> str:
        claim = eob()
        claim["type"]["coding"].append({**other})
        line = claim["item"][0]
        line["productOrService"]["coding"].append({**other})
        line["locationCodeableConcept"] = {
            "coding": [
                other,
                {
                    "system": "https://www.cms.gov/Medicare/Coding/place-of-service-codes/"
                    "Place_of_Service_Code_Set",
                    "code": "11",
                },
            ]
        }
        if is_reversed:
            for codings in (
                claim["type"]["coding"],
                line["productOrService"]["coding"],
                line["locationCodeableConcept"]["coding"],
                claim["supportingInfo"],
                line["adjudication"],
            ):
                codings.reverse()
        return ndjson([claim])

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    straight = landed(tmp_path / "a", mixed(is_reversed=False))
    turned = landed(tmp_path / "b", mixed(is_reversed=True))
    assert rows(straight, "eob") == rows(turned, "eob")
    assert rows(straight, "eob_line") == rows(turned, "eob_line")
    found = "hcpcs_code, place_of_service_code, charge, allowed, paid"
    expected = ("99213", "11", 120, 100, 80)
    assert rows(straight, "eob_line", found) == [expected]


def test_amounts_of_v2_have_other_names_and_the_same_meaning(tmp_path: Path) -> None:
    """CMS names its amounts by the addresses of its variables in v2, by short names in v3."""

    def v2(name: str, value: float) -> dict[str, object]:
        address = f"https://bluebutton.cms.gov/resources/variables/{name}"
        system = "https://bluebutton.cms.gov/resources/codesystem/adjudication"
        return {"category": concept(system, address), "amount": {"value": value}}

    line = item(
        1,
        v2("line_dme_prchs_price_amt", 999.0),  # "submitted" too, but a price, no charge
        v2("line_sbmtd_chrg_amt", 120.0),
        v2("line_alowd_chrg_amt", 100.0),
        v2("line_nch_pmt_amt", 80.0),
        v2("line_bene_ptb_ddctbl_amt", 5.5),
        v2("line_coinsrnc_amt", 14.5),
        extension=[
            {
                "url": "https://bluebutton.cms.gov/resources/variables/tax_num",
                "valueCoding": {"code": "960000001"},
            }
        ],
    )
    claim = eob(type=concept("https://bluebutton.cms.gov/resources/codesystem/eob-type", "DME"))
    out = landed(tmp_path, ndjson([{**claim, "item": [line]}]))
    found = "charge, allowed, paid, deductible, coinsurance, tax_number"
    assert rows(out, "eob_line", found) == [(120, 100, 80, 5.5, 14.5, "960000001")]
    assert rows(out, "eob", "eob_type") == [("DME",)]


def test_what_is_no_claim_is_left_out_by_name(tmp_path: Path) -> None:
    """A prior authorization asks whether a service would be paid; nothing was done yet."""
    out = landed(
        tmp_path,
        ndjson(
            [
                eob(),
                eob("A1", use="preauthorization"),
                {"resourceType": "Observation", "id": "o"},
                eob("D1", status="draft"),
            ]
        ),
    )
    assert len(rows(out, "eob")) == 1
    assert rows(out, "left_out", "row_number, resource_type, reason") == [
        (2, "ExplanationOfBenefit", "preauthorization"),
        (3, "Observation", "not read"),
        (4, "ExplanationOfBenefit", "draft"),
    ]
    assert rows(out, "aside") == []


def test_a_broken_line_is_set_aside_with_its_number_and_the_others_are_read(tmp_path: Path) -> None:
    """Line 2 is cut off, 4 is empty, 5 has text for money, 6 a list for an object, 7 no type."""
    wrong = eob("W1")
    wrong["item"][0]["adjudication"][0]["amount"]["value"] = "Smith"
    listed = eob("W2", billablePeriod=["Smith"])
    typeless = {"id": "Smith"}
    lines = [
        json.dumps(eob("C1")),
        json.dumps(eob("C2"))[:200],
        json.dumps(eob("C3")),
        "",
        *(json.dumps(it) for it in (wrong, listed, typeless)),
        json.dumps(eob("C4")),
    ]
    out = landed(tmp_path, "\n".join(lines) + "\n")
    assert rows(out, "eob", "row_number, claim_id") == [(1, "C1"), (3, "C3"), (8, "C4")]
    assert rows(out, "aside", "row_number, reason, expected") == [
        (2, "found JSON that is not whole", "one whole resource in JSON on each line"),
        (5, "item.adjudication.amount.value: found text", "a number"),
        (6, "billablePeriod: found a list", "an object"),
        (7, "resourceType is missing", "the name of the resource's type"),
    ]


def test_a_whole_file_may_be_cut_off_at_any_byte_of_its_last_line(tmp_path: Path) -> None:
    text = ndjson([eob("C1"), eob("C2")])
    for at, cut in enumerate((1, 7, 300)):
        (tmp_path / str(at)).mkdir()
        out = landed(tmp_path / str(at), text[: -1 - cut])
        assert rows(out, "eob", "claim_id") == [("C1",)]
        assert [row[0] for row in rows(out, "aside", "row_number")] == [2]


def test_a_resource_a_bundle_and_a_list_are_read_as_ndjson_is(tmp_path: Path) -> None:
    """The place of a resource in a document is its entry, from 1."""
    resources = [eob("C1"), patient(), eob("C2")]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": it} for it in resources]}
    texts = {
        "ndjson": ndjson(resources),
        "bundle": json.dumps(bundle, indent=1),
        "flat": json.dumps(bundle),
        "list": json.dumps(resources, indent=1),
    }
    expected = [(1, "C1"), (3, "C2")]
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        out = landed(tmp_path / name, text)
        # all entries of a Bundle on one line have that line's number
        places = [(1, "C1"), (1, "C2")] if name == "flat" else expected
        assert rows(out, "eob", "row_number, claim_id") == places, name
        assert len(rows(out, "patient")) == 1, name
    out = land(_written(tmp_path / "one.json", json.dumps(eob(), indent=2)), tmp_path / "one")
    assert rows(out, "eob", "row_number, claim_id") == [(1, "C1")]


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_no_json_at_all_is_refused_whole(tmp_path: Path) -> None:
    text = json.dumps(eob(), indent=2)
    with pytest.raises(InputError, match=r"file\.ndjson:1: found JSON that is not whole"):
        landed(tmp_path, text[: len(text) // 2])


def test_contained_providers_tax_number_and_specialty(tmp_path: Path) -> None:
    """Who bills is the contained resource of `provider`; who did it is in the care team."""
    npi = "http://hl7.org/fhir/sid/us-npi"
    billing = {
        "resourceType": "Organization",
        "id": "9",
        "name": "EXAMPLE CLINIC",
        "identifier": [
            {"system": "http://terminology.hl7.org/NamingSystem/CCN", "value": "99A001"},
            {"system": npi, "value": "1900000019"},
            {"system": "urn:oid:2.16.840.1.113883.4.4", "value": "960000009"},
        ],
    }
    insurer = {"resourceType": "Organization", "id": "insurer-org", "name": "CMS"}
    role = concept("http://terminology.hl7.org/CodeSystem/claimcareteamrole", "rendering")
    team = [
        {
            "sequence": at,
            "provider": {"identifier": {"system": npi, "value": number}},
            "role": role,
            "qualification": concept(f"{CMS}CLM-PRVDR-SPCLTY-CD", specialty),
        }
        for at, number, specialty in ((1, "1900000027", "08"), (2, "1900000035", "11"))
    ]
    tax = {
        "url": "https://bluebutton.cms.gov/fhir/StructureDefinition/CLM-PRVDR-TAX-NUM",
        "valueIdentifier": {"value": "960000001"},
    }
    claim = eob(contained=[insurer, billing], provider={"reference": "#9"}, careTeam=team)
    claim["item"] = [
        item(1, amount("CLM_LINE_CVRD_PD_AMT", 1), careTeamSequence=[2], extension=[tax])
    ]
    out = landed(tmp_path, ndjson([claim]))
    found = "billing_name, billing_npi, billing_ccn, billing_tax_number"
    assert rows(out, "eob", found) == [("EXAMPLE CLINIC", "1900000019", "99A001", "960000009")]
    line = "rendering_npi, specialty_code, tax_number"
    assert rows(out, "eob_line", line) == [("1900000035", "11", "960000001")]


def test_supporting_information_is_found_by_its_name(tmp_path: Path) -> None:
    stay = concept(f"{CARIN}C4BBSupportingInfoType", "admissionperiod")
    bill = concept(f"{CARIN}C4BBSupportingInfoType", "typeofbill")
    claim = eob(
        kind="INPATIENT",
        supportingInfo=[
            info("CLM_NCH_WKLY_PROC_DT", timingDate="2025-04-04"),
            {"category": stay, "timingPeriod": {"start": "2025-03-01", "end": "2025-03-05"}},
            {
                "category": bill,
                "code": concept("https://www.nubc.org/CodeSystem/TypeOfBill", "0111"),
            },
            info("CLM_IDR_LD_DT", timingDate="2025-04-09"),
        ],
    )
    out = landed(tmp_path, ndjson([claim]))
    dates = "CAST(recorded_on AS VARCHAR), CAST(paid_date AS VARCHAR), bill_type"
    assert rows(out, "eob", dates) == [("2025-04-09", "2025-04-04", "0111")]
    stayed = "CAST(admission_date AS VARCHAR), CAST(discharge_date AS VARCHAR)"
    assert rows(out, "eob", stayed) == [("2025-03-01", "2025-03-05")]


def test_the_number_of_resources_is_the_number_of_lines(tmp_path: Path) -> None:
    """read + left out + set aside = lines, whatever the mix."""
    folder = write(
        tmp_path / "d" / "f.ndjson", eob("C1"), patient(), coverage("Part A", "2020-01-01")
    )
    with (folder / "f.ndjson").open("a", encoding="utf-8") as file:
        file.write('{"resourceType": "Device"}\nnot json\n{"id": "x"}\n')
    out = land(folder / "f.ndjson", tmp_path / "out")
    tables = ("eob", "patient", "coverage", "left_out", "aside")
    assert [len(rows(out, table)) for table in tables] == [1, 1, 1, 1, 2]
