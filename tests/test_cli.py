"""Commands on workspaces without data: what they say of bad input, and how they end.

Commands on built tables are tried in test_demo.py, on the demonstration's workspace.
"""

import errno
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from conftest import Vbc
from contract_sample import CONTRACT, SETTLEMENT, write_workspace
from openvbc import workspace_commands
from openvbc.errors import InputError
from openvbc.settings import Settings, read_settings, write_settings
from openvbc.workspace import Workspace, _changes


@pytest.fixture
def space(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "space")


def problems(err: str, folder: Path) -> list[str]:
    return err.replace(f"{folder}/", "").splitlines()


# The program itself


def test_the_program_says_its_version_and_its_commands(vbc: Vbc) -> None:
    assert vbc("--version") == (0, "openvbc 0.1.0\n", "")
    code, printed, _ = vbc("-h")
    assert code == 0
    for command in ("demo", "load", "build", "settle", "explain", "check", "sql", "runs"):
        assert command in printed
    assert "Exit codes: 0 done, 1 a check failed, 2 refused." in printed


@pytest.mark.parametrize("command", ["demo", "init", "load", "build", "settle", "explain", "sql"])
def test_help_ends_with_an_example(vbc: Vbc, command: str) -> None:
    code, printed, _ = vbc(command, "--help")
    assert code == 0
    assert f"Example: vbc {command}" in printed


