"""A synthetic Medicare population: what it is made from and what is said about it.

Every number is an md5 of the seed and of what it describes, every chunk of people is made by one
thread and every file is sorted, so the same arguments give the same bytes. docs/generate.md says
what is modelled and what is not.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.generate.maker import Maker, Progress
from openvbc.period import calendar_year

FEWEST_MEMBERS: Final = 100
PEOPLE_PER_PRACTICE: Final = 400
FEWEST_PRACTICES: Final = 12
DIED_PER_YEAR: Final = Decimal("0.045")
LEFT_PER_YEAR: Final = Decimal("0.010")

REDUCTION: Final[Mapping[str, Decimal]] = MappingProxyType(
    {"A1001": Decimal("0.090"), "A1002": Decimal("0.080")}
)
"""Share of reducible services that the people of an ACO do without in the last year.

The two ACOs have 70 % of the people, so the nation's own cost falls too.
"""


@dataclass(frozen=True)
class Generated:
    """What was made.

    people: members and those who died or left before the last year. rows: rows per canonical
    table. top_five_percent_share: the share of the last year's Part A and B spending (final
    claims, without IME and DSH) that falls on its costliest 5 % of people. per_capita: the last
    year's national figure per enrolment type, dollars per person-year.
    """

    folder: Path
    people: int
    rows: Mapping[str, int]
    top_five_percent_share: Decimal
    per_capita: Mapping[str, Decimal]


def generate(
    folder: Path,
    *,
    members: int,
    seed: int = 1,
    first_year: int = 2022,
    years: int = 4,
    memory_limit: str = "2GB",
    threads: int = 2,
    reduction: Mapping[str, Decimal] = REDUCTION,
    realistic_feed: bool = False,
    progress: Progress | None = None,
) -> Generated:
    """Write a synthetic population in our own export shape into a new folder.

    members: people present in the last year; those who died or left before come on top. threads:
    chunks made at a time, each by one thread. reduction: per ACO, see REDUCTION; whole
    thousandths. realistic_feed: write also what files of many formats are rendered from (Medicare
    numbers, enrolment known late, crossover claims) and what they must come to (expected_dollars,
    expected_month); it changes no byte of the other files. progress: called with a label, the
    people done and all people.

    Raises InputError where the folder holds something or a number is out of range.
    """
    _refuse(folder, members=members, years=years, threads=threads)
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    variables = _variables(seed, members, first_year, years)
    try:
        maker = Maker(partial, variables, memory_limit, progress, realistic_feed=realistic_feed)
        rows = maker.make(threads, {aco: int(share * 1000) for aco, share in reduction.items()})
        made = Generated(
            folder, maker.people, rows, maker.top_five_percent_share(), maker.per_capita()
        )
        maker.close()
        _publish(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return made


def _refuse(folder: Path, *, members: int, years: int, threads: int) -> None:
    least = {"members": (members, FEWEST_MEMBERS), "years": (years, 1), "threads": (threads, 1)}
    problems = [
        Problem(name, f"found {found}, expected {low} or more")
        for name, (found, low) in least.items()
        if found < low
    ]
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        problems.append(Problem(str(folder), "is not an empty folder; name a new one"))
    if problems:
        raise InputError(problems)


def _publish(partial: Path, folder: Path) -> None:
    """Give the finished folder its name; an empty folder of that name makes way."""
    if folder.exists():
        folder.rmdir()
    partial.rename(folder)


def _variables(seed: int, members: int, first_year: int, years: int) -> dict[str, int | date]:
    """The numbers that the SQL reads, by name."""
    died = max(1, int(members * DIED_PER_YEAR))
    left = max(1, int(members * LEFT_PER_YEAR))
    return {
        "seed": seed,
        "members": members,
        "people": members + (years - 1) * (died + left),
        "died_each_year": died,
        "left_each_year": left,
        "home_count": max(FEWEST_PRACTICES, members // PEOPLE_PER_PRACTICE),
        "first_year": first_year,
        "years": years,
        "last_day": calendar_year(first_year + years - 1)[1],
        "data_through": date(first_year + years, 7, 31),
    }
