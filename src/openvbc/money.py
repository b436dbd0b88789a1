"""Money: whole cents in tables, exact `Decimal` dollars in rules, rounded once and on purpose."""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from typing import Final

CENTS_PER_DOLLAR: Final = Decimal(100)

RULES_CONTEXT: Final = Context(prec=34, rounding=ROUND_HALF_UP)
"""The arithmetic of all rules: 34 significant digits (IEEE 754 decimal128), half up."""


def dollars(cents: int) -> Decimal:
    """Dollars of a whole number of cents, exact."""
    with localcontext(RULES_CONTEXT):
        return Decimal(cents) / CENTS_PER_DOLLAR


def cents_text(cents: int) -> str:
    """Cents as people read dollars: $1,080.00, and -$0.50 below zero."""
    return f"{'-' if cents < 0 else ''}${dollars(abs(cents)):,.2f}"


def round_half_up(value: Decimal, places: int = 0) -> Decimal:
    """Round half away from zero to a number of decimal places.

    CMS publishes settlements in whole dollars and says only that final amounts are rounded;
    half up reproduces every published row (docs/replication.md).
    """
    with localcontext(RULES_CONTEXT):
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def to_cents(amount: Decimal) -> int:
    """Whole cents of a dollar amount, half away from zero."""
    with localcontext(RULES_CONTEXT):
        return int(round_half_up(amount, 2) * CENTS_PER_DOLLAR)


def parse_decimal(text: str) -> Decimal | None:
    """A finite decimal from plain text, or None where the text is not one."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def decimal_text(value: Decimal) -> str:
    """A decimal as plain digits, without an exponent and without zeros that say nothing."""
    return format(value.normalize(RULES_CONTEXT), "f") if value else "0"
