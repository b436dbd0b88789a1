"""The little Markdown that the reference pages are made of."""

from collections.abc import Iterable, Sequence
from typing import Final

NOTE: Final = (
    "_Written by `python tools/make_reference.py` from the program itself: "
    "change the program, not this page._"
)


def page(title: str, introduction: str, sections: Iterable[str]) -> str:
    """A whole page: its title, what it holds, and its sections."""
    return "\n\n".join([f"# {title}", NOTE, introduction, *sections]).rstrip() + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a line break in a cell stays one."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")


def code(text: str) -> str:
    """Words as they are typed."""
    return f"`{text}`"


def codes(names: Iterable[str]) -> str:
    """Several names, each as it is typed."""
    return ", ".join(code(name) for name in names)


def block(text: str, language: str = "") -> str:
    """Lines as they are typed."""
    return f"```{language}\n{text}\n```"


def paragraph(text: str) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join(text.strip().split("\n\n", maxsplit=1)[0].split())
