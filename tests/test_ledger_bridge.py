"""From one statement to another by cause, to the cent.

The old statement is settled again with the leaves of the new one, one cause at a time: facts,
terms, tables, parameters. What two causes do only together falls to the later one.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract_sample import CUT_OF, tables
from contract_sample import settlement as aco
from golden_case import FOLDER, folders, settle_folder
from ledger_sample import (
    CONTRACT,
    COST,
    DUE,
    REVENUE,
    SETTLEMENT,
    SWEPT,
    Space,
    replaces,
    settled_document,
    usd,
)
from openvbc.contract.facts import At, FirstOf
from openvbc.contract.settle import settle
from openvbc.contract.statement import Document
from openvbc.ledger.bridge import UNEXPLAINED, bridge
from openvbc.ledger.keep import read_book
from openvbc.ledger.ledger import bridges
from openvbc.ledger.replay import line_value, replayed, state_of
from openvbc.rules.rule import Unknown, Value
from seen import Seen


def text(source: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


def premium(
    folder: Path,
    changes: Mapping[str, str] | None = None,
    contract_changes: Mapping[str, str] | None = None,
) -> Document:
    contract = text(CONTRACT, contract_changes or {})
    return settled_document(folder, contract, text(SETTLEMENT, changes or {}))


# Replay


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_every_golden_statement_settles_again_from_its_own_lines(folder: Path) -> None:
    """Every component, every unit, every kind of leaf: the same cents."""
    document = settle_folder(folder).document
    paid = [it["amount"] for it in document["payments"]]
    if None in paid or not paid:
        pytest.skip("its amount is not determined, or it pays nothing by itself")
    cents = sum(int(Decimal(it) * 100) for it in paid)
    assert replayed(state_of(document), document["program"]) == cents


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("1.50", "usd", Decimal("1.50")),
        ("true", "flag", True),
        ("basic_a", "text", "basic_a"),
        ("0.005 | 0.01", "brackets", (Decimal("0.005"), Decimal("0.01"))),
        ("a | b", "brackets", ("a", "b")),
        ("", "brackets", ()),
        ("from 500; to None", "brackets", ({"from": Decimal(500), "to": None},)),
        ("quality 0.6; cost 0", "brackets", {"quality": Decimal("0.6"), "cost": Decimal(0)}),
        (None, "rate", None),
    ],
)
def test_a_value_that_was_written_is_read_again(
    value: str | None, unit: str, expected: object
) -> None:
    line = {"path": "parameters/x", "value": value, "unit": unit, "unknown": None}
    assert line_value(line) == expected


def test_a_term_of_one_band_is_a_list_of_one() -> None:
    """Only a parameter can be one mapping by itself."""
    line = {"path": "care/changes", "value": "members 3; after true", "unit": "brackets"}
    assert line_value({**line, "unknown": None}) == ({"members": Decimal(3), "after": True},)


def test_an_unknown_value_stays_unknown() -> None:
    found = line_value({"path": "a/b", "value": None, "unit": "usd", "unknown": "nobody said"})
    assert found == Unknown("nobody said")


# Causes one by one


def test_interim_final_and_restated_are_bridged_to_the_cent(tmp_path: Path) -> None:
    """Cost falls by $600,000; the sweep adds 1.2 % of $54.0M × 87 % = $563,760."""
    space = Space(tmp_path)
    interim = {"kind: final": "kind: interim", "2026-06-30": "2026-02-28"}
    space.settle(interim | {"value: 45900000": "value: 46500000"})
    final = space.settle()
    space.settle(replaces(final, "2026-09-30") | SWEPT)
    first, second = bridges(read_book(space.workspace), "valley_PY2025")
    assert [(it.kind, it.name, it.cents) for it in first.lines] == [
        ("facts", COST.partition("@")[0], usd("600,000.00"))
    ]
    (cell,) = first.lines[0].cells
    assert (cell.line, cell.old, cell.new) == (COST, "46500000", "45900000")
    (line,) = second.lines
    assert (line.kind, line.name) == ("facts", "percent_of_premium/premium_sweep_rate")
    assert (line.cents, second.unexplained) == (usd("563,760.00"), 0)
    assert first.difference + second.difference == usd("1,643,760.00") - usd("480,000.00")


def test_what_two_causes_do_together_falls_to_the_later(tmp_path: Path) -> None:
    """Revenue +$1.0M at 87 % is $870,000; the target to 88 % of $55.0M is $550,000.

    Of that $540,000 are the target's alone (1 % of $54.0M), and $10,000 only both together: terms
    come after facts, so they stand with the term.
    """
    old = premium(tmp_path / "old")
    new = premium(
        tmp_path / "new", {"value: 54000000": "value: 55000000"}, {"target: 0.87": "target: 0.88"}
    )
    found = bridge(old, new)
    assert [(it.kind, it.cents) for it in found.lines] == [
        ("facts", usd("870,000.00")),
        ("terms", usd("550,000.00")),
    ]
    assert found.lines[0].cells[0].line == REVENUE
    other = bridge(old, new, order=("terms", "facts", "tables", "parameters"))
    assert [(it.kind, it.cents) for it in other.lines] == [
        ("terms", usd("540,000.00")),
        ("facts", usd("880,000.00")),
    ]
    assert found.difference == other.difference == usd("1,420,000.00")


def test_a_sweep_that_came_is_a_cause_of_its_own(tmp_path: Path) -> None:
    """The first statement knows the mid-year sweep alone; the second one adds the final one."""
    mid = {"strata: [final]": "strata: [mid_year]"}
    old = premium(tmp_path / "old", mid)
    rates = "rate, values: {mid_year: 0, final: 0.012},"
    new = premium(
        tmp_path / "new", {"strata: [final]": "strata: [mid_year, final]", "rate, value: 0,": rates}
    )
    (line,) = bridge(old, new).lines
    assert (line.kind, line.name, line.cents) == ("facts", "strata", usd("563,760.00"))
    assert line.says == "final added in percent_of_premium"


def test_a_component_that_came_is_a_cause_of_its_own(tmp_path: Path) -> None:
    """Withheld $1,000,000 × 10 %, of which the score of 0.8 earns back $80,000."""
    old = premium(tmp_path / "old")
    withheld = (
        "  - withhold:\n      withhold_base: 1000000\n      withhold_rate: 0.1\n"
        "      quality_score: 0.8\npayment_terms:"
    )
    new = premium(tmp_path / "new", {}, {"payment_terms:": withheld})
    assert [it["component"] for it in new["payments"]] == ["percent_of_premium", "withhold"]
    (line,) = bridge(old, new).lines
    assert (line.kind, line.name, line.cents) == ("terms", "components", usd("80,000.00"))
    assert line.says == "withhold added"


CARRIED: Final = """\
  - deficit_carry_forward:
      strata: [PY2024]
      carry_forward_result: {is: percent_of_premium/premium_entity_share}
      carry_forward_settled_elsewhere: {is: percent_of_premium/premium_entity_share}
      deficit_balance: {PY2024: 300000}
      deficit_age: {PY2024: 1}
