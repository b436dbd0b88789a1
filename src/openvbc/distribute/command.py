"""The command `distribute`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from openvbc.console import JsonOption, WorkspaceOption, out, print_json, print_problems
from openvbc.distribute.run import distribute as share_out
from openvbc.distribute.show import distributed_json, distributed_table
from openvbc.errors import ExitCode
from openvbc.workspace import Workspace

HERE: Final = Path()


def distribute(
    settlement: Annotated[
        str | None,
        typer.Argument(help="The settlement (contract_period).", show_default="the only one"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show amounts and what is missing; write nothing.")
    ] = False,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of posting.", show_default="today"),
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Share a settled statement among its participants, and post it where governance allows.

    A dry run shows the amounts and what is missing, and writes nothing.
    """
    day = on.date() if on else datetime.now().astimezone().date()
    found = share_out(Workspace.opened(workspace, "payment"), settlement, day=day, dry_run=dry_run)
    if as_json:
        print_json(distributed_json(found))
    else:
        out.print(distributed_table(found))
    print_problems(found.against)
    blocked = found.against and not dry_run
    raise typer.Exit(ExitCode.CHECK_FAILED if blocked else ExitCode.DONE)
