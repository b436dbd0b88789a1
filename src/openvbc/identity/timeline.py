"""Everything that the sources say of one person, on one line of time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from openvbc.confidentiality.codes import SEPARATOR
from openvbc.confidentiality.consent import read_consents
from openvbc.confidentiality.release import Release
from openvbc.errors import InputError, Problem
from openvbc.identity.conflicts import Conflict, conflicts
from openvbc.identity.standing import Connection, opened
from openvbc.sources.bucket import bucket_of

COLUMNS: Final = (
    "kind, what, first_day, last_day, code, cents, who, note, sensitivity, "
    "data_source, load_id, file_name, row_number"
)


@dataclass(frozen=True)
class Event:
    """One thing that happened, with its amount in whole cents and where it came from."""

    kind: str
    what: str
    first_day: date | None
    last_day: date | None
    code: str | None
    cents: int | None
    who: str | None
    note: str | None
    sensitivity: str | None
    data_source: str
    load_id: str
    file_name: str
    row_number: int


@dataclass(frozen=True)
class Timeline:
    """One person: what they are known by, what happened, and where sources differ.

    known_by: identifier type → how many numbers. joined: (day, former ids) of each decision.
    with_sensitive: rows of sensitive categories are among the events as far as the person
    agreed; otherwise they are left out, and nothing says whether there are any.
    """

    person_id: str
    birth_date: date | None
    sex: str | None
    death_date: date | None
    sources: Sequence[str]
    known_by: dict[str, int]
    joined: Sequence[tuple[date, str]]
    events: Sequence[Event]
    conflicts: Sequence[Conflict]
    with_sensitive: bool

    def to_json(self) -> dict[str, Any]:
        """For other programs; days as ISO text, amounts as whole cents."""
        return asdict(self)


@cache
def selects() -> dict[str, str]:
    """Kind of event → its SELECT, from timeline.sql."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    parts = (it.split("\n", 1) for it in text.split("\n-- ")[1:])
    return {kind.strip(): sql.strip() for kind, sql in parts}


def person_timeline(
    root: Path, person: str, release: Release, *, memory: str = "800MB", buckets: int
) -> Timeline:
    """The timeline of a person, by person_id, a former one, or any one identifier.

    root is the workspace's folder, buckets its number of buckets. Reads what is loaded; nothing
    needs to be built. Sensitive rows are shown where the release asks for them and the person
    agreed (`consents.yaml`). Raises InputError where nobody, or more than one person, is known by
    that id.
    """
    data = root / "data"
    found, former = _resolve(data, person, memory)
    people = [found, *(it for _, it in former)]
    with opened(data, memory, {bucket_of(it, buckets) for it in people}) as connection:
        _make_events(connection, found, _agreed(root, people, release))
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM event ORDER BY first_day NULLS LAST, kind, last_day, "
            "data_source, file_name, row_number, what"
        ).fetchall()
        birth_date, sex, death_date = connection.execute(
            "SELECT birth_date, sex, death_date FROM person WHERE person_id = ?", [found]
        ).fetchall()[0]
        return Timeline(
            found,
            birth_date,
            sex,
            death_date,
            _sources(connection, people),
            _known_by(connection, found),
            former,
            [Event(*row) for row in rows],
            conflicts(connection, found, people),
            release.with_sensitive,
        )


def _resolve(data: Path, person: str, memory: str) -> tuple[str, list[tuple[date, str]]]:
    """Who stands under an id, and the ids that were joined into it, with the day of decision."""
    with opened(data, memory) as connection:
        rows = connection.execute(
            "SELECT person_id FROM person WHERE person_id = $id UNION "
            "SELECT i.person_id FROM person_identifier AS i SEMI JOIN person AS p "
            "ON p.person_id = i.person_id WHERE i.identifier = $id",
            {"id": person},
        ).fetchall()
        if len(rows) != 1:
            many = "several people have an identifier like this; give the person_id"
            what = many if rows else "no such person in the loaded data"
            raise InputError(Problem("person", what))
        found = str(rows[0][0])
        former = connection.execute(
            "SELECT decided_on, former_id FROM joined WHERE person_id = ? ORDER BY ALL", [found]
        ).fetchall()
    return found, former


def _agreed(root: Path, people: Sequence[str], release: Release) -> list[str]:
    """The sensitive categories that the person lets this recipient have."""
    if not release.with_sensitive:
        return []
    covering = (it for it in read_consents(root) if it.covers(release.recipient, release.day))
    return sorted(
        {category for it in covering if it.person in people for category in it.categories}
    )


def _make_events(connection: Connection, person: str, agreed: list[str]) -> None:
    """Make the table `event`."""
    types = (
        "kind VARCHAR, what VARCHAR, first_day DATE, last_day DATE, code VARCHAR, cents BIGINT, "
        "who VARCHAR, note VARCHAR, sensitivity VARCHAR, data_source VARCHAR, load_id VARCHAR, "
        "file_name VARCHAR, row_number BIGINT"
    )
    connection.execute(f"CREATE TEMP TABLE event ({types})")
    categories = f"string_split(sensitivity, '{SEPARATOR}')"
    shown = f"sensitivity IS NULL OR list_has_all(CAST($agreed AS VARCHAR[]), {categories})"
    for sql in selects().values():
        kept = f"SELECT {COLUMNS} FROM ({sql}) WHERE {shown}"
        connection.execute(f"INSERT INTO event {kept}", {"person": person, "agreed": agreed})


def _sources(connection: Connection, people: list[str]) -> list[str]:
    """The sources that are seen here: of a person row that is ordinary, or of an event shown."""
    rows = connection.execute(
        "SELECT data_source FROM ever.person WHERE list_contains(?, person_id) "
        "AND coalesce(sensitivity, '') = '' UNION SELECT data_source FROM event ORDER BY 1",
        [people],
    ).fetchall()
    return [str(source) for (source,) in rows]


def _known_by(connection: Connection, person: str) -> dict[str, int]:
    rows = connection.execute(
        "SELECT identifier_type, count(*) FROM person_identifier "
        "WHERE person_id = ? AND identifier_type <> 'person_id' AND coalesce(sensitivity, '') = '' "
        "GROUP BY identifier_type ORDER BY identifier_type",
        [person],
    ).fetchall()
    return dict(rows)
