"""Damaged BCDA files: nothing crashes, and every resource is read, left out or set aside."""

import json
import shutil
from pathlib import Path

import pytest

from bcda_files import coverage, eob, land, ndjson, patient, version
from mutate import rows, tally

pytestmark = pytest.mark.usefixtures("one_database")

READ = ("eob", "patient", "coverage", "left_out", "aside")

CONTENT = ndjson(
    [
        eob("C1"),
        patient(),
        coverage("Part A", "2023-01-01", BENE_MDCR_STUS_CD="10"),
        version("V1", "0", "2025-04-01"),
        eob("C2", kind="OUTPATIENT", payment={"amount": {"value": 80.0}}),
        eob("A1", use="preauthorization"),
    ]
).encode()


def landed_whole(content: bytes, folder: Path) -> bool:
    """Land it; was all of it read? Its lines must all be accounted for."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "file.ndjson"
    path.write_bytes(content)
    out = land(path, folder / "out")
    counts = {table: rows(out / f"{table}.parquet") for table in READ}
    assert sum(counts.values()) == _resources(content)
    return counts["aside"] == 0


def _resources(content: bytes) -> int:
    """How many resources a damaged file can hold: its lines that are not blank; of a line or a
    file that became a list, its members."""
    lines = [it for it in content.split(b"\n") if it.strip()]
    if not lines or any(_is_object(it) for it in lines):
        return len(lines)
    whole = _parsed(content)
    return len(whole) if isinstance(whole, list) else 1


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _is_object(line: bytes) -> bool:
    return isinstance(_parsed(line), dict)


def _tally(tmp_path: Path, count: int, seed: int) -> tuple[int, int, int]:
    return tally(CONTENT, count, lambda it: landed_whole(it, tmp_path / "work"), seed)


def test_damaged_files(tmp_path: Path) -> None:
    """All three ends are met: read whole, partly set aside, refused."""
    whole, partly, refused = _tally(tmp_path, 100, seed=3)
    assert whole + partly + refused == 100
    assert whole > 5
    assert partly > 5


@pytest.mark.slow
def test_many_damaged_files(tmp_path: Path) -> None:
    """Not more of them: each takes 150 ms."""
    whole, partly, refused = _tally(tmp_path, 2_500, seed=11)
    assert whole + partly + refused == 2_500
