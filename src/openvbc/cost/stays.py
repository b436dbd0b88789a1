"""Days in hospital, observed against expected by DRG."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any, Final

from openvbc.confidentiality.withhold import told
from openvbc.cost.book import Book, share
from openvbc.cost.section import Section, fold_few
from openvbc.csvtable import read_table
from openvbc.errors import InputError, Problem
from openvbc.money import RULES_CONTEXT, parse_decimal

STAYS: Final = """
SELECT ccn, drg_code, count(*), sum(days)
FROM cost_stay WHERE analysis_id = ? AND drg_code <> 'none' GROUP BY ALL ORDER BY ALL
"""

PEOPLE: Final = """
SELECT ccn, count(DISTINCT person_id)
FROM cost_stay WHERE analysis_id = ? AND drg_code <> 'none' GROUP BY ALL
"""

Stays = tuple[str, str, int, int]
"""Of a hospital and a DRG: how many, and their days."""


def read_days(path: Path | None) -> dict[str, Decimal]:
    """DRG → expected days from a file (drg, days), such as a year's published mean stays.

    Raises InputError with every row that cannot be used.
    """
    if path is None:
        return {}
    rows = read_table(path, ("drg", "days"))
    found = {row.cells["drg"]: parse_decimal(row.cells["days"]) for row in rows}
    problems = [
        Problem(f"{path}:{row.line}", "expected a DRG and days above zero")
        for row in rows
        if not row.cells["drg"] or not (found[row.cells["drg"]] or Decimal(0)) > 0
    ]
    if len(found) < len(rows):
        problems.append(Problem(str(path), "a DRG stands twice"))
    if problems:
        raise InputError(problems)
    return {drg: days for drg, days in found.items() if days is not None}


def stays(book: Book, year: int, given: Mapping[str, Decimal]) -> Section:
    """Observed and expected days of each hospital; the expectation is the file's, else the book's.

    Stays of a DRG that a given file lacks are left out on both sides, and counted.
    """
    found: list[Stays] = [
        (str(ccn), str(drg), int(count), int(days))
        for ccn, drg, count, days in book.engine.rows(STAYS, [book.id(year)])
    ]
    people = dict(book.engine.rows(PEOPLE, [book.id(year)]))
    means = given or _means(found)
    left_out = sum(count for _, drg, count, _ in found if drg not in means)
    rows: dict[str, list[Any]] = {}
    for ccn, drg, count, days in found:
        if drg in means:
            row = rows.setdefault(ccn, [ccn, people[ccn], 0, 0, Decimal(0)])
            with localcontext(RULES_CONTEXT):
                add = (count, days, count * means[drg])
                row[2:] = [one + other for one, other in zip(row[2:], add, strict=True)]
    folded = fold_few(rows.values(), 1, (2, 3, 4))
    return Section(
        name=f"stays_{year}",
        title=f"{book.name} {year}: days in hospital, observed against expected by DRG",
        columns=(
            ("hospital", "text"), ("persons", "count"), ("stays", "count"),
            ("days", "count"), ("expected_days", "factor"), ("ratio", "factor"),
        ),
        rows=tuple((*row, _ratio(row[3], row[4])) for row in folded),
        note=f"Expected: {'the given file' if given else 'the mean of all stays of the DRG'}; "
        f"{told(left_out)} stays left out, of a DRG it lacks.",
        bars="ratio",
    )  # fmt: skip


def _ratio(days: int | None, expected: Decimal | None) -> Decimal | None:
    if days is None or not expected:
        return None
    with localcontext(RULES_CONTEXT):
        return Decimal(days) / expected


def _means(found: list[Stays]) -> dict[str, Decimal]:
    sums: dict[str, tuple[int, int]] = {}
    for _, drg, count, days in found:
        before = sums.get(drg, (0, 0))
        sums[drg] = (before[0] + days, before[1] + count)
    means = {drg: share(days, count) for drg, (days, count) in sums.items()}
    return {drg: it for drg, it in means.items() if it is not None}
