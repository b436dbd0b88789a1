"""Glide paths: five years of one contract, from one-sided 40 % to two-sided 50 %.

The example of docs/glide.md. What is shown beside the figures is their arithmetic.
"""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from glide_sample import FILES, PLAN, Space, steps
from openvbc.glide.condition import OPERATORS, Condition, contradictory
from openvbc.glide.run import glide
from openvbc.glide.show import glide_text
from openvbc.workspace import Workspace
from seen import Seen

# The example of the page


def test_the_example_of_the_page_gives_the_table_that_it_shows(tmp_path: Path) -> None:
    space = Space(tmp_path)
    for name in ("PY2025", "PY2026"):
        path = f"settlements/northfield_{name}.yaml"
        space.write(path, FILES[path])
    page = io.StringIO()
    Console(file=page, width=110, no_color=True).print(glide_text(space.glide()))
    printed = "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"
    assert printed == FILES["glide"]


def test_five_years_from_one_sided_40_to_two_sided_50_percent(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000)
    space.settle(2027, 41_500_000, 39_425_000)
    space.settle(2028, 42_000_000, 41_160_000)
    space.settle(2029, 42_500_000, 44_200_000)
    years = space.said()
    assert steps(years) == [1, 2, 3, 4, 5]
    assert [it["status"] for it in years] == ["settled"] * 5
    assert [it["settles_cents"] for it in years] == [
        48_000_000,  # 3 % of $40.0M saved: $1,200,000 × 40 %
        73_800_000,  # 4 % of $41.0M: $1,640,000 × 45 %
        103_750_000,  # 5 % of $41.5M: $2,075,000 × 50 %
        42_000_000,  # exactly 2 % of $42.0M: $840,000 × 50 %
        -85_000_000,  # 4 % of $42.5M lost: $1,700,000 × 50 %, within 6 %
    ]
    assert [it["exposure"]["largest_owed_cents"] for it in years] == [
        0,  # one-sided
        0,
        83_000_000,  # 2 % of $41.5M
        168_000_000,  # 4 % of $42.0M
        255_000_000,  # 6 % of $42.5M
    ]
    assert [it["exposure"]["largest_earned_cents"] for it in years] == [
        200_000_000,  # 5 % of $40.0M
        328_000_000,  # 8 % of $41.0M
        415_000_000,  # 10 % of $41.5M
        420_000_000,  # 10 % of $42.0M
        510_000_000,  # 12 % of $42.5M
    ]


# Conditions


def test_a_condition_that_is_not_met_stays_and_is_tried_again_a_year_later(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000, "0.78")
    space.settle(2027, 41_500_000, 39_425_000, "0.80")
    years = space.said()
    assert steps(years) == [1, 2, 2, 3, None]
    assert years[2]["why"] == (
        "stays, by PY2026: savings_gross_rate >= 0.02: 0.04, met; "
        "quality_score >= 0.80: 0.78, not met"
    )
    # Still the 45 % of step 2: $41,500,000 − $39,425,000 = $2,075,000 × 45 %.
    assert years[2]["settles_cents"] == 93_375_000
    # A score of exactly 0.80 is enough. PY2028 is in step 3 and has no settlement.
    assert (years[3]["status"], years[3]["settles_cents"]) == ("to_come", None)
    assert years[3]["exposure"]["largest_owed_cents"] == 80_000_000  # 2 % of the plan's $40.0M
    assert years[4]["terms_of_step"] == 4
    assert years[4]["why"] == "PY2028 is not settled yet"


def test_a_loss_steps_down(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000)
    space.settle(2027, 40_000_000, 41_000_000)
    years = space.said()
    assert steps(years) == [1, 2, 3, 2, None]
    # 2.5 % of $40.0M lost: $1,000,000 × 30 % = $300,000, owed by the entity.
    assert years[2]["settles_cents"] == -30_000_000
    assert years[3]["why"] == "steps down, by PY2027: savings_gross_rate >= 0: -0.025, not met"
    assert years[3]["exposure"]["largest_owed_cents"] == 0


def test_the_entity_leaves_and_a_later_settlement_is_told(tmp_path: Path) -> None:
    space = Space(tmp_path, {"otherwise: step_down": "otherwise: leave"})
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000)
    space.settle(2027, 40_000_000, 41_000_000)
    space.settle(2029, 40_000_000, 39_000_000)
    years = space.said()
    assert [it["status"] for it in years] == ["settled"] * 3 + ["left"] * 2
    assert years[3]["exposure"] is None
    assert years[4]["notes"] == [
        "northfield_PY2029 has a settlement although the entity left",
    ]


