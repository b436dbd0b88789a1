"""What is due and overdue on a day, and the interest that has run on it.

Seen from one party, over one contract and period. An amount that a statement settles is due
`due_days` after the day the statement was sent; a later one may take back what was not due yet.
Interest is simple, runs from the due day on what is overdue, and neither on interest nor on what is
held back in a dispute.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Final

from openvbc.contract.payment_terms import DayCount, Interest
from openvbc.money import RULES_CONTEXT, dollars, to_cents

DAYS: Final = {"actual/365": 365, "actual/360": 360, "30/360": 360}
"""The days of a year by day count."""


@dataclass(frozen=True)
class Debt:
    """What one entry settles, in favour of the party; due: None where the contract has no term."""

    posted: date
    due: date | None
    cents: int


@dataclass(frozen=True)
class Dated:
    """Cents in favour of the party on a day."""

    day: date
    cents: int


@dataclass(frozen=True)
class Obligation:
    """A party's claims and payments under one contract and period.

    paid: what it received (above zero) or paid. held: what a dispute holds back, and gives free.
    interest: the terms from each statement's day on.
    """

    debts: Sequence[Debt]
    paid: Sequence[Dated]
    held: Sequence[Dated] = ()
    interest: Sequence[tuple[date, Interest | None]] = ()

    def overdue(self, day: date) -> int:
        """Cents that are overdue from the end of a day: above zero owed to the party."""
        held = sum(it.cents for it in self.held if it.day <= day)
        settled = held + sum(it.cents for it in self.debts if it.posted <= day)
        due = held + sum(it.cents for it in self.debts if it.due is not None and it.due <= day)
        paid = sum(it.cents for it in self.paid if it.day <= day)
        return max(0, min(due, settled) - paid) - max(0, paid - max(due, settled))

    def _moments(self, until: date) -> list[date]:
        """The days on which something changes, and the last day."""
        days = {it.posted for it in self.debts} | {it.due for it in self.debts if it.due}
        days |= {it.day for it in (*self.paid, *self.held)} | {it for it, _ in self.interest}
        return sorted({it for it in days if it < until} | {until})

    def since(self, day: date) -> date | None:
        """The day from which something has been overdue without a break; None where nothing is."""
        found: date | None = None
        side = 0
        for moment in self._moments(day)[:-1]:
            cents = self.overdue(moment)
            if side * cents <= 0:
                found = moment if cents else None
            side = cents
        return found if self.overdue(day) else None

    def accrued(self, day: date) -> int:
        """Interest in cents up to a day: above zero owed to the party, rounded once, half up."""
        with localcontext(RULES_CONTEXT):
            return to_cents(sum(self._interest(day), Decimal(0)))

    def _interest(self, until: date) -> Iterator[Decimal]:
        for first, last in pairwise(self._moments(until)):
            terms = [it for day, it in self.interest if day <= first]
            if terms and terms[-1] is not None:
                cents = self.overdue(first)
                yield dollars(cents) * terms[-1].rate * year_part(first, last, terms[-1].day_count)


def year_part(first: date, last: date, count: DayCount) -> Decimal:
    """The part of a year from one day to another.

    30/360 is the bond basis: every month has thirty days, a 31st counts as a 30th.
    """
    if count != "30/360":
        return Decimal((last - first).days) / DAYS[count]
    begin = min(first.day, 30)
    end = min(last.day, 30) if begin == 30 else last.day  # noqa: PLR2004 - thirty days a month
    months = (last.year - first.year) * 12 + last.month - first.month
    return Decimal(months * 30 + end - begin) / DAYS[count]
