"""The trend of an analysis: what it takes from tables, inventory and risk scores."""

from collections.abc import Collection, Mapping
from decimal import Decimal, localcontext
from typing import Final

from openvbc.confidentiality.withhold import FEW
from openvbc.cost.book import Book
from openvbc.cost.panels import panels
from openvbc.cost.section import OTHERS, Section
from openvbc.cost.trend import EFFECTS, Spent, Year, effects, rows
from openvbc.errors import InputError, Problem
from openvbc.inventory.completion import PLACES, factors
from openvbc.inventory.expectation import read_expectations
from openvbc.inventory.measure import measure
from openvbc.inventory.suggest import ultimate_over_paid
from openvbc.inventory.triangle import triangles
from openvbc.money import RULES_CONTEXT, round_half_up
from openvbc.workspace import Workspace

COMPLETE: Final = Decimal(1)
PHARMACY: Final = "pharmacy"
"""The category without run-out: pharmacy claims are paid as they are filled."""


def asked_years(text: str, book: Book) -> tuple[int, int]:
    """The two years of "2024:2025"; raises InputError where the analysis has not both."""
    parts = text.split(":")
    known = ", ".join(map(str, book.years))
    if len(parts) != 2 or not all(it.isdecimal() for it in parts):  # noqa: PLR2004 - a pair
        raise InputError(Problem("--trend", f"found {text!r}, expected two years: 2024:2025"))
    first, second = map(int, parts)
    lacking = {first, second} - {*book.years}
    if lacking or first == second:
        raise InputError(Problem("--trend", f"expected two of the analysis' years: {known}"))
    return first, second


def trend(space: Workspace, book: Book, years: tuple[int, int], risk: str | None) -> Section:
    """The change of what is paid from one year to another, split by category and effect."""
    factor, notes = _completion(space, book, years)
    score, said = _risk(book, years, risk)
    few = _few(book, years)
    before, after = (_year(book, it, score[it], factor[it], few) for it in years)
    found = effects(before, after)
    first, second = years
    return Section(
        name=f"trend_{first}_{second}",
        title=f"{book.name}: what is paid, from {first} to {second}",
        columns=(
            ("category", "text"), (f"paid_{first}_cents", "cents"),
            *((f"{name}_cents", "cents") for name in EFFECTS), (f"paid_{second}_cents", "cents"),
        ),
        rows=tuple(tuple(row) for row in rows(found, before, after)),
        note="; ".join([*notes, said, _months(before, after)]),
        bars=f"paid_{second}_cents",
    )  # fmt: skip


def _months(before: Year, after: Year) -> str:
    return f"member months {before.months:,} and {after.months:,}"


def _year(book: Book, year: int, risk: Decimal, factor: Decimal, few: Collection[str]) -> Year:
    """A year; categories of few people are one."""
    months = sum(book.months(year).values())
    if not months:
        raise InputError(Problem(book.id(year), "has no member months"))
    cells: dict[str, Spent] = {}
    for it in book.cells(year, "category"):
        complete = COMPLETE if it.value == PHARMACY else factor
        name = OTHERS if it.value in few else it.value
        before = cells.get(name, Spent(0, 0))
        cells[name] = Spent(before.cents + it.paid, before.volume + it.postings, complete)
    return Year(months, risk, cells)


def _few(book: Book, years: tuple[int, int]) -> set[str]:
    """The categories of fewer than 11 people in one of the years."""
    cells = (it for year in years for it in book.cells(year, "category"))
    return {it.value for it in cells if it.persons < FEW and it.value != PHARMACY}


def _risk(
    book: Book, years: tuple[int, int], risk: str | None
) -> tuple[Mapping[int, Decimal], str]:
    """Mean raw score for each month of scored people; 1 in both years where no model is there."""
    try:
        found = {year: panels(book, year, risk) for year in years}
    except InputError as refused:
        if risk is not None:
            raise
        return dict.fromkeys(years, COMPLETE), f"no effect of risk: {refused.problems[0].what}"
    means = {year: _mean(it.sums().weight, it.sums().months) for year, it in found.items()}
    said = " and ".join(
        f"{it.risk_model} {round_half_up(means[year], 4)}" for year, it in found.items()
    )
    return means, f"mean raw score: {said}"


def _mean(weight: int, months: int) -> Decimal:
    with localcontext(RULES_CONTEXT):
        return Decimal(weight) / months / Decimal(10**9)


def _completion(
    space: Workspace, book: Book, years: tuple[int, int]
) -> tuple[Mapping[int, Decimal], list[str]]:
    """Ultimate over paid of medical claims, each year at its own run-out; 1 where unknown.

    The factor is not rounded; only the note's is.
    """
    how = read_expectations(space.root).shape.completion
    memory = f"{space.settings.memory_mb * 7 // 10}MB"
    by_year: dict[int, Decimal] = {}
    notes = []
    for year in years:
        first, last, paid = book.period(year)
        measured = measure(space.data, paid, how.basis, memory, space.settings.workers)
        known = [
            factors(it, how)
            for it in triangles(measured.moves, measured.moved, paid)
            if it.run.line_of_business == book.line_of_business
        ]
        factor, note = ultimate_over_paid(known, first, last, paid)
        by_year[year] = factor or COMPLETE
        said = f"{round_half_up(factor, PLACES)}" if factor else f"taken as complete ({note})"
        notes.append(f"completion {year}: {said}")
    return by_year, notes
