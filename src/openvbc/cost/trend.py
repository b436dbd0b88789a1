"""Trend between two years, split into effects that add up to the difference to the cent.

The order is declared: completion, members, risk, volume, mix, price. Each step changes one thing
from the first year's value to the second's, and every step is rounded to whole cents in each
category before it is taken from the next; so the effects of a category add up to its difference,
and those of the whole are the sums of the categories. What did not change has no effect.

Volume is counted in lines, with lines that take back counted as minus one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

EFFECTS: Final = ("completion", "members", "risk", "volume", "mix", "price")


@dataclass(frozen=True)
class Spent:
    """Cents and volume of one category in one year, and ultimate over paid of both."""

    cents: int
    volume: int
    completion: Decimal = Decimal(1)

    @property
    def whole(self) -> Fraction:
        """Completed cents."""
        return self.cents * Fraction(self.completion)

    @property
    def all_volume(self) -> Fraction:
        """Completed volume: what is paid late was also done."""
        return self.volume * Fraction(self.completion)


NOTHING: Final = Spent(0, 0)


@dataclass(frozen=True)
class Year:
    """One year: member months above zero, mean risk score (1 where none is used), categories."""

    months: int
    risk: Decimal
    categories: Mapping[str, Spent]


def whole_cents(value: Fraction) -> int:
    """The nearest whole number, half away from zero."""
    doubled = abs(value) * 2
    return int((doubled + 1) // 2) * (1 if value >= 0 else -1)


def effects(before: Year, after: Year) -> dict[str, dict[str, int]]:
    """Category → effect → cents; each category's effects are its difference of reported cents."""
    names = sorted({*before.categories, *after.categories})
    steps = _growth(before, after)
    return {
        name: _of_category(
            before.categories.get(name, NOTHING), after.categories.get(name, NOTHING), steps
        )
        for name in names
    }


def _growth(before: Year, after: Year) -> tuple[Fraction, Fraction, Fraction]:
    """By how much members, risk and risk-adjusted volume per member grew."""
    members = Fraction(after.months, before.months)
    risk = Fraction(after.risk) / Fraction(before.risk)
    first = sum((it.all_volume for it in before.categories.values()), Fraction(0))
    second = sum((it.all_volume for it in after.categories.values()), Fraction(0))
    volume = second / (first * members * risk) if first and second else Fraction(1)
    return members, risk, volume


def _of_category(
    before: Spent, after: Spent, growth: tuple[Fraction, Fraction, Fraction]
) -> dict[str, int]:
    stages = [before.whole]
    for factor in growth:
        stages.append(stages[-1] * factor)
    stages += [_at_old_price(before, after, stages[-1]), after.whole]
    rounded = [whole_cents(it) for it in stages]
    completed = rounded[-1] - rounded[0]
    found = {"completion": after.cents - before.cents - completed}
    changes = (second - first for first, second in pairwise(rounded))
    return found | dict(zip(EFFECTS[1:], changes, strict=True))


def _at_old_price(before: Spent, after: Spent, scaled: Fraction) -> Fraction:
    """The second year's volume at the first year's price.

    What had no volume before has no old price: its new cost is all mix. Where neither year has
    volume, the cost stays as scaled, and the rest is price.
    """
    if before.volume:
        return after.all_volume * before.whole / before.all_volume
    return after.whole if after.volume else scaled


def totals(found: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Each effect over all categories."""
    return {name: sum(it[name] for it in found.values()) for name in EFFECTS}


def rows(
    found: Mapping[str, Mapping[str, int]], before: Year, after: Year
) -> Sequence[tuple[object, ...]]:
    """A row for each category, then the whole: first year, effects, second year."""
    listed: list[tuple[object, ...]] = []
    for name, parts in found.items():
        first = before.categories.get(name, NOTHING).cents
        second = after.categories.get(name, NOTHING).cents
        listed.append((name, first, *(parts[it] for it in EFFECTS), second))
    listed.sort(key=lambda row: (-int(str(row[-1])), str(row[0])))
    whole = totals(found)
    firsts = sum(it.cents for it in before.categories.values())
    seconds = sum(it.cents for it in after.categories.values())
    return [*listed, ("all", firsts, *(whole[it] for it in EFFECTS), seconds)]
