"""What every event is held to: its statement, its parties, its window; and its entry."""

from datetime import date
from typing import cast

from openvbc.errors import InputError, Problem, near
from openvbc.ledger.book import Book
from openvbc.ledger.events import Event
from openvbc.ledger.journal import Entry, Kind, Posting
from openvbc.ledger.kept import Kept
from openvbc.ledger.post import PROJECTION


def refused(event: Event, what: str) -> InputError:
    """The refusal of an event, at its line."""
    return InputError(Problem(event.where, f"event {event.id}: {what}"))


def posted_statement(book: Book, event: Event, statement: Kept) -> Kept:
    """The statement of an event, which settles something and was sent by then."""
    sent = book.statement_day(statement)
    if event.day < sent:
        what = f"{event.shape.kind} on {event.day} is before its statement of {sent}"
        raise refused(event, what)
    if statement.id not in book.posted:
        why = "is a projection" if statement.kind == PROJECTION else "leaves its amount open"
        raise refused(event, f"statement {statement.id[:12]} {why}; it settles nothing")
    return statement


def parties_of(statement: Kept, event: Event) -> tuple[str, str]:
    """Who did it, and the other party of the contract."""
    by = str(event.shape.by)
    both_ = (statement.payer, statement.entity)
    if by not in both_:
        raise refused(event, f"{by} is no party of {statement.contract}{near(by, both_)}")
    return by, both_[1 - both_.index(by)]


def hold_within(event: Event, last: date | None, window: str) -> None:
    """Refuse an event after the last day of its window; None has no last day."""
    if last is not None and event.day > last:
        what = f"{event.shape.kind} on {event.day} is outside the window: {window}, until {last}"
        raise refused(event, what)


def entry_of(
    event: Event,
    statement: Kept,
    says: str,
    postings: tuple[Posting, ...] = (),
    refers_to: str | None = None,
    line: str | None = None,
) -> Entry:
    """The entry of an event; says: where the event has no words of its own."""
    return Entry(
        day=event.day,
        kind=cast("Kind", event.shape.kind),
        statement_id=statement.id,
        says=event.says(says),
        postings=postings,
        refers_to=refers_to,
        event=event.id,
        line=line,
        currency=statement.currency,
    )
