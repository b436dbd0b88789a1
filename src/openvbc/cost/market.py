"""Who cares for a county: shares of organisations and how concentrated they are.

The index of Herfindahl and Hirschman is the sum of squared shares in percent: 10,000 is one
organisation alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Final

from openvbc.confidentiality.withhold import FEW
from openvbc.cost.book import Book, share
from openvbc.cost.section import Section, fold_few
from openvbc.csvtable import Row, read_table
from openvbc.engine.inputs import code_list_rows
from openvbc.errors import InputError, Problem
from openvbc.money import RULES_CONTEXT
from openvbc.parameters import code_lists

HUNDREDS: Final = 10_000
"""The index of one organisation alone: 100 percent squared."""

TOLD: Final = 5
"""Organisations of a county that are listed by name; the rest are one row."""


@dataclass
class Part:
    """What one organisation has of one county."""

    persons: int = 0
    cents: int = 0
    standard: int = 0
    standardised: int = 0


Market = Mapping[str, Mapping[str, Part]]


def index(amounts: Iterable[int]) -> Decimal | None:
    """The index of amounts above zero; None where there are none."""
    held = [it for it in amounts if it > 0]
    with localcontext(RULES_CONTEXT):
        squares = Decimal(HUNDREDS * sum(it * it for it in held))
        return squares / Decimal(sum(held)) ** 2 if held else None


def read_owners(path: Path | None) -> list[Row]:
    """A roster of owners: tin, owner, first_day, last_day (both days may be empty).

    Raises InputError with every row that cannot be used.
    """
    if path is None:
        return []
    rows = read_table(path, ("tin", "owner", "first_day", "last_day"))
    problems = [
        Problem(f"{path}:{row.line}", "expected tin, owner and days such as 2025-01-01 or nothing")
        for row in rows
        if not row.cells["tin"]
        or not row.cells["owner"]
        or row.day("first_day", date.min) is None
        or row.day("last_day", date.max) is None
    ]
    if problems:
        raise InputError(problems)
    return rows


def owners_on(rows: Sequence[Row], day: date) -> dict[str, str]:
    """TIN → owner on a day."""
    return {row.cells["tin"]: row.cells["owner"] for row in rows if _in_force(row, day)}


def _in_force(row: Row, day: date) -> bool:
    first, last = row.day("first_day", date.min), row.day("last_day", date.max)
    return (first or date.min) <= day <= (last or date.max)


MARKET: Final = """
SELECT
    c.county_fips,
    coalesce(nullif(c.tin, 'none'), f.tin) AS tin,
    CASE WHEN c.ccn <> 'none' THEN 'CCN ' || c.ccn END,
    max(c.persons),
    sum(c.claims_cents),
    sum(c.standard_cents),
    sum(c.standardised_allowed_cents)
FROM market_cell AS c
LEFT JOIN facility AS f ON f.ccn = c.ccn
WHERE c.analysis_id = ?
GROUP BY ALL
ORDER BY ALL
"""


def market(book: Book, year: int, owners: Mapping[str, str]) -> Market:
    """County → organisation → its part; lines of nobody (pharmacies) stay out.

    An organisation is the owner that the roster names for the TIN of who bills, else of the
    facility; without an owner the TIN itself, and without a TIN the facility.
    """
    found: dict[str, dict[str, Part]] = {}
    for county, tin, ccn, *amounts in book.engine.rows(MARKET, [book.id(year)]):
        name = owners.get(tin, tin) if tin else ccn
        if name is None:
            continue
        part = found.setdefault(county, {}).setdefault(name, Part())
        persons, cents, standard, standardised = (int(it or 0) for it in amounts)
        part.persons = max(part.persons, persons)
        part.cents += cents
        part.standard += standard
        part.standardised += standardised
    return found


def concentrated(value: Decimal, day: date) -> str:
    """What the guidelines in force on a day call a market of this index."""
    rows = code_list_rows(code_lists()["concentration_level"])
    said = [
        (int(row["above"]), str(row["level"]))
        for row in rows
        if (row["first_day"] or date.min) <= day <= (row["last_day"] or date.max)
        and value > int(row["above"])
    ]
    return max(said)[1] if said else "none is in force"


def concentration(book: Book, owners: Sequence[Row]) -> Section:
    """Each county's index in each year, its change, and its prices against standard prices."""
    rows: list[tuple[object, ...]] = []
    before: dict[str, Decimal | None] = {}
    for year in book.years:
        last = book.period(year)[1]
        found = market(book, year, owners_on(owners, last))
        for county, parts in sorted(found.items()):
            value = index(it.cents for it in parts.values())
            change = _change(before.get(county), value)
            if max(it.persons for it in parts.values()) < FEW:
                rows.append((county, str(year), *(None for _ in range(5))))
                continue
            level = "" if value is None else concentrated(value, last)
            rows.append((county, str(year), len(parts), value, change, level, _price(parts)))
            before[county] = value
    return Section(
        name="concentration",
        title=f"{book.name}: concentration of organisations by county (index 0 to 10,000)",
        columns=(
            ("county", "text"), ("year", "text"), ("organisations", "count"),
            ("index", "factor"), ("change", "factor"), ("level", "text"),
            ("price_over_standard", "factor"),
        ),
        rows=tuple(rows),
        note="Shares of what is paid for people who live there; organisations: the owner on the "
        "year's last day, else the TIN, else the facility. Lines of none (pharmacy) are left out. "
        "Empty: fewer than 11 people.",
    )  # fmt: skip


def _change(before: Decimal | None, now: Decimal | None) -> Decimal | None:
    return None if before is None or now is None else now - before


def _price(parts: Mapping[str, Part]) -> Decimal | None:
    """Allowed over standard, of what is standardised."""
    standard = sum(it.standard for it in parts.values())
    return share(sum(it.standardised for it in parts.values()), standard)


def shares(book: Book, year: int, owners: Sequence[Row]) -> Section:
    """The largest organisations of each county; the rest, and those of few people, as one row."""
    last = book.period(year)[1]
    rows: list[tuple[object, ...]] = []
    for county, parts in sorted(market(book, year, owners_on(owners, last)).items()):
        whole = sum(it.cents for it in parts.values())
        listed = fold_few(
            [(name, it.persons, it.cents) for name, it in parts.items()], persons=1, places=(2,)
        )
        listed.sort(key=lambda row: (row[1] is None, -(row[2] or 0)))
        named = [row for row in listed if row[1] is not None][:TOLD]
        rest = whole - sum(row[2] for row in named)
        rows += [(county, *row, share(row[2], whole)) for row in named]
        rows.append((county, f"all others ({len(parts) - len(named)})", None, rest,
                     share(rest, whole)))  # fmt: skip
    return Section(
        name=f"market_{year}",
        title=f"{book.name} {year}: shares of organisations by county",
        columns=(
            ("county", "text"), ("organisation", "text"), ("persons", "count"),
            ("paid_cents", "cents"), ("share", "share"),
        ),
        rows=tuple(rows),
    )  # fmt: skip
