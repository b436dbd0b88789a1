"""How firm each statement of a settlement is, and through which days it speaks."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from openvbc.contract.standing import completion_factors
from openvbc.ledger.book import Book
from openvbc.ledger.kept import Kept


@dataclass(frozen=True)
class Status:
    """A statement's status.

    incurred_through: the last day of care in it. paid_through: the last day of payment, None where
    no claims are counted. completion_factors: line id → factor, empty where there is none. cents:
    all that the period settles by it, None where it is not determined. posted_cents: what it
    posted, the difference to the statement before; None for a projection or a draft. replaced_by:
    the statement that stands now in its place.
    """

    settlement: str
    statement_id: str
    kind: str
    as_of: date
    incurred_through: date
    paid_through: date | None
    completion_factors: Mapping[str, str]
    cents: int | None
    posted_cents: int | None
    supersedes: str | None
    replaced_by: str | None
    draft: bool
    disputed_lines: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The status for other programs."""
        return asdict(self)


def status(book: Book, statement: Kept, replaced_by: str | None, *, draft: bool = False) -> Status:
    """The status of one statement as the book holds it."""
    incurred, paid = _through(statement)
    return Status(
        settlement=statement.settlement,
        statement_id=statement.id,
        kind=statement.kind,
        as_of=statement.as_of,
        incurred_through=incurred,
        paid_through=paid,
        completion_factors=_completion_factors(statement),
        cents=None if statement.undetermined else sum(it.cents or 0 for it in statement.payments),
        posted_cents=_posted(book, statement),
        supersedes=statement.supersedes,
        replaced_by=replaced_by,
        draft=draft,
        disputed_lines=tuple(
            it.line
            for it in book.disputes.values()
            if it.resolved is None and it.statement.id == statement.id
        ),
    )


def statuses(book: Book) -> list[Status]:
    """The status of every statement, each settlement's in order, drafts last."""
    found = []
    for chain in book.chains.values():
        settling = [it for it in chain if it.id in book.posted]
        after = {one.id: other.id for one, other in pairwise(settling)}
        found += [status(book, it, after.get(it.id)) for it in chain]
    return [*found, *(status(book, it, None, draft=True) for it in book.drafts)]


def _through(statement: Kept) -> tuple[date, date | None]:
    """Incurred and paid through; a document from before they were in it says only the first."""
    through = statement.document.get("through")
    if through is None:
        last = date.fromisoformat(statement.document["period"]["last_day"])
        return min(last, statement.as_of), None
    paid = through["paid"]
    return date.fromisoformat(through["incurred"]), date.fromisoformat(paid) if paid else None


def _completion_factors(statement: Kept) -> dict[str, str]:
    return {it["id"]: it["value"] for it in completion_factors(statement.document)}


def _posted(book: Book, statement: Kept) -> int | None:
    posted = book.posted.get(statement.id)
    if posted is None:
        return None
    return sum(it.cents for it in posted.entry.postings if it.account.party == statement.entity)
