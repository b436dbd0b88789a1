"""Why a line is what it is: down to persons and one person's claims.

Every level says how many rows make it and what they sum to, and that sum must be the cell above;
where it is not, the explanation fails rather than shows it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from openvbc.contract.contract import Settlement
from openvbc.contract.display import shown_line, source_text
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model
from openvbc.errors import InputError, Problem
from openvbc.explain.levels import Explanation, Level, amount
from openvbc.publish import find_settlement
from openvbc.workspace import Workspace

Document = Mapping[str, Any]

CLAIM_LINE: Final = (
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
"""What is shown of a claim line."""


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
    parts = [
        ("line", line["id"]),
        ("value", shown_line(line)),
        ("says", line["says"].split("\n\n")[0]),
        ("formula", line["formula"] or ""),
        ("citation", line["cite"]),
        ("source", source_text(line["source"])),
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
    model = workspace.models[table]
    unit = "cents" if column.endswith("_cents") else ""
    total = int(_one(engine, f"SELECT coalesce(sum({column}), 0) FROM {table}", keys))
    if "enrolment_type" in model.schema:
        yield _strata(engine, table, column, keys, unit)
    if model.made_of:
        below = workspace.models[model.made_of["table"]]
        people = _People(engine, below, model.made_of, column, unit, keys)
        yield people.level(person, rows).must_sum_to(total)
        if person and "claims_cents" in below.schema:
            yield people.claims(person, rows)


def _strata(engine: DuckDBEngine, table: str, column: str, keys: Document, unit: str) -> Level:
    period = {name: keys[name] for name in ("contract_id", "period_id")}
    select = f"SELECT enrolment_type, {column} FROM {table}"
    found = _rows(engine, select, period, "ORDER BY enrolment_type")
    total = sum(int(row[1]) for row in found)
    return Level(
        f"enrolment types ({table})", ("enrolment_type", column), found, len(found), total, unit
    )


@dataclass(frozen=True)
class _People:
    """The people that a cell sums, and what of each it sums."""

    engine: DuckDBEngine
    model: Model
    made_of: Document
    column: str
    unit: str
    keys: Document

    @property
    def _from(self) -> str:
        return f"FROM {self.model.name} WHERE {self.made_of.get('where', 'true')}"

    @property
    def _amount(self) -> str:
        return str(self.made_of.get("columns", {}).get(self.column, self.column))

    def level(self, person: str | None, rows: int) -> Level:
        """All of them counted and summed, and the first of them, or one person, shown."""
        summary = f"SELECT count(*), coalesce(sum({self._amount}), 0) {self._from}"
        count, total = _rows(self.engine, summary, self.keys)[0]
        columns = (
            "person_id",
            *(name for name in self.model.schema if name not in {"person_id", *self.keys}),
        )
        one = {**self.keys, **({"person_id": person} if person else {})}
        order = f"ORDER BY {self._amount} DESC, person_id LIMIT {rows}"
        found = _rows(self.engine, f"SELECT {', '.join(columns)} {self._from}", one, order)
        note = "" if person else "--person ID goes on to one person's claims"
        return Level(
            f"persons ({self.model.name})", columns, found, count, int(total), self.unit, note
        )

    def claims(self, person: str, rows: int) -> Level:
        """The person's claim lines; those that count sum to the person's claims."""
        one = {**self.keys, "person_id": person}
        names = ("claims_cents", "excluded_cents", "truncated_cents", "counted_cents")
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in names)
        claims, excluded, truncated, counted = (
            int(it) for it in _rows(self.engine, f"SELECT {sums} {self._from}", one)[0]
        )
        note = (
            f"claims {amount(claims, 'cents')} − excluded {amount(excluded, 'cents')} − "
            f"truncated {amount(truncated, 'cents')} = counted {amount(counted, 'cents')}"
        )
        where = (
            "FROM claim_use WHERE window_id = (SELECT window_id FROM expenditure_window "
            "WHERE contract_id = ? AND period_id = ?) AND person_id = ?"
        )
        values = [self.keys["contract_id"], self.keys["period_id"], person]
        if "enrolment_type" in self.keys:
            where += " AND enrolment_type = ?"
            values.append(self.keys["enrolment_type"])
        order = f"ORDER BY claims_cents DESC, {', '.join(CLAIM_LINE[:3])} LIMIT {rows}"
        found = self.engine.rows(f"SELECT {', '.join(CLAIM_LINE)} {where} {order}", values)
        summary = f"SELECT count(*), coalesce(sum(claims_cents), 0) {where}"
        count, total = self.engine.rows(summary, values)[0]
        level = Level(
            "claim lines of the person (claim_use)",
            CLAIM_LINE,
            found,
            count,
            int(total),
            "cents",
            note,
        )
        return level.must_sum_to(claims)


def _one(engine: DuckDBEngine, select: str, keys: Document) -> Any:
    return _rows(engine, select, keys)[0][0]


def _rows(
    engine: DuckDBEngine, select: str, keys: Document, tail: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of a SELECT with the keys added to its filter."""
    joined = " AND ".join(f"{name} = ?" for name in keys)
    start = "AND" if " WHERE " in select else "WHERE"
    return engine.rows(f"{select} {start} {joined} {tail}", list(keys.values()))
