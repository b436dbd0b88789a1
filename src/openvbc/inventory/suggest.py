"""What completion factor a settlement could use: ultimate over paid, over its months and lags."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Final

from openvbc.contract.settlement import Settlement
from openvbc.inventory.completion import Factors, factors
from openvbc.inventory.expectation import Completion
from openvbc.inventory.measure import Measured
from openvbc.inventory.triangle import (
    ALL_MEDICAL,
    PHARMACY,
    Run,
    last_whole_month,
    months_between,
    triangles,
)
from openvbc.money import RULES_CONTEXT, round_half_up

PLACES: Final = 4
"""Decimal places of a suggested factor; programs publish three or four."""


@dataclass(frozen=True)
class Suggestion:
    """A factor for one period of a settlement: all medical claims of its line of business.

    factor is ultimate over paid, not rounded; None with a note where there is too little to tell.
    """

    settlement: str
    period: str
    as_of: date
    paid_through: date
    factor: Decimal | None
    note: str

    @property
    def completion_factor(self) -> Decimal | None:
        """Ultimate over paid, to four places: `completion_factor` of an MSSP settlement."""
        return None if self.factor is None else round_half_up(self.factor, PLACES)

    @property
    def paid_share(self) -> Decimal | None:
        """Paid over ultimate, to four places: what `expenditure_completion_factor` takes."""
        with localcontext(RULES_CONTEXT):
            return None if self.factor is None else round_half_up(1 / self.factor, PLACES)

    def to_json(self) -> Mapping[str, Any]:
        """The suggestion for other programs."""
        return {
            "settlement": self.settlement,
            "period": self.period,
            "as_of": self.as_of.isoformat(),
            "paid_through": self.paid_through.isoformat(),
            "completion_factor": _text(self.completion_factor),
            "paid_share": _text(self.paid_share),
            "note": self.note,
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def suggestions(
    settlements: Sequence[Settlement],
    measured: Measured,
    how: Completion,
    as_of: date,
) -> list[Suggestion]:
    """Suggestions for each period of each settlement that counts claims by population."""
    found: list[Suggestion] = []
    for settlement in settlements:
        if settlement.contract.shape.population is not None:
            found += _of_settlement(settlement, measured, how, as_of)
    return found


def _of_settlement(
    settlement: Settlement, measured: Measured, how: Completion, as_of: date
) -> Iterator[Suggestion]:
    known = min(as_of, settlement.shape.as_of)
    line = settlement.contract.shape.line_of_business
    found = [
        factors(it, how)
        for it in triangles(measured.moves, measured.moved, known)
        if it.run.line_of_business == line
    ]
    for period in settlement.contract_periods():
        days = (period["first_day"], period["last_day"])
        factor, note = ultimate_over_paid(found, *days, min(period["paid_through"], known))
        yield Suggestion(settlement.id, period["role"], known, period["paid_through"], factor, note)


def ultimate_over_paid(
    found: Sequence[Factors], first_day: date, last_day: date, paid_through: date
) -> tuple[Decimal | None, str]:
    """Ultimate over paid of the medical claims of some months, as paid by a day; and a note.

    Not rounded: dollars are taken from it. A claim type of a payer with too few claims
    for factors of its own takes the pooled ones.
    """
    valued = last_whole_month(paid_through)
    pooled = next((it for it in found if it.triangle.run.claim_type == ALL_MEDICAL), None)
    own = [it for it in found if it.triangle.run.claim_type not in (ALL_MEDICAL, PHARMACY)]
    paid, ultimate, thin = 0, Decimal(0), set[Run]()
    for it in own:
        for month, row in it.triangle.cents.items():
            lag = min(months_between(month, valued), len(row) - 1)
            if not (first_day <= month <= last_day) or lag < 0:
                continue
            factor = it.development(lag)
            if factor is None and pooled is not None:
                factor = pooled.development(lag)
                thin.add(it.triangle.run)
            if factor is None:
                return None, f"no factor for {lag} months of run-out: too little volume"
            with localcontext(RULES_CONTEXT):
                paid, ultimate = paid + row[lag], ultimate + row[lag] * factor
    if paid <= 0:
        return None, "no paid claims in these months"
    with localcontext(RULES_CONTEXT):
        return ultimate / paid, _note(thin)


def _note(thin: set[Run]) -> str:
    types = sorted({it.claim_type for it in thin})
    return f"pooled factors for {', '.join(types)}: too little volume" if types else ""
