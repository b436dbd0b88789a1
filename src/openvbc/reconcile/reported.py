"""`vbc reported`: the payer's reports that are loaded, and why its list and number differ."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.confidentiality.release import asked_release
from openvbc.confidentiality.withhold import Withholding
from openvbc.console import (
    JsonOption,
    PurposeOption,
    RecipientOption,
    SensitiveOption,
    WorkspaceOption,
    out,
    print_json,
)
from openvbc.contract.settlement import Settlement
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError, Problem, near
from openvbc.ledger.post import money
from openvbc.publish import find_settlement
from openvbc.reconcile.payer_list import ListDifference, PayerList, why_lists_differ
from openvbc.report import rows_table
from openvbc.workspace import Workspace

HERE: Final = Path()
_EXCLUDING: Final = ("excluded", "left")

_REPORTS: Final = """
SELECT report, report_period, status AS what, count(*) AS rows
FROM reported_assignment GROUP BY ALL
UNION ALL
SELECT report, report_period, 'figures', count(*) FROM reported_figure GROUP BY ALL
ORDER BY report_period DESC, report, what
"""


def compared(
    engine: DuckDBEngine,
    settlement: Settlement,
    report: str,
    report_period: str | None,
    their_as_of: date | None,
) -> PayerList:
    """What is compared with a settlement's performance period.

    Raises InputError for a contract without population, and for a list that is not loaded.
    """
    shape = settlement.contract.shape
    if shape.population is None or not shape.population.is_mssp:
        what = "has no population of method: mssp to compare with a payer's list"
        raise InputError(Problem(settlement.id, what))
    period = settlement.period_id("performance")
    wanted = report_period or period
    lists = _lists(engine)
    if (report, wanted) not in lists:
        known = [f"{name} of {of}" for name, of in lists]
        what = f"no list {report} of {wanted} is loaded{near(report, [it for it, _ in lists])}; "
        raise InputError(Problem("--report", f"{what}there are: {', '.join(known) or 'none'}"))
    first, last, paid = engine.rows(
        "SELECT first_day, last_day, paid_through FROM contract_period "
        "WHERE contract_id = ? AND period_id = ?",
        [settlement.contract.id, period],
    )[0]
    contract = settlement.contract.id
    closed = their_as_of or paid
    return PayerList(contract, period, report, wanted, first, last, paid, closed)


def _lists(engine: DuckDBEngine) -> list[tuple[str, str]]:
    """The loaded lists that say who is the payer's: report and period."""
    rows = engine.rows(
        "SELECT DISTINCT report, report_period FROM reported_assignment "
        "WHERE status NOT IN (?, ?) ORDER BY report_period DESC, report",
        _EXCLUDING,
    )
    return [(str(report), str(period)) for report, period in rows]


def difference_table(asked: PayerList, found: ListDifference) -> RenderableType:
    """The causes with people and dollars, and what they add up to."""
    title = f"{asked.contract_id} {asked.period_id}: our list less {asked.report} of "
    table = Table(title=f"{title}{asked.report_period}", title_justify="left")
    table.add_column("cause")
    for name in ("people", "ours less theirs"):
        table.add_column(name, justify="right")
    for it in found.causes:
        table.add_row(it.cause, f"{it.people:,}", money(it.cents))
    table.add_row("difference", "", money(found.cents))
    read = (
        f"our claims as they stood on {asked.as_of}, theirs on {asked.their_as_of}; run-out and "
        "version are of shared people. Of people whom only they count, what we hold is shown with "
        "a minus: what was withheld from us cannot be known"
    )
    return Group(table, Text(read))


def _write_people(path: Path, found: ListDifference) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([found.columns, *found.people])


def reported_command(
    settlement: Annotated[
        str | None,
        typer.Argument(help="The settlement (contract_period).", show_default="the only one"),
    ] = None,
    *,
    report: Annotated[
        str | None, typer.Option(help="The payer's list, such as AALR-1.", show_default="list all")
    ] = None,
    report_period: Annotated[
        str | None, typer.Option(help="The list's period.", show_default="the settlement's")
    ] = None,
    their_as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day they closed their books.", show_default="our day"
        ),
    ] = None,
    people: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Write every person with the cause here, as CSV."),
    ] = None,
    as_json: JsonOption = False,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    with_sensitive: SensitiveOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Why the payer's list and number differ from ours, cause by cause.

    Without --report it lists the reports that are loaded. Causes are: withheld, excluded, run-out,
    version, attribution; they add up to our paid claims less what can be seen of theirs.
    """
    release = asked_release(purpose, recipient, with_sensitive=with_sensitive, usual="payment")
    space = Workspace(workspace)
    space.check_use(release.purpose, recipient=recipient)
    run = space.fresh_run()
    engine = run.open()
    try:
        if report is None:
            _say_reports(engine, as_json=as_json)
            return
        if people is not None:
            Withholding(engine, run, space.root, release)
        chosen = find_settlement(space, settlement)
        day = their_as_of.date() if their_as_of else None
        asked = compared(engine, chosen, report, report_period, day)
        found = why_lists_differ(engine, asked)
    finally:
        engine.close()
    if people is not None:
        _write_people(people, found)
        space.record("reported", release, {"people": len(found.people)}, settlement=chosen.id)
    _say(asked, found, as_json=as_json)


def _say_reports(engine: DuckDBEngine, *, as_json: bool) -> None:
    columns, rows = engine.columns(_REPORTS)
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        out.print(rows_table(columns, rows))


def _say(asked: PayerList, found: ListDifference, *, as_json: bool) -> None:
    if not as_json:
        out.print(difference_table(asked, found))
        return
    causes: list[dict[str, Any]] = [vars(it) for it in found.causes]
    print_json({"compared": vars(asked), "causes": causes, "cents": found.cents})
