"""docs/reference/programs.md and the README's coverage table, from the registry."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from openvbc.programs import Program, registry
from reference import markdown

INTRODUCTION: Final = (
    "Every public value-based program that we know of. _Years_ are performance years (PY), fiscal "
    "years of payment (FY) or calendar years (CY) for which the rules and parameters answer; any "
    "other year is refused. `vbc programs` prints the same."
)

FOLDER: Final = Path(__file__).parents[2] / "docs" / "programs"

MARKED: Final = re.compile(r"(<!-- programs -->\n).*?(<!-- /programs -->)", re.DOTALL)
"""The part of the README that is written from the registry."""


def page() -> str:
    """The whole page."""
    every = registry().values()
    modelled = [it for it in every if it.modelled]
    others = [it for it in every if not it.modelled]
    return markdown.page("Programs", INTRODUCTION, [*map(_modelled, modelled), *_others(others)])


def _modelled(it: Program) -> str:
    rows = [
        ("agency", it.agency),
        ("authority", it.authority),
        ("status", it.status),
        ("years", str(it.years)),
        ("components", markdown.codes(it.components)),
        *_other_agreements(it),
        ("verified against", it.verified),
        ("not modelled", it.missing or "nothing known"),
        ("last checked", str(it.checked)),
    ]
    page = f"../programs/{it.id}.md"
    more = f" [How it is settled]({page})." if (FOLDER / f"{it.id}.md").is_file() else ""
    return f"## {it.id}\n\n{it.title}.{more}\n\n{markdown.table(('', ''), rows)}"


def _other_agreements(it: Program) -> Iterator[tuple[str, str]]:
    """The components that stand in place of others in contracts of other agreements."""
    for name, other in it.instead.items():
        yield "other agreements", f"{markdown.code(name)} in place of {markdown.code(other)}"


def _others(others: list[Program]) -> Iterator[str]:
    if others:
        rows = [
            (it.id, it.title, it.agency, it.status, it.reason, str(it.checked)) for it in others
        ]
        head = ("program", "title", "agency", "status", "why not", "last checked")
        yield f"## Not modelled\n\n{markdown.table(head, rows)}"


def coverage() -> str:
    """The README's table: the modelled programs, and the names of the others."""
    every = registry().values()
    rows = [
        (markdown.code(it.id), it.title, str(it.years), it.status, it.verified)
        for it in every
        if it.modelled
    ]
    others = markdown.codes(it.id for it in every if not it.modelled)
    table = markdown.table(("program", "title", "years", "status", "verified against"), rows)
    rest = f"\n\nNot modelled, with the reason in `vbc programs`: {others}." if others else ""
    return f"{table}{rest}\n"


def with_coverage(readme: str) -> str:
    """The README's text with its table as the registry has it now."""
    if not MARKED.search(readme):
        raise ValueError("README.md lacks <!-- programs --> … <!-- /programs -->")
    return MARKED.sub(lambda found: f"{found[1]}{coverage()}{found[2]}", readme)
