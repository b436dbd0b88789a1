"""docs/reference/commands.md, from the running command line."""

import inspect
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from typer.main import get_command

from openvbc.cli import app
from openvbc.errors import ExitCode
from reference import markdown

KINDS: Final = {
    str: "text",
    int: "number",
    float: "number",
    bool: "flag",
    Path: "path",
    datetime: "day (2026-04-02)",
}
ENDINGS: Final = {
    ExitCode.DONE: "done; rows may have been quarantined, and are counted",
    ExitCode.CHECK_FAILED: "a check failed: an assertion, an unexplained miss",
    ExitCode.REFUSED: "input or usage is refused; nothing half-written is left",
}
INTRODUCTION: Final = (
    "`vbc COMMAND --help` says the same. Commands that need a workspace take the current folder, "
    "or `--workspace DIR`. Problems are printed one a line on standard error, as "
    "`file:line: found, expected, what to do`."
)


def examples() -> Mapping[str, str]:
    """Command → one example of its use, as the end of its own help shows it."""
    return {name: re.findall("`(.*)`", command.epilog or "")[0] for name, command in commands()}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its name as typed, groups walked through."""
    yield from _commands(get_command(app), "")


def _commands(group: Any, before: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def page() -> str:
    """The whole page."""
    endings = markdown.table(
        ("exit code", "meaning"), ((str(int(code)), says) for code, says in ENDINGS.items())
    )
    known = examples()
    sections = [_section(name, command, known[name]) for name, command in commands()]
    return markdown.page("Commands", INTRODUCTION, [endings, *sections])


def _section(name: str, command: Any, example: str) -> str:
    parts = [f"## vbc {name}", inspect.cleandoc(command.help), markdown.block(example)]
    hints = get_type_hints(inspect.unwrap(command.callback), include_extras=True)
    rows = [_row(it, hints[it.name]) for it in command.params if it.name in hints]
    if rows:
        parts.append(markdown.table(("argument or option", "takes", "default", "meaning"), rows))
    return "\n\n".join(parts)


def _row(parameter: Any, hint: Any) -> tuple[str, str, str, str]:
    kind = _kind(hint)
    named = parameter.name.upper() if parameter.param_type_name == "argument" else None
    typed = markdown.code(named) if named else markdown.codes(parameter.opts)
    return typed, kind, _default(parameter), parameter.help or ""


def _kind(hint: Any) -> str:
    """What a parameter takes, in words."""
    least = None
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        least = next((note.min for note in notes if getattr(note, "min", None) is not None), None)
    several = list in {get_origin(it) for it in (hint, *get_args(hint))}
    words = _taken(_plain(hint)) + (f" from {least}" if least is not None else "")
    return f"{words}, any number of them" if several else words


def _taken(plain: Any) -> str:
    """What an option takes, in words; of a choice, what there is to choose."""
    if isinstance(plain, type) and issubclass(plain, Enum):
        return " · ".join(str(it.value) for it in plain)
    return KINDS[plain]


def _plain(hint: Any) -> type:
    """The type inside `X | None` and `list[X]`."""
    while inner := [it for it in get_args(hint) if it is not NoneType]:
        hint = inner[0]
    return hint  # type: ignore[no-any-return]


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    value = parameter.default
    return "" if value is None or value is False else markdown.code(str(value))
