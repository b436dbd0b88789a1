"""Shared savings of any contract: cases worked by hand, and what must hold for any terms.

The cases are the document tests/rules/shared_savings.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.shared_losses import counted, wrong_loss_terms
from rule_case import check_case, read_cases, resolve_case
from seen import Seen

BENCHMARK = Decimal(1000000)
RATES = st.sampled_from(range(31)).map(lambda percent: Decimal(percent) / 100)
EXPENDITURES = st.builds(
    lambda percent, cents: percent * BENCHMARK / 100 + Decimal(cents) / 100,
    st.integers(70, 130),
    st.integers(0, 99),
)
"""70 % to 130 % of the benchmark, and some cents."""
YEAR = {"first_day": "2025-01-01", "last_day": "2025-12-31"}


@pytest.mark.parametrize("case", list(read_cases("shared_savings.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    """Terms of a contract, two thirds of them two-sided, and how quality came out."""
    start = st.sampled_from(["first_dollar", "above_minimum"])
    terms = {
        "savings_minimum_rate": draw(RATES) / 4,
        "savings_entity_share": draw(RATES) * 3,
        "savings_counted_from": draw(start),
        "savings_cap_of_benchmark": draw(
            st.none() | RATES.map(lambda it: it / 4 + Decimal("0.01"))
        ),
        "savings_sequestration_share": draw(st.sampled_from([Decimal(0), Decimal("0.02")])),
        "savings_quality_gate": True,
        "savings_quality_gate_met": draw(st.sampled_from([True, True, False])),
        "savings_part_if_gate_failed": draw(RATES),
        "failed_quality_measures": "falls",
    }
    if not draw(st.sampled_from([True, True, False])):
        return terms
    return terms | {
        "losses_minimum_rate": draw(RATES) / 4,
        "losses_entity_share": draw(RATES) * 3,
        "losses_counted_from": draw(start),
        "losses_cap_of_benchmark": draw(st.none() | RATES.map(lambda it: it / 4 + Decimal("0.01"))),
    }


def lines_of(terms: Mapping[str, Any], expenditure: Decimal) -> Mapping[str, Decimal]:
    """The amounts of a settlement of these terms."""
    facts = {"total_benchmark": BENCHMARK, "total_expenditure": expenditure}
    case = {"components": ["shared_savings"], "period": YEAR, "given": {**terms, **facts}}
    resolver = resolve_case(case)
    names = ("savings_counted", "losses_counted", "savings_paid", "losses_owed")
    return {name: resolver.line(name).value for name in (*names, "savings_settlement")}


def test_amounts_are_bounded_and_never_rise_with_cost() -> None:
    """Neither side pays more than was saved or lost, nor its cap; a dollar more never earns."""
    seen = Seen("capped", "negative", "nothing", "one_sided", "gate_failed")

    @settings(max_examples=1200, deadline=None)
    @given(contracts(), EXPENDITURES, EXPENDITURES)
    def holds(terms: dict[str, Any], one: Decimal, other: Decimal) -> None:
        low, high = sorted((one, other))
        cheap, dear = lines_of(terms, low), lines_of(terms, high)
        assert cheap["savings_settlement"] >= dear["savings_settlement"]
        caps = [(terms.get(f"{side}_cap_of_benchmark") or 1) * BENCHMARK for side in SIDES]
        assert 0 <= dear["savings_paid"] <= min(max(BENCHMARK - high, Decimal(0)), caps[0])
        assert 0 <= dear["losses_owed"] <= min(max(high - BENCHMARK, Decimal(0)), caps[1])
        assert dear["savings_paid"] * dear["losses_owed"] == 0
        one_sided = "losses_minimum_rate" not in terms
        assert dear["savings_settlement"] >= 0 or not one_sided
        seen.note(
            capped=dear["savings_paid"] == caps[0] or dear["losses_owed"] == caps[1],
            negative=dear["savings_settlement"] < 0,
            nothing=dear["savings_counted"] == dear["losses_counted"] == 0,
            one_sided=one_sided,
            gate_failed=not terms["savings_quality_gate_met"],
        )

    holds()
    seen.check()


SIDES = ("savings", "losses")


@pytest.mark.parametrize(
    ("amount", "minimum", "first_dollar", "above_minimum"),
    [(0, 0, 0, 0), (1, 0, 1, 1), (99, 100, 0, 0), (100, 100, 100, 0), (101, 100, 101, 1)],
)
def test_the_minimum_is_inclusive(
    amount: int, minimum: int, first_dollar: int, above_minimum: int
) -> None:
    """Exactly the minimum opens sharing: of all of it, or of nothing above it."""
    found = [
        counted(Decimal(amount), Decimal(minimum), it) for it in ("first_dollar", "above_minimum")
    ]
    assert found == [first_dollar, above_minimum]


def test_savings_and_losses_of_the_same_terms_mirror_each_other() -> None:
    """Equal minimum, share and cap on both sides: what $x saved earns, $x lost costs."""
    seen = Seen("opened", "capped")

    @settings(max_examples=500, deadline=None)
    @given(contracts(), EXPENDITURES)
    def holds(terms: dict[str, Any], expenditure: Decimal) -> None:
        same = {
            "savings_sequestration_share": Decimal(0),
            "savings_quality_gate": False,
            "losses_minimum_rate": terms["savings_minimum_rate"],
            "losses_entity_share": terms["savings_entity_share"],
            "losses_counted_from": terms["savings_counted_from"],
            "losses_cap_of_benchmark": terms["savings_cap_of_benchmark"],
        }
        here = lines_of(terms | same, expenditure)
        there = lines_of(terms | same, 2 * BENCHMARK - expenditure)
        assert here["savings_settlement"] == -there["savings_settlement"]
        cap = (terms["savings_cap_of_benchmark"] or 0) * BENCHMARK
        amount = max(here["savings_paid"], here["losses_owed"])
        seen.note(opened=amount > 0, capped=amount == cap > 0)

    holds()
    seen.check()


def test_terms_on_losses_stand_together() -> None:
    """Without a minimum loss rate none can be; with it the share has to be."""
    none = {"losses_entity_share": None, "losses_cap_of_benchmark": None}
    assert wrong_loss_terms(None, **none) is None
    assert wrong_loss_terms(Decimal(0), **none) == "losses_entity_share missing"
    cap = none | {"losses_cap_of_benchmark": Decimal("0.04")}
    assert wrong_loss_terms(None, **cap) == "losses_cap_of_benchmark: needs losses_minimum_rate"
    assert wrong_loss_terms(Decimal(0), **cap | {"losses_entity_share": Decimal(1)}) is None
