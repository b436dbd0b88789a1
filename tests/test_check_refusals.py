"""`vbc check` says what the rules refuse of terms and facts, before anything is settled.

A rule that is decided by terms alone contradicts itself today as it will on the day of settlement.
What needs a table's cells is left to `vbc settle`.
"""

from pathlib import Path

import pytest

from glide_sample import FILES, PLAN, Space
from openvbc.errors import InputError
from openvbc.publish import check_workspace
from openvbc.workspace import Workspace

CAP = "      losses_cap_of_benchmark: 0.02\n"
MINIMUM = "      losses_minimum_rate: 0.02\n      losses_entity_share: 0.3\n"


def space(root: Path, more: str) -> Space:
    made = Space(root)
    (root / PLAN).unlink()
    made.write("contracts/northfield.yaml", FILES["contracts/northfield.yaml"] + more)
    made.settle(2025, 40_000_000, 38_800_000)
    return made


def refused(root: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        check_workspace(Workspace(root))
    return [str(it).replace(f"{root}/", "") for it in caught.value.problems]


def test_terms_that_contradict_each_other_are_refused_without_settling(tmp_path: Path) -> None:
    """A cap on losses, and no losses are shared."""
    space(tmp_path, CAP)
    assert refused(tmp_path) == [
        (
            "settlements/northfield_PY2025.yaml: shared_savings/losses_shared [performance]: "
            "losses_cap_of_benchmark: needs losses_minimum_rate"
        )
    ]
    assert not (tmp_path / "statements").exists()


def test_terms_that_agree_with_each_other_pass(tmp_path: Path) -> None:
    space(tmp_path, CAP + MINIMUM)
    check_workspace(Workspace(tmp_path))


def test_a_contradiction_stands_beside_a_missing_fact(tmp_path: Path) -> None:
    """Everything at once, each with its place and once."""
    made = space(tmp_path, CAP)
    path = made.root / "settlements" / "northfield_PY2025.yaml"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(it for it in lines if "total_benchmark" not in it))
    said = refused(tmp_path)
    assert len(said) == 2
    assert "needs the fact total_benchmark (usd)" in said[0]
    assert "needs losses_minimum_rate" in said[1]


def test_a_step_of_a_plan_that_contradicts_itself_is_refused_for_the_years_it_may_be_in(
    tmp_path: Path,
) -> None:
    """Step 2 gets a cap on losses alone; the first year cannot be in it, the second can."""
    old = "savings_cap_of_benchmark: 0.08}"
    made = Space(tmp_path, {old: "savings_cap_of_benchmark: 0.08, losses_cap_of_benchmark: 0.02}"})
    made.settle(2025, 40_000_000, 38_800_000)
    made.settle(2026, 41_000_000, 39_360_000)
    assert any(
        "losses_cap_of_benchmark: needs losses_minimum_rate" in it for it in refused(tmp_path)
    )
