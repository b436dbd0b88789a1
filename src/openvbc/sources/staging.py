"""The first pass: every source row cast, checked and assigned to the bucket of its person.

Rows set aside are stored below `<staging>/<table>/slot=-1/`. The others are stored beside those of
their bucket, `slot=N`, once; or, where that is cheaper, not at all: few buckets of a source whose
SELECTs go row by row over Parquet are read again, each from the source itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import duckdb

from openvbc.confidentiality.codes import SensitiveCode
from openvbc.confidentiality.tagging import Tagger, Tags
from openvbc.engine.build import engine_trouble
from openvbc.engine.connection import connect
from openvbc.engine.disk import disk_trouble
from openvbc.engine.model import Model
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.sources.bucket import bucket_sql
from openvbc.sources.check import Checked, Reason, checked, with_slot
from openvbc.sources.files import Part
from openvbc.sources.forms import in_form
from openvbc.sources.landing import (
    create_history,
    create_landing,
    name,
    read_parquet,
    rejected_lines,
    text,
)
from openvbc.sources.options import Limits, LoadOptions
from openvbc.sources.reader import Reader, canonical_models
from openvbc.sources.withdraw import Withdrawn, withdraw

SET_ASIDE: Final = -1
_UNREADABLE: Final = (duckdb.OperationalError, duckdb.DataError, duckdb.InvalidInputException)
_FLUSH_ROWS: Final = 65_536
_FEW_BUCKETS: Final = 4
"""Up to here reading a Parquet source once per bucket takes less time than storing it staged."""

_VARIABLES: Final = ("data_source", "line_of_business", "owner", "agreement", "permitted_purpose")
"""The options that the SELECTs of the sources may ask for with getvariable()."""

_FORMER: Final = (
    "(SELECT identifier AS person_id, person_id AS stays FROM earlier.person_identifier "
    "WHERE identifier_type = 'person_id')"
)
EARLIER: Final = ("person_identifier", "encounter")
"""Tables of which the SELECTs of the sources may see what earlier loads brought."""


@dataclass(frozen=True)
class Staged:
    """The checked rows of one table.

    counts: slot → rows. rows: slot → where to select them from. reasons: what a row's reason
    number means. is_stored is false where rows are read from the source again.
    """

    table: str
    counts: Mapping[int, int]
    rows: Mapping[int, str]
    reasons: tuple[Reason, ...]
    is_stored: bool


@dataclass(frozen=True)
class Source:
    """Everything that a connection needs to run the SELECTs of one load's source."""

    reader: Reader
    parts: Sequence[Part]
    options: LoadOptions
    known_people: Path
    earlier: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    codes: Sequence[SensitiveCode] = ()
    history: Sequence[Part] = ()

    @property
    def is_text(self) -> bool:
        """Is any file CSV."""
        return any(part.is_text for part in self.parts)

    def open(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make variables, landing views and maps in a connection."""
        for variable in _VARIABLES:
            value = getattr(self.options, variable)
            literal = "CAST(NULL AS VARCHAR)" if value is None else text(value)
            connection.execute(f"SET VARIABLE {variable} = {literal}")
        create_landing(connection, self.reader, self.parts)
        self._open_earlier(connection)
        create_history(connection, self.reader, self.history, self.parts)
        connection.execute("CREATE SCHEMA shared")
        for script in self.reader.shared:
            connection.execute(script)

    def _open_earlier(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make `earlier.<table>`: what stands from earlier loads, of the tables in EARLIER."""
        connection.execute("CREATE SCHEMA earlier")
        for table in EARLIER:
            schema = canonical_models()[table].stored_schema
            empty = ", ".join(f"CAST(NULL AS {it}) AS {name(key)}" for key, it in schema.items())
            paths = self.earlier.get(table, ())
            rows = f"SELECT * FROM {read_parquet(paths)}" if paths else f"SELECT {empty} LIMIT 0"
            connection.execute(f"CREATE VIEW earlier.{table} AS {rows}")

    def open_people(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make `known_person`, after the first pass over people."""
        known = read_parquet([self.known_people])
        connection.execute(f"CREATE TEMP TABLE known_person AS SELECT * FROM {known}")


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Inside, the files of a table are read. Raises InputError where one cannot be to its end.

    What DuckDB says of a broken Parquet page is often of no class but its base.
    """
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.ConversionException):
        raise  # no file's fault
    except duckdb.Error as error:
        is_foreign = isinstance(error, _UNREADABLE) or type(error) is duckdb.Error
        if not is_foreign or disk_trouble(error):
            raise
        found = "a file cannot be read to its end; deliver it again whole"
        raise InputError(Problem(what, found)) from error


class Stager:
    """Stages the tables of one load. Close it to free its engine."""

    def __init__(self, source: Source, limits: Limits, folder: Path) -> None:
        self._source = source
        self._folder = folder
        self._connection = connect(limits.memory(), limits.threads, folder / "spill")
        self._run(f"SET partitioned_write_flush_threshold = {_FLUSH_ROWS}")
        # rows of text are numbered as they come, so their order must be kept
        self._run(f"SET preserve_insertion_order = {source.is_text}")
        source.open(self._connection)
        self._staged_sql: dict[str, str] = {}
        self._tagger = Tagger(self._connection, source.codes, folder)

    def _run(self, sql: str) -> None:
        self._connection.execute(sql)

    def close(self) -> None:
        """Close the engine."""
        self._connection.close()

    def problems(self) -> list[Problem]:
        """Lines that could not be read so far."""
        return rejected_lines(self._connection, self._source.parts)

    def stage(self, model: Model) -> Staged:
        """Stage one table. Raises InputError where a file cannot be read to its end."""
        rows = self._checked(model, self._joined(model))
        self._staged_sql[model.name] = rows.sql
        cheap = self._is_cheap(model)
        try:
            with reading(model.name):
                staged = self._again(model, rows) if cheap else self._store(model, rows)
                self._note(staged)
        except duckdb.OutOfMemoryException as error:
            if disk_trouble(error):
                raise
            what = "needs more memory than it may use; raise the memory limit"
            raise InputError(Problem(model.name, what)) from error
        except duckdb.ConversionException as error:
            what = f"the reader of {self._source.reader.kind} failed: {engine_trouble(error)}"
            raise OpenVBCError(Problem(model.name, f"{what}; nothing was loaded")) from error
        return staged

    @cached_property
    def _has_former_ids(self) -> bool:
        """Have earlier loads joined people (identity), so that some ids are no longer in force."""
        return bool(self._count(_FORMER))

    def _joined(self, model: Model) -> str:
        """The table's SELECT, rows of a former id put on the person who stays.

        The person's own row of a former id says nothing new and is left out.
        """
        select = self._source.reader.selects[model.name]
        if not self._has_former_ids or "person_id" not in model.schema:
            return select
        if model.name == "person":
            return f"SELECT s.* FROM ({select}) AS s ANTI JOIN {_FORMER} USING (person_id)"
        return self._in_force(f"({select})")

    @staticmethod
    def _in_force(rows: str) -> str:
        """Rows, those of a former id put on the person who stays."""
        return (
            "(SELECT s.* REPLACE (coalesce(f.stays, s.person_id) AS person_id) "
            f"FROM {rows} AS s LEFT JOIN {_FORMER} AS f USING (person_id))"
        )

    def _note(self, staged: Staged) -> None:
        """Note the sensitive codes and claims of a staged table."""
        accepted = [rows for slot, rows in staged.rows.items() if slot != SET_ASIDE]
        if not accepted:
            return
        rows = " UNION ALL ".join(f"SELECT * FROM {it}" for it in accepted)
        if not staged.is_stored:
            model, select = canonical_models()[staged.table], self._source.reader.selects
            given = self._given(select[staged.table])
            rows = in_form(model, given, select[staged.table], is_text=False)
        self._tagger.note(staged.table, f"({rows})")

    def withdrawn(
        self, model: Model, staged: Staged, standing: Mapping[int, Sequence[Path]]
    ) -> Withdrawn | None:
        """The keys of what the load takes back of earlier loads; standing: bucket → files."""
        told = {slot: rows for slot, rows in staged.rows.items() if slot != SET_ASIDE}
        path = self._folder / f"withdrawn-{model.name}.parquet"
        restated = self._restated(model)
        empty = f"SELECT * EXCLUDE (slot) FROM ({self._staged_sql[model.name]}) LIMIT 0"
        return withdraw(self._connection, model, told, standing, restated, path, empty)

    def _restated(self, model: Model) -> str | None:
        """Of whom this load tells everything, if it does."""
        if model.name not in self._source.reader.restates:
            return None
        view = f"shared.restated_{model.name}"
        rows = self._in_force(view) if self._has_former_ids else view
        return f"(SELECT *, {text(self._source.options.data_source)} AS data_source FROM {rows})"

    def tags(self) -> Tags:
        """Store what was noted of all tables."""
        return self._tagger.finish()

    def _is_cheap(self, model: Model) -> bool:
        return (
            model.period == "month"
            and self._source.reader.is_row_by_row
            and not self._source.is_text
            and self._source.options.buckets <= _FEW_BUCKETS
            and not self._has_former_ids
        )

    def _store(self, model: Model, rows: Checked) -> Staged:
        folder = self._folder / model.name
        self._copy(rows.sql, folder)
        files = _slots(folder)
        stored = {slot: read_parquet(paths) for slot, paths in files.items()}
        counts = {slot: self._count(it) for slot, it in stored.items()}
        return Staged(model.name, counts, stored, rows.reasons, is_stored=True)

    def _again(self, model: Model, rows: Checked) -> Staged:
        found = self._connection.execute(
            f"SELECT slot, count(*) FROM ({rows.sql}) GROUP BY slot ORDER BY slot"
        ).fetchall()
        counts = {int(slot): int(count) for slot, count in found}
        again = {slot: f"({self._rows_of(model, slot)})" for slot in counts}
        if SET_ASIDE in counts:
            folder = self._folder / model.name
            aside = f"SELECT file_name, row_number, reason, slot FROM ({rows.sql})"
            self._copy(f"{aside} WHERE slot = {SET_ASIDE}", folder)
            again[SET_ASIDE] = read_parquet(_slots(folder)[SET_ASIDE])
        return Staged(model.name, counts, again, rows.reasons, is_stored=False)

    def _rows_of(self, model: Model, slot: int) -> str:
        """The accepted rows of one bucket, other people left out before anything is computed."""
        people = f"SELECT person_id FROM known_person WHERE bucket = {slot}"
        sql = f"{self._source.reader.selects[model.name]} WHERE person_id IN ({people})"
        return f"SELECT * EXCLUDE (slot) FROM ({self._checked(model, sql).sql}) WHERE slot = {slot}"

    def _copy(self, sql: str, folder: Path) -> None:
        self._run(
            f"COPY ({sql}) TO {text(folder)} "
            "(FORMAT parquet, COMPRESSION lz4, WRITE_BLOOM_FILTER false, PARTITION_BY (slot))"
        )

    def _count(self, rows: str) -> int:
        found = self._connection.execute(f"SELECT count(*) FROM {rows}").fetchone()
        return int(found[0]) if found else 0

    def _checked(self, model: Model, sql: str) -> Checked:
        override = self._source.options.line_of_business
        rows = checked(model, self._given(sql), sql, override, is_text=self._source.is_text)
        return with_slot(model, rows, self._source.options.buckets)

    def _given(self, sql: str) -> dict[str, str]:
        """Column → type of a SELECT."""
        return {row[0]: row[1] for row in self._connection.execute(f"DESCRIBE {sql}").fetchall()}

    def know_people(self, staged: Staged | None, earlier: Sequence[Path]) -> None:
        """Store and open `known_person`: the people of this load, if any, and of earlier ones."""
        mine = staged.rows if staged else {}
        accepted = [rows for slot, rows in mine.items() if slot != SET_ASIDE]
        before = [read_parquet([path]) for path in earlier]
        selects = " UNION ".join(
            ["SELECT CAST(NULL AS VARCHAR) AS person_id WHERE false"]
            + [f"SELECT person_id FROM {rows}" for rows in (*accepted, *before)]
        )
        bucket = bucket_sql("person_id", self._source.options.buckets)
        self._run(
            f"COPY (SELECT person_id, {bucket} AS bucket FROM ({selects})) "
            f"TO {text(self._source.known_people)} (FORMAT parquet)"
        )
        self._source.open_people(self._connection)


def _slots(folder: Path) -> dict[int, list[Path]]:
    found: dict[int, list[Path]] = {}
    for path in sorted(folder.glob("slot=*/*.parquet")):
        found.setdefault(int(path.parent.name.removeprefix("slot=")), []).append(path)
    return found
