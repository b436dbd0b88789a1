"""The minute book: governance/*.yaml in the order of their names, chained by hash.

Each record names the SHA-256 of the file before it, so a record that was changed, put in, or taken
out afterwards is found. The last record has nothing after it; a posted distribution names it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from openvbc.contract.document import read_shape
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, OpenVBCError, Problem, near
from openvbc.governance.records import FIRST, SHAPES, Determination, Proposal, Record
from openvbc.yamlfile import read_yaml, where

FOLDER: Final = "governance"

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Entry:
    """A record with its file and the hash of that file."""

    path: Path
    sha256: str
    record: Record


@dataclass(frozen=True)
class Book:
    """The records of a workspace, in order; whole, as `read_book` found it."""

    entries: tuple[Entry, ...]

    @property
    def head(self) -> str:
        """The hash of the last record; what the next one names as previous."""
        return self.entries[-1].sha256 if self.entries else FIRST

    def of(self, contract: str, kind: type[R]) -> list[R]:
        """The records of a contract of one kind, in order."""
        records = (it.record for it in self.entries)
        return [it for it in records if isinstance(it, kind) and it.contract == contract]


def read_book(root: Path) -> Book:
    """The minute book of a workspace folder; empty where there is none.

    Raises InputError with everything that is wrong: a file that does not fit, a broken chain, a
    number or a day out of order.
    """
    found = (root / FOLDER).glob("[!.]*")
    paths = sorted(it for it in found if it.suffix in {".yaml", ".yml"})
    problems: list[Problem] = []
    entries: list[Entry] = []
    previous = FIRST
    for place, path in enumerate(paths, start=1):
        sha256 = file_digest(path)
        try:
            record = read_record(path)
        except OpenVBCError as error:
            problems += error.problems
        else:
            problems += _out_of_chain(path, record, previous, place)
            problems += _out_of_order(path, record, entries)
            problems += _proposals(path, record, entries)
            entries.append(Entry(path, sha256, record))
        previous = sha256
    if problems:
        raise InputError(problems)
    return Book(tuple(entries))


def read_record(path: Path) -> Record:
    """One record; raises InputError with everything that does not fit its kind."""
    raw = read_yaml(path)
    kind = str(raw.get("kind"))
    if kind not in SHAPES:
        place = where(path, raw, "kind")
        raise InputError(Problem(place, f"kind: found {kind}{near(kind, SHAPES)}"))
    return read_shape(path, SHAPES[kind])[0]


def _out_of_chain(path: Path, record: Record, previous: str, place: int) -> Iterator[Problem]:
    raw = read_yaml(path)
    if record.previous != previous:
        what = "the record before was changed, put in or taken out"
        if FIRST in {record.previous, previous}:
            what = "the first record of a book, and only that, has previous: none"
        found = f"previous is {record.previous}, the file before has {previous}"
        yield Problem(where(path, raw, "previous"), f"{found}; {what}")
    if record.record != place:
        what = f"record {record.record} is the file number {place}; number them without a gap"
        yield Problem(where(path, raw, "record"), what)


def _out_of_order(path: Path, record: Record, before: Sequence[Entry]) -> Iterator[Problem]:
    if before and record.date < before[-1].record.date:
        what = f"dated {record.date}, before the record above it ({before[-1].record.date})"
        yield Problem(where(path, read_yaml(path), "date"), what)


def _proposals(path: Path, record: Record, before: Sequence[Entry]) -> Iterator[Problem]:
    """A vote on what was not put forward, or a proposal that takes the name of another."""
    if not isinstance(record, Proposal | Determination):
        return
    known = {
        it.record.proposal
        for it in before
        if isinstance(it.record, Proposal) and it.record.contract == record.contract
    }
    place = where(path, read_yaml(path), "proposal")
    if isinstance(record, Proposal) and record.proposal in known:
        yield Problem(place, f"proposal {record.proposal} was put forward before; name it anew")
    if isinstance(record, Determination) and record.proposal not in known:
        yield Problem(place, f"no proposal {record.proposal} stands in the book before this vote")


def check_heads(book: Book, heads: Sequence[tuple[str, str]]) -> list[Problem]:
    """Whether the book still holds the record that was the last at each earlier posting.

    heads: what was posted, and the hash of the last record on that day.
    """
    known = {it.sha256 for it in book.entries} | {FIRST}
    return [
        Problem(FOLDER, f"{posted} was posted on a record {head} that is no longer in the book")
        for posted, head in heads
        if head not in known
    ]
