"""A portable SELECT in Spark's dialect, with the two money macros written out.

Spark has no macros, and sqlglot now and then translates into something that is almost the same
(`percentile_disc` becomes an approximation). So only what the allow-list holds is translated, and
all else is refused.
"""

from functools import cache
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from openvbc.engine.portable import MACRO_NAMES, not_portable
from openvbc.errors import InputError, Problem

_BILLION: Final = 1_000_000_000

_WIDE = "CAST({} AS DECIMAL(19, 0))"
_HALF_UP = "(ABS({product}) * 2 + {divisor})"
_QUOTIENT = (
    "(CASE WHEN {product} < 0 THEN -1 ELSE 1 END"
    " * CAST(({half_up} - {half_up} % ({divisor} * 2)) / ({divisor} * 2) AS BIGINT))"
)


def _divided(cents: str, factor: str, divisor: str) -> str:
    """Cents × factor ÷ divisor, half away from zero, as engine/macros.py does it.

    The product of two BIGINT needs 38 digits, which is what a Spark decimal has. The remainder is
    taken off before the division, which then is exact; Spark's DIV would give a wrong BIGINT, and
    no error, where the quotient is too large for one.
    """
    wide = [_WIDE.format(it) for it in (cents, factor, divisor)]
    product, divisor = f"({wide[0]} * {wide[1]})", wide[2]
    half_up = _HALF_UP.format(product=product, divisor=divisor)
    return _QUOTIENT.format(product=product, half_up=half_up, divisor=divisor)


def _written_out(call: exp.Anonymous) -> exp.Expr:
    """One macro call as Spark's own arithmetic."""
    arguments = [argument.sql("spark") for argument in call.expressions]
    if call.name.lower() == "times_rate":
        arguments.append(str(_BILLION))
    return sqlglot.parse_one(_divided(*arguments), dialect="spark")


def _inline_macros(tree: exp.Expr) -> exp.Expr:
    """All macro calls written out, inner calls first."""
    calls = [node for node in tree.find_all(exp.Anonymous) if node.name.lower() in MACRO_NAMES]
    for call in reversed(calls):
        call.replace(_written_out(call))
    return tree


def _widen(node: exp.Expr) -> exp.Expr:
    """HUGEINT as DECIMAL(38, 0): Spark has no integer wider than 64 bits."""
    if isinstance(node, exp.DataType) and node.this == exp.DType.INT128:
        return exp.DataType.build("DECIMAL(38, 0)", dialect="spark")
    return node


def spark_type(kind: str) -> str:
    """Spark's name of a declared type. DuckDB stores a time without a zone."""
    return {"VARCHAR": "STRING", "INTEGER": "INT", "TIMESTAMP": "TIMESTAMP_NTZ"}.get(kind, kind)


@cache
def to_spark(sql: str) -> str:
    """Spark's text of a portable SELECT.

    Raises InputError naming every part that is outside the portable subset, or that sqlglot
    cannot put into Spark's dialect.
    """
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
        refused = sorted({name for _, name in not_portable(tree, sql)})
        if refused:
            raise InputError([Problem("SQL", f"{name} is not portable") for name in refused])
        spark = _inline_macros(tree.transform(_widen))
        return spark.sql("spark", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise InputError(Problem("SQL", f"has no Spark translation: {error}")) from error
