"""The store: whole or not at all, never changed in place, one builder at a time."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from openvbc.engine import store as store_module
from openvbc.engine.lock import only_one
from openvbc.engine.store import Store, digest, file_digest, make_folder, publish_text, read_json
from openvbc.errors import InputError
from openvbc.report import runs_list

ADDRESS = "ab" + "0" * 62
MANIFEST = {"schema": "openvbc.run/1", "facts": {}, "tables": {}}


def put(store: Store, content: str = "rows") -> tuple[int, str]:
    def write(path: Path) -> int:
        path.write_text(content)
        return 3

    return store.put(ADDRESS, write)


def times(ended: str) -> dict[str, object]:
    return {"started": ended, "ended": ended, "built": 1, "reused": 0}


def gone_process() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


# Partitions


def test_a_partition_is_found_by_its_address_with_rows_and_hash(tmp_path: Path) -> None:
    store = Store(tmp_path)
    rows, sha256 = put(store)
    found = store.find("t", 1, "2025", ADDRESS)
    assert found
    assert found == store.partition("t", 1, "2025", ADDRESS, rows, sha256)
    assert (found.path, found.rows) == (f"store/ab/{ADDRESS}.parquet", 3)
    assert found.sha256 == file_digest(tmp_path / found.path)
    assert found.identity()["table"] == "t"


def test_a_partition_without_its_note_or_its_file_is_none(tmp_path: Path) -> None:
    """The note is written last; a file that somebody removed is built again."""
    store = Store(tmp_path)
    assert store.find("t", None, None, ADDRESS) is None
    put(store)
    note = store.path(ADDRESS).with_suffix(".json")
    kept = note.read_text()
    note.unlink()
    assert store.find("t", None, None, ADDRESS) is None
    for other in (kept[:5], "[]", "{}", '"rows"', '{"rows": null, "sha256": ""}'):
        note.write_text(other)
        assert store.find("t", None, None, ADDRESS) is None
    note.write_text(kept)
    store.path(ADDRESS).unlink()
    assert store.find("t", None, None, ADDRESS) is None


def test_a_partition_that_was_cut_short_is_none(tmp_path: Path) -> None:
    """A note of an earlier version has no size, and stays good."""
    store = Store(tmp_path)
    put(store)
    note = store.path(ADDRESS).with_suffix(".json")
    store.path(ADDRESS).write_text("row")
    assert store.find("t", None, None, ADDRESS) is None
    known = json.loads(note.read_text())
    assert known.pop("size") == len("rows")
    note.write_text(json.dumps(known))
    assert store.find("t", None, None, ADDRESS)


def test_a_partition_that_is_forgotten_is_made_again_and_a_loaded_file_stays(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    part = store.partition("t", None, None, ADDRESS, *put(store))
    store.forget(part)
    store.forget(part)
    assert store.find("t", None, None, ADDRESS) is None
    note = tmp_path / "loads" / "x.json"
    publish_text(note, "{}")
    store.forget(replace(part, path="loads/x.parquet"))
    assert note.exists()


def test_a_write_that_fails_leaves_no_partition(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def fail(path: Path) -> int:
        path.write_text("half")
        raise RuntimeError("out of disk")

    with pytest.raises(RuntimeError, match="out of disk"):
        store.put(ADDRESS, fail)
    assert store.find("t", None, None, ADDRESS) is None
    assert len(list((tmp_path / "store" / "ab").iterdir())) == 1
    store.sweep()
    assert list((tmp_path / "store" / "ab").iterdir()) == []


def test_a_text_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a" / "b" / "note.json"
    publish_text(path, "first")

    def crash(*_: object) -> None:
        raise OSError("power is gone")

    monkeypatch.setattr(store_module, "publish_file", crash)
    with pytest.raises(OSError, match="power is gone"):
        publish_text(path, "second")
    assert path.read_text() == "first"


def test_folders_are_made_with_those_above_and_again_without_harm(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


# Runs


def test_a_run_is_named_by_its_manifest_and_put_in_force(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(InputError, match="run `vbc build`"):
        store.current()
    run_id = store.publish(MANIFEST, times("2026-01-01"))
    assert run_id == digest(MANIFEST)[:16]
    assert store.current() == run_id
    assert store.manifest(run_id) == MANIFEST
    assert store.times(run_id)["ended"] == "2026-01-01"
    with pytest.raises(InputError, match="no such run; `vbc runs` lists them"):
        store.manifest("0" * 16)


@pytest.mark.parametrize("found", ["", "0" * 16, "../loads/x", "\udcff"])
def test_a_run_in_force_that_is_none_is_told_by_its_file(tmp_path: Path, found: str) -> None:
    """Cut off by a full disk, or written by hand; the next build names its own run again."""
    store = Store(tmp_path)
    run_id = store.publish(MANIFEST, times("2026-01-01"))
    (tmp_path / "current").write_bytes(found.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=r"current: found .*, expected the id of a run"):
        store.current()
    assert [it["in_force"] for it in runs_list(store)] == [False]
    assert store.publish(MANIFEST, times("2026-01-01")) == store.current() == run_id


def test_a_run_that_is_published_again_stays_as_it_was_and_comes_into_force(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    first = store.publish(MANIFEST, times("2026-01-01"))
    other = store.publish({**MANIFEST, "facts": {"loads": ["x"]}}, times("2026-01-02"))
    assert store.current() == other
    assert store.publish(MANIFEST, times("2026-01-03")) == first
    assert store.current() == first
    assert store.times(first)["ended"] == "2026-01-01"
    assert store.runs() == [first, other]


def test_a_damaged_run_says_so_and_the_next_build_mends_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run_id = store.publish(MANIFEST, times("2026-01-01"))
    path = tmp_path / "runs" / f"{run_id}.json"
    path.write_text("{")
    with pytest.raises(InputError, match=r"is damaged; run `vbc build` again"):
        store.manifest(run_id)
    store.publish(MANIFEST, times("2026-01-02"))
    assert store.manifest(run_id) == MANIFEST


def test_a_crash_between_a_runs_files_leaves_no_run_that_cannot_be_read(tmp_path: Path) -> None:
    """The times go first; a manifest without times, or times alone, harm nobody."""
    store = Store(tmp_path)
    run_id = store.publish(MANIFEST, times("2026-01-01"))
    runs = tmp_path / "runs"
    (runs / ("f" * 16 + ".times.json")).write_text("{}")
    (runs / f".tmp-1-1-{'e' * 16}.json").write_text("{")
    assert store.runs() == [run_id]
    (runs / f"{run_id}.times.json").unlink()
    assert store.runs() == [run_id]
    assert store.times(run_id) == {}
    store.sweep()
    assert not list(runs.glob(".tmp-*"))


def test_a_file_of_ours_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x.json: settle again"):
        read_json(tmp_path / "x.json", "settle again")
    (tmp_path / "x.json").write_bytes(b"\xff{")
    with pytest.raises(InputError, match=r"x.json: is damaged; settle again"):
        read_json(tmp_path / "x.json", "settle again")


# One builder


def test_a_second_builder_is_refused_and_the_first_keeps_its_files(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.building():
        half = tmp_path / "store" / "ab" / ".tmp-1-1-x.parquet"
        make_folder(half.parent)
        half.write_text("half")
        with pytest.raises(InputError, match="another build is running here"), store.building():
            pass
        assert half.exists()
    with store.building():
        assert not half.exists()


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    """A killed build holds nobody up: the system lets go of its lock."""
    code = (
        "import sys, pathlib; from openvbc.engine.lock import only_one\n"
        "with only_one(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    lock = tmp_path / "build.lock"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    with pytest.raises(InputError, match="another build is running here"), only_one(lock):
        pass
    process.kill()
    process.communicate()
    with only_one(lock):
        pass


def test_only_what_ended_processes_spilled_is_swept(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    mine = spill / f"duckdb_temp_{os.getpid()}_0_storage_DEFAULT-0.tmp"
    theirs = spill / f"duckdb_temp_{gone_process()}_0_storage_DEFAULT-0.tmp"
    init = spill / "duckdb_temp_1_0_owner"  # runs, and is not ours to ask
    other = spill / "notes.txt"
    for path in (mine, theirs, init, other):
        path.write_text("x")
    parts = spill / f"spark_{gone_process()}_0"
    parts.mkdir()
    (parts / "part-0.parquet").write_text("x")
    Store(tmp_path).sweep()
    assert {path.name for path in spill.iterdir()} == {mine.name, init.name, other.name}


def test_whether_a_process_runs_is_not_known_of_another_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert store_module._alive(1)


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [2]}) == digest(json.loads('{"b": [2], "a": 1}'))
    assert digest([1, 2]) != digest([2, 1])
