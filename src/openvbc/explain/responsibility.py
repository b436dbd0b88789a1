"""The command that divides claims among the pools that bear them: a summary's, or a workspace's."""

from pathlib import Path
from typing import Annotated, Final

import typer

from openvbc.console import JsonOption, WorkspaceOption, out, print_json
from openvbc.contract.settlement import Settlement
from openvbc.errors import ExitCode, InputError, Problem
from openvbc.members.services import divide_claims
from openvbc.publish import find_settlement
from openvbc.responsibility.divide import Division, divide
from openvbc.responsibility.matrix import read_matrix
from openvbc.responsibility.show import division_text
from openvbc.workspace import Workspace

HERE: Final = Path()


def responsibility(
    matrix: Annotated[Path, typer.Argument(help="Service, place and network, each with its pool.")],
    summary: Annotated[
        Path | None,
        typer.Argument(
            help="Claims by service, place, network and month.", show_default="the workspace's"
        ),
    ] = None,
    services: Annotated[
        Path | None,
        typer.Option(help="Which service a claim line of the workspace is (CSV).", show_default=""),
    ] = None,
    settlement: Annotated[
        str | None,
        typer.Option(help="Whose members' claims (contract_period).", show_default="the only one"),
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Divide claims among the pools that bear them; unmapped lines are listed.

    From a summary, or with --services from the workspace's claim lines of a contract's members.
    """
    if (summary is None) == (services is None):
        what = "give a summary of claims, or --services with a workspace's claims; one of both"
        raise InputError(Problem("responsibility", what))
    if summary is not None:
        found = divide(read_matrix(matrix), summary)
    else:
        found = _of_workspace(matrix, services or HERE, settlement, workspace)
    if as_json:
        print_json(found.to_json())
    else:
        out.print(division_text(found))
    raise typer.Exit(ExitCode.CHECK_FAILED if found.unmapped else ExitCode.DONE)


def _of_workspace(matrix: Path, services: Path, name: str | None, workspace: Path) -> Division:
    space = Workspace(workspace)
    _ = space.settings
    space.check_use("payment")
    chosen: Settlement = find_settlement(space, name)
    return divide_claims(read_matrix(matrix), services, chosen, space.fresh_run())