def test_a_line_that_a_statement_does_not_determine_decides_nothing(tmp_path: Path) -> None:
    """Nobody guesses a score: the year after waits, and so does a settlement that it has."""
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000, "null")
    path = tmp_path / "settlements" / "northfield_PY2026.yaml"
    kept = [it for it in path.read_text().splitlines() if "quality_score" not in it]
    path.write_text("\n".join(kept) + "\n")
    space.settle(2027, 41_500_000, 39_425_000)
    years = space.said()
    assert steps(years) == [1, 2, None, None, None]
    assert "quality_score >= 0.80: not determined" in years[2]["why"]
    assert (years[2]["settles_cents"], years[2]["terms_of_step"]) == (None, 3)
    assert years[2]["notes"] == ["it is settled once its step is known"]


def test_an_interim_statement_decides_for_now_and_a_projection_decides_nothing(
    tmp_path: Path,
) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    path = tmp_path / "settlements" / "northfield_PY2025.yaml"
    final = path.read_text()
    path.write_text(final.replace("kind: final", "kind: interim"))
    years = space.said()
    assert years[1]["why"].startswith("steps up, by PY2025, interim statement: ")
    path.write_text(final.replace("kind: final", "kind: projection"))
    years = space.said()
    assert (years[0]["status"], years[0]["settles_cents"]) == ("to_come", 48_000_000)
    assert (years[1]["step"], years[1]["why"]) == (None, "PY2025 is not settled yet")


# Exposure


def test_two_sided_without_a_cap_says_that_nothing_bounds_what_is_owed(tmp_path: Path) -> None:
    found = Space(tmp_path, {"      losses_cap_of_benchmark: 0.02\n": ""}).said()[2]["exposure"]
    assert found["largest_owed_cents"] is None
    assert found["reasons"] == ["no cap on what may be owed"]


def test_without_a_cap_the_most_that_is_earned_is_the_share_of_the_whole_benchmark(
    tmp_path: Path,
) -> None:
    """At the best quality: the upper band leaves 90 % of the share.

    $40,000,000 × 50 % × 90 % = $18,000,000.
    """
    scale = "[{from: 0, to: 0.8, part: 0.5}, {from: 0.8, to: 1, part: 0.9}]"
    space = Space(
        tmp_path,
        {
            "savings_cap_of_benchmark: 0.10\n      losses_minimum_rate: 0.02\n"
            "      losses_entity_share: 0.30": f"savings_quality_scale: {scale}\n"
            "      losses_minimum_rate: 0.02\n      losses_entity_share: 0.30"
        },
    )
    body = FILES["contracts/northfield.yaml"].replace("      savings_cap_of_benchmark: 0.05\n", "")
    space.write("contracts/northfield.yaml", body)
    assert space.said()[2]["exposure"]["largest_earned_cents"] == 1_800_000_000


def test_a_cap_of_revenue_counts_with_the_revenue_given(tmp_path: Path) -> None:
    """8 % of $9,000,000 of revenue is $720,000, less than 2 % of $40,000,000."""
    more = "losses_cap_of_benchmark: 0.02\n      losses_cap_of_revenue: 0.08\n"
    space = Space(tmp_path, {"losses_cap_of_benchmark: 0.02\n": more})
    found = space.said()[2]["exposure"]
    assert found["reasons"] == [
        "the most owed is not known: cap unknown: savings_participant_revenue missing",
        "the 5th percentile is not known: cap unknown: savings_participant_revenue missing",
    ]
    space = Space(
        tmp_path,
        {
            "losses_cap_of_benchmark: 0.02\n": more,
            "benchmark: 40000000 ": "revenue: 9000000\nbenchmark: 40000000 ",
        },
    )
    assert space.said()[2]["exposure"]["largest_owed_cents"] == 72_000_000


def fifth(years: list[dict[str, Any]]) -> list[int | None]:
    return [it["exposure"]["fifth_percentile_cents"] for it in years]


