"""Deliveries that are not plain tables: archives opened, files landed once, nothing lost.

The format here is the smallest there can be: text files `*.tally`, each line a person and a number
of cents with a colon between. A line without a colon cannot be read.
"""

import errno
import gzip
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from load_tables import PERSON, load_it, quarantine, rows, write_source
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.sources import formats, reader
from openvbc.sources.archive import Delivered, delivered
from openvbc.sources.loads import loaded_partitions, loads, read_manifest

PERSON_SQL = "SELECT DISTINCT who AS person_id, {} file_name, row_number FROM landing.tally"
ABSENT = ("birth_date", "sex", "race", "death_date", "state", "county_fips", "us_resident")


class Tally:
    """Reads `who:cents` lines, and counts how often it was asked to."""

    name = "tally"
    version = 1

    def __init__(self) -> None:
        self.landed: list[str] = []

    def knows(self, name: str, head: bytes) -> bool:  # noqa: ARG002
        return name.endswith(".tally")

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:
        if any(it.name.endswith("second.tally") for it in delivery) and len(delivery) == 1:
            yield Problem("second.tally", "found without first.tally; deliver both")

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:  # noqa: ARG002
        self.landed.append(name)
        lines = path.read_text().splitlines()
        if not lines:
            raise InputError(Problem(f"{name}:1", "the file is empty"))
        good = [(at, *it.split(":")) for at, it in enumerate(lines, 1) if ":" in it]
        bad = [at for at, it in enumerate(lines, 1) if ":" not in it]
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE t (row_number BIGINT, who VARCHAR, cents VARCHAR)")
            connection.executemany("INSERT INTO t VALUES (?, ?, ?)", good)
            connection.execute(f"COPY t TO '{out}/tally.parquet'")
            if bad:
                connection.execute(
                    f"COPY (SELECT 'tally' AS \"table\", CAST(unnest({bad}) AS BIGINT) AS "
                    "row_number, 'no colon' AS reason, 'who:cents' AS expected) "
                    f"TO '{out}/aside.parquet'"
                )


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tally:
    """The format in place of all others, with a SELECT for people."""
    form = Tally()
    folder = tmp_path / "kinds" / "tally"
    folder.mkdir(parents=True)
    absent = " ".join(f"NULL AS {it}," for it in ABSENT)
    (folder / "person.sql").write_text(PERSON_SQL.format(absent))
    (folder / "files.yaml").write_text("says: tallies\nfiles:\n  tally: {required: [who, cents]}\n")
    formats.formats()  # modules that were first imported below would keep the folder put there
    monkeypatch.setattr(formats, "formats", lambda: {"tally": form})
    monkeypatch.setattr(reader, "SOURCES_FOLDER", tmp_path / "kinds")
    return form


def write(path: Path, **files: str) -> Path:
    path.mkdir(parents=True)
    for name, text in files.items():
        (path / f"{name}.tally").write_text(text)
    return path


def counts(result: Any) -> dict[str, tuple[int, int, int]]:
    return {name: (it.rows_in, it.accepted, it.set_aside) for name, it in result.tables.items()}


def test_a_format_lands_its_files_and_the_rest_of_the_load_is_as_ever(
    tally: Tally, tmp_path: Path
) -> None:
    source = write(tmp_path / "in", first="A:1\nB:2\n", second="C:3\n")
    result = load_it(tmp_path / "data", source)
    assert (result.kind, counts(result)["person"]) == ("tally", (3, 3, 0))
    landed = {
        it["name"]: (it["rows"], it["aside"]) for it in read_manifest(result.folder)["landed"]
    }
    assert landed == {"first.tally": ({"tally": 2}, 0), "second.tally": ({"tally": 1}, 0)}


def test_the_original_is_kept_by_its_hash_and_landed_once(tally: Tally, tmp_path: Path) -> None:
    one = write(tmp_path / "one", first="A:1\n")
    two = write(tmp_path / "two", first="A:1\n", other="B:2\n")
    load_it(tmp_path / "data", one)
    load_it(tmp_path / "data", two)
    assert tally.landed == ["first.tally", "other.tally"]
    kept = sorted(it.read_text() for it in (tmp_path / "data").rglob("original"))
    assert kept == ["A:1\n", "B:2\n"]


def test_a_select_sees_the_files_of_earlier_loads_as_history(tally: Tally, tmp_path: Path) -> None:
    """Ann's line came with the first load; the second load's SELECT counts both, once each."""
    sql = tmp_path / "kinds" / "tally" / "person.sql"
    counted = "(SELECT count(*) FROM history.tally AS h WHERE h.who = t.who) AS race,"
    absent = " ".join(f"NULL AS {it}," for it in ABSENT if it != "race")
    sql.write_text(
        f"SELECT who AS person_id, {counted} {absent} file_name, row_number FROM landing.tally AS t"
    )
    load_it(tmp_path / "data", write(tmp_path / "one", first="A:1\n"))
    second = load_it(tmp_path / "data", write(tmp_path / "two", first="A:1\n", third="A:3\nB:1\n"))
    assert rows(second, "person", "person_id, race") == [("A", "2"), ("B", "1")]


