"""Arrangements nested in an outer contract: cases worked by hand, and what holds for any overlap.

The cases are the document tests/rules/nested_arrangements.md (see rule_case.py). The properties are
held on random claims, each in any of three arrangements or in none, against a count claim by claim.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.contract.check import check_contract, check_settlement
from openvbc.contract.component import component
from openvbc.contract.contract import read_contract
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.contract.settle import Settled, settle
from openvbc.contract.settlement import read_settlement
from openvbc.demo import __file__ as demo_file
from openvbc.money import round_half_up
from rule_case import check_case, read_cases
from seen import Seen

NAMES = ("hip", "knee", "spine")
OTHER_ORDERS = tuple(permutations(NAMES))[1:]
TREATMENTS = ("inside", "target_price", "carve_out", "pass_through")
YEAR = {"performance": (date(2025, 1, 1), date(2025, 12, 31))}


@pytest.mark.parametrize("case", list(read_cases("nested_arrangements.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def total(amounts: Any) -> Decimal:
    return sum(amounts, Decimal(0))


@dataclass(frozen=True)
class Claim:
    """A claim, and the arrangements that cover it."""

    paid: Decimal
    covered: frozenset[str]

    def settled_by(self, order: Sequence[str]) -> str | None:
        """The first declared of those that cover it."""
        return next((name for name in order if name in self.covered), None)


@dataclass(frozen=True)
class Case:
    """Random claims and terms; amounts by arrangement."""

    claims: tuple[Claim, ...]
    treatment: Mapping[str, str]
    target: Mapping[str, Decimal]
    gain: Mapping[str, Decimal]
    retained: Mapping[str, Decimal]
    carved: Mapping[str, Decimal]
    cap: Decimal
    percent: int

    @property
    def benchmark(self) -> Decimal:
        """A part of the claims, or more than they are, and all that may be carved out."""
        claims = max(total(it.paid for it in self.claims), Decimal(1000))
        return total(self.carved.values()) + round_half_up(claims * self.percent / 100, 2)

    @property
    def overlapped(self) -> bool:
        return any(len(it.covered) > 1 for it in self.claims)


def cents(least: int, most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(least, most).map(lambda it: Decimal(it) / 100)


def each(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(dict.fromkeys(NAMES, values))


COVERED = st.sets(st.sampled_from(NAMES), max_size=2).map(frozenset)
CLAIMS = st.lists(st.builds(Claim, cents(1, 900_000), COVERED), min_size=4, max_size=8).map(tuple)
CASES = st.builds(
    Case,
    claims=CLAIMS,
    treatment=each(st.sampled_from(TREATMENTS)),
    target=each(cents(0, 2_000_000)),
    gain=each(cents(-300_000, 300_000)),
    retained=each(cents(0, 50_000)),
    carved=each(cents(0, 500_000)),
    cap=st.sampled_from([Decimal("0.02"), Decimal("0.5")]),
    percent=st.sampled_from([20, 50, 90, 100, 120, 300]),
)


def by_stratum(values: Mapping[str, Any]) -> dict[At, Any]:
    return {At("performance", name): value for name, value in values.items()}


def settled_before(case: Case, order: Sequence[str], name: str) -> Decimal:
    """Claims of an arrangement that one declared before it covers too."""
    mine = (it for it in case.claims if name in it.covered)
    return total(it.paid for it in mine if it.settled_by(order) != name)


def resolved(case: Case, order: Sequence[str] = NAMES) -> Resolver:
    """The contract's lines, arrangements declared in an order, with shared savings and losses."""
    covering = {name: [it for it in case.claims if name in it.covered] for name in NAMES}
    facts: dict[str, Any] = {
        "outer_benchmark": case.benchmark,
        "outer_claims": total(it.paid for it in case.claims),
        "claims_in_no_arrangement": total(it.paid for it in case.claims if not it.covered),
        "nested_treatment": by_stratum(case.treatment),
        "nested_claims": by_stratum({n: total(it.paid for it in covering[n]) for n in NAMES}),
        "nested_claims_settled_before": by_stratum(
            {name: settled_before(case, order, name) for name in NAMES}
        ),
        "nested_target": by_stratum(case.target),
        "nested_gain": by_stratum(case.gain),
        "nested_retained": by_stratum(case.retained),
        "nested_benchmark": by_stratum(case.carved),
        "savings_minimum_rate": Decimal("0.02"),
        "savings_entity_share": Decimal("0.5"),
        "savings_cap_of_benchmark": case.cap,
        "losses_minimum_rate": Decimal("0.02"),
        "losses_entity_share": Decimal("0.4"),
        "losses_cap_of_benchmark": case.cap,
    }
    parts = [component("nested_arrangements"), component("shared_savings")]
    return Resolver(
        parts, Given(facts), {}, Coordinates(YEAR, tuple(order), YEAR["performance"][0])
    )


def amount(resolver: Resolver, name: str, stratum: str | None = None) -> Decimal:
    value = resolver.line(name, At("performance", stratum)).value
    assert isinstance(value, Decimal)
    return value


def outer_cost(case: Case, order: Sequence[str]) -> Decimal:
    """The outer expenditure, claim by claim: as paid where the settling arrangement leaves it."""
    left = {None, *(n for n in NAMES if case.treatment[n] in {"inside", "pass_through"})}
    paid = total(it.paid for it in case.claims if it.settled_by(order) in left)
    gains = total(case.gain[n] for n in NAMES if case.treatment[n] == "inside")
    return (
        paid + gains + total(case.target[n] for n in NAMES if case.treatment[n] == "target_price")
    )


