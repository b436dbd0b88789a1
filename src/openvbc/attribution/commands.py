"""The commands `churn` and `what-if`."""

import csv
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Group

from openvbc.attribution.churn import NAMES, Churn, analysis_churn, contract_churn
from openvbc.attribution.few import COLUMNS, NOT_TOLD, told_changes, told_json, told_totals
from openvbc.attribution.few_what_if import told_what_if
from openvbc.attribution.what_if import Figures, WhatIf, what_if
from openvbc.confidentiality.release import asked_release
from openvbc.console import (
    JsonOption,
    PurposeOption,
    RecipientOption,
    WorkspaceOption,
    out,
    print_json,
)
from openvbc.errors import InputError, Problem
from openvbc.money import cents_text
from openvbc.publish import find_settlement
from openvbc.report import rows_table
from openvbc.workspace import Workspace

HERE: Final = Path()

CsvOption = Annotated[bool, typer.Option("--csv", help="Comma-separated values.")]


def churn(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A settlement (contract_period), or an analysis that attributes people.",
            show_default="the only settlement",
        ),
    ] = None,
    from_period: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="PY2025.base_3; of an analysis 2024 or 2025Q1.",
            show_default="the one before",
        ),
    ] = None,
    to_period: Annotated[
        str | None, typer.Option("--to", help="The later one.", show_default="the latest")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="Of an analysis: the method.", show_default="the only one")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="One practice, clinician or list.", show_default="all")
    ] = None,
    as_csv: CsvOption = False,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Say who stayed, joined and left between two periods, and why; the counts add up to both.

    Died, eligibility, another ACO or practice, a tie, no visit. Counts of 1 to 10 people, reasons,
    and to whom people went are told of one unit (--unit), to the unit itself only: not in a list of
    units, and not with --recipient.
    """
    release = asked_release(purpose, recipient, with_sensitive=False)
    space = Workspace(workspace)
    space.check_use(release.purpose, recipient=recipient)
    found = _find(space, name, method, (from_period, to_period)).only(unit)
    space.record("churn", release, {"units": len(found.units)})
    shown = _shown(found, masked=unit is None or recipient is not None)
    if as_json:
        print_json(shown.json)
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(shown.columns)
        writer.writerows(shown.changes)
    else:
        out.print(_churn_tables(found, shown))


@dataclass(frozen=True)
class _Shown:
    """Churn as it is told: totals and changes, and the same for other programs."""

    totals: Sequence[Mapping[str, Any]]
    columns: Sequence[str]
    changes: Sequence[Sequence[Any]]
    json: Mapping[str, Any]
    note: str = ""


def _shown(found: Churn, *, masked: bool) -> _Shown:
    if masked:
        note = (
            "Empty: fewer than 11 people, or what would tell of them. --unit ID tells all of one."
        )
        json = {**told_json(found), "masked": True}
        return _Shown(told_totals(found), COLUMNS, told_changes(found), json, note)
    changes = [[getattr(it, name) for name in NAMES] for it in found.changes]
    return _Shown(found.totals(), NAMES, changes, {**found.to_json(), "masked": False})


def _find(
    space: Workspace, name: str | None, method: str | None, periods: tuple[str | None, str | None]
) -> Churn:
    analysis = name is not None and name in space.analyses.by_name
    settlement = None if analysis else find_settlement(space, name)
    engine = space.run().open()
    try:
        if settlement is None:
            return analysis_churn(engine, str(name), method, periods)
        period = periods[1] or settlement.shape.period
        return contract_churn(engine, settlement.contract.id, (periods[0], period))
    finally:
        engine.close()


def _churn_tables(found: Churn, shown: _Shown) -> Group:
    totals = shown.totals
    return Group(
        f"{found.name}: from {found.from_period} to {found.to_period}",
        rows_table(list(totals[0]) if totals else ["unit"], [list(it.values()) for it in totals]),
        rows_table(shown.columns, shown.changes),
        shown.note,
    )


def what_if_command(
    tin: Annotated[str, typer.Option(help="The practice's taxpayer number.")],
    contract: Annotated[
        str | None, typer.Option(help="The contract.", show_default="the only one")
    ] = None,
    settlement: Annotated[
        str | None,
        typer.Option(help="The settlement (contract_period).", show_default="the latest"),
    ] = None,
    leave: Annotated[bool, typer.Option("--leave", help="It leaves; else it joins.")] = False,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Say what an ACO would be if a practice joined or left it: people, years, dollars, risk.

    The run in force is read and not changed. With --recipient nothing is told of 1 to 10 people who
    would come or go.
    """
    release = asked_release(purpose, recipient, with_sensitive=False)
    space = Workspace(workspace)
    space.check_use(release.purpose, recipient=recipient)
    chosen = find_settlement(space, settlement or _latest(space, contract))
    found = what_if(space.fresh_run(), chosen, tin, leaves=leave)
    space.record("what-if", release, {"persons": found.people_after or 0}, settlement=chosen.id)
    masked = recipient is not None
    told = told_what_if(found) if masked else found
    if as_json:
        print_json({**told.to_json(), "masked": masked})
    else:
        out.print(_what_if_text(told))


def _latest(space: Workspace, contract: str | None) -> str | None:
    """The latest settlement of a contract; raises InputError where it has none."""
    if contract is None:
        return None
    mine = [it for it in space.settlements.values() if it.contract.id == contract]
    if not mine:
        raise InputError(Problem("--contract", f"{contract} has no settlement"))
    return max(mine, key=lambda it: (it.shape.first_day, it.shape.as_of, it.id)).id


def _what_if_text(found: WhatIf) -> Group:
    verb = "joins" if found.joins else "leaves"
    taken = f" (and leaves {', '.join(found.taken_from)})" if found.taken_from else ""
    people = (found.people_before, found.people_after, found.gained, found.lost)
    before, after, gained, lost = (NOT_TOLD if it is None else it for it in people)
    return Group(
        f"{found.contract} {found.period}, if {found.tin} {verb}{taken}: "
        f"{before} people become {after}, {gained} gained and {lost} lost",
        rows_table(
            ("enrolment_type", "figure", "before", "after", "change"),
            [row for pair in zip_longest(found.before, found.after) for row in _rows(*pair)],
        ),
        "" if found.after else "Empty: fewer than 11 people, or what would tell of them.",
    )


def _rows(before: Figures | None, after: Figures | None) -> Iterator[list[Any]]:
    """The figures of one enrolment type; a side that is not told is empty, and so is the change."""
    sides = (before, after)
    kind = next(it.enrolment_type for it in sides if it)
    for name, figure in _FIGURES.items():
        old, new = (None if it is None else figure(it) for it in sides)
        change = None if old is None or new is None else new - old
        cells = [old, new, change]
        if name in _CENTS:
            cells = [None if it is None else cents_text(it) for it in cells]
        yield [kind, name, *cells]


_FIGURES: Final[Mapping[str, Callable[[Figures], Any]]] = {
    "persons": lambda it: it.persons,
    "person_years": lambda it: it.person_years,
    "claims": lambda it: it.claims_cents,
    "counted": lambda it: it.counted_cents,
    "risk": lambda it: it.risk,
}
_CENTS: Final = ("claims", "counted")
