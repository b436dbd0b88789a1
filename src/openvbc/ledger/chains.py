"""Which of the statements that were kept were sent, and in which order.

Settling keeps every statement, drafts too. Those of one settlement stand in the order of their
`as_of`, a replaced one before the one that replaces it. Of several with one `as_of` and kind, those
that another statement or an event names were sent; of the others only the one in force stands, the
rest are drafts. Where none is in force and they pay otherwise, nobody can know, and it is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.ledger.kept import Kept

KINDS: Final = ("projection", "interim", "final", "restated", "reopened")
"""The kinds of statement, from the least firm."""


@dataclass(frozen=True)
class Chains:
    """The statements of each settlement in order, and the drafts that were never sent."""

    sent: Mapping[str, Sequence[Kept]]
    drafts: Sequence[Kept]


def chains(
    kept: Iterable[Kept],
    in_force: Iterable[str] = (),
    named: Iterable[str] = (),
    where: str = "data/statements",
) -> Chains:
    """Which statements were sent, and in which order.

    in_force: the ids of the latest statement of each settlement. named: ids that events name.
    Raises InputError where it cannot be known which of several was sent.
    """
    every = {it.id: it for it in kept}
    latest = frozenset(in_force)
    known = {*named, *(it.supersedes for it in every.values())}
    rivals: dict[tuple[str, date, str], list[Kept]] = {}
    for it in every.values():
        rivals.setdefault((it.settlement, it.as_of, it.kind), []).append(it)
    sent: dict[str, list[Kept]] = {}
    problems: list[Problem] = []
    for group in rivals.values():
        standing = [it for it in group if it.id in known or it.id in latest]
        if not standing and len({it.position for it in group}) > 1:
            problems.append(_unclear(where, group))
        first = min(group, key=lambda it: it.id)
        sent.setdefault(first.settlement, []).extend(standing or [first])
    if problems:
        raise InputError(problems)
    depth = {it.id: _depth(it, every) for it in every.values()}

    def place(it: Kept) -> tuple[date, int, int, bool, str]:
        return it.as_of, depth[it.id], KINDS.index(it.kind), it.id in latest, it.id

    ordered = {name: sorted(found, key=place) for name, found in sorted(sent.items())}
    stands = {it.id for found in ordered.values() for it in found}
    drafts = sorted((it for it in every.values() if it.id not in stands), key=place)
    return Chains(ordered, drafts)


def _depth(statement: Kept, every: Mapping[str, Kept]) -> int:
    """How many statements it replaces, one after the other."""
    count = 0
    while statement.supersedes is not None and statement.supersedes in every:
        count, statement = count + 1, every[statement.supersedes]
    return count


def _unclear(where: str, group: Sequence[Kept]) -> Problem:
    first = group[0]
    ids = ", ".join(sorted(it.id[:12] for it in group))
    what = (
        f"{len(group)} {first.kind} statements of {first.settlement} as of {first.as_of} pay "
        f"otherwise ({ids}); say which was sent, as an event of kind sent in ledger/events.yaml"
    )
    return Problem(where, what)
