"""The portable subset of DuckDB's dialect: what each part of a SELECT is called, and if it may be.

`portable.yaml` is the allow-list: the name of a part → the probes in `tests/spark/` that hold it
and whose Spark rows are recorded. What has no entry is not portable. A function is named as it is
written (`bool_or`), any other part by its node in sqlglot's tree and by every setting that changes
its meaning (`Join side=LEFT`, `DateDiff DAY`), so an unknown setting is an unknown part.
"""

from collections.abc import Iterator
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


def written_name(function: exp.Func, sql: str) -> str:
    """A function's name as the SELECT spells it, in lower case."""
    if isinstance(function, exp.Anonymous):
        return function.name.lower()
    start, end = function.meta.get("start"), function.meta.get("end")
    written = sql[start : end + 1] if start is not None and end is not None else ""
    return (written if written.isidentifier() else function.sql_name()).lower()


def _settings(node: exp.Expr) -> list[str]:
    scalars: dict[str, Any] = {
        key: value
        for key, value in node.args.items()
        if value and key not in _SAME_IN_DUCKDB and not isinstance(value, (exp.Expr, list))
    }
    return [f"{key}={str(value).upper()}" for key, value in scalars.items()]


def _detail(node: exp.Expr) -> list[str]:
    """The settings of a part that sqlglot keeps as nodes of their own."""
    match node:
        case exp.Qualify() if node.parent is not None and node.parent.args.get("distinct"):
            return ["with DISTINCT"]
        case exp.Distinct() if node.args.get("on"):
            return ["on"]
        case exp.Table() if node.args.get("db"):
            return ["with a schema"]
        case exp.Join() if not (_settings(node) or node.args.get("on") or node.args.get("using")):
            return ["without a condition"]
        case exp.In() if node.args.get("query"):
            return ["query"]
        case exp.Window() if "over" not in node.args or node.args.get("alias"):
            return ["named"]
        case exp.DateDiff() | exp.TimestampTrunc() | exp.DateTrunc():
            return [str(node.args.get("unit") or "DAY").upper()]
        case exp.Extract():
            return [node.name.upper()]
        case exp.Order() | exp.Tuple() if node.parent is not None:
            return [f"in {type(node.parent).__name__}"]
        case exp.Literal():
            return [] if node.is_string or node.is_int else [_number_kind(node)]
    return []


def _number_kind(literal: exp.Literal) -> str:
    return "floating" if "e" in literal.name.lower() else "decimal"


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
    is_function = isinstance(node, exp.Func) and not isinstance(node, _SYNTAX)
    name = written_name(node, sql) if is_function else type(node).__name__
    return " ".join([name, *_detail(node), *_settings(node)])


def parts(tree: exp.Expr, sql: str) -> Iterator[tuple[exp.Expr, str]]:
    """Every named part of a parsed SELECT with its node, in the order of the tree."""
    for node in tree.walk():
        name = part(node, sql)
        if name is not None:
            yield node, name
