"""A synthetic Medicare population, made by set-based SQL in chunks of people.

Every number is an md5 of the seed and of what it describes, every chunk is made by one thread and
every file is sorted, so the same arguments give the same bytes. docs/generate.md says what is
modelled.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import duckdb

from openvbc.errors import InputError, Problem
from openvbc.period import calendar_year

FEWEST_MEMBERS: Final = 100
CHUNK: Final = 5_000
PEOPLE_PER_PRACTICE: Final = 400
FEWEST_PRACTICES: Final = 12

REDUCTION: Final[Mapping[str, Decimal]] = MappingProxyType(
    {"A1001": Decimal("0.145"), "A1002": Decimal("0.170")}
)
"""Share of reducible services that an ACO's people do not have in the last year."""

DIED_PER_YEAR: Final = Decimal("0.045")
LEFT_PER_YEAR: Final = Decimal("0.010")

Progress = Callable[[str, int, int], None]

_SQL: Final = Path(__file__).parent
_WORLD: Final = ("macros", "service", "world", "plan")
_CHUNK_STEPS: Final = ("person_year", "claim")
_CHUNK_TABLES: Final = (
    "medical_claim", "diagnosis", "procedure", "pharmacy_claim", "eligibility",
)  # fmt: skip
_WHOLE_TABLES: Final = (
    "person", "provider", "facility", "voluntary_alignment", "risk_score", "source",
)  # fmt: skip
_FIGURES: Final = ("participants", "national_figure")


@dataclass(frozen=True)
class Generated:
    """What was made.

    rows: rows per canonical table. top_five_percent_share: share of the last year's Part A and B
    spending (final claims, without IME and DSH) that its costliest 5 % of people have.
    per_capita: the last year's national figure per enrolment type, dollars per person-year.
    """

    folder: Path
    people: int
    rows: Mapping[str, int]
    top_five_percent_share: Decimal
    per_capita: Mapping[str, Decimal]


