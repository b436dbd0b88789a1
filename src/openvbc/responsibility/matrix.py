"""The division of financial responsibility: which pool bears a service, by place and network.

A CSV file beside the contract, one row for each cell and span of months: service, place, network,
pool, valid_from, valid_to. `*` stands for every value of its column, also for one that no row
names. An empty valid_from or valid_to is unbounded. No two rows may hold the same cell in the same
month, and every cell that the file's names make must have a pool in every month that the file
covers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path
from typing import Final

from openvbc.csvtable import Row, read_table
from openvbc.errors import InputError, Problem, near
from openvbc.period import month_end, month_start

POOLS: Final = ("payer", "hospital", "professional", "pharmacy", "carve_out")
AXES: Final = ("service", "place", "network")
COLUMNS: Final = (*AXES, "pool", "valid_from", "valid_to")

ANY: Final = "*"
"""Every value of a column; as part of a cell, every value that no row names."""

Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Span:
    """One row of the matrix: its line in the file, its cell as written, its pool and days."""

    line: int
    cell: Cell
    pool: str
    first: date
    last: date

    def covers(self, day: date) -> bool:
        """Whether the row holds on a day."""
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Matrix:
    """A division of financial responsibility, read and checked."""

    path: Path
    spans: tuple[Span, ...]

    @cached_property
    def named(self) -> tuple[frozenset[str], ...]:
        """The values that rows name, by axis."""
        columns = zip(*(it.cell for it in self.spans), strict=True)
        return tuple(frozenset(column) - {ANY} for column in columns)

    @cached_property
    def cells(self) -> Mapping[Cell, tuple[Span, ...]]:
        """Every cell that some row holds, with its rows by first day."""
        found: dict[Cell, list[Span]] = {}
        for span in self.spans:
            for cell in self._held(span.cell):
                found.setdefault(cell, []).append(span)
        return {
            cell: tuple(sorted(spans, key=lambda it: (it.first, it.line)))
            for cell, spans in found.items()
        }

    def _held(self, written: Cell) -> Iterator[Cell]:
        """The cells of a row: `*` is each named value and the rest."""
        axes = zip(written, self.named, strict=True)
        services, places, networks = (
            (*sorted(named), ANY) if it == ANY else (it,) for it, named in axes
        )
        return product(services, places, networks)

    def must_have(self) -> Iterator[Cell]:
        """The cells that must have a pool: all that the names of the three columns make."""
        services, places, networks = (sorted(it) or [ANY] for it in self.named)
        return product(services, places, networks)

    def at(self, service: str, place: str, network: str, month: date) -> Span | None:
        """The one row that a line of a month lands in; None where there is none."""
        values = zip((service, place, network), self.named, strict=True)
        one, two, three = (it if it in named else ANY for it, named in values)
        spans = self.cells.get((one, two, three), ())
        return next((it for it in spans if it.covers(month)), None)


def read_matrix(path: Path) -> Matrix:
    """Read a division of financial responsibility.

    Raises InputError with everything that is wrong, each with its line: a cell left empty, a pool
    that is none, a day that is no month's first or last, two rows that hold one cell in the same
    month, a cell without a pool.
    """
    spans: list[Span] = []
    problems: list[Problem] = []
    for row in read_table(path, COLUMNS):
        wrong = list(_wrong(row))
        problems += [Problem(f"{path}:{row.line}", it) for it in wrong]
        if not wrong:
            spans.append(_span(row))
    if not problems and not spans:
        problems.append(Problem(str(path), "has no row; nothing would land anywhere"))
    if not problems:
        matrix = Matrix(path, tuple(spans))
        problems += [*_overlaps(matrix), *_missing(matrix)]
    if problems:
        raise InputError(problems)
    return Matrix(path, tuple(spans))


def _wrong(row: Row) -> Iterator[str]:
    """Everything wrong with one row by itself."""
    for name in AXES:
        if not row.cells[name]:
            yield f"{name} is empty; name one, or write * for every {name}"
    pool = row.cells["pool"]
    if pool not in POOLS:
        yield f"pool: found {pool or 'nothing'}{near(pool, POOLS)}"
    first, last = row.day("valid_from", date.min), row.day("valid_to", date.max)
    for name, day in (("valid_from", first), ("valid_to", last)):
        if day is None:
            yield f"{name}: found {row.cells[name][:20]!r}, expected YYYY-MM-DD"
    if first and first != month_start(first):
        yield f"valid_from {first}: expected the first day of a month; lines come by month"
    if last and last not in {date.max, month_end(last)}:
        yield f"valid_to {last}: expected the last day of a month; lines come by month"
    if first and last and last < first:
        yield f"valid_to {last} is before valid_from {first}"


def _span(row: Row) -> Span:
    cell = (row.cells["service"], row.cells["place"], row.cells["network"])
    first, last = row.day("valid_from", date.min), row.day("valid_to", date.max)
    return Span(row.line, cell, row.cells["pool"], first or date.min, last or date.max)


def _overlaps(matrix: Matrix) -> Iterator[Problem]:
    """Two rows that hold one cell in the same month, each pair once, at the later line."""
    seen: set[tuple[int, int]] = set()
    for cell, spans in sorted(matrix.cells.items()):
        longest = spans[0]
        for span in spans[1:]:
            early, late = sorted((longest, span), key=lambda it: it.line)
            if span.first <= longest.last and (early.line, late.line) not in seen:
                seen.add((early.line, late.line))
                what = f"{_name(cell)} is {early.pool} in line {early.line} too"
                again = f"{what} from {span.first}; a month has one pool"
                yield Problem(f"{matrix.path}:{late.line}", again)
            longest = max(longest, span, key=lambda it: it.last)


def _missing(matrix: Matrix) -> Iterator[Problem]:
    """Cells without a pool in months that the file covers."""
    first = min(it.first for it in matrix.spans)
    last = max(it.last for it in matrix.spans)
    for cell in matrix.must_have():
        spans = matrix.cells.get(cell, ())
        for begin, end in _gaps(spans, first, last):
            line = max((it.line for it in spans), default=0)
            place = f"{matrix.path}:{line}" if line else str(matrix.path)
            yield Problem(place, f"{_name(cell)} has no pool{_days(begin, end)}; add a row")


def _gaps(spans: tuple[Span, ...], first: date, last: date) -> Iterator[tuple[date, date]]:
    """The stretches of days that no row holds."""
    day = timedelta(days=1)
    if not spans:
        yield first, last
        return
    if spans[0].first > first:
        yield first, spans[0].first - day
    reached = spans[0].last
    for _, span in pairwise(spans):
        if reached < date.max and span.first > reached + day:
            yield reached + day, span.first - day
        reached = max(reached, span.last)
    if reached < last:
        yield reached + day, last


def _days(first: date, last: date) -> str:
    begin = "" if first == date.min else f" from {first}"
    return begin + ("" if last == date.max else f" to {last}")


def _name(cell: Cell) -> str:
    return " × ".join("any other" if it == ANY else it for it in cell)
