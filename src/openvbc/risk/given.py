"""What a workspace itself gives to risk models: people's attributes, and eligible services.

Both are CSV files beside `vbc.toml`, and either may be left out. Errors name lines, never people.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.csvtable import Row, read_table
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, Problem, near

ATTRIBUTES: Final = "risk_attributes.csv"
SERVICES: Final = "risk_services.csv"

_FLAG: Final = ("true", "false")
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "institutional": _FLAG,
    "special_needs": _FLAG,
    "low_income": _FLAG,
    "treatment": ("none", "dialysis", "graft"),
    "graft_months": (),
    "metal_level": ("platinum", "gold", "silver", "bronze", "catastrophic"),
}
"""Attribute → the words that its value may be; none: a whole number."""


GRAFT: Final = "graft_months"
MONTHS: Final = "[0-9]{1,3}"
YEAR: Final = "[12][0-9]{3}"
SERVICE: Final = "[A-Z0-9]{4,5}"
"""As claims hold the codes of services: HCPCS or CPT, or a revenue centre's four digits."""


def _read(
    path: Path, columns: tuple[str, ...], problems: Callable[[Path, Row], Iterator[Problem]]
) -> list[Row]:
    if not path.is_file():
        return []
    rows = read_table(path, columns)
    found = [problem for row in rows for problem in problems(path, row)]
    if found:
        raise InputError(found)
    return rows


def _attribute_problems(path: Path, row: Row) -> Iterator[Problem]:
    place, name, value = f"{path}:{row.line}", row.cells["attribute"], row.cells["value"]
    if not row.cells["person_id"]:
        yield Problem(place, "has no person_id")
    if row.day("first_day", date.max) in {None, date.max}:
        yield Problem(place, "first_day: expected a day such as 2025-01-01")
    if row.day("last_day", date.max) is None:
        yield Problem(place, "last_day: expected a day such as 2025-12-31, or nothing")
    elif (row.day("first_day", date.max) or date.min) > (row.day("last_day", date.max) or date.max):
        yield Problem(place, "last_day: is before first_day")
    if name not in WORDS:
        yield Problem(place, f"unknown attribute {name}{near(name, WORDS)}")
    elif WORDS[name] and value not in WORDS[name]:
        yield Problem(place, f"{name}: found {value!r}, expected {' or '.join(WORDS[name])}")
    elif not WORDS[name] and not re.fullmatch(MONTHS, value):
        yield Problem(
            place, f"{name}: found {value!r}, expected a whole number of months, 0 to 999"
        )


def _contradictions(path: Path, rows: Iterable[Row]) -> Iterator[Problem]:
    """Rows of which one says another value than the other from the same day on."""
    first: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = tuple(row.cells[it] for it in ("person_id", "attribute", "first_day"))
        other = first.setdefault(key, row)
        if other.cells["value"] != row.cells["value"]:
            what = (
                f"{row.cells['attribute']}: says another value than line {other.line}, of the same "
                "person from the same day; keep one of both"
            )
            yield Problem(f"{path}:{row.line}", what)


def _without_graft(path: Path, rows: Sequence[Row]) -> Iterator[Problem]:
    """Months since a transplant that no model looks at: nothing says that the graft functions."""
    grafts: dict[str, list[Row]] = {}
    for row in rows:
        if (row.cells["attribute"], row.cells["value"]) == ("treatment", "graft"):
            grafts.setdefault(row.cells["person_id"], []).append(row)
    for row in (row for row in rows if row.cells["attribute"] == GRAFT):
        if not any(_overlap(row, it) for it in grafts.get(row.cells["person_id"], ())):
            what = f"{GRAFT}: no row says treatment graft of this person in these days; add one"
            yield Problem(f"{path}:{row.line}", what)


def _overlap(one: Row, other: Row) -> bool:
    return _begins(one) <= _ends(other) and _begins(other) <= _ends(one)


def _begins(row: Row) -> date:
    return row.day("first_day", date.min) or date.min


def _ends(row: Row) -> date:
    return row.day("last_day", date.max) or date.max


def attributes(root: Path) -> list[dict[str, Any]]:
    """The rows of risk_attribute; none without the file.

    Raises InputError with every row that cannot be used.
    """
    columns = ("person_id", "attribute", "first_day", "last_day", "value")
    path = root / ATTRIBUTES
    rows = _read(path, columns, _attribute_problems)
    if problems := sorted([*_contradictions(path, rows), *_without_graft(path, rows)]):
        raise InputError(problems)
    return [
        {
            **row.cells,
            "first_day": row.day("first_day", date.max),
            "last_day": row.day("last_day", date.max) if row.cells["last_day"] else None,
        }
        for row in rows
    ]


def _service_problems(path: Path, row: Row) -> Iterator[Problem]:
    place, year, code = f"{path}:{row.line}", row.cells["year"], row.cells["code"]
    if not re.fullmatch(YEAR, year):
        yield Problem(place, f"year: found {year!r}, expected a year of service such as 2025")
    if not re.fullmatch(SERVICE, code.upper()):
        what = f"code: found {code!r}, expected four or five letters and digits such as 99213"
        yield Problem(place, what)


def services(root: Path) -> list[dict[str, Any]]:
    """The rows of risk_service, a list for each year of service; none without the file.

    Raises InputError with every row that cannot be used.
    """
    rows = _read(root / SERVICES, ("year", "code"), _service_problems)
    pairs = sorted({(row.cells["year"], row.cells["code"].upper()) for row in rows})
    return [{"service_list": year, "code": code} for year, code in pairs]


def given_facts(root: Path) -> dict[str, str]:
    """What a run's manifest says of the two files: name → checksum, of those there are."""
    paths = (root / name for name in (ATTRIBUTES, SERVICES))
    return {path.name: file_digest(path) for path in paths if path.is_file()}
