"""Performance years of six months in 2019: the whole year is counted, one half of it is paid.

42 CFR 425.609. Five hundred people see the practice A1 every year. Of 2016 to 2018 each cost
$10,000. Of 2019 each cost $5,000 until June and $3,000 after it, but for twenty who died on
30 June: 480 × 12 + 20 × 6 = 5,880 months are 490 person-years.
"""

import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from conftest import Vbc
from contract_sample import changed, refused_settlement, settlement
from load_tables import COVERAGE, LINE, PERSON, Row, write_source
from openvbc.contract.facts import At
from openvbc.contract.part_year import why_not_counted
from openvbc.contract.population import contract_periods
from openvbc.contract.statement import Document
from openvbc.publish import settle_and_publish
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace
from test_statement_schema import schema

JULY: Final = {
    "first_day: 2025-01-01": "first_day: 2019-07-01",
    "last_day: 2025-12-31": "last_day: 2019-12-31",
}
FROM_JULY: Final = {"start: 2025-01-01, end: 2029-12-31": "start: 2019-07-01, end: 2024-12-31"}
JANUARY: Final = {
    "first_day: 2025-01-01": "first_day: 2019-01-01",
    "last_day: 2025-12-31": "last_day: 2019-06-30",
}
UNTIL_JUNE: Final = {"start: 2025-01-01, end: 2029-12-31": "start: 2016-01-01, end: 2019-06-30"}


# Which days are counted


