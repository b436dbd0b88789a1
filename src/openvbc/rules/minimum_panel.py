"""Minimum panel: with too few members another component's payment is scaled down, or is nothing.

The results of a small panel are mostly chance. Where a panel is below the agreed minimum, what
another component pays, or collects, counts only in part: in proportion to the panel, or not at all.
This component pays the difference to the whole, so that both together are the part. Amounts are
dollars in whole cents.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount
from openvbc.rules.split import cents

LEAVES: Final = (
    Leaf(
        "panel_members",
        "persons",
        "members of the panel, as the contract counts them",
        "contract, minimum panel",
    ),
    Leaf(
        "panel_minimum",
        "persons",
        "members from which the payment counts in full",
        "contract, minimum panel",
    ),
    Leaf(
        "panel_floor",
        "persons",
        "members below which nothing counts; none = the minimum, so that nothing is scaled",
        "contract, minimum panel",
        default=None,
    ),
    Leaf(
        "panel_payment",
        "usd",
        "what the other component pays the entity; below zero where it collects",
        "contract, minimum panel",
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "panel_minimum": wrong_amount,
    "panel_floor": wrong_amount,
}

RESULTS: Final = ("panel_factor", "panel_counted_payment", "panel_amount_due")

PAYS: Final = "panel_amount_due"

_WAY: Final = ("panel_payment", "panel_counted_payment", "panel_amount_due")

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


def wrong_floor(floor: Decimal | None, minimum: Decimal) -> str | None:
    """Why the floor and the minimum contradict each other; None where they do not."""
    if floor is None or floor <= minimum:
        return None
    return f"panel_floor {floor:f} is above panel_minimum {minimum:f}"


@rule(unit="rate", cite="contract, minimum panel")
def panel_factor(
    panel_members: Decimal, panel_minimum: Decimal, panel_floor: Decimal | None
) -> Decimal:
    """Part of the payment that counts: all from the minimum on, nothing below the floor."""
    require_not_negative(panel_members=panel_members)
    require(CHECKS, panel_minimum=panel_minimum, panel_floor=panel_floor)
    if wrong := wrong_floor(panel_floor, panel_minimum):
        raise RefusedError(wrong)
    if panel_members >= panel_minimum:
        return Decimal(1)
    nothing = panel_floor is None or panel_members < panel_floor
    return Decimal(0) if nothing else panel_members / panel_minimum


@rule(unit="usd", cite="contract, minimum panel")
def panel_counted_payment(panel_payment: Decimal, panel_factor: Decimal) -> Decimal:
    """The part of the payment that counts, to the cent."""
    return cents(panel_payment * panel_factor)


@rule(unit="usd", cite="contract, minimum panel")
def panel_amount_due(panel_counted_payment: Decimal, panel_payment: Decimal) -> Decimal:
    """What comes off the other component's payment, or is forgiven of what it collects."""
    return cents(panel_counted_payment - panel_payment)
