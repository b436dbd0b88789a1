"""A distribution as one JSON document, and as a page of text for each participant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.display import label, shown
from openvbc.contract.distribution import Distribution
from openvbc.contract.settlement import Settlement
from openvbc.distribute.split import ENTITY, TIE, Part, Split, pass_through
from openvbc.engine.store import digest
from openvbc.governance.allow import Allowed
from openvbc.money import decimal_text, dollars

SCHEMA: Final = "openvbc.distribution/1"

Document = dict[str, Any]


@dataclass(frozen=True)
class Pool:
    """What is shared: the statement's line with its amount in cents, and the pool in cents."""

    statement: Mapping[str, Any]
    line_id: str
    line_cents: int
    cents: int
    unit: str


def distribution_document(
    settlement: Settlement,
    clause: Distribution,
    pool: Pool,
    result: Split,
    allowed: Allowed,
    day: date,
    *,
    clause_hash: str,
    head: str,
    before: Mapping[str, Any] | None,
) -> Document:
    """The distribution as a JSON-ready document; its id is the hash of the rest.

    before: the distribution that was posted before of the same settlement, where its statement is
    restated; each participant's `posted_before` and `to_pay` refer to it.
    """
    earlier = before["participants"] if before else []
    paid = {it["participant_id"]: Decimal(it["amount"]) for it in earlier}
    document: Document = {
        "schema": SCHEMA,
        "contract": {"id": settlement.contract.id, "sha256": settlement.contract.sha256},
        "settlement": {"id": settlement.id, "sha256": settlement.sha256},
        "statement_id": pool.statement["statement_id"],
        "supersedes": before["distribution_id"] if before else None,
        "date": day.isoformat(),
        "clause": clause_hash,
        "unit": pool.unit,
        "line": {"id": pool.line_id, "amount": _text(pool.line_cents)},
        "share": decimal_text(clause.share),
        "pool": _text(pool.cents),
        "rounding": f"whole cents {TIE}",
        "groups": [
            {
                "group": it.group.group,
                "kind": it.group.kind,
                "amount": _text(it.cents),
                "says": it.says,
            }
            for it in result.groups
        ],
        "participants": [_part(it, paid) for it in result.parts] + _gone(result, paid),
        "kept": [
            {"account": it.account, "amount": _text(it.cents), "says": it.says}
            for it in result.kept
        ],
        "pass_through": {
            name: decimal_text(it) for name, it in pass_through(result, pool.line_cents).items()
        },
        "determinations": [
            {"record": vote.record, "proposal": vote.proposal, "effective": str(vote.effective)}
            for _, vote in allowed.determinations
        ],
        "documents": [
            {
                "document": it.document,
                "needed_for": it.needed_for,
                "cite": it.cite,
                "record": it.found.record if it.found else None,
                "date": str(it.found.document_date) if it.found else None,
                "reference": it.found.reference if it.found else None,
            }
            for it in allowed.documents
        ],
        "disclosure": list(disclosure(result, allowed, day)),
        "minute_book": head,
    }
    return {"distribution_id": digest(document), **document}


def _text(cents: int) -> str:
    return f"{dollars(cents):.2f}"


def _part(part: Part, paid: Mapping[str, Decimal]) -> Document:
    person = part.participant
    before = paid.get(person.id, Decimal(0))
    return {
        "participant_id": person.id,
        "name": person.name,
        "group": person.group,
        "class": person.kind,
        "amount": _text(part.cents),
        "posted_before": f"{before:.2f}",
        "to_pay": f"{dollars(part.cents) - before:.2f}",
        "steps": [{"says": it.says, "amount": _text(int(it.cents))} for it in part.steps],
    }


def _gone(result: Split, paid: Mapping[str, Decimal]) -> list[Document]:
    """Who was paid before and has no part any more: what was paid is owed back."""
    here = {it.participant.id for it in result.parts}
    return [
        {
            "participant_id": name,
            "name": name,
            "group": "",
            "class": "",
            "amount": "0.00",
            "posted_before": f"{amount:.2f}",
            "to_pay": f"{-amount:.2f}",
            "steps": [],
        }
        for name, amount in paid.items()
        if name not in here and amount
    ]


def disclosure(result: Split, allowed: Allowed, day: date) -> Iterator[Document]:
    """The public table: who, for what purpose, since when, which share, by which document.

    No dollar amount stands in it: the waivers ask for the arrangement without its financial terms,
    and 42 CFR 425.308(b) for proportions.
    """
    purpose = next((it.purpose for it, _ in allowed.determinations if it.purpose), "")
    effective = next((str(it.effective) for _, it in allowed.determinations), str(day))
    found = [it.found for it in allowed.documents if it.found]
    wanted = ("arrangement_description", "signed_writing", "governing_document")
    listed = [it.reference for kind in wanted for it in found if it.document == kind]
    reference = listed[0] if listed else ""
    shares = [(it.participant.name, it.cents) for it in result.parts]
    for it in result.kept:
        name = "not distributed" if it.account == ENTITY else label(it.account)
        shares.append((name, it.cents))
    for name, cents in shares:
        part = Decimal(cents) / Decimal(result.cents) if result.cents else Decimal(0)
        yield {
            "participant": name,
            "purpose": purpose,
            "date": effective,
            "share": f"{part:.4f}",
            "document": reference,
        }


def disclosure_markdown(document: Document) -> str:
    """The public table as Markdown."""
    head = (
        "| participant | purpose | date | share of the pool | document |\n|---|---|---|---|---|\n"
    )
    rows = (
        f"| {it['participant']} | {it['purpose']} | {it['date']} | {shown(it['share'], 'rate')} "
        f"| {it['document']} |\n"
        for it in document["disclosure"]
    )
    return head + "".join(rows)


def participant_text(document: Document, part: Document) -> str:
    """One participant's statement: what it gets, and how each figure was made."""
    unit = document["unit"]
    lines = [
        f"{part['name']} ({part['participant_id']})",
        f"Distribution of {document['settlement']['id']}, {document['date']}",
        f"statement {document['statement_id']}",
        f"line {document['line']['id']}: {shown(document['line']['amount'], unit)}",
        f"pool: {shown(document['share'], 'rate')} of it, {shown(document['pool'], unit)}",
        *(
            f"group {it['group']}: {it['says']}, {shown(it['amount'], unit)}"
            for it in document["groups"]
            if it["group"] == part["group"]
        ),
        "",
        *(f"{shown(it['amount'], unit):>16}  {it['says']}" for it in part["steps"]),
        f"{shown(part['amount'], unit):>16}  in all",
    ]
    if document["supersedes"]:
        lines += [
            f"{shown(part['posted_before'], unit):>16}  posted before",
            f"{shown(part['to_pay'], unit):>16}  to pay now",
        ]
    return "\n".join(lines) + "\n"
