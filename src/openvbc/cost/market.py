"""Who cares for a county: shares of organisations and how concentrated they are.

The index of Herfindahl and Hirschman is the sum of squared shares in percent: 10,000 is one
organisation alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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

    def add(self, persons: int, cents: int, standard: int, standardised: int) -> None:
        """Take what one biller has; people who are seen by two billers are then there twice."""
        self.persons += persons
        self.cents += cents
        self.standard += standard
        self.standardised += standardised


Market = Mapping[str, Mapping[str, Part]]


def index(amounts: Iterable[int]) -> Decimal | None:
    """The index of amounts above zero; None where there are none."""
    held = [it for it in amounts if it > 0]
    with localcontext(RULES_CONTEXT):
        squares = Decimal(HUNDREDS * sum(it * it for it in held))
        return squares / Decimal(sum(held)) ** 2 if held else None


def read_owners(path: Path | None) -> list[Row]:
    """A roster of owners: tin, owner, first_day, last_day (both days may be empty).

    Raises InputError with every row that cannot be used, and TINs with two rows on a day.
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
    if problems := problems or list(_twice(path, rows)):
        raise InputError(problems)
    return rows


def _days(row: Row) -> tuple[date, date]:
    """Both days in; an empty one is open."""
    first, last = row.day("first_day", date.min), row.day("last_day", date.max)
    return first or date.min, last or date.max


def _twice(path: Path, rows: Sequence[Row]) -> Iterator[Problem]:
    """Rows that begin while another of their TIN is in force."""
    longest: dict[str, Row] = {}
    for row in sorted(rows, key=lambda it: (_days(it)[0], it.line)):
        tin, (first, last) = row.cells["tin"], _days(row)
        before = longest.get(tin)
        if before is not None and first <= _days(before)[1]:
            what = f"TIN {tin} has another row on its first day (line {before.line}); end that one"
            yield Problem(f"{path}:{row.line}", f"{what} before, or leave one out")
        if before is None or last > _days(before)[1]:
            longest[tin] = row


def owners_on(rows: Sequence[Row], day: date) -> dict[str, str]:
    """TIN → owner on a day."""
    found = ((row, *_days(row)) for row in rows)
    return {
        row.cells["tin"]: row.cells["owner"] for row, first, last in found if first <= day <= last
    }


MARKET: Final = """
SELECT
    c.county_fips,
    c.tin,
    c.ccn,
    coalesce(nullif(c.tin, 'none'), f.tin),
    c.persons,
    c.claims_cents,
    c.standard_cents,
    c.standardised_allowed_cents
FROM market_cell AS c
LEFT JOIN facility AS f ON f.ccn = c.ccn
WHERE c.analysis_id = ?
ORDER BY ALL
"""

JOINED: Final = {"tin": "VARCHAR", "ccn": "VARCHAR", "organisation": "VARCHAR"}
"""Billers of market_cell that are one organisation."""

PEOPLE: Final = """
SELECT p.county_fips, o.organisation, count(DISTINCT l.person_id)
FROM cost_line AS l
JOIN joined_biller AS o ON o.tin = l.tin AND o.ccn = l.ccn
JOIN person_total AS p ON p.analysis_id = l.analysis_id AND p.person_id = l.person_id
WHERE l.analysis_id = ?
GROUP BY ALL
"""
"""market_cell counts people by biller; who went to two of an organisation is one person."""


def markets(book: Book, owners: Sequence[Row]) -> dict[int, Market]:
    """The market of each year, by who owned what on its last day."""
    return {
        year: market(book, year, owners_on(owners, book.period(year)[1])) for year in book.years
    }


def market(book: Book, year: int, owners: Mapping[str, str]) -> Market:
    """County → organisation → its part; lines of nobody (pharmacies) stay out.

    An organisation is the owner that the roster names for the TIN of who bills, else of the
    facility; without an owner the TIN itself, and without a TIN the facility.
    """
    found: dict[str, dict[str, Part]] = {}
    billers: dict[str, set[tuple[str, str]]] = {}
    for county, tin, ccn, owned, *amounts in book.engine.rows(MARKET, [book.id(year)]):
        name = owners.get(owned, owned) if owned else f"CCN {ccn}"
        if owned or ccn != "none":
            billers.setdefault(name, set()).add((tin, ccn))
            found.setdefault(county, {}).setdefault(name, Part()).add(*map(int, amounts))
    joined = [(*it, name) for name, those in billers.items() if len(those) > 1 for it in those]
    for county, name, persons in _people(book, year, joined):
        found[county][name].persons = persons
    return found


def _people(
    book: Book, year: int, joined: Sequence[tuple[str, str, str]]
) -> Iterable[tuple[str, str, int]]:
    """County, organisation and its distinct people, of organisations of several billers."""
    if not joined:
        return ()
    book.engine.rows_as_table("joined_biller", JOINED, joined)
    rows = book.engine.rows(PEOPLE, [book.id(year)])
    return ((str(county), str(name), int(persons)) for county, name, persons in rows)


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


def concentration(book: Book, found: Mapping[int, Market]) -> Section:
    """Each county's index in each year, its change, and its prices against standard prices."""
    rows: list[tuple[object, ...]] = []
    before: dict[str, Decimal | None] = {}
    for year, counties in found.items():
        last = book.period(year)[1]
        for county, parts in sorted(counties.items()):
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


def shares(book: Book, year: int, found: Market) -> Section:
    """The largest organisations of each county; the rest, and those of few people, as one row."""
    rows: list[tuple[object, ...]] = []
    for county, parts in sorted(found.items()):
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
