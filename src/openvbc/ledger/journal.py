"""The journal: entries of postings in whole cents that sum to zero, each known by its content.

An account is `party:purpose:contract:period[:component]`. A posting above zero is in favour of the
party: it is owed the amount, or holds it; below zero it owes or has given it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final, Literal

from openvbc.engine.store import digest

Kind = Literal[
    "settlement",
    "correction",
    "amendment",
    "payment",
    "interest",
    "set_off",
    "escrow",
    "dispute",
    "dispute_resolved",
    "reconsideration",
    "reopening",
]

SETTLEMENT: Final = "settlement"
PAYMENT: Final = "payment"
DISPUTED: Final = "disputed"
INTEREST: Final = "interest"
SET_OFF: Final = "set_off"
CASH: Final = "cash"
ESCROW: Final = "escrow"

OWED: Final = (SETTLEMENT, PAYMENT, DISPUTED, INTEREST, SET_OFF)
"""The purposes whose postings together are what is still open between two parties."""


class UnbalancedError(Exception):
    """Raised where the postings of an entry do not sum to zero, with what they sum to."""


@dataclass(frozen=True, order=True)
class Account:
    """Where cents are posted: whose, what for, and of which contract, period and component."""

    party: str
    purpose: str
    contract: str
    period: str
    component: str | None = None

    def __str__(self) -> str:
        parts = (self.party, self.purpose, self.contract, self.period, self.component)
        return ":".join(part for part in parts if part is not None)


@dataclass(frozen=True)
class Posting:
    """Whole cents on one account."""

    account: Account
    cents: int


@dataclass(frozen=True)
class Entry:
    """What happened on a day, in postings that sum to zero; without any it is a note.

    statement_id: the statement that it comes from or is about. refers_to: the id of the earlier
    entry that it corrects, amends or answers. event: its id in the event log, if it stands there.
    line: the statement line that it is about. Raises UnbalancedError when it is made otherwise.
    """

    day: date
    kind: Kind
    statement_id: str
    says: str
    postings: tuple[Posting, ...] = ()
    refers_to: str | None = None
    event: str | None = None
    line: str | None = None
    currency: str = field(default="USD")

    def __post_init__(self) -> None:
        if off := sum(it.cents for it in self.postings):
            raise UnbalancedError(f"{self.kind} of {self.day}: postings sum to {off} cents")

    @cached_property
    def id(self) -> str:
        """SHA-256 of all that it says."""
        return digest(self._content())

    def _content(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "kind": self.kind,
            "statement_id": self.statement_id,
            "refers_to": self.refers_to,
            "event": self.event,
            "line": self.line,
            "says": self.says,
            "currency": self.currency,
            "postings": [{"account": str(it.account), "cents": it.cents} for it in self.postings],
        }

    def to_json(self) -> dict[str, Any]:
        """The entry for other programs."""
        return {"id": self.id, **self._content()}


def both(
    one: Account, other_party: str, cents: int, purpose: str | None = None
) -> tuple[Posting, Posting]:
    """Cents in favour of an account, and as much against the same account of the other party.

    purpose: another than the account's own.
    """
    wanted = purpose or one.purpose
    mine = Account(one.party, wanted, one.contract, one.period, one.component)
    theirs = Account(other_party, wanted, one.contract, one.period, one.component)
    return Posting(mine, cents), Posting(theirs, -cents)


def balance(postings: Iterable[Posting]) -> dict[Account, int]:
    """The cents on each account, accounts in order; those that come to nothing are left out."""
    found: dict[Account, int] = {}
    for it in postings:
        found[it.account] = found.get(it.account, 0) + it.cents
    return {account: cents for account, cents in sorted(found.items(), key=_by_text) if cents}


def _by_text(item: tuple[Account, int]) -> str:
    return str(item[0])
