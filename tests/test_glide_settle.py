"""A plan of several years drives the money: `vbc settle` settles the step in force.

The example of docs/glide.md again: step 1 shares 40 %, step 2 45 %, step 3 50 % with losses. What
is settled must be what `vbc glide` shows, and a statement must say which step, why, and by which
statement of the year before.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from glide_sample import FILES, PLAN, Space
from openvbc.cli import app
from openvbc.contract.display import source_text
from openvbc.errors import InputError
from openvbc.glide.run import glide
from openvbc.ledger.keep import read_book
from openvbc.publish import check_workspace, settle_and_publish
from openvbc.workspace import Workspace
from seen import Seen, depths
from test_statement_schema import broken

SHARE = "shared_savings/savings_entity_share"


def publish(space: Space, year: int) -> dict[str, Any]:
    settled = settle_and_publish(Workspace(space.root), f"northfield_PY{year}")
    assert settled.holds, [*settled.problems, *settled.failed_assertions]
    return settled.document


def refused(space: Space, year: int) -> str:
    with pytest.raises(InputError) as caught:
        settle_and_publish(Workspace(space.root), f"northfield_PY{year}")
    (problem,) = caught.value.problems
    return str(problem).replace(f"{space.root}/", "")


def line(document: dict[str, Any], path: str) -> dict[str, Any]:
    return next(it for it in document["lines"] if it["path"] == path)


def paid(document: dict[str, Any]) -> str:
    return str(document["payments"][0]["amount"])


# What is settled


def test_the_second_year_settles_the_terms_of_step_two_and_says_why(tmp_path: Path) -> None:
    """4 % of $41.0M is $1,640,000; × 45 % = $738,000 (under the contract's 40 %: $656,000)."""
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000)
    first, second = publish(space, 2025), publish(space, 2026)
    assert (paid(first), paid(second)) == ("480000", "738000")
    assert first["plan"]["decided_by"] is None
    assert (first["plan"]["step"], first["plan"]["why"]) == (1, "the first year of the plan")
    assert second["plan"] == {
        "id": "northfield_risk",
        "sha256": first["plan"]["sha256"],
        "step": 2,
        "why": "steps up, by PY2025: savings_gross_rate >= 0.02: 0.03, met",
        "decided_by": first["statement_id"],
    }
    at = (
        FILES[PLAN]
        .splitlines()
        .index("    terms: {savings_entity_share: 0.45, savings_cap_of_benchmark: 0.08}")
    )
    share = line(second, SHARE)
    assert share["value"] == "0.45"
    assert share["source"] == {
        "kind": "term",
        "file": f"{PLAN}:{at + 1}",
        "plan": "northfield_risk",
        "step": 2,
        "decided_by": first["statement_id"],
    }
    assert source_text(share["source"]) == (
        f"term of step 2 of plan northfield_risk, {PLAN}:{at + 1}, decided by statement "
        f"{first['statement_id']}"
    )
    assert broken(second) == []


def test_a_term_that_the_step_leaves_out_is_cited_from_the_contract(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    source = line(publish(space, 2025), "shared_savings/savings_minimum_rate")["source"]
    assert source["file"].startswith("contracts/northfield.yaml:")
    assert set(source) == {"kind", "file"}


def test_the_ledger_posts_what_the_step_settles(tmp_path: Path) -> None:
    """$480,000 + $738,000 = $1,218,000 to the entity, and the two parties' accounts balance."""
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000)
    publish(space, 2025)
    publish(space, 2026)
    posted = read_book(Workspace(space.root)).posted.values()
    entity = [
        it.cents for one in posted for it in one.entry.postings if it.account.party == "NORTH"
    ]
    assert sum(entity) == 121_800_000
    assert all(sum(it.cents for it in one.entry.postings) == 0 for one in posted)


def test_the_statement_shows_the_step_in_text_and_on_the_page(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000)
    said = CliRunner().invoke(app, ["settle", "--workspace", str(tmp_path)])
    assert said.exit_code == 0
    text = " ".join(said.stdout.split())
    decided = json.loads((tmp_path / "statements/northfield_PY2025.json").read_text())
    by = f"statement {decided['statement_id'][:12]}"
    assert "step 2 of plan northfield_risk: steps up, by PY2025" in text
    assert by in text
    page = (tmp_path / "statements" / "northfield_PY2026.html").read_text()
    assert "step 2 of plan northfield_risk" in page
    assert by in page


