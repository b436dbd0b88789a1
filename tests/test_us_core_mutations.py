"""Damaged clinical FHIR files: nothing crashes; every resource is read, left out or set aside."""

import json
import shutil
from pathlib import Path

import pytest

from mutate import tally
from us_core_files import Json, concept, condition, land, mbi, ndjson, patient, resource

pytestmark = pytest.mark.usefixtures("one_database")

RESOURCES: list[Json] = [
    patient(identifier=mbi("1S00A00AA01")),
    condition(onsetDateTime="2025-03-05"),
    condition("C2"),
    resource("Encounter", "E1", class_={"code": "AMB"}, period={"start": "2025-03-05"}),
    resource("Observation", "O1", code=concept(("http://loinc.org", "4548-4")), valueInteger=7),
    resource("Device", "D1"),
]
ONE_ROW = ("patient", "condition", "encounter", "observation", "left_out", "aside")
"""Tables with a row for each resource of these."""


def landed_whole(content: bytes, folder: Path) -> bool:
    """Land it; was all of it read? Its resources must all be accounted for."""
    shutil.rmtree(folder, ignore_errors=True)
    counts = {table: len(rows) for table, rows in land(content, folder).items()}
    # no damage makes a type that has a table of its own
    assert set(counts) <= {*ONE_ROW, "patient_identifier"}
    assert sum(counts.get(it, 0) for it in ONE_ROW) == _resources(content)
    return not counts.get("aside")


def _resources(content: bytes) -> int:
    """How many resources a damaged file can hold: its lines that are not blank; of a file that
    became a list, its members."""
    lines = [it for it in content.split(b"\n") if it.strip()]
    if not lines or any(isinstance(_parsed(it), dict) for it in lines):
        return len(lines)
    whole = _parsed(content)
    return len(whole) if isinstance(whole, list) else 1


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _tally(tmp_path: Path, resources: list[Json], count: int, seed: int) -> tuple[int, int, int]:
    content = ndjson(resources).encode()
    return tally(content, count, lambda it: landed_whole(it, tmp_path / "work"), seed)


def test_damaged_files(tmp_path: Path) -> None:
    """A file of one type, which is read at once while it is whole, and one of several types."""
    for resources in (RESOURCES[1:3] * 3, RESOURCES):
        whole, partly, refused = _tally(tmp_path, resources, 60, seed=3)
        assert whole + partly + refused == 60
        assert whole > 5
        assert partly > 5


@pytest.mark.slow
def test_many_damaged_files(tmp_path: Path) -> None:
    """Not more of them: each takes 150 ms."""
    whole, partly, refused = _tally(tmp_path, RESOURCES, 2_500, seed=11)
    assert whole + partly + refused == 2_500
