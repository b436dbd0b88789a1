"""Deficits carried forward: earlier deficits come off a gain, with a limit and an expiry.

The order of a contract: the deficits that are still open and those that have expired; how much of
this year's gain may be used; the offset, oldest deficit first; this year's own deficit, as far as
it is carried instead of paid; the balances that are kept. The gain or deficit itself comes from
another component. Where that component settles it too, what it settles is stated, and this one
pays only the difference. A stratum is the year in which a deficit arose. Amounts are dollars in
whole cents.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_share
from openvbc.rules.split import cents

ORIGIN: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "carry_forward_result",
        "usd",
        "the entity's gain of the year, or its deficit (below zero), before anything is carried",
        "contract, carry-forward of deficits",
    ),
    Leaf(
        "carry_forward_settled_elsewhere",
        "usd",
        "what another component of the contract settles of this result",
        "contract, carry-forward of deficits",
        default=Decimal(0),
    ),
    Leaf(
        "deficit_balance",
        "usd",
        "deficit of the year of origin that is still open at the start of the year",
        "contract, balances of deficits",
        ORIGIN,
    ),
    Leaf(
        "deficit_age",
        "count",
        "years since the deficit arose: 1 for a deficit of the year before",
        "contract, balances of deficits",
        ORIGIN,
    ),
    Leaf(
        "deficit_expiry",
        "count",
        "years in which a deficit may be offset after it arose; none = it never expires",
        "contract, expiry of deficits",
        default=None,
    ),
    Leaf(
        "deficit_offset_share",
        "rate",
        "largest share of a year's gain that is offset",
        "contract, limit of the offset",
        default=Decimal(1),
    ),
    Leaf(
        "deficit_offset_limit",
        "usd",
        "largest offset of a year in dollars; none = no such limit",
        "contract, limit of the offset",
        default=None,
    ),
    Leaf(
        "deficit_carried_share",
        "rate",
        "share of a year's deficit that is carried forward; the entity pays the rest",
        "contract, carry-forward of deficits",
        default=Decimal(1),
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "deficit_expiry": wrong_amount,
    "deficit_offset_share": wrong_share,
    "deficit_offset_limit": wrong_amount,
    "deficit_carried_share": wrong_share,
}

RESULTS: Final = (
    "deficit_expired",
    "deficit_open",
    "deficit_offset",
    "deficit_kept",
    "carry_forward_limit",
    "carry_forward_offset",
    "carry_forward_new_deficit",
    "carry_forward_balance",
    "carry_forward_settled",
    "carry_forward_amount_due",
)

PAYS: Final = "carry_forward_amount_due"

_WAY: Final = (
    "carry_forward_result",
    "less carry_forward_offset",
    "carry_forward_settled",
    "less carry_forward_settled_elsewhere",
    "carry_forward_amount_due",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="count", cite="contract, oldest deficit first", per=("stratum",))
def deficit_years(deficit_age: Decimal) -> Decimal:
    """Age of the deficit, by which the deficits are put in order."""
    if deficit_age < 1:
        raise RefusedError(f"deficit_age is {deficit_age:f}; expected 1 or more years")
    return deficit_age


@rule(unit="usd", cite="contract, expiry of deficits", per=("stratum",))
def deficit_expired(
    deficit_balance: Decimal, deficit_years: Decimal, deficit_expiry: Decimal | None
) -> Decimal:
    """The open deficit where its years are over, and it is offset no more."""
    require_not_negative(deficit_balance=deficit_balance)
    require(CHECKS, deficit_expiry=deficit_expiry)
    over = deficit_expiry is not None and deficit_years > deficit_expiry
    return deficit_balance if over else Decimal(0)


@rule(unit="usd", cite="contract, balances of deficits", per=("stratum",))
def deficit_open(deficit_balance: Decimal, deficit_expired: Decimal) -> Decimal:
    """The deficit that this year's gain may be used for."""
    return deficit_balance - deficit_expired


@rule(unit="usd", cite="contract, limit of the offset")
def carry_forward_limit(
    carry_forward_result: Decimal,
    deficit_offset_share: Decimal,
    deficit_offset_limit: Decimal | None,
) -> Decimal:
    """The most that is offset this year: never more than the gain, and nothing without one."""
    require(
        CHECKS,
        deficit_offset_share=deficit_offset_share,
        deficit_offset_limit=deficit_offset_limit,
    )
    gain = max(cents(carry_forward_result), Decimal(0))
    share = cents(gain * deficit_offset_share)
    return share if deficit_offset_limit is None else min(share, cents(deficit_offset_limit))


@rule(unit="usd", cite="contract, oldest deficit first", per=("stratum",))
def deficit_older(
    deficit_age: Decimal, deficit_years: ByStratum, deficit_open: ByStratum
) -> Decimal:
    """Open deficits that are older, and come first."""
    if len(set(deficit_years.values())) < len(deficit_years):
        raise RefusedError("two deficits have the same age; expected one for each year of origin")
    older = (deficit_open[year] for year, age in deficit_years.items() if age > deficit_age)
    return sum(older, Decimal(0))


@rule(unit="usd", cite="contract, oldest deficit first", per=("stratum",))
def deficit_offset(
    deficit_open: Decimal, deficit_older: Decimal, carry_forward_limit: Decimal
) -> Decimal:
    """What of the gain is used for this deficit, after all older ones."""
    return min(deficit_open, max(carry_forward_limit - deficit_older, Decimal(0)))


@rule(unit="usd", cite="contract, balances of deficits", per=("stratum",))
def deficit_kept(deficit_open: Decimal, deficit_offset: Decimal) -> Decimal:
    """The deficit that is still open at the end of the year."""
    return deficit_open - deficit_offset


@rule(unit="usd", cite="contract, limit of the offset")
def carry_forward_offset(deficit_offset: ByStratum) -> Decimal:
    """All earlier deficits that this year's gain pays for."""
    return sum(deficit_offset.values(), Decimal(0))


@rule(unit="usd", cite="contract, carry-forward of deficits")
def carry_forward_new_deficit(
    carry_forward_result: Decimal, deficit_carried_share: Decimal
) -> Decimal:
    """This year's deficit as far as it is carried forward, to the cent."""
    require(CHECKS, deficit_carried_share=deficit_carried_share)
    return cents(max(-cents(carry_forward_result), Decimal(0)) * deficit_carried_share)


@rule(unit="usd", cite="contract, balances of deficits")
def carry_forward_balance(deficit_kept: ByStratum, carry_forward_new_deficit: Decimal) -> Decimal:
    """Deficits that later years start with."""
    return sum(deficit_kept.values(), carry_forward_new_deficit)


@rule(unit="usd", cite="contract, carry-forward of deficits")
def carry_forward_settled(
    carry_forward_result: Decimal,
    carry_forward_offset: Decimal,
    carry_forward_new_deficit: Decimal,
) -> Decimal:
    """The year's result after the offset, or the part of a deficit that is paid (below zero)."""
    return cents(carry_forward_result) - carry_forward_offset + carry_forward_new_deficit


@rule(unit="usd", cite="contract, carry-forward of deficits")
def carry_forward_amount_due(
    carry_forward_settled: Decimal, carry_forward_settled_elsewhere: Decimal
) -> Decimal:
    """What is settled here: the result after carry-forward, less what is settled elsewhere."""
    return cents(carry_forward_settled - carry_forward_settled_elsewhere)
