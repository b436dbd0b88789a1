"""The statement of account of a party: what was open, what came, what is open, and what is due."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from openvbc.errors import InputError, Problem, near
from openvbc.ledger.book import Book, Dispute
from openvbc.ledger.journal import OWED, Entry, Posting
from openvbc.ledger.kept import Kept
from openvbc.money import dollars, to_cents

NOTES: Final = ("escrow", "dispute", "dispute_resolved", "reconsideration", "reopening")
"""Entries that both parties see although they move nothing that is owed."""

Move = tuple[Entry, Posting | None]
"""An entry with one of its postings, or a note without."""


@dataclass(frozen=True)
class Row:
    """One posting as its party sees it, or a note.

    cents: what it changes in the party's favour. balance: what is open after it. disputed: its
    line or its component is in an open dispute.
    """

    day: date
    kind: str
    contract: str
    period: str
    component: str | None
    purpose: str | None
    cents: int
    balance: int
    says: str
    entry: str
    statement_id: str
    refers_to: str | None
    line: str | None
    disputed: bool


@dataclass(frozen=True)
class Due:
    """What is open under one contract and period, above zero owed to the party.

    coming: the days and amounts that are not due yet. overdue_cents since a day, for so many days:
    what should have been paid. interest_cents: interest that has run and is not charged.
    disputed_cents: what is held back. security_cents: what the party has given as security, and
    required_cents what the contract asks of it.
    """

    contract: str
    period: str
    open_cents: int
    coming: tuple[tuple[date, int], ...]
    overdue_cents: int
    since: date | None
    overdue_days: int
    interest_cents: int
    disputed_cents: int
    security_cents: int
    required_cents: int


@dataclass(frozen=True)
class StatementOfAccount:
    """What a party is owed (above zero) or owes (below zero), with all that led to it.

    closing = opening + the cents of the rows; it is the sum of the postings on what it is owed.
    """

    party: str
    currency: str
    since: date | None
    as_of: date
    opening: int
    rows: tuple[Row, ...]
    closing: int
    due: tuple[Due, ...]
    disputes: tuple[Dispute, ...]

    def to_json(self) -> dict[str, Any]:
        """The account for other programs; amounts in whole cents."""
        return {
            "party": self.party,
            "currency": self.currency,
            "since": self.since,
            "as_of": self.as_of,
            "opening_cents": self.opening,
            "rows": [asdict(it) for it in self.rows],
            "closing_cents": self.closing,
            "due": [asdict(it) for it in self.due],
            "disputes": [_dispute(it) for it in self.disputes],
        }


def _dispute(it: Dispute) -> dict[str, Any]:
    return {
        "id": it.id,
        "statement_id": it.statement.id,
        "line": it.line,
        "by": it.by,
        "since": it.since,
        "says": it.says,
        "held_cents": abs(it.cents),
    }


def account(
    book: Book, party: str, as_of: date, since: date | None = None, currency: str = "USD"
) -> StatementOfAccount:
    """The account of a party on a day, with the entries from `since` on (None: from the first).

    book: kept up to as_of. Raises InputError where the party has no account.
    """
    if party not in book.parties():
        raise InputError(Problem(party, f"has no account{near(party, book.parties())}"))
    moves = [it for it in _moves(book, party) if it[0].currency == currency]
    opening = sum(it.cents for entry, it in moves if it and since and entry.day < since)
    disputes = _open_disputes(book, party)
    shown = [it for it in moves if since is None or it[0].day >= since]
    rows = tuple(_rows(book, shown, opening, disputes))
    closing = rows[-1].balance if rows else opening
    due = tuple(_due(book, party, as_of, place) for place in _places(book, moves))
    return StatementOfAccount(party, currency, since, as_of, opening, rows, closing, due, disputes)


def accounts(
    book: Book, as_of: date, party: str | None = None, since: date | None = None
) -> list[StatementOfAccount]:
    """The accounts of one party or of all, one for each currency they have."""
    parties = book.parties() if party is None else [party]
    found = sorted({entry.currency for entry in book.entries}) or ["USD"]
    every = [account(book, it, as_of, since, currency) for it in parties for currency in found]
    return [it for it in every if it.rows or it.opening or it.due]


def _moves(book: Book, party: str) -> Iterator[Move]:
    """The postings on what is owed to a party, and the notes of its contracts."""
    for entry in book.entries:
        own = [
            it for it in entry.postings if it.account.party == party and it.account.purpose in OWED
        ]
        yield from ((entry, it) for it in own)
        statement = book.posted[entry.statement_id].statement
        if not own and entry.kind in NOTES and party in {statement.payer, statement.entity}:
            yield entry, None


def _open_disputes(book: Book, party: str) -> tuple[Dispute, ...]:
    found = (it for it in book.disputes.values() if it.resolved is None)
    own = (it for it in found if party in {it.statement.payer, it.statement.entity})
    return tuple(sorted(own, key=lambda it: (it.since, it.id)))


def _rows(
    book: Book, moves: Sequence[Move], opening: int, disputes: Sequence[Dispute]
) -> Iterator[Row]:
    balance = opening
    for entry, posting in moves:
        statement = book.posted[entry.statement_id].statement
        component = posting.account.component if posting else None
        balance += posting.cents if posting else 0
        yield Row(
            day=entry.day,
            kind=entry.kind,
            contract=posting.account.contract if posting else statement.contract,
            period=posting.account.period if posting else statement.period,
            component=component,
            purpose=posting.account.purpose if posting else None,
            cents=posting.cents if posting else 0,
            balance=balance,
            says=entry.says,
            entry=entry.id,
            statement_id=entry.statement_id,
            refers_to=entry.refers_to,
            line=entry.line,
            disputed=any(_concerns(it, entry, component) for it in disputes),
        )


def _concerns(dispute: Dispute, entry: Entry, component: str | None) -> bool:
    """Whether a dispute is about an entry: its own, or its statement's under the component."""
    about = dispute.component or dispute.line.partition("/")[0]
    same = entry.statement_id == dispute.statement.id and entry.event is None
    return entry.event == dispute.id or (same and component == about)


