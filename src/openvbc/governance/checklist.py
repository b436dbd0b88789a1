"""The documents that a distribution needs, as data: waivers, exceptions and state rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from openvbc.contract.contract import Contract
from openvbc.contract.governance import Governance
from openvbc.engine.store import file_digest
from openvbc.governance.book import Book
from openvbc.governance.records import DocumentRecord
from openvbc.yamlfile import plain, read_yaml

PATH: Final = Path(__file__).with_name("checklists.yaml")
STATE_DOCUMENT: Final = "state_downstream_risk"


@dataclass(frozen=True)
class Item:
    """A document that is needed: for what, and the record that shows it, or what is wrong."""

    document: str
    needed_for: str
    cite: str
    found: DocumentRecord | None
    problem: str = ""


@cache
def checklists() -> Mapping[str, Any]:
    """The lists: laws, documents, protections, states."""
    found: dict[str, Any] = plain(read_yaml(PATH))
    return found


@dataclass(frozen=True)
class Day:
    """When a distribution is made, and the first day of the period it is for."""

    posted: date
    first_day: date


def lawful(contract: Contract, governance: Governance) -> list[str]:
    """What is wrong with the protections by themselves: a law without one, one that cannot hold."""
    lists = checklists()
    program = contract.shape.program
    usable: set[str] = set()
    found: list[str] = []
    for name in governance.protections:
        entry = lists["protections"][name]
        if program not in entry.get("programs", [program]):
            found.append(f"{name} ({entry['cite']}) is of another program than this contract's")
        elif not entry.get("money", True):
            found.append(f"{name} ({entry['cite']}) covers remuneration in kind, and this is money")
        else:
            usable |= set(entry["laws"])
    return found + [
        f"no waiver, exception or safe harbor is named for the {says}; add it to protections"
        for law, says in lists["laws"].items()
        if law not in usable
    ]


def checklist(
    root: Path, book: Book, contract: Contract, governance: Governance, *, losses: bool, day: Day
) -> list[Item]:
    """Every document that is needed, with the record that shows it.

    root: the workspace, to which paths are relative. losses: whether participants bear losses.
    """
    lists = checklists()
    needed = [
        (document, name, lists["protections"][name]["cite"])
        for name in governance.protections
        for document in lists["protections"][name]["documents"]
    ]
    if losses:
        state = lists["states"].get(governance.state, {})
        cite = state.get("cite", "the state's insurance law")
        needed.append((STATE_DOCUMENT, state.get("says", "risk that participants bear"), cite))
    records = book.of(contract.id, DocumentRecord)
    return [_item(root, records, it, day) for it in needed]


def _item(
    root: Path, records: Sequence[DocumentRecord], needed: tuple[str, str, str], day: Day
) -> Item:
    document, needed_for, cite = needed
    of_kind = [it for it in records if it.document == document and it.date <= day.posted]
    if not of_kind:
        says = checklists()["documents"][document]["says"]
        return Item(document, needed_for, cite, None, f"is missing: {says}")
    tried = [(it, "; ".join(_wrong(root, it, day))) for it in reversed(of_kind)]
    good = next((it for it, wrong in tried if not wrong), None)
    if good:
        return Item(document, needed_for, cite, good)
    return Item(document, needed_for, cite, None, f"record {tried[0][0].record}: {tried[0][1]}")


def _wrong(root: Path, record: DocumentRecord, day: Day) -> Iterator[str]:
    """Why a document that was recorded does not hold on the day."""
    before_period = checklists()["documents"][record.document].get("before_period", False)
    if record.document_date > day.posted:
        yield f"is dated {record.document_date}, after the distribution"
    if before_period and record.document_date > day.first_day:
        yield f"is dated {record.document_date}, and had to be there on {day.first_day}"
    if record.valid_until and record.valid_until < day.posted:
        yield f"held until {record.valid_until}"
    path = root / record.path if record.path else None
    if path and not path.is_file():
        yield f"{record.path} is not there"
    elif path and record.sha256 and file_digest(path) != record.sha256:
        yield f"{record.path} is another file than the one recorded"
