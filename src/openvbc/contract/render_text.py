"""A statement as a tree in the terminal, readable at 100 columns and without colour."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from openvbc.contract.display import (
    Document,
    first_sentence,
    label,
    origin,
    period_label,
    shown_line,
)
from openvbc.contract.outline import Node, Quantity, outline, periods_in_order
from openvbc.contract.standing import SHORT_HASH, standing
from openvbc.contract.waterfall import due, steps
from openvbc.errors import Problem

WIDTH = 100
SAID = 2
"""Levels, the results among them, on which a line also says what it is."""
MOST_COLUMNS: Final = 6
"""Strata that stand side by side in a small table; with more they stand one below the other."""


def render_text(
    document: Document,
    *,
    depth: int = 2,
    component: str | None = None,
    problems: Sequence[Problem] = (),
) -> RenderableType:
    """The statement: header, what is due, the waterfall, and the tree of results.

    depth: how many levels of inputs stand below each result. component: show this component's
    results only. problems: what stopped results that are missing from the document.
    """
    tree = Tree(Text("Results, and what they are made of", style="bold"), guide_style="dim")
    for node in outline(document, depth):
        if component is None or node.quantity.path.startswith(f"{component}/"):
            _grow(tree, document, node, 0)
    parts = [_header(document), *_due(document), *_waterfall(document), *_problems(problems), tree]
    spaced = [part for item in parts for part in (item, Text())]
    return Constrain(Group(*spaced), WIDTH)


def _header(document: Document) -> RenderableType:
    period = document["period"]
    rows = {
        "payer": f"{document['payer']['name']} ({document['payer']['id']})",
        "entity": f"{document['entity']['name']} ({document['entity']['id']})",
        "period": f"{period['id']}, {period['first_day']} to {period['last_day']}",
        **dict(standing(document)),
        "supersedes": document["supersedes"],
        "run": (document["run_id"] or "")[:SHORT_HASH],
    }
    grid = Table.grid(padding=(0, 2))
    for name, text in rows.items():
        if text:
            grid.add_row(Text(name, style="dim"), Text(text))
    return Group(Text(document["title"], style="bold"), grid)


def _due(document: Document) -> Iterator[RenderableType]:
    found = due(document)
    if found is not None:
        style = "bold red" if found.reason else "bold"
        yield Text(f"{found.sentence}: {found.amount or found.reason}", style=style)


def _waterfall(document: Document) -> Iterator[RenderableType]:
    found = steps(document)
    if found:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column(f"From {found[0].label} to {found[-1].label}")
        table.add_column("amount", justify="right")
        table.add_column("change", justify="right", style="dim")
        for step in found:
            table.add_row(Text(step.label), step.amount, step.change_text)
        yield table


def _problems(problems: Sequence[Problem]) -> Iterator[RenderableType]:
    if problems:
        lines = [Text(f"  {problem}") for problem in problems]
        yield Group(Text("Not everything could be computed:", style="bold red"), *lines)


def _grow(tree: Tree, document: Document, node: Node, level: int) -> None:
    branch = tree.add(Group(*_node(document, node, level)))
    for child in node.children:
        _grow(branch, document, child, level + 1)


def _node(document: Document, node: Node, level: int) -> Iterator[RenderableType]:
    yield _row(node)
    if node.home is not None:
        return
    quantity = node.quantity
    if level < SAID and quantity.lines[0]["says"]:
        yield Text(first_sentence(quantity.lines[0]["says"]), style="dim")
    if len(quantity.lines) > 1:
        yield _cells(document, quantity)
    for reason in quantity.distinct("unknown"):
        yield Text(reason, style="red")


def _row(node: Node) -> RenderableType:
    """Name and value on one line, the value at the right edge."""
    row = Table.grid(expand=True, padding=(0, 1))
    row.add_column(ratio=1)
    row.add_column(justify="right", no_wrap=True)
    row.add_row(_name(node), Text(node.value, style="red" if node.value == "unknown" else "bold"))
    return row


def _name(node: Node) -> Text:
    """The name, which cells are meant, and where it is explained or comes from."""
    name = Text(node.quantity.label, style="bold" if node.home is None else "")
    if node.note:
        name.append(f", {node.note}", style="not bold")
    aside = _origin(node.quantity)
    if node.home is not None:
        aside = f"see {label(node.home)}" if node.home else "a result"
    if aside:
        name.append(f"  ({aside})", style="not bold dim")
    return name


def _origin(quantity: Quantity) -> str:
    """Where the cells of a leaf come from: their common origin, or the kind of it."""
    origins = {origin(it["source"]) for it in quantity.lines}
    return origins.pop() if len(origins) == 1 else quantity.lines[0]["source"]["kind"]


def _cells(document: Document, quantity: Quantity) -> RenderableType:
    """The cells as a small table: a row for each period, a column for each stratum.

    Many strata are the rows, because so many columns do not fit on a line.
    """
    strata = quantity.strata or (None,)
    periods = periods_in_order(document)
    roles = [it for it in periods if any((it, stratum) in quantity.cells for stratum in strata)]
    values = [[_cell(quantity, role, it) for it in strata] for role in roles]
    rows = [period_label(document, role) for role in roles]
    columns = [label(it) if it else "value" for it in strata]
    if len(strata) > MOST_COLUMNS:
        rows, columns, values = columns, rows, [list(it) for it in zip(*values, strict=True)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for row, cells in zip(rows, values, strict=True):
        table.add_row(row, *cells)
    return table


def _cell(quantity: Quantity, role: str, stratum: str | None) -> str:
    line = quantity.cells.get((role, stratum))
    return shown_line(line) if line else ""
