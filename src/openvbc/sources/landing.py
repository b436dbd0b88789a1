"""Landing views: a source's files as they are, with the file and the row of every row.

CSV columns are text. Parquet columns keep their types where a source's SELECTs go row by row over
canonical columns, and are text too where they compute, so that one SELECT reads both formats.
Nothing is stored.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from openvbc.errors import Problem
from openvbc.sources.files import Part
from openvbc.sources.reader import Reader, SourceFile

_SHOWN: Final = 20
_CSV: Final = (
    "header = true, auto_detect = false, quote = '\"', escape = '\"', "
    "store_rejects = true, rejects_limit = 0"
)
_MACROS: Final = (
    r"""
CREATE OR REPLACE MACRO cents(dollars) AS
    CASE
        WHEN regexp_full_match(trim(CAST(dollars AS VARCHAR)), '[+-]?[0-9]+(\.[0-9]{0,2}0*)?')
            THEN CAST(CAST(
                TRY_CAST(trim(CAST(dollars AS VARCHAR)) AS DECIMAL(38, 10)) * 100
                AS HUGEINT) AS VARCHAR)
        ELSE CAST(dollars AS VARCHAR)
    END
""",
    "CREATE MACRO key_digits(key) AS CAST('0x' || substr(md5(key), 1, 12) AS BIGINT)",
    "CREATE MACRO padded(number, width) AS lpad(CAST(number AS VARCHAR), width, '0')",
    "CREATE MACRO synthetic_tin(key) AS '9' || padded(key_digits(key) % 100000000, 8)",
    "CREATE MACRO synthetic_npi(key) AS '9' || padded(key_digits(key) % 1000000000, 9)",
    "CREATE MACRO synthetic_ccn(key) AS '9' || upper(substr(md5(key), 1, 5))",
)
"""What the SELECTs of the sources may call besides DuckDB's own functions.

cents: dollars to whole cents as text, exactly; what is not exact stays as it is. synthetic_*:
numbers of the right width from a source's own keys. They start with 9, where no real NPI (1 or 2)
and no real organization's CCN or TIN (9 is for individuals' numbers) is expected.
"""


def text(value: str | Path) -> str:
    """A text as a SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def name(column: str) -> str:
    """A column name, quoted."""
    return '"' + column.replace('"', '""') + '"'


