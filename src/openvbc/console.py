"""What commands share: where they print, how they show progress, how they end."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from openvbc.engine.build import Progress as Report
from openvbc.errors import Problem

WIDE: Final = 160
"""Columns where nobody says how wide the page is: a file or a pipe."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False)


def print_problems(problems: Sequence[Problem]) -> None:
    """One line each, on standard error, never wrapped or coloured: they are for people and grep."""
    for problem in problems:
        sys.stderr.write(f"{problem}\n")


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A bar on standard error for as long as the work lasts; gone when it is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        task = bars.add_task(title, total=None)

        def report(label: str, done: int, total: int) -> None:
            bars.update(task, description=f"{title} {label}", completed=done, total=total)

        yield report
