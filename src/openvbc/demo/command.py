"""The command `demo`."""

from pathlib import Path
from typing import Annotated

import typer

from openvbc.console import SeedOption
from openvbc.demo import run_demo


def demo(
    folder: Annotated[Path, typer.Argument(help="A new folder for the workspace.")] = Path("demo"),
    members: Annotated[int, typer.Option(min=2000, help="People in the population.")] = 20_000,
    seed: SeedOption = 1,
) -> None:
    """Make a synthetic population, build every table, settle ten contracts, and show them."""
    run_demo(folder, members, seed)
