"""The second pass: one table of one bucket, repeated rows settled, sorted, written once.

Rows are judged by the table's key. A claim version that comes again with the same content is
redelivered: counted, not stored twice. With different content the later one is set aside, since
a corrected claim is a new version. Tables that are not cut by month hold the state of things, so
there a later load's row replaces an earlier one of the same key, and each load that brings rows
of such a table writes its bucket whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from openvbc.engine.model import LINEAGE, Model
from openvbc.engine.store import file_digest, sync
from openvbc.sources.landing import name, read_parquet, text
from openvbc.sources.options import Limits, LoadOptions
from openvbc.sources.reader import ROW_LINEAGE
from openvbc.sources.staging import Source, connect

CONFLICT: Final = "same claim version, different content"
OVERLAP: Final = "overlapping coverage within one payer and line of business"
_VERSION: Final = ("claim_key", "version_number")
_COVERAGE: Final = ("person_id", "payer", "line_of_business")


@dataclass(frozen=True)
class Unit:
    """One table of one bucket (slot).

    rows: where to select its checked rows from; source: what must be open for that, None where
    they are stored. earlier: the files of what stands from earlier loads. folder: where to write;
    aside: where to list rows set aside.
    """

    model: Model
    slot: int
    rows: str
    rows_in: int
    source: Source | None
    earlier: tuple[Path, ...]
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
        }


@dataclass
class Outcome:
    """What became of a unit's rows. conflicts holds reason → rows, listed in the aside file."""

    table: str
    rows_in: int = 0
    accepted: int = 0
    updated: int = 0
    redelivered: int = 0
    conflicts: dict[str, int] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)


