"""The comparison of contracts in a terminal, as CSV, and as one page that opens from disk."""

import csv
import io
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table

from openvbc.author.matrix import Matrix, Row

SIDE_BY_SIDE: Final = 4
"""Contracts in one table of the terminal; more stand in further tables below."""

_STYLE: Final = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2rem;color-scheme:light dark}"
    "table{border-collapse:collapse;margin-bottom:2rem}caption{text-align:left;font-weight:600}"
    "th,td{border:1px solid #8886;padding:.3rem .5rem;text-align:left;vertical-align:top}"
)


def _named(row: Row) -> str:
    """The row's name with its unit, where its cells are no words."""
    return row.name if row.unit in {"text", "brackets", "flag"} else f"{row.name} ({row.unit})"


def _sections(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    for section, members in groupby(rows, key=lambda it: it.section):
        yield section, list(members)


def matrix_text(found: Matrix) -> RenderableType:
    """A table for each section and each four contracts; a row that none of the four has is out."""
    blocks = [
        found.contracts[start : start + SIDE_BY_SIDE]
        for start in range(0, len(found.contracts), SIDE_BY_SIDE)
    ]
    tables = (
        _table(section, rows, block) for section, rows in _sections(found.rows) for block in blocks
    )
    return Group(*(it for it in tables if it.row_count))


def _table(section: str, rows: Sequence[Row], block: Sequence[str]) -> Table:
    table = Table(title=section, title_justify="left", show_lines=True)
    table.add_column("", overflow="fold")
    for name in block:
        table.add_column(name, overflow="fold")
    for row in rows:
        if set(row.cells) & set(block):
            table.add_row(_named(row), *_cells(row, block))
    return table


def _cells(row: Row, contracts: Sequence[str]) -> Iterator[str]:
    """What each contract says; a dash where it says nothing."""
    return (row.cells[it].text if it in row.cells else "—" for it in contracts)


def matrix_csv(found: Matrix) -> str:
    """One row for each line of the matrix; cells as people read them, in the row's unit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["section", "name", "unit", *found.contracts])
    for row in found.rows:
        said = (row.cells[it].text if it in row.cells else "" for it in found.contracts)
        writer.writerow([row.section, row.name, row.unit, *said])
    return text.getvalue()


def matrix_html(found: Matrix) -> str:
    """One page with a table for each section, all contracts side by side; nothing is fetched."""
    head = "".join(f'<th scope="col">{escape(it)}</th>' for it in found.contracts)
    tables = "".join(
        f"<table><caption>{escape(section)}</caption>\n<tr><th></th>{head}</tr>\n"
        f"{''.join(_html_row(row, found.contracts) for row in rows)}</table>\n"
        for section, rows in _sections(found.rows)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Contracts compared</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{len(found.contracts)} contracts compared</h1>\n{tables}</body></html>\n"
    )


def _html_row(row: Row, contracts: Sequence[str]) -> str:
    cells = "".join(f"<td>{escape(it)}</td>" for it in _cells(row, contracts))
    return f'<tr><th scope="row">{escape(_named(row))}</th>{cells}</tr>\n'