payment_terms:"""


def test_a_leaf_that_is_another_components_line_follows_it(tmp_path: Path) -> None:
    """Of the gain $300,000 go to last year's deficit: $780,000, and swept $1,343,760."""
    carried = {"payment_terms:": CARRIED}
    plain, old = premium(tmp_path / "plain"), premium(tmp_path / "old", {}, carried)
    found = bridge(old, premium(tmp_path / "new", SWEPT, carried))
    assert (found.old_cents, found.new_cents) == (usd("780,000.00"), usd("1,343,760.00"))
    assert [(it.kind, it.cents) for it in found.lines] == [("facts", usd("563,760.00"))]
    (line,) = bridge(plain, old).lines
    assert (line.name, line.cents) == ("components", -usd("300,000.00"))
    tie = "carry_forward_result is percent_of_premium/premium_entity_share"
    assert line.says.startswith("deficit_carry_forward added; ")
    assert tie in line.says


def test_causes_that_cannot_stand_alone_are_joined(tmp_path: Path) -> None:
    """A minimum ratio of 86 % above a target of 80 % is refused: it comes with the new target."""
    both = {"target: 0.87": "target: 0.80\n      premium_minimum_loss_ratio: 0.79"}
    old = premium(tmp_path / "old", {}, both)
    both = {"target: 0.87": "target: 0.87\n      premium_minimum_loss_ratio: 0.86"}
    found = bridge(old, premium(tmp_path / "new", {}, both))
    (line,) = found.lines
    own = "percent_of_premium/premium_"
    assert (line.kind, line.name) == ("terms", f"{own}minimum_loss_ratio + {own}target")
    assert (line.cents, len(line.cells)) == (found.difference, 2)


# Tables and parameters: an ACO

ROLES = ("base_1", "base_2", "base_3", "performance")


def spent(performance: str) -> dict[At, Value]:
    """Dollars of each enrolment type: $10.0M counted in benchmark years, another in performance."""
    return {
        At(role, stratum): Decimal(performance) if role == "performance" else Decimal(10_000_000)
        for role in ROLES
        for stratum in CUT_OF
    }


def counted(performance: str) -> dict[str, Mapping[At, Value]]:
    """Cells of tables: of claims, $500,000.25 are excluded and $500,000 truncated."""
    cells = spent(performance)
    rest = Decimal("1000000.25")
    claims = {at: rest + value for at, value in cells.items() if isinstance(value, Decimal)}
    return {"counted_expenditure": cells, "claims_expenditure": claims}


def settled(folder: Path, score: str, track: str, performance: str) -> Document:
    folder.mkdir()
    one = aco(folder, {"value: 0.86": f"value: {score}"}, {"track: enhanced": f"track: {track}"})
    rows = replace(tables(**counted(performance)), source={"kind": "table"})
    done = settle(one, FirstOf([rows, one.facts()]), "run")
    assert done.holds, done.problems
    return done.document


