"""What the counties of an ACO's region spend, from CMS's county files.

42 CFR 425.654(a): expenditure of a county's assignable beneficiaries by enrolment type, adjusted
by their risk score. (b): counties are weighted by where the ACO's own beneficiaries of the type
live. The region is every county where one of them lives (425.20). The county files name counties
by SSA code, people by FIPS code; the crosswalk is the user's file.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from openvbc.benchmark.crosswalk import UNKNOWN, Crosswalk
from openvbc.benchmark.region import Cell, CountyFigure, Figures, Origin
from openvbc.errors import InputError, Problem
from openvbc.sources.reference.county_file import (
    COUNTY_FFS,
    LEFT_OUT,
    TYPES,
    CountyRow,
    number,
    read_counties,
)
from openvbc.sources.reference.store import ReferenceSet


@dataclass
class CountyYear:
    """One year of a county file. gaps: what CMS left out of a cell; rows: of counties by SSA."""

    kept: ReferenceSet
    year: int
    crosswalk: Crosswalk
    figures: dict[Cell, CountyFigure] = field(default_factory=dict)
    places: dict[Cell, str] = field(default_factory=dict)
    gaps: dict[Cell, str] = field(default_factory=dict)

    def add(self, row: CountyRow) -> list[Problem]:
        """Take a county in; says where its figures are those of a county that has some."""
        fips = self.crosswalk.fips.get(row.ssa)
        return [it for kind in TYPES if fips for it in self._add((fips, kind), row)]

    def _add(self, cell: Cell, row: CountyRow) -> list[Problem]:
        found = figure_of(row, cell[1])
        if isinstance(found, str):
            self.gaps[cell] = found
            return []
        first = self.places.setdefault(cell, row.place)
        if first != row.place:
            what = f"county {cell[0]} has a figure for {cell[1]} on {first} too; mend the crosswalk"
            return [Problem(row.place, what)]
        self.figures[cell] = found
        return []

    def why(self, county: str, kind: str) -> str:
        """What is missing where a county has no figure."""
        codes = self.crosswalk.ssa(county)
        if not county:
            return UNKNOWN
        if not codes:
            return f"{self.crosswalk.path} has no row of it; add it, or mend their county_fips"
        if (county, kind) in self.gaps:
            return self.gaps[county, kind]
        file = self.kept.file_name
        return f"{file} has no row of {' or '.join(codes)} in {self.year}; mend the crosswalk"

    def as_figures(self) -> Figures:
        """The figures, with the file they come from."""
        title = f"{self.kept.version} {self.kept.sha256[:12]}"
        return Figures(Origin(title, self.kept.received), self.figures, self.why)


def figure_of(row: CountyRow, kind: str) -> CountyFigure | str:
    """A county's figure of a type; in words, what of it CMS left out."""
    found: list[Fraction] = []
    for name in (f"per_capita_{kind}", f"risk_{kind}"):
        text = row.cells.get(name, "")
        value = None if text in LEFT_OUT else number(text)
        if not value:
            return f"{row.place}: {name} is {text or 'empty'}, there is no figure"
        found.append(value)
    return CountyFigure(row.name, *found)


def county_figures(
    kept: ReferenceSet, crosswalk: Crosswalk, years: Collection[int]
) -> dict[int, CountyYear]:
    """The asked years of one county file.

    A county that the crosswalk does not have, and a figure that CMS left out, are absent. Raises
    InputError with every line that is wrong, and where two counties of a year are one.
    """
    found: dict[int, CountyYear] = {}
    problems: list[Problem] = []
    for row in read_counties(kept.parquet, kept.file_name, years):
        year = found.setdefault(row.year, CountyYear(kept, row.year, crosswalk))
        problems += year.add(row)
    if problems:
        raise InputError(problems)
    return found


def year_figures(
    sets: Iterable[ReferenceSet], crosswalk: Crosswalk, years: Sequence[int]
) -> dict[int, Figures]:
    """The figures of each year that is asked for.

    Raises InputError with every year that no county file has, and with each that two have.
    """
    found: dict[int, CountyYear] = {}
    problems: list[Problem] = []
    for kept in (it for it in sets if it.name == COUNTY_FFS):
        for year, one in county_figures(kept, crosswalk, years).items():
            first = found.setdefault(year, one).kept.version
            if first != kept.version:
                what = f"{year} stands in {first} too; remove one of the two: `vbc reference"
                remove = f"{what} {COUNTY_FFS} --version {kept.version} --remove`"
                problems.append(Problem(f"{COUNTY_FFS} {kept.version}", remove))
    problems += [
        Problem(COUNTY_FFS, f"no county file of {it}; `vbc reference {COUNTY_FFS} FILE` keeps it")
        for it in sorted({*years} - {*found})
    ]
    if problems:
        raise InputError(problems)
    return {year: one.as_figures() for year, one in found.items()}
