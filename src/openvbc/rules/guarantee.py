"""Guarantees: a part of the fee is given back where a promise was not kept.

The order of a contract: what was promised and what was delivered; how far it falls short; the
credit, which is the share of the fee that stands at risk for this promise, as far as it falls
short; the limit of all credits. A credit is an amount that the entity gives back; keeping more than
was promised earns nothing. A stratum is a guarantee. Amounts are dollars in whole cents.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, Unknown, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_share
from openvbc.rules.split import cents

GUARANTEE: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "fee_at_risk",
        "usd",
        "the fee that the guarantees stand for; component direct_primary_care computes it",
        "contract, fees at risk",
    ),
    Leaf(
        "guarantee_promised",
        "score",
        "the value that is promised: a rate, a count or dollars of savings; none = no promise",
        "contract, guarantees",
        GUARANTEE,
        default=None,
    ),
    Leaf(
        "guarantee_delivered",
        "score",
        "the value that was reached",
        "contract, guarantees",
        GUARANTEE,
        default=None,
    ),
    Leaf(
        "guarantee_lower_is_better",
        "flag",
        "whether the promise is kept by a value that is not above it",
        "contract, guarantees",
        GUARANTEE,
        default=False,
    ),
    Leaf(
        "guarantee_share_at_risk",
        "rate",
        "share of the fee that stands for this guarantee",
        "contract, fees at risk",
        GUARANTEE,
        default=Decimal(0),
    ),
    Leaf(
        "guarantee_full_shortfall",
        "rate",
        "shortfall, as a share of the promise, that costs the whole share; 0 = any shortfall does",
        "contract, credit for a shortfall",
        GUARANTEE,
        default=Decimal(1),
    ),
    Leaf(
        "guarantee_dollars_per_unit",
        "usd",
        "credit for each unit of shortfall (1 for savings dollar for dollar), in place of a share "
        "of the fee by shortfall; none = by shortfall",
        "contract, credit for a shortfall",
        GUARANTEE,
        default=None,
    ),
    Leaf(
        "guarantee_limit",
        "rate",
        "largest credit of all guarantees as a share of the fee",
        "contract, limit of the credits",
        default=Decimal(1),
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "guarantee_share_at_risk": wrong_share,
    "guarantee_full_shortfall": wrong_share,
    "guarantee_dollars_per_unit": wrong_amount,
    "guarantee_limit": wrong_share,
}

RESULTS: Final = (
    "guarantee_kept",
    "guarantee_shortfall_rate",
    "guarantee_credit",
    "guarantee_credits",
    "guarantee_credits_limited",
    "guarantee_amount_due",
)

PAYS: Final = "guarantee_amount_due"

_WAY: Final = ("guarantee_credits", "guarantee_credits_limited", "guarantee_amount_due")

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="score", cite="contract, guarantees", per=("stratum",))
def guarantee_shortfall(
    guarantee_promised: Decimal | None,
    guarantee_delivered: Decimal | None,
    guarantee_lower_is_better: bool,
) -> Decimal | Unknown:
    """By how much the value misses the promise; 0 where it is kept, or nothing was promised."""
    if guarantee_promised is None:
        return Decimal(0)
    if guarantee_delivered is None:
        return Unknown("credit unknown: delivered value missing")
    missed = guarantee_promised - guarantee_delivered
    return max(-missed if guarantee_lower_is_better else missed, Decimal(0))


@rule(unit="flag", cite="contract, guarantees", per=("stratum",))
def guarantee_kept(guarantee_shortfall: Decimal, guarantee_promised: Decimal | None) -> bool | None:
    """Whether the promise was kept; none where there is no promise."""
    return None if guarantee_promised is None else guarantee_shortfall == 0


@rule(unit="rate", cite="contract, credit for a shortfall", per=("stratum",))
def guarantee_shortfall_rate(
    guarantee_shortfall: Decimal, guarantee_promised: Decimal | None
) -> Decimal:
    """Shortfall as a share of the promise."""
    if guarantee_promised is not None and guarantee_promised <= 0:
        raise RefusedError(f"guarantee_promised is {guarantee_promised:f}; expected more than 0")
    return Decimal(0) if guarantee_promised is None else guarantee_shortfall / guarantee_promised


@rule(unit="usd", cite="contract, fees at risk", per=("stratum",))
def guarantee_fee_share(fee_at_risk: Decimal, guarantee_share_at_risk: Decimal) -> Decimal:
    """Dollars of the fee that stand for this guarantee, to the cent: its largest credit."""
    require_not_negative(fee_at_risk=fee_at_risk)
    require(CHECKS, guarantee_share_at_risk=guarantee_share_at_risk)
    return cents(fee_at_risk * guarantee_share_at_risk)


def credited_share(shortfall_rate: Decimal, full_shortfall: Decimal) -> Decimal:
    """Share of a guarantee's dollars that a shortfall costs: in proportion, at most all."""
    if shortfall_rate == 0:
        return Decimal(0)
    return Decimal(1) if shortfall_rate >= full_shortfall else shortfall_rate / full_shortfall


@rule(unit="usd", cite="contract, credit for a shortfall", per=("stratum",))
def guarantee_credit(
    guarantee_fee_share: Decimal,
    guarantee_shortfall: Decimal,
    guarantee_shortfall_rate: Decimal,
    guarantee_full_shortfall: Decimal,
    guarantee_dollars_per_unit: Decimal | None,
) -> Decimal:
    """Credit of the guarantee: by its shortfall or dollar by dollar, at most its share."""
    require(
        CHECKS,
        guarantee_full_shortfall=guarantee_full_shortfall,
        guarantee_dollars_per_unit=guarantee_dollars_per_unit,
    )
    if guarantee_dollars_per_unit is not None:
        return min(cents(guarantee_shortfall * guarantee_dollars_per_unit), guarantee_fee_share)
    return cents(
        guarantee_fee_share * credited_share(guarantee_shortfall_rate, guarantee_full_shortfall)
    )


@rule(unit="usd", cite="contract, credit for a shortfall")
def guarantee_credits(guarantee_credit: ByStratum) -> Decimal:
    """Credits of all guarantees."""
    return sum(guarantee_credit.values(), Decimal(0))


@rule(unit="usd", cite="contract, limit of the credits")
def guarantee_credits_limited(
    guarantee_credits: Decimal, fee_at_risk: Decimal, guarantee_limit: Decimal
) -> Decimal:
    """Credits, at most the agreed share of the fee, to the cent."""
    require(CHECKS, guarantee_limit=guarantee_limit)
    return min(guarantee_credits, cents(fee_at_risk * guarantee_limit))


@rule(unit="usd", cite="contract, settlement of the guarantees")
def guarantee_amount_due(guarantee_credits_limited: Decimal) -> Decimal:
    """What the entity gives back of the fee, below zero, to the cent."""
    return cents(-guarantee_credits_limited)
