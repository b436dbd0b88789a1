"""Casting and checking: from a source's SELECT to canonical types, with a reason where it fails.

Every row keeps at most one reason, the first that holds, as a number; a row without a reason is
accepted so far. Reasons never hold a value of the row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from openvbc.engine.model import Column, Model
from openvbc.sources.bucket import bucket_sql
from openvbc.sources.forms import MARKS, in_form, written
from openvbc.sources.landing import name
from openvbc.sources.reader import COMPUTED, ROW_LINEAGE

UNKNOWN_PERSON: Final = "person is in no person row of this or an earlier load"
_WHOLE: Final = ("BIGINT", "INTEGER")
_INTEGERS: Final = frozenset(
    [
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
    ]
)
_DAYS: Final = ("DATE", "TIMESTAMP")
_EXPECTED: Final = {
    "DATE": "a date as YYYY-MM-DD",
    "BIGINT": "a whole number",
    "INTEGER": "a whole number",
    "BOOLEAN": "true or false",
}


@dataclass(frozen=True)
class Reason:
    """Why a row is set aside, what was expected, and the condition that says so."""

    text: str
    expected: str
    condition: str


@dataclass(frozen=True)
class Checked:
    """A SELECT of canonical columns, row lineage, the marks of forms, and `reason`.

    That is the number of the first Reason; the marks are of sources.forms.
    """

    sql: str
    reasons: tuple[Reason, ...]


def checked(
    model: Model, given: Mapping[str, str], sql: str, override: str | None, *, is_text: bool
) -> Checked:
    """Wrap a source's SELECT.

    given is its column → type; what it does not give of the optional columns is empty. override is
    a line of business put on every row. is_text: values come from text files, so spaces around them
    mean nothing.
    """
    columns = [column for column in model.columns if column.name not in COMPUTED]
    absent = [it for it in columns if not (it.required or it.name in given)]
    sql = in_form(model, given, sql, is_text=is_text)
    finished = [*absent, *(column for _, column in written(model, given))]
    given = {**given, **{column.name: column.type for column in finished}}
    empty = "".join(f", CAST(NULL AS {it.type}) AS {name(it.name)}" for it in absent)
    reasons = tuple(_reasons(model, columns, given))
    typed = [
        name(it.name) if it in finished else _value(it, given[it.name], is_text) for it in columns
    ]
    flags = [flag for column in columns for flag in _flags(column, given[column.name])]
    lineage = [_lineage(it, given, override, is_text) for it in ROW_LINEAGE]
    lineage.append(_received_on(given))
    kept = ", ".join(
        name(it) for it in (*(column.name for column in columns), *ROW_LINEAGE, "received_on")
    )
    numbered = " ".join(f"WHEN {it.condition} THEN {at}" for at, it in enumerate(reasons))
    reason = f"CASE {numbered} END" if reasons else "CAST(NULL AS INTEGER)"
    month = (
        f"strftime({month_column(model)}, '%Y-%m') AS month, " if model.period == "month" else ""
    )
    return Checked(
        f"WITH given AS (SELECT *{empty} FROM ({sql})), "
        f"typed AS (SELECT {', '.join([*typed, *flags, *lineage])}, "
        f"file_name, row_number, {MARKS} FROM given) "
        f"SELECT {kept}, file_name, row_number, {MARKS}, {month}{reason} AS reason "
        "FROM typed",
        reasons,
    )


def _same(column: Column, given: str) -> bool:
    return given == column.type and given != "VARCHAR"


def _flags(column: Column, given: str) -> Iterator[str]:
    """What must be known of the source's value after the cast: was there one, was it a number."""
    source = name(column.name)
    if column.type == "VARCHAR" or _same(column, given):
        return
    text = f"trim(CAST({source} AS VARCHAR))"
    yield f"coalesce({text}, '') <> '' AS {name('given_' + column.name)}"
    if column.name.endswith("_cents"):
        number = f"TRY_CAST({text} AS DECIMAL(38, 9)) IS NOT NULL"
        yield f"{number} AS {name('number_' + column.name)}"


