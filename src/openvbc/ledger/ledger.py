"""The ledger of a workspace, as the command gives it: tables, JSON, CSV, beancount."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from openvbc.errors import InputError, Problem, near
from openvbc.ledger.account import StatementOfAccount, accounts
from openvbc.ledger.book import Book
from openvbc.ledger.bridge import Bridge, bridge
from openvbc.ledger.export import to_beancount, to_csv
from openvbc.ledger.keep import read_book
from openvbc.ledger.show import account_table, bridge_table, status_table
from openvbc.ledger.status import statuses
from openvbc.workspace import Workspace


def today() -> date:
    """The day up to which interest runs where nobody says another."""
    return datetime.now(tz=UTC).date()


def _accounts(book: Book, party: str | None, as_of: date | None) -> list[StatementOfAccount]:
    """Without a day, all entries count, and days run until the later of today and the last."""
    last = max((it.day for it in book.entries), default=date.min)
    return accounts(book, as_of or max(last, today()), party)


def bridges(book: Book, settlement: str | None = None) -> list[Bridge]:
    """From each statement of a settlement, or of all, to the one that came after it.

    Raises InputError where the settlement has no statement.
    """
    if settlement is not None and settlement not in book.chains:
        raise InputError(Problem(settlement, f"has no statement{near(settlement, book.chains)}"))
    wanted = [it for name, it in book.chains.items() if settlement in {None, name}]
    return [
        bridge(one.document, other.document) for chain in wanted for one, other in pairwise(chain)
    ]


def ledger_text(
    workspace: Workspace, party: str | None = None, as_of: date | None = None
) -> RenderableType:
    """The statements with their status, and the accounts of one party or all."""
    book = read_book(workspace, as_of)
    if not book.entries:
        return Text("no statement has settled anything here yet; run `vbc settle`")
    tables = [account_table(it) for it in _accounts(book, party, as_of)]
    return Group(status_table(statuses(book)), *tables, *(Text(it) for it in book.notes))


def ledger_json(
    workspace: Workspace, party: str | None = None, as_of: date | None = None
) -> dict[str, Any]:
    """Statuses, entries, accounts and notes for other programs; amounts in whole cents."""
    book = read_book(workspace, as_of)
    found = _accounts(book, party, as_of) if book.entries else []
    shown = [
        it
        for it in book.entries
        if party is None or any(posting.account.party == party for posting in it.postings)
    ]
    return {
        "statements": [it.to_json() for it in statuses(book)],
        "entries": [it.to_json() for it in shown],
        "accounts": [it.to_json() for it in found],
        "notes": book.notes,
    }


def ledger_csv(workspace: Workspace, party: str | None = None, as_of: date | None = None) -> str:
    """The postings as CSV, one row each."""
    book = read_book(workspace, as_of)
    _hold_party(book, party)
    return to_csv(book.entries, party)


def ledger_beancount(
    workspace: Workspace, party: str | None = None, as_of: date | None = None
) -> str:
    """The journal as beancount text."""
    book = read_book(workspace, as_of)
    _hold_party(book, party)
    return to_beancount(book.entries, party)


def _hold_party(book: Book, party: str | None) -> None:
    """Refuse a party that has no account: an empty file would say that nothing is owed."""
    if party is not None and party not in book.parties():
        raise InputError(Problem(party, f"has no account{near(party, book.parties())}"))


def bridge_text(workspace: Workspace, settlement: str | None = None) -> RenderableType:
    """How each statement came from the one before, cause by cause."""
    found = bridges(read_book(workspace), settlement)
    if not found:
        return Text("no settlement has a second statement yet")
    return Group(*(bridge_table(it) for it in found))


def bridge_json(workspace: Workspace, settlement: str | None = None) -> Sequence[dict[str, Any]]:
    """The bridges for other programs; amounts in whole cents."""
    return [it.to_json() for it in bridges(read_book(workspace), settlement)]
