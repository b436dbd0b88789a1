"""Which people become one, when pairs of them do: everybody whom decisions connect."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from openvbc.errors import InputError, Problem
from openvbc.identity.decisions import Decision, kept_decisions
from openvbc.identity.proposal import ranked
from openvbc.identity.standing import Connection


def joins(
    connection: Connection, data: Path, path: Path, decisions: Sequence[Decision]
) -> dict[str, str]:
    """Former person_id → the person_id that stays, for decisions that change something.

    Raises InputError, by line of the review file at path, for people who are not in the data,
    people whom another decision keeps apart, and coverage of both by one payer on the same days.
    """
    now = dict(connection.execute("SELECT former_id, person_id FROM joined").fetchall())
    standing = {row[0] for row in connection.execute("SELECT person_id FROM person").fetchall()}
    unknown = list(_unknown(path, decisions, standing, now))
    if unknown:
        raise InputError(unknown)
    stays = _stays(connection, decisions, standing, now)
    problems = list(_kept_apart(path, decisions, kept_decisions(data), stays))
    problems += _both_covered(connection, path, decisions, stays)
    if problems:
        raise InputError(problems)
    return {former: to for former, to in stays.items() if former != to}


def _unknown(
    path: Path, decisions: Iterable[Decision], standing: set[str], now: Mapping[str, str]
) -> Iterator[Problem]:
    for it in decisions:
        for name, person in (("person_id", it.person_id), ("other_person_id", it.other_person_id)):
            if person not in standing and person not in now:
                yield Problem(f"{path}:{it.line}", f"{name} is no person in the loaded data")


def _stays(
    connection: Connection,
    decisions: Sequence[Decision],
    standing: set[str],
    now: Mapping[str, str],
) -> dict[str, str]:
    """Every person who is decided about → who stays of those connected with them."""
    group: dict[str, set[str]] = {}
    for it in decisions:
        ends = [_today(person, standing, now) for person in (it.person_id, it.other_person_id)]
        if it.is_same:
            merged = set[str]().union(*(group.get(end, {end}) for end in ends))
            group |= dict.fromkeys(merged, merged)
    place = {person: at for at, person in enumerate(ranked(connection, sorted(group)))}
    linked = {former: to for former, to in now.items() if former in place and to in place}
    stays = {person: min(members, key=place.__getitem__) for person, members in group.items()}
    return stays | {former: stays[to] for former, to in linked.items()}


def _today(person: str, standing: set[str], now: Mapping[str, str]) -> str:
    """The id under which a person stands: one that was joined stands under another."""
    return person if person in standing else now[person]


def _kept_apart(
    path: Path,
    decisions: Sequence[Decision],
    earlier: Sequence[Decision],
    stays: Mapping[str, str],
) -> Iterator[Problem]:
    """Two people whom the last decision about them keeps apart must not meet through others."""
    same = {it.people: it for it in decisions if it.is_same}
    last = {it.people: it for it in (*earlier, *decisions)}
    for it in last.values():
        one, other = (stays.get(person, person) for person in sorted(it.people))
        if it.is_same or one != other:
            continue
        line = it.line if it in decisions else next(iter(same.values())).line
        what = "two people who are decided apart become one through other decisions; mend one"
        yield Problem(f"{path}:{line}", what)


def _both_covered(
    connection: Connection, path: Path, decisions: Sequence[Decision], stays: Mapping[str, str]
) -> Iterator[Problem]:
    """Coverage of both by one payer on the same days says that they are two."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE cluster AS "
        "SELECT unnest($people) AS person_id, unnest($stays) AS stays",
        {"people": list(stays), "stays": list(stays.values())},
    )
    rows = connection.execute(
        """
        SELECT DISTINCT a.person_id, b.person_id
        FROM (SELECT * FROM eligibility JOIN cluster USING (person_id)) AS a
        JOIN (SELECT * FROM eligibility JOIN cluster USING (person_id)) AS b
            ON b.stays = a.stays AND b.person_id > a.person_id
            AND b.payer IS NOT DISTINCT FROM a.payer
            AND b.line_of_business IS NOT DISTINCT FROM a.line_of_business
            AND b.enrollment_start_date <= coalesce(a.enrollment_end_date, DATE '9999-12-31')
            AND a.enrollment_start_date <= coalesce(b.enrollment_end_date, DATE '9999-12-31')
        """
    ).fetchall()
    lines = {stays[person]: it.line for it in decisions for person in it.people if person in stays}
    for one, _ in rows:
        what = "both have coverage of one payer on the same days; correct it at the source first"
        yield Problem(f"{path}:{lines[stays[one]]}", what)
