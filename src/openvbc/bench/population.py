"""A population for measuring: canonical tables written straight into the layout of a load.

Made bucket by bucket, each by one engine in bounded memory; a bucket that is done is kept, so a
second run goes on where the first stopped. About 30 claim lines and 50 diagnoses a person-year.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.engine.connection import connect
from openvbc.engine.store import file_digest, publish_text
from openvbc.parameters import code_lists
from openvbc.period import add_months, month_start
from openvbc.risk.pack import PACKS_FOLDER
from openvbc.sources.loads import LOAD_SCHEMA, LOADS, MANIFEST
from openvbc.sources.options import LoadOptions

Progress = Callable[[str, int, int], None]

FIRST_YEAR: Final = 2023
YEARS: Final = 3
MONTHS: Final = 12 * YEARS
PEOPLE_PER_BUCKET: Final = 125_000
CLAIMS_E3: Final = 930
"""Claims of a person of ordinary care in a month, times 1000; 2.8 lines and 4.7 diagnoses each."""
PEOPLE_PER_PRACTICE: Final = 400
EARLIER_SHARE: Final = 10
EARLIER_MONTHS: Final = 3
"""Of 1000 people, how many have claims in the last months of the year before, so that its base
year is not empty."""
RUN_OUT_MONTHS: Final = 3

MAIN: Final = "0000000000000001"
LATE: Final = "0000000000000002"
"""The two loads: all but the last month; the last month with a tenth of the three before it."""

STATE: Final = ("person", "eligibility", "risk_score", "voluntary_alignment")
SHARED: Final = ("provider", "facility")
_SQL: Final = Path(__file__).parent / "sql"
_PACKS: Final = ("cms_hcc_v24_2025", "cms_hcc_v28_2025")

_CODE_VARIABLES: Final = {
    "pool": "SELECT list(code ORDER BY code) FROM mapped_code WHERE code_place < 400",
    "pool_size": "SELECT 400",
    "visits": "SELECT list(code ORDER BY code) FROM visit_code",
}

Made = dict[str, list[dict[str, Any]]]
"""Load → the partitions that were written, as its manifest says them."""


@dataclass(frozen=True)
class Piece:
    """Claims of one month that one load delivers: which tenths of them, and of how many people."""

    load_id: str
    month: date
    from_tenth: int = 0
    to_tenth: int = 9
    share: int = 1000


def pieces() -> Iterator[Piece]:
    """Every month's claims: the last month and a tenth of the three before it come late."""
    first = date(FIRST_YEAR, 1, 1)
    for back in range(EARLIER_MONTHS, 0, -1):
        yield Piece(MAIN, add_months(first, -back), share=EARLIER_SHARE)
    for number in range(MONTHS):
        month = add_months(first, number)
        left = MONTHS - 1 - number
        if left == 0:
            yield Piece(LATE, month)
        elif left <= RUN_OUT_MONTHS:
            yield Piece(MAIN, month, from_tenth=1)
            yield Piece(LATE, month, to_tenth=0)
        else:
            yield Piece(MAIN, month)


