"""Primary care prospective payment and the unit of account, by hand and against their limits.

The cases are the documents tests/rules/primary_care_prospective.md and unit_of_account.md (see
rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules import primary_care_prospective as rules
from openvbc.rules import unit_of_account
from rule_case import check_case, read_cases
from seen import Seen

PAGES = ("primary_care_prospective.md", "unit_of_account.md")


@pytest.mark.parametrize("case", [case for page in PAGES for case in read_cases(page)])
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


amounts = st.integers(0, 10**9).map(lambda it: Decimal(it).scaleb(-2))
shares = st.sampled_from([Decimal(0), Decimal("0.4"), Decimal("0.6"), Decimal(1)])


def test_no_service_is_paid_twice() -> None:
    """Whatever claims were paid: ahead and by visit together they come to the agreed parts."""
    seen = Seen("paid_twice", "all_ahead", "none_ahead", "paid_back")

    @settings(max_examples=1000)
    @given(amounts, shares, amounts, amounts, amounts)
    def holds(
        full: Decimal, share: Decimal, value: Decimal, claims: Decimal, prepaid: Decimal
    ) -> None:
        ahead = rules.primary_care_prospective(full, share)
        due_by_claim = rules.primary_care_claims_due(value, share)
        beyond = rules.primary_care_claims_beyond(claims, due_by_claim)
        due = rules.primary_care_amount_due(ahead, beyond, prepaid)
        by_visit = rules.visit_revenue(claims, beyond, Decimal(0))
        assert prepaid + due + claims == ahead + by_visit
        assert by_visit == min(claims, due_by_claim)
        seen.note(
            paid_twice=beyond > 0, all_ahead=share == 1, none_ahead=share == 0, paid_back=due < 0
        )

    holds()
    seen.check()


def test_the_shares_by_unit_of_account_are_the_whole() -> None:
    seen = Seen("mixed", "by_visit_only", "nothing", "warned")
    some = st.integers(1, 5000).map(Decimal)
    kind = st.sampled_from(["mixed", "mostly_visits", "visits", "nothing"])
    capitated_parts = st.sampled_from([0, 2500, 2501, 4000, 5000]).map(Decimal)

    @settings(max_examples=1000)
    @given(kind, some, some, some, capitated_parts)
    def holds(
        paid: str, visits: Decimal, members: Decimal, outcomes: Decimal, capitated: Decimal
    ) -> None:
        visits *= 0 if paid == "nothing" else 4 if paid == "mostly_visits" else 1
        others = paid in {"mixed", "mostly_visits"}
        members, outcomes = members * others, outcomes * others
        revenue = unit_of_account.primary_care_revenue(visits, members, outcomes)
        parts = (
            unit_of_account.visit_share(visits, revenue),
            unit_of_account.per_member_share(members, revenue),
            unit_of_account.outcome_share(outcomes, revenue),
        )
        shown = [it for it in parts if it is not None]
        plan = unit_of_account.plan_capitated_share(Decimal(5000), capitated)
        warning = unit_of_account.unit_of_account_warning(plan, parts[0])
        assert len(shown) == (3 if revenue else 0)
        assert not shown or round(sum(shown), 20) == 1
        most_by_visit = visits > members + outcomes
        assert (warning is not None) == (most_by_visit and capitated > Decimal(2500))
        seen.note(
            mixed=min(visits, members, outcomes) > 0,
            by_visit_only=visits > 0 == members + outcomes,
            nothing=not revenue,
            warned=warning is not None,
        )

    holds()
    seen.check()
