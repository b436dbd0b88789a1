"""What the counties of an ACO's region spend, from CMS's county files.

42 CFR 425.654(a): expenditure of a county's assignable beneficiaries by enrolment type, adjusted
by their risk score. (b): counties are weighted by where the ACO's own beneficiaries of the type
live. The region is every county where one of them lives (425.20). The county files name counties
by SSA code, people by FIPS code; the crosswalk is the user's file.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import duckdb

from openvbc.errors import InputError, Problem
from openvbc.sources.reference.store import ReferenceSet

COUNTY_FFS: Final = "county_ffs"
CODE: Final = 5
"""Digits of an SSA or FIPS county code."""
TYPES: Final = ("esrd", "disabled", "aged_dual", "aged_nondual")


@dataclass(frozen=True)
class CountyFigure:
    """One county's assignable beneficiaries of one type in one year.

    per_capita: dollars for each person-year; risk: mean renormalised HCC score.
    """

    name: str
    per_capita: Fraction
    risk: Fraction

    @property
    def risk_adjusted(self) -> Fraction:
        """Dollars for each person-year at a risk score of 1."""
        return self.per_capita / self.risk


@dataclass(frozen=True)
class CountyPart:
    """One county's part of a region: the ACO's months there, its weight, its figure."""

    county: str
    months: int
    weight: Fraction
    figure: CountyFigure

    @property
    def expenditure(self) -> Fraction:
        """Weight × risk-adjusted expenditure: what the county adds to the region's."""
        return self.weight * self.figure.risk_adjusted

    @property
    def score(self) -> Fraction:
        """Weight × risk score."""
        return self.weight * self.figure.risk


@dataclass(frozen=True)
class Region:
    """A region in one period and enrolment type: its counties, and their sums.

    left_out: county (empty: none is known) → the ACO's months there that no figure covers.
    """

    period: str
    enrolment_type: str
    counties: tuple[CountyPart, ...]
    left_out: Mapping[str, int]

    @property
    def expenditure(self) -> Fraction:
        """Risk-adjusted expenditure for each person-year: the rule `regional_expenditure`."""
        return sum((it.expenditure for it in self.counties), Fraction(0))

    @property
    def score(self) -> Fraction:
        """Mean risk score: the fact `regional_hcc_score`, where the nation's is 1."""
        return sum((it.score for it in self.counties), Fraction(0))

    @property
    def per_capita(self) -> Fraction:
        """The fact `regional_per_capita`: divided by the score, it is the expenditure."""
        return self.expenditure * self.score


def region(
    period: str,
    enrolment_type: str,
    months: Mapping[str, int],
    figures: Mapping[tuple[str, str], CountyFigure],
) -> Region:
    """Weigh counties by the ACO's months of the type there.

    months: county → months; figures: (county, enrolment type) → figure. Months of a county
    without a figure have no weight and are said.
    """
    known = {it: figures[it, enrolment_type] for it in months if (it, enrolment_type) in figures}
    whole = sum(months[it] for it in known)
    parts = (
        CountyPart(it, months[it], Fraction(months[it], whole), figure)
        for it, figure in sorted(known.items())
    )
    left_out = {it: count for it, count in sorted(months.items()) if it not in known}
    return Region(period, enrolment_type, tuple(parts), left_out)


def read_crosswalk(path: Path) -> dict[str, str]:
    """SSA county code → FIPS code, from a CSV with the columns ssa and fips.

    Raises InputError with each line that is wrong.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {"ssa", "fips"} <= {*(reader.fieldnames or ())}:
            raise InputError(Problem(f"{path}:1", "expected a header with columns ssa and fips"))
        rows = [(reader.line_num, row["ssa"].strip(), row["fips"].strip()) for row in reader]
    problems = [
        Problem(f"{path}:{line}", "expected two codes of five digits")
        for line, *codes in rows
        if not all(len(it) == CODE and it.isdigit() for it in codes)
    ]
    found: dict[str, str] = {}
    for line, ssa, fips in rows:
        if found.setdefault(ssa, fips) != fips:
            problems.append(Problem(f"{path}:{line}", "an SSA code stands twice, for two counties"))
    if problems:
        raise InputError(problems)
    return found


def number(text: object) -> Fraction | None:
    """A figure of the file; None where CMS left it out."""
    try:
        found = Decimal(str(text).replace(",", "").replace("$", "").strip())
    except InvalidOperation:
        return None
    return Fraction(found) if found.is_finite() and found > 0 else None


def county_figures(
    kept: ReferenceSet, crosswalk: Mapping[str, str]
) -> dict[int, dict[tuple[str, str], CountyFigure]]:
    """Year → (FIPS code, enrolment type) → figure, of one county file.

    A county that the crosswalk does not have, and a figure that CMS left out, are absent. Raises
    InputError where a county stands twice in a year.
    """
    found: dict[int, dict[tuple[str, str], CountyFigure]] = {}
    for row in _rows(kept):
        ssa = f"{int(row['state_id']):02}{int(row['county_id']):03}"
        fips = crosswalk.get(ssa)
        figures = found.setdefault(int(row["year"]), {})
        for kind, figure in _figures(row) if fips else ():
            if (str(fips), kind) in figures:
                what = f"county {fips} stands twice in {row['year']} for {kind}"
                raise InputError(Problem(kept.file_name, what))
            figures[str(fips), kind] = figure
    return found


def _rows(kept: ReferenceSet) -> list[dict[str, Any]]:
    with duckdb.connect(config={"threads": 1, "memory_limit": "200MB"}) as connection:
        made = connection.execute(f"SELECT * FROM {kept.parquet}")
        names = [it[0] for it in made.description or ()]
        return [dict(zip(names, row, strict=True)) for row in made.fetchall()]


def _figures(row: Mapping[str, Any]) -> Iterator[tuple[str, CountyFigure]]:
    name = f"{row.get('county_name') or ''}, {row.get('state_name') or ''}"
    for kind in TYPES:
        dollars, risk = number(row.get(f"per_capita_{kind}")), number(row.get(f"risk_{kind}"))
        if dollars is not None and risk is not None:
            yield kind, CountyFigure(name, dollars, risk)


def year_figures(
    sets: Iterable[ReferenceSet], crosswalk: Mapping[str, str], years: Sequence[int]
) -> dict[int, dict[tuple[str, str], CountyFigure]]:
    """The figures of each year that is asked for.

    Raises InputError with every year that no county file has, and with each that two have.
    """
    found: dict[int, dict[tuple[str, str], CountyFigure]] = {}
    problems: list[Problem] = []
    for kept in (it for it in sets if it.name == COUNTY_FFS):
        for year, figures in county_figures(kept, crosswalk).items():
            if year in found and year in years:
                what = f"{year} stands in two county files; keep one version of the year"
                problems.append(Problem(kept.version, what))
            found[year] = figures
    problems += [
        Problem(COUNTY_FFS, f"no county file of {it}; `vbc reference {COUNTY_FFS} FILE` keeps it")
        for it in sorted({*years} - {*found})
    ]
    if problems:
        raise InputError(problems)
    return found
