"""docs/reference/tables.md, from the declarations of models, inputs and code lists."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import sqlglot
from sqlglot import exp

from openvbc.engine.inputs import code_list_model, code_list_rows
from openvbc.engine.model import LINEAGE, MODELS_FOLDER, STAGES, Column, Model, read_models
from openvbc.parameters import code_lists
from openvbc.sources.forms import CODE_SYSTEMS, FORMS
from reference import markdown

ROOT: Final = Path(__file__).parents[2]
INTRODUCTION: Final = (
    "Ask any of them with `vbc sql`. Grain: the columns that tell one row from the next. Span "
    "person: built once for each bucket of people; all: built once. Money is whole cents. "
    "An audit is a SELECT over the finished table (`this`) that must return no row; a check is "
    "a condition that sends a loaded row to quarantine."
)
KINDS: Final = {
    "table": "Built and stored",
    "view": "A view, never stored",
    "loaded": "Loaded by `vbc load`",
    "input": "Given by contracts, settlements and the calendar",
}
LINEAGE_SAYS: Final = {
    "data_source": "name of the source, as given to `vbc load`",
    "payer": "who pays",
    "plan": "the payer's plan",
    "line_of_business": "medicare, medicaid, commercial …",
    "sensitivity": "empty: ordinary; else 42 CFR Part 2 or another category",
    "received_on": "day on which the file came",
    "load_id": "the load that wrote the row",
    "file_name": "the file it came in",
    "row_number": "its row in that file",
}


def page() -> str:
    """The whole page."""
    models = read_models(MODELS_FOLDER)
    stages = [stage for stage in STAGES if any(it.stage == stage for it in models.values())]
    sections = [_stage(stage, models.values()) for stage in stages]
    sections[1:1] = [_lineage(), _forms()]
    return markdown.page("Tables", INTRODUCTION, [*sections, _code_lists()])


def _stage(stage: str, models: Iterable[Model]) -> str:
    own = sorted((it for it in models if it.stage == stage), key=lambda it: it.name)
    return "\n\n".join([f"## Stage {stage}", *(_model(it) for it in own)])


def _lineage() -> str:
    rows = [(markdown.code(name), kind, LINEAGE_SAYS[name]) for name, kind in LINEAGE.items()]
    return "\n\n".join(
        (
            "## Lineage",
            "Every loaded row carries these besides its own columns.",
            markdown.table(("column", "type", "meaning"), rows),
        )
    )


def _forms() -> str:
    rows = [
        (markdown.code(name), it.says) for name, it in sorted({**CODE_SYSTEMS, **FORMS}.items())
    ]
    said = (
        "How codes are written. A load puts a value into the form of its column where it has one "
        "meaning, and counts the others ([loading](../load.md#codes-in-their-form))."
    )
    return "\n\n".join(("## Forms", said, markdown.table(("form or code system", "values"), rows)))


def _model(it: Model) -> str:
    parts = [f"### {it.name}", it.row, " ".join(_facts(it)), _columns(it)]
    if stars := _stars(it.sql):
        parts.append(f"And every column of {_links(stars)}.")
    parts += _conditions("Audit", it.audits) + _conditions("Check", it.checks)
    return "\n\n".join(parts)


def _facts(it: Model) -> Iterator[str]:
    cut = f", cut by {it.period}" if it.period != "none" else ""
    yield f"{KINDS[it.kind]}; span {it.span}{cut}."
    yield f"Grain: {markdown.codes(it.grain)}."
    if it.reads:
        yield f"Reads {_links(it.reads)}."


def _links(tables: Iterable[str]) -> str:
    return ", ".join(f"[{name}](#{name})" for name in tables)


def _columns(it: Model) -> str:
    rows = (
        (markdown.code(one.name), one.type + (" NOT NULL" if one.required else ""), _says(one))
        for one in it.columns
    )
    return markdown.table(("column", "type", "meaning"), rows)


def _says(it: Column) -> str:
    form = f"form [{it.form}](#forms)" if it.form in FORMS else f"form by {markdown.code(it.form)}"
    return f"{it.says}; {form}" if it.form else it.says


def _stars(sql: str) -> list[str]:
    """The tables of which a view passes every column on, through its own named parts too."""
    return _passed_on(sqlglot.parse_one(sql, dialect="duckdb")) if sql else []


def _passed_on(tree: exp.Expr) -> list[str]:
    parts = {it.alias_or_name: it.this for it in tree.find_all(exp.CTE)}
    named = {table.alias_or_name: table.name for table in tree.find_all(exp.Table)}
    stars = (it for it in tree.expressions if isinstance(it, exp.Column) and it.is_star)
    found = [named[it.table] for it in stars]
    return [name for it in found for name in (_passed_on(parts[it]) if it in parts else [it])]


def _conditions(title: str, conditions: dict[str, str]) -> list[str]:
    return [f"{title} _{name}_: `{' '.join(sql.split())}`" for name, sql in conditions.items()]


def _code_lists() -> str:
    listed = [_code_list(name, path) for name, path in code_lists().items()]
    return "\n\n".join(["## Code lists", *listed])


def _code_list(name: str, path: Path) -> str:
    model = code_list_model(path)
    columns = ", ".join(f"`{it.name}` {it.type}" for it in model.columns)
    note = path.with_suffix(".md")
    says = note.read_text(encoding="utf-8").split("\n\n")[1]
    link = f"[source and clock](../../{note.relative_to(ROOT).as_posix()})"
    return f"### {name}\n\n{says} {len(code_list_rows(path))} rows; {link}.\n\nColumns: {columns}."
