"""A timeline and proposals as tables for a terminal, and a timeline as a page."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.identity.compare import FIELDS, Side
from openvbc.identity.conflicts import Conflict
from openvbc.identity.joining import Joined
from openvbc.identity.proposal import CERTAIN, REJECTED, REVIEW, Found
from openvbc.identity.timeline import Event, Timeline
from openvbc.money import cents_text
from openvbc.page import templates

PAGE: Final = "person.html.j2"

SENSITIVE_OUT: Final = (
    "Rows of sensitive categories are never shown without --with-sensitive, and whether there are "
    "any is not said."
)


def days(event: Event) -> str:
    """First to last day, as people write a span."""
    if event.first_day is None:
        return "no day"
    if event.kind == "coverage" and event.last_day is None:
        return f"{event.first_day} –"
    is_one = event.last_day in {None, event.first_day}
    return str(event.first_day) if is_one else f"{event.first_day} – {event.last_day}"


def amount(cents: int | None) -> str:
    """Dollars of cents; nothing where there is no amount."""
    return "" if cents is None else cents_text(cents)


def place(it: Event | Conflict) -> str:
    """Where a row came from: source, file and row."""
    return f"{it.data_source} · {it.file_name}:{it.row_number}"


def timeline_text(found: Timeline) -> RenderableType:
    """A timeline for a terminal."""
    return Group(*_parts(found))


def _parts(found: Timeline) -> Iterator[RenderableType]:
    facts = Table.grid(padding=(0, 2))
    for name, value in facts_of(found):
        facts.add_row(Text(name, style="dim"), Text(value))
    yield facts
    if found.conflicts:
        yield Text(f"\nsources differ: {len(found.conflicts)}", style="bold")
        yield _table(("what", "value", "where"), [conflict_row(it) for it in found.conflicts])
    yield Text(f"\nevents: {len(found.events):,}", style="bold")
    yield _table(
        ("days", "kind", "what", "code", "paid", "who", "where"), map(event_row, found.events)
    )
    if not found.with_sensitive:
        yield Text(SENSITIVE_OUT, style="dim")


def facts_of(found: Timeline) -> list[tuple[str, str]]:
    """What is known about the person, in words."""
    known = ", ".join(f"{name} ({count})" for name, count in found.known_by.items())
    joined = ", ".join(f"{former} on {day}" for day, former in found.joined)
    facts = [
        ("person", found.person_id),
        ("born", str(found.birth_date or "not known")),
        ("sex", found.sex or "not known"),
        ("died", str(found.death_date or "")),
        ("sources", ", ".join(found.sources)),
        ("known by", known),
        ("joined", joined),
    ]
    return [(name, value) for name, value in facts if value]


def event_row(it: Event) -> tuple[str, ...]:
    """An event as cells of text."""
    what = (
        it.what + (f" ({it.note})" if it.note else "") + (" [sensitive]" if it.sensitivity else "")
    )
    return days(it), it.kind, what, it.code or "", amount(it.cents), it.who or "", place(it)


def conflict_row(it: Conflict) -> tuple[str, ...]:
    """A conflict as cells of text."""
    return it.field.replace("_", " "), it.value, place(it)


def _table(names: Sequence[str], rows: Any) -> Table:
    table = Table()
    for name in names:
        table.add_column(name, justify="right" if name == "paid" else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def timeline_page(found: Timeline, made_on: date) -> str:
    """A timeline as one HTML page that opens from disk: no script, nothing fetched."""
    return (
        templates(Path(__file__).parent)
        .get_template(PAGE)
        .render(
            found=found,
            facts=facts_of(found),
            conflicts=[conflict_row(it) for it in found.conflicts],
            events=[event_row(it) for it in found.events],
            made_on=made_on,
            sensitive="" if found.with_sensitive else SENSITIVE_OUT,
        )
    )


def proposals_text(found: Found, path: Path) -> RenderableType:
    """How many pairs of each kind there are, and where to decide about them."""
    rows = [(it, f"{len(found.of(it)):,}") for it in (CERTAIN, REVIEW, REJECTED)]
    table = _table(("group", "pairs"), rows)
    told = (
        f"{found.people:,} people, {found.described:,} with names to compare. Decide in {path} "
        f"(same or apart, with your name and the day), then `vbc match apply {path}`."
    )
    return Group(table, Text(told))


def joined_text(done: Joined) -> RenderableType:
    """What applying decisions did."""
    if done.load_id is None:
        return Text("already applied; nothing changed")
    told = f"load {done.load_id}: {done.people:,} people joined, {done.apart:,} pairs kept apart"
    rows = [(it.table, f"{it.rows:,}", f"{it.already_there:,}") for it in done.tables]
    return Group(Text(told), _table(("table", "rows moved", "there already"), rows))


def sides_text(sides: Sequence[Side]) -> RenderableType:
    """The records of two people, below each other."""
    rows = [(str(at), *row) for at, side in enumerate(sides, 1) for row in side]
    return _table(("person", *(it.replace("_", " ") for it in FIELDS)), rows)
