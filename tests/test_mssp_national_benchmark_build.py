"""A Track 2 contract of an agreement that began in 2018, from claims to the amount due.

The contract and its settlement are those of docs/benchmark.md; the people are generated. The
benchmark is worked out a second way from the lines that the tables fill.
"""

import csv
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

from openvbc.contract.statement import Document
from openvbc.generate.population import generate
from openvbc.money import RULES_CONTEXT, round_half_up
from openvbc.publish import settle_and_publish
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace
from test_docs import FENCE

PAGE = (Path(__file__).parents[1] / "docs" / "benchmark.md").read_text("utf-8")
SHOWN = {name: body for _, name, body in FENCE.findall(PAGE)}
D = Decimal


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    root = tmp_path_factory.mktemp("earlier") / "space"
    space = Workspace.init(root, Settings(buckets=1, workers=1, memory_mb=600))
    made = root / "source"
    generate(made, members=300, seed=3, first_year=2015, years=5, memory_limit="400MB", threads=1)
    load(space.data, made, kind="own", buckets=1, data_source="invented")
    for name in ("contracts/oakhollow.yaml", "settlements/oakhollow_PY2019.yaml"):
        (root / name).write_text(SHOWN[name], encoding="utf-8")
    with (made / "participants.csv").open(encoding="utf-8", newline="") as given:
        rows = [row for row in csv.DictReader(given) if row.pop("aco_id") == "A1001"]
    with (root / "contracts" / "oakhollow_participants.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    Workspace(root).build()
    settled = settle_and_publish(Workspace(root), "oakhollow_PY2019")
    assert (settled.problems, settled.failed_assertions) == ((), ())
    return settled.document


def test_print(document: Document) -> None:
    for it in document["lines"]:
        print(it["id"], it["value"])
    assert 0
