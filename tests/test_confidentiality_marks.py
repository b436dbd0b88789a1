"""What a sender marks as sensitive arrives marked, whatever the format, and does not go out.

The codes in these deliveries say nothing by themselves: only the sender's mark does.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pytest

from load_tables import load_it, select
from marked_files import DELIVERIES
from openvbc.confidentiality.release import Release
from openvbc.engine.run import Run
from openvbc.identity.timeline import person_timeline
from openvbc.query import query
from openvbc.settings import Settings
from openvbc.sources.loads import loaded_partitions
from openvbc.sources.tuva_view import tuva_view_sql
from openvbc.workspace import Workspace


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one delivery of every format that carries marks."""
    root = tmp_path_factory.mktemp("marked") / "w"
    Workspace.init(root, Settings(buckets=1))
    for name, write in DELIVERIES.items():
        load_it(root / "data", write(root / "in" / name), data_source=name, buckets=1)
    return root


@pytest.fixture(scope="module")
def run(root: Path) -> Run:
    """What is loaded, as a run that can be asked."""
    space = Workspace(root)
    run = Run(space.store, space.models, "loaded")
    parts = loaded_partitions(space.data)
    tables = {name: [asdict(part) for part in found] for name, found in parts.items()}
    run.__dict__["manifest"] = {"tables": tables}
    return run


def stored(root: Path, source: str, table: str, key: str) -> list[tuple[Any, ...]]:
    """(key, sensitivity) of each row of a source, as it lies on disk."""
    files = root / "data" / "loads" / "*" / table / "**" / "*.parquet"
    return select(
        f"SELECT DISTINCT {key}, sensitivity FROM read_parquet('{files}', "
        f"hive_partitioning = false, union_by_name = true) WHERE data_source = '{source}'"
    )


@pytest.mark.parametrize(
    ("source", "table", "key", "expected"),
    [
        ("us_core", "condition", "condition_id", ["substance_use", None]),
        ("us_core", "immunization", "immunization_id", ["restricted", None]),
        ("bcda", "medical_claim", "claim_id", ["substance_use", None]),
        ("bcda", "diagnosis", "claim_key", ["substance_use", None]),
        ("x12", "eligibility", "person_id", ["restricted", None]),
        ("x12", "person", "person_id", ["restricted", None]),
        ("x12", "person_demographics", "person_id", ["restricted", None]),
        ("ccda", "condition", "code", ["restricted", None]),
        ("adt", "encounter", "encounter_id", ["restricted", None]),
    ],
)
def test_a_mark_arrives_as_a_category(
    root: Path, source: str, table: str, key: str, expected: list[str | None]
) -> None:
    """One row is marked, one is not: `N`, `U` and a purpose of use (TREAT) are no marks."""
    found = stored(root, source, table, key)
    assert sorted(str(mark) for _, mark in found) == sorted(map(str, expected))
    named = [mark for name, mark in found if "marked" in str(name).lower()]
    assert named in ([], [expected[0]])


@pytest.mark.parametrize(
    ("table", "shown", "withheld"),
    [
        ("condition", 2, 2),
        ("immunization", 1, 1),
        ("medical_claim", 1, 1),
        ("diagnosis", 1, 1),
        ("eligibility", 1, 1),
        ("encounter", 1, 1),
    ],
)
def test_a_question_does_not_see_what_is_marked(
    run: Run, root: Path, table: str, shown: int, withheld: int
) -> None:
    """Two conditions are marked, of a FHIR and of a C-CDA sender; of every other table one row."""
    answer = query(run, f"SELECT * FROM {table}", root)
    assert (len(answer.rows), answer.withheld) == (shown, {table: withheld})


def test_tuva_s_views_leave_marked_rows_out(root: Path) -> None:
    """The vaccination that is marked R is in the table and not in the view."""
    files = root / "data" / "loads" / "*" / "immunization" / "**" / "*.parquet"
    given = f"SELECT * FROM read_parquet('{files}', hive_partitioning = false)"
    view = tuva_view_sql(("immunization",))["immunization"]
    with duckdb.connect(config={"threads": 1, "memory_limit": "400MB"}) as connection:
        connection.execute(f"CREATE VIEW immunization AS {given}")
        ids = connection.execute(f"SELECT immunization_id FROM ({view})").fetchall()
    assert ids == [("us_core:plain",)]


def test_a_person_s_timeline_leaves_marked_rows_out(root: Path) -> None:
    """Of the patient at the FHIR sender: one condition and one vaccination of two each."""
    found = person_timeline(root, "us_core:P1", Release(), memory="400MB", buckets=1)
    kinds = [it.kind for it in found.events]
    assert (kinds.count("condition"), kinds.count("immunization")) == (1, 1)