class UnitWriter:
    """Writes one unit with one single-threaded engine, so that equal rows give equal bytes."""

    def __init__(self, unit: Unit, load_id: str, options: LoadOptions, limits: Limits) -> None:
        self._unit = unit
        self._model = unit.model
        self._load_id = load_id
        self._options = options
        self._outcome = Outcome(unit.model.name)
        self._key = tuple(it for it in unit.model.grain if it != "load_id")
        self._own = tuple(unit.model.schema)
        spill = unit.aside.parent.parent / f"spill-{unit.model.name}-{unit.slot}"
        self._connection = connect(limits.memory(limits.threads), 1, spill)

    def run(self) -> Outcome:
        """Judge, sort and write; the outcome's counts add up to rows_in."""
        try:
            self._open()
            self._within_load()
            if self._model.period == "month":
                self._against_earlier_versions()
                self._write_months()
            else:
                self._against_standing()
                self._write_whole()
            self._write_aside()
        finally:
            self._connection.close()
        return self._outcome

    def _run(self, sql: str) -> None:
        self._connection.execute(sql)

    def _count(self, sql: str) -> int:
        row = self._connection.execute(f"SELECT count(*) FROM {sql}").fetchone()
        return int(row[0]) if row else 0

    def _open(self) -> None:
        if self._unit.source is not None:
            self._unit.source.open(self._connection)
            self._unit.source.open_people(self._connection)
        bucket = f", CAST({self._unit.slot} AS INTEGER) AS bucket" if "bucket" in self._own else ""
        self._run(
            f"CREATE TEMP VIEW kept_0 AS SELECT * EXCLUDE (reason){bucket} "
            f"FROM {self._unit.rows} AS row"
        )
        self._run(
            "CREATE TEMP TABLE aside (file_name VARCHAR, row_number BIGINT, "
            "reason VARCHAR, expected VARCHAR)"
        )
        self._outcome.rows_in = self._unit.rows_in
        self._kept = "kept_0"

    def _content(self, alias: str) -> str:
        """A digest of what a row says, its place in the files left out."""
        columns = (*(it for it in self._own if it != "bucket"), *ROW_LINEAGE)
        values = ", ".join(
            f"coalesce(CAST({alias}.{name(it)} AS VARCHAR), chr(30))" for it in columns
        )
        return f"md5(concat_ws(chr(31), {values}))"

    def _keep(self, sql: str) -> None:
        """What is kept so far becomes the rows of a SELECT."""
        view = f"kept_{int(self._kept.removeprefix('kept_')) + 1}"
        self._run(f"CREATE TEMP VIEW {view} AS {sql}")
        self._kept = view

    def _set_aside(self, rows: str, reason: str, expected: str) -> None:
        self._run(
            f"INSERT INTO aside SELECT file_name, row_number, {text(reason)}, {text(expected)} "
            f"FROM {rows}"
        )
        count = self._count(rows)
        if count:
            self._outcome.conflicts[reason] = self._outcome.conflicts.get(reason, 0) + count

    def _conflict(self) -> tuple[str, str]:
        if self._model.period == "month":
            return CONFLICT, "the content delivered first, or a new version_number"
        return f"same {', '.join(self._key)}, different content", "one row for each"

    def _within_load(self) -> None:
        """Of rows with the same key the first in file and row order is kept."""
        key = ", ".join(map(name, self._key))
        self._run(
            f"CREATE TEMP TABLE again AS SELECT {key} FROM {self._kept} "
            "GROUP BY ALL HAVING count(*) > 1"
        )
        if not self._count("again"):
            return
        on = _same("k", "a", self._key)
        self._run(
            f"CREATE TEMP TABLE judged AS SELECT k.*, {self._content('k')} AS content, "
            "row_number() OVER w AS nth, first_value(content) OVER w AS first_content "
            f"FROM {self._kept} AS k SEMI JOIN again AS a ON {on} "
            f"WINDOW w AS (PARTITION BY {key} ORDER BY file_name, row_number, content)"
        )
        self._outcome.redelivered += self._count("judged WHERE nth > 1 AND content = first_content")
        self._set_aside("judged WHERE nth > 1 AND content <> first_content", *self._conflict())
        self._keep(
            f"SELECT * FROM {self._kept} AS k ANTI JOIN again AS a ON {on} UNION ALL "
            "SELECT * EXCLUDE (content, nth, first_content) FROM judged WHERE nth = 1"
        )

    def _against_earlier_versions(self) -> None:
        """A version that an earlier load brought may only come again as it was."""
        if not self._unit.earlier:
            return
        version = ", ".join(_VERSION)
        self._run(
            f"CREATE TEMP TABLE before AS SELECT {', '.join(self._key)}, {self._content('e')} "
            f"AS content FROM {read_parquet(self._unit.earlier)} AS e SEMI JOIN "
            f"(SELECT DISTINCT {version} FROM {self._kept}) AS k USING ({version})"
        )
        self._run(
            f"CREATE TEMP TABLE known AS SELECT k.*, "
            f"coalesce({self._content('k')} = b.content, false) AS is_same FROM {self._kept} AS k "
            f"SEMI JOIN before AS v USING ({version}) "
            f"LEFT JOIN before AS b ON {_same('k', 'b', self._key)}"
        )
        self._outcome.redelivered += self._count("known WHERE is_same")
        self._set_aside("known WHERE NOT is_same", *self._conflict())
        self._keep(f"SELECT * FROM {self._kept} ANTI JOIN before USING ({version})")

    def _against_standing(self) -> None:
        """State tables: the same row again is redelivered, a changed one replaces."""
        earlier = (
            read_parquet(self._unit.earlier)
            if self._unit.earlier
            else "(SELECT * FROM new_0 LIMIT 0)"
        )
        self._run(f"CREATE TEMP VIEW new_0 AS SELECT {self._stored()} FROM {self._kept} AS k")
        self._run(f"CREATE TEMP TABLE standing AS SELECT * FROM {earlier}")
        self._run(
            f"CREATE TEMP TABLE changed AS SELECT k.*, "
            f"s.{self._key[0]} IS NOT NULL AS is_known, "
            f"coalesce({self._content('k')} = {self._content('s')}, false) AS is_same "
            f"FROM new_0 AS k LEFT JOIN standing AS s ON {_same('k', 's', self._key)}"
        )
        self._outcome.redelivered += self._count("changed WHERE is_same")
        self._run(
            "CREATE TEMP TABLE new_1 AS SELECT * EXCLUDE (is_same) FROM changed WHERE NOT is_same"
        )
        if self._model.name == "eligibility":
            self._overlaps()

    def _overlaps(self) -> None:
        """Coverage that begins before an earlier span of the same payer and line has ended."""
        self._run(
            "CREATE TEMP TABLE carried AS SELECT * FROM standing AS s "
            f"ANTI JOIN changed AS k ON {_same('s', 'k', self._key)}"
        )
        self._run(
            "CREATE TEMP TABLE overlapping AS SELECT k.*, "
            f"coalesce(max({_end('k')}) OVER (PARTITION BY {', '.join(_COVERAGE)} "
            "ORDER BY enrollment_start_date, file_name, row_number "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) >= enrollment_start_date, false) "
            f"OR EXISTS (SELECT 1 FROM carried AS c WHERE {_same('k', 'c', _COVERAGE)} "
            f"AND k.enrollment_start_date <= {_end('c')} "
            f"AND c.enrollment_start_date <= {_end('k')}) AS is_overlap FROM new_1 AS k"
        )
        expected = "a span that starts after the one before it has ended"
        self._set_aside("overlapping WHERE is_overlap", OVERLAP, expected)
        self._run("DROP TABLE new_1")
        self._run(
            "CREATE TEMP TABLE new_1 AS "
            "SELECT * EXCLUDE (is_overlap) FROM overlapping WHERE NOT is_overlap"
        )

    def _stored(self) -> str:
        """The stored columns in their order, the load's lineage put in."""
        received = self._options.received_on
        constant = {
            "data_source": text(self._options.data_source),
            "load_id": text(self._load_id),
            "received_on": f"CAST({text(received.isoformat()) if received else 'NULL'} AS DATE)",
        }
        return ", ".join(
            f"{constant[it]} AS {it}" if it in LINEAGE and it in constant else name(it)
            for it in self._model.stored_schema
        )

    def _order(self) -> str:
        first = ["person_id"] if "person_id" in self._own else []
        return ", ".join(dict.fromkeys([*first, *self._key, "file_name", "row_number"]))

    def _write_months(self) -> None:
        order = f"month, {self._order()}"
        self._run(f"CREATE TEMP TABLE sorted AS SELECT * FROM {self._kept} ORDER BY {order}")
        months = self._connection.execute(
            "SELECT month FROM sorted GROUP BY month ORDER BY month"
        ).fetchall()
        for (month,) in months:
            rows = f"SELECT {self._stored()} FROM sorted WHERE month = {text(month)}"
            self._outcome.accepted += self._write(rows, f"month={month}.parquet", month)

    def _write_whole(self) -> None:
        self._outcome.accepted = self._count("new_1")
        self._outcome.updated = self._count("new_1 WHERE is_known")
        if not self._outcome.accepted:
            return
        self._write(
            f"SELECT * FROM (SELECT * EXCLUDE (is_known) FROM new_1 UNION ALL "
            f"SELECT * FROM standing AS s ANTI JOIN new_1 AS k ON {_same('s', 'k', self._key)}) "
            f"ORDER BY {self._order()}",
            "data.parquet",
            None,
        )

    def _write(self, rows: str, file: str, month: str | None) -> int:
        self._unit.folder.mkdir(parents=True, exist_ok=True)
        path = self._unit.folder / file
        result = self._connection.execute(
            f"COPY ({rows}) TO {text(path)} "
            "(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false)"
        ).fetchone()
        count = int(result[0]) if result else 0
        bucket = self._unit.slot if self._model.span == "person" else None
        sync(path)
        self._outcome.written.append(
            Written(self._model.name, bucket, month, path, count, file_digest(path))
        )
        return count

    def _write_aside(self) -> None:
        if self._outcome.conflicts:
            self._unit.aside.parent.mkdir(parents=True, exist_ok=True)
            self._run(f"COPY aside TO {text(self._unit.aside)} (FORMAT parquet)")


def _end(alias: str) -> str:
    return f"coalesce({alias}.enrollment_end_date, DATE '9999-12-31')"


def _same(left: str, right: str, columns: Sequence[str]) -> str:
    """Equal in all columns, empty equal to empty."""
    return " AND ".join(
        f"{left}.{name(it)} IS NOT DISTINCT FROM {right}.{name(it)}" for it in columns
    )


def write_unit(unit: Unit, load_id: str, options: LoadOptions, limits: Limits) -> Outcome:
    """Write one unit. Raises duckdb.Error where the disk is full or a staged file is lost."""
    return UnitWriter(unit, load_id, options, limits).run()
