"""Risk corridors: cases worked by hand, and what must hold for any bands and any cost.

The cases are the document tests/rules/risk_corridor.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.risk_corridor import corridor_moved, corridor_settlement
from openvbc.rules.scale import Bands
from rule_case import check_case, read_cases
from seen import Seen

TARGET = Decimal(54000000)
DIFFERENCES = st.builds(
    lambda permille, cents: permille * TARGET / 1000 + Decimal(cents) / 100,
    st.integers(-120, 120),
    st.integers(0, 99),
)
"""Up to 12 % of the target, either way, and some cents."""
SHARES = st.sampled_from(range(101)).map(lambda percent: Decimal(percent) / 100)


@pytest.mark.parametrize("case", list(read_cases("risk_corridor.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


def bands(edge: int, first: Decimal, second: Decimal) -> Bands:
    """Two bands that meet at an edge in percent, the second open."""
    end = Decimal(edge) / 100
    return [
        {"from": Decimal(0), "to": end, "share": first},
        {"from": end, "to": None, "share": second},
    ]


BANDS = st.builds(bands, st.integers(1, 9), SHARES, SHARES)


def test_a_corridor_moves_a_part_and_both_parties_have_the_whole_together() -> None:
    """What the entity gains by the corridor the payer loses, and nobody more than there is."""
    seen = Seen("negative", "beyond_first", "own_loss_bands", "shared_differently")

    @settings(max_examples=1200, deadline=None)
    @given(BANDS, st.none() | BANDS, DIFFERENCES, DIFFERENCES)
    def holds(savings: Bands, losses: Bands | None, one: Decimal, other: Decimal) -> None:
        low, high = sorted((one, other))
        moved = corridor_moved(one, TARGET, savings, losses)
        assert abs(moved) <= abs(one)
        assert moved * one >= 0
        step = corridor_moved(high, TARGET, savings, losses)
        step -= corridor_moved(low, TARGET, savings, losses)
        assert 0 <= step <= high - low
        paid, kept = (corridor_settlement(moved, it) for it in ("payer", "entity"))
        assert paid == -kept
        used = savings if one > 0 or losses is None else losses
        seen.note(
            negative=one < 0,
            beyond_first=abs(one) > used[0]["to"] * TARGET,
            own_loss_bands=losses is not None and one < 0,
            shared_differently=moved != corridor_moved(one, TARGET, savings, None),
        )

    holds()
    seen.check()
