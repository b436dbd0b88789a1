"""Withhold: a share of the payments is held back, and quality earns it back.

The order of a contract: what was to be held back and what was; the deficit of a risk pool that the
withheld money covers first; the gate; the share that the quality score earns; what is forfeited;
the entity's part of a pool of forfeited withholds. The payer holds the money until it is returned,
so that all that is returned is paid. Amounts are dollars in whole cents.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative, require_share
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule
from openvbc.rules.scale import (
    Bands,
    Check,
    require,
    value_name,
    value_of,
    wrong_share,
    wrong_shares,
)
from openvbc.rules.split import cents

LEAVES: Final = (
    Leaf(
        "withhold_base",
        "usd",
        "payments of the period from which a share is withheld, before it is",
        "42 CFR 422.208(a) (withhold); contract, withhold",
    ),
    Leaf(
        "withhold_rate",
        "rate",
        "share of the payments that is withheld",
        "contract, withhold",
    ),
    Leaf(
        "withhold_held",
        "usd",
        "what the payer has held back in fact; none = exactly the agreed share",
        "contract, withhold",
        default=None,
    ),
    Leaf(
        "withhold_pool_deficit",
        "usd",
        "the entity's part of a risk pool's deficit, which the withheld money covers first",
        "contract, risk pool",
        default=Decimal(0),
    ),
    Leaf(
        "withhold_gate_met",
        "flag",
        "whether the conditions without which nothing is returned are met",
        "contract, gate of the withhold",
        default=True,
    ),
    Leaf(
        "withhold_gate",
        "rate",
        "quality score below which nothing is returned; none = no such gate",
        "contract, gate of the withhold",
        default=None,
    ),
    Leaf(
        "withhold_scale",
        "brackets",
        "share of the withheld money that is returned, by quality score; none = the score itself",
        "contract, return of the withhold",
        default=None,
    ),
    Leaf(
        "quality_score",
        "rate",
        "quality score as a share of 1",
        "contract, quality measurement",
        default=None,
    ),
    Leaf(
        "withhold_forfeited_by_all",
        "usd",
        "what all entities of the pool have forfeited and share again",
        "contract, pool of forfeited withholds",
        default=Decimal(0),
    ),
    Leaf(
        "withhold_share_of_forfeited",
        "rate",
        "the entity's share of the pool of forfeited withholds",
        "contract, pool of forfeited withholds",
        default=Decimal(0),
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "withhold_rate": wrong_share,
    "withhold_gate": wrong_share,
    "withhold_scale": wrong_shares,
    "withhold_share_of_forfeited": wrong_share,
}

RESULTS: Final = (
    "withhold_due",
    "withhold_excess",
    "withhold_for_deficit",
    "withhold_returnable",
    "withhold_earned_share",
    "withhold_earned_back",
    "withhold_forfeited",
    "withhold_from_pool",
    "withhold_amount_due",
)

PAYS: Final = "withhold_amount_due"

_WAY: Final = (
    "withhold_due",
    "less withhold_for_deficit",
    "withhold_returnable",
    "less withhold_forfeited",
    "withhold_earned_back",
    "withhold_amount_due",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="42 CFR 422.208(a) (withhold), 438.6(a) (withhold arrangement)")
def withhold_due(withhold_base: Decimal, withhold_rate: Decimal) -> Decimal:
    """The agreed share of the payments, to the cent."""
    require_not_negative(withhold_base=withhold_base)
    require(CHECKS, withhold_rate=withhold_rate)
    return cents(withhold_base * withhold_rate)


@rule(unit="usd", cite="contract, withhold")
def withhold_excess(withhold_due: Decimal, withhold_held: Decimal | None) -> Decimal:
    """Held back beyond the agreed share, which is returned at any rate; below zero too little."""
    if withhold_held is None:
        return Decimal(0)
    require_not_negative(withhold_held=withhold_held)
    return withhold_held - withhold_due


@rule(unit="usd", cite="contract, risk pool")
def withhold_for_deficit(withhold_due: Decimal, withhold_pool_deficit: Decimal) -> Decimal:
    """What the deficit of the pool takes of the withheld money: never more than there is."""
    require_not_negative(withhold_pool_deficit=withhold_pool_deficit)
    return min(cents(withhold_pool_deficit), withhold_due)


@rule(unit="usd", cite="contract, return of the withhold")
def withhold_returnable(withhold_due: Decimal, withhold_for_deficit: Decimal) -> Decimal:
    """Withheld money that quality can earn back."""
    return withhold_due - withhold_for_deficit


def wrong_gate(gate: Decimal | None, scale: Bands | None) -> str | None:
    """The bands of a scale that pay but lie wholly below the gate; None where there are none."""
    if gate is None or scale is None:
        return None
    below = (it for it in scale if it["to"] is not None and it["to"] <= gate)
    unreachable = [f"{it['to']:f}" for it in below if it[value_name(it)]]
    if not unreachable:
        return None
    return f"the band up to {', '.join(unreachable)} cannot be reached; the gate is {gate:f}"


@rule(unit="rate", cite="42 CFR 438.6(a) (withhold arrangement); contract, return of the withhold")
def withhold_earned_share(
    withhold_gate_met: bool,
    withhold_gate: Decimal | None,
    withhold_scale: Bands | None,
    quality_score: Decimal | None,
) -> Decimal | Unknown:
    """Share that is returned: none below the gate, else by the scale, or the score itself."""
    require(CHECKS, withhold_gate=withhold_gate, withhold_scale=withhold_scale)
    if wrong := wrong_gate(withhold_gate, withhold_scale):
        raise RefusedError(f"withhold_scale: {wrong}")
    if not withhold_gate_met:
        return Decimal(0)
    if quality_score is None:
        return Unknown("share earned back unknown: quality score missing")
    require_share(quality_score=quality_score)
    if withhold_gate is not None and quality_score < withhold_gate:
        return Decimal(0)
    return quality_score if withhold_scale is None else value_of(withhold_scale, quality_score)


@rule(unit="usd", cite="contract, return of the withhold")
def withhold_earned_back(withhold_returnable: Decimal, withhold_earned_share: Decimal) -> Decimal:
    """The part of the withheld money that quality has earned, to the cent."""
    return cents(withhold_returnable * withhold_earned_share)


@rule(unit="usd", cite="contract, return of the withhold")
def withhold_forfeited(withhold_returnable: Decimal, withhold_earned_back: Decimal) -> Decimal:
    """The rest, which the payer, or the pool of all entities, keeps."""
    return withhold_returnable - withhold_earned_back


@rule(unit="usd", cite="contract, pool of forfeited withholds")
def withhold_from_pool(
    withhold_forfeited_by_all: Decimal, withhold_share_of_forfeited: Decimal
) -> Decimal:
    """The entity's part of what all entities of the pool have forfeited, to the cent."""
    require_not_negative(withhold_forfeited_by_all=withhold_forfeited_by_all)
    require(CHECKS, withhold_share_of_forfeited=withhold_share_of_forfeited)
    return cents(withhold_forfeited_by_all * withhold_share_of_forfeited)


@rule(unit="usd", cite="contract, settlement of the withhold")
def withhold_amount_due(
    withhold_earned_back: Decimal, withhold_excess: Decimal, withhold_from_pool: Decimal
) -> Decimal:
    """What the payer returns, to the cent; below zero where it has held back too little."""
    return cents(withhold_earned_back + withhold_excess + withhold_from_pool)
