"""Total cost of care: per member per month, by every way; primary care; amounts above a cut."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from openvbc.confidentiality.withhold import FEW
from openvbc.cost.book import Book, Cell, per_month, share
from openvbc.cost.section import Section, Unit, added, fold_few, shown
from openvbc.parameters import code_lists

_PERSONS: Final = 2
_PAID: Final = 5
_ADDED: Final = (3, 4, 5, 6)

SAYS: Final = {
    "month": "month",
    "category": "service category",
    "place": "place of service",
    "tin": "who bills (TIN)",
    "npi": "who did it (NPI)",
    "ccn": "facility (CCN)",
    "initiator": "class of the clinician who opened it, and what",
}


def by_way(book: Book, year: int, way: str) -> Section:
    """The year's cost by one way to show it; the rows add up to the whole."""
    months = book.months(year)
    whole = sum(months.values())
    cells = book.cells(year, way)
    listed = [_row(it) for it in cells]
    if way == "month":
        listed.sort()
        rows = [_rated(_hidden(it), months[it[0]]) for it in listed]
    else:
        rows = [_rated(it, whole) for it in fold_few(listed, _PERSONS, _ADDED)]
    total = _rated(_total(listed), whole)
    listed_rows = [(*row, share(row[_PAID], total[_PAID] or 0)) for row in (*rows, total)]
    parted = way == "initiator"
    return Section(
        name=f"{way}_{year}",
        title=f"{book.name} {year}: cost by {SAYS[way]}, {whole:,} member months",
        columns=tuple(it for it in _columns(way) if parted or it[0] != "service"),
        rows=tuple(row if parted else (row[0], *row[2:]) for row in listed_rows),
        note=_note(cells, book, year, way),
        bars="paid_pmpm_cents",
    )


def _columns(way: str) -> tuple[tuple[str, Unit], ...]:
    return (
        (way, "text"), ("service", "text"), ("persons", "count"), ("lines", "count"),
        ("allowed_cents", "cents"), ("paid_cents", "cents"), ("standard_cents", "cents"),
        ("allowed_pmpm_cents", "cents"), ("paid_pmpm_cents", "cents"),
        ("standard_pmpm_cents", "cents"), ("paid_share", "share"),
    )  # fmt: skip


def _row(it: Cell) -> tuple[Any, ...]:
    """A cell as a row; without a standard price for any of its lines it has no standard cost."""
    standard = it.standard if it.standardised_lines else None
    return (it.value, it.part, it.persons, it.lines, it.allowed, it.paid, standard)


def _hidden(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A month's row, whose people are not told where they are few."""
    few = 0 < row[_PERSONS] < FEW
    return (*row[:_PERSONS], None, *row[_PERSONS + 1 :]) if few else row


def _rated(row: tuple[Any, ...], months: int) -> tuple[Any, ...]:
    """A row with its amounts per member month."""
    amounts = row[_ADDED[1] :]
    return (*row, *(None if cents is None else per_month(cents, months) for cents in amounts))


def _total(rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    sums = (added(row[at] for row in rows) for at in _ADDED)
    return ("all", "", None, *sums)


def _note(cells: Sequence[Cell], book: Book, year: int, way: str) -> str:
    lines = sum(it.lines for it in cells)
    said = [f"{lines - sum(it.allowed_lines for it in cells):,} of {lines:,} lines say no allowed"]
    said += _not_standardised(book.cells(year, "standard"))
    if way == "initiator":
        known = {it.value: it.lines for it in book.cells(year, "initiated_by")}
        said.append(
            f"who opened it: {known.get('own', 0):,} lines by who did or prescribed it, "
            f"{known.get('visit_before', 0):,} by the latest visit before (initiation_rule), "
            f"{known.get('none', 0):,} of nobody"
        )
    return "; ".join(said)


def _not_standardised(cells: Sequence[Cell]) -> Iterator[str]:
    without = [it for it in cells if it.value in ("no_price", "no_units")]
    for it in without:
        words = "no price in prices.csv" if it.value == "no_price" else "no units"
        yield f"not standardisable: {it.lines:,} lines with {words}"
    part = share(sum(it.standardised_allowed for it in cells), sum(it.allowed for it in cells))
    if part:
        yield f"standard cost is of {shown(part, 'share')} of what is allowed"


def primary_care(book: Book) -> Section:
    """The share of spend that is primary care, narrow and broad, in each year."""
    rows = []
    for year in book.years:
        cells = {it.value: it for it in book.cells(year, "primary_care")}
        whole = sum(it.paid for it in cells.values())
        months = sum(book.months(year).values())
        narrow = cells["narrow"].paid if "narrow" in cells else 0
        broad = narrow + (cells["broad"].paid if "broad" in cells else 0)
        for name, cents in (("narrow", narrow), ("broad", broad)):
            rows.append(
                (str(year), name, cents, whole, share(cents, whole), per_month(cents, months))
            )
    lists = code_lists()
    used = ", ".join(lists[it].name for it in ("primary_care_spend", "primary_care_code"))
    return Section(
        name="primary_care",
        title=f"{book.name}: primary-care share of what is paid",
        columns=(
            ("year", "text"), ("definition", "text"), ("primary_care_cents", "cents"),
            ("paid_cents", "cents"), ("share", "share"), ("pmpm_cents", "cents"),
        ),
        rows=tuple(rows),
        note=f"Definitions: {used} (docs/cost.md). The whole holds pharmacy where it is loaded.",
        bars="share",
    )  # fmt: skip


def stop_loss(book: Book, cuts: Sequence[int]) -> Section:
    """What lies above each cut per person and year: kept, pooled, and of how many people."""
    select = """
        SELECT count(*) FILTER (WHERE claims_cents > ?), sum(claims_cents),
            sum(greatest(claims_cents - ?, 0))
        FROM person_total WHERE analysis_id = ?
    """
    rows: list[tuple[object, ...]] = []
    for year in book.years:
        months = sum(book.months(year).values())
        for cut in cuts:
            ((people, paid, above),) = book.engine.rows(select, [cut, cut, book.id(year)])
            paid, above = int(paid or 0), int(above or 0)
            hidden = 0 < people < FEW
            told: tuple[object, ...] = (None, None, None) if hidden else (
                people, paid - above, above,
            )  # fmt: skip
            rate = None if hidden else per_month(above, months)
            rows.append((str(year), cut, paid, *told, rate))
    return Section(
        name="stop_loss",
        title=f"{book.name}: paid above a cut for each person and year, pooled",
        columns=(
            ("year", "text"), ("cut_cents", "cents"), ("paid_cents", "cents"),
            ("persons_above", "count"), ("kept_cents", "cents"), ("pooled_cents", "cents"),
            ("pooled_pmpm_cents", "cents"),
        ),
        rows=tuple(rows),
        note="The cut is not prorated by months. Empty: fewer than 11 people are above it.",
    )  # fmt: skip
