"""The second pass: one table of one bucket judged, sorted and written once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openvbc.confidentiality.tagging import Tags
from openvbc.engine.connection import connect
from openvbc.engine.model import Model
from openvbc.engine.store import file_digest, sync
from openvbc.sources.forms import Forms, not_in_form
from openvbc.sources.judge import Judge, same
from openvbc.sources.landing import read_parquet, text
from openvbc.sources.options import Limits, LoadOptions
from openvbc.sources.staging import Source
from openvbc.sources.withdraw import Withdrawn


@dataclass(frozen=True)
class Unit:
    """One table of one bucket (slot).

    rows: where to select its checked rows from; source: what must be open for that, None where
    they are stored. earlier: the files of what stands from earlier loads; withdrawn: what of it the
    load takes back. folder: where to write; aside: where to list rows set aside.
    """

    model: Model
    slot: int
    rows: str
    rows_in: int
    source: Source | None
    tags: Tags
    earlier: tuple[Path, ...]
    withdrawn: Withdrawn | None
    folder: Path
    aside: Path


@dataclass(frozen=True)
class Written:
    """One written file; slice is its month or None."""

    table: str
    bucket: int | None
    slice: str | None
    path: Path
    rows: int
    sha256: str

    def manifest(self, folder: Path) -> dict[str, Any]:
        """As the load's manifest says it, the path below the load's folder."""
        return {
            "table": self.table,
            "bucket": self.bucket,
            "slice": self.slice,
            "path": self.path.relative_to(folder).as_posix(),
            "rows": self.rows,
            "sha256": self.sha256,
            "size": self.path.stat().st_size,
        }


@dataclass
class Outcome:
    """What became of a unit's rows: rows_in = accepted + redelivered + all conflicts.

    withdrawn are rows of earlier loads that stand no longer; forms: what of the codes was in none.
    """

    table: str
    rows_in: int
    accepted: int = 0
    updated: int = 0
    redelivered: int = 0
    withdrawn: int = 0
    conflicts: dict[str, int] = field(default_factory=dict)
    forms: Forms = field(default_factory=Forms)
    written: list[Written] = field(default_factory=list)


class UnitWriter:
    """Writes one unit with one single-threaded engine, so that equal rows give equal bytes."""

    def __init__(self, unit: Unit, load_id: str, options: LoadOptions, limits: Limits) -> None:
        self._unit = unit
        self._model = unit.model
        self._load_id = load_id
        self._options = options
        self._outcome = Outcome(unit.model.name, unit.rows_in)
        spill = unit.aside.parent.parent / f"spill-{unit.model.name}-{unit.slot}"
        self._connection = connect(limits.memory(limits.threads), 1, spill)

    def run(self) -> Outcome:
        """Judge, sort and write."""
        try:
            self._open()
            judge = Judge(self._connection, self._model, "staged")
            judge.within_load()
            if self._model.period == "month":
                judge.against_versions(self._unit.earlier)
                self._write_months(judge)
            else:
                self._write_state(judge)
            self._write_aside(judge)
        finally:
            self._connection.close()
        return self._outcome

    def _run(self, sql: str) -> None:
        self._connection.execute(sql)

    def _open(self) -> None:
        if self._unit.source is not None:
            self._unit.source.open(self._connection)
            self._unit.source.open_people(self._connection)
        is_person = "bucket" in self._model.schema
        bucket = f", CAST({self._unit.slot} AS INTEGER) AS bucket" if is_person else ""
        self._run(
            f"CREATE TEMP VIEW staged AS SELECT * EXCLUDE (reason){bucket} "
            f"FROM {self._unit.tags.marked(self._model.name, self._unit.rows)} AS row"
        )

    def _stored(self) -> str:
        """The stored columns in their order, the load's lineage put in."""
        received = self._options.received_on
        day = text(received.isoformat()) if received else "NULL"
        lineage = {
            "data_source": text(self._options.data_source),
            "load_id": text(self._load_id),
            "received_on": f"coalesce(received_on, CAST({day} AS DATE))",
        }
        return ", ".join(
            f"{lineage[it]} AS {it}" if it in lineage and it not in self._model.schema else it
            for it in self._model.stored_schema
        )

    def _order(self, judge: Judge) -> str:
        """By person, then by the key, which no two rows share any more: a total order."""
        first = ["person_id"] if "person_id" in self._model.schema else []
        return ", ".join(dict.fromkeys([*first, *judge.key]))

    def _write_months(self, judge: Judge) -> None:
        order = f"month, {self._order(judge)}"
        self._run(f"CREATE TEMP TABLE sorted AS SELECT * FROM {judge.kept} ORDER BY {order}")
        self._outcome.forms = not_in_form(self._connection, self._model, "sorted")
        months = self._connection.execute(
            "SELECT month FROM sorted GROUP BY month ORDER BY month"
        ).fetchall()
        for (month,) in months:
            rows = f"SELECT {self._stored()} FROM sorted WHERE month = {text(month)}"
            self._outcome.accepted += self._write(rows, f"month={month}.parquet", month)

    def _write_state(self, judge: Judge) -> None:
        """The bucket as it stands after this load: its new rows and the others of earlier loads."""
        self._outcome.forms = not_in_form(self._connection, self._model, judge.kept)
        judge.against_state(self._stored(), self._unit.earlier, self._withdrawn())
        if self._model.name == "eligibility":
            judge.overlaps()
        counts = "SELECT count(*), count(*) FILTER (WHERE is_known) FROM fresh"
        self._outcome.accepted, self._outcome.updated = self._connection.execute(counts).fetchall()[
            0
        ]
        self._outcome.withdrawn = judge.verdict.withdrawn
        if self._outcome.accepted or self._outcome.withdrawn:
            rows = (
                "SELECT * EXCLUDE (is_known) FROM fresh UNION ALL SELECT * FROM standing AS s "
                f"ANTI JOIN fresh AS k ON {same('s', 'k', judge.key)}"
            )
            ordered = f"SELECT * FROM ({rows}) ORDER BY {self._order(judge)}"
            self._write(ordered, "data.parquet", None)

    def _withdrawn(self) -> str | None:
        gone = self._unit.withdrawn
        if gone is None or self._unit.slot not in gone.buckets:
            return None
        return f"SELECT * FROM {read_parquet([gone.path])} WHERE bucket = {self._unit.slot}"

    def _write(self, rows: str, file: str, month: str | None) -> int:
        self._unit.folder.mkdir(parents=True, exist_ok=True)
        path = self._unit.folder / file
        result = self._connection.execute(
            f"COPY ({rows}) TO {text(path)} "
            "(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false)"
        ).fetchall()
        count = int(result[0][0])
        sync(path)
        bucket = self._unit.slot if self._model.span == "person" else None
        self._outcome.written.append(
            Written(self._model.name, bucket, month, path, count, file_digest(path))
        )
        return count

    def _write_aside(self, judge: Judge) -> None:
        self._outcome.redelivered = judge.verdict.redelivered
        self._outcome.conflicts = judge.verdict.conflicts
        if judge.verdict.conflicts:
            self._unit.aside.parent.mkdir(parents=True, exist_ok=True)
            self._run(f"COPY aside TO {text(self._unit.aside)} (FORMAT parquet)")


def write_unit(unit: Unit, load_id: str, options: LoadOptions, limits: Limits) -> Outcome:
    """Write one unit. Raises duckdb.Error where the disk is full or a staged file is lost."""
    return UnitWriter(unit, load_id, options, limits).run()
