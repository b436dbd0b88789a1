"""The book: every entry of statements and events so far, and what is asked of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from openvbc.contract.payment_terms import Interest
from openvbc.ledger.journal import (
    DISPUTED,
    ESCROW,
    INTEREST,
    OWED,
    PAYMENT,
    SET_OFF,
    SETTLEMENT,
    Entry,
    Posting,
)
from openvbc.ledger.kept import Kept
from openvbc.ledger.overdue import Dated, Debt, Obligation
from openvbc.ledger.post import Posted

FROM_STATEMENTS: Final = ("settlement", "correction", "amendment")
"""The kinds of entry that statements make; the others come from events."""


@dataclass(frozen=True)
class Dispute:
    """A disputed line: who disputes it since when, and the entity's cents that are held back.

    resolved: the day it was resolved; None where it is open. entry: the id of its latest entry.
    """

    id: str
    statement: Kept
    line: str
    by: str
    since: date
    says: str
    entry: str
    component: str | None = None
    cents: int = 0
    resolved: date | None = None


@dataclass
class Book:
    """The entries so far, and what the next event is checked against.

    chains: settlement → its statements in order. posted: statement_id → the statement with its
    entry. sent_on: the day a statement was sent, where an event says so. notes: what does not stop
    anything, but should be known.
    """

    chains: Mapping[str, Sequence[Kept]] = field(default_factory=dict)
    drafts: Sequence[Kept] = ()
    sent_on: Mapping[str, date] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    posted: dict[str, Posted] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def statement_day(self, statement: Kept) -> date:
        """The day a statement was sent: as an event says, else the day it speaks of."""
        return self.sent_on.get(statement.id, statement.as_of)

    def due_on(self, statement: Kept) -> date | None:
        """The day its amount is due; None where the contract has no such term."""
        days = statement.terms.due_days
        return None if days is None else self.statement_day(statement) + timedelta(days=days)

    def parties(self) -> list[str]:
        """Everyone who has an account."""
        return sorted({it.account.party for entry in self.entries for it in entry.postings})

    def postings(
        self, party: str, contract: str | None = None, period: str | None = None
    ) -> list[tuple[Entry, Posting]]:
        """A party's postings with their entries, of one contract and period or of all."""
        return [
            (entry, it)
            for entry in self.entries
            for it in entry.postings
            if it.account.party == party
            if contract in {None, it.account.contract} and period in {None, it.account.period}
        ]

    def cents(
        self,
        party: str,
        purposes: Sequence[str] = OWED,
        contract: str | None = None,
        period: str | None = None,
    ) -> int:
        """What stands on the accounts of a party with these purposes."""
        own = self.postings(party, contract, period)
        return sum(it.cents for _, it in own if it.account.purpose in purposes)

    def open_of(self, statement: Kept) -> int:
        """What is open for the entity under a statement's contract and period, undisputed."""
        purposes = (SETTLEMENT, PAYMENT, SET_OFF)
        return self.cents(statement.entity, purposes, statement.contract, statement.period)

    def settled_of(self, statement: Kept, component: str) -> int:
        """What is settled for the entity under one component and not held back in a dispute."""
        account = statement.account(statement.entity, SETTLEMENT, component)
        own = self.postings(statement.entity, statement.contract, statement.period)
        return sum(it.cents for _, it in own if it.account == account)

    def security(self, party: str, contract: str, period: str) -> int:
        """What a party has given as security."""
        return self.cents(party, (ESCROW,), contract, period)

    def charged(self, party: str, contract: str, period: str) -> int:
        """Interest that was charged: above zero in favour of the party."""
        return self.cents(party, (INTEREST,), contract, period)

    def disputed(self, party: str, contract: str, period: str) -> int:
        """What is held back in disputes: above zero in favour of the party."""
        return self.cents(party, (DISPUTED,), contract, period)

    def obligation(self, party: str, contract: str, period: str) -> Obligation:
        """What a party is owed, holds back and has been paid under one contract and period."""
        debts: list[Debt] = []
        moves: dict[str, list[Dated]] = {"held": [], "paid": []}
        for entry, posting in self.postings(party, contract, period):
            purpose = posting.account.purpose
            if purpose == SETTLEMENT and entry.kind in FROM_STATEMENTS:
                due = self.due_on(self.posted[entry.statement_id].statement)
                debts.append(Debt(entry.day, due, posting.cents))
            elif purpose == SETTLEMENT:
                moves["held"].append(Dated(entry.day, posting.cents))
            elif purpose in {PAYMENT, SET_OFF}:
                moves["paid"].append(Dated(entry.day, -posting.cents))
        return Obligation(debts, moves["paid"], moves["held"], self._interest(contract, period))

    def _interest(self, contract: str, period: str) -> list[tuple[date, Interest | None]]:
        return [
            (it.entry.day, it.statement.terms.interest)
            for it in self.posted.values()
            if (it.statement.contract, it.statement.period) == (contract, period)
        ]
