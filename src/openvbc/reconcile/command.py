"""The command `reconcile`."""

from pathlib import Path
from typing import Annotated

import typer

from openvbc.console import out
from openvbc.reconcile.show import reconcile_command


def reconcile(
    ours: Annotated[Path, typer.Argument(help="Our statement (JSON), or our pack (folder).")],
    theirs: Annotated[Path, typer.Argument(help="Theirs, of the same contract and period.")],
    json_out: Annotated[Path | None, typer.Option("--json", help="Write every cause here.")] = None,
) -> None:
    """Say why two statements of one contract and period differ, cause by cause, to the cent."""
    shown, code = reconcile_command(ours, theirs, json_out)
    out.print(shown)
    raise typer.Exit(code)
