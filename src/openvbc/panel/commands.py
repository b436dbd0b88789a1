"""The command `vbc panel`."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

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
from openvbc.explain.levels import Explanation, Level
from openvbc.panel.figures import Figure
from openvbc.panel.read import MEASURES, Panels, read_panels
from openvbc.workspace import Workspace

HERE: Final = Path()
OWNER_ONLY: Final = 0o600
_UNITS: Final = ("tin", "npi")


def panel(
    analysis: Annotated[
        str | None,
        typer.Option(help="Analysis, or analysis/year.", show_default="the only one, latest year"),
    ] = None,
    by: Annotated[str, typer.Option(help="tin: by practice; npi: by clinician.")] = "tin",
    unit: Annotated[
        str | None,
        typer.Option(help="One panel only, by its TIN (CCN, NPI).", show_default="all panels"),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(help=f"One of {', '.join(MEASURES)}.", show_default="all asked for"),
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to show of each measure.")] = 20,
    file: Annotated[
        Path | None, typer.Option("--csv", help="Write every figure to this .csv file.")
    ] = None,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show panels of practices and clinicians: continuity, access, leakage, who joined and left.

    Figures of 1 to 10 people or events are told of one panel (--unit), to the practice itself
    only: not in a list of panels, and not with --recipient.
    """
    _must_be(by, _UNITS, "--by")
    if measure is not None:
        _must_be(measure, MEASURES, "--measure")
    release = asked_release(purpose, recipient, with_sensitive=False)
    space = Workspace(workspace)
    space.check_use(release.purpose, recipient=recipient)
    masked = unit is None or recipient is not None
    found = read_panels(space, analysis, by, unit)
    kept = [it for it in found.figures if measure in {None, it.measure}]
    space.record("panel", release, {"shown": len(kept), "withheld": 0})
    if file is not None:
        _write(kept, file, masked=masked)
    if as_json:
        head = {"analysis": found.analysis_id, "run_id": found.run_id, "by": by, "masked": masked}
        print_json({**head, "figures": [it.to_json(masked=masked) for it in kept]})
    else:
        out.print(_shown(found, kept, rows, masked=masked))


def _must_be(given: str, known: Sequence[str], option: str) -> None:
    if given not in known:
        what = f"found {given}, expected one of {', '.join(known)}"
        raise InputError(Problem(option, what))


_TABLES: Final = (
    ("panels and their changes", ("persons", "before", "kept", "joined", "left", "net"), False),
    ("size by risk", ("scored", "risk_weighted_size", "mean_score"), True),
    (
        "continuity",
        ("counted", "usual_provider", "bice_boxerman", "sequential", "high_continuity",
         "known_provider"),
        True,
    ),
    (
        "access",
        ("without_visit", "without_own_visit", "visited_by_7", "visited_by_14", "visited_by_30",
         "mean_days", "after_hours", "urgent_and_emergency", "new_patient"),
        False,
    ),
    (
        "leakage",
        ("outside_days", "outside_allowed_cents", "unknown_days", "unknown_allowed_cents"),
        True,
    ),
)  # fmt: skip
"""Title, figures and whether each item has a row of its own, else the panel has one."""


def _shown(found: Panels, kept: Sequence[Figure], rows: int, *, masked: bool) -> Explanation:
    head = [("analysis", found.analysis_id), ("run", found.run_id), ("panels by", found.by)]
    if masked:
        levels = [
            _table(title, names, [it for it in kept if it.name in names], by_item, rows)
            for title, names, by_item in _TABLES
        ]
    else:
        levels = [_list([it for it in kept if it.measure == name], name) for name in MEASURES]
    return Explanation(head, tuple(it for it in levels if it.count))


def _table(
    title: str, names: Sequence[str], figures: Sequence[Figure], by_item: bool, rows: int
) -> Level:
    """One row for each panel (and item), one column for each figure; few are not told."""
    table: dict[tuple[str, ...], dict[str, str]] = {}
    for it in figures:
        key = (it.panel, it.item) if by_item else (it.panel,)
        table.setdefault(key, {})[it.name] = it.text(masked=True)
    shown = [(*key, *(cells.get(it, "") for it in names)) for key, cells in table.items()]
    head = ("panel", "of") if by_item else ("panel",)
    return Level(title, (*head, *names), shown[:rows], len(shown))


def _list(figures: Sequence[Figure], measure: str) -> Level:
    """Every figure of one panel, with what it was divided from, to its own practice."""
    shown = [
        (it.item, it.name, it.text(masked=False), f"{it.numerator}", f"{it.denominator}")
        for it in figures
    ]
    return Level(measure, ("of", "figure", "value", "numerator", "denominator"), shown, len(shown))


def _write(figures: Sequence[Figure], file: Path, *, masked: bool) -> None:
    """Write figures for their owner alone; raises InputError for another kind of file."""
    if file.suffix != ".csv":
        raise InputError(Problem("--csv", f"found {file.suffix or file}, expected a .csv file"))
    names = ("panel", "measure", "item", "name", "numerator", "denominator", "persons", "value")
    file.touch(OWNER_ONLY)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(it.to_json(masked=masked) for it in figures)
