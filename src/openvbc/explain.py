"""Why a number is what it is: from a statement line down to persons and one person's claims.

Every level says how many rows make it and what they sum to, and that sum must be the cell above;
where it is not, the explanation fails rather than shows it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.contract.contract import Settlement
from openvbc.contract.display import shown_line
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import CheckFailedError, InputError, Problem
from openvbc.money import dollars
from openvbc.publish import find_settlement
from openvbc.workspace import Workspace

Document = Mapping[str, Any]

CLAIM_COLUMNS: Final = ("claims_cents", "excluded_cents")
"""The amounts of a person that are sums over claim lines; the others are made of these two."""


@dataclass(frozen=True)
class Level:
    """One level of an explanation: its rows' count and total, and the first of them."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    count: int
    total: int | None = None
    unit: str = ""
    note: str = ""

    def must_sum_to(self, expected: int) -> "Level":
        """This level, where its total is the cell above; raises CheckFailedError otherwise."""
        if self.total != expected:
            what = f"sums to {self.total}, but the cell above is {expected}"
            raise CheckFailedError(Problem(self.title, what))
        return self


@dataclass(frozen=True)
class Explanation:
    """A line or a question, and its levels from the top down."""

    head: Sequence[tuple[str, str]]
    levels: Sequence[Level] = field(default_factory=tuple)

    def __rich__(self) -> RenderableType:
        facts = Table.grid(padding=(0, 2))
        for name, text in self.head:
            facts.add_row(Text(name, style="dim"), Text(text))
        return Group(facts, *(part for level in self.levels for part in _level(level)))


def _level(level: Level) -> Iterator[RenderableType]:
    shown = f"the first {len(level.rows)} of " if len(level.rows) < level.count else ""
    total = "" if level.total is None else f", total {_amount(level.total, level.unit)}"
    title = f"{level.title}: {shown}{level.count:,}{total}"
    table = Table(*level.columns, title=title, title_justify="left", title_style="bold")
    for row in level.rows:
        table.add_row(*(_cell(name, value) for name, value in zip(level.columns, row, strict=True)))
    yield Text()
    yield table
    if level.note:
        yield Text(level.note, style="dim")


def _amount(number: int, unit: str) -> str:
    return f"${dollars(number):,.2f}" if unit == "cents" else f"{number:,}"


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if name.endswith("_cents") and isinstance(value, int):
        return f"${dollars(value):,.2f}"
    return str(value)


def _statement(workspace: Workspace, settlement: Settlement) -> Document:
    path = workspace.root / "statements" / f"{settlement.id}.json"
    try:
        document: Document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        what = "there is no statement yet; run `vbc settle`"
        raise InputError(Problem(str(path), what)) from error
    return document


def _find_line(document: Document, path: str, at: str) -> Document:
    wanted = {"period": "performance", "stratum": None, **_coordinates(at)}
    named = [
        line
        for line in document["lines"]
        if line["path"] == path or line["path"].split("/")[-1] == path
    ]
    found = [line for line in named if line["at"] == wanted]
    if len(found) == 1:
        return dict(found[0])
    cells = ", ".join(line["id"].split("@")[1] for line in named)
    what = f"no such cell; cells of {path}: {cells}" if named else "no such line in the statement"
    raise InputError(Problem(f"{path} [{at or 'performance'}]", what))


