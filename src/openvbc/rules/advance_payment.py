"""Advance payments: money paid before it is earned, and recouped from what is earned.

The order of a contract: the advances that stand, with interest where a rate is stated; how much of
the earned amounts may be used; the recoupment; the balance that is owed at the end, which falls due
at once where the agreement ends. The advances themselves were paid before and are facts; this
component only takes back. A stratum is an advance. Amounts are dollars in whole cents.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Axis, ByStratum, Leaf, rule
from openvbc.rules.scale import Check, require, wrong_factor, wrong_share
from openvbc.rules.split import cents

ADVANCE: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "advance_paid",
        "usd",
        "the advance as it was paid in the period, or as it was still owed at its start",
        "contract, advance payments",
        ADVANCE,
    ),
    Leaf(
        "advance_days",
        "count",
        "days of the period in which the advance stood",
        "contract, interest on advances",
        ADVANCE,
        default=Decimal(0),
    ),
    Leaf(
        "advance_interest_rate",
        "rate",
        "simple interest for a year; 0 is free of interest",
        "contract, interest on advances",
        default=Decimal(0),
    ),
    Leaf(
        "advance_interest_year",
        "count",
        "days that count as a year of interest",
        "contract, interest on advances",
        default=Decimal(365),
    ),
    Leaf(
        "advance_earned",
        "usd",
        "what the entity has earned under the contract before recoupment; below zero if it owes",
        "contract, recoupment of advances",
    ),
    Leaf(
        "advance_recoupment_share",
        "rate",
        "largest share of the earned amount that is recouped in the period",
        "contract, recoupment of advances",
        default=Decimal(1),
    ),
    Leaf(
        "advance_falls_due",
        "flag",
        "whether the balance is due now, because the agreement has ended",
        "contract, repayment at the end of the agreement",
        default=False,
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "advance_interest_rate": wrong_share,
    "advance_interest_year": wrong_factor,
    "advance_recoupment_share": wrong_share,
}

RESULTS: Final = (
    "advance_interest",
    "advance_owed_before",
    "advance_recoupable",
    "advance_recoupment",
    "advance_owed_after",
    "advance_demanded",
    "advance_amount_due",
)

PAYS: Final = "advance_amount_due"

_WAY: Final = (
    "advance_owed_before",
    "less advance_recoupment",
    "advance_owed_after",
    "advance_amount_due",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="contract, interest on advances", per=("stratum",))
def advance_interest(
    advance_paid: Decimal,
    advance_days: Decimal,
    advance_interest_rate: Decimal,
    advance_interest_year: Decimal,
) -> Decimal:
    """Simple interest for the days in which the advance stood, to the cent."""
    require_not_negative(advance_paid=advance_paid, advance_days=advance_days)
    require(
        CHECKS,
        advance_interest_rate=advance_interest_rate,
        advance_interest_year=advance_interest_year,
    )
    return cents(advance_paid * advance_interest_rate * advance_days / advance_interest_year)


@rule(unit="usd", cite="contract, advance payments")
def advance_owed_before(advance_paid: ByStratum, advance_interest: ByStratum) -> Decimal:
    """All advances with their interest, before recoupment."""
    return cents(sum((*advance_paid.values(), *advance_interest.values()), Decimal(0)))


@rule(unit="usd", cite="contract, recoupment of advances")
def advance_recoupable(advance_earned: Decimal, advance_recoupment_share: Decimal) -> Decimal:
    """The most that may be recouped: a share of what was earned, and nothing of a debt."""
    require(CHECKS, advance_recoupment_share=advance_recoupment_share)
    return cents(max(advance_earned, Decimal(0)) * advance_recoupment_share)


@rule(unit="usd", cite="contract, recoupment of advances")
def advance_recoupment(advance_owed_before: Decimal, advance_recoupable: Decimal) -> Decimal:
    """What is taken of the earned amount: no more than is owed, and no more than may be."""
    return min(advance_owed_before, advance_recoupable)


@rule(unit="usd", cite="contract, recoupment of advances")
def advance_owed_after(advance_owed_before: Decimal, advance_recoupment: Decimal) -> Decimal:
    """Balance of the advances at the end of the period."""
    return advance_owed_before - advance_recoupment


@rule(unit="usd", cite="contract, repayment at the end of the agreement")
def advance_demanded(advance_owed_after: Decimal, advance_falls_due: bool) -> Decimal:
    """The balance where it is due now; otherwise later earnings pay it."""
    return advance_owed_after if advance_falls_due else Decimal(0)


@rule(unit="usd", cite="contract, recoupment of advances")
def advance_amount_due(advance_recoupment: Decimal, advance_demanded: Decimal) -> Decimal:
    """What the entity pays back, below zero, out of its earnings and where it is demanded."""
    return cents(-advance_recoupment - advance_demanded)
