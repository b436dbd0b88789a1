"""Individual and aggregate stop-loss: cases worked by hand, and what must hold for any claims.

The cases are the documents tests/rules/stop_loss_*.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rule_case import check_case, read_cases, resolve_case
from seen import Seen

ATTACHMENT = Decimal(100000)
YEAR = {"first_day": "2025-01-01", "last_day": "2025-12-31"}


@pytest.mark.parametrize("case", list(read_cases("stop_loss_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


@st.composite
def large_claims(draw: st.DrawFn) -> dict[str, Decimal]:
    """Some members above the whole attachment: how many, their months, their claims."""
    members = draw(st.integers(1, 9))
    months = 12 * members - draw(st.integers(0, 11 * members))
    above = 1000 * draw(st.integers(0, 2000)) + Decimal(draw(st.integers(0, 99))) / 100
    return {
        "stop_loss_members": Decimal(members),
        "stop_loss_member_months": Decimal(months),
        "stop_loss_incurred_claims": members * ATTACHMENT + above,
    }


SHARES = st.sampled_from(range(101)).map(lambda percent: Decimal(percent) / 100)


def amounts(facts: Mapping[str, Any], *names: str) -> list[Decimal]:
    """Lines of a contract with both kinds of stop-loss."""
    parts = ["individual_stop_loss", "aggregate_stop_loss"]
    resolver = resolve_case({"components": parts, "period": YEAR, "given": facts})
    return [resolver.line(name).value for name in names]


def policy(found: dict[str, Decimal], coinsurance: Decimal, **more: Any) -> dict[str, Any]:
    """Terms of an individual and an aggregate stop-loss over the claims of these members."""
    return {
        **found,
        "stop_loss_basis": "incurred",
        "stop_loss_attachment": ATTACHMENT,
        "stop_loss_attachment_prorated": False,
        "stop_loss_coinsurance": coinsurance,
        "stop_loss_premium_pmpm": Decimal(2),
        "member_months": Decimal(24000),
        "aggregate_expected_claims": Decimal(500000),
        "aggregate_claims": found["stop_loss_incurred_claims"],
        "aggregate_attachment_share": Decimal("1.1"),
        **more,
    }


def test_a_cover_pays_no_more_than_the_claims_above_it_and_prorating_never_pays_less() -> None:
    """A smaller attachment for part-years covers more of the same claims."""
    seen = Seen("capped", "part_year", "negative", "recovered")
    maximums = st.sampled_from([None, Decimal(50000), Decimal(200000)])
    recoveries = st.sampled_from([Decimal(0), Decimal(100000), Decimal(400000)])

    @settings(max_examples=1200, deadline=None)
    @given(large_claims(), SHARES, maximums, recoveries)
    def holds(
        found: dict[str, Decimal],
        coinsurance: Decimal,
        maximum: Decimal | None,
        recovered: Decimal,
    ) -> None:
        facts = policy(
            found, coinsurance, stop_loss_recoveries=recovered, stop_loss_maximum=maximum
        )
        names = ("stop_loss_above_attachment", "stop_loss_reimbursed", "stop_loss_settlement")
        above, paid, due = amounts(facts, *names)
        assert 0 <= paid <= above * (1 - coinsurance) + Decimal("0.005")
        assert maximum is None or paid <= maximum
        assert due == paid - 48000
        facts |= {"stop_loss_attachment_prorated": True}
        above_part, paid_part, _ = amounts(facts, *names)
        part_year = found["stop_loss_member_months"] < 12 * found["stop_loss_members"]
        assert (above_part > above) == part_year
        assert paid_part >= paid
        seen.note(
            capped=paid == maximum,
            part_year=part_year,
            negative=due < 0,
            recovered=recovered > 0,
        )

    holds()
    seen.check()


def test_both_covers_together_never_pay_a_dollar_twice() -> None:
    """What both reimburse is at most the claims, and the entity keeps the aggregate attachment."""
    seen = Seen("both", "ended", "only_individual")
    ends = st.none() | st.sampled_from([Decimal("1.15"), Decimal("1.5")])

    @settings(max_examples=1200, deadline=None)
    @given(large_claims(), SHARES, ends)
    def holds(found: dict[str, Decimal], coinsurance: Decimal, end: Decimal | None) -> None:
        facts = policy(found, coinsurance, aggregate_corridor_end_share=end)
        names = ("stop_loss_reimbursed", "aggregate_reimbursed", "aggregate_covered_claims")
        individual, aggregate, covered = amounts(facts, *names)
        kept = facts["aggregate_claims"] - individual - aggregate
        assert kept >= min(facts["aggregate_claims"] - individual, Decimal(550000))
        assert end is None or covered <= (end - Decimal("1.1")) * 500000
        seen.note(
            both=individual > 0 and aggregate > 0,
            ended=end is not None and covered == (end - Decimal("1.1")) * 500000,
            only_individual=individual > 0 and aggregate == 0,
        )

    holds()
    seen.check()
