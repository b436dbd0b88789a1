"""The use-of-savings ledger: what kept savings were spent on, settlement by settlement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openvbc.contract.display import shown
from openvbc.errors import Problem
from openvbc.governance.book import FOLDER, Book
from openvbc.governance.records import UseOfSavings

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Balance:
    """An account of one posted distribution: what it was given, what was spent, and on what."""

    settlement: str
    statement: str
    account: str
    kept: Decimal
    uses: tuple[UseOfSavings, ...]

    @property
    def used(self) -> Decimal:
        """What was spent, in dollars."""
        return sum((it.amount for it in self.uses), Decimal(0))

    @property
    def left(self) -> Decimal:
        """What is still to be spent, in dollars."""
        return self.kept - self.used


def use_of_savings(
    book: Book, contract: str, posted: Sequence[Document]
) -> tuple[list[Balance], list[Problem]]:
    """The accounts that posted distributions kept, with their uses.

    posted: distributions; of several of one settlement the one counts that none has replaced.
    Problems: a use of a statement or an account that no posting knows, or of more than was kept.
    """
    replaced = {it["supersedes"] for it in posted}
    own = [it for it in posted if it["contract"]["id"] == contract]
    latest = [it for it in own if it["distribution_id"] not in replaced]
    uses = book.of(contract, UseOfSavings)
    balances = [
        _balance(document, account, amount, uses)
        for document in latest
        for account, amount in _kept(document).items()
    ]
    known = {(it["settlement"]["id"], it["statement_id"]) for it in own}
    problems = [_unknown(it, known, balances) for it in uses]
    overdrawn = [it for it in balances if it.left < 0]
    return balances, [
        *(it for it in problems if it),
        *(Problem(FOLDER, _overdrawn_text(it)) for it in overdrawn),
    ]


def _kept(document: Document) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for it in document["kept"]:
        found[it["account"]] = found.get(it["account"], Decimal(0)) + Decimal(it["amount"])
    return found


def _balance(
    document: Document, account: str, amount: Decimal, uses: Sequence[UseOfSavings]
) -> Balance:
    name = document["settlement"]["id"]
    own = tuple(it for it in uses if (it.settlement, it.account) == (name, account))
    return Balance(name, document["statement_id"], account, amount, own)


def _unknown(
    use: UseOfSavings, known: set[tuple[str, str]], balances: Sequence[Balance]
) -> Problem | None:
    if (use.settlement, use.statement) not in known:
        what = f"no distribution of {use.settlement}, statement {use.statement}, was posted"
        return Problem(FOLDER, f"record {use.record}: {what}")
    if not any((it.settlement, it.account) == (use.settlement, use.account) for it in balances):
        what = f"{use.settlement} kept nothing on the account {use.account}"
        return Problem(FOLDER, f"record {use.record}: {what}")
    return None


def _overdrawn_text(it: Balance) -> str:
    used, kept = shown(str(it.used), "usd"), shown(str(it.kept), "usd")
    return f"{it.settlement}, {it.account}: {used} was spent of {kept} kept"
