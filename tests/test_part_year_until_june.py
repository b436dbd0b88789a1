"""January to June 2019 as the last performance year of agreements from 2016 and from 2017.

42 CFR 425.609(b), 425.602(c), 425.603(g): the whole of 2019 is counted, the benchmark is brought
to the whole of 2019, and one half is paid. The people are those of tests/test_part_year.py: five
hundred who cost $10,000 in each earlier year, and $3,940,000 over 490 person-years in 2019.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from conftest import Vbc
from openvbc.contract.statement import Document
from openvbc.publish import settle_and_publish
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace
from test_part_year import A1, delivery, values

YEARS: Final = (2013, 2014, 2015, 2016, 2019)

CONTRACT: Final = """\
contract: {id}
title: {id} ACO, until June 2019
program: mssp
parties:
  payer: {{id: CMS, name: Centers for Medicare & Medicaid Services}}
  entity: {{id: {aco}, name: {id} ACO}}
line_of_business: medicare
agreement: {{start: {start}, end: 2019-06-30, number: {number}}}
population:
  method: mssp
  assignment: retrospective
  participants: participants.csv
  run_out_months: 3
  cut: computed
components:
  - mssp_expenditure
  - {benchmark}
  - mssp_settlement:
      track: {terms}
"""

SETTLEMENT: Final = """\
contract: {id}
period: PY2019A
first_day: 2019-01-01
last_day: 2019-06-30
kind: final
as_of: 2020-08-31
facts:
  quality_standard_met: {{unit: flag, value: true, source: report, received_on: 2020-07-15}}
  quality_score: {{unit: rate, value: {quality}, source: report, received_on: 2020-07-15}}
  completion_factor: {{unit: rate, value: 1, source: workbook, received_on: 2020-07-15}}
  national_hcc_score: {{unit: score, value: 1, source: workbook, received_on: 2020-07-15}}
  newly_assigned_months:
    unit: months
    source: workbook
    received_on: 2020-07-15
    values:
      base_3: {{esrd: 0, disabled: 0, aged_dual: 0, aged_nondual: 600}}
      performance: {{esrd: 0, disabled: 0, aged_dual: 0, aged_nondual: 588}}
  newly_assigned_hcc_score:
    unit: score
    source: workbook
    received_on: 2020-07-15
    values: {{base_3: 1, performance: 1.1}}
  continuously_assigned_hcc_score:
    unit: score
    source: workbook
    received_on: 2020-07-15
    values: {{base_3: 1, performance: 1.05}}
  continuously_assigned_demographic_score:
    unit: score
    source: workbook
    received_on: 2020-07-15
    values: {{base_3: 1, performance: 1.02}}
"""

COVE: Final = {
    "id": "cove",
    "aco": "A1601",
    "start": "2016-01-01",
    "number": 1,
    "benchmark": "mssp_national_benchmark",
    "terms": "track_1",
    "quality": 0.90,
}
COVE_FACTS: Final = """\
  national_per_capita:
    unit: usd_per_capita
    source: workbook
    received_on: 2020-07-15
    values: {base_1: 9000, base_2: 9000, base_3: 9000}
  national_growth_amount: {unit: usd_per_capita, value: 200, source: OACT, received_on: 2020-07-15}
"""

REEF: Final = {
    "id": "reef",
    "aco": "A1701",
    "start": "2017-01-01",
    "number": 2,
    "benchmark": "mssp_rebased_benchmark",
    "terms": "track_2\n      elected_minimum_rate: 0.02",
    "quality": 0.80,
}
REEF_FACTS: Final = """\
  regional_per_capita:
    unit: usd_per_capita
    source: workbook
    received_on: 2020-07-15
    values: {base_1: 12000, base_2: 12000, base_3: 12000, performance: 12240}
  regional_hcc_score: {unit: score, value: 1, source: workbook, received_on: 2020-07-15}
  regional_adjustment_count: {unit: count, value: 1, source: letter, received_on: 2017-01-01}
  two_sided_year: {unit: text, value: third_or_later, source: letter, received_on: 2017-01-01}
