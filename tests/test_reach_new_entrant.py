"""A New Entrant ACO from tables to dollars: by the region alone, then blended with its own years.

Population, contract and settlements are invented; each benchmark is worked out a second way from
the people of the built tables.
"""

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

from openvbc.contract.statement import Document
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.generate.population import generate
from openvbc.money import RULES_CONTEXT, round_half_up
from openvbc.publish import settle_and_publish
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace

D = Decimal

CONTRACT = """\
contract: newbridge
title: Newbridge ACO, ACO REACH Model, New Entrant
program: reach
parties:
  payer: {id: CMS, name: Centers for Medicare & Medicaid Services}
  entity: {id: D7102, name: Newbridge ACO}
line_of_business: medicare
agreement: {start: 2023-01-01, end: 2026-12-31, number: 1}
population:
  method: reach
  participants: newbridge_participants.csv
  run_out_months: 3
  cut: computed
risk:
  blend: {cms_hcc_v24_2025: 0.33, cms_hcc_v28_2025: 0.67}
  demographic: hcc_demographics
terms:
  risk_arrangement: professional
components:
  - reach_expenditure
  - reach_baseline:
      strata: [aged_disabled, esrd]
      aco_type: new_entrant
  - reach_benchmark
  - reach_settlement
"""

SETTLEMENT = """\
contract: newbridge
period: PY{year}
first_day: {year}-01-01
last_day: {year}-12-31
kind: final
as_of: {after}-08-31
facts:
"""

REGION: Mapping[str, int] = {"aged_disabled": 1180, "esrd": 8800}

GIVEN: Mapping[str, str] = {
    "completion_factor": "unit: rate, value: 1.01",
    "reference_population_score": "unit: score, value: 1.02",
    "reference_population_demographic_score": "unit: score, value: 0.46",
    "coding_intensity_factor": "unit: rate, value: 0.985",
    "regional_rate": f"unit: usd, values: {dict(REGION)}".replace("'", ""),
    "observed_trend_ratio": "unit: rate, value: 1.03",
    "quality_score": "unit: rate, value: 1",
    "quality_gateway": "unit: text, value: met",
}
"""Name → what a settlement says of it, of every year."""

OWN_YEARS: Mapping[str, str] = {
    "adjusted_uspcc": (
        "unit: usd, values: {base_1: {aged_disabled: 1000, esrd: 8000}, "
        "base_2: {aged_disabled: 1040, esrd: 8200}, base_3: {aged_disabled: 1090, esrd: 8500}, "
        "reference: {aged_disabled: 1040, esrd: 8200}, "
        "performance: {aged_disabled: 1150, esrd: 9000}}"
    ),
    "reported_year_weight": "unit: rate, values: {base_1: 0.10, base_2: 0.30, base_3: 0.60}",
    "reported_ceiling": "unit: rate, value: 0.05",
    "reported_floor": "unit: rate, value: -0.02",
}
"""What a year with a historical baseline needs besides; weights and limits are invented."""

REGION_ALONE: Mapping[str, str] = {
    "adjusted_uspcc": "unit: usd, value: 1100",
    "reported_blend_weight": "unit: rate, value: 1",
}


