"""The command `glide`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from openvbc.console import JsonOption, WorkspaceOption, out, print_json
from openvbc.glide.run import glide as glide_path
from openvbc.glide.show import glide_text
from openvbc.workspace import Workspace

HERE: Final = Path()


def glide(
    plan: Annotated[
        str | None, typer.Argument(help="The plan, a file in plans/.", show_default="the only one")
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Say which step of a multi-year plan is in force in each year, and what each may cost."""
    found = glide_path(Workspace.opened(workspace, "payment"), plan)
    if as_json:
        print_json(found.to_json())
    else:
        out.print(glide_text(found))
