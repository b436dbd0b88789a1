"""Leaves that are sums over everybody of an analysis of cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.book import BASE, MARKET_BASE, MARKET_NOW, SCORES, TABLES, Book
from openvbc.contract.facts import At, Found
from openvbc.contract.settlement import Settlement
from openvbc.engine.protocol import Engine
from openvbc.errors import InputError, Problem
from openvbc.money import decimal_text, dollars
from openvbc.rules.rule import Leaf

ANALYSIS: Final = """
SELECT line_of_business, first_day, last_day, paid_through
FROM cost_analysis WHERE analysis_id = ?
"""

COST: Final = """
SELECT COUNT(*), SUM(months), SUM(claims_cents) FROM person_total WHERE analysis_id = ?
"""

MEDICAL: Final = """
SELECT SUM(claims_cents) FROM cost_cell
WHERE analysis_id = ? AND dimension = 'category' AND value <> 'pharmacy'
"""

REQUEST: Final = """
SELECT request_id, risk_model FROM risk_request
WHERE year = ? AND line_of_business = ? AND paid_through = ? ORDER BY risk_model, request_id
"""

SCORE: Final = """
SELECT COUNT(*), SUM(CAST(s.raw_score_e9 AS HUGEINT) * p.months), SUM(p.months)
FROM person_total AS p
JOIN member_score AS s ON s.person_id = p.person_id AND s.request_id = ?
WHERE p.analysis_id = ? AND s.raw_score_e9 IS NOT NULL
"""


@dataclass(frozen=True)
class BookFacts:
    """Supplies what the contract's book and market sum to, each year once.

    Raises InputError for an analysis or a model that the run does not have, that is of another
    period or (a market aside) line of business than the contract, or that knows more than the
    settlement's as_of.
    """

    engine: Engine
    settlement: Settlement
    book: Book
    _known: dict[str, Found | None] = field(default_factory=dict)

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The sum, with the table, its filter and the people; None for a leaf of no book."""
        if leaf.table not in TABLES or leaf.column is None or at.stratum is not None:
            return None
        key = f"{leaf.table}/{leaf.column}"
        if key not in self._known:
            self._known[key] = self._find(leaf.table, leaf.column)
        return self._known[key]

    def _find(self, table: str, column: str) -> Found | None:
        if not self.book.counts(table, column):
            return None
        of_market, of_base = table in {MARKET_NOW, MARKET_BASE}, table in {BASE, MARKET_BASE}
        now = self.settlement.shape.first_day.year
        year = self.book.base_year or now if of_base else now
        analysis = f"{self.book.named(table)}/{year}"
        line, paid_through = self._check(analysis, of_base=of_base, of_market=of_market)
        if column in SCORES:
            request = self._request(analysis, year, line, paid_through)
            found = self._score(analysis, column, request)
        else:
            found = self._cost(analysis, column)
        return replace(found, source={**found.source, "paid_through": paid_through.isoformat()})

    def _cost(self, analysis: str, column: str) -> Found:
        """The months or the dollars of a year of the book."""
        persons, months, cents = self.engine.rows(COST, [analysis])[0]
        keys = {"analysis_id": analysis}
        if column == "member_months":
            return _found("person_total", "months", keys, persons, Decimal(int(months or 0)))
        if self.book.pharmacy:
            return _found("person_total", column, keys, persons, dollars(int(cents or 0)))
        medical = int(self.engine.rows(MEDICAL, [analysis])[0][0] or 0)
        keys |= {"dimension": "category", "value": "all but pharmacy"}
        return _found("cost_cell", column, keys, persons, dollars(medical))

    def _check(self, analysis: str, *, of_base: bool, of_market: bool) -> tuple[str, date]:
        """The line of business and last day of claims of an analysis that the contract may use."""
        shape, contract = self.settlement.shape, self.settlement.contract.shape
        rows = self.engine.rows(ANALYSIS, [analysis])
        if not rows:
            what = "no such year of an analysis of cost in this run; say measures: [cost] in "
            raise InputError(Problem(analysis, f"{what}analyses.yaml, then `vbc build`"))
        line, first, last, paid_through = rows[0]
        wrong = []
        if line != contract.line_of_business and not of_market:
            wrong.append(f"is of {line}, the contract of {contract.line_of_business}")
        if not of_base and (first, last) != (shape.first_day, shape.last_day):
            days = f"{shape.first_day} to {shape.last_day}"
            wrong.append(f"is of {first} to {last}, the settlement of {days}")
        if paid_through > shape.as_of:
            wrong.append(f"counts claims to {paid_through}, after as_of {shape.as_of}")
        if wrong:
            raise InputError([Problem(analysis, it) for it in wrong])
        return str(line), paid_through

    def _request(self, analysis: str, year: int, line: str, paid_through: date) -> str:
        """The request that scored a year of the book by its model."""
        model = str(self.book.risk)
        rows = self.engine.rows(REQUEST, [year, line, paid_through])
        fits = [one for one, name in rows if name == model or name.startswith(f"{model}_")]
        if len(fits) != 1:
            known = ", ".join(name for _, name in rows) or "none; say risk: in analyses.yaml"
            what = f"expected one request of risk model {model}, found {len(fits)} of {known}"
            raise InputError(Problem(analysis, what))
        return str(fits[0])

    def _score(self, analysis: str, column: str, request: str) -> Found:
        persons, score, months = self.engine.rows(SCORE, [request, analysis])[0]
        value = Decimal(int((months if column == "score_months" else score) or 0))
        keys = {"request_id": request, "analysis_id": analysis}
        summed = "months" if column == "score_months" else "score_months_e9"
        return _found("member_score", summed, keys, persons, value)


def _found(table: str, column: str, keys: Mapping[str, Any], persons: int, value: Decimal) -> Found:
    source = {
        "kind": "table",
        "table": table,
        "column": column,
        "filter": dict(keys),
        "count": int(persons),
        "total": decimal_text(value),
    }
    return Found(value, source)
