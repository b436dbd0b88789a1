"""The commands `ledger` and `bridge`."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from openvbc.console import JsonOption, WorkspaceOption, out, print_json
from openvbc.ledger import ledger as books
from openvbc.workspace import Workspace

HERE: Final = Path()


def ledger(
    party: Annotated[
        str | None, typer.Option(help="One party's statement of account.", show_default="all")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As it stood on a day.", show_default="all"),
    ] = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One row for each posting.")] = False,
    as_beancount: Annotated[
        bool, typer.Option("--beancount", help="Text for a plain-text accounting system.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show what statements and events come to: status, accounts, what is due, in double entry."""
    space, day = Workspace.opened(workspace, "payment"), as_of.date() if as_of else None
    if as_json:
        print_json(books.ledger_json(space, party, day))
    elif as_csv:
        sys.stdout.write(books.ledger_csv(space, party, day))
    elif as_beancount:
        sys.stdout.write(books.ledger_beancount(space, party, day))
    else:
        out.print(books.ledger_text(space, party, day))


def bridge(
    settlement: Annotated[
        str | None, typer.Argument(help="The settlement (contract_period).", show_default="all")
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show how each statement came from the one before, cause by cause, to the cent."""
    space = Workspace.opened(workspace, "payment")
    if as_json:
        print_json(books.bridge_json(space, settlement))
    else:
        out.print(books.bridge_text(space, settlement))
