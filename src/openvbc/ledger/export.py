"""The journal for accounting systems: CSV, one row for each posting, and beancount text.

In both an amount above zero stands for what is owed to the party or held by it: a debit.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from openvbc.ledger.journal import Account, Entry, Posting, balance
from openvbc.money import dollars

COLUMNS: Final = (
    "entry",
    "day",
    "kind",
    "account",
    "party",
    "purpose",
    "contract",
    "period",
    "component",
    "debit",
    "credit",
    "currency",
    "statement_id",
    "refers_to",
    "event",
    "line",
    "says",
)


def amount(cents: int) -> str:
    """Cents as a plain amount with two decimals: 563760.00."""
    return f"{dollars(cents):.2f}"


def to_csv(entries: Iterable[Entry], party: str | None = None) -> str:
    """The postings as CSV, of one party or all; an entry without postings is left out."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        own = (it for it in entry.postings if party in {None, it.account.party})
        writer.writerows(_row(entry, it) for it in own)
    return text.getvalue()


def _row(entry: Entry, posting: Posting) -> tuple[str, ...]:
    at = posting.account
    return (
        entry.id,
        entry.day.isoformat(),
        entry.kind,
        str(at),
        at.party,
        at.purpose,
        at.contract,
        at.period,
        at.component or "",
        amount(posting.cents) if posting.cents > 0 else "",
        amount(-posting.cents) if posting.cents < 0 else "",
        entry.currency,
        entry.statement_id,
        entry.refers_to or "",
        entry.event or "",
        entry.line or "",
        entry.says,
    )


def beancount_names(accounts: Iterable[Account]) -> dict[Account, str]:
    """Every account under a name that beancount takes; two never share one."""
    names: dict[Account, str] = {}
    taken: set[str] = set()
    for account in sorted(accounts, key=str):
        parts = [_word(part) for part in str(account).split(":")]
        name, number = ":".join(["Assets", *parts]), 1
        while name in taken:
            number += 1
            name = ":".join(["Assets", *parts]) + f"-{number}"
        names[account] = name
        taken.add(name)
    return names


def _word(part: str) -> str:
    """A part of an account's name: letters, digits and dashes, a capital or a digit first."""
    word = re.sub(r"[^A-Za-z0-9-]", "-", part).lstrip("-") or "X"
    return word[0].upper() + word[1:]


def to_beancount(entries: Sequence[Entry], party: str | None = None) -> str:
    """The journal as beancount text: accounts, transactions, and what each account ends with.

    party: only the entries that move an account of the party; the other side stands in them, so
    that each still balances. An entry without postings is an event.
    """
    shown = [it for it in entries if party is None or _moves(it, party)]
    postings = [posting for entry in shown for posting in entry.postings]
    names = beancount_names({it.account for it in postings})
    first = {it.account: entry for entry in reversed(shown) for it in entry.postings}
    opened = [
        f"{first[account].day} open {name} {first[account].currency}"
        for account, name in names.items()
    ]
    currencies = sorted({it.currency for it in shown}) or ["USD"]
    head = [f'option "operating_currency" "{it}"' for it in currencies]
    texts = [_transaction(it, names) if it.postings else _event(it) for it in shown]
    closing = _balances(shown, names) if shown else []
    return "\n".join(["\n".join(head), "", *opened, "", *texts, *closing]) + "\n"


def _moves(entry: Entry, party: str) -> bool:
    return any(it.account.party == party for it in entry.postings)


def _quoted(text: str) -> str:
    plain = " ".join(text.split())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _transaction(entry: Entry, names: dict[Account, str]) -> str:
    about = {
        "entry": entry.id,
        "statement": entry.statement_id,
        "refers-to": entry.refers_to,
        "event": entry.event,
        "line": entry.line,
    }
    notes = [f"  {key}: {_quoted(text)}" for key, text in about.items() if text]
    lines = [f"  {names[it.account]}  {amount(it.cents)} {entry.currency}" for it in entry.postings]
    title = f"{entry.day} * {_quoted(entry.kind)} {_quoted(entry.says)}"
    return "\n".join([title, *notes, *lines, ""])


def _event(entry: Entry) -> str:
    return f"{entry.day} event {_quoted(entry.kind)} {_quoted(entry.says)}\n"


def _balances(entries: Sequence[Entry], names: dict[Account, str]) -> list[str]:
    """What each account holds at the end of the last day: beancount checks it."""
    day = _next(max(it.day for it in entries))
    currency = {it.account: entry.currency for entry in entries for it in entry.postings}
    held = balance(posting for entry in entries for posting in entry.postings)
    return [
        f"{day} balance {name}  {amount(held.get(account, 0))} {currency[account]}"
        for account, name in names.items()
    ]


def _next(day: date) -> date:
    return day + timedelta(days=1)
