"""`vbc bench`: what each stage costs against a bare scan of the same columns in the same run.

Seconds do not travel between machines, ratios do. The people are invented in the layout of a load,
bucket by bucket: about 30 claim lines and 50 diagnoses a person-year.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Vbc
from openvbc.bench import population
from openvbc.bench.late import Added
from openvbc.bench.peers import ROUNDS, SCORES, Asked, against
from openvbc.bench.population import LATE, MAIN, make_population
from openvbc.bench.scan import columns_read
from openvbc.bench.stages import CORE
from openvbc.engine.build import Spent, Tally
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.sources.loads import loads
from openvbc.workspace import Workspace

MEMBERS = 2_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture
def found(place: Path, vbc: Vbc) -> dict[str, Any]:
    file = place / "cost.json"
    if not file.exists():
        code, printed, trouble = vbc("bench", "--members", MEMBERS, "--dir", place, "--json", file)
        assert code == 0, trouble
        assert "a bare scan takes" in printed
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def test_the_json_has_every_stage_with_its_ratio(found: dict[str, Any]) -> None:
    assert list(found) == [
        "members", "scan_cpu_s", "stages", "core_ratio_to_scan", "lines_per_cpu_s", "peers"
    ]  # fmt: skip
    assert found["members"] == MEMBERS
    for it in found["stages"]:
        assert list(it) == [
            "name", "cpu_s", "wall_s", "peak_mib", "rows", "core", "ratio_to_scan"
        ]  # fmt: skip
        ratio = it["cpu_s"] / found["scan_cpu_s"]  # of figures rounded to the millisecond
        assert it["ratio_to_scan"] == pytest.approx(ratio, rel=0.02, abs=0.01)
    core = {it["name"]: it for it in found["stages"] if it["core"]}
    assert set(core) == {*CORE, "settle"}
    assert [name for name, it in core.items() if not it["rows"] or not it["peak_mib"]] == []
    summed = sum(it["cpu_s"] for it in core.values()) / found["scan_cpu_s"]
    assert found["core_ratio_to_scan"] == pytest.approx(summed, rel=0.02)
    assert found["lines_per_cpu_s"] > 0


def test_the_people_have_thirty_lines_and_fifty_diagnoses_a_year(
    place: Path, found: dict[str, Any]
) -> None:
    rows = Workspace(place / f"{found['members']}").run().rows()
    person_years = 3 * MEMBERS
    assert rows["medical_claim"] / person_years == pytest.approx(30, rel=0.05)
    assert rows["diagnosis"] / person_years == pytest.approx(50, rel=0.05)


def test_a_second_run_reuses_the_people(place: Path, found: dict[str, Any]) -> None:
    data = place / f"{found['members']}" / "data"
    before = {path: path.stat().st_mtime_ns for path in data.glob("loads/**/*.parquet")}
    make_population(data, MEMBERS)
    assert {path: path.stat().st_mtime_ns for path in data.glob("loads/**/*.parquet")} == before


def test_the_scan_is_of_the_columns_that_the_core_set_reads_and_no_others(
    place: Path, found: dict[str, Any]
) -> None:
    """By the engine's own plans: what no core model projects or filters is not scanned."""
    workspace = Workspace(place / f"{found['members']}")
    columns = columns_read(workspace, [it for it in CORE if workspace.models[it].sql])
    assert {"medical_claim", "diagnosis", "eligibility", "person"} <= set(columns)
    assert {"claim_key", "paid_cents", "hcpcs_code", "facility_ccn"} <= {*columns["medical_claim"]}
    assert "charge_cents" not in columns["medical_claim"]
    assert set(columns["person"]) == {"person_id", "birth_date", "sex", "death_date", "us_resident"}