@dataclass(frozen=True)
class _Plan:
    """The sizes that follow from the arguments, as the variables that the SQL reads."""

    seed: int
    members: int
    first_year: int
    years: int
    data_through: date

    @property
    def people(self) -> int:
        """Members and those who died or left before the last year."""
        return self.members + (self.years - 1) * (self.died + self.left)

    @property
    def died(self) -> int:
        return max(1, int(self.members * DIED_PER_YEAR))

    @property
    def left(self) -> int:
        return max(1, int(self.members * LEFT_PER_YEAR))

    def variables(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "members": self.members,
            "people": self.people,
            "died_each_year": self.died,
            "left_each_year": self.left,
            "home_count": max(FEWEST_PRACTICES, self.members // PEOPLE_PER_PRACTICE),
            "first_year": self.first_year,
            "years": self.years,
            "last_day": calendar_year(self.first_year + self.years - 1)[1],
            "data_through": self.data_through,
        }


def generate(
    folder: Path,
    *,
    members: int,
    seed: int = 1,
    first_year: int = 2022,
    years: int = 4,
    memory_limit: str = "2GB",
    threads: int = 2,
    reduction: Mapping[str, Decimal] = REDUCTION,
    progress: Progress | None = None,
) -> Generated:
    """Write a synthetic population in our own export shape into a new folder.

    members: people present in the last year; those who died or left before come on top. threads:
    chunks made at a time, each by one thread. reduction: per ACO, the share of reducible services
    that its people do not have in the last year (whole thousandths).

    Raises InputError where the folder holds something or a number is out of range.
    """
    _refuse(folder, members, years)
    plan = _Plan(seed, members, first_year, years, date(first_year + years, 7, 31))
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        made = _Maker(partial, plan, memory_limit, progress or _silent).make(threads, reduction)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if folder.exists():
        folder.rmdir()
    partial.rename(folder)
    return Generated(folder, *made)


def _refuse(folder: Path, members: int, years: int) -> None:
    problems = []
    if folder.exists() and any(folder.iterdir()):
        problems.append(Problem(str(folder), "is not empty: name a new folder"))
    if members < FEWEST_MEMBERS:
        problems.append(Problem("members", f"found {members}, expected {FEWEST_MEMBERS} or more"))
    if years < 1:
        problems.append(Problem("years", f"found {years}, expected 1 or more"))
    if problems:
        raise InputError(problems)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """No progress is shown."""


def _sql(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


class _Maker:
    """One generation: a connection that holds the world, and a cursor per chunk."""

    def __init__(self, folder: Path, plan: _Plan, memory_limit: str, progress: Progress) -> None:
        self.folder = folder
        self.plan = plan
        self.progress = progress
        self.spill = folder / "spill"
        self.connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "threads": 1,
                "temp_directory": str(self.spill),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )

    def make(
        self, threads: int, reduction: Mapping[str, Decimal]
    ) -> tuple[int, dict[str, int], Decimal, dict[str, Decimal]]:
        """Everything, in order; what `Generated` says about it."""
        self._set(self.connection, self.plan.variables())
        self._make_world(reduction)
        rows = dict.fromkeys(_CHUNK_TABLES, 0)
        for counts in self._make_chunks(threads):
            rows = {table: rows[table] + counts[table] for table in rows}
        for table in _WHOLE_TABLES:
            rows[table] = self._write(self.connection, table, f"{table}.parquet")
        for table in _FIGURES:
            self._write(self.connection, table, f"{table}.csv")
        share, per_capita = self._share(), self._per_capita()
        self.connection.close()
        shutil.rmtree(self.spill, ignore_errors=True)
        return self.plan.people, rows, share, per_capita

    def _make_world(self, reduction: Mapping[str, Decimal]) -> None:
        self.connection.execute("CREATE TABLE reduction (aco_id VARCHAR, reduction_e3 BIGINT)")
        for aco, share in reduction.items():
            self.connection.execute("INSERT INTO reduction VALUES (?, ?)", [aco, int(share * 1000)])
        for step in _WORLD:
            self.connection.execute(_sql(step))
        self.connection.execute(_LEDGER)

    def _make_chunks(self, threads: int) -> Iterable[dict[str, int]]:
        starts = range(0, self.plan.people, CHUNK)
        with ThreadPoolExecutor(threads) as pool:
            jobs = [pool.submit(self._make_chunk, number, it) for number, it in enumerate(starts)]
            try:
                for done, job in enumerate(as_completed(jobs), 1):
                    yield job.result()
                    self.progress("people", min(done * CHUNK, self.plan.people), self.plan.people)
            finally:
                pool.shutdown(cancel_futures=True)

    def _make_chunk(self, number: int, start: int) -> dict[str, int]:
        with self.connection.cursor() as cursor:
            last = min(start + CHUNK, self.plan.people) - 1
            self._set(cursor, {**self.plan.variables(), "chunk_first": start, "chunk_last": last})
            for step in _CHUNK_STEPS:
                cursor.execute(_sql(step))
            name = f"part-{number:05d}.parquet"
            rows = {table: self._write(cursor, table, f"{table}/{name}") for table in _CHUNK_TABLES}
            self._set(cursor, {"medical_claims": str(self.folder / "medical_claim" / name)})
            cursor.execute(_sql("ledger"))
        return rows

    def _set(self, cursor: duckdb.DuckDBPyConnection, variables: Mapping[str, Any]) -> None:
        for name, value in variables.items():
            cursor.execute(f"SET VARIABLE {name} = $value", {"value": value})

    def _write(self, cursor: duckdb.DuckDBPyConnection, table: str, file: str) -> int:
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        form = "FORMAT csv, HEADER" if path.suffix == ".csv" else "FORMAT parquet, COMPRESSION zstd"
        count = cursor.execute(f"COPY ({_sql(table)}) TO {_quoted(path)} ({form})").fetchone()
        return int(count[0]) if count else 0

    def _share(self) -> Decimal:
        top, total = self.connection.execute(_TOP_FIVE_PERCENT).fetchall()[0]
        return (Decimal(top) / Decimal(total)).quantize(Decimal("0.0001"))

    def _per_capita(self) -> dict[str, Decimal]:
        rows = self.connection.execute(
            f"""SELECT enrolment_type, per_capita FROM ({_sql("national_figure")})
            WHERE area = 'national' AND year = year(getvariable('last_day')) ORDER BY 1"""
        ).fetchall()
        return {kind: Decimal(text) for kind, text in rows}


_LEDGER: Final = """
CREATE TABLE ledger (
    n BIGINT, year BIGINT, enrolment_type VARCHAR, region INTEGER, home_aco VARCHAR, months BIGINT,
    cents BIGINT, assignable BOOLEAN, hcc_e6 BIGINT, demographic_e6 BIGINT
)"""

_TOP_FIVE_PERCENT: Final = """
SELECT sum(cents) FILTER (WHERE position * 20 <= people)::BIGINT, sum(cents)::BIGINT
FROM (SELECT cents, row_number() OVER (ORDER BY cents DESC, n) AS position,
             count(*) OVER () AS people
      FROM (SELECT n, sum(cents)::BIGINT AS cents FROM ledger
            WHERE year = year(getvariable('last_day')) GROUP BY n))"""
