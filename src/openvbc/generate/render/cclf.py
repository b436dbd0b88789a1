"""A population as CMS's Claim and Claim Line Feed: one archive a month, then the run-out's."""

import calendar
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

import duckdb

from openvbc.generate.render.tables import opened, read_sql
from openvbc.sources.cclf.layout import Field, fields, files, read_lengths

ENTITY: Final = "A1001"
"""The ACO whose feed is written."""

NOT_CARRIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "months before the payer knew of an enrolment": "lists of earlier months are not corrected",
        "months in Medicare Advantage": "the feed lists people in Original Medicare only",
        "other payers' coverage and claims": "the feed is Medicare's",
        "allowed amounts of institutional claims": "CCLF1 and CCLF2 have none",
        "charges of professional and equipment claims": "CCLF5 and CCLF6 have none",
        "denials of single institutional lines": "Part A is denied as a whole (section 3.2)",
        "taxpayer, specialty, units and diagnoses of equipment claims": "CCLF6 has none",
        "charges, allowed and paid amounts of drugs": "CCLF7 has what the patient paid",
        "providers, facilities, risk scores, voluntary alignment": "other files bring them",
        "sensitivity": "CMS leaves such claims out; here they are in, unmarked",
    }
)
"""What a population has and the feed does not, with the reason."""

_ROWS: Final = 10_000
_FIXED_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""Archive members carry this time, so that the same population gives the same bytes."""


def render(population: Path, out: Path, *, seed: int) -> None:  # noqa: ARG001
    """Write `out/P.A1001.ACO.ZCYyy.Dyymmdd.T…zip` for every month of a generated population.

    population: a folder that `generate` wrote. seed: moves nothing, for records are sorted.
    """
    with opened(population, out) as connection:
        connection.execute(read_sql("cclf"))
        for file in files():
            connection.execute(f"CREATE TEMP TABLE {file}_line AS {_lines_of(connection, file)}")
        for month, is_run_out in connection.execute(
            "SELECT month, is_run_out FROM delivery ORDER BY month"
        ).fetchall():
            _archive(connection, out, month, is_run_out=is_run_out)


def _archive(
    connection: duckdb.DuckDBPyConnection, out: Path, month: date, *, is_run_out: bool
) -> None:
    """One month's archive: every file, empty where nothing came, and the summary."""
    with zipfile.ZipFile(out / f"{_name('', month, is_run_out)}.zip", "w") as archive:
        counts = {}
        for file in files():
            with _member(archive, _name(file[-1].upper(), month, is_run_out)) as member:
                counts[file] = 0
                for lines in _lines(connection, file, month):
                    member.write("".join(lines).encode("ascii"))
                    counts[file] += len(lines)
        with _member(archive, _name("0", month, is_run_out)) as member:
            member.write(_summary(counts).encode("ascii"))


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    info = zipfile.ZipInfo(name, _FIXED_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    return archive.open(info, "w")


def _name(file: str, month: date, is_run_out: bool) -> str:
    """A file's name; the files of a month bear its last day, run-out files the year before."""
    last = calendar.monthrange(month.year, month.month)[1]
    run, year = ("R", month.year - 1) if is_run_out else ("Y", month.year)
    return f"P.{ENTITY}.ACO.ZC{file}{run}{year % 100:02}.D{month:%y%m}{last:02}.T0000000"


def _lines_of(connection: duckdb.DuckDBPyConnection, file: str) -> str:
    """A SELECT of the records of one file, with their months; each with its line end."""
    found = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", [file]
    ).fetchall()
    given = dict(found)
    if not given:
        return "SELECT NULL::DATE AS month, '' AS line WHERE false"
    parts = ", ".join(_text(it, given.get(it.name)) for it in fields()[file])
    return f"SELECT month, concat({parts}, chr(10)) AS line FROM {file}"


def _lines(connection: duckdb.DuckDBPyConnection, file: str, month: date) -> Iterator[list[str]]:
    """The records of one file and month, some at a time."""
    query = connection.execute(
        f"SELECT line FROM {file}_line WHERE month = ? ORDER BY line", [month]
    )
    while rows := query.fetchmany(_ROWS):
        yield [line for (line,) in rows]


def _text(field: Field, given: str | None) -> str:
    """A field's value at its full width; where there is none, blanks, or CMS's date for none."""
    width = field.width
    if given is None:
        return f"'{'1000-01-01' if field.type == 'date' else ' ' * width}'"
    if field.type == "date":
        return f"coalesce(strftime({field.name}, '%Y-%m-%d'), '1000-01-01')"
    if field.type == "amount":
        return f"lpad(if({field.name} IS NULL, '', dollars({field.name})), {width}, ' ')"
    if field.type == "quantity":
        number = f"CAST(CAST({field.name} AS DECIMAL(18, 4)) AS VARCHAR)"
        return f"lpad(coalesce({number}, ''), {width}, ' ')"
    if field.type == "integer":
        return f"lpad(coalesce(CAST({field.name} AS VARCHAR), ''), {width}, '0')"
    return f"rpad(coalesce(CAST({field.name} AS VARCHAR), ''), {width}, ' ')"


def _summary(counts: Mapping[str, int]) -> str:
    """The CCLF0 of a month."""
    lines = ["File Number  |File Description    |Total Records Count |Record Length"]
    for file, count in counts.items():
        lines.append(f"{file.upper():7}|{'':43}|{count:11}|{read_lengths(file)[-1]:5} ")
    return "\n".join(lines) + "\n"
