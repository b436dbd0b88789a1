"""The pages of docs/reference, each written from what the program itself says."""

from collections.abc import Callable, Mapping
from typing import Final

from reference import commands, parameters, programs, rules, settings, tables

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "commands": commands.page,
    "parameters": parameters.page,
    "programs": programs.page,
    "rules": rules.page,
    "settings": settings.page,
    "tables": tables.page,
}
"""The name of a page of docs/reference → what writes its text."""
