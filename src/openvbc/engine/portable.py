"""The portable subset of DuckDB's dialect: what each part of a SELECT is called, and if it may be.

`portable.yaml` is the allow-list: the name of a part → the probes in `tests/spark/` that hold it
and whose Spark rows are recorded. What has no entry is not portable. A function is named as it is
written (`bool_or`), any other part by its node in sqlglot's tree and by every setting that changes
its meaning (`Join side=LEFT`, `DateDiff DAY`), so an unknown setting is an unknown part.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from sqlglot import exp

MACRO_NAMES: Final = frozenset({"times_rate", "prorate"})
"""The only arithmetic on money besides sums (engine/macros.py)."""

_ALLOW_LIST = Path(__file__).with_name("portable.yaml")

_LEAVES = (exp.Identifier, exp.Column, exp.DataTypeParam)
_SYNTAX = (exp.Connector, exp.Case, exp.If, exp.Cast, exp.Exists, exp.Extract, exp.DateDiff)
_SAME_IN_DUCKDB = frozenset(
    {"this", "over", "big_int", "date_part_boundary", "ignore_nulls", "safe", "is_string"}
)


@cache
def allow_list() -> dict[str, tuple[str, ...]]:
    """Part → the probes that cover it, from portable.yaml."""
    entries = YAML(typ="safe").load(_ALLOW_LIST.read_text(encoding="utf-8"))
    return {name: tuple(probes) for group in entries.values() for name, probes in group.items()}


def written_name(function: exp.Expr, sql: str) -> str:
    """A function's name as the SELECT spells it, in lower case."""
    if isinstance(function, exp.Anonymous):
        return function.name.lower()
    start, end = function.meta.get("start"), function.meta.get("end")
    written = sql[start : end + 1] if start is not None and end is not None else ""
    if not written.isidentifier():
        written = function.sql("duckdb").partition("(")[0]
    return written.lower()


def _settings(node: exp.Expr) -> list[str]:
    scalars: dict[str, Any] = {
        key: value
        for key, value in node.args.items()
        if value and key not in _SAME_IN_DUCKDB and not isinstance(value, (exp.Expr, list))
    }
    return [f"{key}={str(value).upper()}" for key, value in scalars.items()]


def _kind_of_number(literal: exp.Expr) -> str:
    if literal.args.get("is_string") or literal.name.isdigit():
        return ""
    return "floating" if "e" in literal.name.lower() else "decimal"


def _kind_of_join(join: exp.Expr) -> str:
    is_bare = not (_settings(join) or join.args.get("on") or join.args.get("using"))
    return "without a condition" if is_bare else ""


def _kind_of_division(division: exp.Expr) -> str:
    """Spark divides wide integers into a BIGINT and says nothing where the result is larger."""
    types = division.find_all(exp.DataType)
    return "of HUGEINT" if any(it.this == exp.DType.INT128 for it in types) else ""


def _beside_qualify(qualify: exp.Expr) -> str:
    """What Spark's rewriting of QUALIFY as a query around a query would get wrong."""
    select = qualify.parent
    if not isinstance(select, exp.Select):
        return ""
    unnamed = "beside *" if any(it.is_star for it in select.expressions) else ""
    return "with DISTINCT" if select.args.get("distinct") else unnamed


def _unit(node: exp.Expr) -> str:
    return str(node.args.get("unit") or "DAY").upper()


def _place(node: exp.Expr) -> str:
    return f"in {type(node.parent).__name__}"


_DETAILS: Final[dict[type[exp.Expr], Callable[[exp.Expr], str]]] = {
    exp.DateDiff: _unit,
    exp.DateTrunc: _unit,
    exp.Distinct: lambda node: "on" if node.args.get("on") else "",
    exp.Extract: lambda node: node.name.upper(),
    exp.In: lambda node: "query" if node.args.get("query") else "",
    exp.IntDiv: _kind_of_division,
    exp.Join: _kind_of_join,
    exp.Literal: _kind_of_number,
    exp.Order: _place,
    exp.Qualify: _beside_qualify,
    exp.Table: lambda node: "with a schema" if node.args.get("db") else "",
    exp.TimestampTrunc: _unit,
    exp.Tuple: _place,
    exp.Window: lambda node: "named" if "over" not in node.args or node.args.get("alias") else "",
}
"""Settings that sqlglot keeps as nodes of their own, or that only the surroundings tell."""


def _detail(node: exp.Expr) -> str:
    detail = _DETAILS.get(type(node))
    return detail(node) if detail else ""


def _type_name(node: exp.DataType) -> str:
    name = "HUGEINT" if node.this == exp.DType.INT128 else str(node.this.value)
    sized = node.expressions and node.this != exp.DType.DECIMAL
    return f"type {name}(n)" if sized else f"type {name}"


def part(node: exp.Expr, sql: str) -> str | None:
    """What a node is called in the allow-list; None where it carries no meaning of its own."""
    if isinstance(node, _LEAVES) or (isinstance(node, exp.Var) and node.parent is not None):
        return None
    if isinstance(node, exp.DataType):
        return _type_name(node)
    is_syntax = isinstance(node, _SYNTAX) or not isinstance(node, exp.Func)
    name = type(node).__name__ if is_syntax else written_name(node, sql)
    return " ".join(filter(None, [name, _detail(node), *_settings(node)]))


def parts(tree: exp.Expr, sql: str) -> Iterator[tuple[exp.Expr, str]]:
    """Every named part of a parsed SELECT with its node, in the order of the tree."""
    for node in tree.walk():
        name = part(node, sql)
        if name is not None:
            yield node, name


def not_portable(tree: exp.Expr, sql: str) -> list[tuple[exp.Expr, str]]:
    """The parts of a parsed SELECT that the allow-list does not hold."""
    return [(node, name) for node, name in parts(tree, sql) if name not in allow_list()]