def settlement(year: int, facts: Mapping[str, str]) -> str:
    head = SETTLEMENT.format(year=year, after=year + 1)
    given = (
        f"  {name}: {{{its}, source: invented, received_on: {year + 1}-08-01}}\n"
        for name, its in {**GIVEN, **facts}.items()
    )
    return head + "".join(given)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("entrant") / "space"
    made, workspace = (
        root / "source",
        Workspace.init(root, Settings(buckets=1, workers=1, memory_mb=600)),
    )
    generate(made, members=150, seed=3, first_year=2018, years=8, memory_limit="400MB", threads=1)
    load(workspace.data, made, kind="own", buckets=1, data_source="invented")
    (root / "contracts" / "newbridge.yaml").write_text(CONTRACT, encoding="utf-8")
    for year, facts in ((2024, REGION_ALONE), (2025, OWN_YEARS)):
        path = root / "settlements" / f"newbridge_PY{year}.yaml"
        path.write_text(settlement(year, facts), encoding="utf-8")
    with (made / "participants.csv").open(encoding="utf-8", newline="") as given:
        rows = [row for row in csv.DictReader(given) if row.pop("aco_id") == "A1001"]
    with (root / "contracts" / "newbridge_participants.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    Workspace(root).build()
    return root


@pytest.fixture(scope="module")
def built(space: Path) -> Iterator[DuckDBEngine]:
    engine = Workspace(space).run().open("300MB", 1)
    yield engine
    engine.close()


def settled(space: Path, year: int) -> Document:
    found = settle_and_publish(Workspace(space), f"newbridge_PY{year}")
    assert (found.problems, found.failed_assertions) == ((), ())
    return found.document


def value(document: Document, name: str, at: str) -> Decimal:
    lines = document["lines"]
    return next(D(it["value"]) for it in lines if it["id"].split("/")[1] == f"{name}@{at}")


def counted(built: DuckDBEngine, period: str, *, esrd: bool) -> tuple[Decimal, Decimal, Decimal]:
    """Months, dollars and mean score of a category in a period, person by person."""
    kind = "= 'esrd'" if esrd else "<> 'esrd'"
    where = f"contract_id = 'newbridge' AND period_id = ? AND enrolment_type {kind}"
    months, cents = built.rows(
        f"SELECT sum(months), sum(claims_cents - excluded_cents) FROM person_expenditure "
        f"WHERE {where}",
        [period],
    )[0]
    score, scored = built.rows(
        f"SELECT sum(months * hcc_score_e9), sum(months) FROM person_risk "
        f"WHERE hcc_score_e9 IS NOT NULL AND demographic_score_e9 IS NOT NULL AND {where}",
        [period],
    )[0]
    mean = D(score or 0) / (D(scored or 1) * 10**9)
    return D(months or 0), D(cents or 0) / 100, mean


def test_a_year_of_the_region_alone_counts_no_baseline_and_2025_counts_the_acos_own_years(
    built: DuckDBEngine,
) -> None:
    rows = built.rows("SELECT performance_period, role, year FROM contract_period ORDER BY ALL")
    assert rows == [
        ("PY2024", "performance", 2024),
        ("PY2024", "reference", 2022),
        ("PY2025", "base_1", 2021),
        ("PY2025", "base_2", 2022),
        ("PY2025", "base_3", 2023),
        ("PY2025", "performance", 2025),
        ("PY2025", "reference", 2022),
    ]


def test_py2024_is_the_regions_rate_times_trend_score_and_months(
    space: Path, built: DuckDBEngine
) -> None:
    """The trend is 3 % above the prospective one, and all of it counts."""
    document = settled(space, 2024)
    with localcontext(RULES_CONTEXT):
        benchmark = sum(
            REGION[it]
            * D("1.03")
            * value(document, "payment_risk_score", f"performance,{it}")
            * counted(built, "PY2024", esrd=it == "esrd")[0]
            for it in REGION
        )
    assert benchmark > 0
    assert round(value(document, "benchmark_before_discount", "performance"), 6) == round(
        benchmark, 6
    )
    assert value(document, "historical_rate", "performance,aged_disabled") == 0
    assert value(document, "blend_weight_in_force", "performance") == 1


def category(built: DuckDBEngine, document: Document, name: str, uspcc: list[int]) -> Decimal:
    """The benchmark of a category in PY2025: own years, half the region, limits, trend, score."""
    esrd = name == "esrd"
    history = whole = D(0)
    for role, cost, part in zip(
        ("base_1", "base_2", "base_3"), uspcc, ("0.10", "0.30", "0.60"), strict=False
    ):
        months, dollars, mean = counted(built, f"PY2025.{role}", esrd=esrd)
        if months:
            rate = dollars * D("1.01") / months * uspcc[3] / cost
            history += D(part) * rate / (mean / D("1.02"))
            whole += D(part)
    rate = D(REGION[name])
    if whole:
        history /= whole
        blend = (history + rate) / 2 - history
        rate = history + max(D("-0.02") * uspcc[3], min(blend, D("0.05") * uspcc[3]))
    score = value(document, "payment_risk_score", f"performance,{name}")
    return rate * D("1.03") * score * counted(built, "PY2025", esrd=esrd)[0]


def due(gross: Decimal, benchmark: Decimal) -> Decimal:
    """Professional: 50 % of the first 5 %, 35 % of the next, 15 %, 5 % of all above 15 %."""
    with localcontext(RULES_CONTEXT):
        left, share = abs(gross), D(0)
        for part in ("0.50", "0.35", "0.15"):
            band = min(left, D("0.05") * benchmark)
            share, left = share + D(part) * band, left - band
        share += D("0.05") * left
        return round_half_up(-share if gross < 0 else share * D("0.98"), 2)


def test_py2025_blends_the_region_with_2021_to_2023_and_reaches_the_amount_due(
    space: Path, built: DuckDBEngine
) -> None:
    """Professional: no discount; 2 % withheld, and all of it earned back."""
    document = settled(space, 2025)
    with localcontext(RULES_CONTEXT):
        benchmark = category(built, document, "aged_disabled", [1000, 1040, 1090, 1150])
        benchmark += category(built, document, "esrd", [8000, 8200, 8500, 9000])
    assert round(value(document, "benchmark_before_discount", "performance"), 6) == round(
        benchmark, 6
    )
    assert round(value(document, "final_benchmark", "performance"), 6) == round(benchmark, 6)
    cost = sum(counted(built, "PY2025", esrd=it)[1] for it in (True, False)) * D("1.01")
    gross = value(document, "gross_savings_or_losses", "performance")
    assert round(gross, 6) == round(benchmark - cost, 6)
    assert value(document, "amount_due", "performance") == due(benchmark - cost, benchmark)
    known = {line["id"]: line for line in document["lines"]}
    for line in known.values():
        assert line["cite"], line["id"]
        assert set(line["inputs"]) <= set(known)


def test_a_high_needs_aco_is_refused_by_name(space: Path) -> None:
    path = space / "contracts" / "newbridge.yaml"
    text = path.read_text("utf-8")
    expected = "benchmark_years has no value for aco_type = high_needs; known: standard, new_en"
    try:
        path.write_text(text.replace("aco_type: new_entrant", "aco_type: high_needs"), "utf-8")
        with pytest.raises(InputError, match=expected):
            _ = [it.coordinates for it in Workspace(space).settlements.values()]
    finally:
        path.write_text(text, encoding="utf-8")


def test_the_type_may_stand_in_the_settlement_and_the_years_are_the_same(space: Path) -> None:
    agreement = space / "contracts" / "newbridge.yaml"
    year = space / "settlements" / "newbridge_PY2025.yaml"
    before, given = agreement.read_text("utf-8"), year.read_text("utf-8")
    fact = "  aco_type: {unit: text, value: new_entrant, source: CMS, received_on: 2026-08-01}\n"
    try:
        agreement.write_text(before.replace("      aco_type: new_entrant\n", ""), "utf-8")
        year.write_text(given + fact, encoding="utf-8")
        found = Workspace(space).settlements["newbridge_PY2025"].coordinates.periods
        assert {role: first.year for role, (first, _) in found.items()} == {
            "performance": 2025,
            "base_1": 2021,
            "base_2": 2022,
            "base_3": 2023,
            "reference": 2022,
        }
    finally:
        agreement.write_text(before, encoding="utf-8")
        year.write_text(given, encoding="utf-8")