def read_parquet(files: Sequence[Path]) -> str:
    """The rows of Parquet files, to select from; folder names are no columns."""
    listed = ", ".join(text(path) for path in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def create_landing(
    connection: duckdb.DuckDBPyConnection, reader: Reader, parts: Sequence[Part]
) -> None:
    """Make `landing.<file>` for every file of the kind (empty where absent) and `map.<name>`."""
    for macro in _MACROS:
        connection.execute(macro)
    create_views(connection, "landing", reader, parts)
    connection.execute("CREATE SCHEMA map")
    for it, path in reader.maps.items():
        read = f"read_csv({text(path)}, header = true, all_varchar = true)"
        connection.execute(f"CREATE TABLE map.{name(it)} AS SELECT * FROM {read}")


def create_views(
    connection: duckdb.DuckDBPyConnection, schema: str, reader: Reader, parts: Sequence[Part]
) -> None:
    """Make `<schema>.<file>` for every file of the kind, empty where no part is of it."""
    connection.execute(f"CREATE SCHEMA {schema}")
    for declared in reader.files:
        own = [part for part in parts if part.table == declared.name]
        connection.execute(
            f"CREATE VIEW {schema}.{name(declared.name)} AS {_view(declared, own, reader)}"
        )


def create_history(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    earlier: Sequence[Part],
    now: Sequence[Part],
) -> None:
    """Make `history.<file>` of a format's files, those of earlier loads and of this one.

    Two columns more than `landing.<file>`: file_key tells files apart whose names are alike, and
    is_new says that a row is of this load.
    """
    connection.execute("CREATE SCHEMA history")
    for declared in reader.files:
        views = [
            _landed(alike, declared, is_new=is_new)
            for parts, is_new in ((earlier, False), (now, True))
            for alike in _alike([it for it in parts if it.table == declared.name and it.is_landed])
        ]
        empty = "CAST(NULL AS VARCHAR) AS file_key, false AS is_new"
        rows = (
            " UNION ALL ".join(views) or f"SELECT *, {empty} FROM ({_view(declared, (), reader)})"
        )
        connection.execute(f"CREATE VIEW history.{name(declared.name)} AS {rows}")


def _view(declared: SourceFile, parts: Sequence[Part], reader: Reader) -> str:
    wanted = declared.columns
    if not parts:
        nulls = ", ".join(
            f"CAST(NULL AS {declared.types.get(it, 'VARCHAR')}) AS {name(it)}" for it in wanted
        )
        empty = "CAST(NULL AS VARCHAR) AS file_name, CAST(NULL AS BIGINT) AS row_number"
        return f"SELECT {nulls}, {empty} WHERE false"
    if parts[0].is_landed:
        return " UNION ALL ".join(_landed(its, declared) for its in _alike(parts))
    if parts[0].is_text:
        return " UNION ALL ".join(_csv(part, wanted) for part in parts)
    return _parquet(parts, wanted, is_text=not reader.is_row_by_row)


def _alike(parts: Sequence[Part]) -> list[list[Part]]:
    """Landed files that one scan can read: of the same columns, none twice."""
    found: dict[tuple[tuple[str, ...], int], list[Part]] = {}
    times: dict[Path, int] = {}
    for part in parts:
        times[part.path] = times.get(part.path, 0) + 1
        found.setdefault((part.columns, times[part.path]), []).append(part)
    return list(found.values())


def _landed(parts: Sequence[Part], declared: SourceFile, *, is_new: bool | None = None) -> str:
    """What a format made of delivered files: typed, with the row numbers of those files.

    is_new is for the history, where it says whether the files are of this load.

    One scan for all of them: a scan of its own for every file takes memory for every file.
    """
    spelled = ", ".join(
        name(it)
        if it in parts[0].columns
        else f"CAST(NULL AS {declared.types.get(it, 'VARCHAR')}) AS {name(it)}"
        for it in declared.columns
    )
    listed = ", ".join(text(part.path) for part in parts)
    names = " ".join(f"WHEN {text(part.path)} THEN {text(part.name)}" for part in parts)
    keys = " ".join(f"WHEN {text(it.path)} THEN {text(f'{it.sha256} {it.name}')}" for it in parts)
    history = (
        "" if is_new is None else f", CASE landing_file {keys} END AS file_key, {is_new} AS is_new"
    )
    return (
        f"SELECT {spelled}, CASE landing_file {names} END AS file_name, row_number{history} "
        f"FROM read_parquet([{listed}], hive_partitioning = false, filename = 'landing_file')"
    )


def _columns(given: Sequence[str], wanted: Sequence[str], *, is_text: bool = False) -> str:
    spelled = {column.lower(): column for column in given}
    form = "CAST({0} AS VARCHAR)" if is_text else "{0}"
    return ", ".join(
        f"{form.format(name(spelled[it]))} AS {name(it)}"
        if it in spelled
        else f"CAST(NULL AS VARCHAR) AS {name(it)}"
        for it in wanted
    )


def _csv(part: Part, wanted: Sequence[str]) -> str:
    """By their places: a file may have columns without a name."""
    declared = ", ".join(f"'f{place}': 'VARCHAR'" for place in range(len(part.columns)))
    places = {column.lower(): f"f{place}" for place, column in enumerate(part.columns) if column}
    columns = ", ".join(f"{places.get(it, 'CAST(NULL AS VARCHAR)')} AS {name(it)}" for it in wanted)
    return (
        f"SELECT {columns}, {text(part.name)} AS file_name, "
        "row_number() OVER () AS row_number "
        f"FROM read_csv({text(part.path)}, columns = {{{declared}}}, "
        f"delim = {text(part.delimiter)}, {_CSV})"
    )


def _parquet(parts: Sequence[Part], wanted: Sequence[str], *, is_text: bool) -> str:
    """All Parquet files of a table at once; columns are matched by name."""
    given = list(dict.fromkeys(column for part in parts for column in part.columns))
    listed = ", ".join(text(part.path) for part in parts)
    return (
        f"SELECT {_columns(given, wanted, is_text=is_text)}, "
        f"{_delivered_name(parts)} AS file_name, file_row_number + 1 AS row_number "
        f"FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false, "
        "file_row_number = true, filename = 'landing_file')"
    )


def _delivered_name(parts: Sequence[Part]) -> str:
    """The path below the source of `landing_file`; members of archives were put elsewhere."""
    root = str(parts[0].path).removesuffix(parts[0].name)
    if all(str(part.path) == f"{root}{part.name}" for part in parts):
        return f"substr(landing_file, {len(root) + 1})"
    whens = " ".join(f"WHEN {text(part.path)} THEN {text(part.name)}" for part in parts)
    return f"CASE landing_file {whens} END"


def rejected_lines(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> list[Problem]:
    """What the scans so far could not read, one problem a line, without the line's content."""
    if not any(part.is_text for part in parts):
        return []
    found = connection.execute(
        "SELECT DISTINCT scan.file_path, error.line, lower(CAST(error.error_type AS VARCHAR)) "
        "FROM reject_errors AS error JOIN reject_scans AS scan "
        "USING (scan_id, file_id) ORDER BY ALL"
    ).fetchall()
    read = {str(part.path): part for part in parts}
    problems = [
        Problem(f"{_where(read[path])}:{line}", _line_problem(kind, len(read[path].columns)))
        for path, line, kind in found[:_SHOWN]
    ]
    if len(found) > _SHOWN:
        problems.append(Problem("source", f"and {len(found) - _SHOWN:,} more lines like these"))
    return problems


def _where(part: Part) -> str:
    """The file's path; of an archive's member, which was put elsewhere, its name."""
    return str(part.path) if str(part.path).endswith(part.name) else part.name


def _line_problem(kind: str, width: int) -> str:
    whole = "the file may be cut off; deliver it again whole"
    if kind == "missing columns":
        return f"found too few fields, expected {width}; {whole}"
    if kind == "too many columns":
        return f"found too many fields, expected {width}; quote fields that hold a comma"
    if kind == "unquoted value":
        return f"found a quote that is not closed; {whole}"
    return f"found {kind}; expected one line of {width} fields"
