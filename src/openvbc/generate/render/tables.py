"""What the renderers share: a population's tables as views, and SELECTs over them as files."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from openvbc.engine.connection import connect
from openvbc.errors import InputError, Problem

_MEMORY: Final = "1GB"
_FOLDER: Final = Path(__file__).parent
_BATCH: Final = 1_000


@contextmanager
def opened(
    population: Path, out: Path, **variables: str | int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with a view for each table of the population's folder, and macros.sql.

    variables: what the SQL reads with getvariable(). out is made where it is not there.
    Raises InputError where the population has no realistic feed.
    """
    if not (population / "person_identifier.parquet").exists():
        what = "has no person_identifier.parquet; generate it with realistic_feed"
        raise InputError(Problem(str(population), what))
    out.mkdir(parents=True, exist_ok=True)
    spill = out / "spill"
    try:
        with connect(_MEMORY, 1, spill) as connection:
            for path in sorted(population.iterdir()):
                for rows in _rows(path):
                    told = f"SELECT *, '{path.name}' AS file_name FROM {rows}"
                    connection.execute(f"CREATE VIEW {path.stem} AS {told}")
            connection.execute(read_sql("macros"))
            for name, value in variables.items():
                connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
            yield connection
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def read_sql(name: str) -> str:
    """The text of one of the SQL files beside this one."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def fetched(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a SELECT, some at a time."""
    found = connection.execute(sql)
    while rows := found.fetchmany(_BATCH):
        yield from rows


def _rows(path: Path) -> Iterator[str]:
    if path.is_dir() and any(path.glob("*.parquet")):
        yield f"read_parquet('{_quoted(path)}/*.parquet')"
    elif path.suffix == ".parquet":
        yield f"read_parquet('{_quoted(path)}')"
    elif path.suffix == ".csv":
        yield f"read_csv('{_quoted(path)}', all_varchar = true, header = true)"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def write_csv(connection: duckdb.DuckDBPyConnection, selects: Mapping[str, str], out: Path) -> None:
    """File name → its SELECT; each a CSV with a header line below out."""
    for name, sql in selects.items():
        connection.execute(f"COPY ({sql}) TO '{_quoted(out / name)}' (FORMAT csv, HEADER)")


def statements(name: str) -> dict[str, str]:
    """File name → SELECT of `<name>.sql`, in which `-- file: NAME` stands before each."""
    parts = (it.split("\n", 1) for it in read_sql(name).split("-- file: ")[1:])
    return {file.strip(): sql.strip().rstrip(";") for file, sql in parts}