def test_python_runs_the_same_program() -> None:
    command = [sys.executable, "-m", "openvbc", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "openvbc 0.1.0\n"


def test_a_wrong_option_is_refused(vbc: Vbc) -> None:
    code, _, err = vbc("settle", "--dept", "2")
    assert code == 2
    assert "No such option: --dept" in err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "vbc: stopped; nothing half-written was published\n"),
        (
            RuntimeError("Query interrupted"),  # what the engine makes of the same
            "vbc: stopped; nothing half-written was published\n",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "data/x"),
            "data/x: the disk is full; free space and start again\n",
        ),
        (
            duckdb.IOException("IO Error: Could not write 'x': No space left on device"),
            "engine: the disk is full; free space and start again\n",
        ),
        (
            duckdb.IOException("IO Error: cannot read 'P0001'"),
            "engine: the engine failed (io): cannot read …\n",
        ),
        (
            duckdb.OutOfMemoryException("Out of Memory Error: 1 GB"),
            "engine: out of memory; give it more with memory_mb, or fewer workers, in vbc.toml\n",
        ),
    ],
)
def test_whatever_happens_is_one_line_and_no_traceback(
    vbc: Vbc, space: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(workspace_commands, "check_workspace", fail)
    assert vbc("check", "-w", space) == (2, "", said)


def test_a_mistake_of_ours_is_not_hidden(
    vbc: Vbc, space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(workspace_commands, "check_workspace", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        vbc("check", "-w", space)


# Workspaces and settings


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("build",),
        ("settle",),
        ("runs",),
        ("explain", "x"),
        ("sql", "SELECT 1"),
        ("load", "."),
    ],
    ids=lambda words: words[0],
)
def test_a_folder_that_is_no_workspace_is_refused(
    vbc: Vbc, tmp_path: Path, words: tuple[str, ...]
) -> None:
    code, _, err = vbc(*words, "-w", tmp_path)
    assert code == 2
    assert err == (
        f"{tmp_path}/vbc.toml: no workspace here; `vbc init` makes one, --workspace DIR names "
        "another\n"
    )


def test_a_new_workspace_says_what_it_lacks_step_by_step(vbc: Vbc, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert vbc("init", folder, "--buckets", 4)[0] == 0
    assert read_settings(folder / "vbc.toml") == Settings(buckets=4)
    assert vbc("init", folder)[2] == f"{folder}: there is a workspace here already\n"
    for words, lacking in (
        (("settle",), "there is no settlement; write one in settlements/"),
        (
            ("build",),
            (
                "no settlement says which period to build; write one in settlements/ (a contract "
                "without population:, members: or episodes: needs no tables, only `vbc settle`), "
                "or say what to compute in analyses.yaml"
            ),
        ),
        (("sql", "SELECT 1"), "nothing is built here yet; run `vbc build`"),
    ):
        code, _, err = vbc(*words, "-w", folder)
        assert code == 2
        assert err.endswith(f": {lacking}\n")
    assert vbc("check", "-w", folder) == (0, "0 contracts and 0 settlements resolve.\n", "")
    assert vbc("runs", "-w", folder)[1] == "nothing is built here yet; run `vbc build`\n"
    assert vbc("runs", "--json", "-w", folder)[1] == "[]\n"


def test_contracts_without_data_resolve_and_ask_for_a_load(vbc: Vbc, space: Path) -> None:
    assert vbc("check", "-w", space) == (0, "1 contract and 1 settlement resolve.\n", "")
    for words in (("build",), ("build", "--dry-run")):
        assert vbc(*words, "-w", space)[2] == f"{space}: nothing is loaded; run `vbc load`\n"


SETTINGS = ", ".join(sorted(Settings.__dataclass_fields__))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "bukets = 2\n",
            [f"vbc.toml:1: unknown key bukets; known: {SETTINGS}"],
        ),
        (
            'buckets = 0\nmemory_mb = "much"\nworkers = true\nmax_quarantine = 2\n',
            [
                "vbc.toml:1: buckets: found 0, expected a whole number from 1",
                "vbc.toml:2: memory_mb: found much, expected a whole number from 200",
                "vbc.toml:3: workers: found True, expected a whole number from 1",
                "vbc.toml:4: max_quarantine: found 2, expected a share from 0 to 1",
            ],
        ),
        (
            "[section]\nbuckets = 2\n",
            [f"vbc.toml:1: unknown key section; known: {SETTINGS}"],
        ),
        (
            'engine = "postgres"\nspark_master = 7077\n',
            [
                "vbc.toml:1: engine: found postgres, expected duckdb or spark",
                "vbc.toml:2: spark_master: found 7077, expected text",
            ],
        ),
        (
            "memory_mb = 500\nworkers = 4\n",
            [
                (
                    "vbc.toml:1: memory_mb: found 500, expected 800 or more: 200 for each of 4 "
                    "workers. Raise memory_mb, or take fewer workers"
                )
            ],
        ),
        (
            "buckets = 16\nworkers = 16\n",
            [
                (
                    "vbc.toml:2: memory_mb: found 1600, expected 3200 or more: 200 for each of 16 "
                    "workers. Raise memory_mb, or take fewer workers"
                )
            ],
        ),
        ("buckets = \n", ["vbc.toml:1: not valid TOML: Invalid value (at line 1, column 11)"]),
        (
            "# caf\xe9\n",
            ["vbc.toml: not UTF-8 at byte 5; save the file as UTF-8"],
        ),
    ],
)
def test_settings_that_cannot_be_are_refused_all_at_once(
    vbc: Vbc, space: Path, text: str, expected: list[str]
) -> None:
    (space / "vbc.toml").write_bytes(text.encode("latin-1"))
    code, _, err = vbc("check", "-w", space)
    assert (code, problems(err, space)) == (2, expected)


def test_settings_that_are_left_out_have_their_defaults(space: Path) -> None:
    (space / "vbc.toml").write_text("max_quarantine = 0\n")
    found = read_settings(space / "vbc.toml")
    assert (found.buckets, str(found.max_quarantine)) == (2, "0")


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    given = Settings(buckets=200, engine="spark", spark_storage="hdfs://head/vbc/data")
    write_settings(tmp_path / "vbc.toml", given)
    assert read_settings(tmp_path / "vbc.toml") == given


# Contracts and settlements


def test_the_mistakes_of_all_files_are_reported_together(vbc: Vbc, space: Path) -> None:
    contracts, settlements = space / "contracts", space / "settlements"
    (contracts / "lakeside.yaml").write_text(CONTRACT.replace("cut: national", "cutt: national"))
    (contracts / "other.yml").write_text("contract: other\n")
    (settlements / "lakeside_PY2025.yaml").write_text(SETTLEMENT.replace("kind: final", "kind: x"))
    code, _, err = vbc("check", "-w", space)
    found = problems(err, space)
    assert code == 2
    assert found[0].startswith("contracts/lakeside.yaml:14: unknown key population.cutt")
    assert "contracts/other.yml: title is missing" in found
    assert found[-1].startswith("settlements/lakeside_PY2025.yaml:5: kind: found 'x', expected")
    assert len(found) == len(set(found))


