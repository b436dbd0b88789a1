"""Rows of people who were joined, written anew under the person who stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openvbc.engine.model import Model
from openvbc.engine.store import Partition, file_digest, sync
from openvbc.identity.standing import Connection, rows_of
from openvbc.sources.bucket import bucket_sql
from openvbc.sources.landing import name, text
from openvbc.sources.reader import canonical_models
from openvbc.sources.write import Written

IDENTIFIER: Final = "person_identifier"
PERSON: Final = "person"

_OPTIONS: Final = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false"


@dataclass(frozen=True)
class Moved:
    """What became of one table: its rows of former ids, those already there under the new one."""

    table: str
    rows: int
    already_there: int


@dataclass(frozen=True)
class Mover:
    """Moves rows in one connection, which must have the table `move` (former_id, person_id).

    data: the workspace's data; folder: of the new load; buckets: the workspace's number.
    """

    connection: Connection
    data: Path
    folder: Path
    buckets: int
    written: list[Written]
    replaced: list[str]

    def run(self, standing: Mapping[str, Sequence[Partition]]) -> list[Moved]:
        """Write every partition that changes; the others stay as they are."""
        return [
            self._table(model, standing.get(table, ()))
            for table, model in canonical_models().items()
            if "person_id" in model.schema and (standing.get(table) or table == IDENTIFIER)
        ]

    def _table(self, model: Model, parts: Sequence[Partition]) -> Moved:
        holding = [part for part in parts if self._holds(model, part)]
        if not holding and model.name != IDENTIFIER:
            return Moved(model.name, 0, 0)
        places = {(part.bucket, part.slice) for part in holding}
        places |= {
            (bucket if model.span == "person" else None, part.slice)
            for part in holding
            for bucket in self._targets(model, part)
        }
        if model.name == IDENTIFIER:
            places.add((None, None))
        rows = 0
        there = 0
        self._gather(model, holding)
        for bucket, cut in sorted(places, key=str):
            here = [part for part in parts if (part.bucket, part.slice) == (bucket, cut)]
            moved, doubled = self._place(model, bucket, cut, here, holding)
            rows, there = rows + moved, there + doubled
        return Moved(model.name, rows, there)

    def _holds(self, model: Model, part: Partition) -> bool:
        rows = rows_of(model.name, [self.data / part.path])
        sql = f"SELECT 1 FROM ({rows}) AS r SEMI JOIN move ON move.former_id = r.person_id LIMIT 1"
        return bool(self.connection.execute(sql).fetchall())

    def _targets(self, model: Model, part: Partition) -> set[int]:
        """The buckets of those who stay, of the people in a partition."""
        rows = rows_of(model.name, [self.data / part.path])
        place = bucket_sql("move.person_id", self.buckets)
        found = self.connection.execute(
            f"SELECT DISTINCT {place} FROM ({rows}) AS r JOIN move ON move.former_id = r.person_id"
        ).fetchall()
        return {int(bucket) for (bucket,) in found}

    def _gather(self, model: Model, holding: Sequence[Partition]) -> None:
        """Make `moving`: the rows that move, under the person who stays, with month and bucket."""
        selects = [
            f"SELECT *, {_literal(part.slice)} AS slice_ "
            f"FROM ({rows_of(model.name, [self.data / part.path])})"
            for part in holding
        ] or [f"SELECT *, CAST(NULL AS VARCHAR) AS slice_ FROM ({rows_of(model.name, [])})"]
        place = bucket_sql("move.person_id", self.buckets)
        also = f", {place} AS bucket" if model.name == PERSON else ""
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE moving AS "
            f"SELECT r.* REPLACE (move.person_id AS person_id{also}), {place} AS bucket_ "
            f"FROM ({' UNION ALL '.join(selects)}) AS r JOIN move ON move.former_id = r.person_id"
        )

    def _place(
        self,
        model: Model,
        bucket: int | None,
        cut: str | None,
        here: Sequence[Partition],
        holding: Sequence[Partition],
    ) -> tuple[int, int]:
        """Write one bucket and month; how many rows came, and how many were there already."""
        changed = here if model.period == "none" else [it for it in here if it in holding]
        self._name("kept", model, changed)
        self._name("there", model, here)
        arriving = self._arriving(model, bucket, cut)
        rows = self._fresh(model, arriving)
        came = self._count(f"({arriving})")
        doubled = came - self._count("fresh")
        if model.name == IDENTIFIER:
            rows += " UNION ALL BY NAME SELECT * FROM decided"
        path = self._path(model, bucket, cut)
        columns = ", ".join(map(name, model.stored_schema))
        count = self._write(f"SELECT {columns} FROM ({rows}) ORDER BY {_order(model)}", path)
        self.replaced.extend(part.path for part in changed)
        if count:
            told = Written(model.name, bucket, cut, path, count, file_digest(path))
            self.written.append(told)
        else:
            path.unlink()
        return came, doubled

    def _name(self, view: str, model: Model, parts: Sequence[Partition]) -> None:
        """A view of the rows of partitions that do not move."""
        rows = rows_of(model.name, [self.data / part.path for part in parts])
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM ({rows}) AS r "
            "ANTI JOIN move ON move.former_id = r.person_id"
        )

    def _arriving(self, model: Model, bucket: int | None, cut: str | None) -> str:
        where = [f"slice_ IS NOT DISTINCT FROM {_literal(cut)}"]
        if bucket is not None:
            where.append(f"bucket_ = {bucket}")
        columns = ", ".join(map(name, model.stored_schema))
        return f"SELECT {columns} FROM moving WHERE {' AND '.join(where)}"

    def _fresh(self, model: Model, arriving: str) -> str:
        """The rows that will stand: what is there, and of what arrives each key that is not.

        Of a person's own row, what the row that stays leaves empty is taken from the others.
        """
        key = [name(it) for it in model.grain if it != "load_id"]
        same = " AND ".join(f"t.{it} IS NOT DISTINCT FROM a.{it}" for it in key)
        first = "received_on NULLS LAST, load_id, file_name, row_number"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT * FROM ({arriving}) AS a "
            f"ANTI JOIN there AS t ON {same} "
            f"QUALIFY row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY {first}) = 1"
        )
        kept = "SELECT * FROM kept"
        if model.name == PERSON:
            kept = self._filled(model, arriving)
        return f"{kept} UNION ALL BY NAME SELECT * FROM fresh"

    def _filled(self, model: Model, arriving: str) -> str:
        said = [it for it in model.schema if it not in {"person_id", "bucket"}]
        lent = ", ".join(f"min({it}) AS {it}" for it in said)
        filled = ", ".join(f"coalesce(k.{it}, g.{it}) AS {it}" for it in said)
        return (
            f"SELECT k.* REPLACE ({filled}) FROM kept AS k LEFT JOIN "
            f"(SELECT person_id, {lent} FROM ({arriving}) GROUP BY person_id) AS g "
            "USING (person_id)"
        )

    def _count(self, rows: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {rows}").fetchall()[0][0])

    def _path(self, model: Model, bucket: int | None, cut: str | None) -> Path:
        folder = self.folder / model.name
        if bucket is not None:
            folder /= f"bucket={bucket:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / (f"month={cut}.parquet" if cut else "data.parquet")

    def _write(self, rows: str, path: Path) -> int:
        count = self.connection.execute(f"COPY ({rows}) TO {text(path)} ({_OPTIONS})").fetchall()
        sync(path)
        return int(count[0][0])


def _literal(cut: str | None) -> str:
    return "CAST(NULL AS VARCHAR)" if cut is None else text(cut)


def _order(model: Model) -> str:
    """By person, then by the key: a total order."""
    first = ["person_id"] if "person_id" in model.schema else []
    keys = [it for it in model.grain if it != "load_id"]
    return ", ".join(name(it) for it in dict.fromkeys([*first, *keys]))
