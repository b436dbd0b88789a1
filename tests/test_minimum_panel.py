"""Minimum panel, against cases worked by hand and against its limits.

The cases are the document tests/rules/minimum_panel.md (see rule_case.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules.minimum_panel import panel_amount_due, panel_counted_payment, panel_factor
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("minimum_panel.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


NOTHING = Decimal(0)

payments = st.integers(-(10**8), 10**8).map(lambda it: Decimal(it).scaleb(-2))
counts = st.integers(0, 2000).map(Decimal)


def test_what_counts_lies_between_nothing_and_the_payment_and_grows_with_the_panel() -> None:
    """Payment and adjustment together are the part that counts; no panel turns its sign."""
    seen = Seen("in_full", "scaled", "nothing", "negative")

    @settings(max_examples=1000)
    @given(payments, counts, counts, counts, counts, st.booleans())
    def holds(
        payment: Decimal,
        members: Decimal,
        more: Decimal,
        floor: Decimal,
        above: Decimal,
        scaled: bool,
    ) -> None:
        lowest, minimum = (floor if scaled else None), floor + above
        factor = panel_factor(members, minimum, lowest)
        counted = panel_counted_payment(payment, factor)
        assert payment + panel_amount_due(counted, payment) == counted
        assert min(payment, NOTHING) <= counted <= max(payment, NOTHING)
        assert factor <= panel_factor(members + more, minimum, lowest)
        seen.note(
            in_full=factor == 1, scaled=0 < factor < 1, nothing=factor == 0, negative=payment < 0
        )

    holds()
    seen.check()