def test_the_fifth_percentile_is_the_amount_at_mean_less_1_645_standard_deviations(
    tmp_path: Path,
) -> None:
    """0.01 − 1.644853627 × 0.03 = −0.03934560881 of the benchmark.

    One-sided years settle nothing then. Step 3: $40,000,000 × 3.934560881 % = $1,573,824.35 lost,
    × 30 % = $472,147.31, below the cap of 2 % ($800,000). Step 4: $1,573,824.35 × 40 % =
    $629,529.74. Step 5, of $42,000,000: $1,652,515.57 × 50 % = $826,257.79.
    """
    space = Space(tmp_path)
    for year in range(2025, 2029):
        space.settle(year, 40_000_000, 38_800_000)
    assert fifth(space.said()) == [0, 0, -47_214_731, -62_952_974, -82_625_779]


def test_the_fifth_percentile_stays_within_the_cap(tmp_path: Path) -> None:
    """With 10 %: 0.01 − 0.1644853627 = −15.4 %, × 30 % = 4.6 %, capped at 2 % of $40.0M."""
    space = Space(tmp_path, {"savings_rate: 0.03\n": "savings_rate: 0.10\n"})
    assert fifth(space.said())[2] == -80_000_000


def test_a_sure_result_has_its_fifth_percentile_close_to_its_mean(tmp_path: Path) -> None:
    """Mean 4 %, standard deviation 0.001 %: $40.0M × 3.99835514637 % = $1,599,342.06, × 40 %."""
    spread = {"savings_rate: 0.03\n": "savings_rate: 0.00001\n", "rate: 0.01\n": "rate: 0.04\n"}
    assert fifth(Space(tmp_path, spread).said())[0] == 63_973_682


def test_without_an_assumption_there_is_no_fifth_percentile(tmp_path: Path) -> None:
    lines = FILES[PLAN].splitlines()
    at = next(number for number, it in enumerate(lines) if it.startswith("spread:"))
    space = Space(tmp_path, {"\n".join(lines[at : at + 4]): ""})
    assert fifth(space.said()) == [None] * 5
    page = io.StringIO()
    Console(file=page, width=110).print(glide_text(space.glide()))
    assert "percentile" not in page.getvalue()


QUALITY = (
    "\n      savings_quality_scale: [{from: 0, to: 0.8, part: 0.5}, {from: 0.8, to: 1, part: 1}]"
)


def test_what_the_amount_depends_on_is_assumed_or_named(tmp_path: Path) -> None:
    """5 % saved almost surely: $40.0M × 5 % × 40 % = $800,000; a score of 0.7 leaves half of it."""
    spread = {"savings_rate: 0.03\n": "savings_rate: 0.0000001\n", "rate: 0.01\n": "rate: 0.05\n"}
    space = Space(tmp_path, spread)
    body = FILES["contracts/northfield.yaml"].replace("share: 0.40", f"share: 0.40{QUALITY}")
    space.write("contracts/northfield.yaml", body)
    found = space.said()[0]["exposure"]
    assert found["fifth_percentile_cents"] is None
    assert found["reasons"] == [
        "the 5th percentile is not known: savings share unknown: quality_score missing"
    ]
    score = "\n  assume: {quality_score: 0.7}\n\nyears:"
    spread |= {"\n\nyears:": score}
    space = Space(tmp_path, spread)
    space.write("contracts/northfield.yaml", body)
    # $40.0M × (5 % − 1.644853627 × 0.00001 %) = $1,999,993.42, × 40 % × half.
    assert fifth(space.said())[0] == 39_999_868


def test_an_assumption_of_nothing_and_of_another_type_are_refused(tmp_path: Path) -> None:
    assumed = "\n  assume:\n    quality_scor: 0.7\n    savings_minimum_rate: low\n\nyears:"
    said = Space(tmp_path, {"\n\nyears:": assumed}).refused()
    assert [it.partition(": ")[2] for it in said] == [
        "quality_scor: nothing of it is assumed; did you mean quality_score?",
        "savings_minimum_rate: found 'low', expected a number (rate)",
    ]


def test_a_standard_deviation_of_nothing_and_a_missing_source_are_refused(tmp_path: Path) -> None:
    said = Space(
        tmp_path,
        {"savings_rate: 0.03\n  source: 2.15": "savings_rate: 0\n  # 2.15"},
    ).refused()
    assert len(said) == 2
    assert "spread.standard_deviation_of_savings_rate: found 0" in " ".join(said)
    assert "spread.source is missing" in " ".join(said)


PARTICIPANTS = "tin,npi,ccn,role,group_id,valid_from,valid_to\n900000001,,,,,,\n"
MSSP_PLAN = """\
plan: basic
contract: hillside
benchmark: 100000000
revenue: 30000000
years:
  - {period: PY2025, first_day: 2025-01-01, last_day: 2025-12-31, terms: {track: basic_a}}
  - period: PY2026
    first_day: 2026-01-01
    last_day: 2026-12-31
    terms: {track: basic_e, revenue_class: high_revenue}
    step_up: {if: [savings_rate >= 0], otherwise: stay}
"""


