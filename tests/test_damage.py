"""A workspace that somebody changed or damaged: every command says where, and what makes it whole.

A disk loses a file, a copy breaks off, somebody edits vbc.toml. None of it may be answered by a
wrong number, by "nobody", or by a traceback; and what is advised must help.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from build_sample import VISITS, YEARS, build, inputs, sample_models
from conftest import Vbc
from load_tables import COVERAGE, LINE, PERSON, load_it, write_source
from openvbc.engine.build import Builder, Limits
from openvbc.engine.model import Model
from openvbc.engine.plan import Plan
from openvbc.engine.store import Store, file_digest
from openvbc.errors import InputError
from openvbc.settings import Settings
from openvbc.sources.load import LoadResult
from openvbc.sources.loads import loads
from openvbc.workspace import Workspace
from scale_sample import ANALYSES


def delivery(folder: Path) -> Path:
    return write_source(folder, person=[PERSON], eligibility=[COVERAGE], medical_claim=[LINE])


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """One person with one claim, loaded in two buckets, and an analysis that asks for tables."""
    made = Workspace.init(tmp_path / "space", Settings(memory_mb=600))
    load_it(made.data, delivery(tmp_path / "delivery"))
    (made.root / "analyses.yaml").write_text(ANALYSES)
    return made


def again(space: Workspace, delivery: str = "delivery") -> LoadResult:
    """The same files are loaded once more."""
    return load_it(space.data, space.root.parent / delivery)


# vbc.toml


@pytest.mark.parametrize(
    "command",
    [
        ("build",),
        ("worker", "--buckets", "0-2"),
        ("explain", "--person", "P1"),
        ("explain", "--why-not", "C1"),
        ("person", "P1"),
        ("check",),
    ],
)
def test_another_number_of_buckets_than_people_are_loaded_in_is_refused(
    space: Workspace, vbc: Vbc, command: tuple[str, ...]
) -> None:
    """A person is looked for in the bucket that the number gives; another number finds nobody."""
    path = space.root / "vbc.toml"
    path.write_text(path.read_text().replace("buckets = 2", "buckets = 3"))
    code, _, said = vbc(*command, "-w", space.root)
    assert code == 2
    assert said == (
        f"{path}:2: buckets: found 3, expected 2: so many parts the loaded people are cut into. "
        "Set it to 2, or load into a new workspace\n"
    )


def test_a_number_of_buckets_that_is_left_out_is_the_usual_one(tmp_path: Path) -> None:
    made = Workspace.init(tmp_path / "space", Settings(buckets=3))
    load_it(made.data, delivery(tmp_path / "delivery"), buckets=3)
    (made.root / "vbc.toml").write_text("workers = 1\n")
    with pytest.raises(InputError, match=r"vbc.toml: buckets: found 2, expected 3"):
        _ = Workspace(made.root).settings


# Loads


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is missing, and with it what the load holds"),
        ('{"schema": "openvbc.lo', "is damaged"),
        ("[]", "is damaged"),
        ('{"schema": "openvbc.load/2", "load_id": "other"}', "is not the manifest of this load"),
    ],
)
def test_a_load_without_its_manifest_is_not_left_out(
    space: Workspace, vbc: Vbc, content: str | None, said: str
) -> None:
    """Without it nobody knows what the load holds: a run would silently lack its claims."""
    (load,) = loads(space.data)
    path = space.data / "loads" / load["load_id"] / "load.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    for command in ("build", "check", "sources"):
        code, _, told = vbc(command, "-w", space.root)
        assert (code, told.partition(";")[0]) == (2, f"{path}: {said}")
    with pytest.raises(InputError, match="restore the load's folder from a copy"):
        again(space)


def test_a_file_beside_the_loads_is_none(space: Workspace) -> None:
    (space.data / "loads" / "notes.txt").write_text("mine")
    assert len(loads(space.data)) == 1


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def change_a_byte(path: Path) -> None:
    """As long as it was, and another file."""
    content = path.read_bytes()
    path.write_bytes(content[:9] + bytes([content[9] ^ 1]) + content[10:])


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(it): it.read_bytes() for it in folder.rglob("*.parquet")}


@pytest.mark.parametrize("damage", [Path.unlink, cut_in_half])
def test_a_lost_file_of_a_load_is_named_also_where_everything_is_built(
    space: Workspace, vbc: Vbc, damage: Callable[[Path], None]
) -> None:
    """The store holds all that was made of it, so nobody reads it; the run still points to it."""
    space.build()
    (path,) = (space.data / "loads").glob("*/medical_claim/*/*.parquet")
    damage(path)
    code, _, said = vbc("build", "-w", space.root)
    assert (code, said.partition("; ")[0]) == (2, f"{path}: is missing, or is not whole")
    shutil.rmtree(space.data / "store")
    assert vbc("build", "-w", space.root)[2] == said


@pytest.mark.parametrize("damage", [Path.unlink, cut_in_half, change_a_byte])
def test_what_was_lost_of_a_load_is_written_again_by_loading_again(
    space: Workspace, vbc: Vbc, damage: Callable[[Path], None]
) -> None:
    """The first of two loads: it is made of what stood before it, not of what came after."""
    first = again(space)
    later = write_source(
        space.root.parent / "later",
        person=[PERSON | {"death_date": "2025-01-31"}],
        medical_claim=[LINE | {"claim_key": "C2", "claim_id": "C2"}],
    )
    load_it(space.data, later)
    run = space.build().run_id
    whole = bytes_of(space.data / "loads")
    for path in first.folder.rglob("*.parquet"):
        damage(path)
    assert again(space).mended == 4  # person, eligibility, medical_claim, source
    assert bytes_of(space.data / "loads") == whole
    assert again(space).mended == 0
    assert Workspace(space.root).build().run_id == run


def test_loading_again_says_how_much_was_lost(space: Workspace, vbc: Vbc) -> None:
    (path,) = (space.data / "loads").glob("*/medical_claim/*/*.parquet")
    path.unlink()
    source = space.root.parent / "delivery"
    code, said, _ = vbc("load", source, "--name", "test", "-w", space.root)
    told = "these files were loaded before; 1 lost files written again\n"
    assert (code, said.partition(": ")[2], path.exists()) == (0, told, True)


def test_a_lost_file_that_would_come_out_otherwise_is_not_put_in_its_place(
    space: Workspace,
) -> None:
    """Another version may write other bytes; the manifest, the run and its id say the old ones."""
    folder = again(space).folder
    manifest = (folder / "load.json").read_text()
    (claims,) = [it for it in json.loads(manifest)["partitions"] if it["table"] == "medical_claim"]
    (folder / "load.json").write_text(manifest.replace(claims["sha256"], "0" * 64))
    with pytest.raises(InputError, match="does not come out as it was; restore it from a copy"):
        again(space)
    assert not list((space.data / "loads").glob(".*"))


def test_a_load_that_needs_a_lost_file_of_an_earlier_one_names_that(space: Workspace) -> None:
    """Not the delivery: it is whole."""
    (path,) = (space.data / "loads").glob("*/person/*/*.parquet")
    path.unlink()
    write_source(space.root.parent / "later", person=[PERSON | {"sex": "unknown"}])
    with pytest.raises(InputError) as refused:
        again(space, "later")
    assert [it.where for it in refused.value.problems] == [str(path)]


# The store


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Model]:
    return sample_models(tmp_path)


def test_a_damaged_file_of_a_run_is_named_and_the_next_build_makes_it(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    """Cut short, or as long as before and with other bytes: here the footer's."""
    data = tmp_path / "data"
    run, _, _ = build(data, models, VISITS)
    path = data / run.partitions("visit_total")[0].path
    whole = path.read_bytes()
    for content in (whole[:100], whole[:-8] + b"12345678"):
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            run.open()
        assert [(it.where, it.what) for it in caught.value.problems] == [
            (
                str(path),
                "of table visit_total is missing or damaged; run `vbc build`, which makes it again",
            )
        ]
        again, made, reused = build(data, models, VISITS)
        assert (again.id, made, reused) == (run.id, 1, 2)
        assert path.read_bytes() == whole


