"""Clinical FHIR files in every shape: the same rows; what is wrong is named; the sample whole."""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from load_tables import load_it, quarantine, rows
from openvbc.errors import InputError
from openvbc.sources.result import LoadResult
from us_core_files import (
    LOINC,
    RXNORM,
    Json,
    bundle,
    concept,
    condition,
    left_out,
    loaded,
    mbi,
    ndjson,
    patient,
    practitioner,
    resource,
    response,
    write,
)

SHARED = Path(os.environ.get("OPENVBC_SHARED", Path(__file__).parents[2] / "shared"))


def everything() -> list[Json]:
    return [
        patient(identifier=mbi("1S00A00AA01")),
        condition(encounter={"reference": "Encounter/E1"}),
        condition("C2"),
        resource("Encounter", "E1", class_={"code": "AMB"}, period={"start": "2025-03-05"}),
        response("R1", "x", {"linkId": "1", "answer": [{"valueInteger": 3}]}),
        practitioner("D1", "1234567893"),
    ]


def content(result: LoadResult) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: rows(result, table, "* EXCLUDE (load_id, file_name, row_number)") for table in TABLES
    }


TABLES = ("person", "condition", "encounter", "questionnaire_answer", "provider")


def test_one_content_in_many_shapes(tmp_path: Path) -> None:
    """A file a type, all in one file, a Bundle, one with addresses, single files, shuffled."""
    want = content(loaded(tmp_path, *everything()))
    assert all(want.values())
    mixed = everything()
    random.Random(7).shuffle(mixed)
    local = json.loads(json.dumps(everything()).replace("Patient/P1", "urn:uuid:P1"))
    entries = [{"fullUrl": f"urn:uuid:{it.pop('id')}", "resource": it} for it in local]
    shapes: dict[str, dict[str, Any]] = {
        "mixed": {"all.ndjson": ndjson(mixed)},
        "bundle": {"bundle.json": json.dumps(bundle(*everything()), indent=1)},
        "addresses": {"b.json": json.dumps({"resourceType": "Bundle", "entry": entries})},
        "single": {f"{n}.json": json.dumps(it, indent=1) for n, it in enumerate(everything())},
        "lines": {"b.ndjson": ndjson([bundle(*mixed[:3]), bundle(*mixed[3:])])},
    }
    for shape, files in shapes.items():
        folder = tmp_path / shape
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        assert content(load_it(tmp_path / f"data-{shape}", folder)) == want, shape


def test_a_broken_line_is_set_aside_with_its_number(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", patient(), condition("C1"), condition("C2"), condition("C3"))
    path = folder / "Condition.000.ndjson"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1][:40]
    path.write_text("\n".join([*lines, '{"resourceType":"Condition"}']), encoding="utf-8")
    result = load_it(tmp_path / "data", folder)
    assert rows(result, "condition", "condition_id") == [("test:C1",), ("test:C3",)]
    assert quarantine(result) == [
        ("resource", "Condition.000.ndjson", 2, "found JSON that is not whole"),
        ("resource", "Condition.000.ndjson", 4, "id is missing"),
    ]


def test_a_file_that_is_no_json_refuses_the_load(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", patient())
    whole = json.dumps(bundle(condition()), indent=1)
    (folder / "bundle.json").write_text(whole[: len(whole) // 2], encoding="utf-8")
    with pytest.raises(InputError, match=r"bundle.json:1: found JSON that is not whole"):
        load_it(tmp_path / "data", folder)


@pytest.mark.skipif(
    not (SHARED / "data" / "synthea_bulk_10p").exists(), reason="needs ../shared/data"
)
def test_the_sample_is_loaded_to_the_last_line(tmp_path: Path) -> None:
    """Counts are those of `wc -l` for each file; three types are named as not read."""
    result = load_it(tmp_path / "data", SHARED / "data" / "synthea_bulk_10p", max_quarantine=0)
    accepted = {table: it.accepted for table, it in result.tables.items() if it.accepted}
    assert accepted == {
        "clinical_procedure": 2056,
        "condition": 555,
        "encounter": 1215,
        "immunization": 161,
        "medication": 1745,
        "person": 13,
        "person_demographics": 13,
        "person_identifier": 26,  # the source's id and a record number of each
        "provider": 43,
        "source": 1,
    }
    assert left_out(result) == {
        "AllergyIntolerance.000.ndjson": 11,
        "Device.000.ndjson": 16,
        "DocumentReference.000.ndjson": 1215,
    }
    assert result.ignored == ("log.ndjson",)
    kinds = rows(result, "encounter", "encounter_type, count(*) OVER (PARTITION BY encounter_type)")
    assert dict(kinds) == {  # the sample's class codes: 1,133 AMB, 49 IMP, 23 EMER, 9 HH, 1 VR
        "outpatient": 1133,
        "inpatient": 48,
        "emergency": 23,
        "home health": 5,
        "hospice": 4,
        "skilled nursing": 1,
        "telehealth": 1,
    }


def test_what_is_not_read_is_counted_by_name(tmp_path: Path) -> None:
    """An order not to do something, a proposal and resources of other types make no rows."""
    ordered = {"code": concept((LOINC, "4548-4")), "status": "active"}
    drug = {"medicationCodeableConcept": concept((RXNORM, "1191"))}
    result = loaded(
        tmp_path,
        patient(),
        resource("AllergyIntolerance", "A1"),
        resource("Device", "D1"),
        resource("ServiceRequest", "S1", doNotPerform=True, **ordered),
        resource("MedicationRequest", "M1", intent="proposal", **drug),
        resource("MedicationRequest", "M2", intent="order", **drug),
    )
    assert left_out(result) == {
        "AllergyIntolerance.000.ndjson": 1,
        "Device.000.ndjson": 1,
        "MedicationRequest.000.ndjson": 1,
        "ServiceRequest.000.ndjson": 1,
    }
    assert rows(result, "medication", "medication_id") == [("test:MedicationRequest/M2",)]
