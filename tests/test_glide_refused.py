"""Glide paths that are refused: every mistake by name, with its line."""

from pathlib import Path

import pytest

from glide_sample import FILES, PLAN, Space
from openvbc.errors import InputError
from openvbc.glide.check import check_plans, read_plan
from openvbc.glide.run import glide
from openvbc.workspace import Workspace


def test_wrong_terms_and_conditions_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    space = Space(
        tmp_path,
        {
            "savings_entity_share: 0.45": "savings_entity_share: 1.45",
            "losses_entity_share: 0.30": "losses_entity_shar: 0.30",
            "losses_entity_share: 0.40": "losses_owed: 0.40",
            "- quality_score >= 0.80": "- quality_scores >= 0.80",
            "{if: [savings_gross_rate >= 0], otherwise: step_down}": (
                "{if: [about right, savings_outcome > 3], otherwise: stay}"
            ),
        },
    )
    lines = FILES[PLAN].splitlines()
    at = {name: lines.index(name) + 1 for name in lines}
    two = at["    terms: {savings_entity_share: 0.45, savings_cap_of_benchmark: 0.08}"]
    four = at["    step_up: {if: [savings_gross_rate >= 0], otherwise: step_down}"]
    assert sorted(space.refused()) == sorted(
        [
            f"{PLAN}:{two}: savings_entity_share: found 1.45; expected a share from 0 to 1",
            (
                f"{PLAN}:{at['      losses_entity_share: 0.30']}: unknown term losses_entity_shar; "
                "did you mean losses_entity_share?"
            ),
            (
                f"{PLAN}:{at['      losses_entity_share: 0.40']}: losses_owed is computed by "
                "shared_savings; it is no term"
            ),
            (
                f"{PLAN}:{at['        - quality_score >= 0.80']}: quality_scores >= 0.80: no line "
                "of this contract's statements; did you mean quality_score?"
            ),
            (
                f"{PLAN}:{four}: found 'about right', expected a comparison such as "
                "savings_gross_rate >= 0.02"
            ),
            f"{PLAN}:{four}: savings_outcome > 3: expected a word (text)",
        ]
    )


def test_terms_of_one_year_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    """A cap on losses without any sharing of losses."""
    said = Space(
        tmp_path, {"      losses_minimum_rate: 0.02\n      losses_entity_share: 0.30\n": ""}
    )
    assert said.refused() == [
        (
            f"{PLAN}:18: shared_savings/losses_shared [performance]: losses_cap_of_benchmark: "
            "needs losses_minimum_rate"
        )
    ]


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (
            "savings_gross_rate >= 0.05, savings_gross_rate < 0.03",
            "no value meets savings_gross_rate >= 0.05 and savings_gross_rate < 0.03",
        ),
        (
            "savings_outcome == bonus, savings_outcome == none",
            "no value meets savings_outcome == bonus and savings_outcome == none",
        ),
        (
            "losses_minimum_rate <= 0.01",
            "losses_minimum_rate is 0.02 in PY2027, so losses_minimum_rate <= 0.01 never holds",
        ),
    ],
)
def test_a_step_that_no_statement_leads_to_is_refused_with_those_after_it(
    tmp_path: Path, condition: str, why: str
) -> None:
    old = "{if: [savings_gross_rate >= 0], otherwise: step_down}"
    space = Space(tmp_path, {old: f"{{if: [{condition}], otherwise: stay}}"})
    assert [it.partition(": ")[2] for it in space.refused()] == [
        f"PY2028 cannot be reached: {why}",
        "PY2029 cannot be reached: PY2028 cannot be reached, and it comes before",
    ]


def test_years_after_the_agreement_cannot_be_reached(tmp_path: Path) -> None:
    space = Space(tmp_path)
    body = FILES["contracts/northfield.yaml"].replace("end: 2029-12-31", "end: 2028-12-31")
    space.write("contracts/northfield.yaml", body)
    (said,) = space.refused()
    assert said.endswith(
        "PY2029 cannot be reached: it ends on 2029-12-31, after the agreement on 2028-12-31"
    )


def test_years_out_of_order_and_a_first_year_with_conditions_are_refused(tmp_path: Path) -> None:
    space = Space(
        tmp_path,
        {
            "    first_day: 2026-01-01": "    first_day: 2026-02-01",
            "otherwise: stay}\n  - period: PY2027": "otherwise: step_down}\n  - period: PY2026",
            "    last_day: 2025-12-31\n": (
                "    last_day: 2025-12-31\n"
                "    step_up: {if: [quality_score >= 0.5], otherwise: stay}\n"
            ),
        },
    )
    assert [it.partition(": ")[2] for it in space.refused()] == [
        "PY2026 stands twice; name each year once",
        "found 2026-02-01, expected 2026-01-01, the day after PY2025",
        "the first year has no year before it; leave step_up out",
        "otherwise: step_down: there is no step below the first; say stay or leave",
    ]


def test_a_settlement_with_other_days_or_with_a_term_of_the_plan_is_refused(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    path = tmp_path / "settlements" / "northfield_PY2025.yaml"
    fact = "{unit: rate, value: 0.02, source: letter, received_on: 2026-05-31}"
    body = path.read_text().replace("last_day: 2025-12-31", "last_day: 2025-06-30")
    path.write_text(f"{body}  losses_minimum_rate: {fact}\n")
    said = space.refused()
    assert "PY2025 is 2025-01-01 to 2025-06-30 in settlements/northfield_PY2025.yaml" in said[0]
    assert "losses_minimum_rate is a fact of settlements/northfield_PY2025.yaml too" in said[1]
    with pytest.raises(InputError, match="give it once"):
        check_plans(Workspace(tmp_path))


def test_a_plan_of_no_contract_and_a_name_that_is_none_are_refused(tmp_path: Path) -> None:
    space = Space(tmp_path)
    assert check_plans(Workspace(tmp_path)) == 1
    with pytest.raises(InputError, match="northfield: no such plan; did you mean northfield_risk"):
        glide(Workspace(tmp_path), "northfield")
    with pytest.raises(InputError, match=r"northfield_risk.yaml:2: no contract northfield"):
        read_plan(tmp_path / PLAN, {})
    (tmp_path / PLAN).unlink()
    with pytest.raises(InputError, match="there is none; write one in plans/"):
        space.glide()
