"""Which codes make a row sensitive: the lists of the package, and a workspace's own.

A workspace's `sensitive_codes.csv` (category, kind, code) adds codes: of state law, of drugs, of a
payer's policy. A code that ends with `*` is the beginning of codes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from openvbc.csvtable import Row, read_table
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, Problem, near
from openvbc.parameters import code_lists

CATEGORIES: Final = (
    "abuse",
    "genetic",
    "hiv",
    "mental_health",
    "reproductive",
    "restricted",
    "substance_use",
)
"""What a row may be sensitive for; `restricted` is a source's mark that does not say why."""

SEPARATOR: Final = ";"
"""Between the categories of a row's `sensitivity`, which are sorted."""

KINDS: Final = (
    "hcpcs",
    "icd-10-cm",
    "icd-10-pcs",
    "icd-9-cm",
    "icd-9-pcs",
    "instrument",
    "loinc",
    "ms-drg",
    "ndc",
    "revenue",
    "rxnorm",
    "snomed-ct",
)
"""The code systems and fields that a listed code may be of."""

OWN_LIST: Final = "sensitive_codes.csv"
_COLUMNS: Final = ("category", "kind", "code")

SensitiveCode = tuple[str, str, str]
"""Category, kind, code; a code may end with `*`."""


def sensitive_codes(own: Path | None = None) -> list[SensitiveCode]:
    """Every listed code: the package's, and those of a workspace's list.

    Raises InputError with every row of the workspace's list that is wrong.
    """
    shipped = read_table(code_lists()["sensitive_code"], _COLUMNS)
    given = read_table(own, _COLUMNS) if own else []
    problems = [Problem(f"{own}:{row.line}", it) for row in given for it in _wrong(row)]
    if problems:
        raise InputError(problems)
    return sorted({_code(row) for row in (*shipped, *given)})


def sensitivity_tags() -> dict[str, str]:
    """A source's own mark in lower case → category; empty: it marks nothing."""
    rows = read_table(code_lists()["sensitivity_tag"], ("tag", "category"))
    return {row.cells["tag"]: row.cells["category"] for row in rows}


def own_list(data: Path) -> Path | None:
    """The list of the workspace whose data folder this is, where it has one."""
    path = data.parent / OWN_LIST
    return path if path.is_file() else None


def list_digest(data: Path) -> dict[str, str]:
    """What a load says of the workspace's own list, which decides what its rows are marked."""
    path = own_list(data)
    return {"sensitive_codes": file_digest(path)} if path else {}


def _code(row: Row) -> SensitiveCode:
    category, kind, code = (row.cells[name] for name in _COLUMNS)
    if kind in {"loinc", "instrument"}:
        return category, kind, code.lower() if kind == "instrument" else code
    return category, kind, code.upper().replace(".", "").replace("-", "")


def _wrong(row: Row) -> Iterator[str]:
    if row.cells["category"] not in CATEGORIES:
        yield f"unknown category{near(row.cells['category'], CATEGORIES)}"
    if row.cells["kind"] not in KINDS:
        yield f"unknown kind{near(row.cells['kind'], KINDS)}"
    if not row.cells["code"].removesuffix("*"):
        yield "code is missing; expected a code, or its beginning with * at the end"
