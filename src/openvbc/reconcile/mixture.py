"""The cells of two packs mixed: ours, with the rows of some causes as they have them.

The cells come from the SQL models that made both statements (models/cost, models/risk,
models/attribution), run over the mixed rows: truncation and weighting by months are done again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from openvbc.contract.statement import Document
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import code_list_model, code_list_rows
from openvbc.engine.model import MODELS_FOLDER, Model, read_models
from openvbc.ledger.post import money
from openvbc.money import decimal_text, dollars
from openvbc.parameters import code_lists
from openvbc.reconcile.pack import Pack

SQL: Final = Path(__file__).parent / "mixing"
ONCE: Final = ("bundle", "claim_cause", "cost_part", "member_part")
"""Tables that are made once, in order: each row with the cause that replaces it."""

MIXED: Final = (
    *("contract_period", "truncation_cut", "attribution", "person_risk", "assigned_month"),
    *("contract_analysis", "contract_span", "contract_line"),
)
"""Inputs of the models, as views over what is taken."""

MODELS: Final = (
    *("expenditure_window", "assignment_window", "person_cost", "person_year", "cut"),
    *("person_expenditure", "expenditure_cell", "risk_cell", "assignment_cell"),
    *("contract_member", "contract_cell"),
)
"""The models in order; `person_cost` is made of the mixed claims."""

CELLS: Final = ("expenditure_cell", "risk_cell", "assignment_cell", "contract_cell")
TRUNCATION: Final = "truncation cut"
"""What is taken where their truncation cut holds; it has no row of a member."""

Cells = Mapping[tuple[str, str, str | None], Mapping[str, Any]]
"""Table, period and enrolment type → column → value."""


@dataclass(frozen=True)
class Moved:
    """What rows one cause replaces: members, claims, and their months and cents, theirs − ours."""

    members: int
    claims: int
    months: int
    cents: int

    def __str__(self) -> str:
        parts = [_counted(self.members, "member")] * (self.members > 0)
        parts += [_counted(self.claims, "claim")] * (self.claims > 0)
        parts += [f"months {self.months:+,}"] * (self.months != 0)
        parts += [f"claims {money(self.cents)}"] * (self.cents != 0)
        return ", ".join(parts)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class Mixture:
    """Two packs in one engine. Close it when it is done."""

    def __init__(self, ours: Pack, theirs: Pack, memory_limit: str = "1GB") -> None:
        self.ours, self.theirs = ours, theirs
        self._spill = TemporaryDirectory()
        self.engine = DuckDBEngine(memory_limit, Path(self._spill.name), threads=2)
        self._found: dict[frozenset[str], Cells] = {}
        ours.name_tables(self.engine, "ours_")
        theirs.name_tables(self.engine, "theirs_")
        days = [it.statement["as_of"] for it in (ours, theirs)]
        columns = {"ours_as_of": "DATE", "theirs_as_of": "DATE"}
        self.engine.rows_as_table("looked_on", columns, [days])
        for name in ONCE:
            self.engine.rows(f"CREATE TEMP TABLE {name} AS {_sql(name)}")
        self._take(())
        self._name_models()

    def close(self) -> None:
        """Close the engine, and remove what it wrote."""
        self.engine.close()
        self._spill.cleanup()

    def _name_models(self) -> None:
        """The package's own models over the mixed rows."""
        path = code_lists()["enrolment_type"]
        schema = code_list_model(path).schema
        rows = [[row[name] for name in schema] for row in code_list_rows(path)]
        self.engine.rows_as_table("enrolment_type", schema, rows)
        for name in MIXED:
            self.engine.view(name, _sql(name))
        models = _models()
        for name in MODELS:
            self.engine.view(name, _sql(name) if name == "person_cost" else models[name].sql)

    def _take(self, kinds: Iterable[str]) -> None:
        rows = [[it] for it in sorted(kinds)]
        self.engine.rows_as_table("taken", {"kind": "VARCHAR"}, rows)

    def cells(self, kinds: Iterable[str]) -> Cells:
        """The cells of ours, with the rows of some causes as they have them."""
        key = frozenset(kinds)
        if key not in self._found:
            self._take(key)
            self._found[key] = {at: row for table in CELLS for at, row in self._rows(table)}
        return self._found[key]

    def _rows(self, table: str) -> Iterable[tuple[tuple[str, str, str | None], Mapping[str, Any]]]:
        names, rows = self.engine.columns(f"SELECT * FROM {table}")
        for values in rows:
            row = dict(zip(names, values, strict=True))
            yield (table, row["period_id"], row.get("enrolment_type")), row

    @cached_property
    def moved(self) -> Mapping[str, Moved]:
        """Cause → the rows it replaces, of the causes that replace any."""
        found = {kind: Moved(*map(int, rest)) for kind, *rest in self.engine.rows(_sql("summary"))}
        own = self.cells(())
        return {
            kind: it
            for kind, it in found.items()
            if it.claims or it.months or it.cents or self.cells([kind]) != own
        }

    @cached_property
    def strangers(self) -> bool:
        """Whether both packs have members, and none is in both: their ids are of two kinds."""
        select = (
            "SELECT (SELECT COUNT(*) FROM ours_attribution) > 0 "
            "AND (SELECT COUNT(*) FROM theirs_attribution) > 0 "
            "AND NOT EXISTS (SELECT 1 FROM ours_attribution AS o "
            "JOIN theirs_attribution AS t ON t.member = o.member)"
        )
        return bool(self.engine.rows(select)[0][0])

    @cached_property
    def other_origin(self) -> bool:
        """Whether the sides truncate by cuts of two kinds, or one of them not at all."""
        select = (
            "SELECT COUNT(*) FROM ours_{0} AS o JOIN theirs_{0} AS t ON t.period_id = o.period_id "
            "WHERE {1}"
        )
        one_none = "(o.truncation_cents IS NULL) <> (t.truncation_cents IS NULL)"
        return any(
            self.engine.rows(select.format(table, differs))[0][0]
            for table, differs in (
                ("contract_period", "t.cut <> o.cut"),
                ("contract_analysis", one_none),
            )
        )


@cache
def _models() -> Mapping[str, Model]:
    """The models of the package, read once."""
    return read_models(MODELS_FOLDER)


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def with_cell(line: Document, cells: Cells) -> Document:
    """A leaf that was counted from a table, with the value of the mixed cell."""
    source = line["source"]
    keys = source["filter"]
    row = cells.get((source["table"], keys["period_id"], keys.get("enrolment_type")))
    return line if row is None else {**line, "value": cell_text(row[source["column"]], source)}


def cell_text(value: Any, source: Document) -> str | None:
    """A cell as a statement writes it: dollars of cents, a word, or a whole number."""
    if value is None or isinstance(value, str):
        return value
    return decimal_text(dollars(int(value))) if source["column"].endswith("_cents") else str(value)


def is_mixed(line: Document) -> bool:
    """Whether a leaf is a cell of the tables that a pack holds the rows of."""
    return bool(line["source"].get("table") in CELLS)