def test_without_a_plan_a_statement_says_nothing_of_one(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    (tmp_path / PLAN).unlink()
    document = publish(space, 2025)
    assert "plan" not in document
    assert "plan" not in line(document, SHARE)["source"]


def test_a_plan_of_another_contract_changes_nothing(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    body = FILES["contracts/northfield.yaml"].replace("contract: northfield", "contract: south")
    space.write("contracts/south.yaml", body)
    space.write(PLAN, FILES[PLAN].replace("contract: northfield", "contract: south"))
    assert "plan" not in publish(space, 2025)


# The statement that decides


def test_the_year_before_is_settled_first(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000)
    assert refused(space, 2026) == (
        "settlements/northfield_PY2026.yaml:2: plan northfield_risk: the statement of "
        "northfield_PY2025 decides the step, and it was not made yet or would be another one now; "
        "run `vbc settle northfield_PY2025` first"
    )


def test_a_corrected_fact_of_the_year_before_is_settled_before_it_decides(tmp_path: Path) -> None:
    """1.5 % saved misses the minimum of 2 %: the second year stays at 40 %: $656,000."""
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000)
    first = publish(space, 2025)
    path = tmp_path / "settlements" / "northfield_PY2025.yaml"
    body = path.read_text().replace("38800000", "39400000")
    restated = f"kind: restated\nsupersedes: {first['statement_id']}"
    path.write_text(body.replace("kind: final", restated))
    assert "run `vbc settle northfield_PY2025` first" in refused(space, 2026)
    again = publish(space, 2025)
    second = publish(space, 2026)
    assert second["plan"]["step"] == 1
    assert second["plan"]["decided_by"] == again["statement_id"]
    assert paid(second) == "656000"


def test_a_change_of_the_plan_for_a_later_year_leaves_the_deciding_statement(
    tmp_path: Path,
) -> None:
    """The file is another one, but the statement of the first year would say the same."""
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    space.settle(2026, 41_000_000, 39_360_000)
    first = publish(space, 2025)
    space.write(
        PLAN, FILES[PLAN].replace("losses_cap_of_benchmark: 0.06", "losses_cap_of_benchmark: 0.05")
    )
    second = publish(space, 2026)
    assert second["plan"]["decided_by"] == first["statement_id"]
    assert second["plan"]["sha256"] != first["plan"]["sha256"]


# What is refused


def test_a_year_whose_step_is_not_known_is_refused(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2026, 41_000_000, 39_360_000)
    assert refused(space, 2026) == (
        "settlements/northfield_PY2026.yaml:2: plan northfield_risk: the step in force is not "
        "known: PY2025 is not settled yet"
    )


def test_a_year_after_the_entity_left_is_refused(tmp_path: Path) -> None:
    space = Space(
        tmp_path,
        {
            "savings_gross_rate >= 0.02], otherwise: stay": (
                "savings_gross_rate >= 0.02], otherwise: leave"
            )
        },
    )
    space.settle(2025, 40_000_000, 39_400_000)
    space.settle(2026, 41_000_000, 39_360_000)
    publish(space, 2025)
    assert refused(space, 2026) == (
        "settlements/northfield_PY2026.yaml:2: plan northfield_risk: the entity has left: leaves, "
        "by PY2025: savings_gross_rate >= 0.02: 0.015, not met"
    )


def test_a_period_that_is_no_year_of_the_plan_is_refused_by_settle_and_check(
    tmp_path: Path,
) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    path = tmp_path / "settlements" / "northfield_PY2025.yaml"
    path.write_text(path.read_text().replace("period: PY2025", "period: FY2025"))
    expected = r"northfield_PY2025.yaml:2: FY2025 is no year of plan northfield_risk; did you mean"
    with pytest.raises(InputError, match=expected):
        settle_and_publish(Workspace(tmp_path), "northfield_FY2025")
    with pytest.raises(InputError, match=expected):
        check_workspace(Workspace(tmp_path))


def test_two_plans_of_one_contract_are_refused(tmp_path: Path) -> None:
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    body = FILES[PLAN].replace("plan: northfield_risk", "plan: slower")
    space.write("plans/slower.yaml", body)
    assert refused(space, 2025) == (
        f"plans/slower.yaml: {tmp_path}/{PLAN} is a plan of northfield too; only one can be "
        "settled, so keep one of both"
    ).replace(f"{tmp_path}/", "")


def test_a_check_knows_that_a_term_may_stand_in_the_plan_alone(tmp_path: Path) -> None:
    """The contract names no share; every step does, so nothing is missing."""
    space = Space(tmp_path)
    space.settle(2025, 40_000_000, 38_800_000)
    body = FILES["contracts/northfield.yaml"]
    space.write("contracts/northfield.yaml", body.replace("      savings_entity_share: 0.40\n", ""))
    with pytest.raises(InputError, match="needs the fact savings_entity_share"):
        check_workspace(Workspace(tmp_path))
    first = "    last_day: 2025-12-31\n"
    space.write(
        PLAN, FILES[PLAN].replace(first, f"{first}    terms: {{savings_entity_share: 0.4}}\n")
    )
    check_workspace(Workspace(tmp_path))
    assert paid(publish(space, 2025)) == "480000"


# Property


@depths
def test_what_is_settled_is_what_glide_shows(
    tmp_path_factory: pytest.TempPathFactory, depth: int
) -> None:
    """Settled in order, each statement has the amount and the step of the read-only view."""
    root = tmp_path_factory.mktemp("force")
    seen = Seen("stepped_up", "stayed", "owed_or_nothing", depth=depth)
    cost = st.sampled_from([38_000_000, 38_800_000, 39_200_000, 39_500_000, 41_500_000])
    score = st.sampled_from(["0.78", "0.80", "0.85"])

    @settings(max_examples=26 * depth, deadline=None)
    @given(st.lists(st.tuples(cost, score), min_size=3, max_size=3))
    def holds(years: list[tuple[int, str]]) -> None:
        space = Space(root)
        for place, (spent, quality) in enumerate(years):
            space.settle(2025 + place, 40_000_000, spent, quality)
        made = [publish(space, 2025 + place) for place in range(len(years))]
        shown = glide(Workspace(root)).to_json()["years"][: len(years)]
        assert [it["plan"]["step"] for it in made] == [it["step"] for it in shown]
        assert [float(paid(it)) * 100 for it in made] == [it["settles_cents"] for it in shown]
        for before, it in pairwise(made):
            assert it["plan"]["decided_by"] == before["statement_id"]
            up = it["plan"]["step"] > before["plan"]["step"]
            least = min(float(paid(before)), float(paid(it)))
            seen.note(stepped_up=up, stayed=not up, owed_or_nothing=least <= 0)

    holds()
    seen.check()
