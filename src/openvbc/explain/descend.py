"""From a cell of a table down to the enrolment types, the persons and one person's claims.

Every level says how many rows make it and what they sum to, and that sum must be the cell above;
where it is not, the explanation fails rather than shows it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openvbc.confidentiality.withhold import Withholding
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model
from openvbc.errors import InputError, Problem
from openvbc.explain.attributed import MEMBER, attributed_levels
from openvbc.explain.attributed import TABLES_READ as OF_MEMBER
from openvbc.explain.chosen import declared
from openvbc.explain.levels import Level, Lines, amount
from openvbc.explain.risk import TABLES_READ, assigned_levels

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
    "excluded_cents",
    "claims_cents",
)
"""What is shown of a claim line."""

LINE_TABLES: Final = ("claim_use", "contract_analysis", "contract_line", "expenditure_window")
"""Where a person's claim lines stand: of a contract by a declared method in contract_line."""

EPISODE: Final = "episode"

PERSON_RISK: Final = "person_risk"

EPISODE_SHOWN: Final = (
    "person_id",
    "claim_key",
    "anchor_first_day",
    "anchor_last_day",
    "included_lines",
    "included_cents",
    "truncated_cents",
    "counted_cents",
)
"""What is shown of an episode."""

EPISODE_LINE: Final = (
    "episode_claim_key",
    "day",
    "claim_key",
    "claim_line_number",
    "service",
    "is_own",
    "included",
    "rule_id",
    "says",
    "excluded_cents",
    "included_cents",
)
"""What is shown of a claim line in an episode's window."""


