"""Member by member without names: keys that both sides can make, months and counted cents.

Both sides make the key of a member from its id and a salt that they agree on and keep to
themselves. A file has a row for each member: `key,months,cents`.
"""

import csv
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem

COLUMNS: Final = ("key", "months", "cents")
SHORTEST_SALT: Final = 16
"""Bytes: ids are few enough to be tried one by one by anybody who can guess the salt."""

KEY: Final = re.compile(r"[0-9a-f]{64}")
MONTHS: Final = re.compile(r"[0-9]+")
CENTS: Final = re.compile(r"-?[0-9]+")

ONLY_OURS: Final = "members only ours"
ONLY_THEIRS: Final = "members only theirs"
OTHER_AMOUNT: Final = "both, with other cents or months"


@dataclass(frozen=True)
class Counted:
    """What counts of one member: months, and whole cents (below zero where claims came back)."""

    months: int
    cents: int


@dataclass(frozen=True)
class Part:
    """Members who differ in one way: how many, and what they add to theirs less ours."""

    kind: str
    members: int
    months: int
    cents: int


@dataclass(frozen=True)
class MemberSplit:
    """The difference of two files of members, theirs less ours; its parts sum to it."""

    parts: tuple[Part, ...]
    same: int
    months: int
    cents: int

    def to_json(self) -> dict[str, Any]:
        """The split for other programs; no key of a member is in it."""
        return asdict(self)


def member_key(member_id: str, salt: bytes) -> str:
    """The key of a member: SHA-256 of its id, keyed with the salt (HMAC), as 64 hex digits.

    Raises InputError for a salt of fewer than 16 bytes.
    """
    if len(salt) < SHORTEST_SALT:
        what = f"has {len(salt)} bytes, expected {SHORTEST_SALT} or more, random and kept secret"
        raise InputError(Problem("salt", what))
    return hmac.digest(salt, member_id.strip().encode(), "sha256").hex()


def write_members(path: Path, members: Mapping[str, Counted], salt: bytes) -> None:
    """Write the file that is sent: member id → what counts of it; sorted by key, no id in it."""
    rows = sorted((member_key(name, salt), it.months, it.cents) for name, it in members.items())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, *rows])


def read_members(path: Path) -> dict[str, Counted]:
    """Key → what counts; InputError with everything that is wrong, never with a value."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = tuple(next(reader, ()))
        rows = [(reader.line_num, row) for row in reader]
    if header != COLUMNS:
        raise InputError(Problem(f"{path}:1", f"expected the columns {', '.join(COLUMNS)}"))
    problems = [Problem(f"{path}:{at}", what) for at, what in _problems(rows)]
    if problems:
        raise InputError(problems)
    return {key: Counted(int(months), int(cents)) for _, (key, months, cents) in rows}


def _problems(rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, str]]:
    """What is wrong with a row, in words that do not repeat it: it may hold a member's id."""
    first: dict[str, int] = {}
    for at, row in rows:
        if len(row) != len(COLUMNS):
            yield at, f"found {len(row)} values, expected {len(COLUMNS)}"
            continue
        key, months, cents = row
        if not KEY.fullmatch(key):
            yield at, "key is no SHA-256 of 64 hex digits; never send a member's id"
        elif key in first:
            yield at, f"the same key stands in line {first[key]}; a member has one row"
        if not MONTHS.fullmatch(months):
            yield at, "months is no whole number"
        if not CENTS.fullmatch(cents):
            yield at, "cents is no whole number"
        first.setdefault(key, at)


def split_members(ours: Mapping[str, Counted], theirs: Mapping[str, Counted]) -> MemberSplit:
    """Theirs less ours by members only ours, only theirs, and both with other cents or months."""
    nothing = Counted(0, 0)
    moves: dict[str, list[Counted]] = {ONLY_OURS: [], ONLY_THEIRS: [], OTHER_AMOUNT: []}
    for key in ours.keys() | theirs.keys():
        one, other = ours.get(key), theirs.get(key)
        if one != other:
            kind = ONLY_THEIRS if one is None else ONLY_OURS if other is None else OTHER_AMOUNT
            one, other = one or nothing, other or nothing
            moves[kind].append(Counted(other.months - one.months, other.cents - one.cents))
    parts = tuple(
        Part(kind, len(it), sum(one.months for one in it), sum(one.cents for one in it))
        for kind, it in moves.items()
    )
    same = len(ours.keys() & theirs.keys()) - len(moves[OTHER_AMOUNT])
    return MemberSplit(parts, same, sum(it.months for it in parts), sum(it.cents for it in parts))
