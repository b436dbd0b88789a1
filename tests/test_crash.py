"""Runs are immutable, reproducible, and survive being killed; so do loads and their trail.

A small synthetic workspace of 200 people is loaded and built again and again: in two and in three
buckets, with kills at random moments, and from scratch elsewhere.
"""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO

import pytest

from load_tables import LINE, PERSON, write_source
from openvbc.demo import write_contracts
from openvbc.engine.store import file_digest
from openvbc.generate.population import generate
from openvbc.inventory.inventory import inventory
from openvbc.settings import Settings
from openvbc.sources import arrivals as trail
from openvbc.sources.arrivals import ARRIVALS, arrivals
from openvbc.sources.load import LoadResult, load
from openvbc.sources.loads import loads
from openvbc.workspace import Workspace

MEMBERS = 200


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person and one claim."""
    return write_source(tmp_path_factory.mktemp("little"), person=[PERSON], medical_claim=[LINE])


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
    assert not killed_after(600, build, made.root)
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


def killed_after(seconds: float, does: Callable[..., object], *given: Path) -> bool:
    """Do something in another process and kill it; False where it came to its end before."""
    forks = get_context("forkserver")  # its processes have imported what they need
    forks.set_forkserver_preload(["test_crash"])
    process = forks.Process(target=does, args=given)
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
        if killed_after(moments.uniform(0.1, lasts), build, killed.root):
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


# --- Loads ----------------------------------------------------------------------------------------


def load_it(data: Path, source: Path) -> LoadResult:
    day = date(2026, 2, 10)
    return load(data, source, buckets=2, data_source="test", received_on=day)


def load_and_die_before_it_is_noted(data: Path, source: Path) -> None:
    trail.append = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    load_it(data, source)


def load_and_die_while_it_is_noted(data: Path, source: Path) -> None:
    def half(file: BinaryIO, line: bytes) -> None:
        file.write(line[: len(line) // 2])
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    trail.write = half
    load_it(data, source)


def files(folder: Path) -> dict[str, str]:
    """Path → hash of every file of a load but its times."""
    found = sorted(it for it in folder.rglob("*") if it.is_file() and it.name != "times.json")
    return {str(it.relative_to(folder)): file_digest(it) for it in found}


@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=pytest.mark.slow)])
def test_a_load_killed_again_and_again_is_there_whole_or_not_at_all(
    tmp_path: Path, little: Path, kills: int
) -> None:
    """At any moment of it: what was stored is what a load that nobody killed stores."""
    started = time.monotonic()
    assert not killed_after(600, load_it, tmp_path / "clean", little)
    lasts = time.monotonic() - started
    (whole,) = loads(tmp_path / "clean")
    clean = files(tmp_path / "clean" / "loads" / whole["load_id"])
    moments = random.Random(21)
    data = tmp_path / "killed"
    for _ in range(kills):
        killed_after(moments.uniform(0.1, lasts), load_it, data, little)
        for it in loads(data):
            assert files(data / "loads" / it["load_id"]) == clean
        shutil.rmtree(data / "loads" / whole["load_id"], ignore_errors=True)
        arrivals(data)
    result = load_it(data, little)
    assert files(result.folder) == clean
    assert [it.name for it in (data / "loads").iterdir()] == [whole["load_id"]]
    assert arrivals(data)[-1].outcome == "loaded"


def states(made: Workspace) -> list[tuple[str, str]]:
    """Source and state of every arrival, as `vbc sources` lists them."""
    found = inventory(made, date(2100, 1, 1)).arrivals
    return [(source, it.state) for source, its in found.items() for it in its]


def test_a_load_killed_before_it_is_noted_is_shown_and_its_repeat_is_one(
    tmp_path: Path, little: Path
) -> None:
    """The load stands and the trail is silent; who saw no answer loads again."""
    made = Workspace.init(tmp_path / "space", Settings(buckets=2, memory_mb=800))
    assert killed_after(600, load_and_die_before_it_is_noted, made.data, little)
    assert (len(list(loads(made.data))), arrivals(made.data)) == (1, [])
    assert states(made) == [("test", "came")]
    assert load_it(made.data, little).already_loaded
    assert sorted(states(made)) == [("test", "came"), ("test", "duplicated")]


def test_a_load_killed_while_it_is_noted_is_named_and_stops_nothing(
    tmp_path: Path, little: Path
) -> None:
    """Half a line: `vbc sources` says that it was cut off, and so does the trail ever after."""
    made = Workspace.init(tmp_path / "space", Settings(buckets=2, memory_mb=800))
    assert killed_after(600, load_and_die_while_it_is_noted, made.data, little)
    assert not (made.data / ARRIVALS).read_bytes().endswith(b"\n")
    assert sorted(states(made)) == [("test", "came"), ("test", "cut off")]
    assert load_it(made.data, little).already_loaded
    assert [it.outcome for it in arrivals(made.data)] == ["cut off", "redelivered"]
    both = [("test", "came"), ("test", "cut off"), ("test", "duplicated")]
    assert sorted(states(made)) == both
