"""`prices.csv`: a workspace's own list of national prices, for standardised cost.

A price of code_type hcpcs is for one unit, one of drg for one stay; in dollars, both days in.
The file may be left out: then nothing is standardised, and every report says so.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openvbc.csvtable import Row, read_table
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, Problem
from openvbc.money import parse_decimal, to_cents

FILE: Final = "prices.csv"
COLUMNS: Final = ("code_type", "code", "price", "first_day", "last_day")
TYPES: Final = ("hcpcs", "drg")
CENT: Final = Decimal("0.01")


def standard_prices(root: Path) -> list[dict[str, Any]]:
    """The rows of standard_price; none without the file.

    Raises InputError with every row that cannot be used, and codes with two prices on a day.
    """
    path = root / FILE
    if not path.is_file():
        return []
    rows = read_table(path, COLUMNS)
    problems = [it for row in rows for it in _problems(path, row)]
    if not problems:
        problems = list(_twice(path, rows))
    if problems:
        raise InputError(problems)
    return sorted(map(_price, rows), key=lambda it: (it["code_type"], it["code"], it["first_day"]))


def price_facts(root: Path) -> dict[str, str]:
    """What a run's manifest says of the file: its checksum, where there is one."""
    path = root / FILE
    return {FILE: file_digest(path)} if path.is_file() else {}


def _price(row: Row) -> dict[str, Any]:
    price = parse_decimal(row.cells["price"])
    return {
        "code_type": row.cells["code_type"],
        "code": row.cells["code"],
        "price_cents": to_cents(price) if price is not None else None,
        "first_day": row.day("first_day", date.min),
        "last_day": row.day("last_day", date.max),
    }


def _problems(path: Path, row: Row) -> Iterator[Problem]:
    place, price = f"{path}:{row.line}", parse_decimal(row.cells["price"])
    if row.cells["code_type"] not in TYPES or not row.cells["code"]:
        yield Problem(place, f"expected code_type {' or '.join(TYPES)} and a code")
    if price is None or price < 0 or price != price.quantize(CENT):
        yield Problem(place, "price: expected dollars and whole cents, not below zero")
    for name in ("first_day", "last_day"):
        if not row.cells[name] or row.day(name, date.min) is None:
            yield Problem(place, f"{name}: expected a day such as 2025-01-01")


def _twice(path: Path, rows: list[Row]) -> Iterator[Problem]:
    ends: dict[tuple[str, str], date] = {}
    for row in sorted(rows, key=lambda it: it.cells["first_day"]):
        key = (row.cells["code_type"], row.cells["code"])
        first, last = (row.day(name, date.min) or date.min for name in ("first_day", "last_day"))
        if first <= ends.get(key, date.min):
            yield Problem(f"{path}:{row.line}", "the code has another price on its first day")
        ends[key] = max(last, ends.get(key, date.min))