def test_a_damaged_input_of_a_build_is_named_and_the_next_build_makes_it(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    """visit_total alone is missing; what it reads is there, as long as it was, and damaged."""
    data = tmp_path / "data"
    run, _, _ = build(data, models, VISITS)
    (data / run.partitions("visit_total")[0].path).unlink()
    path = data / run.partitions("visit_count")[0].path
    path.write_bytes(path.read_bytes()[:-8] + b"12345678")
    with pytest.raises(InputError, match=r"of table visit_count is missing or damaged") as caught:
        build(data, models, VISITS)
    assert [it.where for it in caught.value.problems] == [str(path)]
    again, made, _ = build(data, models, VISITS)
    assert (again.id, made) == (run.id, 2)


def test_a_damaged_file_that_was_loaded_stays_and_says_how_it_comes_again(
    tmp_path: Path, models: dict[str, Model]
) -> None:
    given = inputs(tmp_path, VISITS, 1)
    (tmp_path / "given").rename(tmp_path / "loads")
    moved = {
        name: [replace(it, path=it.path.replace("given/", "loads/")) for it in parts]
        for name, parts in given.items()
    }
    path = tmp_path / moved["visit"][0].path
    path.write_bytes(b"PAR1")
    with pytest.raises(InputError, match="of table visit is missing or damaged; load the files of"):
        Builder(Store(tmp_path), Plan(models, YEARS), Limits(400, 2)).run(moved, {})
    assert path.exists()


# A workspace that changes while it is read


def test_a_load_that_comes_while_inputs_are_read_is_in_the_run_that_names_it(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the run would claim a load that it does not hold, and every later build agree."""
    later = write_source(
        space.root.parent / "later", medical_claim=[LINE | {"claim_key": "C2", "claim_id": "C2"}]
    )
    read = Workspace._given
    monkeypatch.setattr(
        Workspace,
        "_given",
        lambda self, engine, *, dry: (
            load_it(space.data, later) and read(self, engine, dry=dry)  # after loads were read
        ),
    )
    space.build()
    run = space.run()
    assert len(run.manifest["facts"]["loads"]) == 2
    assert run.rows()["medical_claim"] == 2


def test_a_workspace_that_never_comes_to_rest_is_not_built(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = ({"loads": [str(n)]} for n in count())
    monkeypatch.setattr(Workspace, "_facts", lambda _: next(facts))
    with pytest.raises(InputError, match="change while they are read; build when nothing is being"):
        space.build()
    assert space.store.runs() == []


@pytest.mark.parametrize("folder", ["parameters", "risk"])
def test_code_lists_of_another_version_ask_for_a_new_build(
    space: Workspace, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """Tables were made of the old list; a statement on them would say the new one."""
    space.build()
    assert space.fresh_run()
    name = {"parameters": "primary_care_code", "risk": "specialty"}[folder]
    module = {"parameters": "openvbc.workspace", "risk": "openvbc.risk.inputs"}[folder]
    monkeypatch.setattr(
        f"{module}.file_digest", lambda path: "other" if path.stem == name else file_digest(path)
    )
    with pytest.raises(InputError, match=f"the code list {name} changed; run `vbc build` again"):
        space.fresh_run()
