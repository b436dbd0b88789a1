"""Runs are immutable, reproducible, and survive being killed.

A small synthetic workspace of 200 people is built again and again: in two and in three buckets,
with kills at random moments, and from scratch elsewhere.
"""

import random
import shutil
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from openvbc.demo import write_contracts
from openvbc.engine.store import file_digest
from openvbc.generate.population import generate
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace

MEMBERS = 200


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


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, source: Path) -> tuple[Workspace, float]:
    """Two buckets, built at once in another process; and how many seconds that took."""
    made = workspace(tmp_path_factory.mktemp("clean") / "space", source, 2)
    started = time.monotonic()
    assert not killed_after(made.root, 600)
    return made, time.monotonic() - started


def test_two_and_three_buckets_give_equal_rows(
    tmp_path: Path, source: Path, clean: tuple[Workspace, float]
) -> None:
    two, _ = clean
    three = workspace(tmp_path / "three", source, 3)
    three.build()
    one, other = (it.run().open("400MB") for it in (two, three))
    for name, model in two.models.items():
        if model.kind == "table":
            rows = f"SELECT * FROM {name} ORDER BY ALL"
            assert one.rows(rows) == other.rows(rows), name


def build(root: Path) -> None:
    Workspace(root).build()


def killed_after(root: Path, seconds: float) -> bool:
    """Build in another process and kill it; False where it came to its end before."""
    forks = get_context("forkserver")  # its processes have imported what they need
    forks.set_forkserver_preload(["test_crash"])
    process = forks.Process(target=build, args=[root])
    process.start()
    process.join(seconds)
    process.kill()
    process.join()
    return process.exitcode != 0


@pytest.mark.parametrize("kills", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_a_build_killed_again_and_again_ends_in_the_same_bytes(
    tmp_path: Path, source: Path, clean: tuple[Workspace, float], kills: int
) -> None:
    """At any moment of the build, the first of them while it reads its contracts."""
    whole, lasts = clean
    killed = workspace(tmp_path / "killed", source, 2)
    moments = random.Random(20)
    met = 0
    while met < kills:
        if killed_after(killed.root, moments.uniform(0.1, lasts)):
            met += 1
        else:  # start over, so that there is something to kill
            shutil.rmtree(killed.data / "store")

    built = killed.build()
    assert built.run_id == whole.run().id
    assert partitions(killed) == partitions(whole)
    assert not list((killed.data / "store").glob("*/.tmp-*"))


def test_building_again_builds_nothing_and_gives_the_same_run(
    clean: tuple[Workspace, float],
) -> None:
    made, _ = clean
    first = made.run()
    again = Workspace(made.root).build()
    assert again.run_id == first.id
    assert again.built == 0
    assert again.reused > 0
