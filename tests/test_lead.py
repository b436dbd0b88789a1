"""LEAD and its nested CARA arrangements: cases worked by hand, and what must always hold."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.money import round_half_up
from openvbc.parameters import load_program
from openvbc.period import calendar_year
from openvbc.rules import lead_cara, lead_settlement
from rule_case import check_case, read_cases
from seen import Seen

BENCHMARK: Final = Decimal(100_000_000)
TARGET: Final = Decimal(1_000_000)
RESULTS: Final = [sign * it for it in range(1, 500) for sign in (1, -1)]
FIRST_YEAR: Final = calendar_year(2027)[0]

gross_amounts = st.sampled_from(range(-9_000, 9_001)).map(lambda it: it * Decimal("9999.37"))
shares = st.sampled_from(range(100, -1, -1)).map(lambda it: Decimal(it) / 100)


@pytest.mark.parametrize("case", [*read_cases("lead_*.md")])
def test_worked_by_hand(case: Any) -> None:
    check_case(case)


def corridors(side: str, option: str = "global") -> Any:
    """The first year's corridors."""
    return load_program("lead")[f"{side}_corridors"].on(FIRST_YEAR).value[option]


def shared(gross: Decimal, option: str = "global") -> Decimal:
    """The ACO's share of savings or losses on a benchmark of $100M, within known corridors."""
    bands = corridors("savings", option), corridors("loss", option)
    return lead_settlement.shared_within_corridors(gross, BENCHMARK, *bands)


def due(gross: Decimal) -> Decimal:
    """What CMS pays on gross savings or losses, without advances."""
    after = lead_settlement.shared_after_sequestration(shared(gross), Decimal("0.02"))
    return lead_settlement.settlement_amount(after, Decimal(0), Decimal(0), Decimal(0))


def test_more_savings_never_pay_less_and_no_more_than_all_of_them_is_shared() -> None:
    seen = Seen("negative", "beyond_first_corridor")

    @settings(max_examples=500, deadline=None)
    @given(gross_amounts, gross_amounts)
    def holds(one: Decimal, other: Decimal) -> None:
        low, high = sorted((one, other))
        assert due(low) <= due(high)
        assert abs(shared(low)) <= abs(low)
        first = corridors("savings")[0]["to"] * BENCHMARK
        seen.note(negative=low < 0, beyond_first_corridor=abs(low) > first)

    holds()
    seen.check()


def test_better_quality_never_lowers_the_benchmark() -> None:
    seen = Seen("partly_earned")

    @settings(max_examples=500, deadline=None)
    @given(shares, shares)
    def holds(one: Decimal, other: Decimal) -> None:
        low, high = sorted((one, other))
        made = [with_quality(it) for it in (low, high)]
        assert made[0] <= made[1] <= BENCHMARK
        assert made[0] >= BENCHMARK * Decimal("0.97")
        seen.note(partly_earned=0 < low < 1)

    holds()
    seen.check()


def with_quality(score: Decimal) -> Decimal:
    """The settlement benchmark of a discounted benchmark of $100M."""
    withheld = lead_settlement.quality_withhold(BENCHMARK, Decimal("0.03"))
    earned = lead_settlement.quality_withhold_earned(withheld, score)
    return lead_settlement.settlement_benchmark(BENCHMARK, withheld, earned)


@dataclass(frozen=True)
class Arrangement:
    """The terms and the result of one arrangement; its target is $1,000,000."""

    spending: Decimal
    share: Decimal
    moved: Decimal
    gain: Decimal | None
    loss: Decimal | None


limits = st.none() | st.sampled_from(range(8)).map(lambda it: Decimal(it) / 100)
arrangements = st.builds(
    Arrangement,
    spending=st.sampled_from(RESULTS).map(lambda it: TARGET - it * Decimal("1000.13")),
    share=shares,
    moved=st.sampled_from(range(-25, 26)).map(lambda it: Decimal(it) / 100),
    gain=limits,
    loss=limits,
)


def unlimited(terms: Arrangement, moved: Decimal) -> Decimal:
    """The participant's share before limits, moved by quality."""
    result = lead_cara.episode_savings_or_losses(TARGET, terms.spending, Decimal(0))
    share = lead_cara.participant_share(result, terms.share, terms.share)
    bounds = Decimal("0.10"), Decimal(1)
    return lead_cara.adjusted_participant_share(share, moved, Decimal("0.25"), *bounds)


def received(terms: Arrangement, moved: Decimal) -> Decimal:
    """The participant's amount."""
    share = unlimited(terms, moved)
    return lead_cara.participant_amount(share, TARGET, terms.gain, terms.loss)


def test_what_aco_and_participants_get_is_the_settlement_to_the_cent() -> None:
    """The arrangements move no dollar of the settlement with CMS; they divide it."""
    seen = Seen("negative", "capped", "aco_receives")

    @settings(max_examples=700, deadline=None)
    @given(gross_amounts, st.lists(arrangements, min_size=1, max_size=3))
    def holds(gross: Decimal, nested: list[Arrangement]) -> None:
        amounts = {str(n): received(it, it.moved) for n, it in enumerate(nested)}
        paid = lead_cara.paid_to_participants(amounts)
        taken = lead_cara.received_from_participants(amounts)
        spending = {str(n): it.spending for n, it in enumerate(nested)}
        net = lead_cara.net_to_participants(paid, taken, spending, BENCHMARK, "global")
        settled = due(gross)
        left = lead_settlement.aco_net(settled, net)
        assert left + sum(amounts.values()) == settled
        assert min(paid, taken) >= 0
        assert all(it == round_half_up(it, 2) for it in (left, *amounts.values()))
        before = [round_half_up(unlimited(it, it.moved), 2) for it in nested]
        seen.note(
            negative=settled < 0, capped=before != list(amounts.values()), aco_receives=net < 0
        )

    holds()
    seen.check()


def test_less_spending_and_better_quality_never_pay_a_participant_less_within_its_limits() -> None:
    seen = Seen("negative", "capped")

    @settings(max_examples=700, deadline=None)
    @given(arrangements, st.integers(0, 300_000_00), st.integers(0, 25))
    def holds(terms: Arrangement, saved: int, better: int) -> None:
        amount = received(terms, terms.moved)
        cheaper = replace(terms, spending=terms.spending - Decimal(saved) / 100)
        quality = min(terms.moved + Decimal(better) / 100, Decimal("0.25"))
        assert received(cheaper, terms.moved) >= amount
        assert received(terms, quality) >= amount
        gain, loss = terms.gain, terms.loss
        assert gain is None or amount <= gain * TARGET
        assert loss is None or amount >= -loss * TARGET
        capped = amount != round_half_up(unlimited(terms, terms.moved), 2)
        seen.note(negative=amount < 0, capped=capped)

    holds()
    seen.check()
