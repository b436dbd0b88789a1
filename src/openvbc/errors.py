"""Errors that say where, what was found, what was expected, and what to do.

A command collects every problem it can find and reports them together, one line each.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Process exit codes (architecture, decision 15)."""

    DONE = 0
    CHECK_FAILED = 1
    REFUSED = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, and where.

    where is a file with its line ("contracts/x.yaml:14"), a table, or a path on the command
    line; never a value that could identify a patient.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def near(name: str, known: Iterable[str]) -> str:
    """What may have been meant: "; did you mean …?", or all that is known."""
    names = sorted(known)
    found = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {found[0]}?" if found else f"; known: {', '.join(names) or 'none'}"


def meant(name: str, known: Iterable[str]) -> str:
    """What may have been meant, where all that is known is too much to list; else nothing."""
    found = near(name, known)
    return found if found.startswith("; did") else ""


class OpenVBCError(Exception):
    """The base of all errors that a user is meant to read; holds one or more problems."""

    exit_code = ExitCode.REFUSED

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(problems)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(OpenVBCError):
    """Input or usage is refused: exit code 2."""


class CheckFailedError(OpenVBCError):
    """A check ran and failed (an assertion, an audit, an unexplained miss): exit code 1."""

    exit_code = ExitCode.CHECK_FAILED