def tables_below(table: str, person: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tables that `descend` sums below a cell of a table, and those it reads of one person."""
    model = declared([table]).get(table)
    below = model.made_of.get("table") if model else None
    summed = (table, *([below] if below else ()))
    if person is None:
        return summed, ()
    if below == MEMBER:
        return summed, OF_MEMBER
    of_person = {PERSON_RISK: TABLES_READ, EPISODE: ("episode_line",)}
    return summed, (*LINE_TABLES, *of_person.get(below or "", ()))


def descend(
    models: Mapping[str, Model],
    engine: DuckDBEngine,
    source: Document,
    person: str | None,
    rows: int,
    withholding: Withholding,
) -> Iterator[Level]:
    """The levels below a cell: enrolment types → persons → one person's claims.

    Sums are of all claims; rows of those that are withheld are not shown.

    Raises InputError for a table that is no more, or a person who is not in the cell;
    CheckFailedError where a level does not sum to the cell above.
    """
    table, column, keys = source["table"], source["column"], source["filter"]
    model = models.get(table)
    if model is None or column not in model.schema:
        what = f"table {table} has no {column} in this version; settle again"
        raise InputError(Problem("statement", what))
    unit = "cents" if column.endswith("_cents") else ""
    below = models[model.made_of["table"]] if model.made_of else None
    made_of = model.made_of
    people = _People(engine, below, made_of, column, unit, keys, withholding) if below else None
    if people is not None and not people.sums:
        people = None
    if "enrolment_type" in model.schema:
        yield _strata(engine, table, column, keys, unit if people else None)
    if people:
        total = int(_rows(engine, f"SELECT coalesce(sum({column}), 0) FROM {table}", keys)[0][0])
        yield people.level(person, rows).must_sum_to(total)
        if person and people.model.name == MEMBER:
            one = (keys["contract_id"], keys["period_id"], person)
            yield from attributed_levels(engine, one, rows, withholding)
        elif person and "claims_cents" in people.model.schema:
            yield people.claims(person, rows)
        if person and people.model.name == PERSON_RISK:
            cell = [keys[name] for name in ("contract_id", "period_id", "enrolment_type")]
            yield from assigned_levels(engine, cell, person, rows, withholding)
        if person and people.model.name == EPISODE:
            yield people.episode_lines(person, rows)


def _strata(
    engine: DuckDBEngine, table: str, column: str, keys: Document, unit: str | None
) -> Level:
    """The cell beside those of the other enrolment types, with their sum where they have one."""
    period = {name: keys[name] for name in ("contract_id", "period_id")}
    select = f"SELECT enrolment_type, {column} FROM {table}"
    found = _rows(engine, select, period, "ORDER BY enrolment_type")
    total = None if unit is None else sum(int(row[1]) for row in found)
    title = f"enrolment types ({table})"
    return Level(title, ("enrolment_type", column), found, len(found), total, unit or "")


@dataclass(frozen=True)
class _People:
    """The people that a cell sums, and what of each it sums."""

    engine: DuckDBEngine
    model: Model
    made_of: Document
    column: str
    unit: str
    keys: Document
    withholding: Withholding

    @property
    def sums(self) -> bool:
        """Whether the cell is a sum over people: a truncation cut, for one, is not."""
        columns = self.made_of.get("columns", {})
        same = self.column if self.column in self.model.schema else None
        return columns.get(self.column, same) is not None

    @property
    def _from(self) -> str:
        return f"FROM {self.model.name} WHERE ({self.made_of.get('where', 'true')})"

    @property
    def _amount(self) -> str:
        return str(self.made_of.get("columns", {}).get(self.column, self.column))

    def level(self, person: str | None, rows: int) -> Level:
        """All of them counted and summed, and the first of them, or one person, shown."""
        summary = f"SELECT count(*), coalesce(sum({self._amount}), 0) {self._from}"
        count, total = _rows(self.engine, summary, self.keys)[0]
        columns = self._shown()
        one = {**self.keys, **({"person_id": person} if person else {})}
        order = f"ORDER BY 0 + {self._amount} DESC, person_id LIMIT {rows}"
        hidden = self._hidden(self._from, one)
        found = _rows(self.engine, f"SELECT {', '.join(columns)} {self._shown_from}", one, order)
        if person and not found and not hidden:
            raise InputError(Problem("--person", "the person is not among those of this cell"))
        note = "" if person else "--person ID goes on to one person's claims"
        what = "episodes" if self.model.name == EPISODE else "persons"
        title = f"{what} ({self.model.name})"
        return Level(title, columns, found, count - hidden, int(total), self.unit, note, hidden)

    @property
    def _shown_from(self) -> str:
        """Those that may be shown: an episode is as sensitive as the claim that triggers it."""
        if self.model.name != EPISODE:
            return self._from
        return f"{self._from} AND {self.withholding.shown_claim}"

    def _hidden(self, source: str, keys: Document) -> int:
        """How many rows of episodes are withheld; persons never are."""
        if self.model.name != EPISODE:
            return 0
        select = f"SELECT count(*) {source} AND NOT ({self.withholding.shown_claim})"
        return int(_rows(self.engine, select, keys)[0][0])

    def _shown(self) -> Sequence[str]:
        """All columns, the person first; of an episode, which has many, those that tell most."""
        if self.model.name == EPISODE:
            own = () if self.column in {*EPISODE_SHOWN, "episodes"} else (self.column,)
            return (*EPISODE_SHOWN, *own)
        others = (it for it in self.model.schema if it not in {"person_id", *self.keys})
        return ("person_id", *others)

    def claims(self, person: str, rows: int) -> Level:
        """The person's claim lines; those that count sum to the person's claims."""
        one = {**self.keys, "person_id": person}
        names = ("claims_cents", "excluded_cents", "truncated_cents", "counted_cents")
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in names)
        amounts = [int(it) for it in _rows(self.engine, f"SELECT {sums} {self._from}", one)[0]]
        claims, excluded, truncated, counted = (amount(it, "cents") for it in amounts)
        note = f"claims {claims} − excluded {excluded} − truncated {truncated} = counted {counted}"
        order = f"claims_cents DESC, {', '.join(CLAIM_LINE[:3])}"
        table, lines = self._lines(person)
        title = f"claim lines of the person ({table})"
        return lines.level(title, CLAIM_LINE, order, rows, note).must_sum_to(amounts[0])

    def episode_lines(self, person: str, rows: int) -> Level:
        """The lines in the windows of the person's episodes; those in sum to what is included."""
        one = {**self.keys, "person_id": person}
        names = ("window_cents", "excluded_cents", "truncated_cents", "counted_cents")
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in (*names, "included_cents"))
        amounts = [int(it) for it in _rows(self.engine, f"SELECT {sums} {self._from}", one)[0]]
        window, excluded, truncated, counted = (amount(it, "cents") for it in amounts[:4])
        note = f"window {window} − excluded {excluded} − truncated {truncated} = counted {counted}"
        where = " AND ".join(f"{name} = ?" for name in one)
        level = Lines(
            self.engine,
            f"FROM episode_line WHERE {where}",
            list(one.values()),
            self.withholding.shown_episode_line,
        ).level(
            "claim lines in the window (episode_line)",
            EPISODE_LINE,
            "episode_claim_key, day, claim_key, claim_line_number",
            rows,
            note,
        )
        return level.must_sum_to(amounts[4])

    def _lines(self, person: str) -> tuple[str, Lines]:
        """The person's claim lines in the cell, and the table that has them."""
        cell = [self.keys["contract_id"], self.keys["period_id"]]
        period = "WHERE contract_id = ? AND period_id = ?"
        table, where = "contract_line", period
        if not self.engine.rows(f"SELECT 1 FROM contract_analysis {period}", cell):
            table = "claim_use"
            where = f"WHERE window_id = (SELECT window_id FROM expenditure_window {period})"
        source = f"FROM {table} {where} AND person_id = ? AND enrolment_type = ?"
        values = [*cell, person, self.keys["enrolment_type"]]
        return table, Lines(self.engine, source, values, self.withholding.shown_claim)


def _rows(
    engine: DuckDBEngine, select: str, keys: Document, tail: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of a SELECT with the keys added to its filter."""
    joined = " AND ".join(f"{name} = ?" for name in keys)
    start = "AND" if " WHERE " in select else "WHERE"
    return engine.rows(f"{select} {start} {joined} {tail}", list(keys.values()))
