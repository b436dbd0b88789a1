"""Whether a distribution may be posted on a day: everything that governance asks, at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from openvbc.contract.settlement import Settlement
from openvbc.errors import Problem
from openvbc.governance.book import FOLDER, Book, check_heads
from openvbc.governance.checklist import Day, Item, checklist, lawful
from openvbc.governance.determination import in_force
from openvbc.governance.incentive_plan import tests
from openvbc.governance.records import Determination, Proposal
from openvbc.yamlfile import where


@dataclass(frozen=True)
class Allowed:
    """What allows a posting (determinations, documents), and what stands against it."""

    determinations: tuple[tuple[Proposal, Determination], ...]
    documents: tuple[Item, ...]
    against: tuple[Problem, ...]


def allow(
    root: Path,
    book: Book,
    settlement: Settlement,
    statement_id: str,
    day: date,
    *,
    losses: bool,
    heads: Sequence[tuple[str, str]],
) -> Allowed:
    """Hold a distribution against its contract's governance clause and the minute book.

    root: the workspace. losses: whether participants may bear losses. heads: what was posted
    before, with the last record of that day.
    """
    contract, shape = settlement.contract, settlement.shape
    governance = contract.shape.governance
    if governance is None:
        what = "the contract has no governance clause: nobody can have decided on a distribution"
        return Allowed((), (), (Problem(str(contract.path), what),))
    decided, lacking = in_force(book, contract, governance, statement_id, day)
    days = Day(day, shape.first_day)
    items = checklist(root, book, contract, governance, losses=losses, day=days)
    clause = where(contract.path, contract.raw, "governance")
    if losses and governance.state is None:
        what = "participants may bear losses; name the state whose law on downstream risk holds"
        lacking.append(what)
    against = [
        *check_heads(book, heads),
        *(Problem(FOLDER, it) for it in lacking),
        *(Problem(clause, it) for it in lawful(contract, governance)),
        *(
            Problem(FOLDER, f"document {it.document} for {it.needed_for} ({it.cite}): {it.problem}")
            for it in items
            if it.problem
        ),
        *(
            Problem(FOLDER, it)
            for it in tests(book, contract, governance, shape.first_day, shape.last_day)
        ),
    ]
    return Allowed(tuple(decided), tuple(items), tuple(dict.fromkeys(against)))
