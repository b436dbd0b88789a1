"""What a measure's rate earns: tiers, improvement, a floor, and how many patients are missing.

Tiers and targets stand in the measure's own direction. Where lower is better, everything is turned
round (a rate of 12 % is worth −12 %), so that one comparison serves both: the better end of a tier
belongs to it, and a rate exactly on target has reached it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import Final

from openvbc.rules.scale import Bands, value_name, value_of

NOTHING: Final = Decimal(0)
ALL: Final = Decimal(1)


def turned(bands: Bands) -> Bands:
    """A scale seen from the other side: what was lower is higher. From 0 on becomes open."""
    return [
        {
            **band,
            "from": None if band["to"] is None else -band["to"],
            "to": -band["from"] if band["from"] else None,
        }
        for band in reversed(bands)
    ]


def tier_share(bands: Bands, number: Decimal) -> Decimal:
    """The share of the tier that a number lies in; nothing below the first tier."""
    first = bands[0]["from"]
    return NOTHING if first is not None and number < first else value_of(bands, number)


def gap_closed(rate: Decimal, baseline: Decimal, goal: Decimal) -> Decimal | None:
    """Share of the way from baseline to goal that was made; none without a way to make."""
    return (rate - baseline) / (goal - baseline) if goal != baseline else None


@dataclass(frozen=True)
class MeasureTerms:
    """What a contract says of one measure. Rates are shares of 1, or any number where lower is.

    target or tiers: what the rate earns. improvement_tiers: shares by the part of the way from
    baseline to goal that was made. floor: the rate short of which penalty, a share, is owed.
    """

    lower_is_better: bool = False
    target: Decimal | None = None
    tiers: Bands | None = None
    improvement_tiers: Bands | None = None
    baseline: Decimal | None = None
    goal: Decimal | None = None
    floor: Decimal | None = None
    penalty: Decimal = NOTHING

    def worth(self, rate: Decimal) -> Decimal:
        """A rate so turned that higher is better."""
        return -rate if self.lower_is_better else rate

    @property
    def scale(self) -> Bands:
        """The tiers so turned that higher is better; a target is one tier."""
        if self.tiers is not None:
            return turned(self.tiers) if self.lower_is_better else self.tiers
        if self.target is None:
            return ()
        return ({"from": self.worth(self.target), "to": None, "share": ALL},)

    def attained(self, rate: Decimal) -> Decimal:
        """Share earned by the rate itself."""
        return tier_share(self.scale, self.worth(rate)) if self.scale else NOTHING

    def improved(self, rate: Decimal) -> Decimal:
        """Share earned by the way made from the baseline to the goal.

        Nothing where the baseline was no worse than the goal.
        """
        if self.improvement_tiers is None or self.baseline is None or self.goal is None:
            return NOTHING
        way = gap_closed(rate, self.baseline, self.goal)
        if way is None or self.worth(self.baseline) > self.worth(self.goal):
            return NOTHING
        return tier_share(self.improvement_tiers, way)

    def share(self, rate: Decimal) -> Decimal:
        """Share of the measure's payment: the better of both, or below zero the penalty."""
        return self.less_penalty(max(self.attained(rate), self.improved(rate)), rate)

    def less_penalty(self, earned: Decimal, rate: Decimal) -> Decimal:
        """The share earned, or below zero the penalty of a rate short of the floor without any."""
        short = self.floor is not None and self.worth(rate) < self.worth(self.floor)
        return -self.penalty if short and earned == 0 else earned

    def edges(self) -> Iterator[Decimal]:
        """The rates, turned, at which the share can change."""
        yield from (band["from"] for band in self.scale if band["from"] is not None)
        if self.floor is not None:
            yield self.worth(self.floor)
        if self.improvement_tiers and self.baseline is not None and self.goal is not None:
            way = self.goal - self.baseline
            starts = (it["from"] for it in self.improvement_tiers if it["from"] is not None)
            yield from (self.worth(self.baseline + start * way) for start in starts)

    def gap_count(self, met: Decimal, denominator: Decimal, now: Decimal) -> Decimal:
        """Fewest patients more (events fewer, where lower is better) that earn more than now.

        0 where no number of them does: the highest tier is reached.
        """
        for missing in sorted(self._missing(met, denominator)):
            after = met - missing if self.lower_is_better else met + missing
            within = after >= 0 if self.lower_is_better else after <= denominator
            if within and self.share(after / denominator) > now:
                return missing
        return NOTHING

    def _missing(self, met: Decimal, denominator: Decimal) -> Iterator[Decimal]:
        """The patients missing to each edge that is not reached."""
        for edge in self.edges():
            missing = edge * denominator - self.worth(met)
            if missing > 0:
                yield missing.to_integral_value(ROUND_CEILING)


def wrong_tiers(bands: Bands) -> str | None:
    """Why a scale, turned so that higher is better, pays a better rate less; None where not."""
    values = [band[value_name(band)] for band in bands]
    falls = (n for n, (low, high) in enumerate(pairwise(values), start=2) if high < low)
    found = next(falls, None)
    return None if found is None else f"a better rate earns less in tier {found}"


def wrong_measure(terms: MeasureTerms) -> str | None:
    """What is wrong between the terms of a measure, each of which is right by itself."""
    if terms.target is not None and terms.tiers is not None:
        return "has a target and tiers; expected one of them"
    if not terms.scale and terms.improvement_tiers is None:
        return "has no target, no tiers and no improvement tiers; nothing can be earned"
    starts = [band["from"] for band in terms.scale if band["from"] is not None]
    highest = NOTHING if terms.lower_is_better else ALL
    if starts and max(starts) > highest:
        return f"a tier from {max(starts):f} cannot be reached; a rate is a share from 0 to 1"
    if terms.floor is not None and starts and terms.worth(terms.floor) > starts[0]:
        return f"the floor {terms.floor:f} lies above the first tier; its penalty and share overlap"
    return wrong_tiers(terms.scale)
