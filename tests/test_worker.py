"""Several processes build one workspace together and publish the run that one would.

People are cut into buckets; tables over everybody stand between tables of people, so a worker can
neither run alone nor be waited for only once. What a process does not make itself it waits for,
and the store says by a partition's address when it stands. No process speaks to another, so each
may be killed and started again.
"""

from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from conftest import Vbc
from openvbc.engine.share import Share
from openvbc.engine.store import file_digest
from openvbc.errors import InputError
from openvbc.worker import read_buckets
from openvbc.workspace import Workspace
from scale_sample import copy, loaded


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return loaded(tmp_path_factory.mktemp("few"), members=100, buckets=2, years=1)


@pytest.fixture(scope="module")
def alone(unbuilt: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Built by one process."""
    made = copy(unbuilt, tmp_path_factory.mktemp("alone") / "space")
    made.build()
    return made


def work(root: Path, bucket: int, *, reduces: bool) -> None:
    share = Share(frozenset({bucket}), reduces=reduces, patience_s=120)
    Workspace(root).build_share(share)


def started(root: Path, bucket: int, *, reduces: bool) -> BaseProcess:
    forks = get_context("forkserver")  # its processes have imported what they need
    forks.set_forkserver_preload(["test_worker"])
    process = forks.Process(target=work, args=[root, bucket], kwargs={"reduces": reduces})
    process.start()
    return process


def test_two_processes_one_of_them_killed_make_the_run_of_one_to_the_byte(
    tmp_path: Path, unbuilt: Workspace, alone: Workspace
) -> None:
    together = copy(unbuilt, tmp_path / "space")
    reducer = started(together.root, 1, reduces=True)
    killed = started(together.root, 0, reduces=False)
    killed.join(1)  # somewhere in its work
    killed.kill()
    again = started(together.root, 0, reduces=False)
    for process in (again, reducer):
        process.join(120)
        assert process.exitcode == 0
    run = together.run()
    assert run.id == alone.run().id
    paths = [part["path"] for parts in run.manifest["tables"].values() for part in parts]
    assert {file_digest(together.data / it) for it in paths} == {
        file_digest(alone.data / it) for it in paths
    }


def test_one_builds_alone_or_all_together(tmp_path: Path, unbuilt: Workspace) -> None:
    """A build that is alone clears away what killed ones left, which may be a worker's."""
    store = copy(unbuilt, tmp_path / "space").store
    with store.sharing(reduces=False), store.sharing(reduces=True):
        with pytest.raises(InputError, match="another build is running here"), store.building():
            pass
        with (
            pytest.raises(InputError, match="another build is running here"),
            store.sharing(reduces=True),
        ):
            pass
    with store.building():
        pass


def test_a_worker_is_asked_for_on_the_command_line(alone: Workspace, vbc: Vbc) -> None:
    """All is built here already, so nobody has to wait."""
    code, said, _ = vbc("worker", "--buckets", "0-1/2", "--reduce", "--workspace", alone.root)
    assert (code, said.split(":")[0]) == (0, f"run {alone.run().id}")
    code, said, _ = vbc("worker", "--buckets", "1", "--wait", "0", "--workspace", alone.root)
    assert (code, said.split(",")[0]) == (0, "0 partitions built")
    code, _, error = vbc("worker", "--workspace", alone.root)
    assert (code, error) == (2, "worker: give --buckets FIRST-LAST, --reduce, or both\n")


@pytest.mark.parametrize(
    ("text", "buckets"), [("3", {3}), ("0-2", {0, 1, 2}), ("12-15/16", {12, 13, 14, 15})]
)
def test_buckets_are_named_by_the_first_and_the_last(text: str, buckets: set[int]) -> None:
    assert read_buckets(text, 16) == buckets


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("all", "found all, expected such as 3, 0-3 or 0-3/16"),
        ("0-3/8", "of 8 buckets; vbc.toml cuts people into 16"),
        ("12-16", "found 12-16, expected buckets from 0 to 15, the lower first"),
        ("3-1", "found 3-1, expected buckets from 0 to 15, the lower first"),
    ],
)
def test_buckets_that_are_not_there_are_refused(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_buckets(text, 16)
