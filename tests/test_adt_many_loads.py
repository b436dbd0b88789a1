"""A feed of messages makes loads without end: the next must cost what the first cost.

Each batch of messages is a load of its own, some thousands a day. What a load has to know of those
before it is what stands after them; a process reads a manifest once, and a manifest names only the
load before it. So the work of a load is counted here, not timed: seconds are in bench/adt.py.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from load_tables import PERSON, load_it, write_source
from openvbc.sources import loads as known
from openvbc.sources.loads import LOADS, MANIFEST, loads, read_manifest, standing
from test_adt import FINISHED, STAY, adt, load_messages
from test_adt import standing as encounters_standing

LOADS_BEFORE = 300


def small_loads(data: Path, like: Path, numbers: range) -> None:
    """Loads that brought nothing: the manifest of one, under other ids."""
    manifest = json.loads((like / MANIFEST).read_text()) | {"partitions": [], "tables": {}}
    for number in numbers:
        folder = data / LOADS / f"{number:016x}"
        folder.mkdir()
        said = manifest | {"load_id": folder.name, "number": number, "after": [like.name]}
        (folder / MANIFEST).write_text(json.dumps(said))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The loads whose manifests are read."""
    found: list[str] = []

    def noting(folder: Path) -> dict[str, Any]:
        found.append(folder.name)
        return read_manifest(folder)

    monkeypatch.setattr(known, "read_manifest", noting)
    return found


def test_the_300th_message_reads_no_more_than_the_second(tmp_path: Path, opened: list[str]) -> None:
    first = load_messages(tmp_path, STAY[:1])
    second = load_messages(tmp_path, STAY[1:2])
    assert opened == [first.load_id]
    data = tmp_path / "data"
    small_loads(data, second.folder, range(2, LOADS_BEFORE))
    standing(data)
    opened.clear()
    load_messages(tmp_path, STAY[2:3])
    assert opened == []
    last = load_messages(tmp_path, STAY[3:])
    assert len(opened) == 1
    assert encounters_standing(data) == [FINISHED]
    sizes = [len((it.folder / MANIFEST).read_bytes()) for it in (second, last)]
    assert sizes[1] - sizes[0] < 10  # the digits of larger numbers
    assert [it["number"] for it in loads(data)] == list(range(LOADS_BEFORE + 2))


def test_a_message_looks_up_only_the_visits_that_it_names(tmp_path: Path) -> None:
    """Fifty other visits stand; one of them is discharged and the others stay as they were."""
    at = "202503011015"
    load_messages(tmp_path, [adt("A01", at, visit=f"W{it}", admitted=at) for it in range(50)])
    result = load_messages(tmp_path, [adt("A03", "202503021015", visit="W7")])
    count = result.tables["encounter"]
    assert (count.rows_in, count.accepted, count.updated) == (1, 1, 1)
    found = {it[0]: it[3] for it in encounters_standing(tmp_path / "data")}
    assert len(found) == 50
    assert {it for it, status in found.items() if status == "finished"} == {"GENERAL:W7"}


def a_person(folder: Path, person: str) -> Path:
    return write_source(folder / person, person=[PERSON | {"person_id": person}])


def stands(data: Path) -> set[str]:
    return {it.path.split("/")[1] for it in standing(data).partitions()["person"]}


def test_what_was_known_is_forgotten_where_the_loads_are_others(tmp_path: Path) -> None:
    """A load that was removed by hand, and a workspace made anew in the same place."""
    data = tmp_path / "data"
    one = load_it(data, a_person(tmp_path, "P1"), buckets=1)
    two = load_it(data, a_person(tmp_path, "P2"), buckets=1)
    assert stands(data) == {two.load_id}
    shutil.rmtree(two.folder)
    assert stands(data) == {one.load_id}
    shutil.rmtree(data)
    assert standing(data).names == set()
    again = load_it(data, a_person(tmp_path, "P2"), buckets=1)
    assert (again.load_id, read_manifest(again.folder)["number"]) == (two.load_id, 0)
    last = load_it(data, a_person(tmp_path, "P1"), buckets=1)
    assert stands(data) == {last.load_id} == {one.load_id}


def test_a_load_of_another_process_is_seen(tmp_path: Path) -> None:
    """It appears beside those that are known, and is read with its number."""
    data = tmp_path / "data"
    one = load_it(data, a_person(tmp_path, "P1"), buckets=1)
    standing(data)
    small_loads(data, one.folder, range(1, 4))
    assert standing(data).number == 4
    assert standing(data).last == f"{3:016x}"


def test_manifests_that_list_all_loads_before_them_are_still_read(tmp_path: Path) -> None:
    """As they were written before a load said its number; joins of people still are."""
    data = tmp_path / "data"
    results = [load_it(data, a_person(tmp_path, it), buckets=1) for it in ("P1", "P2", "P3")]
    ids = [it.load_id for it in results]
    for at, result in enumerate(results):
        path = result.folder / MANIFEST
        manifest = json.loads(path.read_text())
        del manifest["number"]
        path.write_text(json.dumps(manifest | {"after": ids[:at]}))
    assert [it["load_id"] for it in loads(data)] == ids
    assert standing(data).number == 3