"""


def built(root: Path, parts: dict[str, Any], facts: str) -> Path:
    """A workspace of one of the two, with the people's tables."""
    made = Workspace.init(root / "space", Settings(buckets=1, workers=1, memory_mb=600))
    (made.root / "contracts" / "participants.csv").write_text(
        f"tin,npi,ccn,role,group_id,valid_from,valid_to\n{A1},,,practice,,2016-01-01,\n"
    )
    (made.root / "contracts" / f"{parts['id']}.yaml").write_text(CONTRACT.format(**parts))
    settlement = SETTLEMENT.format(**parts) + facts
    (made.root / "settlements" / f"{parts['id']}_PY2019A.yaml").write_text(settlement)
    source = delivery(root / "source", YEARS)
    load(made.data, source, kind="own", buckets=1, data_source="test", memory_limit="300MB")
    Workspace(made.root).build()
    return made.root


@pytest.fixture(scope="module")
def cove(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("cove"), COVE, COVE_FACTS)


@pytest.fixture(scope="module")
def reef(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("reef"), REEF, REEF_FACTS)


def settled(root: Path, name: str) -> Document:
    made = settle_and_publish(Workspace(root), f"{name}_PY2019A")
    assert (made.problems, made.failed_assertions) == ((), ())
    return made.document


def test_a_first_agreement_extended_to_june_is_settled_with_national_growth(cove: Path) -> None:
    """Risk 588/5,880 × 1.1 + 5,292/5,880 × 1.02 = 1.028; $10,000 × 1.028 + $200 = $10,480.

    × 490 = $5,135,200, less $3,940,000 = $1,195,200: 23 %, above the 12.2 % of 500 beneficiaries.
    50 % × 0.90 = 45 % is $537,840, limited to 10 % of $5,135,200 = $513,520. × 6/12 = $256,760.
    """
    expected = {
        "adjusted_benchmark_per_capita": 10_000,
        "updated_benchmark": 10_480,
        "total_benchmark": 5_135_200,
        "total_expenditure": 3_940_000,
        "savings_or_losses": 1_195_200,
        "final_sharing_rate": Decimal("0.45"),
        "performance_payment_limit": 513_520,
        "performance_payment_of_year": 513_520,
        "share_of_year": Decimal("0.5"),
        "amount_due": 256_760,
    }
    assert values(settled(cove, "cove"), *expected) == expected


def test_a_second_agreement_that_ends_with_june_is_settled_with_its_region(reef: Path) -> None:
    """35 % of $12,000 − $10,000 is $700; $10,700 × 1.028 × 1.02 = $11,219.592; × 490 =
    $5,497,600.08, less $3,940,000 = $1,557,600.08. 60 % × 0.80 = 48 % is $747,648.0384, within
    15 % of the benchmark. × 6/12 = $373,824.02.
    """
    expected = {
        "regional_adjustment_per_capita": 700,
        "adjusted_benchmark_per_capita": 10_700,
        "updated_benchmark": Decimal("11219.592"),
        "total_benchmark": Decimal("5497600.08"),
        "savings_or_losses": Decimal("1557600.08"),
        "final_sharing_rate": Decimal("0.48"),
        "performance_payment_of_year": Decimal("747648.0384"),
        "amount_due": Decimal("373824.02"),
    }
    assert values(settled(reef, "reef"), *expected) == expected


def test_it_passes_the_check_and_says_both_spans(reef: Path, vbc: Vbc) -> None:
    code, said, wrong = vbc("check", "-w", reef)
    assert (code, wrong) == (0, ""), said
    document = settled(reef, "reef")
    assert document["period"]["last_day"] == "2019-06-30"
    assert document["counted"] == {"first_day": "2019-01-01", "last_day": "2019-12-31"}
    assert document["through"] == {"incurred": "2019-12-31", "paid": "2020-03-31"}
    found = values(document, "performance_months", "counted_months")
    assert found == {"performance_months": 6, "counted_months": 12}
