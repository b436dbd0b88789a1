"""Checks of facts that rules of several programs share.

A count below 0, or a percentage where a share of 1 belongs, is a slip of the pen; a rule that went
on with it would pay or charge for it.
"""

from decimal import Decimal

from openvbc.rules.rule import RefusedError


def require_not_negative(**found: Decimal) -> None:
    """Raise RefusedError with every amount or count, by its name, that is below 0."""
    wrong = [f"{name} is {value:f}" for name, value in found.items() if value < 0]
    if wrong:
        raise RefusedError(f"{', '.join(wrong)}; expected 0 or more")


def require_share(**found: Decimal) -> None:
    """Raise RefusedError with every rate, by its name, that is not a share of 1."""
    wrong = [f"{name} is {value:f}" for name, value in found.items() if not 0 <= value <= 1]
    if wrong:
        raise RefusedError(f"{', '.join(wrong)}; expected a share from 0 to 1")
