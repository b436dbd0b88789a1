"""Runs are immutable, reproducible, and survive being killed.

A small synthetic workspace of 400 people is built again and again: in one and in seven buckets,
with 20 kills at random moments, and from scratch elsewhere.
"""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from openvbc.demo import write_contracts
from openvbc.engine.store import file_digest
from openvbc.generate.population import generate
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace

KILLS = 20
MEMBERS = 400


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("people") / "source", members=MEMBERS, seed=7).folder


def workspace(folder: Path, source: Path, buckets: int) -> Workspace:
    made = Workspace.init(folder, Settings(buckets=buckets, memory_mb=800))
    load(made.data, source, buckets=buckets, data_source="test")
    write_contracts(made, source)
    return made


def partitions(made: Workspace) -> dict[str, str]:
    """Path → hash of every partition file that the run in force points to."""
    tables = made.run().manifest["tables"]
    paths = [part["path"] for parts in tables.values() for part in parts]
    return {path: file_digest(made.data / path) for path in paths}


def rows(made: Workspace, table: str) -> list[tuple[object, ...]]:
    return made.run().open("400MB").rows(f"SELECT * FROM {table} ORDER BY ALL")


def test_one_and_seven_buckets_give_equal_rows(tmp_path: Path, source: Path) -> None:
    one = workspace(tmp_path / "one", source, 1)
    seven = workspace(tmp_path / "seven", source, 7)
    one.build()
    seven.build()
    for name, model in one.models.items():
        if model.kind == "table":
            assert rows(one, name) == rows(seven, name), name


def test_a_build_killed_twenty_times_ends_in_the_same_bytes(tmp_path: Path, source: Path) -> None:
    clean = workspace(tmp_path / "clean", source, 2)
    started = time.monotonic()
    clean.build()
    lasts = time.monotonic() - started

    killed = workspace(tmp_path / "killed", source, 2)
    moments = random.Random(20)
    kills = 0
    while kills < KILLS:
        command = [sys.executable, "-m", "openvbc", "build", "-w", str(killed.root)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=moments.uniform(0.5, 2 + lasts))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        else:
            # it came to its end before the kill: start over, so that there is something to kill
            shutil.rmtree(killed.data / "store")
        kills += 1

    built = killed.build()
    assert built.run_id == clean.run().id
    assert partitions(killed) == partitions(clean)
    assert not list((killed.data / "store").glob("*/.tmp-*"))


def test_building_again_builds_nothing_and_gives_the_same_run(tmp_path: Path, source: Path) -> None:
    made = workspace(tmp_path / "again", source, 2)
    first = made.build()
    second = Workspace(made.root).build()
    assert second.run_id == first.run_id
    assert (second.built, second.reused) == (0, first.built)
