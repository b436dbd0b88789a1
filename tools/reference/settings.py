"""docs/reference/settings.md, from `openvbc.settings.Settings`."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from openvbc.settings import SETTINGS_FILE, TEXTS, Settings
from reference import markdown

INTRODUCTION: Final = (
    f"`{SETTINGS_FILE}` makes a folder a [workspace](../workspace.md). It holds these settings; "
    "one that is left out has its default, and an unknown one is refused by name."
)
_MEANING: Final = re.compile(r"(?P<names>\w+(?: and \w+)*): (?P<says>[^.]+)\.")


def meanings() -> Mapping[str, str]:
    """Setting → its meaning: the docstring says `name: meaning.` or `one and other: meaning.`."""
    text = " ".join((inspect.getdoc(Settings) or "").split())
    return {
        name: match["says"]
        for match in _MEANING.finditer(text)
        for name in match["names"].split(" and ")
    }


def page() -> str:
    """The whole page; raises KeyError for a setting that the docstring does not explain."""
    says = meanings()
    rows = [(markdown.code(it.name), f"{it.default}", says[it.name]) for it in fields(Settings)]
    lines = "\n".join(
        f"{it.name} = {it.default}" for it in fields(Settings) if it.name not in TEXTS
    )
    sections = [
        markdown.table(("setting", "default", "meaning"), rows),
        "The file as `vbc init` writes it, comments left out:",
        markdown.block(lines, "toml"),
    ]
    return markdown.page("Settings", INTRODUCTION, sections)