def _value(column: Column, given: str, is_text: bool) -> str:
    source = name(column.name)
    if _same(column, given):
        return source
    if column.type == "VARCHAR":
        return f"{_filled(source, is_text)} AS {source}"
    cleaned = f"trim({source})" if given == "VARCHAR" else source
    cast = f"TRY_CAST({cleaned} AS {column.type})"
    if column.type in _WHOLE and given not in _INTEGERS:
        cast = f"CASE WHEN {_is_whole(cleaned, given)} THEN {cast} END"
    if column.type.startswith("DECIMAL"):
        exact = f"TRY_CAST({cleaned} AS DECIMAL(38, 9)) = {cast}"
        cast = f"CASE WHEN {exact} THEN {cast} END"
    return f"{cast} AS {source}"


def _filled(source: str, is_text: bool) -> str:
    """A text, or NULL where it is empty."""
    value = f"CAST({source} AS VARCHAR)"
    return f"nullif(trim({value}), '')" if is_text else f"nullif({value}, '')"


def _is_whole(value: str, given: str) -> str:
    """A cast to a whole number rounds; this is true where nothing is lost."""
    if given == "VARCHAR":
        return rf"regexp_full_match({value}, '[+-]?[0-9]+(\.0*)?')"
    return f"{value} = trunc({value})"


def _lineage(column: str, given: Mapping[str, str], override: str | None, is_text: bool) -> str:
    if column == "line_of_business" and override is not None:
        return f"'{override}' AS {column}"
    if column not in given:
        return f"CAST(NULL AS VARCHAR) AS {column}"
    return f"{_filled(column, is_text)} AS {column}"


def _received_on(given: Mapping[str, str]) -> str:
    """The day a row says it came; the load's own day stands in where it says none."""
    value = "TRY_CAST(received_on AS DATE)" if "received_on" in given else "CAST(NULL AS DATE)"
    return f"{value} AS received_on"


def _reasons(model: Model, columns: list[Column], given: Mapping[str, str]) -> Iterator[Reason]:
    for column in columns:
        yield from _cast_reasons(column, given[column.name])
        if column.type in _DAYS:
            # DuckDB reads infinity, epoch and years before 1 and after 9999 as dates
            day = f"CAST({name(column.name)} AS DATE)"
            odd = f"{day} NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
            text = f"{column.name}: found a year that is not of four digits"
            yield Reason(text, _EXPECTED["DATE"], odd)
        if column.required:
            empty = f"{name(column.name)} IS NULL"
            yield Reason(f"{column.name} is missing", f"a value: {column.says}", empty)
    for text, condition in model.checks.items():
        yield Reason(text, f"not ({condition})", condition)


def _cast_reasons(column: Column, given: str) -> Iterator[Reason]:
    if column.type == "VARCHAR" or _same(column, given):
        return
    expected = _EXPECTED.get(column.type, f"a number that fits {column.type}")
    failed = f"{name('given_' + column.name)} AND {name(column.name)} IS NULL"
    found = "text" if given == "VARCHAR" else given
    if column.name.endswith("_cents"):
        yield Reason(
            f"{column.name}: more than two decimals",
            "whole cents: dollars with at most two decimals",
            f"{failed} AND {name('number_' + column.name)}",
        )
    yield Reason(f"{column.name}: found {found} that is not {expected}", expected, failed)


def month_column(model: Model) -> str:
    """The date whose month is the partition of a table cut by month."""
    return "claim_end_date" if "claim_end_date" in model.schema else "dispensing_date"


def with_slot(model: Model, rows: Checked, buckets: int) -> Checked:
    """Add `slot`: the bucket of the person, 0 for tables of span all, -1 where set aside.

    A row whose person nobody knows gets the reason UNKNOWN_PERSON. Tables other than `person`
    read the bucket from `known_person`.
    """
    if model.span != "person" or model.name == "person":
        place = bucket_sql("person_id", buckets) if model.span == "person" else "0"
        slot = f"CASE WHEN reason IS NULL THEN {place} ELSE -1 END AS slot"
        return Checked(f"SELECT *, {slot} FROM ({rows.sql})", rows.reasons)
    unknown = Reason(UNKNOWN_PERSON, "a row for the person in the person file", "bucket IS NULL")
    code = f"coalesce(reason, CASE WHEN bucket IS NULL THEN {len(rows.reasons)} END)"
    slot = "CASE WHEN reason IS NULL THEN coalesce(bucket, -1) ELSE -1 END AS slot"
    sql = (
        f"SELECT * EXCLUDE (reason, bucket), {code} AS reason, {slot} "
        f"FROM ({rows.sql}) AS row LEFT JOIN known_person USING (person_id)"
    )
    return Checked(sql, (*rows.reasons, unknown))
