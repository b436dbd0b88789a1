"""Entries from statements: what a statement settles, less what those before it have settled.

Nothing is changed in place. A later statement posts the difference and refers to the entry before:
as the settlement where that one was interim; as an amendment where the bytes of the contract have
changed in between; else as a correction. A projection posts nothing, and neither does a statement
whose amount is not determined.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from openvbc.ledger.journal import Entry, Kind, Posting, balance
from openvbc.ledger.kept import Kept
from openvbc.money import dollars

PROJECTION: Final = "projection"
INTERIM: Final = "interim"


def money(cents: int) -> str:
    """Cents as an amount: "1,080,000.00"; below zero with a minus."""
    return f"{dollars(cents):,.2f}"


@dataclass(frozen=True)
class Posted:
    """A statement with the entry that it made."""

    statement: Kept
    entry: Entry


def posts(statement: Kept) -> bool:
    """Whether a statement settles anything: no projection, and every amount is determined."""
    return statement.kind != PROJECTION and not statement.undetermined


def post(statement: Kept, before: Posted | None) -> Entry:
    """The entry of a statement: the difference to the one before, or all of it."""
    earlier = before.statement.position if before else ()
    reversed_ = (Posting(it.account, -it.cents) for it in earlier)
    difference = balance([*statement.position, *reversed_])
    return Entry(
        day=statement.as_of,
        kind=_kind(statement, before),
        statement_id=statement.id,
        says=_says(statement, before),
        postings=tuple(Posting(account, cents) for account, cents in difference.items()),
        refers_to=before.entry.id if before else None,
        currency=statement.currency,
    )


def _kind(statement: Kept, before: Posted | None) -> Kind:
    if before is None:
        return "settlement"
    if statement.contract_sha256 != before.statement.contract_sha256:
        return "amendment"
    return "settlement" if before.statement.kind == INTERIM else "correction"


def _says(statement: Kept, before: Posted | None) -> str:
    said = f"{statement.kind} statement of {statement.settlement}"
    if before is None:
        return said
    return f"{said}, difference to the {before.statement.kind} one of {before.statement.as_of}"


def post_chain(chain: Sequence[Kept]) -> Iterator[Posted]:
    """The entries of the statements of one settlement, in their order."""
    before: Posted | None = None
    for statement in chain:
        if posts(statement):
            before = Posted(statement, post(statement, before))
            yield before


def wrongly_taken_off(posted: Sequence[Posted]) -> Iterator[str]:
    """Statements that take off another amount as settled before than the ledger holds."""
    earlier: dict[str, int] = {}
    for it in posted:
        for payment in it.statement.payments:
            held = earlier.get(payment.component, 0)
            if payment.before not in {0, held}:
                yield (
                    f"statement {it.statement.id[:12]} of {it.statement.settlement} takes off "
                    f"{money(payment.before)} as settled before under {payment.component}; the "
                    f"ledger holds {money(held)}, and posts the difference to that"
                )
            earlier[payment.component] = payment.cents or 0
