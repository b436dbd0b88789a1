"""The making of a population: one DuckDB database, its people chunk by chunk, file by file.

The world (practices, facilities, and every person's life in one row) is made once. Each chunk then
goes through the same SQL files on its own cursor; the tables of a chunk are temporary.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.connection import connect

Progress = Callable[[str, int, int], None]
Variables = Mapping[str, int | date | str]

CHUNK: Final = 5_000
"""People made at a time by one thread; with about 80 claim lines each for four years, 400 MB."""

WORLD: Final = ("macros", "service", "world", "plan")
CHUNK_STEPS: Final = ("person_year", "claim")
CHUNK_TABLES: Final = ("medical_claim", "diagnosis", "procedure", "pharmacy_claim", "eligibility")
WHOLE_TABLES: Final = (
    "person",
    "provider",
    "facility",
    "voluntary_alignment",
    "risk_score",
    "source",
)
FIGURES: Final = ("participants", "national_figure")
FEED_TABLES: Final = ("person_identifier", "coverage_change")
FEED_PARTS: Final = (
    ("crossover_eligibility", "eligibility/crossover"),
    ("crossover_claim", "medical_claim/crossover"),
    ("expected_dollars", "expected_dollars/part"),
    ("expected_month", "expected_month/part"),
)
"""What a realistic feed has besides: SQL file below `feed/`, and the files it is written to."""

_SQL: Final = Path(__file__).parent


def read_sql(name: str) -> str:
    """The text of one of the SQL files beside this one."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


class Maker:
    """One generation into a folder.

    variables: what the SQL reads with getvariable(). people: how many there are in all.
    realistic_feed: with the tables of `feed/`.
    """

    def __init__(
        self,
        folder: Path,
        variables: Variables,
        memory_limit: str,
        progress: Progress | None,
        *,
        realistic_feed: bool,
    ) -> None:
        self._folder = folder
        self._realistic_feed = realistic_feed
        self._variables = variables
        self.people = int(str(variables["people"]))
        self._progress = progress or (lambda *_: None)
        self._spill = folder / "spill"
        self._connection = connect(memory_limit, 1, self._spill)

    def make(self, threads: int, reduction_e3: Mapping[str, int]) -> dict[str, int]:
        """Write every file; table → rows written."""
        self._make_world(reduction_e3)
        rows: Counter[str] = Counter()
        for counts in self._make_chunks(threads):
            rows.update(counts)
        for table in WHOLE_TABLES:
            rows[table] = self._write(self._connection, table, f"{table}.parquet")
        for table in FIGURES:
            self._write(self._connection, table, f"{table}.csv")
        for table in FEED_TABLES if self._realistic_feed else ():
            rows[table] = self._write(self._connection, f"feed/{table}", f"{table}.parquet")
        return dict(rows)

    def top_five_percent_share(self) -> Decimal:
        """What `Generated` says about it, to four places."""
        sql = read_sql("top_five_percent")
        top, whole = self._connection.execute(sql).fetchall()[0]
        return (Decimal(top) / Decimal(whole)).quantize(Decimal("0.0001"))

    def per_capita(self) -> dict[str, Decimal]:
        """The last year's national figure, dollars per person-year, by enrolment type."""
        figures = _quoted(self._folder / "national_figure.csv")
        rows = self._connection.execute(
            f"""SELECT enrolment_type, per_capita FROM read_csv({figures}, all_varchar = true)
            WHERE area = 'national' AND year::BIGINT = year(getvariable('last_day'))
            ORDER BY enrolment_type"""
        ).fetchall()
        return {kind: Decimal(text) for kind, text in rows}

    def close(self) -> None:
        """Let go of the database and of what it spilled."""
        self._connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def _make_world(self, reduction_e3: Mapping[str, int]) -> None:
        self._set(self._connection, self._variables)
        for step in WORLD:
            self._connection.execute(read_sql(step))
        for aco, share in reduction_e3.items():
            self._connection.execute("INSERT INTO reduction VALUES (?, ?)", [aco, share])

    def _make_chunks(self, threads: int) -> Iterator[dict[str, int]]:
        """The rows of each chunk as it gets done."""
        starts = range(0, self.people, CHUNK)
        with ThreadPoolExecutor(threads) as pool:
            jobs = [pool.submit(self._make_chunk, number, it) for number, it in enumerate(starts)]
            try:
                for done, job in enumerate(as_completed(jobs), 1):
                    yield job.result()
                    self._progress("people", min(done * CHUNK, self.people), self.people)
            finally:
                pool.shutdown(cancel_futures=True)

    def _make_chunk(self, number: int, first: int) -> dict[str, int]:
        name = f"part-{number:05d}.parquet"
        with self._connection.cursor() as cursor:
            last = min(first + CHUNK, self.people) - 1
            chunk = {"chunk_first": first, "chunk_last": last}
            claims = {"medical_claims": str(self._folder / "medical_claim" / name)}
            self._set(cursor, {**self._variables, **chunk, **claims})
            for step in CHUNK_STEPS:
                cursor.execute(read_sql(step))
            rows = {table: self._write(cursor, table, f"{table}/{name}") for table in CHUNK_TABLES}
            cursor.execute(read_sql("ledger"))
            if self._realistic_feed:
                self._write_feed(cursor, number)
        return rows

    def _write_feed(self, cursor: duckdb.DuckDBPyConnection, number: int) -> None:
        for table, stem in FEED_PARTS:
            self._write(cursor, f"feed/{table}", f"{stem}-{number:05d}.parquet")

    def _set(self, cursor: duckdb.DuckDBPyConnection, variables: Variables) -> None:
        for name, value in variables.items():
            cursor.execute(f"SET VARIABLE {name} = $value", {"value": value})

    def _write(self, cursor: duckdb.DuckDBPyConnection, table: str, file: str) -> int:
        """Write one table into one file; the number of rows."""
        path = self._folder / file
        path.parent.mkdir(exist_ok=True)
        shape = "FORMAT csv, HEADER" if path.suffix == ".csv" else "FORMAT parquet, CODEC zstd"
        sql = f"COPY ({read_sql(table)}) TO {_quoted(path)} ({shape})"
        return int(cursor.execute(sql).fetchall()[0][0])
