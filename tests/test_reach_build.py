"""An ACO REACH contract from claims to the amount due, and the benchmark worked out a second way.

The contract and its settlement are those of docs/benchmark.md. The people are generated: eleven
years, for the baseline is 2017 to 2019 and its alignment looks two years further back.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

from conftest import Vbc
from openvbc.contract.facts import At, Facts, FirstOf, Found
from openvbc.contract.settle import settle
from openvbc.contract.statement import Document
from openvbc.contract.tables import TableFacts
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.generate.population import generate
from openvbc.money import RULES_CONTEXT, round_half_up
from openvbc.publish import settle_and_publish
from openvbc.rules.rule import Leaf
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace
from test_docs import FENCE

PAGE = (Path(__file__).parents[1] / "docs" / "benchmark.md").read_text("utf-8")
SHOWN = {name: body for _, name, body in FENCE.findall(PAGE)}
PERIODS = {
    "base_1": 2017,
    "base_2": 2018,
    "base_3": 2019,
    "reference": 2022,
    "performance": 2025,
}
D = Decimal


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("reach") / "space"
    space = Workspace.init(root, Settings(buckets=1, workers=1, memory_mb=600))
    made = root / "source"
    generate(made, members=200, seed=3, first_year=2015, years=11, memory_limit="400MB", threads=1)
    load(space.data, made, kind="own", buckets=1, data_source="invented")
    for name in ("contracts/riverbend.yaml", "settlements/riverbend_PY2025.yaml"):
        (root / name).write_text(SHOWN[name], encoding="utf-8")
    with (made / "participants.csv").open(encoding="utf-8", newline="") as given:
        rows = [row for row in csv.DictReader(given) if row.pop("aco_id") == "A1001"]
    with (root / "contracts" / "riverbend_participants.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    Workspace(root).build()
    return root


@pytest.fixture(scope="module")
def document(space: Path) -> Document:
    settled = settle_and_publish(Workspace(space), "riverbend_PY2025")
    assert (settled.problems, settled.failed_assertions) == ((), ())
    return settled.document


@pytest.fixture(scope="module")
def built(space: Path) -> Iterator[DuckDBEngine]:
    engine = Workspace(space).run().open("300MB", 1)
    yield engine
    engine.close()


def value(document: Document, name: str, at: str) -> Decimal:
    lines = document["lines"]
    return next(D(it["value"]) for it in lines if it["id"].split("/")[1] == f"{name}@{at}")


def counted(built: DuckDBEngine, role: str, *, esrd: bool) -> Mapping[str, Decimal]:
    """What people, not cells, say of a category in a period: months, dollars and mean scores."""
    period = "PY2025" if role == "performance" else f"PY2025.{role}"
    kind = "= 'esrd'" if esrd else "<> 'esrd'"
    where = f"contract_id = 'riverbend' AND period_id = ? AND enrolment_type {kind}"
    months, cents = built.rows(
        "SELECT sum(months), sum(claims_cents - excluded_cents) FROM person_expenditure WHERE "
        + where,
        [period],
    )[0]
    hcc, demographic, scored = built.rows(
        "SELECT sum(months * hcc_score_e9), sum(months * demographic_score_e9), sum(months) "
        "FROM person_risk WHERE hcc_score_e9 IS NOT NULL AND demographic_score_e9 IS NOT NULL "
        f"AND {where}",
        [period],
    )[0]
    scale = D(scored or 1) * 10**9
    return {
        "months": D(months or 0),
        "dollars": D(cents or 0) / 100,
        "hcc": D(hcc or 0) / scale,
        "demographic": D(demographic or 0) / scale,
    }


def test_the_tables_hold_the_years_of_the_model(built: DuckDBEngine) -> None:
    """The baseline is 2017 to 2019 whenever an ACO joined; alignment ends with June before."""
    rows = built.rows(
        "SELECT role, year, CAST(assignment_last_day AS VARCHAR), "
        "CAST(expanded_first_day AS VARCHAR) FROM contract_period ORDER BY year"
    )
    assert rows == [
        (role, year, f"{year - 1}-06-30", f"{year - 3}-07-01") for role, year in PERIODS.items()
    ]


def test_the_score_is_normalized_capped_and_factored_from_the_builds_scores(
    built: DuckDBEngine, document: Document
) -> None:
    """Aged and disabled: mean ÷ reference population, within demographic growth ± 3 points, × CIF.

    The settlement's factor of 0.985 takes off more than 1 %, so 0.99 counts.
    """
    at, before = (counted(built, it, esrd=False) for it in ("performance", "reference"))
    with localcontext(RULES_CONTEXT):
        score, reference = at["hcc"] / D("1.030"), before["hcc"] / D("1.010")
        grown = (at["demographic"] / D("0.46")) / (before["demographic"] / D("0.46"))
        held = max(
            min(score, reference * (grown + D("0.03"))),
            reference * (grown - D("0.03")),
        )
    where = "performance,aged_disabled"
    assert score > 0
    for name, expected in (
        ("normalized_risk_score", score),
        ("reference_risk_score", reference),
        ("demographic_score_growth", grown),
        ("capped_risk_score", held),
        ("risk_cap_effect", held - score),
        ("payment_risk_score", held * D("0.99")),
    ):
        assert round(value(document, name, where), 12) == round(expected, 12), name
    # The people of so small an ACO change by more than 3 points: the cap is at work.
    assert abs(value(document, "risk_cap_effect", where)) > D("0.001")


def category(
    built: DuckDBEngine, document: Document, name: str, given: tuple[list[int], int, str]
) -> Decimal:
    """The benchmark of a category: history, blend within its limits, trend, score, months.

    given: the USPCC of the three base years and of the performance year; the region's rate; the
    retrospective trend adjustment.
    """
    uspcc, region, trend = given
    esrd = name == "esrd"
    scores = ("0.990", "0.990", "1.000") if esrd else ("0.985", "0.990", "1.000")
    history = whole = D(0)
    for role, cost, mean, part in zip(
        ("base_1", "base_2", "base_3"), uspcc, scores, ("0.10", "0.30", "0.60"), strict=False
    ):
        it = counted(built, role, esrd=esrd)
        if it["months"]:
            # payments completed by 1 %, a month, in dollars of 2025, at a score of 1
            rate = it["dollars"] * D("1.01") / it["months"] * uspcc[3] / cost
            history += D(part) * rate / (it["hcc"] / D(mean))
            whole += D(part)
    history /= whole
    blend = D("0.55") * history + D("0.45") * region - history
    limited = max(D("-0.02") * uspcc[3], min(blend, D("0.03") * uspcc[3]))
    score = value(document, "payment_risk_score", f"performance,{name}")
    months = counted(built, "performance", esrd=esrd)["months"]
    return (history + limited) * D(trend) * score * months


def test_the_benchmark_and_what_is_due_are_worked_out_a_second_way(
    built: DuckDBEngine, document: Document
) -> None:
    """Trend ratios 1.05 and 0.995: 4 % and half of 1 %, and within 1 % none.

    Global, PY2025: 4 % discount; 2 % withheld, of which a quality score of 80 % earns back 80 %.
    """
    with localcontext(RULES_CONTEXT):
        benchmark = category(
            built, document, "aged_disabled", ([850, 880, 920, 1150], 1180, "1.045")
        ) + category(built, document, "esrd", ([7000, 7200, 7400, 9000], 8800, "1"))
        final = benchmark * D("0.96") * (1 - D("0.02") * D("0.20"))
        cost = sum(counted(built, "performance", esrd=it)["dollars"] for it in (True, False))
        gross = final - cost * D("1.01")
        rate = abs(gross) / final
        assert rate < D("0.35"), "the second corridor is the last that this case works out"
        within, beyond = min(rate, D("0.25")), max(rate - D("0.25"), D(0))
        share = (within + beyond / 2) * final
        due = -share if gross < 0 else share * D("0.98")
    assert round(value(document, "benchmark_before_discount", "performance"), 6) == round(
        benchmark, 6
    )
    assert round(value(document, "final_benchmark", "performance"), 6) == round(final, 6)
    assert value(document, "amount_due", "performance") == round_half_up(due, 2)


def test_each_line_says_what_it_is_made_of(document: Document) -> None:
    known = {line["id"]: line for line in document["lines"]}
    for line in known.values():
        assert line["cite"], line["id"]
        assert line["formula"] or line["source"], line["id"]
        assert set(line["inputs"]) <= set(known)
    cell = next(it for name, it in known.items() if "hcc_score_months_e9@reference" in name)
    assert cell["source"]["table"] == "risk_cell"
    assert cell["source"]["filter"]["period_id"] == "PY2025.reference"


def test_a_score_is_explained_from_the_cap_down_to_people(
    space: Path, document: Document, vbc: Vbc
) -> None:
    assert document["lines"]
    where = ("--settlement", "riverbend_PY2025", "-w", space)
    code, printed, _ = vbc("explain", "capped_risk_score", "--at", "stratum=aged_disabled", *where)
    assert code == 0
    assert "risk_growth_ceiling" in printed
    assert "reference_risk_score" in printed
    cell = "period=reference,stratum=aged_nondual"
    code, printed, error = vbc("explain", "hcc_score_months_e9", "--at", cell, *where)
    assert code == 0, error
    assert "persons" in printed
    assert f"{value(document, 'hcc_score_months_e9', 'reference,aged_nondual'):,f}" in printed


def test_a_year_without_a_reference_year_is_refused_by_name(space: Path) -> None:
    path = space / "settlements" / "riverbend_PY2025.yaml"
    given = path.read_text()
    agreement = space / "contracts" / "riverbend.yaml"
    contract = agreement.read_text()
    try:
        path.write_text(given.replace("2025-", "2022-").replace("PY2025", "PY2022"))
        agreement.write_text(contract.replace("start: 2023", "start: 2022"))
        with pytest.raises(InputError, match="risk_reference_year has no value on 2022-01-01"):
            _ = [it.coordinates for it in Workspace(space).settlements.values()]
    finally:
        path.write_text(given)
        agreement.write_text(contract)


def test_retrospective_alignment_is_refused(space: Path) -> None:
    path = space / "contracts" / "riverbend.yaml"
    text = path.read_text()
    try:
        steps = "method: mssp\n  assignment: retrospective"
        path.write_text(text.replace("method: reach", steps))
        with pytest.raises(InputError, match="no value for assignment = retrospective"):
            Workspace(space).plan()
    finally:
        path.write_text(text)


def rates(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(("fips,aged_disabled,esrd", *lines)) + "\n", encoding="utf-8")
    return path


def test_the_regional_rate_is_the_rate_book_where_the_aligned_live(
    space: Path, built: DuckDBEngine, tmp_path: Path, vbc: Vbc
) -> None:
    """Six counties, $1,000 to $1,500 and $8,000 to $8,500: each weighted by its aligned months."""
    rows = built.rows(
        "SELECT m.enrolment_type = 'esrd' AS is_esrd, p.county_fips, sum(m.months) "
        "FROM assigned_month AS m JOIN person AS p ON p.person_id = m.person_id "
        "WHERE m.contract_id = 'riverbend' AND m.period_id = 'PY2025' GROUP BY ALL"
    )
    counties = sorted({county for _, county, _ in rows})
    book = {it: (1000 + 100 * n, 8000 + 100 * n) for n, it in enumerate(counties)}
    path = rates(tmp_path / "rates.csv", *(f"{it},{a},{e}" for it, (a, e) in book.items()))
    where = ("riverbend_PY2025", "--rate-book", path, "-w", space)
    code, printed, error = vbc("region", *where, "--json")
    assert code == 0, error
    found = {it["enrolment_type"]: it for it in json.loads(printed)["regions"]}
    assert len(counties) > 1
    for place, category_ in enumerate(("aged_disabled", "esrd")):
        months = {it: int(n) for is_esrd, it, n in rows if is_esrd is (place == 1)}
        mean = D(sum(book[it][place] * n for it, n in months.items())) / sum(months.values())
        assert D(found[category_]["regional_expenditure"]) == round(mean, 9)
    facts = vbc("region", *where, "--facts", "--received-on", "2024-12-15")[1]
    assert "regional_rate:" in facts
    assert "received_on: 2024-12-15" in facts
    assert f"aged_disabled: {found['aged_disabled']['regional_expenditure']}" in facts


def test_a_county_without_a_rate_is_refused_by_its_months(
    space: Path, tmp_path: Path, vbc: Vbc
) -> None:
    path = rates(tmp_path / "rates.csv", "39901,1000,8000")
    where = ("riverbend_PY2025", "--rate-book", path, "-w", space)
    code, _, error = vbc("region", *where)
    assert code == 2
    assert "performance aged_disabled: county" in error
    assert "rates.csv has no row of it; add it, or mend their county_fips; or --leave-out" in error
    assert vbc("region", *where, "--leave-out")[0] == 0


def test_a_rate_book_that_cannot_be_read_is_refused_line_by_line(
    space: Path, tmp_path: Path, vbc: Vbc
) -> None:
    lines = ("39901,1000,8000", "3990,1,1", "39901,1100,8000", "39903,many,-1")
    path = rates(tmp_path / "rates.csv", *lines)
    code, _, error = vbc("region", "riverbend_PY2025", "--rate-book", path, "-w", space)
    assert code == 2
    expected = "expected a rate above 0 and below 10,000,000, such as 1,042.17"
    assert [line.partition("rates.csv:")[2] for line in error.splitlines()] == [
        "3: found 3990, expected a FIPS code of five digits",
        "4: county 39901 stands twice, first on line 2; keep one",
        f"5: aged_disabled: found many, {expected}",
        f"5: esrd: found -1, {expected}",
    ]
    path.write_text("county,rate\n")
    error = vbc("region", "riverbend_PY2025", "--rate-book", path, "-w", space)[2]
    assert "lacks the columns fips, aged_disabled, esrd; found: county, rate" in error
    code, _, error = vbc("region", "riverbend_PY2025", "-w", space)
    assert (code, "say --crosswalk or --rate-book, one of the two" in error) == (2, True)


def test_nine_months_are_refused(space: Path) -> None:
    """Benchmark years are whole years, and rates are for the months of a whole one."""
    path = space / "settlements" / "riverbend_PY2025.yaml"
    before = path.read_text()
    path.write_text(before.replace("last_day: 2025-12-31", "last_day: 2025-09-30"))
    try:
        with pytest.raises(InputError, match="2025-01-01 to 2025-09-30 is not a calendar year"):
            _ = Workspace(space).settlements
    finally:
        path.write_text(before)


def test_a_type_without_loaded_scores_and_without_a_model_is_refused(space: Path) -> None:
    """`risk:` names no `esrd:` model, so its scores are the loaded ones; here none is of 2025."""
    found = Workspace(space)
    settlement = found.settlements["riverbend_PY2025"]
    engine = found.run().open("300MB", 1)
    try:
        facts = FirstOf([Unscored(TableFacts(engine, settlement)), settlement.facts()])
        said = {str(it) for it in settle(settlement, facts, found.run().id).problems}
    finally:
        engine.close()
    assert any(
        it.startswith("reach_baseline/raw_risk_score [performance, esrd]: ")
        and it.endswith("or name the model of their type under risk: (esrd: has its own)")
        for it in said
    )


@dataclass(frozen=True)
class Unscored:
    """Tables in which nobody with end-stage renal disease has a risk score."""

    facts: Facts

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """0 for the sums of scores of the type."""
        is_score = leaf.table == "risk_cell" and at.stratum == "esrd"
        return Found(D(0)) if is_score else self.facts.get(leaf, at)
