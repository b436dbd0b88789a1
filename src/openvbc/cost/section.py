"""A table of a report on cost: as text, as JSON, as CSV; every column says its unit."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.confidentiality.withhold import FEW
from openvbc.money import dollars, round_half_up

Unit = Literal["text", "count", "cents", "share", "factor"]
Row = Sequence[Any]

PLACES: Final = 4
"""Decimal places of a share or factor as shown."""

OTHERS: Final = "others, each of few people"


@dataclass(frozen=True)
class Section:
    """One table: columns by name and unit; bars: the column that a page draws."""

    name: str
    title: str
    columns: tuple[tuple[str, Unit], ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""
    bars: str | None = None

    def column(self, name: str) -> list[Any]:
        """The values of a column."""
        at = [it for it, _ in self.columns].index(name)
        return [row[at] for row in self.rows]

    def to_json(self) -> dict[str, Any]:
        """For other programs: cents and counts as whole numbers, shares and factors as text."""
        names = [name for name, _ in self.columns]
        rows = [
            {name: _plain(value) for name, value in zip(names, row, strict=True)}
            for row in self.rows
        ]
        return {"section": self.name, "title": self.title, "note": self.note or None, "rows": rows}


def _plain(value: Any) -> Any:
    return str(round_half_up(value, PLACES)) if isinstance(value, Decimal) else value


def shown(value: Any, unit: Unit) -> str:
    """A cell as people read it; nothing where there is no value."""
    if value is None:
        return ""
    if unit == "cents":
        return f"{dollars(value):,.2f}"
    if unit == "share":
        return f"{round_half_up(value * 100, 2)} %"
    if unit == "factor":
        return str(round_half_up(value, PLACES))
    return f"{value:,}" if unit == "count" else str(value)


def section_text(section: Section) -> RenderableType:
    """A section for a terminal."""
    table = Table()
    for name, unit in section.columns:
        table.add_column(_heading(name), justify="left" if unit == "text" else "right")
    for row in section.rows:
        cells = zip(row, section.columns, strict=True)
        table.add_row(*(shown(value, unit) for value, (_, unit) in cells))
    title, note = Text(f"\n{section.title}", style="bold"), Text(section.note, style="dim")
    return Group(title, *([table] if section.rows else []), *([note] if section.note else []))


def _heading(name: str) -> str:
    return name.removesuffix("_cents").replace("_", " ")


def long_rows(sections: Iterable[Section]) -> list[tuple[str, int, str, str, str]]:
    """All sections as one long table: section, row, column, unit, value."""
    return [
        (section.name, at, name, unit, "" if value is None else str(_plain(value)))
        for section in sections
        for at, row in enumerate(section.rows, 1)
        for (name, unit), value in zip(section.columns, row, strict=True)
    ]


LONG: Final = ("section", "row", "column", "unit", "value")


def sections_csv(sections: Sequence[Section]) -> str:
    """One section as its own table, several as one long table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if len(sections) == 1:
        writer.writerow([name for name, _ in sections[0].columns])
        writer.writerows([_plain(value) for value in row] for row in sections[0].rows)
    else:
        writer.writerow(LONG)
        writer.writerows(long_rows(sections))
    return text.getvalue()


def fold_few(rows: Iterable[Row], persons: int, places: Sequence[int]) -> list[tuple[Any, ...]]:
    """Rows of few people as one, so that no count of 1 to 10 is told and the sums stay.

    persons: the place of the count of people; places: those that are summed. The first cell then
    says that these are others, the rest is empty. Where the others are one row, or together still
    few people, the row with the next fewest joins them; without one, nothing of them is told.
    """
    listed = [tuple(row) for row in rows]
    few = [row for row in listed if 0 < row[persons] < FEW]
    many = [row for row in listed if not 0 < row[persons] < FEW]
    if few and many and (len(few) == 1 or sum(row[persons] for row in few) < FEW):
        next_few = min(many, key=lambda row: int(row[persons]))
        many.remove(next_few)
        few.append(next_few)
    return [*many, _together(few, persons, places)] if few else many


def added(values: Iterable[Any]) -> Any:
    """The sum of the values there are; None where there is none."""
    known = [it for it in values if it is not None]
    return sum(known) if known else None


def _together(few: Sequence[Row], persons: int, places: Sequence[int]) -> tuple[Any, ...]:
    told = sum(row[persons] for row in few) >= FEW
    whole = {at: added(row[at] for row in few) if told else None for at in places}
    row = [whole.get(at) for at in range(len(few[0]))]
    row[0], row[persons] = f"{OTHERS} ({len(few)})", None
    return tuple(row)
