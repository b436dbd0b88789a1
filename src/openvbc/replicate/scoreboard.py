"""Published results of any program: which file is of which, and one scoreboard over all."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Group as Together
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.errors import ExitCode, InputError, Problem
from openvbc.replicate import hrrp, reach
from openvbc.replicate.hvbp import program as hvbp
from openvbc.replicate.mssp import program as mssp
from openvbc.replicate.programs import Group, PublishedProgram
from openvbc.replicate.replication import FAILING, Replication

PROGRAMS: Final[Mapping[str, PublishedProgram]] = {
    it.profile.program: it for it in (mssp.PROGRAM, reach.PROGRAM, hvbp.PROGRAM, hrrp.PROGRAM)
}
"""The programs whose published results can be recomputed."""

SUFFIXES: Final = frozenset({".csv", ".xlsx"})
"""What is taken from a folder; a file that is named is always taken."""


Report = Callable[[str, int, int], None]
"""Told what is being recomputed, how many groups are done, and of how many."""


def _quiet(_label: str, _done: int, _total: int, /) -> None:
    """Where nobody watches."""


@dataclass(frozen=True)
class Scoreboard:
    """Every replication, and the files that could not be recomputed, with the reason."""

    replications: tuple[Replication, ...]
    refused: tuple[Problem, ...]

    @property
    def exit_code(self) -> ExitCode:
        """REFUSED where a file was refused, CHECK_FAILED where a difference is unexplained."""
        if self.refused:
            return ExitCode.REFUSED
        return max((it.exit_code for it in self.replications), default=ExitCode.DONE)

    def to_json(self) -> dict[str, Any]:
        """One file: its replication. Several: all of them, and the files refused."""
        if len(self.replications) == 1 and not self.refused:
            return self.replications[0].to_json()
        return {
            "replications": [it.to_json() for it in self.replications],
            "refused": [{"where": it.where, "what": it.what} for it in self.refused],
        }

    def render(self) -> RenderableType:
        """Each replication, then one line for each; a single one needs no board."""
        parts: list[RenderableType] = []
        for replication in self.replications:
            parts += [replication.render(), Text()]
        if len(self.replications) + len(self.refused) > 1:
            parts.append(self._board())
        return Together(*parts)

    def _board(self) -> Table:
        names = ("rows", "computed", "within\ntolerance", "decisions\nright", "all\nagree")
        table = Table(title="Scoreboard", title_justify="left", box=SIMPLE_HEAD, padding=0)
        table.add_column("program", min_width=13)
        for name in (*names, "explained", "unexplained"):
            table.add_column(name, justify="right", no_wrap=True)
        for it in self.replications:
            counts = (it.recomputed, it.within_tolerance, it.decision_right, it.matching)
            table.add_row(
                f"{it.profile.program.upper()} {it.period}",
                f"{len(it.results):,}",
                *(f"{count:,}" for count in (*counts, *_misses(it))),
            )
        return table


def _misses(replication: Replication) -> tuple[int, int]:
    """Rows in which something differs: those that a reason explains, and the others."""
    missed = [result for result in replication.results if not result.matches]
    unexplained = sum(bool(FAILING & set(result.reasons)) for result in missed)
    return len(missed) - unexplained, unexplained


def replicate(
    paths: Iterable[Path],
    program: str | None = None,
    year: int | None = None,
    report: Report = _quiet,
) -> Scoreboard:
    """Recompute files of published results; a folder stands for the files in it.

    program: the program that all files are of; recognised from each file otherwise. year: the
    performance or fiscal year where the files do not say it. A file that is refused does not hide
    the others. Raises InputError where there is no file at all.
    """
    refused: list[Problem] = []
    found: dict[str, list[Path]] = {}
    for path in _files(paths):
        try:
            found.setdefault(_program_of(path, program), []).append(path)
        except InputError as error:
            refused += error.problems
    groups = [
        (PROGRAMS[name], group)
        for name, own in found.items()
        for group in PROGRAMS[name].groups(own)
    ]
    done = []
    for place, (one, group) in enumerate(groups):
        report(_label(one, group), place, len(groups))
        try:
            done.append(one.replicate(group, year))
        except InputError as error:
            refused += error.problems
    return Scoreboard(tuple(done), tuple(refused))


def _label(program: PublishedProgram, group: Group) -> str:
    return f"{program.profile.program} {group[0].name}"


def _files(paths: Iterable[Path]) -> list[Path]:
    files = list(dict.fromkeys(file for path in paths for file in _below(path)))
    if not files:
        what = f"no file to recompute; expected published results, {' or '.join(sorted(SUFFIXES))}"
        raise InputError(Problem("replicate", what))
    return files


def _below(path: Path) -> Iterator[Path]:
    """The path itself, or what stands in the folder and in the folders below it."""
    if path.is_dir():
        inside = (it for it in sorted(path.rglob("[!.]*")) if it.suffix.lower() in SUFFIXES)
        yield from (it for it in inside if it.is_file())
    else:
        yield path


def _program_of(path: Path, program: str | None) -> str:
    """The program of a file; raises InputError where it is of another, or of none."""
    if not path.is_file():
        meant = get_close_matches(str(path), PROGRAMS, n=1)
        hint = f"; did you mean the program {meant[0]}?" if meant else ""
        raise InputError(Problem(str(path), f"there is no such file{hint}"))
    knowing = [name for name, it in PROGRAMS.items() if it.knows(path)]
    if program is None and len(knowing) == 1:
        return knowing[0]
    if program is None:
        fits = "may be of several programs" if knowing else "is of no program known"
        what = f"{fits}: {_listed(knowing or PROGRAMS)}; name one first to hear what it lacks"
        raise InputError(Problem(str(path), what))
    if knowing and program not in knowing:
        what = f"is a results file of {_listed(knowing)}, not of {program}"
        raise InputError(Problem(str(path), what))
    return program


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def programs_and_paths(words: Sequence[str]) -> tuple[str | None, list[Path]]:
    """A command line's words: a program's name, if it stands first, and the files.

    A file that is called as a program is still a file: write ./mssp. Raises InputError, saying so,
    where such a file is all that there is.
    """
    if len(words) == 1 and words[0] in PROGRAMS and Path(words[0]).exists():
        what = f"names the program; for the file or folder of that name write ./{words[0]}"
        raise InputError(Problem(words[0], what))
    if words and words[0] in PROGRAMS:
        return words[0], [Path(word) for word in words[1:]]
    return None, [Path(word) for word in words]