def capped(resolver: Resolver) -> bool:
    paid = amount(resolver, "savings_paid") < amount(resolver, "savings_after_sequestration")
    return paid or amount(resolver, "losses_owed") < amount(resolver, "losses_before_cap")


def test_every_claim_dollar_is_settled_once_and_what_is_laid_out_arrives() -> None:
    """Layer by layer: one arrangement or none; as paid, at target or carved out."""
    seen = Seen("overlapped", "capped", "negative", "carved_out", "replaced", "retained")

    @settings(max_examples=500, deadline=None)
    @given(CASES, st.permutations(NAMES))
    def holds(case: Case, order: list[str]) -> None:
        done = resolved(case, order)
        claims = total(it.paid for it in case.claims)
        for name in NAMES:
            own = total(it.paid for it in case.claims if it.settled_by(order) == name)
            assert amount(done, "nested_own_claims", name) == own
        assert amount(done, "claims_gap") == 0
        assert amount(done, "total_expenditure") == outer_cost(case, order)
        settlement, outlay = amount(done, "savings_settlement"), amount(done, "payer_outlay")
        assert outlay == claims + total(case.gain.values()) + settlement
        kept = total(case.retained.values())
        assert outlay == amount(done, "provider_receipts") + kept
        assert amount(done, "conservation_gap") == 0
        assert amount(done, "payer_kept") == case.benchmark - outlay
        seen.note(
            overlapped=case.overlapped,
            capped=capped(done),
            negative=settlement < 0,
            carved_out="carve_out" in case.treatment.values(),
            replaced="target_price" in case.treatment.values(),
            retained=kept > 0,
        )

    holds()
    seen.check()


def test_arrangements_that_share_no_claim_may_be_declared_in_any_order() -> None:
    """Where they share some, the first declared settles all of its own, and the sum is the same."""
    seen = Seen("overlapped", "independent", "capped", "negative", "moved")

    @settings(max_examples=600, deadline=None)
    @given(CASES, st.sampled_from(OTHER_ORDERS), st.sampled_from([True, False, False]))
    def holds(drawn: Case, order: tuple[str, ...], alone: bool) -> None:
        one_each = tuple(
            replace(it, covered=frozenset(sorted(it.covered)[:1])) for it in drawn.claims
        )
        case = replace(drawn, claims=one_each) if alone else drawn
        first, other = resolved(case), resolved(case, order)
        names = ("nested_claims_settled", "claims_gap", "conservation_gap", "total_benchmark")
        assert all(amount(first, name) == amount(other, name) for name in names)
        if not case.overlapped:
            lines = ("total_expenditure", "savings_settlement", "payer_outlay", "payer_kept")
            assert all(amount(first, name) == amount(other, name) for name in lines)
        whole = total(it.paid for it in case.claims if order[0] in it.covered)
        assert amount(other, "nested_own_claims", order[0]) == whole
        moved = amount(first, "total_expenditure") != amount(other, "total_expenditure")
        seen.note(
            overlapped=case.overlapped,
            independent=not case.overlapped,
            capped=capped(first),
            negative=amount(first, "savings_settlement") < 0,
            moved=moved,
        )

    holds()
    seen.check()


FLAGS = re.MULTILINE | re.DOTALL
DEMO = Path(demo_file).parent


def demo(folder: Path, old: str, new: str) -> Settled:
    """The demonstration's contract, with one passage of its settlement changed."""
    contract = read_contract(DEMO / "contracts" / "harborview_nested.yaml")
    text = (DEMO / "settlements" / "harborview_nested_PY2025.yaml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "harborview_nested_PY2025.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    one = read_settlement(path, {contract.id: contract})
    return settle(one, one.facts(), None)


PAGE = Path(__file__).parents[1] / "docs" / "overlaps.md"


def test_the_example_of_the_page_holds_what_it_asserts(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml (\S+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), FLAGS)
    for name, text in blocks:
        (tmp_path / Path(name).name).write_text(text, encoding="utf-8")
    contract = read_contract(tmp_path / "harbor_aco.yaml")
    one = read_settlement(tmp_path / "harbor_aco_PY2025.yaml", {contract.id: contract})
    assert [*check_contract(contract), *check_settlement(one)] == []
    assert settle(one, one.facts(), None).holds


def test_the_demonstration_settles_to_2_022_500_dollars(tmp_path: Path) -> None:
    done = demo(tmp_path, "value: 113900000", "value: 113900000")
    assert (done.problems, done.failed_assertions) == ((), ())
    lines = {it["id"]: it["value"] for it in done.document["lines"]}
    # $45,000 of the episodes and 50 % of $120,000,000 − $116,045,000.
    assert lines["total/contract_amount_due@performance"] == "2022500"
    assert lines["nested_arrangements/payer_kept@performance"] == "1977500"


def test_a_statement_whose_claims_do_not_add_up_is_none(tmp_path: Path) -> None:
    """The reason is told once, however many lines depend on it."""
    done = demo(tmp_path, "value: 113900000", "value: 113850000")
    assert not done.holds
    assert [str(it) for it in done.problems] == [
        (
            "nested_arrangements/claims_gap [performance]: claims of 116000000, but 113850000 in "
            "none and 2100000 in some arrangement: 50000 lost"
        )
    ]
