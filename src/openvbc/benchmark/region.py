"""A region: its counties, weighted by where the ACO's own beneficiaries live (42 CFR 425.654(b)).

Months in counties without a figure have no weight; each says what is missing, and where.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

Cell = tuple[str, str]
"""County (FIPS) and enrolment type or category."""


class Living(NamedTuple):
    """Those of a type who live in a county: their months, and how many people they are."""

    months: int
    persons: int


class Origin(NamedTuple):
    """The file that figures come from. title: its version or name, and its hash."""

    title: str
    received_on: date


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
class Figures:
    """The figures of a file. why: county, type → what is missing where there is no figure."""

    origin: Origin
    by_cell: Mapping[Cell, CountyFigure]
    why: Callable[[str, str], str]


@dataclass(frozen=True)
class CountyPart:
    """One county's part of a region: who of the ACO lives there, its weight, its figure."""

    county: str
    living: Living
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
class LeftOut:
    """A county without a figure (empty: none is known), who lives there, and what is missing."""

    county: str
    living: Living
    why: str


@dataclass(frozen=True)
class Region:
    """A region in one period and enrolment type: its counties, and their sums."""

    period: str
    enrolment_type: str
    origin: Origin
    counties: tuple[CountyPart, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def title(self) -> str:
        """Period and type."""
        return f"{self.period} {self.enrolment_type}"

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
    period: str, enrolment_type: str, living: Mapping[str, Living], figures: Figures
) -> Region:
    """Weigh counties by the ACO's months of the type there; living: county → who lives there."""
    found = {it: figures.by_cell.get((it, enrolment_type)) for it in sorted(living)}
    known = {it: figure for it, figure in found.items() if figure is not None}
    whole = sum(living[it].months for it in known)
    parts = (
        CountyPart(it, living[it], Fraction(living[it].months, whole), figure)
        for it, figure in known.items()
    )
    lacking = (
        LeftOut(it, living[it], figures.why(it, enrolment_type)) for it in found if it not in known
    )
    return Region(period, enrolment_type, figures.origin, tuple(parts), tuple(lacking))