def steps(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every step of a plan that was run."""
    for it in nodes:
        yield it
        yield from steps(it.get("children", []))


def most_rows(engine: DuckDBEngine, sql: str) -> tuple[int, int]:
    """The most rows that a step of a SELECT makes, and the most that one reads of a table."""
    plan = json.loads(engine.rows(f"EXPLAIN (ANALYZE, FORMAT json) {sql}")[0][1])
    found = [(it.get("type", ""), it.get("intermediate_rows", 0)) for it in steps(plan["operator"])]
    read = max((rows for kind, rows in found if "SCAN" in kind), default=0)
    return max((rows for _, rows in found), default=0), read


def test_no_step_of_a_core_table_makes_many_more_rows_than_it_reads_or_gives(
    place: Path, found: dict[str, Any]
) -> None:
    """A join that meets every factor of a segment, or every category of a request, before the key
    that parts them gives the right rows a hundred times dearer. Here a step makes at most three
    times the rows of the largest table that is read, or of what comes out."""
    workspace = Workspace(place / f"{found['members']}")
    run, plan = workspace.run(), workspace.plan()
    built = {name: run.partitions(name) for name in run.manifest["tables"]}
    engine = DuckDBEngine("500MB", place / "spill")
    dear = {}
    for name in (it for it in CORE if workspace.models[it].kind != "view"):
        model = workspace.models[name]
        for part in built[name]:
            given = plan.inputs(model, part.bucket, part.slice, built)
            for table, parts in given.items():
                files = [run.store.data / it.path for it in parts]
                engine.table(table, files, workspace.models[table].stored_schema)
            for view in plan.views_of(model):
                engine.view(view.name, view.sql)
            made, read = most_rows(engine, model.sql)
            if made > 3 * max(read, part.rows, 1_000):
                dear[name, part.slice] = (made, read, part.rows)
    engine.close()
    assert dear == {}


def test_people_that_were_half_made_are_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "PEOPLE_PER_BUCKET", 300)
    few = [*population.pieces()][-1:]
    monkeypatch.setattr(population, "pieces", lambda: iter(few))
    write = population._Bucket.write

    def fails_in_the_second(self: population._Bucket) -> population.Made:
        if self._number == 1:
            raise KeyboardInterrupt
        return write(self)

    monkeypatch.setattr(population._Bucket, "write", fails_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        make_population(tmp_path, 600, workers=1)
    first = tmp_path / "loads" / f".{MAIN}" / "person" / "bucket=00" / "data.parquet"
    made = first.stat().st_mtime_ns

    monkeypatch.setattr(population._Bucket, "write", write)
    make_population(tmp_path, 600, workers=1)
    assert [it["load_id"] for it in loads(tmp_path)] == [MAIN, LATE]
    last = tmp_path / "loads" / MAIN / "person" / "bucket=00" / "data.parquet"
    assert last.stat().st_mtime_ns == made


def test_too_few_people_are_refused(vbc: Vbc) -> None:
    code, _, trouble = vbc("bench", "--members", 10)
    assert (code, trouble) == (2, "--members: found 10, expected 500 or more\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--workers", "0"), "--workers: found 0, expected 1 or more"),
        (
            ("--memory-mb", "-5"),
            "--memory-mb: found -5, expected 400 or more: 200 for each of 2 workers",
        ),
        (("--compare", "{here}/none.json"), "{here}/none.json: name the JSON of an earlier"),
        (("--compare", "{here}/other.json"), "{here}/other.json: is not of vbc bench; name the"),
        (("--compare", "{here}/idle.json"), "{here}/idle.json: says no CPU-seconds; name the"),
        (("--json", "{here}"), "{here}: cannot be written; name a file in a folder that you"),
        (("--json", "{here}/other.json/x"), "{here}/other.json/x: cannot be written; name a file"),
    ],
)
def test_what_a_bench_could_not_end_with_is_refused_before_it_begins(
    vbc: Vbc, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "other.json").write_text("[]")
    (tmp_path / "idle.json").write_text('{"members": 500, "stages": []}')
    given = [it.format(here=tmp_path) for it in options]
    code, _, told = vbc("bench", "--dir", tmp_path / "bench", *given)
    assert code == 2
    assert told.startswith(said.format(here=tmp_path))
    assert not (tmp_path / "bench").exists()


def test_one_month_is_held_against_the_whole_build(place: Path, found: dict[str, Any]) -> None:
    """By month 1 of 4 CPU-seconds; of all tables 1 + 2 of 4 + 6; 1 of the whole build's 10."""
    models = dict(Workspace(place / f"{found['members']}").models)
    monthly, yearly = "superseded_month", "service_cost"
    added = Tally({monthly: 1}, {yearly: 5}, {monthly: Spent(1.0), yearly: Spent(2.0)})
    whole = Tally({monthly: 4}, {}, {monthly: Spent(4.0), yearly: Spent(6.0)})
    assert Added(models, added, whole).json() == {
        "cpu_ratio_month_models": 0.25,
        "cpu_month_models_of_whole_build": 0.1,
        "cpu_ratio_all_models": 0.3,
        "rebuilt": 1,
        "reused": 5,
    }


# Peers


def test_a_peer_gets_the_people_that_we_score_and_its_scores_are_held_against_ours(
    place: Path, found: dict[str, Any]
) -> None:
    """A peer that repeats our score agrees on all that it was asked; one that adds 0.1 on none."""
    run = Workspace(place / f"{found['members']}").run()
    same = against(run, lambda it: it["raw_score_e9"] / 1e9)
    assert same["scores"] == run.rows()["member_score"]  # one bucket, and everybody is scored
    assert same["tried"] == same["equal"] == ROUNDS * SCORES
    assert same["cpu_ratio"] >= 0
    asked: list[Asked] = []

    def wrong(it: Asked) -> float:
        asked.append(it)
        return float(it["raw_score_e9"]) / 1e9 + 0.1

    assert against(run, wrong)["equal"] == 0
    assert {it["risk_model"] for it in asked} == {"cms_hcc_v24_2025", "cms_hcc_v28_2025"}
    assert max(len(it["codes"]) for it in asked) > 1


# Where it goes


def test_the_steps_of_the_core_set_add_up(place: Path, found: dict[str, Any]) -> None:
    """Every core table has a row; its kinds of step add up to it, and the tables to the core set.
    Each cell is rounded to a hundredth, so a sum of seven may be off by 0.04 and one of n by n/200.
    """
    script = Path(__file__).parent.parent / "bench" / "steps.py"
    done = subprocess.run(
        [sys.executable, script, place / f"{found['members']}"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.strip("│").split("│") for line in done.stdout.splitlines() if "│" in line]
    cells = {name.strip(): [float(it) for it in row] for name, *row in lines}
    whole = cells.pop("the core set")
    assert set(cells) == {it for it in CORE if Workspace(place / f"{MEMBERS}").models[it].sql}
    for row in [*cells.values(), whole]:
        assert sum(row[:-1]) == pytest.approx(row[-1], abs=0.045)
    for kind, summed in enumerate(whole):
        assert sum(row[kind] for row in cells.values()) == pytest.approx(
            summed, abs=len(cells) / 200
        )


# Explanations


def test_explanations_of_random_cells_are_timed_by_level(
    place: Path, found: dict[str, Any]
) -> None:
    """One cell of each level, each by a process of its own: none is refused."""
    script = Path(__file__).parent.parent / "bench" / "explain.py"
    workspace = place / f"{found['members']}"
    done = subprocess.run(
        [sys.executable, script, workspace, "--cells", "1"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    levels = [line.split("│")[1].strip() for line in done.stdout.splitlines() if "│" in line]
    assert levels == [
        "a line",
        "a cell and its persons",
        "a person's claims in a cell",
        "a person in every period",
        "a claim",
    ]
