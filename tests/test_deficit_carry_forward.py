"""Deficits carried forward, against cases worked by hand and against its limits.

The cases are the document tests/rules/deficit_carry_forward.md (see rule_case.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.rules import deficit_carry_forward as rules
from rule_case import check_case, read_cases
from seen import Seen


@pytest.mark.parametrize("case", list(read_cases("deficit_carry_forward.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


NOTHING = Decimal(0)

amounts = st.sampled_from([0, 1, 3, 7, 12, 30, 55]).map(lambda it: it * Decimal("1003.57"))
shares = st.sampled_from(["0", "0.35", "0.5", "0.801", "1"]).map(Decimal)
results = st.sampled_from([-60, -25, -7, 0, 5, 20, 45, 80, 130]).map(
    lambda it: it * Decimal("1009.13")
)


@dataclass
class Year:
    """One year of a contract: what was offset, what expired, and the balances after it."""

    expired: Decimal
    limit: Decimal
    offset: Decimal
    new: Decimal
    kept: dict[str, Decimal]
    settled: Decimal


def a_year(
    result: Decimal,
    balances: Mapping[str, Decimal],
    ages: Mapping[str, Decimal],
    share: Decimal,
    expiry: Decimal | None,
    carried: Decimal,
) -> Year:
    """The year as the rules make it, called as plain functions."""
    expired = {it: rules.deficit_expired(balances[it], ages[it], expiry) for it in balances}
    left = {it: rules.deficit_open(balances[it], expired[it]) for it in balances}
    limit = rules.carry_forward_limit(result, share, None)
    offset = {
        it: rules.deficit_offset(left[it], rules.deficit_older(ages[it], ages, left), limit)
        for it in balances
    }
    used = rules.carry_forward_offset(offset)
    new = rules.carry_forward_new_deficit(result, carried)
    return Year(
        expired=sum(expired.values(), Decimal(0)),
        limit=limit,
        offset=used,
        new=new,
        kept={it: rules.deficit_kept(left[it], offset[it]) for it in balances},
        settled=rules.carry_forward_settled(result, used, new),
    )


def test_a_year_conserves_the_balances_and_never_offsets_more_than_the_gain() -> None:
    """Before = expired + offset + kept; what is settled and carried is the year's result."""
    seen = Seen("offset", "limited", "expired", "deficit", "older_first")

    @settings(max_examples=1200)
    @given(
        results,
        st.lists(amounts, min_size=2, max_size=4),
        shares,
        st.sampled_from([None, Decimal(1), Decimal(3), Decimal(4)]),
        shares,
    )
    def holds(
        result: Decimal,
        deficits: list[Decimal],
        share: Decimal,
        expiry: Decimal | None,
        carried: Decimal,
    ) -> None:
        balances = {str(age): it for age, it in enumerate(deficits, start=1)}
        ages = {age: Decimal(age) for age in balances}
        year = a_year(result, balances, ages, share, expiry, carried)
        kept = list(year.kept.values())
        assert sum(deficits) == year.expired + year.offset + sum(kept)
        assert 0 <= year.offset <= year.limit <= max(result, NOTHING)
        assert year.settled + year.offset - year.new == result
        assert min([*kept, year.new], default=0) >= 0
        touched = [it for it, before in balances.items() if year.kept[it] < before]
        for it in touched:  # whatever is older is used up
            assert all(year.kept[old] == 0 for old in balances if ages[old] > ages[it])
        seen.note(
            offset=year.offset > 0,
            limited=0 < year.offset == year.limit,
            expired=year.expired > 0,
            deficit=year.new > 0,
            older_first=0 < year.offset < sum(deficits) and len(touched) > 1,
        )

    holds()
    seen.check()


def test_over_several_years_every_deficit_is_offset_expired_or_still_open() -> None:
    """Each year starts with what the year before has kept, one year older, and its own deficit."""
    seen = Seen("offset", "expired", "open")

    @settings(max_examples=700)
    @given(st.lists(results, min_size=3, max_size=6), shares, st.integers(1, 3).map(Decimal))
    def holds(years: list[Decimal], share: Decimal, expiry: Decimal) -> None:
        balances: dict[str, Decimal] = {}
        ages: dict[str, Decimal] = {}
        arisen = offset = expired = NOTHING
        for number, result in enumerate(years):
            year = a_year(result, balances, ages, share, expiry, Decimal(1))
            arisen, offset = arisen + year.new, offset + year.offset
            expired += year.expired
            balances = {**year.kept, str(number): year.new}
            ages = {it: ages.get(it, Decimal(0)) + 1 for it in balances}
        still_open = sum(balances.values())
        assert arisen == offset + expired + still_open
        seen.note(offset=offset > 0, expired=expired > 0, open=still_open > 0)

    holds()
    seen.check()
