"""How a surplus or a deficit is split between the two sides of a contract, to the cent."""

from decimal import Decimal

from openvbc.money import round_half_up


def cents(amount: Decimal) -> Decimal:
    """Dollars in whole cents, half up."""
    return round_half_up(amount, 2)


def entity_part(
    result: Decimal, share_of_surplus: Decimal, share_of_deficit: Decimal | None
) -> Decimal:
    """The entity's part of a result, below zero where it bears a deficit, to the cent.

    A deficit is shared like a surplus where no other share was agreed.
    """
    same = share_of_deficit is None or result >= 0
    return cents(result * (share_of_surplus if same else share_of_deficit or Decimal(0)))
