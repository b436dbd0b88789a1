"""Members whom contracts share by months: cases worked by hand, and that nothing is lost.

The cases are the document tests/rules/shared_members.md (see rule_case.py). The property is held on
random months of random members, each claimed by any of three contracts or by none.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.contract.component import component
from openvbc.contract.contract import read_contract
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.contract.settle import settle
from openvbc.contract.settlement import read_settlement
from rule_case import check_case, read_cases
from seen import Seen

CONTRACTS = ("advantage", "employer", "exchange")
YEAR = {"performance": (date(2025, 1, 1), date(2025, 12, 31))}

Months = Sequence[frozenset[str]]
"""Every month of every shared member: the contracts that claim it."""


@pytest.mark.parametrize("case", list(read_cases("shared_members.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def first(claimed: frozenset[str], order: Sequence[str]) -> str | None:
    return next((name for name in order if name in claimed), None)


def resolved(amount: Decimal, months: Months, order: Sequence[str], this: str) -> Resolver:
    claimed = {name: sum(name in it for it in months) for name in order}
    own = {name: sum(first(it, order) == name for it in months) for name in order}
    facts: dict[str, Any] = {
        "shared_amount": amount,
        "shared_months": Decimal(len(months)),
        "shared_months_claimed": {At("performance", n): Decimal(claimed[n]) for n in order},
        "shared_months_claimed_before": {
            At("performance", n): Decimal(claimed[n] - own[n]) for n in order
        },
        "shared_months_unclaimed": Decimal(sum(not it for it in months)),
        "shared_this_contract": this,
    }
    coordinates = Coordinates(YEAR, tuple(order), YEAR["performance"][0])
    return Resolver([component("shared_members")], Given(facts), {}, coordinates)


def value(resolver: Resolver, name: str) -> Decimal:
    found = resolver.line(name).value
    assert isinstance(found, Decimal)
    return found


def test_every_month_and_every_cent_is_in_one_place() -> None:
    """Each contract settles by itself, and their parts and the payer's make the whole amount."""
    seen = Seen("overlapped", "unclaimed", "negative", "rounded", "without_a_month")
    months = st.lists(st.sets(st.sampled_from(CONTRACTS)).map(frozenset), min_size=1, max_size=14)
    amounts = st.integers(-10_000_000, 10_000_000).map(lambda it: Decimal(it) / 100)

    @settings(max_examples=500, deadline=None)
    @given(amounts, months, st.permutations(CONTRACTS))
    def holds(amount: Decimal, months: Months, order: list[str]) -> None:
        each = {name: resolved(amount, months, order, name) for name in order}
        own = {name: sum(first(it, order) == name for it in months) for name in order}
        unclaimed = {value(it, "shared_part_unclaimed") for it in each.values()}
        assert len(unclaimed) == 1
        parts = {name: value(it, "shared_part_of_this") for name, it in each.items()}
        assert sum(parts.values(), *unclaimed) == amount
        for name, done in each.items():
            assert value(done, "shared_months_of_this") == own[name]
            assert value(done, "shared_months_gap") == 0
            assert abs(parts[name] * len(months) - amount * own[name]) < len(months) / Decimal(100)
            others = amount - parts[name] - sum(unclaimed)
            assert value(done, "shared_part_of_others") == others
        seen.note(
            overlapped=any(len(it) > 1 for it in months),
            unclaimed=frozenset() in months,
            negative=amount < 0,
            rounded=any(parts[name] * len(months) != amount * own[name] for name in order),
            without_a_month=0 in own.values(),
        )

    holds()
    seen.check()


CONTRACT = """\
contract: NAME
title: An ACO that shares members with another
parties:
  payer: {id: SUMMIT, name: Summit Insurance}
  entity: {id: HARBORVIEW, name: Harborview ACO}
line_of_business: commercial
agreement: {start: 2025-01-01, end: 2027-12-31}
components:
  - shared_members: {strata: [advantage, employer], shared_this_contract: NAME}
  - commercial_target:
      target_base_pmpm: 720
      target_trend_factor: 1
      target_risk_ratio: 1
      member_months: {is: shared_members/shared_months_of_this}
      expenditure_claims: {is: shared_members/shared_part_of_this}
  - shared_savings: {savings_minimum_rate: 0, savings_entity_share: 0.5}
"""

SETTLEMENT = """\
contract: NAME
period: PY2025
first_day: 2025-01-01
last_day: 2025-12-31
kind: final
as_of: 2026-06-30
facts:
  shared_amount: {unit: usd, value: 700000.01, source: claims, received_on: 2026-05-15}
  shared_months: {unit: months, value: 1000, source: plan, received_on: 2026-05-15}
  shared_months_claimed:
    {unit: months, source: plan, received_on: 2026-05-15, values: {advantage: 600, employer: 450}}
  shared_months_claimed_before:
    {unit: months, source: plan, received_on: 2026-05-15, values: {employer: 50}}
"""


def settlement_of(folder: Path, name: str) -> dict[str, str]:
    """The values of a contract's statement by path."""
    for kind, text in (("contract", CONTRACT), ("settlement", SETTLEMENT)):
        (folder / f"{kind}.yaml").write_text(text.replace("NAME", name), encoding="utf-8")
    contract = read_contract(folder / "contract.yaml")
    one = read_settlement(folder / "settlement.yaml", {contract.id: contract})
    done = settle(one, one.facts(), None)
    assert done.problems == ()
    return {it["path"]: it["value"] for it in done.document["lines"]}


def test_two_aco_contracts_settle_the_members_they_share_by_months(tmp_path: Path) -> None:
    """The same facts in both files; 50 months that both claim are the first's."""
    first = settlement_of(tmp_path, "advantage")
    other = settlement_of(tmp_path, "employer")
    assert first["shared_members/shared_split"] == other["shared_members/shared_split"]
    # 600 months × $720 − $420,000.01 = $11,999.99; half of it is $5,999.995, half up $6,000.00.
    assert first["commercial_target/total_expenditure"] == "420000.01"
    assert first["shared_savings/savings_settlement"] == "6000"
    # 400 months × $720 − $280,000.00 = $8,000.00; half of it is $4,000.00.
    assert other["commercial_target/total_expenditure"] == "280000"
    assert other["shared_savings/savings_settlement"] == "4000"