def test_what_cannot_be_read_is_set_aside_with_file_and_row(tally: Tally, tmp_path: Path) -> None:
    source = write(tmp_path / "in", first="A:1\nno good\nB:2\n")
    result = load_it(tmp_path / "data", source)
    assert quarantine(result) == [("tally", "first.tally", 2, "no colon")]
    # three lines in: two people, one line set aside
    assert counts(result)["tally"] == (1, 0, 1)
    assert counts(result)["person"] == (2, 2, 0)


def test_files_of_an_archive_are_files(tally: Tally, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    with zipfile.ZipFile(source / "month.zip", "w") as archive:
        archive.writestr("first.tally", "A:1\n")
        archive.writestr("../../escape.tally", "B:2\n")
    with gzip.open(source / "third.tally.gz", "wt") as file:
        file.write("C:3\n")
    result = load_it(tmp_path / "data", source)
    names = [it["name"] for it in read_manifest(result.folder)["sources"]]
    assert names == [
        "month.zip/../../escape.tally",
        "month.zip/first.tally",
        "third.tally.gz/third.tally",
    ]
    assert counts(result)["person"] == (3, 3, 0)
    assert not list(tmp_path.rglob("escape.tally"))


def test_every_problem_of_every_file_is_told_and_nothing_is_loaded(
    tally: Tally, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refused:
        load_it(tmp_path / "data", write(tmp_path / "in", first="", third="", good="A:1\n"))
    assert [it.where for it in refused.value.problems] == ["first.tally:1", "third.tally:1"]
    with pytest.raises(InputError, match=r"without first\.tally"):
        load_it(tmp_path / "data", write(tmp_path / "alone", second="A:1\n"))
    assert not list((tmp_path / "data").glob("loads/*"))


def test_other_files_are_named_and_left_alone(tally: Tally, tmp_path: Path) -> None:
    source = write(tmp_path / "in", first="A:1\n")
    (source / "readme.md").write_text("hello")
    assert load_it(tmp_path / "data", source).ignored == ("readme.md",)


@pytest.mark.parametrize(
    ("name", "content"), [("cut.zip", b"PK\x03\x04abc"), ("cut.gz", b"\x1f\x8b")]
)
def test_a_broken_archive_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}: found an archive that is cut off or broken"):
        delivered(tmp_path / name, tmp_path / "opened")


def test_an_archive_that_holds_far_more_than_text_is_not_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(30_000_000))
    with pytest.raises(InputError, match="far more than text compresses"):
        delivered(tmp_path / "bomb.zip", tmp_path / "opened")


def test_tables_in_an_archive_load_as_in_a_folder(tmp_path: Path) -> None:
    """The rows are the same; each says in which member of the archive it stood."""
    folder = write_source(tmp_path / "plain", person=[PERSON])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(folder / "person.csv", "export/person.csv")
    result = load_it(tmp_path / "data", tmp_path / "all.zip")
    assert result.tables["person"].accepted == 1
    assert read_manifest(result.folder)["sources"][0]["name"] == "all.zip/export/person.csv"


def test_text_may_be_separated_by_bars(tmp_path: Path) -> None:
    folder = write_source(tmp_path / "plain", person=[PERSON])
    path = folder / "person.csv"
    (folder / "person.txt").write_text(path.read_text().replace(",", "|"))
    path.unlink()
    assert load_it(tmp_path / "data", folder).tables["person"].accepted == 1


def test_what_a_desktop_adds_is_no_file_of_the_delivery(tmp_path: Path) -> None:
    """A packer on a desktop puts its own notes beside each file, under the file's own name."""
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("first.tally", "A:1\n")
        archive.writestr("__MACOSX/._first.tally", "not a tally")
        archive.writestr(".DS_Store", "a desktop's")
    (tmp_path / "Thumbs.db").write_text("a desktop's")
    found = delivered(tmp_path, tmp_path.parent / "opened")
    assert [it.name for it in found] == ["packed.zip/first.tally"]


