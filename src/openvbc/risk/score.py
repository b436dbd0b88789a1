"""What Medicare Advantage makes of a raw score: normalization, coding intensity, blend of models.

Plain arithmetic in Decimal; rounding is the program's own and said where it happens. What an
accountable-care program makes of a mean score stands with its rules (rules/risk_score.py).
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

THOUSANDTH: Final = Decimal("0.001")


def payment_score(raw: Decimal, normalization: Decimal, coding_intensity: Decimal) -> Decimal:
    """A Medicare Advantage score: raw ÷ normalization, then × what coding intensity leaves.

    coding_intensity is 1 less the adjustment (0.941 for 5.9 %). Each step is rounded to three
    decimals (CMS, Rate Announcements, section on calculating risk scores).
    """
    normalized = _thousandth(raw / normalization)
    return _thousandth(normalized * coding_intensity)


def _thousandth(value: Decimal) -> Decimal:
    return value.quantize(THOUSANDTH, ROUND_HALF_UP)


def blended_score(parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """Shares of models times their scores, summed: 67 % V24 and 33 % V28 in payment year 2024.

    Raises ValueError where the shares are not one.
    """
    if sum((share for share, _ in parts), Decimal(0)) != 1:
        raise ValueError(f"the shares of a blend must sum to 1, found {[str(s) for s, _ in parts]}")
    return sum((_thousandth(share * score) for share, score in parts), Decimal(0))
