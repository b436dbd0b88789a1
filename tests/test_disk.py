"""A disk that is full is told as that: not as a bad delivery, not as a failure of the engine."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from load_tables import COVERAGE, LINE, PERSON, load_it, write_source
from openvbc.engine.build import engine_trouble
from openvbc.engine.disk import disk_trouble
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.store import Store
from openvbc.errors import InputError
from openvbc.sources.arrivals import arrivals
from openvbc.sources.loads import loads

resource = pytest.importorskip("resource")

FULL = "the disk is full; free space and start again"
SPILLED = """Out of Memory Error: failed to offload data block (1.7 MiB/1.7 MiB used).
This limit was set by the 'max_temp_directory_size' setting."""
WRITTEN = (
    'IO Error: Async write failed: {"exception_message":"No space left on device","errno":"28"}'
)


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The system lets no file grow beyond so many bytes, as a quota would."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk quota is used up; free space and"),
        (OSError(errno.EFBIG, "File too large"), "the system lets no file grow so large"),
        (duckdb.IOException(WRITTEN), FULL),
        (duckdb.OutOfMemoryException(SPILLED), FULL),
        (OSError(errno.EACCES, "Permission denied"), None),
        (duckdb.IOException("IO Error: no such file"), None),
        (duckdb.ConversionException("'No space left on device' is no number"), None),
        (ValueError("File too large"), None),
    ],
)
def test_what_is_said_of_a_disk_by_whoever_says_it(error: Exception, said: str | None) -> None:
    found = disk_trouble(error)
    assert (found or "").startswith(said or "")
    assert (found is None) == (said is None)


def test_the_engine_says_it_in_the_same_words() -> None:
    assert engine_trouble(duckdb.OutOfMemoryException(SPILLED)) == FULL


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_partition_on_a_full_disk_names_the_data_folder(tmp_path: Path) -> None:
    engine = DuckDBEngine("100MB", tmp_path / "spill")
    with pytest.raises(InputError) as refused:
        Store(tmp_path).put(
            "ab" + "0" * 62,
            lambda _: engine.write(
                "SELECT range AS n FROM range(9)", {"n": "BIGINT"}, ["n"], Path("/dev/full")
            ),
        )
    engine.close()
    assert str(refused.value) == f"{tmp_path}: {FULL}"


def test_a_load_that_finds_no_room_does_not_blame_the_delivery(tmp_path: Path) -> None:
    many = [LINE | {"claim_key": f"C{n}", "claim_id": f"C{n}"} for n in range(3000)]
    source = write_source(
        tmp_path / "delivery", person=[PERSON], eligibility=[COVERAGE], medical_claim=many
    )
    with pytest.raises(InputError) as refused, files_up_to(20_000):
        load_it(tmp_path / "data", source)
    (problem,) = refused.value.problems
    assert problem.where == str(tmp_path / "data")
    assert problem.what.startswith("the system lets no file grow so large")
    assert loads(tmp_path / "data") == []
    assert [it.outcome for it in arrivals(tmp_path / "data")] == ["refused"]
    assert load_it(tmp_path / "data", source).tables["medical_claim"].accepted == 3000
