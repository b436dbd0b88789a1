"""Two contracts side by side: each term that differs, and what the difference is worth."""

import io
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from openvbc.author.diff import Diff, diff, diff_table
from openvbc.demo import CONTRACTS, SETTLEMENTS
from openvbc.errors import InputError
from openvbc.settings import Settings
from openvbc.workspace import Workspace

CASCADE = CONTRACTS / "cascade_partial.yaml"
PY = "cascade_partial_PY2025"


def workspace(root: Path) -> Workspace:
    space = Workspace.init(root, Settings(buckets=2))
    shutil.copy(CASCADE, root / "contracts")
    shutil.copy(SETTLEMENTS / f"{PY}.yaml", root / "settlements")
    return space


def changed(root: Path, **replaced: str) -> str:
    """A second contract: the first with some text replaced, each pair "old → new"."""
    text = CASCADE.read_text("utf-8")
    for pair in replaced.values():
        old, _, new = pair.partition(" → ")
        assert old in text
        text = text.replace(old, new)
    path = root / "other.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def shown(found: Diff) -> str:
    page = io.StringIO()
    Console(file=page, width=140, no_color=True).print(diff_table(found))
    return page.getvalue()


def compared(tmp_path: Path, settlement: str | None = None, **replaced: str) -> Diff:
    other = changed(tmp_path, **replaced)
    return diff("cascade_partial", other, workspace(tmp_path / "w"), settlement)


def test_a_contract_and_itself_say_the_same(tmp_path: Path) -> None:
    found = diff(str(CASCADE), str(CASCADE))
    assert found.changes == ()
    assert "say the same" in " ".join(shown(found).split())


def test_terms_components_strata_and_clauses_that_differ_are_named(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        name="name: Harbor Medical Group → name: Harbour Group",
        end="end: 2027-12-31 → end: 2028-12-31",
        strata="strata: [all_members] → strata: [adult, senior]",
        rate="{all_members: 900} → {adult: 800, senior: 1000}",
        share="share: 0.5} → share: 0.4}",
        removed="      stop_loss_coinsurance: 0.10\n → ",
    )
    assert [(it.kind, it.name, it.a, it.b) for it in found.changes] == [
        ("clause", "parties.entity.name", "Harbor Medical Group", "Harbour Group"),
        ("clause", "agreement.end", "2027-12-31", "2028-12-31"),
        ("strata", "capitation", "all_members", "adult, senior"),
        ("term", "capitation/capitation_rate.all_members", "900", None),
        (
            "term",
            "risk_corridor/corridor_savings_bands",
            "from 0, to 0.02, share 0; from 0.02, to 0.05, share 0.5; from 0.05, to none, share 1",
            "from 0, to 0.02, share 0; from 0.02, to 0.05, share 0.4; from 0.05, to none, share 1",
        ),
        ("term", "individual_stop_loss/stop_loss_coinsurance", "0.1", None),
        ("term", "capitation/capitation_rate.adult", None, "800"),
        ("term", "capitation/capitation_rate.senior", None, "1000"),
    ]


def test_the_dollars_of_each_component_and_of_the_total(tmp_path: Path) -> None:
    # $2,160,000 is saved, 4 % of $54,000,000. Between 2 and 4 % lie $1,080,000: half of it moves
    # under A (−$540,000), 40 % under B (−$432,000). Stop-loss: $700,000 above the attachment is
    # reimbursed at 90 % under A ($630,000 − $510,000 of premium = $120,000), at 80 % under B
    # ($560,000 − $510,000 = $50,000).
    found = compared(
        tmp_path,
        PY,
        share="share: 0.5} → share: 0.4}",
        coinsurance="stop_loss_coinsurance: 0.10 → stop_loss_coinsurance: 0.20",
    )
    amounts = [(it.component, it.a, it.b, it.difference) for it in found.amounts]
    assert amounts == [
        ("capitation", Decimal(0), Decimal(0), Decimal(0)),
        ("risk_corridor", Decimal(-540000), Decimal(-432000), Decimal(108000)),
        ("individual_stop_loss", Decimal(120000), Decimal(50000), Decimal(-70000)),
        ("total", Decimal(-420000), Decimal(-382000), Decimal(38000)),
    ]
    assert found.to_json()["amounts"][3]["difference"] == "38000.00"
    assert "38,000.00" in shown(found)


