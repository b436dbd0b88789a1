"""The first pass: every source row once, cast, checked and put beside the others of its bucket.

Staged rows are Parquet below `<staging>/<table>/slot=N/`; slot -1 holds the rows set aside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.model import Model
from openvbc.errors import InputError, Problem
from openvbc.sources.bucket import bucket_sql
from openvbc.sources.check import Checked, Reason, checked, with_slot
from openvbc.sources.files import Part
from openvbc.sources.landing import create_landing, rejected_lines, text
from openvbc.sources.options import Limits, LoadOptions
from openvbc.sources.reader import Reader

SET_ASIDE: Final = -1
_FLUSH_ROWS: Final = 65_536
_VARIABLES: Final = ("data_source", "line_of_business", "owner", "agreement", "permitted_purpose")
"""The options that the SELECTs of the sources may ask for with getvariable()."""


@dataclass(frozen=True)
class Staged:
    """The staged rows of one table: slot → files, and what the reason numbers mean."""

    table: str
    slots: Mapping[int, tuple[Path, ...]]
    reasons: tuple[Reason, ...]


def month_column(model: Model) -> str:
    """The date whose month is the partition of a table cut by month."""
    return "claim_end_date" if "claim_end_date" in model.schema else "dispensing_date"


def connect(memory: str, threads: int, spill: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that never loads an extension and spills below the load's folder."""
    return duckdb.connect(
        config={
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


class Stager:
    """Stages the tables of one load. Close it to free its engine."""

    def __init__(
        self,
        reader: Reader,
        parts: Sequence[Part],
        options: LoadOptions,
        limits: Limits,
        folder: Path,
    ) -> None:
        self._reader = reader
        self._parts = parts
        self._options = options
        self._folder = folder
        self._connection = connect(limits.memory(), limits.threads, folder / "spill")
        self._connection.execute(f"SET partitioned_write_flush_threshold = {_FLUSH_ROWS}")
        self._is_text = any(part.is_csv for part in parts)
        # rows of text are numbered as they come, so their order must be kept
        self._connection.execute(f"SET preserve_insertion_order = {self._is_text}")
        for variable in _VARIABLES:
            value = getattr(options, variable)
            literal = "CAST(NULL AS VARCHAR)" if value is None else text(value)
            self._connection.execute(f"SET VARIABLE {variable} = {literal}")
        create_landing(self._connection, reader, parts)

    def close(self) -> None:
        """Close the engine."""
        self._connection.close()

    def problems(self) -> list[Problem]:
        """Lines that could not be read so far."""
        return rejected_lines(self._connection, self._parts)

    def stage(self, model: Model) -> Staged:
        """Stage one table. Raises InputError where a file cannot be read to its end."""
        rows = self._checked(model)
        folder = self._folder / model.name
        month = ""
        if model.period == "month":
            month = f", strftime({month_column(model)}, '%Y-%m') AS month"
        try:
            self._connection.execute(
                f"COPY (SELECT *{month} FROM ({rows.sql})) TO {text(folder)} "
                "(FORMAT parquet, COMPRESSION lz4, WRITE_BLOOM_FILTER false, PARTITION_BY (slot))"
            )
        except duckdb.IOException as error:
            what = "a file cannot be read to its end; deliver it again whole"
            raise InputError(Problem(model.name, what)) from error
        return Staged(model.name, _slots(folder), rows.reasons)

    def _checked(self, model: Model) -> Checked:
        sql = self._reader.selects[model.name]
        described = self._connection.execute(f"DESCRIBE {sql}").fetchall()
        given = {row[0]: row[1] for row in described}
        rows = checked(model, given, sql, self._options.line_of_business, is_text=self._is_text)
        return with_slot(model, rows, self._options.buckets)

    def know_people(self, staged: Staged, earlier: Sequence[Path]) -> None:
        """Make `known_person`: the people of this load and of earlier ones, with their bucket."""
        accepted = [path for slot, paths in staged.slots.items() if slot >= 0 for path in paths]
        files = [*accepted, *earlier]
        people = "SELECT CAST(NULL AS VARCHAR) AS person_id WHERE false"
        if files:
            listed = ", ".join(text(path) for path in files)
            people = (
                f"SELECT DISTINCT person_id FROM read_parquet([{listed}], union_by_name = true)"
            )
        bucket = bucket_sql("person_id", self._options.buckets)
        self._connection.execute(
            "CREATE TEMP TABLE known_person AS "
            f"SELECT person_id, {bucket} AS bucket FROM ({people})"
        )


def _slots(folder: Path) -> dict[int, tuple[Path, ...]]:
    found: dict[int, list[Path]] = {}
    for path in sorted(folder.glob("slot=*/*.parquet")):
        found.setdefault(int(path.parent.name.removeprefix("slot=")), []).append(path)
    return {slot: tuple(paths) for slot, paths in sorted(found.items())}
