"""Completion factors by the chain ladder: which part of what will be paid is paid after so long.

A link ratio of lag k is what stood at lag k + 1 over what stood at lag k, over the months of care
that show both: weighted by volume (sum over sum) or simple (mean of the ratios). The development
factor of lag k is the product of the ratios from k on and the tail factor: ultimate over paid. The
completion factor is its inverse: paid over ultimate. Exact decimals throughout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Final

from openvbc.inventory.expectation import Completion
from openvbc.inventory.small import is_small
from openvbc.inventory.triangle import Triangle
from openvbc.money import RULES_CONTEXT, round_half_up

PLACES: Final = 6
"""Decimal places of a factor as shown and stored."""


@dataclass(frozen=True)
class Link:
    """A link ratio: of how many months of care and claims, and why there is none."""

    lag: int
    months: int
    claims: int
    ratio: Decimal | None
    reason: str


@dataclass(frozen=True)
class Factor:
    """What a lag is worth: paid over ultimate, and ultimate over paid; None with the reason."""

    lag: int
    completion: Decimal | None
    development: Decimal | None
    link: Link | None
    reason: str


@dataclass(frozen=True)
class Factors:
    """The factors of a triangle, lag 0 up to the lag that counts as complete."""

    triangle: Triangle
    complete_at: int
    complete_because: str
    factors: tuple[Factor, ...]

    def development(self, lag: int) -> Decimal | None:
        """Ultimate over paid at a lag; later lags are as the last."""
        return self.factors[min(lag, self.complete_at)].development

    def rows(self) -> list[dict[str, Any]]:
        """The factors as rows of a table."""
        return [self._row(it) for it in self.factors]

    def _row(self, it: Factor) -> dict[str, Any]:
        link = it.link
        return {
            **self.triangle.run._asdict(),
            "valued": self.triangle.valued.isoformat(),
            "lag_months": it.lag,
            "completion_factor": _text(it.completion),
            "development_factor": _text(it.development),
            "link_ratio": _text(link.ratio) if link else "",
            "months": link.months if link else "",
            "claims": "" if link is None or is_small(link.claims) else link.claims,
            "reason": it.reason,
        }


def _text(value: Decimal | None) -> str:
    return "" if value is None else str(round_half_up(value, PLACES))


def factors(triangle: Triangle, how: Completion) -> Factors:
    """The factors of a triangle by the declared method."""
    complete_at, because = _complete_at(triangle, how)
    links = [link(triangle, lag, how) for lag in range(complete_at)]
    with localcontext(RULES_CONTEXT):
        found = [_last(complete_at, how, because)]
        for it in reversed(links):
            found.append(_factor(it, found[-1]))
    return Factors(triangle, complete_at, because, tuple(reversed(found)))


def _complete_at(triangle: Triangle, how: Completion) -> tuple[int, str]:
    """The lag after which only the tail factor comes, and where that is from."""
    seen = (
        lag
        for lag in range(triangle.longest, -1, -1)
        if sum(len(row) > lag for row in triangle.cents.values()) >= how.least_months
    )
    lag = next(seen, 0)
    if lag >= how.complete_after:
        return how.complete_after, f"after {how.complete_after} months, as declared"
    return lag, f"{lag} months are the longest run-out that {how.least_months} months of care have"


def _last(lag: int, how: Completion, because: str) -> Factor:
    tail = how.tail_factor
    said = f"complete: {because}" + ("" if tail == 1 else f"; tail factor {tail}")
    return Factor(lag, 1 / tail, tail, None, said)


def _factor(it: Link, following: Factor) -> Factor:
    if it.ratio is None or following.development is None:
        reason = it.reason if it.ratio is None else f"as lag {following.lag}: {following.reason}"
        return Factor(it.lag, None, None, it, reason)
    development = it.ratio * following.development
    return Factor(it.lag, 1 / development, development, it, "")


def link(triangle: Triangle, lag: int, how: Completion) -> Link:
    """The link ratio of a lag; none where too few months or claims show it."""
    months = sorted(month for month, row in triangle.cents.items() if len(row) > lag + 1)
    months = months[-how.latest_months :] if how.latest_months else months
    claims = sum(triangle.claims[month][lag + 1] for month in months)
    pairs = [(triangle.cents[month][lag], triangle.cents[month][lag + 1]) for month in months]
    reason = _too_little(len(months), claims, pairs, how)
    return Link(lag, len(months), claims, None if reason else _ratio(pairs, how), reason)


def _too_little(months: int, claims: int, pairs: Sequence[tuple[int, int]], how: Completion) -> str:
    if months < how.least_months:
        return f"too few months of care: {months}, expected {how.least_months}"
    if claims < how.least_claims:
        return f"too few claims, expected {how.least_claims}"
    before = [it for it, _ in pairs] if how.method == "simple" else [sum(it for it, _ in pairs)]
    if min(before) <= 0 or sum(it for _, it in pairs) <= 0:
        return "nothing was paid by then"
    return ""


def _ratio(pairs: Sequence[tuple[int, int]], how: Completion) -> Decimal:
    with localcontext(RULES_CONTEXT):
        if how.method == "simple":
            ratios = [Decimal(after) / Decimal(before) for before, after in pairs]
            return sum(ratios, Decimal(0)) / len(ratios)
        before, after = (sum(it) for it in zip(*pairs, strict=True))
        return Decimal(after) / Decimal(before)


def by_month(found: Factors) -> Mapping[date, tuple[int, Decimal | None]]:
    """Each month of care: paid cents as they stand, and the unrounded estimate of all."""
    estimates: dict[date, tuple[int, Decimal | None]] = {}
    for month, row in found.triangle.cents.items():
        factor = found.development(len(row) - 1)
        with localcontext(RULES_CONTEXT):
            estimates[month] = (row[-1], None if factor is None else row[-1] * factor)
    return estimates
