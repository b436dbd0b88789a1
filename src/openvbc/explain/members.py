"""From a line that pays by member and month down to the members' cents, and one member's months."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.contract import Contract
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.run import Run
from openvbc.errors import InputError, Problem
from openvbc.explain.chosen import Chosen
from openvbc.explain.levels import Level
from openvbc.members.facts import summed_lines
from openvbc.members.table import SCHEMA, TABLE
from openvbc.money import round_half_up, to_cents
from openvbc.publish import find_settlement
from openvbc.workspace import Workspace

Document = Mapping[str, Any]

AMOUNTS: Final = ("paid", "change", "earned")

MONTH: Final = (
    "month_start",
    "stratum",
    "payer",
    "plan",
    "line_of_business",
    "age",
    "notice_on",
    *(f"{it}_months" for it in AMOUNTS),
    *(f"{it}_cents" for it in AMOUNTS),
)
"""What is shown of one member's month."""


def members_of(
    chosen: Chosen, line: Document, person: str | None, rows: int
) -> tuple[Level, ...] | None:
    """The same of a settlement that was chosen, by its contract."""
    workspace = Workspace(chosen.place.root)
    contract = find_settlement(workspace, chosen.id).contract
    run = workspace.run(chosen.statement["run_id"])
    return member_levels(run, contract, chosen.statement, line, person, rows)


def member_levels(
    run: Run, contract: Contract, document: Document, line: Document, person: str | None, rows: int
) -> tuple[Level, ...] | None:
    """The members that a line is the sum of; None for a line that sums no members.

    With a person, that member's months too. Raises InputError where the table is gone or the person
    is not among them, CheckFailedError where the members do not sum to the line.
    """
    found = _column(contract, line)
    if found is None:
        return None
    component, column = found
    engine = run.open()
    try:
        _open(engine, run, document)
        where, values = _where(component, line)
        whole = _members(engine, column, where, values, None, rows)
        expected = _expected(line, column)
        if expected is not None:
            whole = whole.must_sum_to(expected)
        if person is None:
            return (whole,)
        return tuple(_person(engine, column, where, values, person, rows))
    finally:
        engine.close()


def _column(contract: Contract, line: Document) -> tuple[str, str] | None:
    """The component and the column of the member table that a line sums."""
    source = line["source"] or {}
    if source.get("table") == TABLE and source["column"] in SCHEMA:
        return source["filter"]["component"], source["column"]
    return summed_lines(contract).get(line["path"])


def _open(engine: DuckDBEngine, run: Run, document: Document) -> None:
    """Name the member table of a statement in the engine."""
    sources = (line["source"] or {} for line in document["lines"])
    address = next((it["address"] for it in sources if it.get("table") == TABLE), None)
    path = run.store.path(address) if address else None
    if path is None or not path.is_file():
        what = "the members' table of this statement is gone; `vbc settle` makes it again"
        raise InputError(Problem("statement", what))
    engine.table(TABLE, [path], SCHEMA)


def _where(component: str, line: Document) -> tuple[str, list[Any]]:
    stratum = line["at"]["stratum"]
    return (
        ("component = ? AND stratum = ?", [component, stratum])
        if stratum is not None
        else ("component = ?", [component])
    )


def _expected(line: Document, column: str) -> int | None:
    """The line's value as the members must sum to it; None where it is no sum, or between cents."""
    if line["value"] is None or line["unit"] not in {"usd", "months"}:
        return None
    value = Decimal(line["value"])
    if not column.endswith("_cents"):
        return int(value)
    return to_cents(value) if round_half_up(value, 2) == value else None


def _members(
    engine: DuckDBEngine,
    column: str,
    where: str,
    values: Sequence[Any],
    person: str | None,
    rows: int,
) -> Level:
    """Each member with months and cents: all counted and summed, the first of them shown."""
    sums = [f"{name}_{unit}" for unit in ("months", "cents") for name in AMOUNTS]
    each = ", ".join(f"CAST(sum({it}) AS BIGINT) AS {it}" for it in sums)
    summed = column if column in sums else "0"
    having = f"HAVING count(*) FILTER (WHERE {column} <> 0) > 0" if column in sums else ""
    grouped = f"FROM {TABLE} WHERE {where}"
    mine = f"SELECT sum({summed}) AS amount {grouped} GROUP BY person_id {having}"
    count, total = engine.rows(f"SELECT count(*), coalesce(sum(amount), 0) FROM ({mine})", values)[
        0
    ]
    one, own = (" AND person_id = ?", [person]) if person else ("", [])
    found = engine.rows(
        f"SELECT person_id, {each} {grouped}{one} GROUP BY person_id {having} "
        f"ORDER BY abs(sum({summed})) DESC, person_id LIMIT {rows}",
        [*values, *own],
    )
    if person and not found:
        raise InputError(Problem("--person", "the person is not among those of this line"))
    unit = "cents" if column.endswith("_cents") else ""
    note = "" if person else "--person ID goes on to one member's months"
    columns = ("person_id", *sums)
    return Level(f"members ({TABLE})", columns, found, int(count), int(total), unit, note)


def _person(
    engine: DuckDBEngine,
    column: str,
    where: str,
    values: Sequence[Any],
    person: str,
    rows: int,
) -> Iterator[Level]:
    """One member among all, and the member's months, which sum to the member's row."""
    yield _members(engine, column, where, values, person, rows)
    summed = column if column.endswith(("_cents", "_months")) else "earned_months"
    found = engine.rows(
        f"SELECT {', '.join(MONTH)} FROM {TABLE} WHERE {where} AND person_id = ? "
        "ORDER BY month_start, stratum",
        [*values, person],
    )
    place = MONTH.index(summed)
    total = sum(int(row[place]) for row in found)
    unit = "cents" if summed.endswith("_cents") else ""
    yield Level(f"months of the member ({TABLE})", MONTH, found, len(found), total, unit)
