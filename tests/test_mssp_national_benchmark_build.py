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


def value(document: Document, name: str, at: str = "performance") -> Decimal:
    """The value of a line; "savings_rate" at "performance"."""
    lines = document["lines"]
    return next(D(it["value"]) for it in lines if it["id"].split("/")[1] == f"{name}@{at}")


def historical(document: Document, kind: str) -> Decimal:
    """Claims ÷ person-years × growth of risk and of the nation, weighted 10, 30 and 60 %."""
    total = D(0)
    for year, weight in (("base_1", D("0.1")), ("base_2", D("0.3")), ("base_3", D("0.6"))):
        here, last = f"{year},{kind}", f"base_3,{kind}"
        years = value(document, "member_months", here) / 12
        spent = value(document, "counted_expenditure", here) * D("1.013") / years
        for name in ("hcc_score_months_e9", "score_months", "national_per_capita"):
            ratio = value(document, name, last) / value(document, name, here)
            spent = spent / ratio if name == "score_months" else spent * ratio
        total += spent * weight
    return total


def test_the_benchmark_is_what_the_tables_and_the_facts_make_a_second_way(
    document: Document,
) -> None:
    """Non-dual: 120 months of newly assigned at 0.99/0.90 = 1.1, the others at 1.01.

    The continuously assigned's HCC score rose in two types and fell in none, so their demographic
    score counts. Growth of the nation is 400 dollars, and 2,000 with ESRD.
    """
    total = D(0)
    with localcontext(RULES_CONTEXT):
        for kind in ("esrd", "disabled", "aged_dual", "aged_nondual"):
            months = value(document, "member_months", f"performance,{kind}")
            grown = (120 * D("1.1") + (months - 120) * D("1.01")) / months
            risk = grown if kind == "aged_nondual" else D(1)
            dollars = 2000 if kind == "esrd" else 400
            total += (historical(document, kind) * risk + dollars) * months / 12
    assert value(document, "overall_continuous_hcc_growth") > 1
    assert round_half_up(value(document, "total_benchmark"), 6) == round_half_up(total, 6)


def test_track_2_owes_46_percent_of_the_losses_up_to_7_and_a_half_percent(
    document: Document,
) -> None:
    """1 − 60 % × 0.90 = 46 %; 7.5 % of the benchmark is the limit of a second year (425.606)."""
    with localcontext(RULES_CONTEXT):
        benchmark = value(document, "total_benchmark")
        lost = value(document, "total_expenditure") - benchmark
        assert lost > D("0.01") * benchmark
        owed = min(lost * D("0.46"), benchmark * D("0.075"))
    assert value(document, "amount_due") == -round_half_up(owed, 2)
