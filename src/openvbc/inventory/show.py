"""`vbc sources`: the inventory in a terminal, as JSON, as a page and as tables."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.confidentiality.release import asked_release
from openvbc.console import JsonOption, PurposeOption, WorkspaceOption, out, print_json
from openvbc.engine.store import publish_text
from openvbc.errors import ExitCode
from openvbc.inventory.completion import Factors
from openvbc.inventory.inventory import Inventory, inventory
from openvbc.inventory.page import factor_text, render_page, run_name
from openvbc.inventory.pattern import History
from openvbc.inventory.result import Result
from openvbc.inventory.small import is_small, shown
from openvbc.inventory.suggest import Suggestion
from openvbc.inventory.trail import PLAIN, Came, counts
from openvbc.money import dollars
from openvbc.workspace import Workspace

FOLDER: Final = "inventory"
PAGE: Final = "sources.html"
FACTORS: Final = "completion_factor.csv"
TRIANGLES: Final = "triangle.csv"

LAGS: Final = (0, 1, 2, 3, 6, 12)
"""Months of run-out whose factors the terminal shows."""

ARRIVALS_SHOWN: Final = 20
"""The latest late, missing, duplicated and refused arrivals of a source that the terminal shows."""


def sources(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As known on a day.", show_default="today"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show it; write no page and no tables.")
    ] = False,
    purpose: PurposeOption = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Show what arrived, when, late, missing or twice; what of it holds; and how complete it is.

    Writes inventory/sources.html, completion_factor.csv and triangle.csv. Exit code 1 where a
    check of severity error fails.
    """
    space = Workspace(workspace)
    space.check_use(asked_release(purpose, None, with_sensitive=False).purpose)
    day = as_of.date() if as_of else datetime.now().astimezone().date()
    found = inventory(space, day)
    if not dry_run:
        write(space.root / FOLDER, found)
    if as_json:
        print_json(found.to_json())
    else:
        out.print(inventory_text(found))
    raise typer.Exit(ExitCode.CHECK_FAILED if found.fails else ExitCode.DONE)


def write(folder: Path, found: Inventory) -> None:
    """Write the page and the tables; each is there whole or not at all."""
    publish_text(folder / PAGE, render_page(found))
    publish_text(folder / FACTORS, _csv(row for it in found.factors for row in it.rows()))
    publish_text(folder / TRIANGLES, _csv(row for it in found.factors for row in _cells(it)))


def _csv(rows: Iterator[Mapping[str, Any]]) -> str:
    listed = list(rows)
    text = io.StringIO()
    if listed:
        writer = csv.DictWriter(text, list(listed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)
    return text.getvalue()


def _cells(found: Factors) -> Iterator[Mapping[str, Any]]:
    """A triangle's cells as rows; amounts of few claims are empty."""
    triangle = found.triangle
    for month, row in triangle.cents.items():
        for lag, cents in enumerate(row):
            claims = triangle.claims[month][lag]
            yield {
                **triangle.run._asdict(),
                "incurred_month": f"{month:%Y-%m}",
                "lag_months": lag,
                "paid": "" if is_small(claims) else f"{dollars(cents):.2f}",
                "claims": "" if is_small(claims) else claims,
            }


def inventory_text(found: Inventory) -> RenderableType:
    """The inventory for a terminal: deliveries, checks that do not pass, factors."""
    parts: list[RenderableType] = []
    for history in found.histories:
        parts += [_history(history, found.through.get(history.source, {}))]
    parts += [_arrivals(source, it) for source, it in found.arrivals.items()]
    parts.append(_checks(found.results))
    if found.factors:
        parts.append(_factors(found.factors))
    if found.suggestions:
        parts.append(_suggestions(found.suggestions))
    return Group(*parts)


def _history(history: History, through: Mapping[str, date]) -> RenderableType:
    table = Table(title=f"{history.source}: {history.pattern}", title_justify="left")
    for name in ("month", "due", "received", "arrived", "rows", "what is wrong"):
        table.add_column(name, justify="right" if name == "rows" else "left")
    for slot in history.slots:
        table.add_row(
            f"{slot.month:%Y-%m}",
            str(slot.due or ""),
            "\n".join(str(it.received_on) for it in slot.deliveries),
            f"late {slot.days_late} days" if slot.arrived == "late" else slot.arrived,
            "\n".join(shown(it.rows_in) for it in slot.deliveries),
            "\n".join(what for _, what in slot.faults),
        )
    said = ", ".join(f"{name} {day}" for name, day in through.items())
    return Group(table, Text(f"data through: {said or 'no claims'}"))


def _arrivals(source: str, found: Sequence[Came]) -> RenderableType:
    """How many came how, and each of the latest that is not plain."""
    said = ", ".join(f"{number:,} {state}" for state, number in sorted(counts(found).items()))
    table = Table(title=f"arrivals of {source}: {said}", title_justify="left")
    for name in ("day", "state", "month", "delivery", "load", "rows", "reasons"):
        table.add_column(name, justify="right" if name == "rows" else "left")
    for it in [it for it in found if it.state not in PLAIN][-ARRIVALS_SHOWN:]:
        table.add_row(
            str(it.day),
            it.state,
            f"{it.month:%Y-%m}" if it.month else "",
            it.delivery,
            it.load_id or "",
            shown(it.rows_in),
            "\n".join(it.reasons),
        )
    return table if table.row_count else Text(str(table.title))


def _checks(results: Sequence[Result]) -> RenderableType:
    table = Table("check", "of", "outcome", "found", "expected", title_justify="left")
    passed = [it for it in results if it.status == "pass"]
    for it in results:
        if it.status != "pass":
            outcome = f"{it.severity}: fails" if it.status == "fail" else it.status
            told = "\n".join(line for line in (it.found, *it.details) if line)
            table.add_row(it.check.id, it.scope, outcome, told, it.threshold)
    table.title = f"{len(passed)} checks pass" + ("; these do not:" if table.row_count else "")
    return table if table.row_count else Text(table.title)


def _factors(found: Sequence[Factors]) -> RenderableType:
    table = Table(title="completion factors: paid over ultimate by months of run-out")
    table.title_justify = "left"
    table.add_column("claims")
    for lag in LAGS:
        table.add_column(str(lag), justify="right")
    for it in found:
        known = {one.lag: one.completion for one in it.factors}
        table.add_row(run_name(it), *(factor_text(known.get(lag)) for lag in LAGS))
    return table


def _suggestions(found: Sequence[Suggestion]) -> RenderableType:
    table = Table(title="completion of each settlement's periods (a suggestion)")
    table.title_justify = "left"
    for name in (
        "settlement",
        "period",
        "paid through",
        "ultimate over paid",
        "paid share",
        "note",
    ):
        table.add_column(name)
    for it in found:
        table.add_row(
            it.settlement,
            it.period,
            str(it.paid_through),
            factor_text(it.completion_factor),
            factor_text(it.paid_share),
            it.note,
        )
    return table
