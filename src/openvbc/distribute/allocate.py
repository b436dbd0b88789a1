"""An amount in whole cents among several accounts: exact, within limits, nothing left over.

All arithmetic is in fractions, so the order of the accounts moves nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Account:
    """Who takes part: its weight (0 or more), the least and the most it takes, in cents."""

    id: str
    weight: Fraction
    floor: int = 0
    ceiling: int | None = None

    def within(self, amount: Fraction) -> Fraction:
        """The amount, brought within floor and ceiling."""
        high = amount if self.ceiling is None else min(amount, Fraction(self.ceiling))
        return max(high, Fraction(self.floor))


def fill(amount: Fraction, accounts: Iterable[Account]) -> tuple[dict[str, Fraction], Fraction]:
    """Each account's part of an amount by weight, within its limits; and what no account takes.

    Whoever is held at a limit stays there, and the rest is shared by weight among the others, until
    nobody passes a limit: of those below floors and those above ceilings, the side that is off by
    more is held first. Something is left over only where every account with a weight is at its
    ceiling. Raises ValueError where the floors need more than there is.
    """
    open_accounts = list(accounts)
    if sum(it.floor for it in open_accounts) > amount:
        raise ValueError("the floors need more than there is")
    parts: dict[str, Fraction] = {}
    while open_accounts:
        free = amount - sum(parts.values())
        weights = sum((it.weight for it in open_accounts), Fraction(0))
        by_weight = {it.id: free * it.weight / weights if weights else 0 for it in open_accounts}
        held = {it.id: it.within(Fraction(by_weight[it.id])) for it in open_accounts}
        off = {name: held[name] - by_weight[name] for name in held}
        side = sum(off.values())
        stay = {name for name, it in off.items() if side == 0 or it * side > 0}
        parts |= {name: held[name] for name in stay}
        open_accounts = [it for it in open_accounts if it.id not in stay]
    return parts, amount - sum(parts.values(), Fraction(0))


def whole_cents(parts: Mapping[str, Fraction]) -> dict[str, int]:
    """Parts that add up to whole cents, each rounded so that they still do.

    By largest remainder: every part is rounded down, and the cents that are left go one by one to
    the largest remainders; of equal remainders to the id that comes first in the alphabet. A part
    that is whole already (a floor, a ceiling) stays as it is.
    """
    down = {name: part.numerator // part.denominator for name, part in parts.items()}
    left = sum(parts.values(), Fraction(0)) - sum(down.values())
    if left.denominator != 1:
        raise ValueError(f"{left} cents are left: the parts do not add up to whole cents")
    ranked = sorted(parts, key=lambda name: (down[name] - parts[name], name))
    first = set(ranked[: int(left)])
    return {name: down[name] + (name in first) for name in parts}
