"""The commands of public programs: `replicate` and `programs`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from openvbc import console
from openvbc.console import JsonOption, out, print_json, print_problems
from openvbc.errors import InputError, Problem
from openvbc.programs import find_program, registry
from openvbc.replicate.scoreboard import PROGRAMS, programs_and_paths
from openvbc.replicate.scoreboard import replicate as recompute
from openvbc.report import program_page, programs_table


def replicate(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="[PROGRAM] FILE...",
            help=f"Published results, or folders of them; {', '.join(PROGRAMS)} are known.",
        ),
    ],
    json_out: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write every row here.")
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(
            help="The performance or fiscal year.", show_default="recognised from the file"
        ),
    ] = None,
) -> None:
    """Recompute a program's published results, row by row, and say what agrees.

    The program of each file is recognised from the file unless it is named first.
    """
    program, paths = programs_and_paths(files)
    if json_out and not json_out.parent.is_dir():
        raise InputError(Problem(str(json_out), f"there is no folder {json_out.parent}; make it"))
    with console.progress("replicate") as report:
        board = recompute(paths, program, year, report)
    if json_out:
        json_out.write_text(json.dumps(board.to_json(), indent=1) + "\n", encoding="utf-8")
    out.print(board.render())
    print_problems(board.refused)
    raise typer.Exit(board.exit_code)


def programs(
    program: Annotated[
        str | None, typer.Argument(help="One program, in full.", show_default="all")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List every program: years, status, what it is verified against, what is not modelled."""
    found = [find_program(program)] if program else list(registry().values())
    if as_json:
        print_json([it.to_json() for it in found])
    else:
        out.print(program_page(found[0]) if program else programs_table(found))
