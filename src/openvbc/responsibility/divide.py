"""Dividing a summary of claims among the pools: every line lands in one cell, or is listed.

The summary is a CSV file with the columns service, place, network, month (YYYY-MM) and cents
(whole cents; a reversal is below zero). Counts and cents in are counts and cents out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.csvtable import Row, read_table
from openvbc.errors import CheckFailedError, InputError, Problem
from openvbc.money import dollars
from openvbc.responsibility.matrix import AXES, POOLS, Cell, Matrix, Span

COLUMNS: Final = (*AXES, "month", "cents")

_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(-01)?")
_CENTS: Final = re.compile(r"-?\d{1,18}")


@dataclass(frozen=True)
class SummaryLine:
    """One line of the summary: its line in the file, its cell, month (first day) and cents.

    Where claim lines of a workspace are summed, line is 0, lines says how many they are, cents is
    what they are worth and paid_cents what was paid on them.
    """

    line: int
    cell: Cell
    month: date
    cents: int
    lines: int = 1
    paid_cents: int | None = None


@dataclass(frozen=True)
class Landed:
    """A line of the summary with the row of the matrix that it landed in; None = unmapped."""

    line: SummaryLine
    span: Span | None


@dataclass(frozen=True)
class Amount:
    """How many lines, and their whole cents."""

    lines: int
    cents: int


@dataclass(frozen=True)
class Division:
    """A summary of claims, divided; nothing of it is lost: `landed` has every line once."""

    path: Path
    landed: tuple[Landed, ...]

    def place(self, line: SummaryLine) -> str:
        """Where a line stands: file and line, or its cell where claims were summed."""
        return f"{self.path}:{line.line}" if line.line else f"{self.path}: {' × '.join(line.cell)}"

    @property
    def whole(self) -> Amount:
        """All that came in."""
        return _amount(self.landed)

    @property
    def pools(self) -> dict[str, Amount]:
        """What each pool bears, in the order of the pools; one without a line bears nothing."""
        return {pool: _amount(it for it in self.landed if _pool(it) == pool) for pool in POOLS}

    @property
    def paid(self) -> dict[str, int] | None:
        """Whole cents paid fee for service, by pool; None where the lines do not tell."""
        paid = dict.fromkeys(POOLS, 0)
        for it in self.landed:
            if it.line.paid_cents is None:
                return None
            if it.span is not None:
                paid[it.span.pool] += it.line.paid_cents
        return paid

    @property
    def unmapped(self) -> list[SummaryLine]:
        """The lines that no row of the matrix holds, in the order of the file."""
        return [it.line for it in self.landed if it.span is None]

    @property
    def cells(self) -> list[tuple[Span, Amount]]:
        """What landed in each row of the matrix that anything landed in, in its order."""
        spans: dict[int, tuple[Span, list[Landed]]] = {}
        for it in self.landed:
            if it.span is not None:
                spans.setdefault(it.span.line, (it.span, []))[1].append(it)
        return [(span, _amount(found)) for _, (span, found) in sorted(spans.items())]

    def to_json(self) -> dict[str, Any]:
        """For other programs; amounts in whole cents."""
        none = _amount(it for it in self.landed if it.span is None)
        months = [it.line.month for it in self.landed]
        return {
            "lines": self.whole.lines,
            "cents": self.whole.cents,
            "first_month": f"{min(months):%Y-%m}" if months else None,
            "last_month": f"{max(months):%Y-%m}" if months else None,
            "pools": {name: vars(it) for name, it in self.pools.items()},
            "cells": [
                {"matrix_line": span.line, "pool": span.pool, **vars(it)} for span, it in self.cells
            ],
            **({"paid_cents": self.paid} if self.paid is not None else {}),
            "unmapped": {
                **vars(none),
                "listed": [
                    {
                        "line": it.line,
                        **dict(zip(AXES, it.cell, strict=True)),
                        "month": f"{it.month:%Y-%m}",
                        "cents": it.cents,
                    }
                    for it in self.unmapped
                ],
            },
        }


def _pool(it: Landed) -> str | None:
    return it.span.pool if it.span else None


def _amount(found: Iterator[Landed] | Sequence[Landed]) -> Amount:
    lines = [it.line for it in found]
    return Amount(sum(it.lines for it in lines), sum(it.cents for it in lines))


def read_summary(path: Path) -> list[SummaryLine]:
    """Read a summary of claims; raises InputError with everything wrong, each with its line."""
    problems: list[Problem] = []
    lines: list[SummaryLine] = []
    for row in read_table(path, COLUMNS):
        wrong = list(_wrong(row))
        problems += [Problem(f"{path}:{row.line}", it) for it in wrong]
        if not wrong:
            lines.append(_line(row))
    if problems:
        raise InputError(problems)
    return lines


def _wrong(row: Row) -> Iterator[str]:
    month, cents = row.cells["month"], row.cells["cents"]
    if not _MONTH.fullmatch(month):
        yield f"month: found {month[:20]!r}, expected YYYY-MM"
    if not _CENTS.fullmatch(cents):
        yield f"cents: found {cents[:20]!r}, expected whole cents such as 125000"


def _line(row: Row) -> SummaryLine:
    cell = (row.cells["service"], row.cells["place"], row.cells["network"])
    month = date.fromisoformat(f"{row.cells['month'][:7]}-01")
    return SummaryLine(row.line, cell, month, int(row.cells["cents"]))


def divide(matrix: Matrix, path: Path) -> Division:
    """Land every line of a summary in the one cell that it belongs to, or in none.

    Raises InputError where the summary cannot be read.
    """
    landed = (Landed(it, matrix.at(*it.cell, it.month)) for it in read_summary(path))
    return Division(path, tuple(landed))


def _require_mapped(division: Division) -> None:
    """Raise CheckFailedError with every unmapped line: its dollars would be in no fact."""
    what = "is in no cell of the matrix; add one before its cents are lost from the facts"
    if lines := division.unmapped:
        places = (division.place(it) for it in lines)
        raise CheckFailedError([Problem(place, what) for place in places])


def service_facts(
    division: Division, capitated: Sequence[str], *, source: str, received_on: date
) -> dict[str, Any]:
    """The facts of component `capitated_services`, one stratum for each pool.

    capitated: the pools that the capitation covers. Raises InputError for a pool that is none, and
    CheckFailedError where a line is unmapped.
    """
    _require_known(capitated)
    _require_mapped(division)
    cost = {name: dollars(it.cents) for name, it in division.pools.items()}
    flags = {name: name in capitated for name in POOLS}
    given = {"source": source, "received_on": received_on}
    facts: dict[str, Any] = {
        "service_in_capitation": {"unit": "flag", **given, "values": flags},
        "service_cost": {"unit": "usd", **given, "values": cost},
    }
    if division.paid is not None:
        paid = {name: dollars(cents) for name, cents in division.paid.items()}
        facts["service_paid_per_service"] = {"unit": "usd", **given, "values": paid}
    return facts


def capitation_facts(
    division: Division, capitated: Sequence[str], *, source: str, received_on: date
) -> dict[str, Any]:
    """The fact `capitated_cost` of component `capitation`: the cost of the pools that it covers.

    Raises InputError for a pool that is none, and CheckFailedError where a line is unmapped.
    """
    _require_known(capitated)
    _require_mapped(division)
    cents = sum(division.pools[name].cents for name in dict.fromkeys(capitated))
    given = {"source": source, "received_on": received_on}
    return {"capitated_cost": {"unit": "usd", **given, "value": dollars(cents)}}


def _require_known(pools: Sequence[str]) -> None:
    unknown = [it for it in pools if it not in POOLS]
    if unknown:
        what = f"no such pool; the pools are {', '.join(POOLS)}"
        raise InputError([Problem(it, what) for it in unknown])
