"""Keeping the book: statements and events, day by day, to entries."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from openvbc.engine.store import read_json
from openvbc.errors import InputError, Problem
from openvbc.ledger.allowed import refused
from openvbc.ledger.book import Book
from openvbc.ledger.chains import chains
from openvbc.ledger.events import EVENTS_FILE, Event, named_statements, read_events
from openvbc.ledger.kept import Kept, read_kept
from openvbc.ledger.post import Posted, post_chain, wrongly_taken_off
from openvbc.ledger.record import RECORDERS
from openvbc.workspace import Workspace


def keep(
    kept: Sequence[Kept],
    events: Sequence[Event] = (),
    in_force: Iterable[str] = (),
    as_of: date | None = None,
) -> Book:
    """The book of statements and events up to a day; the same give the same entries.

    in_force: the ids of the latest statements. as_of: the last day that counts; None for all.
    Raises InputError with everything that is wrong: which statement was sent is not known, an
    event names none, comes outside its window, or is not allowed.
    """
    known = [it for it in kept if as_of is None or it.as_of <= as_of]
    events = [it for it in events if as_of is None or it.day <= as_of]
    by_id = {it.id: it for it in kept}
    names = {name: by_id[it] for name, it in named_statements(events, list(by_id)).items()}
    found = chains(known, in_force, [it.id for it in names.values()])
    book = Book(found.sent, found.drafts, _sent(events, names))
    posted = [list(post_chain(chain)) for chain in found.sent.values()]
    book.notes += [note for chain in posted for note in wrongly_taken_off(chain)]
    _run(book, [it for chain in posted for it in chain], events, names)
    book.notes += _reopened_without_event(book)
    return book


def _reopened_without_event(book: Book) -> Iterator[str]:
    """Reopened statements whose reopening nobody has logged."""
    logged = {it.statement_id for it in book.entries if it.kind == "reopening"}
    for it in book.posted.values():
        if it.statement.kind == "reopened" and it.statement.supersedes not in logged:
            yield (
                f"statement {it.statement.id[:12]} of {it.statement.settlement} is reopened, and "
                f"no event says so; add a reopening of {it.statement.supersedes}"
            )


def _sent(events: Sequence[Event], names: dict[str, Kept]) -> dict[str, date]:
    """The days on which statements were sent, as the log says; the first counts."""
    sent: dict[str, date] = {}
    problems: list[Problem] = []
    for event in events:
        if event.shape.kind == "sent":
            statement = names[str(event.shape.statement)]
            sent.setdefault(statement.id, event.day)
            if event.day < statement.as_of:
                what = f"sent on {event.day}, before the day it speaks of, {statement.as_of}"
                problems += refused(event, what).problems
    if problems:
        raise InputError(problems)
    return sent


def _run(
    book: Book, posted: Sequence[Posted], events: Sequence[Event], names: dict[str, Kept]
) -> None:
    """Every statement and event in the order of days, statements first."""
    problems: list[Problem] = []
    waiting = sorted(posted, key=lambda it: it.entry.day)
    for event in events:
        while waiting and waiting[0].entry.day <= event.day:
            _enter(book, waiting.pop(0))
        recorder = RECORDERS.get(event.shape.kind)
        if recorder is not None:
            try:
                book.entries.append(recorder(book, event, names))
            except InputError as error:
                problems += error.problems
    for it in waiting:
        _enter(book, it)
    if problems:
        raise InputError(problems)


def _enter(book: Book, posted: Posted) -> None:
    book.posted[posted.statement.id] = posted
    book.entries.append(posted.entry)


def in_force(workspace: Workspace) -> list[str]:
    """The ids of the statements that were settled last, from statements/*.json."""
    paths = sorted((workspace.root / "statements").glob("[!.]*.json"))
    return [str(read_json(path, "settle again")["statement_id"]) for path in paths]


def read_book(workspace: Workspace, as_of: date | None = None) -> Book:
    """The book of a workspace: its kept statements and `ledger/events.yaml`.

    Raises InputError with everything that is wrong with either.
    """
    kept = read_kept(workspace.data / "statements")
    events = read_events(workspace.root / EVENTS_FILE)
    return keep(kept, events, in_force(workspace), as_of)
