"""The statements that were kept for good, as the ledger reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from openvbc.contract.payment_terms import PaymentTerms
from openvbc.contract.statement import Document
from openvbc.engine.store import digest, read_json
from openvbc.errors import InputError, Problem
from openvbc.ledger.journal import SETTLEMENT, Account, Posting, both
from openvbc.money import parse_decimal, to_cents

POUNDS: Final = "gbp"


@dataclass(frozen=True)
class Payment:
    """What one component pays: the line, and whole cents, above zero paid by the payer.

    cents is all that the period settles, what earlier statements have settled included; None
    where it is not determined. before: the part of it that the line itself takes off.
    """

    component: str
    line: str
    cents: int | None
    before: int = 0


@dataclass(frozen=True)
class Kept:
    """A statement document that was kept."""

    document: Document

    @property
    def id(self) -> str:
        """Its statement_id."""
        return str(self.document["statement_id"])

    @property
    def kind(self) -> str:
        """How firm it is."""
        return str(self.document["kind"])

    @property
    def settlement(self) -> str:
        """The settlement it is of: contract_period."""
        return str(self.document["settlement"]["id"])

    @property
    def contract(self) -> str:
        """The contract's id."""
        return str(self.document["contract"]["id"])

    @property
    def period(self) -> str:
        """The period's id."""
        return str(self.document["period"]["id"])

    @property
    def contract_sha256(self) -> str:
        """The hash of the contract's bytes."""
        return str(self.document["contract"]["sha256"])

    @property
    def as_of(self) -> date:
        """The day that it speaks of."""
        return date.fromisoformat(self.document["as_of"])

    @property
    def supersedes(self) -> str | None:
        """The statement that it says it replaces."""
        found = self.document["supersedes"]
        return None if found is None else str(found)

    @property
    def payer(self) -> str:
        """The payer's id."""
        return str(self.document["payer"]["id"])

    @property
    def entity(self) -> str:
        """The accountable entity's id."""
        return str(self.document["entity"]["id"])

    @cached_property
    def lines(self) -> Mapping[str, Document]:
        """The lines by id."""
        return {it["id"]: it for it in self.document["lines"]}

    @cached_property
    def terms(self) -> PaymentTerms:
        """The payment terms it was made under; empty where it names none."""
        return PaymentTerms.model_validate(self.document.get("payment_terms") or {})

    @property
    def currency(self) -> str:
        """The currency of what it pays."""
        units = {self.lines[it.line]["unit"] for it in self.payments}
        return "GBP" if POUNDS in units else "USD"

    @cached_property
    def payments(self) -> tuple[Payment, ...]:
        """What each paying component pays, as the document lists it.

        Of a document from before there was such a list, the parts of the total, or the last step
        of the waterfall.
        """
        listed = self.document.get("payments")
        if listed is None:
            return tuple(self._payment(line) for line in self._paying_lines())
        return tuple(
            Payment(it["component"], it["line"], _whole(it), _cents(it["settled_before"]) or 0)
            for it in listed
        )

    def _paying_lines(self) -> list[str]:
        total = self.lines.get("total/contract_amount_due@performance")
        if total is not None:
            return list(total["inputs"])
        return [it["line"] for it in self.document["waterfall"][-1:]]

    def _payment(self, line: str) -> Payment:
        return Payment(line.partition("/")[0], line, _cents(self.lines[line]["value"]))

    @property
    def undetermined(self) -> tuple[str, ...]:
        """The payments whose amount the statement does not determine."""
        return tuple(it.line for it in self.payments if it.cents is None)

    def account(self, party: str, purpose: str, component: str | None = None) -> Account:
        """An account of this contract and period."""
        return Account(party, purpose, self.contract, self.period, component)

    @property
    def position(self) -> tuple[Posting, ...]:
        """All that the statement settles, between entity and payer, by component."""
        return tuple(
            posting
            for it in self.payments
            if it.cents
            for posting in both(
                self.account(self.entity, SETTLEMENT, it.component), self.payer, it.cents
            )
        )


def _cents(text: str | None) -> int | None:
    amount = None if text is None else parse_decimal(text)
    return None if amount is None else to_cents(amount)


def _whole(payment: Mapping[str, Any]) -> int | None:
    """The amount with what earlier statements settled: a line may be the posting alone."""
    amount = _cents(payment["amount"])
    return None if amount is None else amount + (_cents(payment["settled_before"]) or 0)


def read_kept(folder: Path) -> list[Kept]:
    """Every statement that was kept in a folder; raises InputError where one was changed."""
    found: list[Kept] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("[!.]*.json")):
        try:
            document = read_json(path, "restore it from a copy")
        except InputError as error:
            problems += error.problems
            continue
        content = {key: it for key, it in document.items() if key != "statement_id"}
        if document.get("statement_id") != path.stem or digest(content) != path.stem:
            what = "is not what its id says: it was changed; restore it from a copy"
            problems.append(Problem(str(path), what))
        else:
            found.append(Kept(document))
    if problems:
        raise InputError(problems)
    return found
