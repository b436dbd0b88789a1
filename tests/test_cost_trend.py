"""The change between two years, split into effects that add up to it to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openvbc.cost.book import Book, Cell
from openvbc.cost.change import trend
from openvbc.cost.trend import EFFECTS, Spent, Year, effects, totals
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.inventory.expectation import FILE
from test_inventory_completion import loaded

ONE = Decimal(1)
NO_EFFECT = dict.fromkeys(EFFECTS, 0)


def year(months: int, risk: str = "1", **categories: tuple[int, int]) -> Year:
    """Categories as (cents, lines)."""
    return Year(
        months, Decimal(risk), {name: Spent(it[0], it[1]) for name, it in categories.items()}
    )


def test_each_effect_by_hand() -> None:
    """From 100 to 110 months, risk 1.00 to 1.05, office 100 to 126 lines, imaging 100 to 105.

    Before: office 100 × $10, imaging 100 × $30. After: office 126 × $11, imaging 105 × $30.
    members: × 1.1; risk: × 1.05; volume: 231 lines over 200 × 1.1 × 1.05 = 231: × 1, none.
    Scaled so far, office is $1,155.00 and imaging $3,465.00 (115.5 lines each). Mix at old prices:
    office 126 × $10 = $1,260, + $105.00; imaging 105 × $30 = $3,150, − $315.00.
    Price: office 126 × $1 = $126.00.
    """
    before = year(100, "1.00", office=(100_000, 100), imaging=(300_000, 100))
    after = year(110, "1.05", office=(138_600, 126), imaging=(315_000, 105))
    assert effects(before, after) == {
        "office": NO_EFFECT | {"members": 10_000, "risk": 5_500, "mix": 10_500, "price": 12_600},
        "imaging": NO_EFFECT | {"members": 30_000, "risk": 16_500, "mix": -31_500},
    }


def test_completion_is_taken_first_and_is_no_price() -> None:
    """Both years cost $1,000 when complete; $900 of the second is paid: ultimate over paid 10/9.

    A change of −$100.00 is all completion. 9 of 10 lines are paid too, so that volume is the same.
    """
    before = Year(10, ONE, {"office": Spent(100_000, 10)})
    after = Year(10, ONE, {"office": Spent(90_000, 9, Decimal(10) / Decimal(9))})
    assert totals(effects(before, after)) == NO_EFFECT | {"completion": -10_000}


@dataclass(frozen=True)
class TwoYears(Book):
    """1,392 visits of $10,000 each year, of which 1,066 are paid for 2025; nobody is scored."""

    def period(self, year: int) -> tuple[date, ...]:
        return date(year, 1, 1), date(year, 12, 31), date(2025, 4, 30)

    def months(self, year: int) -> Mapping[str, int]:
        return {f"{year}-01-01": 24}

    def cells(self, year: int, dimension: str) -> list[Cell]:
        assert dimension == "category"
        paid = {2024: 1_392, 2025: 1_066}[year]
        cents = paid * 1_000_000
        return [Cell("office", "", 24, paid, paid, paid, cents, cents, 0, 0, 0)]


class NobodyScored(DuckDBEngine):
    def rows(self, _sql: str, _values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return []


def test_completion_factors_are_not_rounded_before_dollars_are_taken(tmp_path: Path) -> None:
    """The triangle of test_inventory_completion: ultimate over paid is 1,392 / 1,066 for 2025.

    Paid $10,660,000 x 1,392 / 1,066 = $13,920,000, as in 2024, which is complete: the difference
    of -$3,260,000.00 is all completion. By four places, 1.3058, it would be $13,919,828 and
    $172 would be called something else.
    """
    space = loaded(tmp_path)
    (space.root / FILE).write_text("completion: {least_claims: 1, least_months: 1}\n")
    book = TwoYears(NobodyScored("200MB", tmp_path), "seniors", (2024, 2025), "medicare")
    found = trend(space, book, (2024, 2025), None)
    office = dict(zip((name for name, _ in found.columns), found.rows[0], strict=True))
    effect = {name: office[f"{name}_cents"] for name in EFFECTS}
    assert effect == NO_EFFECT | {"completion": -326_000_000}
    assert "completion 2025: 1.305816" in found.note


def test_what_is_new_is_mix_and_what_ends_is_mix() -> None:
    """10 lines each year. Old: $100.00 gone. New: $70.00 came, which has no old price."""
    before = year(10, old=(10_000, 10))
    after = year(10, new=(7_000, 10))
    assert effects(before, after) == {
        "new": NO_EFFECT | {"mix": 7_000},
        "old": NO_EFFECT | {"mix": -10_000},
    }


factors = st.decimals(Decimal("0.9"), Decimal("1.5"), places=4)
spent = st.builds(Spent, st.integers(-10_000, 10**9), st.integers(-50, 10**5), factors)
years = st.builds(
    Year,
    st.integers(1, 10**6),
    st.decimals(Decimal("0.1"), Decimal(5), places=6),
    st.dictionaries(st.sampled_from("abcdef"), spent, max_size=6),
)


@given(years, years)
def test_the_effects_add_up_to_the_difference_in_each_category(before: Year, after: Year) -> None:
    found = effects(before, after)
    nothing = Spent(0, 0)
    for name, parts in found.items():
        first = before.categories.get(name, nothing).cents
        second = after.categories.get(name, nothing).cents
        assert sum(parts.values()) == second - first
    whole = sum(it.cents for it in after.categories.values())
    assert sum(totals(found).values()) == whole - sum(it.cents for it in before.categories.values())


@given(years)
def test_where_nothing_changed_nothing_has_an_effect(same: Year) -> None:
    assert all(it == NO_EFFECT for it in effects(same, same).values())


@given(years, st.integers(2, 9))
def test_more_members_of_the_same_cost_are_members_alone(before: Year, times: int) -> None:
    more = {
        name: Spent(it.cents * times, it.volume * times, it.completion)
        for name, it in before.categories.items()
    }
    found = totals(effects(before, Year(before.months * times, before.risk, more)))
    assert {name for name, cents in found.items() if cents} <= {"members", "completion"}


@given(years, years)
def test_only_what_changed_has_an_effect(before: Year, other: Year) -> None:
    """The same members, risk and lines at other prices: price alone, beside completion."""
    dearer = {
        name: Spent(other.categories.get(name, it).cents, it.volume, it.completion)
        for name, it in before.categories.items()
    }
    found = totals(effects(before, Year(before.months, before.risk, dearer)))
    assert {name for name, cents in found.items() if cents} <= {"price", "completion"}
