"""What matching proposes: pairs of people, sorted into certain, to be reviewed, and rejected."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from openvbc.identity.certain import find_certain
from openvbc.identity.decisions import SAME, settled_apart
from openvbc.identity.probable import Pair, probable_pairs
from openvbc.identity.standing import Connection, opened

CERTAIN: Final = "certain"
REVIEW: Final = "review"
REJECTED: Final = "rejected"

REVIEW_FROM: Final = Decimal("0.5")
"""Pairs from this score on are for a person to decide; those below are rejected."""

_DIGITS: Final = Decimal("0.0001")
_RULE: Final = "rule"

_FAR: Final = 5.0
"""Bits by which one pair is far more likely than another: 32 times."""


@dataclass(frozen=True)
class Proposal:
    """Two people who may be one; other_person_id would be joined into person_id.

    score is a probability, empty where no probability was asked for. reasons hold no values.
    """

    person_id: str
    other_person_id: str
    group: str
    score: Decimal | None
    reasons: str
    decision: str = ""
    decided_by: str = ""


@dataclass(frozen=True)
class Found:
    """All proposals, certain ones first, and how many people could be compared at all."""

    proposals: Sequence[Proposal]
    people: int
    described: int

    def of(self, group: str) -> list[Proposal]:
        """Those of one group."""
        return [it for it in self.proposals if it.group == group]


def propose(
    data: Path,
    *,
    memory: str = "800MB",
    only_certain: bool = False,
    accept_from: Decimal | None = None,
) -> Found:
    """Look for people who are one person in two sources.

    only_certain: no probabilistic matching. accept_from: pairs from this score on that are not
    doubtful and of which neither side is like anybody else of the same source are decided "same"
    by that rule; None leaves every such pair to a person. Pairs that were decided apart are not
    proposed again.
    """
    with opened(data, memory) as connection:
        find_certain(connection)
        found = list(_certain(connection))
        if not only_certain:
            pairs = _by_people(connection, probable_pairs(connection))
            found += _probable(pairs, found, accept_from)
        apart = settled_apart(data)
        kept = [it for it in found if frozenset((it.person_id, it.other_person_id)) not in apart]
        people, described = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE person_id IN "
            "(SELECT person_id FROM person_demographics)) FROM person"
        ).fetchall()[0]
        return Found(_told(connection, kept), people, described)


def _certain(connection: Connection) -> Iterator[Proposal]:
    rows = connection.execute(
        "SELECT person_id, other_person_id, reasons, contradicts FROM certain ORDER BY ALL"
    ).fetchall()
    for one, other, reasons, contradicts in rows:
        if contradicts:
            yield Proposal(one, other, REVIEW, None, f"{reasons}; other birth date")
        else:
            yield Proposal(one, other, CERTAIN, None, reasons, SAME, _RULE)


@dataclass(frozen=True)
class _Scored:
    """The best pair of records of two people, and the sources that it spans."""

    pair: Pair
    people: tuple[str, str]
    sources: tuple[str, str]

    @property
    def score(self) -> Decimal:
        """The probability, to four places."""
        return Decimal(str(self.pair.score)).quantize(_DIGITS)

    @property
    def sides(self) -> list[tuple[str, str]]:
        """Each of the two people, with the source of the other."""
        return [(self.people[0], self.sources[1]), (self.people[1], self.sources[0])]


def _by_people(connection: Connection, pairs: Iterable[Pair]) -> list[_Scored]:
    """Each pair of people once, with the best of its pairs of records."""
    rows = connection.execute("SELECT record_id, person_id, data_source FROM record").fetchall()
    whose = {record: (person, source) for record, person, source in rows}
    best: dict[frozenset[str], _Scored] = {}
    for pair in pairs:  # the highest score first
        one, other = whose[pair.record_id], whose[pair.other_record_id]
        it = _Scored(pair, (one[0], other[0]), (one[1], other[1]))
        best.setdefault(frozenset(it.people), it)
    return list(best.values())


def _probable(
    pairs: Sequence[_Scored], certain: Iterable[Proposal], accept_from: Decimal | None
) -> Iterator[Proposal]:
    known = {frozenset((it.person_id, it.other_person_id)) for it in certain}
    best = _best(pairs)
    likely = [it for it in pairs if it.score >= REVIEW_FROM and not _is_outdone(it, best)]
    rivals = Counter(side for it in likely for side in it.sides)
    for it in pairs:
        if frozenset(it.people) in known:
            continue
        said = _notes(it, best, rivals)
        reasons = "; ".join([*it.pair.reasons, *said])
        group = REVIEW if it in likely else REJECTED
        is_clear = group == REVIEW and not said and not it.pair.is_doubtful
        found = Proposal(*it.people, group, it.score, reasons)
        accepted = is_clear and accept_from is not None and it.score >= accept_from
        rule = f"{_RULE}: score {accept_from} or more"
        yield replace(found, decision=SAME, decided_by=rule) if accepted else found


Side = tuple[str, str]
"""A person, and the source of the person who may be the same."""


def _best(pairs: Iterable[_Scored]) -> dict[Side, float]:
    """The highest weight of each side's pairs."""
    best: dict[Side, float] = {}
    for it in pairs:
        for side in it.sides:
            best[side] = max(best.get(side, it.pair.weight), it.pair.weight)
    return best


def _is_outdone(it: _Scored, best: Mapping[Side, float]) -> bool:
    """Whether a doubtful pair has a far better one beside it, as a twin's has the twin's own."""
    far = any(best[side] - it.pair.weight >= _FAR for side in it.sides)
    return it.pair.is_doubtful and far


def _notes(it: _Scored, best: Mapping[Side, float], rivals: Mapping[Side, int]) -> list[str]:
    if _is_outdone(it, best):
        return ["another person is far more like"]
    return ["like another person too"] if any(rivals[side] > 1 for side in it.sides) else []


def _told(connection: Connection, found: Sequence[Proposal]) -> list[Proposal]:
    """The proposals in order, the person who would stay first in each."""
    people = sorted({person for it in found for person in (it.person_id, it.other_person_id)})
    place = {person: at for at, person in enumerate(ranked(connection, people))}

    def turned(it: Proposal) -> Proposal:
        one, other = sorted((it.person_id, it.other_person_id), key=place.__getitem__)
        return replace(it, person_id=one, other_person_id=other)

    groups = (CERTAIN, REVIEW, REJECTED)
    return sorted(
        map(turned, found),
        key=lambda it: (
            groups.index(it.group),
            -(it.score or 1),
            it.person_id,
            it.other_person_id,
        ),
    )


def ranked(connection: Connection, people: Sequence[str]) -> list[str]:
    """People in the order in which they would stay: those with claims first, then with coverage.

    The payer's number is the one that money hangs on; among equals the id decides.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE asked AS SELECT unnest($people) AS person_id",
        {"people": list(people)},
    )
    rows = connection.execute(
        """
        SELECT person_id FROM asked
        ORDER BY
            person_id IN (SELECT person_id FROM medical_claim) DESC,
            person_id IN (SELECT person_id FROM eligibility) DESC,
            person_id
        """
    ).fetchall()
    return [row[0] for row in rows]
