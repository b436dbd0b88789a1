"""The commands `churn` and `what-if`."""

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Group

from openvbc.attribution.churn import NAMES, Churn, analysis_churn, contract_churn
from openvbc.attribution.few import COLUMNS, told_changes, told_json, told_totals
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

    The run in force is read and not changed.
    """
    release = asked_release(purpose, recipient, with_sensitive=False)
    space = Workspace(workspace)
    space.check_use(release.purpose, recipient=recipient)
    chosen = find_settlement(space, settlement or _latest(space, contract))
    found = what_if(space.fresh_run(), chosen, tin, leaves=leave)
    space.record("what-if", release, {"persons": found.people_after}, settlement=chosen.id)
    if as_json:
        print_json(found.to_json())
    else:
        out.print(_what_if_text(found))


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
    return Group(
        f"{found.contract} {found.period}, if {found.tin} {verb}{taken}: "
        f"{found.people_before} people become {found.people_after}, "
        f"{found.gained} gained and {found.lost} lost",
        rows_table(
            ("enrolment_type", "figure", "before", "after", "change"),
            [row for pair in zip(found.before, found.after, strict=True) for row in _rows(*pair)],
        ),
    )


def _rows(before: Figures, after: Figures) -> list[list[Any]]:
    kind = before.enrolment_type
    rows = [
        [kind, "persons", before.persons, after.persons, after.persons - before.persons],
        [kind, "person_years", before.person_years, after.person_years,
         after.person_years - before.person_years],
    ]  # fmt: skip
    rows += [
        [kind, name, *map(cents_text, (old, new, new - old))]
        for name, old, new in (
            ("claims", before.claims_cents, after.claims_cents),
            ("counted", before.counted_cents, after.counted_cents),
        )
    ]
    risk = (before.risk, after.risk)
    change = None if None in risk else after.risk - before.risk  # type: ignore[operator]
    return [*rows, [kind, "risk", *risk, change]]
