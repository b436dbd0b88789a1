"""Whether the governing body decided, and what is in force on a day."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Final

from openvbc.contract.contract import Contract
from openvbc.contract.governance import Governance
from openvbc.engine.store import digest
from openvbc.governance.book import Book
from openvbc.governance.records import Determination, Proposal
from openvbc.yamlfile import plain

LEAST: Final[Mapping[str, Fraction]] = {
    "two_thirds": Fraction(2, 3),
    "three_quarters": Fraction(3, 4),
    "unanimous": Fraction(1),
}


def clause_hash(contract: Contract) -> str:
    """The hash of the distribution and governance clauses: what a determination approves.

    As they are written: a clause that is changed afterwards needs another determination.
    """
    raw = plain(contract.raw)
    return digest({name: raw.get(name) for name in ("distribution", "governance")})


def not_adopted(governance: Governance, determination: Determination) -> list[str]:
    """Why the votes do not adopt a proposal; empty where they do."""
    seats = {it.seat: it for it in governance.seats}
    votes = determination.votes
    found = [f"{name} is no seat of the {governance.body}" for name in votes if name not in seats]
    counted = Counter(vote for name, vote in votes.items() if name in seats)
    present = sum(counted.values())
    if present < governance.quorum:
        found.append(f"{present} of {len(seats)} seats voted, the quorum is {governance.quorum}")
    found += [
        f"the required seat {name} ({seat.kind}) has no recorded vote"
        for name, seat in seats.items()
        if seat.required and name not in votes
    ]
    if not _carried(governance.majority, counted["for"], counted["against"]):
        votes_text = f"{counted['for']} for and {counted['against']} against"
        found.append(f"{votes_text} is no {governance.majority.replace('_', ' ')} majority")
    if determination.effective < determination.date:
        found.append(f"effective {determination.effective}, before it was decided")
    return found


def _carried(majority: str, votes_for: int, against: int) -> bool:
    if majority == "simple":
        return votes_for > against
    cast = votes_for + against
    return cast > 0 and Fraction(votes_for, cast) >= LEAST[majority]


def in_force(
    book: Book, contract: Contract, governance: Governance, statement_id: str, day: date
) -> tuple[list[tuple[Proposal, Determination]], list[str]]:
    """What allows a distribution on a day; and what is lacking, in words.

    The rules: the adopted determination that took effect last must approve the clauses as they are.
    Where the clause says each_distribution, the statement needs one of its own.
    """
    found: list[tuple[Proposal, Determination]] = []
    lacking: list[str] = []
    needed = ["distribution_rules", *(["distribution"] if governance.each_distribution else [])]
    for subject in needed:
        adopted, refused = _decided(book, contract.id, governance, subject, day)
        if subject == "distribution":
            adopted = [it for it in adopted if it[0].statement == statement_id]
        latest = adopted[-1] if adopted else None
        if latest is None:
            lacking += _none(subject, contract, governance, statement_id, day, refused)
        elif subject == "distribution_rules" and latest[0].clause != clause_hash(contract):
            what = f"record {latest[1].record} approved other rules (clause {latest[0].clause})"
            lacking.append(f"{what}; those of the contract are clause {clause_hash(contract)}")
        else:
            found.append(latest)
    return found, lacking


def _none(
    subject: str,
    contract: Contract,
    governance: Governance,
    statement_id: str,
    day: date,
    refused: list[str],
) -> list[str]:
    of = (
        f"the rules of distribution, clause {clause_hash(contract)}"
        if subject == "distribution_rules"
        else f"the distribution of statement {statement_id}"
    )
    return [f"no determination of the {governance.body} on {of} is in force on {day}", *refused]


def _decided(
    book: Book, contract: str, governance: Governance, subject: str, day: date
) -> tuple[list[tuple[Proposal, Determination]], list[str]]:
    """What was adopted and holds on a day, the latest last; and why others were not."""
    proposals = {it.proposal: it for it in book.of(contract, Proposal) if it.subject == subject}
    adopted: list[tuple[Proposal, Determination]] = []
    refused: list[str] = []
    for it in book.of(contract, Determination):
        proposal = proposals.get(it.proposal)
        if proposal is None or it.date > day:
            continue
        reasons = not_adopted(governance, it)
        refused += [f"record {it.record} on {it.proposal}: {reason}" for reason in reasons]
        if not reasons and it.effective <= day and (it.until is None or day <= it.until):
            adopted.append((proposal, it))
    return sorted(adopted, key=lambda it: (it[1].effective, it[1].record)), refused
