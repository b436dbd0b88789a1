"""Declared fields of FHIR resources: their types for DuckDB, and what does not fit them."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

Shape = str | tuple["Shape"] | Mapping[str, "Shape"]
"""A scalar type, a list of one shape, or an object of named shapes."""

Fields = Mapping[str, Shape]

TEXT: Final = "VARCHAR"
"""Text takes every scalar, since a code may come as a number."""
COUNT: Final = "INTEGER"
JSON: Final = "JSON"

_DECIMAL: Final = re.compile(r"DECIMAL\((?P<digits>\d+),(?P<decimals>\d+)\)")


def sql_type(shape: Shape) -> str:
    """The type in DuckDB's words."""
    if isinstance(shape, str):
        return shape
    if isinstance(shape, tuple):
        return f"{sql_type(shape[0])}[]"
    fields = ", ".join(f'"{name}" {sql_type(inner)}' for name, inner in shape.items())
    return f"STRUCT({fields})"


def sql_columns(columns: Fields) -> str:
    """The `columns` argument of read_json."""
    each = ", ".join(f"'{name}': '{sql_type(shape)}'" for name, shape in columns.items())
    return "{" + each + "}"


def misfits(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """Where a resource is not of the declared shape: "item.quantity.value: found …, expected …".

    No value is shown.
    """
    if value is None or shape in (TEXT, JSON):
        return
    if isinstance(shape, str):
        if not _is_number(value, shape):
            yield f"{path}: found {_called(value)}, expected a number"
    elif isinstance(shape, tuple):
        yield from _list_misfits(value, shape[0], path)
    elif not isinstance(value, dict):
        yield f"{path or 'resource'}: found {_called(value)}, expected an object"
    else:
        for name, inner in shape.items():
            yield from misfits(value.get(name), inner, f"{path}.{name}" if path else name)


def _list_misfits(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: found {_called(value)}, expected a list"
        return
    for inner in value:
        yield from misfits(inner, shape, path)


def _is_number(value: Any, kind: str) -> bool:
    """Is it one that the column can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return False
    whole = kind != COUNT or number == number.to_integral_value()
    return number.is_finite() and abs(number) < _largest(kind) and whole


def _largest(kind: str) -> int:
    match = _DECIMAL.fullmatch(kind)
    return 10 ** (int(match["digits"]) - int(match["decimals"])) if match else 2**31 - 1


def _called(value: Any) -> str:
    names = {str: "text", bool: "true or false", dict: "an object", list: "a list"}
    return names.get(type(value), "a number that does not fit")