def test_run_out_quality_and_track_stand_apart(tmp_path: Path) -> None:
    """Claims that came, a corrected score and another track, each with its own dollars.

    The highest sharing rate is a parameter that the track selects: it moves with the track. Of the
    tables only what counts moves dollars.
    """
    old = settled(tmp_path / "old", "0.86", "enhanced", "9800000")
    new = settled(tmp_path / "new", "0.61", "basic_e", "9900000")
    found = bridge(old, new)
    assert [(it.kind, it.name) for it in found.lines] == [
        ("facts", "mssp_settlement/quality_score"),
        ("terms", "mssp_settlement/track"),
        ("tables", "mssp_expenditure/claims_expenditure"),
        ("tables", "mssp_expenditure/counted_expenditure"),
    ]
    assert found.lines[2].cents == 0
    track = found.lines[1]
    assert "parameters/maximum_sharing_rate" in {it.line.partition("@")[0] for it in track.cells}
    assert track.cents < 0
    assert found.unexplained == 0
    assert sum(it.cents for it in found.lines) == found.difference
    only = settled(tmp_path / "claims", "0.86", "enhanced", "9900000")
    alone = bridge(old, only)
    assert alone.by_kind() == {"tables": alone.difference}


def test_a_figure_of_the_law_that_changed_is_a_parameter(tmp_path: Path) -> None:
    """Sequestration of 2 % instead of 3 % of the same shared savings: 0.98 ÷ 0.97 of the amount."""
    new = settled(tmp_path / "new", "0.86", "enhanced", "9800000")
    old = deepcopy(new)
    rate = next(it for it in old["lines"] if it["path"] == "parameters/sequestration_rate")
    assert rate["value"] == "0.02"
    rate["value"] = "0.03"
    (paid,) = old["payments"]
    saved = Decimal(paid["amount"]) / Decimal("0.98")
    paid["amount"] = str((saved * Decimal("0.97")).quantize(Decimal("0.01")))
    (line,) = bridge(old, new).lines
    assert (line.kind, line.name) == ("parameters", "parameters/sequestration_rate")
    assert line.cents == bridge(old, new).difference > 0


# What cannot be explained


def test_a_rule_that_is_another_today_leaves_one_line_unexplained(tmp_path: Path) -> None:
    """An old amount that today's rules do not come to: $1,079,999.99 of the same leaves."""
    old, new = premium(tmp_path / "old"), premium(tmp_path / "new", SWEPT)
    old["payments"][0]["amount"] = "1079999.99"
    line = next(it for it in old["lines"] if it["id"] == DUE)
    line["formula"] = "premium_settlement.truncate()"
    found = bridge(old, new)
    assert [(it.kind, it.cents) for it in found.lines] == [
        ("facts", usd("563,760.00")),
        (UNEXPLAINED, 1),
    ]
    assert "percent_of_premium/premium_amount_due" in found.lines[-1].says
    assert sum(it.cents for it in found.lines) == found.difference


def test_what_no_rule_knows_any_more_is_wholly_unexplained(tmp_path: Path) -> None:
    old, new = premium(tmp_path / "old"), premium(tmp_path / "new", SWEPT)
    for document in (old, new):
        document["results"] = ["gone/amount@performance"]
    found = bridge(old, new)
    assert found.unexplained == found.difference == usd("563,760.00")


def test_a_statement_bridges_to_itself_without_a_line() -> None:
    document = settle_folder(FOLDER / "northgate_FY2025").document
    assert bridge(document, document).lines == ()


SEEN = Seen("together", "negative", "remitted")

MOVES = st.tuples(*[st.integers(-40, 40)] * 4)


@settings(max_examples=750, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES, st.booleans())
def test_the_causes_are_the_difference_to_the_cent(
    tmp_path: Path, moves: tuple[int, ...], minimum: bool
) -> None:
    """Random changes of revenue, sweep, cost and target, with and without a minimum ratio."""
    revenue, sweep, cost, target = moves
    facts = {
        "value: 54000000": f"value: {54_000_000 + revenue * 100_003}",
        "rate, value: 0,": f"rate, value: {Decimal(sweep) / 1000},",
        "value: 45900000": f"value: {45_900_000 + cost * 100_019}",
    }
    floor = "      premium_minimum_loss_ratio: 0.86\npayment_terms:"
    common = {"payment_terms:": floor} if minimum else {}
    old = premium(tmp_path / "old", {}, common)
    wanted = 870 + (abs(target) if minimum else target)
    terms = {"target: 0.87": f"target: {Decimal(wanted) / 1000}"}
    new = premium(tmp_path / "new", facts, common | terms)
    found = bridge(old, new)
    assert sum(it.cents for it in found.lines) == found.difference
    assert found.unexplained == 0
    remitted = next(it for it in new["lines"] if it["path"].endswith("premium_remittance"))
    SEEN.note(
        together=sum(map(bool, moves)) > 1,
        negative=found.new_cents < 0,
        remitted=remitted["value"] != "0",
    )


def test_the_property_met_enough_of_each_kind() -> None:
    SEEN.check()
