"""Whether a SELECT keeps people apart, so that it may run on one bucket of them at a time.

Wherever rows of people are grouped, numbered in a window or made distinct, the key must hold
`person_id` or `claim_key` as it is: else the answer depends on who shares a bucket. SELECTs that
read only small tables (span all) give the same rows in every bucket and are free.
"""

from collections.abc import Collection, Iterator
from typing import TypeVar

from sqlglot import exp

KEYS = frozenset({"person_id", "claim_key"})

_WHAT = "needs person_id or claim_key: this model runs on one bucket of people at a time"

Node = TypeVar("Node", bound=exp.Expr)
Found = tuple[exp.Expr | None, str]


def _tables(query: exp.Expr) -> set[str]:
    """The tables and common table expressions that a query itself reads."""
    inner = query.copy()
    inner.set("with_", None)
    return {table.name for table in inner.find_all(exp.Table)}


def _free_names(tree: exp.Expr, shared: Collection[str]) -> set[str]:
    """The shared tables, and the common table expressions made of nothing but them."""
    free, expressions = set(shared), list(tree.find_all(exp.CTE))
    for _ in expressions:
        free |= {cte.alias for cte in expressions if _tables(cte.this) <= free}
    return free


def _own(select: exp.Select, kind: type[Node]) -> Iterator[Node]:
    """The nodes of a kind that belong to a SELECT and not to one inside it."""
    return (node for node in select.find_all(kind) if node.find_ancestor(exp.Select) is select)


def _holds_key(keys: list[exp.Expr], select: exp.Select) -> bool:
    """Whether a bare key column is among the keys, by name, by alias or by place."""
    chosen = {str(place): it for place, it in enumerate(select.expressions, 1)}
    chosen |= {it.alias: it for it in select.expressions if it.alias}
    resolved = [chosen.get(key.name, key) for key in keys] + keys
    columns = (it.unalias() for it in resolved)
    return any(isinstance(it, exp.Column) and it.name in KEYS for it in columns)


def _check(select: exp.Select) -> Iterator[Found]:
    group = select.args.get("group")
    if group and not _holds_key(group.expressions, select):
        yield group, f"GROUP BY {_WHAT}"
    plain = (it for it in _own(select, exp.AggFunc) if not it.find_ancestor(exp.Window))
    if not group and (aggregate := next(plain, None)):
        yield aggregate, f"an aggregate without GROUP BY {_WHAT}"
    for window in _own(select, exp.Window):
        if not _holds_key(window.args.get("partition_by") or [], select):
            yield window, f"PARTITION BY {_WHAT}"
    if (distinct := select.args.get("distinct")) and not _holds_key(select.expressions, select):
        yield distinct, f"SELECT DISTINCT {_WHAT}"


def person_keys(tree: exp.Expr, shared: Collection[str]) -> Iterator[Found]:
    """What in a SELECT mixes people; shared names the tables that are the same in every bucket."""
    free = _free_names(tree, shared)
    for select in tree.find_all(exp.Select):
        if not _tables(select) <= free:
            yield from _check(select)
    for union in tree.find_all(exp.Union):
        is_distinct = union.args.get("distinct") and not _tables(union) <= free
        first = next(union.find_all(exp.Select))
        if is_distinct and not _holds_key(first.expressions, first):
            yield union, f"UNION {_WHAT}"