def test_two_files_of_one_id_are_refused(vbc: Vbc, space: Path) -> None:
    for folder, name, text in (
        ("contracts", "copy.yaml", CONTRACT),
        ("settlements", "copy.yaml", SETTLEMENT),
    ):
        path = space / folder / name
        path.write_text(text)
        code, _, err = vbc("check", "-w", space)
        assert code == 2
        (problem,) = problems(err, space)
        assert problem.endswith(" too; keep one of both")
        path.unlink()


def test_two_contracts_of_one_entity_are_refused(vbc: Vbc, space: Path) -> None:
    """Its practices would stand in two ACOs and count for neither (42 CFR 425.400)."""
    contracts = space / "contracts"
    first = next(path for path in sorted(contracts.glob("*.yaml")))
    text = first.read_text(encoding="utf-8")
    name = text.split("contract:")[1].split()[0]
    (contracts / "z.yaml").write_text(text.replace(f"contract: {name}", "contract: again"))
    code, _, err = vbc("check", "-w", space)
    assert code == 2
    assert f"has the contract {name} for medicare too" in err


def test_files_that_an_editor_hides_are_not_ours(vbc: Vbc, space: Path) -> None:
    (space / "contracts" / "._lakeside.yaml").write_bytes(b"\x00\x05")
    (space / "contracts" / "notes.txt").write_text("not a contract")
    assert vbc("check", "-w", space)[0] == 0


def test_a_list_of_participants_is_checked_too(vbc: Vbc, space: Path) -> None:
    path = space / "contracts" / "lakeside_participants.csv"
    path.write_text(path.read_text().replace("2024-01-01", "1/1/2024"))
    code, _, err = vbc("check", "-w", space)
    assert code == 2
    assert problems(err, space) == [
        "contracts/lakeside_participants.csv:4: valid_from: found '1/1/2024', expected YYYY-MM-DD"
    ]


def test_a_tin_with_a_hyphen_is_refused_with_its_line(vbc: Vbc, space: Path) -> None:
    """No claim has one, so the practice would have nobody."""
    path = space / "contracts" / "lakeside_participants.csv"
    head, *rows = path.read_text().splitlines()
    tin = rows[0].split(",")[0]
    typed = rows[0].replace(tin, f"{tin[:2]}-{tin[2:]}", 1)
    path.write_text("\n".join([head, typed, *rows[1:]]) + "\n")
    code, _, err = vbc("check", "-w", space)
    assert code == 2
    said = f"tin: found '{tin[:2]}-{tin[2:]}', expected nine digits, as claims have it: {tin}"
    assert problems(err, space) == [f"contracts/lakeside_participants.csv:2: {said}"]


def test_analyses_are_checked_too(vbc: Vbc, space: Path) -> None:
    (space / "analyses.yaml").write_text(
        "analyses:\n"
        "  people: {line_of_business: medicare, years: [2025], paid_through: 2026-03-31,"
        " measures: [costs]}\n"
    )
    code, _, err = vbc("check", "-w", space)
    assert code == 2
    assert problems(err, space) == ["analyses.yaml:2: unknown measure costs; did you mean cost?"]


def test_a_restated_settlement_names_a_statement_that_was_made_here(vbc: Vbc, space: Path) -> None:
    path = space / "settlements" / "lakeside_PY2025.yaml"
    for name in ("5d41402abc4b2a76", "../../etc/passwd"):
        restated = f"kind: restated\nsupersedes: {name}"
        path.write_text(SETTLEMENT.replace("kind: final", restated))
        code, _, err = vbc("check", "-w", space)
        assert code == 2
        assert problems(err, space) == [
            (
                f"settlements/lakeside_PY2025.yaml:6: supersedes {name}: no statement of this id "
                "was made here; statements/*.json hold their statement_id"
            )
        ]


def test_settlements_are_found_by_name_all_at_once(vbc: Vbc, space: Path) -> None:
    code, _, err = vbc("settle", "lakeside_PY2052", "seaside", "-w", space)
    assert code == 2
    assert err.splitlines() == [
        "lakeside_PY2052: no such settlement; did you mean lakeside_PY2025?",
        "seaside: no such settlement; known: lakeside_PY2025",
    ]


