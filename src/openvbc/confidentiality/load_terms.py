"""The terms under which a load comes: whose data, by which agreement, for what."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openvbc.confidentiality.agreement import agreement_for_load
from openvbc.confidentiality.release import PURPOSES, today
from openvbc.errors import InputError, Problem, near

USUAL: Final = ("payment", "operations")
"""What data without an agreement may be used for."""


@dataclass(frozen=True)
class LoadTerms:
    """What a load is told of its owner, agreement and purposes (separated by semicolons)."""

    owner: str | None
    agreement: str | None
    permitted_purpose: str


def load_terms(
    root: Path,
    source: str,
    owner: str | None,
    agreement: str | None,
    purposes: Sequence[str] | None,
) -> LoadTerms:
    """The terms of a load as its options give them, filled from the agreement they name.

    Raises InputError for a purpose that is none, an agreement that is unknown, not in force, of
    another source or owner, or that does not permit a purpose.
    """
    stated = tuple(purposes or ())
    problems = [
        Problem("--purpose", f"unknown purpose{near(it, PURPOSES)}")
        for it in stated
        if it not in PURPOSES
    ]
    if problems:
        raise InputError(problems)
    found = agreement_for_load(root, source, agreement, stated, today())
    if found is None:
        return LoadTerms(owner, None, "; ".join(stated or USUAL))
    if owner is not None and owner != found.owner:
        what = f"agreement {found.id} is with {found.owner}; found {owner}"
        raise InputError(Problem("--owner", what))
    return LoadTerms(found.owner, found.id, "; ".join(stated or found.purposes))
