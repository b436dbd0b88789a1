"""A statement as one HTML page that opens from disk: no script, nothing fetched, for paper too."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment

from openvbc.contract.display import (
    UNITS,
    Document,
    brackets,
    cell_label,
    label,
    period_label,
    shown_line,
    source_text,
)
from openvbc.contract.drawing import drawing
from openvbc.contract.outline import Node, Quantity, outline, periods_in_order
from openvbc.contract.standing import standing
from openvbc.contract.waterfall import due, steps
from openvbc.errors import Problem
from openvbc.money import parse_decimal
from openvbc.page import style, templates

FOLDER: Final = Path(__file__).parent
TEMPLATE: Final = "statement.html.j2"
STYLE: Final = "statement.css"
DEEPEST: Final = 100

_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def _formula(node: Node) -> Iterator[tuple[str, str | None]]:
    """The formula in pieces, each with the path that it names, if any."""
    text = node.quantity.lines[0]["formula"] or ""
    paths = {path.rsplit("/", 1)[-1]: path for path in node.quantity.inputs}
    end = 0
    for name in _NAME.finditer(text):
        if name.group() in paths:
            yield text[end : name.start()], None
            yield name.group(), paths[name.group()]
            end = name.end()
    yield text[end:], None


@dataclass(frozen=True)
class Cells:
    """The cells of a quantity as a table: strata in columns, periods in rows."""

    strata: tuple[str | None, ...]
    rows: tuple[tuple[str, tuple[Document | None, ...]], ...]


def _cells(document: Document, quantity: Quantity) -> Cells:
    strata = quantity.strata or (None,)
    rows = (
        (period_label(document, role), tuple(quantity.cells.get((role, it)) for it in strata))
        for role in periods_in_order(document)
    )
    return Cells(strata, tuple(row for row in rows if any(row[1])))


def _sources(document: Document, quantity: Quantity) -> list[tuple[str, str]]:
    """Every different source with the cells that it supplies ("" where it supplies them all)."""
    found: dict[str, list[str]] = {}
    for line in quantity.lines:
        if line["source"]:
            name = cell_label(document, line["at"])
            found.setdefault(source_text(line["source"]), []).append(name)
    return [(text, "; ".join(names) if len(found) > 1 else "") for text, names in found.items()]


def _is_one_column(quantity: Quantity) -> bool:
    """Whether several cells all come from one column of one table."""
    sources = [line["source"] or {} for line in quantity.lines]
    columns = {(it["table"], it["column"]) for it in sources if it.get("kind") == "table"}
    return len(sources) > 1 and len(columns) == 1 and all(it.get("table") for it in sources)


def _has_counts(quantity: Quantity) -> bool:
    counts = (line["source"]["count"] for line in quantity.lines)
    return _is_one_column(quantity) and all(count is not None for count in counts)


def _common_source(quantity: Quantity) -> str:
    """The table that all cells come from, with what their filters have in common."""
    source = quantity.lines[0]["source"]
    filters = [set(line["source"]["filter"].items()) for line in quantity.lines]
    same = [f"{key} = {value}" for key, value in sorted(set.intersection(*filters))]
    own = [key for key in source["filter"] if not any(it.startswith(f"{key} =") for it in same)]
    where = " and ".join([*same, f"each cell's own {' and '.join(own)}"])
    return f"table {source['table']}, column {source['column']}, where {where}"


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _is_assumed(quantity: Quantity) -> bool:
    return any((line["source"] or {}).get("kind") == "default" for line in quantity.lines)


def _exact(line: Document) -> str:
    """The value with all its digits, where the page shows fewer."""
    value = parse_decimal(line["value"] or "")
    read = parse_decimal(re.sub(r"[$,%]", "", shown_line(line)))
    if value is None or read is None or line["unit"] == "text":
        return ""
    whole = value * 100 if line["unit"] == "rate" else value
    return "" if whole == read else str(line["value"])


def _units(document: Document) -> list[tuple[str, str]]:
    used = {line["unit"] for line in document["lines"]}
    return [(unit.replace("_", " "), says) for unit, says in UNITS.items() if unit in used]


def _sections(nodes: Sequence[Node]) -> list[tuple[str, list[Node]]]:
    """The results by component."""
    groups = groupby(nodes, key=lambda node: node.quantity.path.split("/", maxsplit=1)[0])
    return [(label(name), list(members)) for name, members in groups]


def _minus(text: str) -> str:
    """A typographic minus sign before an amount."""
    return text.replace("-", "\N{MINUS SIGN}", 1) if text.startswith("-") else text


def _sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


@cache
def _environment() -> Environment:
    environment = templates(FOLDER)
    helpers: dict[str, Any] = {
        "brackets": brackets,
        "cell_label": cell_label,
        "cells": _cells,
        "common_source": _common_source,
        "has_counts": _has_counts,
        "exact": _exact,
        "formula": _formula,
        "is_assumed": _is_assumed,
        "is_one_column": _is_one_column,
        "label": label,
        "paragraphs": _paragraphs,
        "shown_line": shown_line,
        "sources": _sources,
    }
    environment.globals |= helpers
    environment.filters |= {"minus": _minus, "sentence": _sentence}
    return environment


def render_html(document: Document, *, problems: Sequence[Problem] = ()) -> str:
    """The statement as one self-contained page.

    problems: what stopped results that are missing from the document.
    """
    sheet, style_hash = style(FOLDER / STYLE)
    found = steps(document)
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            document=document,
            due=due(document),
            drawing=drawing(found),
            standing=standing(document),
            sections=_sections(outline(document, DEEPEST)),
            steps=found,
            problems=problems,
            style=sheet,
            style_hash=style_hash,
            units=_units(document),
        )
    )