def test_a_settlement_must_be_named_where_there_are_two(vbc: Vbc, space: Path) -> None:
    second = SETTLEMENT.replace("PY2025", "PY2025b")
    (space / "settlements" / "second.yaml").write_text(second)
    code, _, err = vbc("explain", "total_expenditure", "-w", space)
    assert code == 2
    assert err == "--settlement: which settlement? there are: lakeside_PY2025, lakeside_PY2025b\n"


def test_settling_and_explaining_before_a_build_say_what_to_do(vbc: Vbc, space: Path) -> None:
    code, _, err = vbc("settle", "-w", space)
    assert (code, problems(err, space)) == (
        2,
        [f"{space}/data: nothing is built here yet; run `vbc build`".replace(f"{space}/", "")],
    )
    code, _, err = vbc("explain", "total_expenditure", "-w", space)
    assert code == 2
    assert "there is no statement yet; run `vbc settle`" in err


def test_what_changed_since_a_run_is_said_by_name() -> None:
    before = {
        "loads": ["a", "b"],
        "participants": {"x": "1"},
        "periods": {"x_1": "1"},
        "episodes": {"x_1": "1"},
        "risk": {"x_1": "1"},
        "analyses": {"seniors": "1"},
        "packs": {"cms_hcc_v24_2025": "1"},
        "code_lists": {"primary_care_code": "1"},
        "tables": "t",
    }
    now = {
        "loads": ["b", "c"],
        "participants": {"x": "2"},
        "periods": {"y_1": "1"},
        "episodes": {"x_1": "2"},
        "risk": {"x_1": "2"},
        "analyses": {"seniors": "2"},
        "packs": {"cms_hcc_v24_2025": "2"},
        "code_lists": {"primary_care_code": "2"},
        "tables": "u",
    }
    assert _changes(before, before) == []
    assert _changes(before, now) == [
        "load c came after it",
        "load a is gone",
        "the participant list of contract x changed",
        "the periods, population terms or truncation cuts of settlement x_1 changed",
        "the periods, population terms or truncation cuts of settlement y_1 changed",
        "the definition, participants or days of the episodes of settlement x_1 changed",
        "the risk models of settlement x_1 changed",
        "analysis seniors changed",
        "the tables of risk model, grouper or file cms_hcc_v24_2025 changed",
        "the code list primary_care_code changed",
        "this version of OpenVBC makes the tables otherwise",
    ]
    assert _changes({"loads": []}, now) == ["it was built by another version of OpenVBC"]


def test_a_workspace_reads_nothing_until_it_is_asked(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "nowhere")
    assert workspace.data == tmp_path / "nowhere" / "data"
    with pytest.raises(InputError, match="no workspace here"):
        _ = workspace.settings


def test_contracts_alone_say_what_is_wrong_with_them(space: Path) -> None:
    (space / "contracts" / "lakeside.yaml").write_text("contract: lakeside\n")
    with pytest.raises(InputError, match="title is missing"):
        _ = Workspace(space).contracts


def test_people_are_generated_and_loaded_once(vbc: Vbc, tmp_path: Path, space: Path) -> None:
    people = tmp_path / "people"
    code, printed, _ = vbc("generate", people, "--members", 100, "--years", 1)
    assert code == 0
    assert "medical_claim" in printed
    assert "of spend" in printed
    code, printed, _ = vbc("load", people, "--name", "people", "-w", space)
    assert code == 0
    assert "quarantined" in printed
    code, printed, _ = vbc("load", people, "--name", "people", "-w", space)
    assert code == 0
    assert "these files were loaded before; nothing changed" in printed
    code, _, err = vbc("load", tmp_path / "nothing", "-w", space)
    assert code == 2
    assert "Traceback" not in err


def test_a_published_file_that_is_none_is_refused(vbc: Vbc, tmp_path: Path) -> None:
    code, _, err = vbc("replicate", "mssp", tmp_path / "none.csv")
    assert code == 2
    assert "none.csv" in err
    assert len(err.splitlines()) == 1
