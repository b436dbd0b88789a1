"""What commands share: where they print, how they show progress, how they end."""

import ast
import json
import sys
from collections import UserDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from openvbc.engine.disk import disk_trouble
from openvbc.errors import ExitCode, InputError, OpenVBCError, Problem

Report = Callable[[str, int, int], None]
"""Called with a label, the work done and the work in all."""

INTERRUPTED: Final = "Query interrupted"
"""What the engine says, as a plain RuntimeError, where a query is stopped from the keyboard."""

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

    is_listing = False

    def list_commands(self, _ctx: Any) -> list[str]:
        """Their names, in the order of the table."""
        return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One of them; where they are listed, what it says in one line."""
        commands = self.commands
        if self.is_listing and isinstance(commands, LateCommands) and cmd_name in commands:
            return commands.listed(cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help with a list of all commands, of which none is imported."""
        self.is_listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self.is_listing = False

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


@dataclass(frozen=True)
class Late:
    """A command that is imported when it is called or its help is asked.

    place: module:name of the function, or of a Typer app that is a group of commands; example: one
    command line that shows its use, for the end of its help.
    """

    place: str
    example: str = ""

    def command(self, name: str) -> Any:
        """The command under its name, as Typer makes it."""
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(module), attribute)
        app = typer.Typer(rich_markup_mode="markdown")
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name, epilog=f"Example: `{self.example}`")(found)
        return get_group(app).commands[name]

    def says(self) -> str:
        """What it says of itself, read from its source and not imported."""
        module, _, attribute = self.place.partition(":")
        path = Path(__file__).parent.joinpath(*module.split(".")[1:]).with_suffix(".py")
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name == attribute:
                return ast.get_docstring(node) or ""
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == attribute:
                given = node.value.keywords if isinstance(node.value, ast.Call) else []
                return next((ast.literal_eval(it.value) for it in given if it.arg == "help"), "")
        return ""


class LateCommands(UserDict[str, Any]):
    """Commands by name; each is imported when it is first looked at."""

    def __getitem__(self, name: str) -> Any:
        found = super().__getitem__(name)
        if isinstance(found, Late):
            found = self.data[name] = found.command(name)
        return found

    def listed(self, name: str) -> Any:
        """The command as a list of commands shows it."""
        found = self.data[name]
        return TyperCommand(name, help=found.says()) if isinstance(found, Late) else found


def run(app: typer.Typer) -> None:
    """Run a command line and end with its exit code; problems are printed one line each."""
    try:
        app()
    except OpenVBCError as error:
        print_problems(error.problems)
        sys.exit(error.exit_code)
    except OSError as error:
        said = disk_trouble(error) or error.strerror or str(error)
        print_problems([Problem(str(error.filename or "system"), said)])
        sys.exit(ExitCode.REFUSED)
    except Exception as error:
        if not _is_engines(error):
            raise
        said = import_module("openvbc.engine.build").engine_trouble(error)
        print_problems([Problem("engine", said)])
        sys.exit(ExitCode.REFUSED)


def _is_engines(error: Exception) -> bool:
    """Whether the engine raised an error; one that was never imported raised none."""
    engine = sys.modules.get("openvbc.engine.duckdb")
    return engine is not None and isinstance(error, engine.QueryError)


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
