"""What commands share: where they print, how they show progress, how they end."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from openvbc.engine.build import Progress as Report
from openvbc.engine.build import engine_trouble
from openvbc.engine.duckdb import INTERRUPTED, QueryError
from openvbc.errors import ExitCode, InputError, OpenVBCError, Problem

WIDE: Final = 160
"""Columns where nobody says how wide the page is: a file or a pipe."""


def _console(*, stderr: bool, width: int | None) -> Console:
    """A console that prints words as they are: [brackets] and :colons: of data are no markup."""
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


out = _console(stderr=False, width=None if sys.stdout.isatty() else WIDE)
err = _console(stderr=True, width=None)


WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", "-w", help="The workspace folder.", show_default="here")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for other programs.")]
PurposeOption = Annotated[
    str | None,
    typer.Option(help="What it is for: payment, operations, treatment, research, …"),
]
RecipientOption = Annotated[
    str | None, typer.Option(help="Who gets it; consent and agreements name recipients.")
]
SensitiveOption = Annotated[
    bool,
    typer.Option(
        "--with-sensitive",
        help="Sensitive rows too, where the person agreed; with --purpose and --recipient.",
    ),
]
SeedOption = Annotated[int, typer.Option(help="Another seed makes other people.")]


def say_version(asked: bool) -> None:
    """Answer --version."""
    if asked:
        out.print(f"openvbc {version('openvbc')}")
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", callback=say_version, is_eager=True, help="Say the version.")
]


class Commands(TyperGroup):
    """The commands; an interrupt ends them as any other refusal does."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        stopped = InputError(Problem("vbc", "stopped; nothing half-written was published"))
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise stopped from None
        except RuntimeError as error:
            if str(error) != INTERRUPTED:
                raise
            raise stopped from None


def run(app: typer.Typer) -> None:
    """Run a command line and end with its exit code; problems are printed one line each."""
    try:
        app()
    except OpenVBCError as error:
        print_problems(error.problems)
        sys.exit(error.exit_code)
    except QueryError as error:
        print_problems([Problem("engine", engine_trouble(error))])
        sys.exit(ExitCode.REFUSED)
    except OSError as error:
        print_problems([Problem(str(error.filename or "system"), error.strerror or str(error))])
        sys.exit(ExitCode.REFUSED)


def print_problems(problems: Sequence[Problem]) -> None:
    """One line each, on standard error, never wrapped or coloured: they are for people and grep."""
    for problem in problems:
        sys.stderr.write(" ".join(f"{problem}".splitlines()) + "\n")


def print_json(content: Any) -> None:
    """JSON on standard output, for other programs."""
    sys.stdout.write(json.dumps(content, indent=1, default=str, ensure_ascii=False) + "\n")


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