def test_a_link_that_leads_to_no_file_is_refused(tmp_path: Path) -> None:
    """Left out without a word, a month of claims would be missing."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "gone.tally").symlink_to(tmp_path / "nowhere")
    (tmp_path / "in" / "folder").symlink_to(tmp_path)
    with pytest.raises(InputError) as refused:
        delivered(tmp_path / "in", tmp_path / "opened")
    assert [Path(it.where).name for it in refused.value.problems] == ["folder", "gone.tally"]


def test_a_name_twice_in_one_archive_is_refused(tmp_path: Path) -> None:
    """Both would be one file by its name, and a change of the first would not be noticed."""
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("first.tally", "A:1\n")
        archive.writestr("second.tally", "B:1\n")
        archive.writestr("./first.tally", "C:1\n")
    with pytest.raises(InputError, match=r"twice\.zip: holds first\.tally more than once"):
        delivered(tmp_path / "twice.zip", tmp_path / "opened")


def test_an_archive_of_another_packer_that_is_broken_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lzma.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("first.tally", "".join(f"P{at}:{at * at}\n" for at in range(5000)))
    content = bytearray(path.read_bytes())
    content[60:400] = bytes(340)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"lzma\.zip: found an archive that is cut off or broken"):
        delivered(path, tmp_path / "opened")


def test_a_full_disk_is_not_taken_for_a_broken_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with zipfile.ZipFile(tmp_path / "month.zip", "w") as archive:
        archive.writestr("first.tally", "A:1\n")
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(InputError, match=r"month\.zip: there is no room on the disk"):
        delivered(tmp_path / "month.zip", tmp_path / "opened")


def test_where_a_reader_fails_the_file_is_named_beside_the_others(
    tally: Tally, tmp_path: Path
) -> None:
    """Forty files, one of them empty and one that the reader was not written for.

    All problems are told, without what the file holds; the other 38 stay landed, so that the
    delivery costs only the two when it comes again whole.
    """
    good = {f"f{at:02d}": f"P{at}:1\n" for at in range(38)}
    bad = {"broken": "Ann:secret:3\n", "empty": ""}
    with pytest.raises(OpenVBCError) as refused:
        load_it(tmp_path / "data", write(tmp_path / "in", **good, **bad))
    assert not isinstance(refused.value, InputError)
    assert [Path(it.where).name for it in refused.value.problems] == [
        "broken.tally",
        "empty.tally:1",
    ]
    assert "could not be read: " in str(refused.value)
    assert "secret" not in str(refused.value)
    assert not list((tmp_path / "data").glob("loads/*"))
    assert not list((tmp_path / "data").glob("loads/.*"))
    tally.landed.clear()
    again = write(tmp_path / "again", **good, broken="A:3\n", empty="B:1\n")
    assert counts(load_it(tmp_path / "data", again))["person"] == (40, 40, 0)
    assert tally.landed == ["broken.tally", "empty.tally"]


def test_what_killed_loads_left_is_swept_by_the_next(tally: Tally, tmp_path: Path) -> None:
    data = tmp_path / "data"
    left = [
        data / "landing" / "tally-1" / ".tmp-abc",
        data / "loads" / ".staging-opened-1",
        data / "loads" / ".tmp-abc",
    ]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "half").write_text("A:1\n")
    load_it(data, write(tmp_path / "in", first="A:1\n"))
    assert [it for it in left if it.exists()] == []


def test_two_loads_at_once_come_one_after_the_other(tally: Tally, tmp_path: Path) -> None:
    """Neither sweeps away what the other is writing, and the later one sees the earlier one's."""
    data = tmp_path / "data"
    sources = [write(tmp_path / f"in{at}", **{f"f{at}": f"P{at}:1\nALL:1\n"}) for at in range(4)]
    with ThreadPoolExecutor(len(sources)) as pool:
        results = list(pool.map(lambda it: load_it(data, it), sources))
    assert sorted(counts(it)["person"] for it in results) == [(2, 1, 0)] * 3 + [(2, 2, 0)]
    manifests = loads(data)
    assert [it["number"] for it in manifests] == [0, 1, 2, 3]
    standing = [data / part.path for part in loaded_partitions(data)["person"]]
    assert sorted(select_people(standing)) == ["ALL", "P0", "P1", "P2", "P3"]


def select_people(paths: Sequence[Path]) -> list[str]:
    with duckdb.connect() as connection:
        sql = "SELECT person_id FROM read_parquet($paths)"
        found = connection.execute(sql, {"paths": [str(it) for it in paths]}).fetchall()
    return [str(row[0]) for row in found]


def test_a_file_of_which_no_table_came_still_tells_deliveries_apart(
    tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Tally.land

    def land(self: Tally, path: Path, name: str, out: Path, memory: str) -> None:
        plain(self, path, name, out, memory)
        if name == "note.tally":
            (out / "tally.parquet").unlink()

    monkeypatch.setattr(Tally, "land", land)
    first = load_it(tmp_path / "data", write(tmp_path / "one", first="A:1\n", note="N:1\n"))
    second = load_it(tmp_path / "data", write(tmp_path / "two", first="A:1\n", note="no\nO:1\n"))
    assert not second.already_loaded
    assert quarantine(second) == [("tally", "note.tally", 1, "no colon")]
    named = [it["name"] for it in read_manifest(first.folder)["sources"]]
    assert named == ["first.tally", "note.tally"]
