"""What the rate book of a model pays where an ACO's beneficiaries live (ACO REACH and KCC).

CMS publishes a rate for one month of each county and benchmark category. The counties are weighted
by the months that the aligned beneficiaries of the category have there in the performance year.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Final

from openvbc.benchmark.crosswalk import NO_ROW, UNKNOWN, is_county_code
from openvbc.benchmark.region import Cell, CountyFigure, Figures, Origin
from openvbc.csvtable import Row, read_table
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, Problem
from openvbc.sources.reference.county_file import MOST_DOLLARS, number

RATE: Final = "regional_rate"
ESRD: Final = "esrd"
AGED_DISABLED: Final = "aged_disabled"
CATEGORIES: Final = (AGED_DISABLED, ESRD)
COLUMNS: Final = ("fips", *CATEGORIES)

AT_RISK_1: Final = Fraction(1)
"""A rate is for a risk score of 1."""


@dataclass
class RateBook:
    """Rates by county and category; lines: county → its line."""

    path: Path
    rates: dict[Cell, CountyFigure] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, row: Row) -> Iterator[str]:
        """Take a county in; says what is wrong with its row."""
        fips = row.cells["fips"]
        if not is_county_code(fips):
            yield f"found {fips or 'nothing'}, expected a FIPS code of five digits"
        elif fips in self.lines:
            yield f"county {fips} stands twice, first on line {self.lines[fips]}; keep one"
        else:
            self.lines[fips] = row.line
            yield from self._rates(fips, row)

    def _rates(self, fips: str, row: Row) -> Iterator[str]:
        for category in CATEGORIES:
            text = row.cells[category]
            rate = number(text)
            if rate and rate < MOST_DOLLARS:
                self.rates[fips, category] = CountyFigure(fips, rate, AT_RISK_1)
            elif text:
                expected = f"a rate above 0 and below {MOST_DOLLARS:,}"
                yield f"{category}: found {text}, expected {expected}, such as 1,042.17"

    def why(self, county: str, category: str) -> str:
        """What is missing where a county has no rate."""
        if not county:
            return UNKNOWN
        if county not in self.lines:
            return f"{self.path} has no row of it; add it, or mend their county_fips"
        return f"{self.path}:{self.lines[county]}: {category} is empty, there is no rate"


def read_rates(path: Path, received_on: date | None = None) -> Figures:
    """(FIPS code, category) → rate, from a CSV with the columns fips, aged_disabled and esrd.

    An empty cell has no rate. received_on: else it is the day on which the file was written.
    Raises InputError with each line that is wrong.
    """
    book = RateBook(path)
    rows = read_table(path, COLUMNS)
    problems = [Problem(f"{path}:{row.line}", it) for row in rows for it in book.add(row)]
    if not rows:
        problems.append(Problem(f"{path}:1", NO_ROW))
    if problems:
        raise InputError(problems)
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    origin = Origin(f"{path.name} ({file_digest(path)[:12]})", received_on or written)
    return Figures(origin, book.rates, book.why)
