"""The ledger in a terminal: accounts, statuses, bridges."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.ledger.account import Due, Row, StatementOfAccount
from openvbc.ledger.bridge import INTERACTION, Bridge, BridgeLine
from openvbc.ledger.post import money
from openvbc.ledger.status import Status

MOST_CELLS = 3
"""How many cells of one cause are shown."""


def _table(title: str, left: Sequence[str], right: Sequence[str] = ()) -> Table:
    table = Table(title=title, title_justify="left")
    for name in left:
        table.add_column(name, overflow="fold")
    for name in right:
        table.add_column(name, justify="right")
    return table


def account_table(account: StatementOfAccount) -> RenderableType:
    """A statement of account: opening, entries, closing, and what is due."""
    title = f"{account.party}, {account.currency}, as of {account.as_of}; above zero is owed to it"
    table = _table(title, ("day", "kind", "contract and period", "what"), ("amount", "balance"))
    table.add_row(str(account.since or ""), "opening", "", "", "", money(account.opening))
    for it in account.rows:
        table.add_row(
            str(it.day),
            it.kind.replace("_", " "),
            f"{it.contract} {it.period}",
            _what(it),
            money(it.cents) if it.cents else "",
            money(it.balance),
        )
    table.add_row(str(account.as_of), "closing", "", "", "", money(account.closing))
    disputes = [
        Text(f"disputed since {it.since} by {it.by}: {it.line}, {money(abs(it.cents))} held back")
        for it in account.disputes
    ]
    return Group(table, _due_table(account.due), *disputes)


def _what(row: Row) -> str:
    about = row.line or row.component
    said = f"{row.says} ({about})" if about else row.says
    return f"{said} DISPUTED" if row.disputed else said


def _due_table(due: Sequence[Due]) -> Table:
    left = ("contract and period", "due")
    right = ("open", "overdue", "days", "interest run", "disputed", "security", "required")
    table = _table("due", left, right)
    for it in due:
        days = [f"{day}: {money(cents)}" for day, cents in it.coming]
        late = [f"since {it.since}"] if it.since else []
        amounts = (it.interest_cents, it.disputed_cents, it.security_cents, it.required_cents)
        table.add_row(
            f"{it.contract} {it.period}",
            "\n".join([*late, *days]),
            money(it.open_cents),
            money(it.overdue_cents),
            str(it.overdue_days or ""),
            *(money(cents) if cents else "" for cents in amounts),
        )
    return table


def status_table(statuses: Sequence[Status]) -> Table:
    """Every statement with how firm it is and through which days it speaks."""
    left = ("settlement", "statement", "kind", "as of", "incurred through", "paid through")
    table = _table("statements", (*left, "completion"), ("settles", "posts"))
    for it in statuses:
        factors = sorted(set(it.completion_factors.values()))
        marks = [
            it.kind,
            *(["draft"] if it.draft else []),
            *(["replaced"] if it.replaced_by else []),
        ]
        table.add_row(
            it.settlement,
            it.statement_id[:12],
            ", ".join(marks) + (" DISPUTED" if it.disputed_lines else ""),
            str(it.as_of),
            str(it.incurred_through),
            str(it.paid_through or ""),
            " to ".join(dict.fromkeys([*factors[:1], *factors[-1:]])),
            "not determined" if it.cents is None else money(it.cents),
            "" if it.posted_cents is None else money(it.posted_cents),
        )
    return table


def bridge_table(found: Bridge) -> RenderableType:
    """The way from one statement's amount to another's, cause by cause."""
    title = f"from {found.old_id[:12]} to {found.new_id[:12]}"
    table = _table(title, ("cause", "what", "old → new"), ("amount",))
    table.add_row("", "the old statement settles", "", money(found.old_cents))
    for it in found.lines:
        table.add_row(it.kind, it.name, _cells(it), money(it.cents))
    table.add_row("", "the new statement settles", "", money(found.new_cents))
    return Group(table, Text(f"in the order {', '.join(found.order)}; {INTERACTION}"))


def _cells(line: BridgeLine) -> str:
    shown = [f"{it.old} → {it.new}" for it in line.cells[:MOST_CELLS]]
    more = len(line.cells) - len(shown)
    rest = [f"and {more} more"] if more else []
    return "\n".join([*([line.says] if line.says else []), *shown, *rest])
