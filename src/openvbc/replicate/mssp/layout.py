"""The layouts of the published files: which label means what, and which year a file is of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem
from openvbc.replicate.cells import bare
from openvbc.replicate.csvfile import CsvFile
from openvbc.yamlfile import plain, read_yaml

LAYOUT_FILE: Final = Path(__file__).parent / "layout.yaml"


@dataclass(frozen=True)
class Shift:
    """Values sit one column right of their labels, from a position (0-based) to a label."""

    first: int
    to: str


@dataclass(frozen=True)
class YearLayout:
    """What is particular to one performance year's file (see layout.yaml)."""

    year: int
    has: tuple[str, ...]
    has_any: tuple[str, ...]
    lacks: tuple[str, ...]
    quality_flag: str
    one_sided_losses: str
    disaster: str
    identities: bool
    shift: Shift | None
    default_track: str | None
    track_of_maximum_rate: Mapping[Decimal, str]

    def fits(self, labels: frozenset[str]) -> bool:
        """Whether a file with these labels can be of this year."""
        return (
            all(label in labels for label in self.has)
            and (not self.has_any or any(label in labels for label in self.has_any))
            and not any(label in labels for label in self.lacks)
        )


@dataclass(frozen=True)
class Layouts:
    """All years' layouts, and the labels and words that they share."""

    columns: Mapping[str, tuple[str, ...]]
    track_names: Mapping[str, str]
    pay_for_reporting: frozenset[str]
    years: Mapping[int, YearLayout]


def _labels(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(bare(name) for name in names)


def _year(year: int, it: Mapping[str, Any]) -> YearLayout:
    shift = it.get("shift")
    return YearLayout(
        year=year,
        has=_labels(it.get("has", ())),
        has_any=_labels(it.get("has_any", ())),
        lacks=_labels(it.get("lacks", ())),
        quality_flag=it["quality_flag"],
        one_sided_losses=it["one_sided_losses"],
        disaster=it["disaster"],
        identities=it["identities"],
        shift=Shift(shift["from"] - 1, shift["to"]) if shift else None,
        default_track=it.get("default_track"),
        track_of_maximum_rate={
            Decimal(rate): track for rate, track in it.get("track_of_maximum_rate", {}).items()
        },
    )


@cache
def layouts() -> Layouts:
    """The layouts as the package ships them."""
    content = plain(read_yaml(LAYOUT_FILE))
    return Layouts(
        columns={name: _labels(labels) for name, labels in content["columns"].items()},
        track_names={name.lower(): track for name, track in content["track_names"].items()},
        pay_for_reporting=frozenset(content["pay_for_reporting"]),
        years={int(year): _year(int(year), it) for year, it in content["years"].items()},
    )


def positions(file: CsvFile) -> dict[str, int]:
    """Where each known column stands, by its first label in the layout that the header has.

    Raises InputError where a label that means something stands twice.
    """
    found: dict[str, int] = {}
    problems: list[Problem] = []
    for name, labels in layouts().columns.items():
        try:
            place = file.place(labels)
        except InputError as error:
            problems += error.problems
            continue
        if place is not None:
            found[name] = place
    if problems:
        raise InputError(problems)
    return found


def recognise(labels: frozenset[str], latest_start: int | None, where: str) -> YearLayout:
    """The year that a header's bare labels fit, the earliest that no agreement starts after.

    Raises InputError naming the years that could fit where none or no single one does.
    """
    fitting = [it for it in layouts().years.values() if it.fits(labels)]
    if latest_start is not None and len(fitting) > 1:
        later = [it for it in fitting if it.year >= latest_start]
        fitting = later[:1] or fitting
    if len(fitting) == 1:
        return fitting[0]
    years = ", ".join(str(it.year) for it in fitting or layouts().years.values())
    found = "its columns fit several years" if fitting else "its columns fit no known year"
    raise InputError(Problem(where, f"{found} of {years}; say which with --year"))


def layout_of(year: int, where: str) -> YearLayout:
    """The layout of a year; raises InputError where the year is not known."""
    known = layouts().years
    if year not in known:
        what = f"no layout for performance year {year}; known: {min(known)} to {max(known)}"
        raise InputError(Problem(where, what))
    return known[year]
