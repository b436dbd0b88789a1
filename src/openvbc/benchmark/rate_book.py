"""What the rate book of a model pays where an ACO's beneficiaries live (ACO REACH and KCC).

CMS publishes a rate for one month of each county and benchmark category. The counties are weighted
by the months that the aligned beneficiaries of the category have there in the performance year.
"""

import csv
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

from openvbc.benchmark.county import CODE, CountyFigure, Region, number, region
from openvbc.errors import InputError, Problem

ESRD: Final = "esrd"
AGED_DISABLED: Final = "aged_disabled"
CATEGORIES: Final = (AGED_DISABLED, ESRD)
COLUMNS: Final = ("fips", *CATEGORIES)

AT_RISK_1: Final = Fraction(1)
"""A rate is for a risk score of 1."""

Months = Mapping[str, Mapping[str, int]]
"""Enrolment type → county → months."""


def read_rates(path: Path) -> dict[tuple[str, str], CountyFigure]:
    """(FIPS code, category) → rate, from a CSV with the columns fips, aged_disabled and esrd.

    An empty cell has no rate. Raises InputError with each line that is wrong.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {*COLUMNS} <= {*(reader.fieldnames or ())}:
            what = f"expected a header with columns {', '.join(COLUMNS)}"
            raise InputError(Problem(f"{path}:1", what))
        rows = [(f"{path}:{reader.line_num}", row) for row in reader]
    found: dict[tuple[str, str], CountyFigure] = {}
    problems = []
    for place, row in rows:
        fips = (row["fips"] or "").strip()
        if len(fips) != CODE or not fips.isdigit():
            problems.append(Problem(place, f"found {fips or 'nothing'}, expected a FIPS code"))
        elif any((fips, it) in found for it in CATEGORIES):
            problems.append(Problem(place, f"county {fips} stands twice"))
        else:
            found |= dict(_rates(fips, row))
            problems += [Problem(place, it) for it in _wrong(row)]
    if problems:
        raise InputError(problems)
    return found


def _rates(fips: str, row: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], CountyFigure]]:
    for category in CATEGORIES:
        rate = number(row[category])
        if rate is not None:
            yield (fips, category), CountyFigure(fips, rate, AT_RISK_1)


def _wrong(row: Mapping[str, str]) -> Iterator[str]:
    """Rates that are said and are none."""
    for category in CATEGORIES:
        text = (row[category] or "").strip()
        if text and number(text) is None:
            yield f"{category}: found {text}, expected a rate above 0"


def rate_regions(
    period: str, months: Months, rates: Mapping[tuple[str, str], CountyFigure]
) -> list[Region]:
    """The regional rate of each category: the counties' rates, weighted by months there."""
    held: dict[str, dict[str, int]] = {}
    for kind, counties in months.items():
        category = held.setdefault(ESRD if kind == ESRD else AGED_DISABLED, {})
        for county, count in counties.items():
            category[county] = category.get(county, 0) + count
    return [region(period, it, held[it], rates) for it in CATEGORIES if held.get(it)]
