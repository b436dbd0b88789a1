"""The linter of models: what keeps a SELECT portable, its money exact and its people apart.

A check is a function of a parsed model that yields what it finds and where. `docs/portable-sql.md`
says each rule in words.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from openvbc.engine.model import STAGES, Model
from openvbc.engine.person_keys import person_keys
from openvbc.engine.portable import MACRO_NAMES, not_portable
from openvbc.errors import Problem

Found = tuple[exp.Expr | None, str]

_TEMPLATING: Final = re.compile(r"\{\{|\{%|\$\{|<%|@\w+")
_YEAR: Final = re.compile(r"(19|20)\d\d(-\d\d(-\d\d.*)?)?")
_DATE_NAME: Final = re.compile(r".*_(date|on|day|start|end|from|to|through)")

_RANKINGS: Final = (
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue,
    exp.LastValue, exp.NthValue,
)  # fmt: skip
_INEXACT: Final = (exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Avg)
_NO_LONGER_MONEY: Final = (exp.Predicate, exp.Count, exp.Sign, exp.Where, exp.Ordered, exp.Query)
_DATES: Final = (exp.DateFromParts, exp.LastDay, exp.TimestampTrunc, exp.DateTrunc)
_KEEP_DATES: Final = (
    exp.Paren, exp.Add, exp.Sub, exp.Coalesce, exp.Greatest, exp.Least, exp.Min, exp.Max, exp.Case,
)  # fmt: skip


@dataclass(frozen=True)
class Parsed:
    """A model with its SELECT as a tree, and every table that a model may read, by name."""

    model: Model
    tree: exp.Expr
    models: Mapping[str, Model]


def _allow_listed(it: Parsed) -> Iterator[Found]:
    for node, name in not_portable(it.tree, it.model.sql):
        kind = "function" if name[0].islower() else "syntax"
        yield node, f"{kind} {name} is not in the portable subset; see docs/portable-sql.md"


def _columns_named(it: Parsed) -> Iterator[Found]:
    for star in it.tree.find_all(exp.Star):
        is_inner = it.model.kind == "view" or star.find_ancestor(exp.CTE, exp.Subquery)
        if isinstance(star.parent, exp.Select):
            yield star, "SELECT * hides the columns; name them"
        elif isinstance(star.parent, exp.Column) and not is_inner:
            yield star, "the stored columns are hidden in a *; name them"


def _rankings_ordered(it: Parsed) -> Iterator[Found]:
    for window in it.tree.find_all(exp.Window):
        if window.find(*_RANKINGS) and not window.args.get("order"):
            yield window, "a ranking window without ORDER BY has no fixed answer; order it by a key"


def _no_years(it: Parsed) -> Iterator[Found]:
    for literal in it.tree.find_all(exp.Literal):
        if _YEAR.fullmatch(literal.name):
            yield (
                literal,
                f"year {literal.name} in a model; read it from a parameter or input table",
            )


def _flows_forward(it: Parsed) -> Iterator[Found]:
    named = {cte.alias_or_name for cte in it.tree.find_all(exp.CTE)}
    for table in it.tree.find_all(exp.Table):
        read = it.models.get(table.name)
        if table.name not in named and read is None:
            yield table, f"reads {table.name}, which no model or input makes"
        elif read is not None and STAGES.index(read.stage) > STAGES.index(it.model.stage):
            yield table, f"reads {table.name} of the later stage {read.stage}"


def _is_date(node: exp.Expr) -> bool:
    if isinstance(node, exp.Column):
        return bool(_DATE_NAME.fullmatch(node.name))
    if isinstance(node, exp.Cast):
        return bool(node.to.this == exp.DType.DATE)
    return isinstance(node, _DATES) or (
        isinstance(node, _KEEP_DATES) and any(_is_date(child) for child in node.iter_expressions())
    )


def _dates_apart(it: Parsed) -> Iterator[Found]:
    for minus in it.tree.find_all(exp.Sub):
        if _is_date(minus.left) and _is_date(minus.right):
            yield minus, "date - date is an interval in Spark; write date_diff('day', first, last)"


def _money_ends_in(column: exp.Column) -> exp.Expr | None:
    """Where a column's cents come out: an inexact operation, a cast to fractions or an alias.

    None where they are only compared, counted or sorted by.
    """
    node: exp.Expr = column
    while (parent := node.parent) is not None:
        is_macro = isinstance(parent, exp.Anonymous) and parent.name.lower() in MACRO_NAMES
        if is_macro and node is not parent.expressions[0]:
            return None
        if isinstance(parent, _NO_LONGER_MONEY) or node.arg_key == "partition_by":
            return None
        to_fraction = isinstance(parent, exp.Cast) and parent.to.this in exp.DataType.REAL_TYPES
        if to_fraction or isinstance(parent, (*_INEXACT, exp.Alias)):
            return parent
        node = parent
    return None


def _money_exact(it: Parsed) -> Iterator[Found]:
    for column in it.tree.find_all(exp.Column):
        end = _money_ends_in(column) if column.name.endswith("_cents") else None
        if isinstance(end, _INEXACT):
            yield end, f"{end.key} on {column.name}; money is summed, or goes through {_MACROS}"
        elif isinstance(end, exp.Cast):
            yield end, f"{column.name} is cast to {end.to.sql('duckdb')}; money is whole cents"
        elif isinstance(end, exp.Alias) and not end.alias.endswith("_cents"):
            yield end, f"{column.name} is renamed {end.alias}; a column of money ends in _cents"


_MACROS: Final = " or ".join(sorted(MACRO_NAMES))


def _people_apart(it: Parsed) -> Iterator[Found]:
    if it.model.span == "person":
        yield from person_keys(it.tree, {name for name, m in it.models.items() if m.span == "all"})


CHECKS: Final[tuple[Callable[[Parsed], Iterator[Found]], ...]] = (
    _allow_listed,
    _columns_named,
    _rankings_ordered,
    _no_years,
    _flows_forward,
    _dates_apart,
    _money_exact,
    _people_apart,
)


def _line(node: exp.Expr | None) -> int:
    """The line of a SELECT on which a node stands: its own, its first child's or its parent's."""
    while node is not None:
        for part in node.walk(bfs=False):
            if "line" in part.meta:
                return int(part.meta["line"])
        node = node.parent
    return 1


def _parse(model: Model) -> exp.Expr | str:
    """The model's tree, or why it has none."""
    if mark := _TEMPLATING.search(model.sql):
        return f"templating ({mark.group()}); parameters arrive as tables"
    try:
        trees = sqlglot.parse(model.sql, dialect="duckdb")
    except SqlglotError as error:
        return f"cannot be parsed: {str(error).splitlines()[0]}"
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        return "is not one SELECT"
    return trees[0]


def lint(model: Model, models: Mapping[str, Model]) -> list[Problem]:
    """Everything in a model's SELECT that breaks a rule, in the order of the lines.

    models holds every table that may be read: models, loaded tables and inputs. A table that is
    loaded or given has no SELECT and no problems.
    """
    if not model.sql:
        return []
    file = f"models/{model.stage}/{model.name}.sql"
    tree = _parse(model)
    if isinstance(tree, str):
        return [Problem(f"{file}:{model.line}", tree)]
    found = [it for check in CHECKS for it in check(Parsed(model, tree, models))]
    lines = sorted({(_line(node) + model.line - 1, what) for node, what in found})
    return [Problem(f"{file}:{line}", what) for line, what in lines]


def lint_models(models: Mapping[str, Model]) -> list[Problem]:
    """Every problem of every model."""
    return [problem for model in models.values() for problem in lint(model, models)]