def _coordinates(at: str) -> dict[str, str]:
    """Read period=base_1,stratum=esrd; raises InputError for anything else."""
    pairs = [part.partition("=") for part in at.split(",") if part.strip()]
    bad = [
        name for name, equals, _ in pairs if name.strip() not in {"period", "stratum"} or not equals
    ]
    if bad:
        raise InputError(Problem(f"--at {at}", "expected period=NAME,stratum=NAME"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def explain_line(
    workspace: Workspace, path: str, at: str, settlement: str | None, person: str | None, rows: int
) -> Explanation:
    """A line with its formula, citation and inputs; a counted leaf down to persons and claims."""
    chosen = find_settlement(workspace, settlement)
    document = _statement(workspace, chosen)
    line = _find_line(document, path, at)
    source = line["source"] or {}
    if source.get("kind") != "table":
        return Explanation(_head(line), tuple(_inputs(document, line)))
    engine = workspace.run(document["run_id"]).open()
    try:
        levels = tuple(_descend(workspace, engine, source, person, rows))
    finally:
        engine.close()
    return Explanation(_head(line), levels)


def _head(line: Document) -> list[tuple[str, str]]:
    source = line["source"] or {}
    parts = [
        ("line", line["id"]),
        ("value", shown_line(line)),
        ("says", line["says"].split("\n\n")[0]),
        ("formula", line["formula"] or ""),
        ("citation", line["cite"]),
        ("source", "; ".join(f"{key} {value}" for key, value in source.items() if value)),
    ]
    return [(name, text) for name, text in parts if text]


def _inputs(document: Document, line: Document) -> Iterator[Level]:
    by_id = {it["id"]: it for it in document["lines"]}
    inputs = [by_id[name] for name in line["inputs"]]
    if inputs:
        rows = [(it["id"], shown_line(it), it["cite"]) for it in inputs]
        yield Level("made of", ("line", "value", "citation"), rows, len(rows))


def _descend(
    workspace: Workspace, engine: DuckDBEngine, source: Document, person: str | None, rows: int
) -> Iterator[Level]:
    """Cell → enrolment types → persons → one person's claims."""
    table, column, keys = source["table"], source["column"], source["filter"]
    unit = "cents" if column.endswith("_cents") else ""
    made_of = workspace.models[table].made_of
    total = _one(engine, f"SELECT coalesce(sum({column}), 0) FROM {table}", keys)
    period = {name: keys[name] for name in ("contract_id", "period_id")}
    if "enrolment_type" in workspace.models[table].schema:
        yield _strata(engine, table, column, period, unit)
    if not made_of:
        return
    below = made_of.get("columns", {}).get(column, column)
    where = f"FROM {made_of['table']} WHERE {made_of.get('where', 'true')}"
    summed = f"SELECT coalesce(sum({below}), 0) {where}"
    counted = int(_one(engine, f"SELECT count(*) {where}", keys))
    shown = (
        "person_id",
        *(it for it in workspace.models[made_of["table"]].schema if it not in {"person_id", *keys}),
    )
    select = f"SELECT {', '.join(shown)} {where}"
    order = f"ORDER BY {below} DESC, person_id LIMIT {rows}"
    chosen = {**keys, **({"person_id": person} if person else {})}
    yield Level(
        f"persons ({made_of['table']})",
        shown,
        _rows(engine, select, chosen, order),
        counted,
        int(_one(engine, summed, keys)),
        unit,
    ).must_sum_to(int(total))
    if person and below in CLAIM_COLUMNS:
        yield _claims(engine, keys, person, below, int(_one(engine, summed, chosen)), rows)
    elif not person:
        yield Level("next", ("try",), [("--person ID shows one person's claims",)], 1)


def _strata(engine: DuckDBEngine, table: str, column: str, period: Document, unit: str) -> Level:
    select = f"SELECT enrolment_type, {column} FROM {table}"
    found = _rows(engine, select, period, "ORDER BY enrolment_type")
    return Level(
        f"enrolment types ({table})",
        ("enrolment_type", column),
        found,
        len(found),
        sum(int(row[1]) for row in found),
        unit,
    )


def _claims(
    engine: DuckDBEngine, keys: Document, person: str, column: str, expected: int, rows: int
) -> Level:
    """The person's claim lines in the period; those that count sum to the person's amount."""
    window = "SELECT window_id FROM expenditure_window WHERE contract_id = ? AND period_id = ?"
    stratum = "AND enrolment_type = ?" if "enrolment_type" in keys else ""
    where = f"FROM claim_use WHERE person_id = ? AND window_id = ({window}) {stratum}"
    values = [
        person,
        keys["contract_id"],
        keys["period_id"],
        *([keys["enrolment_type"]] if stratum else []),
    ]
    columns = (
        "claim_key",
        "version_number",
        "claim_line_number",
        "claim_end_date",
        "counts",
        "reason",
        "exclusion",
        "paid_cents",
        "claims_cents",
        "excluded_cents",
    )
    order = f"ORDER BY {column} DESC, claim_key, version_number, claim_line_number LIMIT {rows}"
    found = engine.rows(f"SELECT {', '.join(columns)} {where} {order}", values)
    summary = f"SELECT count(*), coalesce(sum({column}), 0) {where}"
    count, total = engine.rows(summary, values)[0]
    level = Level(
        f"claim lines of {person} (claim_use)", columns, found, count, int(total), "cents"
    )
    return level.must_sum_to(expected)


def _one(engine: DuckDBEngine, select: str, keys: Document) -> Any:
    return _rows(engine, select, keys)[0][0]


def _rows(
    engine: DuckDBEngine, select: str, keys: Document, tail: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of a SELECT with the keys added to its filter."""
    joined = " AND ".join(f"{name} = ?" for name in keys)
    start = "AND" if " WHERE " in select else "WHERE"
    return engine.rows(f"{select} {start} {joined} {tail}", list(keys.values()))


def explain_person(
    workspace: Workspace, person: str, settlement: str | None, rows: int
) -> Explanation:
    """Why a person is assigned or not, in every period, and what was counted."""
    chosen = find_settlement(workspace, settlement)
    engine = workspace.run().open()
    try:
        levels = tuple(_person_levels(engine, chosen, person, rows))
    finally:
        engine.close()
    return Explanation([("person", person), ("settlement", chosen.id)], levels)


def _person_levels(
    engine: DuckDBEngine, settlement: Settlement, person: str, rows: int
) -> Iterator[Level]:
    if not engine.rows("SELECT 1 FROM person WHERE person_id = ?", [person]):
        raise InputError(Problem(f"--person {person}", "no such person in the loaded data"))
    periods = [settlement.period_id(role) for role in settlement.coordinates.periods]
    marks = ", ".join("?" for _ in periods)
    mine = f"contract_id = ? AND period_id IN ({marks}) AND person_id = ?"
    values = [settlement.contract.id, *periods, person]
    windows = (
        f"window_id IN (SELECT window_id FROM assignment_window WHERE contract_id = ? "
        f"AND period_id IN ({marks})) AND person_id = ?"
    )
    for title, table, where in (
        ("may be assigned", "eligible_person", windows),
        ("candidates", "candidate", windows),
        ("assignment", "attribution", mine),
        ("expenditure", "person_expenditure", mine),
    ):
        names, found = engine.columns(f"SELECT * FROM {table} WHERE {where} ORDER BY ALL", values)
        shown = [it for it in names if it not in {"person_id", "contract_id"}]
        keep = [names.index(it) for it in shown]
        cut = [[row[place] for place in keep] for row in found[: max(rows, len(periods))]]
        yield Level(f"{title} ({table})", shown, cut, len(found))


def explain_claim(workspace: Workspace, claim: str, settlement: str | None) -> Explanation:
    """Why each line of a claim counts in a settlement's periods, or why not."""
    chosen = find_settlement(workspace, settlement)
    engine = workspace.run().open()
    try:
        levels = tuple(_claim_levels(engine, chosen, claim))
    finally:
        engine.close()
    return Explanation([("claim", claim), ("settlement", chosen.id)], levels)


def _claim_levels(engine: DuckDBEngine, settlement: Settlement, claim: str) -> Iterator[Level]:
    found = engine.rows(
        "SELECT DISTINCT claim_key, person_id FROM medical_claim "
        "WHERE claim_key = ? OR claim_id = ? ORDER BY ALL",
        [claim, claim],
    )
    if not found:
        raise InputError(Problem(f"--why-not {claim}", "no such claim in the loaded data"))
    for key, person in found:
        yield _versions(engine, key)
        yield _uses(engine, settlement, key, person)


def _versions(engine: DuckDBEngine, key: str) -> Level:
    names, rows = engine.columns(
        "SELECT version_number, version_type, claim_line_number, claim_end_date, effective_on, "
        "received_on, paid_cents, file_name, row_number FROM medical_claim WHERE claim_key = ? "
        "ORDER BY ALL",
        [key],
    )
    return Level(f"claim {key} as delivered", names, rows, len(rows))


def _uses(engine: DuckDBEngine, settlement: Settlement, key: str, person: str) -> Level:
    names, rows = engine.columns(
        """
        SELECT w.period_id, u.version_number, u.claim_line_number,
            u.counts AND coalesce(a.assigned, false) AS counts,
            CASE
                WHEN NOT u.counts THEN u.reason
                WHEN NOT coalesce(a.assigned, false)
                    THEN 'person is not assigned: ' || coalesce(a.reason, 'saw nobody of the ACO')
                ELSE coalesce('counts; excluded: ' || u.exclusion, 'counts')
            END AS why,
            u.claims_cents, u.excluded_cents
        FROM claim_use AS u
        JOIN expenditure_window AS w ON w.window_id = u.window_id AND w.contract_id = ?
        LEFT JOIN attribution AS a
            ON a.contract_id = w.contract_id AND a.period_id = w.period_id
            AND a.person_id = u.person_id
        WHERE u.claim_key = ? AND u.person_id = ?
        ORDER BY ALL
        """,
        [settlement.contract.id, key, person],
    )
    note = "" if rows else "its through date is in no period of this settlement"
    return Level(f"how it counts in {settlement.id}", names, rows, len(rows), note=note)