def buckets_for(members: int) -> int:
    """Into how many buckets so many people are cut."""
    return -(-members // PEOPLE_PER_BUCKET)


def practices_for(members: int) -> int:
    """How many practices there are."""
    return max(50, members // PEOPLE_PER_PRACTICE)


def data_through() -> date:
    """The last day of which the population knows."""
    return date(FIRST_YEAR + YEARS, 7, 31)


class _Bucket:
    """One bucket of people, written by one single-threaded engine."""

    def __init__(self, data: Path, number: int, members: int, memory_limit: str) -> None:
        self._data = data
        self._number = number
        self._made: Made = {MAIN: [], LATE: []}
        self._connection = connect(memory_limit, 1, data / "spill" / f"bench-{number}")
        first = date(FIRST_YEAR, 1, 1)
        self._set(
            people=members,
            buckets=buckets_for(members),
            bucket=number,
            practices=practices_for(members),
            first_year=FIRST_YEAR,
            rate_e3=CLAIMS_E3,
            data_through=data_through(),
            load_id=MAIN,
            month=first,
        )
        self._codes()
        for name in ("macros", "kind", "person"):
            self._run(name)

    def write(self) -> Made:
        """Write every table of the bucket; what each load got."""
        try:
            self._run("state")
            for table in STATE:
                self._copy(f"SELECT * FROM {table}", table, MAIN, None)
            if self._number == 0:
                self._run("shared")
                for table in SHARED:
                    self._copy(f"SELECT * FROM {table}", table, MAIN, None, is_shared=True)
            for piece in pieces():
                self._claims(piece)
        finally:
            self._connection.close()
        return self._made

    def _claims(self, piece: Piece) -> None:
        first = date(FIRST_YEAR, 1, 1)
        month = piece.month
        number = 12 * (month.year - first.year) + month.month
        self._set(
            month=month,
            month_number=number + 12,
            month_text=f"{month:%y%m}",
            share=piece.share,
            from_tenth=piece.from_tenth,
            to_tenth=piece.to_tenth,
            load_id=piece.load_id,
        )
        self._run("claim")
        for table in ("medical_claim", "diagnosis"):
            sql = (_SQL / f"{table}.sql").read_text(encoding="utf-8")
            self._copy(sql, table, piece.load_id, f"{month:%Y-%m}")

    def _set(self, **variables: int | str | date) -> None:
        for name, value in variables.items():
            self._connection.execute(f"SET VARIABLE {name} = $value", {"value": value})

    def _run(self, name: str) -> None:
        self._connection.execute((_SQL / f"{name}.sql").read_text(encoding="utf-8"))

    def _codes(self) -> None:
        """Diagnosis codes that risk models know, and codes of visits."""
        packs = ", ".join(f"'{PACKS_FOLDER / name / 'code.csv'}'" for name in _PACKS)
        for name, sql in _code_tables(packs).items():
            self._connection.execute(f"CREATE TEMP TABLE {name} AS {sql}")
        for name, select in _CODE_VARIABLES.items():
            self._connection.execute(f"SET VARIABLE {name} = ({select})")

    def _copy(
        self, sql: str, table: str, load_id: str, month: str | None, *, is_shared: bool = False
    ) -> None:
        bucket = None if is_shared else self._number
        folder = self._data / LOADS / f".{load_id}" / table
        folder = folder if is_shared else folder / f"bucket={self._number:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (f"month={month}.parquet" if month else "data.parquet")
        counted = self._connection.execute(
            f"COPY ({sql}) TO '{path}' "
            "(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false)"
        ).fetchall()
        self._made[load_id].append(
            {
                "table": table,
                "bucket": bucket,
                "slice": month,
                "path": path.relative_to(self._data / LOADS / f".{load_id}").as_posix(),
                "rows": int(counted[0][0]),
                "sha256": file_digest(path),
            }
        )


def _code_tables(packs: str) -> dict[str, str]:
    visits = code_lists()["primary_care_code"]
    numbered = "row_number() OVER (ORDER BY md5(code)) - 1 AS code_place"
    mapped = f"SELECT DISTINCT code FROM read_csv([{packs}], all_varchar = true)"
    return {
        "mapped_code": f"SELECT code, {numbered} FROM ({mapped})",
        "visit_code": (
            f"SELECT DISTINCT code FROM read_csv('{visits}', all_varchar = true) "
            "WHERE code LIKE '99%' ORDER BY code LIMIT 40"
        ),
    }


def make_population(
    data: Path,
    members: int,
    *,
    workers: int = 2,
    memory_mb: int = 1600,
    progress: Progress | None = None,
) -> None:
    """Write the two loads below data, or what is missing of them."""
    if (data / LOADS / LATE / MANIFEST).is_file():
        return
    report = progress or (lambda *_: None)
    buckets = range(buckets_for(members))
    notes = data / LOADS / ".made"
    notes.mkdir(parents=True, exist_ok=True)
    left = [it for it in buckets if not (notes / f"{it}.json").is_file()]
    limit = f"{memory_mb // workers}MB"

    def make(number: int) -> None:
        made = _Bucket(data, number, members, limit).write()
        publish_text(notes / f"{number}.json", json.dumps(made))

    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(make, number) for number in left]
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                job.result()
                report("buckets", len(buckets) - len(left) + done, len(buckets))
        finally:
            pool.shutdown(cancel_futures=True)
    made = [json.loads((notes / f"{it}.json").read_text(encoding="utf-8")) for it in buckets]
    for load_id, after in ((MAIN, []), (LATE, [MAIN])):
        parts = [part for one in made for part in one[load_id]]
        _publish(data, load_id, after, len(buckets), parts)
    shutil.rmtree(notes)


def _publish(
    data: Path, load_id: str, after: Sequence[str], buckets: int, partitions: list[dict[str, Any]]
) -> None:
    """Give a load its manifest and its name."""
    folder = data / LOADS / f".{load_id}"
    if not folder.is_dir():  # published before a run was stopped
        return
    rows: dict[str, int] = {}
    for part in partitions:
        rows[part["table"]] = rows.get(part["table"], 0) + part["rows"]
    counts = {"updated": 0, "redelivered": 0, "quarantined": {}}
    manifest = {
        "schema": LOAD_SCHEMA,
        "load_id": load_id,
        "kind": "bench",
        "options": _options(buckets).manifest(),
        "after": list(after),
        "sources": [],
        "ignored": [],
        "tables": {
            name: {"rows_in": count, "accepted": count, **counts} for name, count in rows.items()
        },
        "partitions": partitions,
    }
    publish_text(folder / MANIFEST, json.dumps(manifest, indent=1))
    folder.rename(data / LOADS / load_id)


def _options(buckets: int) -> LoadOptions:
    """As a load of `vbc load` would have been told."""
    return LoadOptions(
        data_source="bench",
        buckets=buckets,
        received_on=None,
        line_of_business=None,
        owner="bench",
        agreement=None,
        permitted_purpose="payment; operations",
    )


def months_of_data() -> tuple[date, date]:
    """The first month with everybody's claims, and the last."""
    first = date(FIRST_YEAR, 1, 1)
    return first, month_start(add_months(first, MONTHS - 1))
