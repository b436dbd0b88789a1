"""`vbc worker`: several processes build one workspace together, each its buckets of people."""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from openvbc import console
from openvbc.console import WorkspaceOption, out
from openvbc.engine.build import Built
from openvbc.engine.share import Share
from openvbc.errors import InputError, Problem
from openvbc.workspace import Workspace

_RANGE: Final = re.compile(r"(\d+)(?:-(\d+))?(?:/(\d+))?")


def read_buckets(text: str, buckets: int) -> frozenset[int]:
    """The buckets that "3", "0-3" or "0-3/16" names, of so many that the workspace has.

    Raises InputError for another text, and for buckets that are not there.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise InputError(Problem("--buckets", f"found {text}, expected such as 3, 0-3 or 0-3/16"))
    first, last = int(match[1]), int(match[2] or match[1])
    if match[3] and int(match[3]) != buckets:
        what = f"of {match[3]} buckets; vbc.toml cuts people into {buckets}"
        raise InputError(Problem("--buckets", what))
    if not first <= last < buckets:
        what = f"found {text}, expected buckets from 0 to {buckets - 1}, the lower first"
        raise InputError(Problem("--buckets", what))
    return frozenset(range(first, last + 1))


def worker(
    buckets: Annotated[
        str, typer.Option(help="The buckets of people to build, such as 0-3.", show_default="none")
    ] = "",
    reduce: Annotated[
        bool, typer.Option("--reduce", help="Build the tables over everybody; publish the run.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Minutes to wait for each table that others make.")
    ] = 60,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Build a part of the workspace beside other processes, on a folder that all of them see.

    Every bucket needs one worker, and one of all the processes must reduce. The run is the same as
    `vbc build` makes; a worker that was stopped is started again.
    """
    space = Workspace(workspace)
    if not buckets and not reduce:
        raise InputError(Problem("worker", "give --buckets FIRST-LAST, --reduce, or both"))
    own = read_buckets(buckets, space.settings.buckets) if buckets else frozenset[int]()
    space.check_use("payment", "operations")
    with console.progress("build") as report:
        made = space.build_share(Share(own, reduces=reduce, patience_s=wait * 60), report)
    tally = made.tally if isinstance(made, Built) else made
    counts = f"{sum(tally.built.values())} partitions built, {sum(tally.reused.values())} reused"
    run = f"run {made.run_id}: " if isinstance(made, Built) else ""
    out.print(f"{run}{counts}")
