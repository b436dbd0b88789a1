"""What the cells of a grouper's tables look like: else a code matches nothing, a number is none.

Diagnoses and services are kept in capitals without dots, drugs as NDC of eleven digits.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from openvbc.summed import FIRST_LINE

CODE: Final = ("[A-Z0-9]+", "a code without dots and in capitals")
NDC: Final = ("[0-9]{11}", "an NDC of eleven digits without dashes")

Forms = Mapping[tuple[str, str], tuple[str, str]]

FORMS: Final[Forms] = {
    ("code", "code"): CODE,
    ("service", "code"): CODE,
    ("class", "code"): CODE,
    ("unless", "code"): CODE,
    ("drug", "code"): NDC,
    ("part", "years"): ("[1-9][0-9]?", "a whole number, 1 to 99"),
    ("part", "two_days"): ("(?i:true|false)", "true or false"),
    ("weight", "points"): ("-?[0-9]{1,9}", "a whole number"),
    ("service", "days"): ("[1-9][0-9]{0,4}", "a whole number, 1 or more"),
    ("class", "share_ppm"): ("[0-9]{1,7}", "whole millionths"),
    ("class", "age_from"): ("|[0-9]{1,3}", "a whole number, or nothing"),
}
"""Table and column → the pattern of its cells, and what is expected where one has another form."""


def cell_problems(
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    forms: Forms = FORMS,
) -> Iterator[tuple[int, str]]:
    """Line and problem of each row that is not as long as its head, and each cell not of its form.

    The head is line 1.
    """
    for line, row in enumerate(rows, FIRST_LINE):
        if len(row) != len(columns):
            yield line, f"found {len(row)} cells, expected {len(columns)}: {','.join(columns)}"
            continue
        for column, cell in zip(columns, row, strict=True):
            pattern, expected = forms.get((table, column), (".*", ""))
            if not re.fullmatch(pattern, cell, re.DOTALL):
                yield line, f"{column}: found {cell!r}, expected {expected}{_meant(pattern, cell)}"


def _meant(pattern: str, cell: str) -> str:
    """A code as it should stand, where that is all that is wrong with it."""
    bare = re.sub("[^A-Z0-9]", "", cell.upper())
    return f": {bare}" if pattern in {CODE[0], NDC[0]} and re.fullmatch(pattern, bare) else ""
