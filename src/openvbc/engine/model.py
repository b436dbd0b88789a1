"""A model: one SQL file that makes one table, with what a row is, its grain and its schema.

The file starts with a comment that holds the declaration as YAML, and goes on with one SELECT:

    /*
    row: One person-year of one contract, with the months and the expenditure that count.
    grain: [contract_id, period_id, person_id]
    span: person          # person: once per bucket; all: once, over small tables
    period: year          # month, year or none: how its partitions are cut
    kind: table           # table (stored) or view (named, never stored)
    columns:
      contract_id: {type: VARCHAR, says: the contract}
    audits:
      identity: SELECT * FROM this WHERE claims_cents <> excluded_cents + counted_cents
    */
    SELECT ...

Tables that are loaded (canonical) or given by contracts and parameters (inputs), not computed,
have the same declaration in a .yaml file without SQL. A loaded column may name the `form` in which
its codes are written.
An audit is a SELECT that must return no row; `this` is the model's own table. A table that sums
another says so, for explanations to descend: `made_of: {table: …, where: …, columns: {its column:
what it sums}}`, columns of the same name left out, and null for one that sums nothing. A table
whose rows tell what a person's care was of (a diagnosis, a category), and not on which claim, says
`tells_care: true`: they are withheld with the person's sensitive claims. `asked_by: [input, …]`
names inputs of which one must have rows (of the year, where they are cut by it) for the table to
have any: what nobody asked for is not made.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import sqlglot
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from sqlglot import exp
from sqlglot.errors import SqlglotError

from openvbc.errors import InputError, Problem

Span = Literal["person", "all"]
Period = Literal["month", "year", "none"]
Kind = Literal["table", "view", "loaded", "input"]

LINEAGE = {
    "data_source": "VARCHAR",
    "payer": "VARCHAR",
    "plan": "VARCHAR",
    "line_of_business": "VARCHAR",
    "sensitivity": "VARCHAR",
    "received_on": "DATE",
    "load_id": "VARCHAR",
    "file_name": "VARCHAR",
    "row_number": "BIGINT",
}
"""The columns that every loaded row carries besides its own, with their types."""

_HEADER = re.compile(r"\A\s*/\*(.*?)\*/(.*)\Z", re.DOTALL)

STAGES = ("inputs", "canonical", "attribution", "risk", "groupers", "cost", "episodes", "quality")
"""The order of the flow. A model reads only from its own stage and from those before it."""


@dataclass(frozen=True)
class Column:
    """A declared column: its DuckDB type, what it holds, and if it may be empty.

    form: how its codes are written (sources.forms), or the column that names their code system.
    """

    name: str
    type: str
    says: str
    required: bool = False
    form: str = ""


@dataclass(frozen=True)
class Model:
    """A declared table.

    reads are the names that its SELECT takes rows from, in name order; line is the line of its
    file on which the SELECT starts.
    """

    name: str
    stage: str
    row: str
    grain: tuple[str, ...]
    span: Span
    period: Period
    kind: Kind
    columns: tuple[Column, ...]
    audits: dict[str, str] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    made_of: dict[str, Any] = field(default_factory=dict)
    tells_care: bool = False
    asked_by: tuple[str, ...] = ()
    sql: str = ""
    reads: tuple[str, ...] = ()
    line: int = 1

    @property
    def schema(self) -> dict[str, str]:
        """Column name → declared type."""
        return {column.name: column.type for column in self.columns}

    @property
    def order(self) -> tuple[str, ...]:
        """The order of a partition's rows: the grain with the person first.

        A person's rows lie together, and the first bytes that a sort compares tell rows apart.
        """
        return tuple(sorted(self.grain, key=lambda it: it != "person_id"))

    @property
    def stored_schema(self) -> dict[str, str]:
        """Column name → type as stored: a loaded table also has its lineage."""
        return self.schema | LINEAGE if self.kind == "loaded" else self.schema


def tables_read(sql: str) -> tuple[str, ...]:
    """The tables that a SELECT reads, common table expressions left out."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    named = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    return tuple(sorted({table.name for table in tree.find_all(exp.Table)} - named))


def _columns(declared: dict[str, Any]) -> tuple[Column, ...]:
    return tuple(
        Column(
            name,
            str(it["type"]),
            str(it.get("says", "")),
            bool(it.get("required", False)),
            str(it.get("form", "")),
        )
        for name, it in declared.items()
    )


def _usual_kind(path: Path) -> Kind:
    if path.suffix == ".sql":
        return "table"
    return "input" if path.parent.name == "inputs" else "loaded"


def _first_line(text: str, sql: str) -> int:
    return text[: text.rindex(sql)].count("\n") + 1


def read_model(path: Path) -> Model:
    """Read one model file (.sql) or loaded-table declaration (.yaml).

    Raises InputError where the declaration is missing or incomplete.
    """
    return _model(path, path.read_text(encoding="utf-8"))


@cache
def _model(path: Path, text: str) -> Model:
    """The model of a text. Kept, as reading all of them again takes seconds."""
    header, sql = text, ""
    if path.suffix == ".sql":
        match = _HEADER.match(text)
        if match is None:
            raise InputError(Problem(str(path), "no declaration: start the file with /* … */"))
        header, sql = match.group(1), match.group(2).strip().rstrip(";")
    try:
        it = YAML(typ="safe").load(header)
        return Model(
            name=path.stem,
            stage=path.parent.name,
            row=it["row"],
            grain=tuple(it["grain"]),
            span=it["span"],
            period=it["period"],
            kind=it.get("kind", _usual_kind(path)),
            columns=_columns(it["columns"]),
            audits=it.get("audits") or {},
            checks=it.get("checks") or {},
            made_of=it.get("made_of") or {},
            tells_care=bool(it.get("tells_care", False)),
            asked_by=tuple(it.get("asked_by", ())),
            sql=sql,
            reads=tables_read(sql) if sql else (),
            line=_first_line(text, sql) if sql else 1,
        )
    except SqlglotError as error:
        raise InputError(Problem(str(path), f"not one SELECT: {error}")) from error
    except YAMLError as error:
        what = f"declaration is not YAML: {str(error).splitlines()[0]}"
        raise InputError(Problem(str(path), what)) from error
    except (KeyError, TypeError) as error:
        raise InputError(Problem(str(path), f"declaration is incomplete: {error}")) from error


def read_models(folder: Path) -> dict[str, Model]:
    """All models below a folder, by name, in path order.

    Raises InputError where one cannot be read, or two files make one table.
    """
    paths = sorted([*folder.rglob("*.sql"), *folder.rglob("*.yaml")])
    found: dict[str, Path] = {}
    for path in paths:
        first = found.setdefault(path.stem, path)
        if first != path:
            raise InputError(Problem(str(path), f"makes a table that {first} makes too"))
    return {path.stem: read_model(path) for path in paths}


MODELS_FOLDER = Path(__file__).parent.parent / "models"
