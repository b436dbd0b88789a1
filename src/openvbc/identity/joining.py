"""A load that joins people: their rows written anew under one id, published by one rename.

Nothing that was loaded before is changed: the new load names the partitions that its own stand for
(`replaces`), so that an earlier run still reads what it read, and the rows keep the load, file and
row they came from.
"""

import json
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from openvbc.confidentiality.release import PURPOSES
from openvbc.engine.lock import only_one
from openvbc.engine.store import digest, file_digest, publish_text, sync
from openvbc.errors import InputError, Problem
from openvbc.identity.clusters import joins
from openvbc.identity.decisions import (
    DECISIONS,
    KIND,
    Decision,
    kept_decisions,
    read_decisions,
)
from openvbc.identity.moving import IDENTIFIER, Moved, Mover
from openvbc.identity.standing import Connection, opened
from openvbc.sources.landing import text
from openvbc.sources.loading import QUARANTINE, TIMES
from openvbc.sources.loads import LOAD_SCHEMA, LOADS, LOCK, MANIFEST, loaded_partitions, loads
from openvbc.sources.options import LoadOptions
from openvbc.sources.result import TableCount

_ID_LENGTH: Final = 16
_DATA_SOURCE: Final = "identity"


@dataclass(frozen=True)
class Joined:
    """What applying a review file did; load_id is None where there was nothing left to do."""

    load_id: str | None
    people: int
    apart: int
    tables: Sequence[Moved]


def apply(data: Path, path: Path, *, memory: str = "800MB") -> Joined:
    """Carry out the decisions of a review file as one load, wholly or not at all.

    Every row of a person who is joined stands under the person who stays, in every table; the old
    id and the decision stay as a `person_identifier` row of type `person_id`. The same decisions
    again change nothing. Raises InputError with every problem, by line.
    """
    decisions = read_decisions(path)
    if not loads(data):
        raise InputError(Problem(str(data), "nothing is loaded; run `vbc load`"))
    with only_one(data / LOCK, wait=True):
        return _apply(data, path, decisions, memory)


def _apply(data: Path, path: Path, decisions: Sequence[Decision], memory: str) -> Joined:
    kept = {(it.people, it.is_same) for it in kept_decisions(data)}
    new = [it for it in decisions if (it.people, it.is_same) not in kept]
    with opened(data, memory) as connection:
        moves = joins(connection, data, path, decisions)
        if not moves and not new:
            return Joined(None, 0, 0, ())
        load_id, tables = _Publishing(connection, data, path, decisions, moves).run()
    apart = sum(not it.is_same for it in decisions)
    return Joined(load_id, len(moves), apart, tables)


@dataclass(frozen=True)
class _Publishing:
    """One load of this kind on its way."""

    connection: Connection
    data: Path
    path: Path
    decisions: Sequence[Decision]
    moves: Mapping[str, str]

    def run(self) -> tuple[str, list[Moved]]:
        """Write below a temporary folder, then give it its name."""
        started = datetime.now(UTC).isoformat()
        manifests = loads(self.data)
        after = [it["load_id"] for it in manifests]
        sources = [{"name": self.path.name, "sha256": file_digest(self.path)}]
        content = {"schema": LOAD_SCHEMA, "kind": KIND, "sources": sources, "after": after}
        load_id = digest(content)[:_ID_LENGTH]
        folder = self.data / LOADS / load_id
        temporary = self.data / LOADS / f".tmp-{load_id}-{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        try:
            buckets = int(manifests[-1]["options"]["buckets"])
            mover = Mover(self.connection, self.data, temporary, buckets, [], [])
            tables = self._move(mover, load_id) if self.moves else []
            self._write_beside(temporary)
            manifest = {
                **content,
                "load_id": load_id,
                "options": _options(buckets, self.decisions).manifest(),
                "ignored": [],
                "tables": _counts(tables, len(self.moves)),
                "partitions": [it.manifest(temporary) for it in mover.written],
                "replaces": sorted(set(mover.replaced)),
            }
            _publish(temporary, folder, manifest, started)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return load_id, [it for it in tables if it.rows]

    def _move(self, mover: Mover, load_id: str) -> list[Moved]:
        self._name_moves(load_id)
        return mover.run(loaded_partitions(self.data))

    def _name_moves(self, load_id: str) -> None:
        """Make `move` (former_id, person_id) and `decided`, the identifier rows that say so."""
        run = self.connection.execute
        said = {person: it for it in self.decisions if it.is_same for person in it.people}
        whose = [said.get(former, self.decisions[0]) for former in self.moves]
        given = {
            "former": list(self.moves),
            "stays": list(self.moves.values()),
            "days": [it.decided_on for it in whose],
            "lines": [it.line - 1 for it in whose],
        }
        run(
            "CREATE TEMP TABLE said AS SELECT unnest($former) AS former_id, "
            "unnest($stays) AS person_id, unnest($days) AS day, unnest($lines) AS line",
            given,
        )
        run("CREATE TEMP TABLE move AS SELECT former_id, person_id FROM said")
        run(
            "CREATE TEMP TABLE decided AS SELECT 'person_id' AS identifier_type, "
            "former_id AS identifier, person_id, day AS first_day, $source AS data_source, "
            "day AS received_on, $load_id AS load_id, $file AS file_name, "
            "CAST(line AS BIGINT) AS row_number FROM said",
            {"source": _DATA_SOURCE, "load_id": load_id, "file": self.path.name},
        )

    def _write_beside(self, folder: Path) -> None:
        """The decisions, and a quarantine, which is empty: nothing is set aside here."""
        shutil.copyfile(self.path, folder / DECISIONS)
        sync(folder / DECISIONS)
        self.connection.execute(
            "COPY (SELECT '' AS \"table\", '' AS file_name, CAST(0 AS BIGINT) AS row_number, "
            "'' AS reason, '' AS expected WHERE false) "
            f"TO {text(folder / QUARANTINE)} (FORMAT parquet)"
        )
        sync(folder / QUARANTINE)


def _options(buckets: int, decisions: Sequence[Decision]) -> LoadOptions:
    latest: date | None = max((it.decided_on for it in decisions), default=None)
    return LoadOptions(
        data_source=_DATA_SOURCE,
        buckets=buckets,
        received_on=latest,
        line_of_business=None,
        owner=_DATA_SOURCE,
        agreement=None,
        permitted_purpose="; ".join(PURPOSES),  # the sources of the rows still say what they permit
    )


def _counts(tables: Sequence[Moved], decided: int) -> dict[str, Any]:
    """Of each table, rows in = accepted + redelivered (there already under the id that stays)."""
    found = {it.table: it for it in tables if it.rows}
    moved = {
        name: TableCount(it.rows, it.rows - it.already_there, 0, it.already_there)
        for name, it in found.items()
    }
    before = moved.get(IDENTIFIER, TableCount())
    if decided:
        rows, accepted = before.rows_in + decided, before.accepted + decided
        moved[IDENTIFIER] = TableCount(rows, accepted, 0, before.redelivered)
    return {name: asdict(it) for name, it in sorted(moved.items())}


def _publish(temporary: Path, folder: Path, manifest: Mapping[str, Any], started: str) -> None:
    times = {"started": started, "ended": datetime.now(UTC).isoformat(), "host": platform.node()}
    publish_text(temporary / MANIFEST, json.dumps(manifest, indent=1) + "\n")
    publish_text(temporary / TIMES, json.dumps(times, indent=1) + "\n")
    for path in sorted(it for it in [temporary, *temporary.rglob("*")] if it.is_dir()):
        sync(path)
    temporary.rename(folder)
    sync(folder.parent)