def rows_by_role(
    folder: Path, days: Mapping[str, str], agreement: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    years = contract_periods([settlement(folder, days, agreement)])
    return {row["role"]: row for rows in years.values() for row in rows}


def test_july_to_december_counts_the_whole_year(tmp_path: Path) -> None:
    """425.609(c)(1): claims of the entire year; the participants in force on 1 July."""
    rows = rows_by_role(tmp_path, JULY, FROM_JULY)
    own = rows["performance"]
    assert (own["first_day"], own["last_day"]) == (date(2019, 1, 1), date(2019, 12, 31))
    assert own["assignment_first_day"] == date(2019, 1, 1)
    assert own["assignment_last_day"] == date(2019, 12, 31)
    # 24 months that end in December 2019
    assert own["expanded_first_day"] == date(2018, 1, 1)
    assert own["performance_first_day"] == date(2019, 7, 1)
    # December + 3 months of run-out
    assert own["paid_through"] == date(2020, 3, 31)
    assert own["year"] == 2019
    # the three years before the agreement
    assert [rows[f"base_{it}"]["year"] for it in (1, 2, 3)] == [2016, 2017, 2018]


def test_a_prospective_window_is_that_of_the_year(tmp_path: Path) -> None:
    """425.609(c)(1)(ii)(A): the window of January to June, which looks at twelve months before."""
    agreement = FROM_JULY | {"assignment: retrospective": "assignment: prospective"}
    own = rows_by_role(tmp_path, JULY, agreement)["performance"]
    # January 2019 − 15 months; December 2019 − 15 months
    assert own["assignment_first_day"] == date(2017, 10, 1)
    assert own["assignment_last_day"] == date(2018, 9, 30)


def test_january_to_june_counts_the_whole_year_too(tmp_path: Path) -> None:
    """425.609(b)(1): claims of the entire year; the participants in force on 1 January."""
    rows = rows_by_role(tmp_path, JANUARY, UNTIL_JUNE)
    own = rows["performance"]
    assert (own["first_day"], own["last_day"]) == (date(2019, 1, 1), date(2019, 12, 31))
    assert own["performance_first_day"] == date(2019, 1, 1)
    assert own["paid_through"] == date(2020, 3, 31)
    assert [rows[f"base_{it}"]["year"] for it in (1, 2, 3)] == [2013, 2014, 2015]


def test_the_days_say_the_months(tmp_path: Path) -> None:
    one = settlement(tmp_path, JULY, FROM_JULY)
    (part,) = (it for it in one.contract.components if it.name == "mssp_settlement")
    found = {
        name: one.facts().get(part.leaves[name], At())
        for name in ("performance_months", "counted_months")
    }
    assert {name: it and it.value for name, it in found.items()} == {
        "performance_months": 6,
        "counted_months": 12,
    }


def test_a_whole_year_takes_twelve_months_as_the_rule_says(tmp_path: Path) -> None:
    one = settlement(tmp_path)
    (part,) = (it for it in one.contract.components if it.name == "mssp_settlement")
    assert one.facts().get(part.leaves["performance_months"], At()) is None
    assert not one.is_part_year


# What is refused


@pytest.mark.parametrize(
    ("days", "agreement", "expected"),
    [
        (
            JULY,
            {"start: 2025-01-01, end: 2029-12-31": "start: 2018-01-01, end: 2020-12-31"},
            (
                "the last 6 months are a performance year of an agreement that begins with them: "
                "expected agreement.start 2019-07-01, found 2018-01-01"
            ),
        ),
        (
            JANUARY,
            {"start: 2025-01-01, end: 2029-12-31": "start: 2018-01-01, end: 2020-12-31"},
            (
                "the first 6 months are a performance year of an agreement that ends with them: "
                "expected agreement.end 2019-06-30, found 2020-12-31"
            ),
        ),
        (
            JULY | {"first_day: 2025-01-01": "first_day: 2019-08-01"},
            FROM_JULY,
            "expected 2019-01-01 to 2019-12-31, or its first or last 6 months",
        ),
        (
            {"last_day: 2025-12-31": "last_day: 2025-06-30"},
            {},
            "expected 2025-01-01 to 2025-12-31",
        ),
    ],
)
def test_other_parts_of_a_year_are_refused(
    tmp_path: Path, days: dict[str, str], agreement: dict[str, str], expected: str
) -> None:
    said = refused_settlement(tmp_path, days, agreement)
    first, last = (changed("first_day: 2025-01-01\nlast_day: 2025-12-31", days)[it] for it in (
        slice(11, 21), slice(32, 42)
    ))  # fmt: skip
    what = "is not a calendar year, for which people and claims are counted by enrolment type; "
    assert f"lakeside_PY2025.yaml:4: the period {first} to {last} {what}{expected}" in said


def test_an_agreement_without_an_end_does_not_end_with_june() -> None:
    days = (date(2019, 1, 1), date(2019, 6, 30))
    said = why_not_counted(days, date(2016, 1, 1), None, 6)
    assert said is not None
    assert said.endswith("expected agreement.end 2019-06-30, found none")


def test_months_given_besides_the_days_are_refused(tmp_path: Path) -> None:
    months = "performance_months: {unit: months, value: 6, source: x, received_on: 2026-07-15}"
    facts = {"facts:\n": f"facts:\n  {months}\n"}
    term = {"track: enhanced\n": "track: enhanced\n      counted_months: 12\n"}
    said = refused_settlement(tmp_path, JULY | facts, FROM_JULY | term)
    what = "follows from the days of the period, 2019-07-01 to 2019-12-31; leave it out"
    assert f"lakeside_PY2025.yaml:8: performance_months {what}" in said
    assert f"lakeside.yaml:20: counted_months {what}" in said


def test_an_agreement_until_june_has_another_benchmark(tmp_path: Path, vbc: Vbc) -> None:
    """42 CFR 425.602 and 425.603 are another method: the refusal names its components.

    Such agreements are settled in tests/test_part_year_until_june.py.
    """
    root = space(tmp_path)
    agreement = {"2019-07-01, end: 2024-12-31": "2016-01-01, end: 2019-06-30"}
    text = changed(CONTRACT, agreement)
    (root / "contracts" / "harbor.yaml").write_text(text)
    days = {"first_day: 2019-07-01": "first_day: 2019-01-01", "2019-12-31": "2019-06-30"}
    (root / "settlements" / "harbor_PY2019A.yaml").write_text(changed(SETTLEMENT, days))
    code, _, said = vbc("check", "-w", root)
    assert code == 2
    ranges = "covered 2019-07-01 to 2026-12-31"
    do = "name mssp_national_benchmark or mssp_rebased_benchmark in place of mssp_benchmark"
    assert f"update_method has no value on 2016-01-01; {ranges}; {do}" in said


# From tables to the amount due

A1: Final = "111111111"
PCP: Final = "1000000100"
PEOPLE: Final = tuple(f"P{number:03}" for number in range(500))
DIED: Final = frozenset(PEOPLE[:20])
YEARS: Final = (2016, 2017, 2018, 2019)

CONTRACT: Final = """\
contract: harbor
title: Harbor ACO, BASIC track from July 2019
program: mssp
parties:
  payer: {id: CMS, name: Centers for Medicare & Medicaid Services}
  entity: {id: A2001, name: Harbor ACO}
line_of_business: medicare
agreement: {start: 2019-07-01, end: 2024-12-31, number: 1}
population:
  method: mssp
  assignment: retrospective
  participants: harbor_participants.csv
  run_out_months: 3
  cut: computed
components:
  - mssp_expenditure
  - mssp_benchmark
  - mssp_settlement:
      track: basic_b
"""

SETTLEMENT: Final = """\
contract: harbor
period: PY2019A
first_day: 2019-07-01
last_day: 2019-12-31
kind: final
as_of: 2020-08-31
facts:
  quality_standard_met: {unit: flag, value: true, source: report, received_on: 2020-07-15}
  quality_score: {unit: rate, value: 0.90, source: report, received_on: 2020-07-15}
  completion_factor: {unit: rate, value: 1, source: workbook, received_on: 2020-07-15}
  national_per_capita: &dollars
    unit: usd_per_capita
    source: workbook
    received_on: 2020-07-15
    values: {base_1: 10000, base_2: 10000, base_3: 10000, performance: 10200}
  regional_per_capita: *dollars
  national_hcc_score: &one {unit: score, value: 1, source: workbook, received_on: 2020-07-15}
  regional_hcc_score: *one
  national_demographic_score: *one
  regional_demographic_score: *one
  market_share: {unit: rate, value: 0.1, source: workbook, received_on: 2020-07-15}
  regional_adjustment_count: {unit: count, value: 1, source: letter, received_on: 2019-07-01}
"""


def spending(person: str, year: int) -> Iterator[tuple[str, int]]:
    """Day and cents of a person's stays in a year; a visit of $80 on 1 February comes besides."""
    if year < 2019:
        yield f"{year}-02-10", 992_000
        return
    yield "2019-02-10", 492_000
    if person not in DIED:
        yield "2019-09-10", 300_000


def lines(years: Sequence[int]) -> Iterator[Row]:
    for person in PEOPLE:
        for year in years:
            key, day = f"V{person}-{year}", f"{year}-02-01"
            yield {
                **LINE, "claim_key": key, "claim_id": key, "person_id": person,
                "effective_on": day, "claim_start_date": day, "claim_end_date": day,
                "hcpcs_code": "99213", "rendering_npi": PCP, "rendering_specialty_code": "08",
                "place_of_service_code": "11", "billing_tin": A1,
                "allowed_cents": 10_000, "paid_cents": 8_000,
            }  # fmt: skip
            for day, cents in spending(person, year):
                key = f"S{person}-{day}"
                yield {
                    **LINE, "claim_key": key, "claim_id": key, "person_id": person,
                    "claim_type": "institutional", "bill_type_code": "111",
                    "effective_on": day, "claim_start_date": day, "claim_end_date": day,
                    "facility_ccn": "390001", "allowed_cents": cents, "paid_cents": cents,
                }  # fmt: skip


def delivery(folder: Path, years: Sequence[int] = YEARS) -> Path:
    covered = {
        **COVERAGE, "enrollment_start_date": f"{years[0] - 1}-01-01", "enrollment_end_date": "",
        "part_a": "true", "part_b": "true", "medicare_advantage": "false",
        "enrolment_type": "aged_nondual",
    }  # fmt: skip
    ended = {"death_date": "2019-06-30"}
    return write_source(
        folder,
        person=[
            {**PERSON, "person_id": it, **(ended if it in DIED else {"death_date": ""})}
            for it in PEOPLE
        ],
        eligibility=[{**covered, "person_id": it} for it in PEOPLE],
        medical_claim=[*lines(years)],
        provider=[{"npi": PCP, "specialty_code": "08", "tin": A1}],
        risk_score=[
            {
                "person_id": it, "year": year, "enrolment_type": "aged_nondual",
                "model": model, "score_e9": 10**9,
            }
            for it in PEOPLE
            for year in years
            for model in ("hcc", "demographic")
        ],
    )  # fmt: skip


def space(root: Path) -> Path:
    """A workspace with the contract and its first settlement, and no data."""
    made = Workspace.init(root / "space", Settings(buckets=1, workers=1, memory_mb=600)).root
    (made / "contracts" / "harbor.yaml").write_text(CONTRACT)
    (made / "contracts" / "harbor_participants.csv").write_text(
        f"tin,npi,ccn,role,group_id,valid_from,valid_to\n{A1},,,practice,,2019-07-01,\n"
    )
    (made / "settlements" / "harbor_PY2019A.yaml").write_text(SETTLEMENT)
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("july")
    made = Workspace(space(root))
    source = delivery(root / "source")
    load(made.data, source, kind="own", buckets=1, data_source="test", memory_limit="300MB")
    made.build()
    return made.root


@pytest.fixture(scope="module")
def document(built: Path) -> Document:
    settled = settle_and_publish(Workspace(built), "harbor_PY2019A")
    assert (settled.problems, settled.failed_assertions) == ((), ())
    return settled.document


def lines_of(document: Document) -> dict[str, Any]:
    return {it["id"].partition("/")[2]: it for it in document["lines"]}


def values(document: Document, *names: str) -> dict[str, Decimal]:
    found = lines_of(document)
    return {name: Decimal(found[f"{name}@performance"]["value"]) for name in names}


def test_the_people_and_dollars_are_those_of_the_whole_year(document: Document) -> None:
    """480 × $8,000 + 20 × $5,000 = $3,940,000 over 5,880 / 12 = 490 person-years.

    Nothing is truncated: 480 person-years at $8,000 are 97.96 % of 490, so that the 99th
    percentile is the $5,000 × 12/6 = $10,000 of those who died.
    """
    found = lines_of(document)
    cell = "@performance,aged_nondual"
    counted = {
        name: Decimal(found[f"{name}{cell}"]["value"])
        for name in ("member_months", "person_years", "counted_expenditure", "cut_in_force")
    }
    assert counted == {
        "member_months": 5880,
        "person_years": 490,
        "counted_expenditure": 3_940_000,
        "cut_in_force": 10_000,
    }
    # 500 people × $10,000 in each benchmark year
    base = [found[f"per_capita_expenditure@base_{it},aged_nondual"]["value"] for it in (1, 2, 3)]
    assert base == ["10000"] * 3


def test_half_of_the_years_savings_is_paid(document: Document) -> None:
    """$10,000 × 1.02 × 490 = $4,998,000, less $3,940,000 = $1,058,000: 21.2 %, above the 12.2 % of
    500 beneficiaries. 40 % × 0.90 = 36 %: $380,880, within 10 % of $4,998,000. × 6/12 = $190,440.
    """
    expected = {
        "assigned_beneficiaries": 500,
        "total_benchmark": 4_998_000,
        "total_expenditure": 3_940_000,
        "savings_or_losses": 1_058_000,
        "minimum_savings_rate": Decimal("0.122"),
        "final_sharing_rate": Decimal("0.36"),
        "performance_payment_limit": 499_800,
        "performance_payment_of_year": 380_880,
        "performance_months": 6,
        "counted_months": 12,
        "share_of_year": Decimal("0.5"),
        "performance_payment": 190_440,
        "amount_due": 190_440,
    }
    assert values(document, *expected) == expected
    assert [it["line"].partition("/")[2] for it in document["waterfall"]][-4:] == [
        "performance_payment_of_year@performance",
        "performance_payment@performance",
        "advance_investment_recouped@performance",
        "amount_due@performance",
    ]


def test_the_statement_says_both_spans(document: Document, built: Path) -> None:
    """Its period is the six months; care is in it through December, payments through March."""
    assert document["period"] == {
        "id": "PY2019A",
        "first_day": "2019-07-01",
        "last_day": "2019-12-31",
    }
    assert document["counted"] == {"first_day": "2019-01-01", "last_day": "2019-12-31"}
    assert document["through"] == {"incurred": "2019-12-31", "paid": "2020-03-31"}
    found = lines_of(document)
    assert found["performance_months@performance"]["source"] == {
        "kind": "period",
        "file": "settlements/harbor_PY2019A.yaml:3",
        "first_day": "2019-07-01",
        "last_day": "2019-12-31",
    }
    days = found["counted_months@performance"]["source"]
    assert (days["first_day"], days["last_day"]) == ("2019-01-01", "2019-12-31")
    validators = importlib.import_module("jsonschema")
    published = json.loads((built / "statements" / "harbor_PY2019A.json").read_text())
    validators.Draft202012Validator(schema()).validate(published)


def test_explain_shows_the_months_and_the_person_who_died(
    document: Document, built: Path, vbc: Vbc
) -> None:
    assert document["period"]["id"] == "PY2019A"
    code, said, wrong = vbc("settle", "-w", built)
    assert code == 0, wrong
    assert "2019-01-01 to 2019-12-31, the whole year, of which the period is" in said
    code, said, wrong = vbc("explain", "share_of_year", "-w", built)
    assert code == 0, wrong
    assert "mssp_settlement/performance_months" in said
    assert "mssp_settlement/counted_months" in said
    code, said, wrong = vbc("explain", "counted_months", "-w", built)
    assert code == 0, wrong
    assert "months from 2019-01-01 to 2019-12-31, settlements/harbor_PY2019A.yaml:3" in said
    code, said, wrong = vbc(
        "explain", "claims_expenditure", "--at", "stratum=aged_nondual", "--person", "P000",
        "--json", "-w", built,
    )  # fmt: skip
    assert code == 0, wrong
    # a visit of $80 and a stay of $4,920, both before July
    assert json.loads(said)["levels"][-1]["total"] == 500_000


def test_half_of_the_years_losses_is_owed(document: Document, built: Path) -> None:
    """Had the nation shrunk by 30 %: $7,000 × 490 = $3,430,000, less $3,940,000: a loss of
    $510,000, 14.9 %. ENHANCED: 1 − 0.75 × 0.90 is below the floor, 40 % is $204,000, within 15 % of
    $3,430,000 = $514,500. × 6/12 = $102,000.
    """
    assert document["period"]["id"] == "PY2019A"
    contract = built / "contracts" / "harbor.yaml"
    contract.write_text(changed(CONTRACT, {"track: basic_b": "track: enhanced"}))
    path = built / "settlements" / "harbor_PY2019A.yaml"
    path.write_text(changed(SETTLEMENT, {"performance: 10200": "performance: 7000"}))
    settled = settle_and_publish(Workspace(built), "harbor_PY2019A")
    assert settled.holds
    expected = {
        "savings_or_losses": -510_000,
        "loss_recoupment_limit": 514_500,
        "shared_losses_of_year": 204_000,
        "shared_losses": 102_000,
        "amount_due": -102_000,
    }
    assert values(settled.document, *expected) == expected
