"""The clause by which a contract looks at a book: what everybody of an analysis of cost had.

A target that starts from a base year, and a trend that is measured, are of a book: all months and
claims of a line of business in a year, as `measures: [cost]` in `analyses.yaml` makes them. With
`book:` their leaves are sums of the analysis' tables and no facts. Where no population says whose
patients count, they are everybody of the book.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pydantic import Field, StrictBool, StrictInt, StrictStr

from openvbc.contract.component import Component
from openvbc.contract.shape import Shape
from openvbc.rules.rule import Leaf

NOW: Final = "book_now"
BASE: Final = "book_base"
MARKET_NOW: Final = "market_now"
MARKET_BASE: Final = "market_base"

TABLES: Final = (NOW, BASE, MARKET_NOW, MARKET_BASE)
"""What a leaf may be of: the book or the market, in the settlement's year or the base year."""

SCORES: Final = ("score_months_e9", "score_months")
"""Columns that only a book with a risk model has."""

TREND: Final = "commercial_base"

CELL: Final = "contract_cell"
"""The table of those whom a declared method attributes to a contract."""

EVERYBODY: Final[Mapping[str, Mapping[str, str]]] = {
    "commercial_target": {"member_months": "member_months", "expenditure_claims": "claims_cents"},
    TREND: {
        "period_score_months_e9": "score_months_e9",
        "period_score_months": "score_months",
    },
    "percent_of_premium": {"premium_cost_of_care": "claims_cents"},
    "advantage_premium": {
        "member_months": "member_months",
        "advantage_score_months_e9": "score_months_e9",
        "advantage_score_months": "score_months",
    },
}
"""Component → leaf → column of the book, where everybody of the book counts."""


class Book(Shape):
    """Which analysis, from which base year, against which market, scored by which model.

    analysis, market: names of `analyses.yaml`; left out, there is no measured trend. risk: the
    model that scores them, with its payment year where both years are to be of one calibration;
    left out, nothing is adjusted for risk. pharmacy: whether the book's cost is with pharmacy.
    """

    analysis: StrictStr
    base_year: StrictInt | None = Field(default=None, ge=1900, le=2999)
    market: StrictStr | None = None
    risk: StrictStr | None = None
    pharmacy: StrictBool = True

    def named(self, table: str) -> str | None:
        """The analysis that a table's sums are of; None where the clause names none."""
        return self.market if table in {MARKET_NOW, MARKET_BASE} else self.analysis

    def counts(self, table: str, column: str | None) -> bool:
        """Whether the clause says all that a sum needs: analysis, base year, model of scores."""
        year = self.base_year is not None or table not in {BASE, MARKET_BASE}
        scored = self.risk is not None or column not in SCORES
        return self.named(table) is not None and year and scored


def counted(component: Component, book: Book, *, attributed: bool) -> Component:
    """The component as it is where a contract has a book.

    attributed: a population says who counts; of the period's members only the score is then asked
    of the same tables, where the book has one.
    """
    columns = EVERYBODY.get(component.name, {})
    if attributed:
        scored = component.name == TREND and book.risk is not None
        columns = columns if scored else {}
    table = CELL if attributed else NOW
    leaves = {it.name: _leaf(it, table, columns) for it in component.leaves.values()}
    return replace(component, leaves=leaves)


def _leaf(leaf: Leaf, table: str, columns: Mapping[str, str]) -> Leaf:
    if leaf.name not in columns:
        return leaf
    column = columns[leaf.name]
    default = leaf.default if column in SCORES else "required"
    return replace(leaf, table=table, column=column, default=default)
