"""What the tables of a run say of one analysis of cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError, Problem, near
from openvbc.money import RULES_CONTEXT, round_half_up

Row = tuple[Any, ...]


def per_month(cents: int, months: int) -> int | None:
    """Cents per member month, half away from zero; None without months."""
    return ratio_cents(cents, 1, months) if months else None


def ratio_cents(cents: int, part: int | Decimal, whole: int | Decimal) -> int:
    """Cents times part over whole, half away from zero."""
    with localcontext(RULES_CONTEXT):
        return int(round_half_up(Decimal(cents) * part / whole))


def share(part: int | None, whole: int | None) -> Decimal | None:
    """A part of a whole; None where the whole is nothing, or either is not told."""
    if part is None or not whole:
        return None
    with localcontext(RULES_CONTEXT):
        return Decimal(part) / Decimal(whole)


@dataclass(frozen=True)
class Cell:
    """One value of a way to show cost; amounts in cents."""

    value: str
    part: str
    persons: int
    lines: int
    postings: int
    allowed_lines: int
    allowed: int
    paid: int
    standard: int
    standardised_lines: int
    standardised_allowed: int


@dataclass(frozen=True)
class Book:
    """One analysis in an open run: its years, months and cells."""

    engine: DuckDBEngine
    name: str
    years: tuple[int, ...]
    line_of_business: str

    def id(self, year: int) -> str:
        """The analysis and its year, as the tables name it."""
        return f"{self.name}/{year}"

    def period(self, year: int) -> Row:
        """First day, last day and paid-through day of a year."""
        select = "SELECT first_day, last_day, paid_through FROM cost_analysis WHERE analysis_id = ?"
        return self.engine.rows(select, [self.id(year)])[0]

    def months(self, year: int) -> Mapping[str, int]:
        """Member months by month."""
        select = """
            SELECT CAST(month_start AS VARCHAR), count(*) FROM cost_month
            WHERE analysis_id = ? GROUP BY ALL ORDER BY ALL
        """
        return {
            str(month): int(count) for month, count in self.engine.rows(select, [self.id(year)])
        }

    def cells(self, year: int, dimension: str) -> list[Cell]:
        """The cells of one way to show cost, the dearest first."""
        select = """
            SELECT value, part, persons, lines, postings, allowed_lines, allowed_cents,
                claims_cents, standard_cents, standardised_lines, standardised_allowed_cents
            FROM cost_cell WHERE analysis_id = ? AND dimension = ?
            ORDER BY claims_cents DESC, value, part
        """
        return [Cell(*row) for row in self.engine.rows(select, [self.id(year), dimension])]


def open_book(engine: DuckDBEngine, name: str | None) -> Book:
    """The analysis of a name, or the only one that asks for cost.

    Raises InputError where there is none, or naming those there are.
    """
    rows = engine.rows("SELECT analysis_id, line_of_business FROM cost_analysis ORDER BY 1")
    found: dict[str, tuple[list[int], str]] = {}
    for analysis, line in rows:
        label, _, year = str(analysis).rpartition("/")
        found.setdefault(label, ([], str(line)))[0].append(int(year))
    if not found:
        what = "no analysis asks for cost; say measures: [cost] in analyses.yaml, then `vbc build`"
        raise InputError(Problem("cost", what))
    if name is None and len(found) > 1:
        raise InputError(Problem("cost", f"which analysis? there are: {', '.join(found)}"))
    label = name or next(iter(found))
    if label not in found:
        raise InputError(Problem(label, f"no such analysis of cost{near(label, found)}"))
    years, line = found[label]
    return Book(engine, label, tuple(years), line)
