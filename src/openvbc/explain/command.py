"""The command `explain`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from openvbc.confidentiality.release import asked_release
from openvbc.console import (
    JsonOption,
    PurposeOption,
    RecipientOption,
    SensitiveOption,
    WorkspaceOption,
    out,
    print_json,
)
from openvbc.errors import InputError, Problem
from openvbc.place import Place

HERE: Final = Path()


def explain(
    path: Annotated[
        str | None,
        typer.Argument(help="A line of the statement: component/name, its name alone, or its id."),
    ] = None,
    at: Annotated[
        str, typer.Option(help="The cell: period=base_1,stratum=esrd.", show_default="performance")
    ] = "",
    settlement: Annotated[
        str | None,
        typer.Option(help="The settlement (contract_period).", show_default="the only one"),
    ] = None,
    person: Annotated[str | None, typer.Option(help="Explain one person.")] = None,
    why_not: Annotated[
        str | None, typer.Option(help="Explain why a claim counts or does not.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to show on each level.")] = 5,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    with_sensitive: SensitiveOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Explain a statement line down to persons and claims; a person; or a claim.

    Every level prints count, total and the first rows, and its total is the cell above.
    """
    # Its help needs no engine.
    from openvbc.explain.line import explain_line  # noqa: PLC0415
    from openvbc.explain.person import explain_claim, explain_person  # noqa: PLC0415

    release = asked_release(purpose, recipient, with_sensitive=with_sensitive)
    space = Place.opened(workspace)
    space.check_use(release.purpose, recipient=recipient)
    if why_not:
        found = explain_claim(space, why_not, settlement, release)
    elif path:
        found = explain_line(space, path, at, settlement, person, rows, release)
    elif person:
        found = explain_person(space, person, settlement, rows, release)
    else:
        raise InputError(Problem("explain", "give a line's path, --person ID or --why-not CLAIM"))
    space.record("explain", release, found.counts, settlement=settlement)
    if as_json:
        print_json(found.to_json())
    else:
        out.print(found)