def test_a_component_that_one_contract_lacks_pays_nothing_there(tmp_path: Path) -> None:
    stop_loss = CASCADE.read_text("utf-8").partition("  - individual_stop_loss")[2]
    found = compared(tmp_path, PY, removed=f"  - individual_stop_loss{stop_loss} → ")
    gone = next(it for it in found.amounts if it.component == "individual_stop_loss")
    assert (gone.a, gone.b, gone.difference) == (Decimal(120000), None, Decimal(-120000))
    assert found.amounts[-1].b == Decimal(-540000)
    assert ("component", "individual_stop_loss", "number 3", None) in [
        (it.kind, it.name, it.a, it.b) for it in found.changes
    ]


def test_a_fact_that_one_contract_lacks_stops_the_dollars_with_its_name(tmp_path: Path) -> None:
    more = "      stop_loss_premium_pmpm: 8.50\n"
    withhold = "  - withhold: {withhold_rate: 0.02}\n"
    with pytest.raises(InputError) as error:
        compared(tmp_path, PY, added=f"{more} → {more}{withhold}")
    (problem,) = error.value.problems
    assert "withhold needs the fact withhold_base (usd)" in problem.what
    assert problem.what.endswith(f"(under {tmp_path / 'other.yaml'})")


def test_an_amount_that_is_not_determined_is_not_zero(tmp_path: Path) -> None:
    shutil.copy(CONTRACTS / "summit_knee_hip.yaml", tmp_path)
    text = (CONTRACTS / "summit_knee_hip.yaml").read_text("utf-8")
    space = Workspace.init(tmp_path / "w", Settings(buckets=2))
    (tmp_path / "w" / "contracts" / "summit_knee_hip.yaml").write_text(text, encoding="utf-8")
    facts = (SETTLEMENTS / "summit_knee_hip_PY2025.yaml").read_text("utf-8")
    start = facts.index("  bundle_quality_score:")
    end = facts.index("\nassert:")
    path = tmp_path / "w" / "settlements" / "summit_knee_hip_PY2025.yaml"
    path.write_text(facts[:start] + facts[end:], encoding="utf-8")
    found = diff("summit_knee_hip", "summit_knee_hip", space, "summit_knee_hip_PY2025")
    assert [(it.a, it.b, it.difference) for it in found.amounts] == [(None, None, None)] * 2
    assert "unknown" in shown(found)


def test_a_contract_that_counts_other_people_is_not_compared_in_dollars(tmp_path: Path) -> None:
    space = workspace(tmp_path / "w")
    for name in ("hillside", "lakeside"):
        shutil.copy(CONTRACTS / f"{name}.yaml", tmp_path)
        header = "tin,npi,ccn,role,group_id,valid_from,valid_to\n"
        (tmp_path / f"{name}_participants.csv").write_text(header + "123456789,,,,,,\n")
    other = str(tmp_path / "hillside.yaml")
    with pytest.raises(InputError, match="counts other people or claims than cascade_partial"):
        diff("cascade_partial", other, space, PY)


def test_a_contract_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean cascade_partial"):
        diff("cascade_partia", str(CASCADE), workspace(tmp_path / "w"))
    with pytest.raises(InputError, match=r"expected a \.yaml file"):
        diff("cascade_partial", str(CASCADE))
    with pytest.raises(InputError, match="say in which --workspace it is"):
        diff(str(CASCADE), str(CASCADE), None, PY)
