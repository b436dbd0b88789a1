"""What a book clause may not say."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from openvbc.contract.book import BASE, EVERYBODY, TABLES, Book
from openvbc.contract.component import Component
from openvbc.contract.document import ContractShape
from openvbc.errors import Problem
from openvbc.yamlfile import where


def book_problems(
    path: Path, raw: Mapping[str, Any], shape: ContractShape, components: tuple[Component, ...]
) -> Iterator[Problem]:
    """A clause that leaves out what a component needs, that nothing needs, or that does not fit."""
    book, place = shape.book, where(path, raw, "book")
    if book is None:
        return
    computed = {name for part in components for name in part.rules}
    leaves = [it for part in components for it in part.leaves.values() if it.name not in computed]
    tables = {it.table for it in leaves} & {*TABLES}
    if not tables:
        known = ", ".join(EVERYBODY)
        yield Problem(place, f"no component counts from a book; those that do: {known}")
    if BASE in tables and book.base_year is None:
        yield Problem(place, "base_year is missing: the year that the target starts from")
    if book.market is not None and book.base_year is None:
        yield Problem(place, "market measures a trend from base_year, which is missing")
    if shape.members is not None or shape.episodes is not None:
        yield Problem(place, "stands beside no members: and no episodes:")
    yield from (Problem(place, it) for it in _population_problems(book, shape))


def _population_problems(book: Book, shape: ContractShape) -> Iterator[str]:
    """Scores of the population that are not of the book's kind."""
    if shape.population is None:
        return
    if shape.population.is_mssp:
        yield "is for everybody of an analysis or for a declared attribution method, not for mssp"
        return
    if book.pharmacy != shape.population.pharmacy:
        said = str(shape.population.pharmacy).lower()
        yield f"population.pharmacy is {said}; say pharmacy: {said} of its book"
    if book.risk is not None:
        clause = shape.risk
        same = clause is not None and clause.model == book.risk and not clause.years
        if clause is None or not same or clause.normalized or clause.coding_intensity:
            yield f"risk: {book.risk} are raw scores; say risk: {{model: {book.risk}}} too"
