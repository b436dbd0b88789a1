"""The HCP-LAN category of a contract follows from its components and terms, with the reason.

Source of the categories: HCP-LAN, Alternative Payment Model (APM) Framework (2017 refresh).
"""

from pathlib import Path

import pytest

from openvbc.author.lan import CATEGORIES, DERIVE, lan, lan_table
from openvbc.contract.component import component, component_names
from openvbc.contract.contract import Contract, read_contract
from openvbc.demo import CONTRACTS

HEAD = """contract: one
title: One
parties: {payer: {id: P, name: Plan}, entity: {id: E, name: Entity}}
line_of_business: commercial
agreement: {start: 2025-01-01}
components:
"""

SAVINGS = "  - shared_savings: {savings_minimum_rate: 0.02, savings_entity_share: 0.5%s}\n"
GATE = ", savings_quality_gate: true"
LOSSES = ", losses_minimum_rate: 0.02, losses_entity_share: 0.3"
BUNDLE = "  - episode_bundle: {strata: [knee], bundle_target_price: {knee: 25000}%s}\n"
SCALE = ", bundle_gain_scale: [{from: 0, to: 0.8, share: 0}, {from: 0.8, to: 1, share: 1}]"
CAPITATION = "  - capitation: {strata: [all], capitation_rate: {all: 400}}\n"
SERVICES = "  - capitated_services: {strata: [a, b], service_in_capitation: {a: true, b: %s}}\n"
WITHHOLD = "  - withhold: {withhold_rate: 0.02}\n"
CARE = "  - care_management: {strata: [all], care_management_pmpm: {all: 12}}\n"
PERFORMANCE = "  - pay_for_performance: {strata: [eye], performance_pmpm: {eye: 1}}\n"
PREMIUM = "  - percent_of_premium: {strata: [final], premium_target: 0.87}\n"
PRIMARY = "  - primary_care_prospective: {strata: [all], primary_care_rate: {all: 40}}\n"
CORRIDOR = """  - risk_corridor:
      corridor_held_by: payer
      corridor_savings_bands: [{from: 0, to: 0.02, share: 0}, {from: 0.02, to: null, share: 1}]
"""
QUALITY = "  - measured_quality: {measured_quality_minimum: 0.6}\n"
STOP_LOSS = "  - minimum_panel: {panel_minimum: 1000}\n"


def contract(tmp_path: Path, components: str, old: str = "", new: str = "") -> Contract:
    path = tmp_path / "one.yaml"
    path.write_text((HEAD + components).replace(old, new) if old else HEAD + components, "utf-8")
    return read_contract(path)


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        (CARE, "2A"),
        (PERFORMANCE, "2C"),
        (WITHHOLD, "2C"),
        (SAVINGS % GATE, "3A"),
        (SAVINGS % (GATE + LOSSES), "3B"),
        (SAVINGS % (GATE + LOSSES.replace("0.02", "0")), "3B"),  # losses from the first dollar
        (SAVINGS % (GATE + LOSSES.replace("0.3", "0")), "3A"),  # and none of them borne
        (SAVINGS % "", "3N"),
        (SAVINGS % LOSSES, "3N"),
        (SAVINGS % LOSSES + PERFORMANCE + QUALITY, "3B"),
        (SAVINGS % ", savings_quality_gate: false", "3N"),
        (BUNDLE % SCALE, "3B"),
        (BUNDLE % (SCALE + ", bundle_loss_share: 0"), "3A"),
        (BUNDLE % "", "3N"),
        (CORRIDOR, "3N"),
        (CORRIDOR + WITHHOLD, "3B"),
        (CAPITATION, "4N"),
        (CAPITATION + WITHHOLD, "4B"),
        (CAPITATION + WITHHOLD + SERVICES % "true", "4B"),
        (CAPITATION + WITHHOLD + SERVICES % "false", "4A"),
        (PREMIUM, "4N"),
        (PREMIUM + PERFORMANCE, "4B"),
        (PRIMARY + PERFORMANCE, "4A"),
        (CARE + SAVINGS % GATE, "3A"),
        (STOP_LOSS, "1"),
    ],
)
def test_the_category_follows_the_terms(components: str, expected: str, tmp_path: Path) -> None:
    assert lan(contract(tmp_path, components)).category == expected


def test_the_reason_names_the_term_that_decides(tmp_path: Path) -> None:
    found = lan(contract(tmp_path, SAVINGS % (GATE + LOSSES)))
    assert found.reason == (
        "losses_minimum_rate is agreed: two-sided, and quality counts (savings_quality_gate): 3B"
    )


def test_of_several_components_the_most_advanced_counts_and_all_are_shown(tmp_path: Path) -> None:
    found = lan(contract(tmp_path, CARE + PERFORMANCE + SAVINGS % GATE))
    shown = [(it.component, it.category) for it in found.components]
    assert shown == [
        ("care_management", "2A"),
        ("pay_for_performance", "2C"),
        ("shared_savings", "3A"),
    ]
    assert found.reason.endswith(
        "the most advanced of 2A care_management, 2C pay_for_performance, 3A shared_savings)"
    )
    assert found.to_json()["says"] == "shared savings"


def test_a_corridor_on_capitation_only_limits_it(tmp_path: Path) -> None:
    corridor = CORRIDOR + "      corridor_on: capitation\n"
    found = lan(contract(tmp_path, CAPITATION + WITHHOLD + corridor))
    assert [it.component for it in found.components] == ["capitation", "withhold"]


def test_a_payer_that_is_the_entity_is_integrated(tmp_path: Path) -> None:
    one = contract(tmp_path, CAPITATION + WITHHOLD, "id: E", "id: P")
    assert lan(one).category == "4C"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hillside", "3A"),  # basic_a shares no losses (42 CFR 425.600(a)(4))
        ("lakeside", "3B"),  # enhanced does
        ("summit_knee_hip", "3B"),  # a gain scale by quality, and losses
        ("meadow_maternity", "3N"),  # losses, and no scale
        ("prairie_pcmh", "2C"),
        ("delta_p4p", "2C"),
        ("cascade_full", "4N"),
        ("cascade_partial", "4N"),
        ("harborview_nested", "3N"),
        ("foundry_direct", "4A"),  # primary care by the month, with guarantees of quality
    ],
)
def test_the_categories_of_the_example_contracts(name: str, expected: str, tmp_path: Path) -> None:
    found = read_contract(CONTRACTS / f"{name}.yaml")
    category = lan(found)
    assert category.category == expected
    assert lan_table(found, category).row_count == len(category.components) + 1


def test_every_component_that_pays_has_its_way_to_a_category() -> None:
    paying = {name for name in component_names() if component(name).pays}
    assert paying <= set(DERIVE) <= set(component_names())
    assert next(iter(CATEGORIES)) == "1"
