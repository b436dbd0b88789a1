"""Entries from events, each held to the payment terms of the statement it is about.

What a term does not allow, or what comes outside a window, is refused with the term or the window.
"""

from collections.abc import Callable, Mapping
from typing import Final

from openvbc.ledger.allowed import entry_of, parties_of, posted_statement, refused
from openvbc.ledger.book import Book
from openvbc.ledger.dispute import dispute, dispute_resolved, reconsideration, reopening
from openvbc.ledger.events import Event
from openvbc.ledger.journal import CASH, ESCROW, INTEREST, PAYMENT, SET_OFF, Entry, Posting, both
from openvbc.ledger.kept import Kept
from openvbc.ledger.post import money

LETTER: Final = "letter_of_credit"


def payment(book: Book, event: Event, names: Mapping[str, Kept]) -> Entry:
    """One party pays the other: what is open goes down, and cash moves."""
    statement = posted_statement(book, event, names[str(event.shape.statement)])
    by, to = parties_of(statement, event)
    paid = both(statement.account(by, PAYMENT), to, event.cents)
    cash = both(statement.account(to, CASH), by, event.cents)
    earlier = book.posted[statement.id].entry.id
    return entry_of(event, statement, f"{by} pays {to}", (*paid, *cash), earlier)


def interest(book: Book, event: Event, names: Mapping[str, Kept]) -> Entry:
    """Interest is charged to a party: never more than has run."""
    statement = posted_statement(book, event, names[str(event.shape.statement)])
    by, to = parties_of(statement, event)
    if statement.terms.interest is None:
        raise refused(event, f"the contract {statement.contract} has no payment_terms.interest")
    place = (statement.contract, statement.period)
    run = -book.obligation(by, *place).accrued(event.day)
    left = run + book.charged(by, *place)
    if event.cents > left:
        what = f"interest of {money(event.cents)} is charged to {by}; {money(max(left, 0))} has run"
        raise refused(event, f"{what} and is not charged yet")
    postings = both(statement.account(to, INTEREST), by, event.cents)
    earlier = book.posted[statement.id].entry.id
    return entry_of(event, statement, f"interest charged to {by}", postings, earlier)


def escrow(book: Book, event: Event, names: Mapping[str, Kept]) -> Entry:
    """A party gives security, or takes it back (below zero): never more than it has given."""
    statement = posted_statement(book, event, names[str(event.shape.statement)])
    by, _ = parties_of(statement, event)
    security = statement.terms.security
    if security is None:
        raise refused(event, f"the contract {statement.contract} has no payment_terms.security")
    given = book.security(by, statement.contract, statement.period)
    if given + event.cents < 0:
        what = f"{money(-event.cents)} is taken back; {by} has given {money(given)}"
        raise refused(event, what)
    source = CASH if security.kind == "escrow" else LETTER
    postings = (
        Posting(statement.account(by, ESCROW), event.cents),
        Posting(statement.account(by, source), -event.cents),
    )
    words = security.kind.replace("_", " ")
    return entry_of(event, statement, f"{words} of {by}", postings)


def set_off(book: Book, event: Event, names: Mapping[str, Kept]) -> Entry:
    """An amount one party owes is set against one it is owed: never more than either."""
    one = posted_statement(book, event, names[str(event.shape.statement)])
    other = posted_statement(book, event, names[str(event.shape.against)])
    for statement in (one, other):
        if not statement.terms.set_off:
            what = f"the contract {statement.contract} does not allow it: payment_terms.set_off"
            raise refused(event, what)
    sides = {(it.payer, it.entity, it.currency) for it in (one, other)}
    if len(sides) > 1:
        raise refused(event, "the two statements are not between the same two parties")
    mine, theirs = book.open_of(one), book.open_of(other)
    most = min(abs(mine), abs(theirs)) if mine * theirs < 0 else 0
    if event.cents > most:
        what = f"{money(event.cents)} is set off; open are {money(mine)} and {money(theirs)}"
        raise refused(event, f"{what}, of which {money(most)} can be")
    cents = event.cents if mine < 0 else -event.cents
    postings = (
        *both(one.account(one.entity, SET_OFF), one.payer, cents),
        *both(other.account(one.entity, SET_OFF), one.payer, -cents),
    )
    return entry_of(event, one, f"set off against {other.settlement}", postings)


Recorder = Callable[[Book, Event, Mapping[str, Kept]], Entry]

RECORDERS: Final[Mapping[str, Recorder]] = {
    "payment": payment,
    "interest": interest,
    "escrow": escrow,
    "set_off": set_off,
    "dispute": dispute,
    "dispute_resolved": dispute_resolved,
    "reconsideration": reconsideration,
    "reopening": reopening,
}
"""Kind of event → what makes its entry; `sent` makes none, it only gives the day."""
