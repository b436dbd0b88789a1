"""What programs make of a raw score: normalization, coding intensity, blend, renormalization, caps.

Plain arithmetic in Decimal; rounding is the programs' own and said where it happens.
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


def renormalized_score(score: Decimal, reference_mean: Decimal) -> Decimal:
    """A score against the mean of a program's own reference population.

    Accountable-care programs divide by the mean of theirs, not by Medicare Advantage's
    normalization (42 CFR 425.652(a)(2), 425.605(a)(1)).
    """
    return score / reference_mean


def capped_growth(score: Decimal, reference: Decimal, up: Decimal, down: Decimal | None) -> Decimal:
    """A score whose change from the reference year is held between −down and +up.

    MSSP holds growth at up = 3 % and has no floor (down is None; 42 CFR 425.605(a)(1)(ii)); ACO
    REACH holds both ways at 3 % (participation agreement, appendix B).
    """
    held = min(score, reference * (1 + up))
    return held if down is None else max(held, reference * (1 - down))


def coding_intensity_factored(score: Decimal, factor: Decimal) -> Decimal:
    """ACO REACH: after the cap, times the coding intensity factor of all entities of the model."""
    return score * factor
