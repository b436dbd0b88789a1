"""The facts that a synthetic nation supplies to a settlement."""

from datetime import date
from decimal import Decimal

import pytest

from openvbc.contract.component import component
from openvbc.contract.settlement import STRATA
from openvbc.errors import InputError
from openvbc.generate.settlement_facts import NationalFigure, Provenance, benchmark_facts

YEARS = {"base_1": 2022, "base_2": 2023, "base_3": 2024, "performance": 2025}
PER_CAPITA = {"national": 10_000, "north": 12_000, "south": 8_000}
PROVENANCE = Provenance("synthetic nation", date(2026, 7, 15))


def figures() -> list[NationalFigure]:
    """Every type costs the same in an area and grows by 500 a year; south has no ESRD."""
    return [
        NationalFigure(
            year=year,
            area=area,
            enrolment_type=stratum,
            person_years=Decimal(0 if (area, stratum) == ("south", "esrd") else 100),
            per_capita=Decimal(base + 500 * (year - 2022)),
            hcc_risk=Decimal("1.00005"),
            demographic_risk=Decimal(1),
            truncation_cut=Decimal("100000.005"),
        )
        for year in YEARS.values()
        for area, base in PER_CAPITA.items()
        for stratum in STRATA
    ]


def facts() -> dict[str, dict[str, object]]:
    shares = {"north": Decimal("0.75"), "south": Decimal("0.25")}
    return benchmark_facts(
        figures(),
        years=YEARS,
        regions=shares,
        market_share=Decimal(1) / 3,
        provenance=PROVENANCE,
    )


def test_each_fact_has_the_unit_of_its_leaf_a_source_and_a_date() -> None:
    leaves = {**component("mssp_expenditure").leaves, **component("mssp_benchmark").leaves}
    for name, fact in facts().items():
        assert fact["unit"] == leaves[name].unit
        assert (fact["source"], fact["received_on"]) == ("synthetic nation", date(2026, 7, 15))


def test_no_fact_that_the_rules_require_is_left_out() -> None:
    leaves = {**component("mssp_expenditure").leaves, **component("mssp_benchmark").leaves}
    required = {
        name
        for name, leaf in leaves.items()
        if leaf.table is None and leaf.default in {"required", None}
    }
    assert required - facts().keys() == {"agreement_number"}  # a term of the contract


def test_the_region_is_weighted_by_where_the_beneficiaries_live() -> None:
    regional = facts()["regional_per_capita"]["values"]
    assert isinstance(regional, dict)
    assert regional["base_1"]["disabled"] == Decimal("11000.00")  # 0.75 × 12,000 + 0.25 × 8,000
    assert regional["base_1"]["esrd"] == Decimal("12000.00")  # nobody in the south: the north's own


def test_figures_are_rounded_as_cms_prints_them() -> None:
    found = facts()
    assert found["market_share"]["value"] == Decimal("0.333333")
    assert found["truncation_cut"]["values"]["base_1"]["esrd"] == Decimal("100000.01")  # type: ignore[index]
    assert found["national_hcc_score"]["values"]["base_1"]["esrd"] == Decimal("1.0001")  # type: ignore[index]


def test_the_prospective_trend_is_the_last_growth_that_was_known() -> None:
    assert facts()["acpt_growth"]["values"] == dict.fromkeys(STRATA, Decimal("1.0476"))
    # 11,000 ÷ 10,500, from the second benchmark year to the third


def test_the_dual_share_is_the_regions_own() -> None:
    # north 100 of 400; in the weighted regions ESRD has the north's 100, so 100 of 400
    assert facts()["base_3_dual_share"]["value"] == Decimal("0.250000")


def test_a_missing_national_figure_is_named() -> None:
    kept = [it for it in figures() if (it.year, it.enrolment_type) != (2023, "esrd")]
    with pytest.raises(InputError, match=r"no national figure of 2023 \(base_2\) for esrd"):
        benchmark_facts(
            kept,
            years=YEARS,
            regions={},
            market_share=Decimal(0),
            provenance=PROVENANCE,
        )
