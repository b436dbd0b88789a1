"""How an explanation looks: a head, and levels of rows from the top down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.confidentiality.withhold import told, withheld_note
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import CheckFailedError, Problem
from openvbc.money import cents_text


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
    withheld: int = 0
    """Rows that are left out because they are sensitive; neither rows nor count has them."""

    def must_sum_to(self, expected: int) -> "Level":
        """This level, where its total is the cell above; raises CheckFailedError otherwise."""
        if self.total != expected:
            what = f"sums to {self.total}, but the cell above is {expected}"
            raise CheckFailedError(Problem(self.title, what))
        return self


@dataclass(frozen=True)
class Lines:
    """One person's claim lines, of which those that are withheld are summed and not shown.

    source is FROM … WHERE … with the values it takes; shown, the condition of those to show.
    """

    engine: DuckDBEngine
    source: str
    values: Sequence[Any]
    shown: str

    def level(
        self, title: str, columns: Sequence[str], order: str, rows: int, note: str = ""
    ) -> Level:
        """The first of those to show; the total is the last column's, of all."""
        select = f"SELECT {', '.join(columns)}, {self.shown} {self.source} ORDER BY {order}"
        found = self.engine.rows(select, self.values)
        shown = [line[:-1] for line in found if line[-1]]
        total, hidden = sum(int(line[-2] or 0) for line in found), len(found) - len(shown)
        return Level(title, columns, shown[:rows], len(shown), total, "cents", note, hidden)


@dataclass(frozen=True)
class Explanation:
    """A line or a question, and its levels from the top down."""

    head: Sequence[tuple[str, str]]
    levels: Sequence[Level] = field(default_factory=tuple)

    @property
    def counts(self) -> dict[str, int]:
        """Rows that are shown, and rows that are left out."""
        return {
            "shown": sum(len(level.rows) for level in self.levels),
            "withheld": sum(level.withheld for level in self.levels),
        }

    def to_json(self) -> dict[str, Any]:
        """The same for machines; amounts are whole cents where the column's name says so."""
        levels = [
            {
                "title": level.title,
                "count": level.count,
                "total": level.total,
                "unit": level.unit or None,
                "note": level.note or None,
                "withheld": told(level.withheld),
                "rows": [dict(zip(level.columns, row, strict=True)) for row in level.rows],
            }
            for level in self.levels
        ]
        return {**dict(self.head), "levels": levels}

    def __rich__(self) -> RenderableType:
        facts = Table.grid(padding=(0, 2))
        for name, text in self.head:
            facts.add_row(Text(name, style="dim"), Text(text))
        return Group(facts, *(part for level in self.levels for part in _level(level)))


def _level(level: Level) -> Iterator[RenderableType]:
    shown = f"the first {len(level.rows)} of " if len(level.rows) < level.count else ""
    total = "" if level.total is None else f", total {amount(level.total, level.unit)}"
    yield Text(f"\n{level.title}: {shown}{level.count:,}{total}", style="bold")
    if level.rows:
        table = Table()
        for name in level.columns:
            number = name.endswith("_cents")
            table.add_column(
                name.removesuffix("_cents").replace("_", " "), justify="right" if number else "left"
            )
        for row in level.rows:
            pairs = zip(level.columns, row, strict=True)
            table.add_row(*(_cell(name, value) for name, value in pairs))
        yield table
    if level.note:
        yield Text(level.note, style="dim")
    if level.withheld:
        yield Text(withheld_note(level.withheld), style="dim")


def amount(number: int, unit: str) -> str:
    """A sum as people read it: dollars of cents, or a plain number."""
    return cents_text(number) if unit == "cents" else f"{number:,}"


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_cents") and isinstance(value, int):
        return amount(value, "cents")
    return str(value)
