"""A release: for which purpose rows are shown, to whom, and whether sensitive ones may be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from openvbc.errors import InputError, Problem, near

PURPOSES: Final = (
    "operations",
    "oversight",
    "payment",
    "public_health",
    "research",
    "treatment",
)
"""What data may be used for (45 CFR 164.501, 164.506, 164.512)."""


def today() -> date:
    """The day on which something is shown."""
    return datetime.now().astimezone().date()


@dataclass(frozen=True)
class Release:
    """Why rows are shown, and to whom.

    with_sensitive: rows that are sensitive too, as far as the person agreed that this recipient
    has them. day: the day on which consent must be in force.
    """

    purpose: str = "operations"
    recipient: str | None = None
    with_sensitive: bool = False
    day: date = field(default_factory=today)


def asked_release(
    purpose: str | None, recipient: str | None, *, with_sensitive: bool, usual: str = "operations"
) -> Release:
    """What a command's options ask for; without a purpose it is the usual one.

    Raises InputError for an unknown purpose, and for sensitive rows without purpose or recipient.
    """
    problems = []
    if purpose is not None and purpose not in PURPOSES:
        problems.append(Problem("--purpose", f"unknown purpose{near(purpose, PURPOSES)}"))
    if with_sensitive and purpose is None:
        problems.append(Problem("--with-sensitive", f"say why: --purpose {_one_of(PURPOSES)}"))
    if with_sensitive and recipient is None:
        problems.append(Problem("--with-sensitive", "say who gets them: --recipient NAME"))
    if problems:
        raise InputError(problems)
    return Release(purpose or usual, recipient, with_sensitive)


def _one_of(words: Sequence[str]) -> str:
    return " | ".join(words)