def _places(book: Book, moves: Sequence[Move]) -> list[tuple[str, str]]:
    """The contracts and periods of a party, the latest statement of each."""
    statements = (book.posted[entry.statement_id].statement for entry, _ in moves)
    return sorted({(it.contract, it.period) for it in statements})


def _latest(book: Book, place: tuple[str, str]) -> Kept:
    """The statement of a contract and period that was posted last."""
    found = [it.statement for it in book.posted.values()]
    return next(it for it in reversed(found) if (it.contract, it.period) == place)


def _due(book: Book, party: str, as_of: date, place: tuple[str, str]) -> Due:
    obligation = book.obligation(party, *place)
    since = obligation.since(as_of)
    coming: dict[date, int] = {}
    for debt in obligation.debts:
        if debt.due is not None and debt.due >= as_of:
            coming[debt.due] = coming.get(debt.due, 0) + debt.cents
    return Due(
        *place,
        open_cents=book.cents(party, contract=place[0], period=place[1]),
        coming=tuple(sorted(coming.items())),
        overdue_cents=obligation.overdue(as_of) if since else 0,
        since=since,
        overdue_days=(as_of - since).days if since else 0,
        interest_cents=obligation.accrued(as_of) - book.charged(party, *place),
        disputed_cents=book.disputed(party, *place),
        security_cents=book.security(party, *place),
        required_cents=_required(_latest(book, place), party),
    )


def _required(statement: Kept, party: str) -> int:
    """The security that the entity owes: the agreed share of what the statement settles."""
    security = statement.terms.security
    if security is None or party != statement.entity:
        return 0
    settled = sum(it.cents or 0 for it in statement.payments)
    return to_cents(dollars(abs(settled)) * security.share)
