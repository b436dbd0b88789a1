"""Entries from disputes, their resolution and reconsideration, and from reopenings.

Each within its window: outside it is refused, with the window.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from openvbc.errors import near
from openvbc.ledger.allowed import entry_of, hold_within, parties_of, posted_statement, refused
from openvbc.ledger.book import Book, Dispute
from openvbc.ledger.events import Event
from openvbc.ledger.journal import DISPUTED, SETTLEMENT, Entry, Posting, both
from openvbc.ledger.kept import Kept
from openvbc.ledger.post import money
from openvbc.period import MONTHS_PER_YEAR, add_months


def dispute(book: Book, event: Event, names: Mapping[str, Kept]) -> Entry:
    """A line is disputed; an amount is held back until the dispute is resolved."""
    statement = posted_statement(book, event, names[str(event.shape.statement)])
    by, _ = parties_of(statement, event)
    line = str(event.shape.line)
    if line not in statement.lines:
        raise refused(event, f"{line} is no line of the statement{near(line, statement.lines)}")
    days, sent = statement.terms.dispute_days, book.statement_day(statement)
    last = None if days is None else sent + timedelta(days=days)
    hold_within(event, last, f"{days} days after the statement of {sent}")
    component = _component(event, statement, line) if event.cents else None
    held = 0
    if component is not None:
        settled = book.settled_of(statement, component)
        if event.cents > abs(settled):
            what = f"{money(event.cents)} is held back; {component} settles {money(abs(settled))}"
            raise refused(event, what)
        held = event.cents if settled > 0 else -event.cents
    earlier = book.posted[statement.id].entry.id
    postings = _hold(statement, component, held)
    entry = entry_of(event, statement, "disputed", postings, earlier, line)
    says, identity = event.says(""), event.id
    book.disputes[identity] = Dispute(
        identity, statement, line, by, event.day, says, entry.id, component, held
    )
    return entry


def _component(event: Event, statement: Kept, line: str) -> str:
    """The paying component whose amount is held back: named, the line's own, or the only one."""
    paying = [it.component for it in statement.payments]
    asked = event.shape.component or line.partition("/")[0]
    if asked in paying:
        return asked
    if event.shape.component is None and len(paying) == 1:
        return paying[0]
    what = f"which component's amount is held back? say component: {' or '.join(paying)}"
    raise refused(event, what)


def _hold(statement: Kept, component: str | None, cents: int) -> tuple[Posting, ...]:
    """Cents of the entity go from what is settled to what is disputed."""
    if not cents:
        return ()
    settled = statement.account(statement.entity, SETTLEMENT, component)
    return (
        *both(settled, statement.payer, -cents),
        *both(settled, statement.payer, cents, purpose=DISPUTED),
    )


def _dispute_of(book: Book, event: Event) -> Dispute:
    name = str(event.shape.dispute)
    if name not in book.disputes:
        raise refused(event, f"no dispute {name} before {event.day}{near(name, book.disputes)}")
    return book.disputes[name]


def dispute_resolved(book: Book, event: Event, _: Mapping[str, Kept]) -> Entry:
    """A dispute ends: what was held back is due again. What it changes, a new statement says."""
    found = _dispute_of(book, event)
    if found.resolved:
        raise refused(event, f"dispute {found.id} was resolved on {found.resolved}")
    postings = _hold(found.statement, found.component, -found.cents)
    entry = entry_of(event, found.statement, "resolved", postings, found.entry, found.line)
    book.disputes[found.id] = replace(found, resolved=event.day, entry=entry.id)
    return entry


def reconsideration(book: Book, event: Event, _: Mapping[str, Kept]) -> Entry:
    """The outcome of a dispute is brought up again."""
    found = _dispute_of(book, event)
    parties_of(found.statement, event)
    if found.resolved is None:
        raise refused(event, f"dispute {found.id} is not resolved yet")
    days = found.statement.terms.reconsideration_days
    last = None if days is None else found.resolved + timedelta(days=days)
    hold_within(event, last, f"{days} days after the dispute was resolved on {found.resolved}")
    return entry_of(event, found.statement, "reconsidered", (), found.entry, found.line)


def reopening(book: Book, event: Event, names: Mapping[str, Kept]) -> Entry:
    """A statement is reopened; what comes of it, a new statement says."""
    statement = posted_statement(book, event, names[str(event.shape.statement)])
    parties_of(statement, event)
    years, sent = statement.terms.reopening_years, book.statement_day(statement)
    last = None if years is None else add_months(sent, years * MONTHS_PER_YEAR)
    hold_within(event, last, f"{years} years after the statement of {sent}")
    return entry_of(event, statement, "reopened", (), book.posted[statement.id].entry.id)
