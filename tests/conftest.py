"""What tests share: where the shared data lies, and how a command line is run."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from mutate import one_process
from openvbc import cli
from openvbc.demo import run_demo

settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")
"""Properties try the same cases in every run: a tally of their kinds is then no matter of luck."""

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("OPENVBC_SHARED", ROOT.parent / "shared"))


DEMO_MEMBERS = 2_000

Vbc = Callable[..., tuple[int, str, str]]


@pytest.fixture
def vbc(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Vbc:
    """Run a command line; its exit code, standard output and standard error."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["vbc", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's workspace, of DEMO_MEMBERS invented people. Nobody changes it."""
    folder = tmp_path_factory.mktemp("demo") / "workspace"
    run_demo(folder, DEMO_MEMBERS, seed=1)
    return folder


@pytest.fixture
def one_database() -> Iterator[None]:
    """Every DuckDB that is opened is a new one in a process's only one: cheap enough for many."""
    with one_process():
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data; a test that needs it is skipped where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("no shared data: set OPENVBC_SHARED to the folder that holds data/")
    return SHARED