def test_the_track_of_a_public_program_is_a_term_of_a_step(tmp_path: Path) -> None:
    """42 CFR 425.605(d): at most 10 % of the benchmark is paid in both levels.

    Level A owes nothing; of level E the smaller of 8 % of revenue and 4 % of the benchmark:
    $2,400,000 of $30,000,000, less than $4,000,000.
    """
    demo = Path(__file__).parents[1] / "src" / "openvbc" / "demo" / "contracts" / "hillside.yaml"
    space = Space(tmp_path)
    body = demo.read_text("utf-8").replace("\n      track: basic_a", "")
    space.write("contracts/hillside.yaml", body)
    space.write("contracts/hillside_participants.csv", PARTICIPANTS)
    space.write("plans/basic.yaml", MSSP_PLAN)
    years = glide(Workspace(tmp_path), "basic").to_json()["years"]
    assert [it["exposure"]["largest_earned_cents"] for it in years] == [1_000_000_000] * 2
    assert [it["exposure"]["largest_owed_cents"] for it in years] == [0, 240_000_000]


# Properties

LOSSES = """\
      losses_minimum_rate: 0.02
      losses_entity_share: 0.20
      losses_cap_of_benchmark: 0.01
"""
"""Two-sided from the first year, so that a property meets losses often."""


def test_a_settled_year_lies_within_its_exposure(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the year costs, it settles no more than the caps of its step allow."""
    root = tmp_path_factory.mktemp("glide")
    seen = Seen("capped", "owed", "stepped_up", "stayed_or_down")
    anything = st.integers(0, 90_000_000)
    savings = st.sampled_from([0, 36_000_000, 38_000_000, 39_200_000])
    mixed = st.sampled_from(
        [37_000_000, 39_600_000, 40_000_001, 40_800_000, 41_500_000, 80_000_000]
    )

    @settings(max_examples=160, deadline=None)
    @given(st.one_of(st.tuples(*[anything] * 5), st.tuples(savings, *[mixed] * 4)))
    def holds(spent: tuple[int, ...]) -> None:
        space = Space(root)
        space.write("contracts/northfield.yaml", FILES["contracts/northfield.yaml"] + LOSSES)
        for number, cost in enumerate(spent):
            space.settle(2025 + number, 40_000_000, cost)
        years = [it for it in space.said() if it["status"] == "settled"]
        for before, it in zip((None, *years), years, strict=False):
            most, least = (it["exposure"][f"largest_{side}_cents"] for side in ("earned", "owed"))
            assert -least <= it["settles_cents"] <= most
            assert it["step"] in ({1} if before is None else _next(before))
            seen.note(
                capped=it["settles_cents"] in {most, -least} and it["settles_cents"] != 0,
                owed=it["settles_cents"] < 0,
                stepped_up=before is not None and it["step"] > before["step"],
                stayed_or_down=before is not None and it["step"] <= before["step"],
            )

    holds()
    seen.check()


def _next(before: dict[str, Any]) -> set[int]:
    """The steps that can follow one: up, or as the step above says where it fails."""
    step = before["step"]
    return {step + 1, step - 1 if step == 3 else step} - {0}


numbers = st.integers(-3, 3).map(Decimal)
signs = st.sampled_from(sorted(OPERATORS))


def test_contradictions_are_found_just_where_no_number_fits(tmp_path: Path) -> None:
    """Quarters from −5 to 5 are tried one by one: between any two whole numbers lies one."""
    space = Space(tmp_path)
    contract = Workspace(space.root).contracts["northfield"]
    seen = Seen("possible", "impossible")

    @settings(max_examples=600, deadline=None)
    @given(st.lists(st.tuples(signs, numbers), min_size=1, max_size=4))
    def holds(written: list[tuple[str, Decimal]]) -> None:
        conditions = [
            Condition(f"{sign}{value}", "", "", "savings_gross_rate", None, sign, value)
            for sign, value in written
        ]
        tried = [Decimal(it) / 4 for it in range(-20, 21)]
        possible = any(all(it.holds(value) for it in conditions) for value in tried)
        seen.note(possible=possible, impossible=not possible)
        assert bool(contradictory(conditions, contract)) is not possible

    holds()
    seen.check()
