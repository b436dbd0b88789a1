"""Limits on incentives: 42 CFR 422.208 for physicians at risk, 438.6(b)(2) for Medicaid plans."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from distribution_sample import (
    add_record,
    decide,
    distributed,
    file_documents,
    said,
    write_space,
)
from openvbc.governance.incentive_plan import incentive_arrangement, incentive_plan, law
from openvbc.governance.records import IncentiveArrangement, IncentivePlan

# Physician incentive plans, 42 CFR 422.208


def plan(**given: Any) -> IncentivePlan:
    """A plan of 2018 for 4,200 patients, with 30 % of $4,000,000 at risk."""
    base: dict[str, Any] = {
        "record": 1,
        "kind": "incentive_plan",
        "contract": "pinewood",
        "date": "2018-12-01",
        "previous": "none",
        "first_day": "2018-01-01",
        "last_day": "2018-12-31",
        "potential_payments": Decimal(4_000_000),
        "at_risk": Decimal(1_200_000),
        "panel_size": 4200,
    }
    return IncentivePlan.model_validate(base | given)


def stop_loss(**given: Any) -> dict[str, Any]:
    return {"kind": "per_patient", "coverage": Decimal("0.90")} | given


def test_more_than_a_quarter_at_risk_needs_stop_loss() -> None:
    """1,200,000 ÷ 4,000,000 = 30 %; a panel of 1,001-5,000 needs 90 % above at most $30,000."""
    assert incentive_plan(plan()) == [
        (
            "30% of potential payments is at risk for referral services, more than 25% "
            "(42 CFR 422.208(d)(2), 438.3(i)); with a panel of 4,200 stop-loss protection is "
            "required: 90% above at most $30,000.00 a patient, combined"
        )
    ]
    assert incentive_plan(plan(at_risk=Decimal(1_000_000))) == []  # exactly 25 %
    assert incentive_plan(plan(at_risk=Decimal("1000000.01"))) != []
    assert incentive_plan(plan(panel_size=25_000)) != []
    assert incentive_plan(plan(panel_size=25_001)) == []


@pytest.mark.parametrize(
    ("panel", "combined", "institutional", "professional"),
    [
        (1_000, 6_000, 10_000, 3_000),
        (1_001, 30_000, 40_000, 10_000),
        (5_000, 30_000, 40_000, 10_000),
        (5_001, 40_000, 60_000, 15_000),
        (8_000, 40_000, 60_000, 15_000),
        (10_000, 75_000, 100_000, 20_000),
        (25_000, 150_000, 200_000, 25_000),
    ],
)
def test_the_deductible_goes_by_the_panel(
    panel: int, combined: int, institutional: int, professional: int
) -> None:
    def held(**given: int) -> list[str]:
        return incentive_plan(plan(panel_size=panel, stop_loss=stop_loss(**given)))

    assert held(combined=combined) == []
    assert "the combined deductible is" in held(combined=combined + 1)[0]
    assert held(institutional=institutional, professional=professional) == []
    assert len(held(institutional=institutional + 1, professional=professional + 1)) == 2
    assert "the professional deductible is none" in held(institutional=institutional)[0]


def test_protection_that_pays_too_little_or_begins_too_late_does_not_do() -> None:
    low = stop_loss(combined=30_000, coverage=Decimal("0.89"))
    assert "pays 89%; at least 90% is required" in incentive_plan(plan(stop_loss=low))[0]
    aggregate = {"kind": "aggregate", "coverage": Decimal("0.90")}
    good = plan(stop_loss=aggregate | {"attachment_share": Decimal("0.25")})
    assert incentive_plan(good) == []
    late = plan(stop_loss=aggregate | {"attachment_share": Decimal("0.26")})
    assert "must begin at 25% of potential payments" in incentive_plan(late)[0]


def test_a_year_whose_table_cms_publishes_needs_its_figure_with_the_source() -> None:
    year = {"first_day": "2025-01-01", "last_day": "2025-12-31"}
    without = plan(**year, stop_loss=stop_loss(combined=60_000))
    assert "the deductible is not known: on 2025-01-01" in incentive_plan(without)[0]
    cms = {"required_deductible": 65_000, "required_deductible_source": "CMS table, 2025"}
    assert incentive_plan(plan(**year, **cms, stop_loss=stop_loss(combined=65_000))) == []
    assert incentive_plan(plan(**year, **cms, stop_loss=stop_loss(combined=65_001))) != []


def test_a_plan_of_medicare_advantage_or_medicaid_blocks_until_its_record_is_good(
    tmp_path: Path,
) -> None:
    root = write_space(
        tmp_path, {"line_of_business: commercial": "line_of_business: medicare_advantage"}
    )
    decide(root)
    file_documents(root)
    assert said(distributed(root)) == [
        "no incentive_plan record covers 2025-01-01 to 2025-12-31 (42 CFR 422.208, 438.3(i))"
    ]
    body = (
        "first_day: 2025-01-01\nlast_day: 2025-12-31\npotential_payments: 4000000\n"
        "at_risk: 1200000\npanel_size: 4200"
    )
    add_record(root, "incentive_plan", "2026-02-01", body)
    assert any("stop-loss protection is required" in it for it in said(distributed(root)))
    more = (
        "\nstop_loss: {kind: per_patient, coverage: 0.90, combined: 30000}\n"
        "required_deductible: 30000\nrequired_deductible_source: table of CMS"
    )
    add_record(root, "incentive_plan", "2026-03-01", body + more)
    assert said(distributed(root)) == []


# Medicaid incentive arrangements, 42 CFR 438.6(b)(2)


def arrangement(incentive: str) -> IncentiveArrangement:
    return IncentiveArrangement.model_validate(
        {
            "record": 1,
            "kind": "incentive_arrangement",
            "contract": "pinewood",
            "date": "2025-12-31",
            "previous": "none",
            "first_day": "2025-01-01",
            "last_day": "2025-12-31",
            "capitation": Decimal(10_000_000),
            "incentive": Decimal(incentive),
        }
    )


def test_a_medicaid_incentive_is_at_most_five_per_cent_of_capitation() -> None:
    """$10,000,000 × 105 % = $10,500,000."""
    assert incentive_arrangement(arrangement("500000")) == []
    assert incentive_arrangement(arrangement("500000.01")) == [
        (
            "capitation with the incentive is $10,500,000.01, above 105% of the approved "
            "capitation, $10,500,000.00 (42 CFR 438.6(b)(2), before 2016 438.6(c)(5)(iii))"
        )
    ]


def test_a_medicaid_incentive_without_its_record_blocks(tmp_path: Path) -> None:
    clause_end = "  state: NY\n"
    root = write_space(tmp_path, {clause_end: f"{clause_end}  medicaid_incentive: true\n"})
    assert (
        "no incentive_arrangement record covers 2025-01-01 to 2025-12-31 (42 CFR 438.6(b)(2))"
        in said(distributed(root, dry_run=True))
    )


def test_every_limit_is_cited() -> None:
    assert all(it.cite for limit in law().values() for it in limit.values)
