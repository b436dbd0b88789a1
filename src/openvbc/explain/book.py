"""From a sum over everybody of a book down to its people, and to the claims of one of them.

A book is an analysis of cost; its months, dollars and scores are sums over `person_total`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from openvbc.confidentiality.withhold import Withholding
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError, Problem
from openvbc.explain.levels import Level, Lines
from openvbc.explain.risk import TABLES_READ as OF_SCORES
from openvbc.explain.risk import PersonScores

Document = Mapping[str, Any]

PEOPLE: Final = {
    "person_total": """
SELECT person_id, months, lines, claims_cents FROM person_total WHERE analysis_id = $analysis_id
""",
    "cost_cell": """
SELECT p.person_id, p.months, COUNT(l.claim_key) AS lines,
    COALESCE(SUM(l.claims_cents), 0) AS claims_cents
FROM person_total AS p
LEFT JOIN cost_line AS l
    ON l.analysis_id = p.analysis_id
    AND l.person_id = p.person_id
    AND l.service_category <> 'pharmacy'
WHERE p.analysis_id = $analysis_id
GROUP BY p.person_id, p.months
""",
    "member_score": """
SELECT p.person_id, p.months, s.segment, s.raw_score_e9,
    CAST(s.raw_score_e9 AS HUGEINT) * p.months AS score_months_e9
FROM person_total AS p
JOIN member_score AS s ON s.person_id = p.person_id AND s.request_id = $request_id
WHERE p.analysis_id = $analysis_id AND s.raw_score_e9 IS NOT NULL
""",
}
"""Table that a leaf names → its people, with what each adds."""

MONTH: Final = ("month_start", "enrolment_type")
LINE: Final = (
    *("claim_key", "version_number", "claim_line_number", "claim_type", "month_start"),
    *("service_category", "claims_cents"),
)
"""What is shown of a month, and of a claim line."""


def of_book(source: Document) -> bool:
    """Whether a leaf is a sum over a book."""
    return source["table"] in PEOPLE and "analysis_id" in source["filter"]


def tables_of_book(source: Document, person: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tables whose rows of everybody are summed, and those of which one person's are read."""
    summed = ("person_total", *({"cost_cell": ("cost_line",)}.get(source["table"], ())))
    if source["table"] == "member_score":
        return (*summed, "member_score"), OF_SCORES if person else ()
    return summed, ("cost_line", "cost_month") if person else ()


@dataclass(frozen=True)
class BookLeaf:
    """A leaf that sums over a book, in an engine that has its tables."""

    engine: DuckDBEngine
    source: Document
    withholding: Withholding

    @property
    def _column(self) -> str:
        return str(self.source["column"])

    @property
    def _is_money(self) -> bool:
        return self._column.endswith("_cents")

    @property
    def _total(self) -> int:
        """What the statement says, in cents where it is money."""
        return int(Decimal(self.source["total"]) * (100 if self._is_money else 1))

    @property
    def _people(self) -> str:
        """The people as a SELECT."""
        select = PEOPLE[self.source["table"]]
        for name, value in self.source["filter"].items():
            quoted = str(value).replace("'", "''")
            select = select.replace(f"${name}", f"'{quoted}'")
        return select

    def levels(self, person: str | None, rows: int) -> Iterator[Level]:
        """People, then the months, claims or diagnoses of one of them.

        Raises InputError for a person who is not of the book, and for a statement of a version that
        added up something else; CheckFailedError where a level does not sum to what stands above.
        """
        yield self._persons(person, rows)
        if person is None:
            return
        if self.source["table"] == "member_score":
            requests = frozenset({str(self.source["filter"]["request_id"])})
            yield from PersonScores(self.engine, person, self.withholding, requests).levels(rows)
        elif self._is_money:
            yield self._lines(person, rows)
        else:
            yield self._months(person, rows)

    def _persons(self, person: str | None, rows: int) -> Level:
        """All of them counted and summed, and the first of them, or one person, shown."""
        people, column = f"({self._people}) AS people", self._column
        if column not in self.engine.describe(self._people):
            what = f"{self.source['table']} adds no {column} in this version; settle again"
            raise InputError(Problem("statement", what))
        count, total = self.engine.rows(
            f"SELECT count(*), coalesce(sum({column}), 0) FROM {people}"
        )[0]
        where, values = ("WHERE person_id = ?", [person]) if person else ("", [])
        order = f"ORDER BY {column} DESC, person_id LIMIT {rows}"
        names, found = self.engine.columns(f"SELECT * FROM {people} {where} {order}", values)
        if person and not found:
            raise InputError(Problem("--person", "the person is not among those of this book"))
        note = "" if person else "--person ID goes on to one person's claims"
        unit = "cents" if self._is_money else ""
        title = f"persons ({self.source['table']})"
        level = Level(title, names, found, int(count), int(total), unit, note)
        return level.must_sum_to(self._total)

    def _amount(self, person: str) -> int:
        select = f"SELECT {self._column} FROM ({self._people}) AS people WHERE person_id = ?"
        return int(self.engine.rows(select, [person])[0][0])

    def _months(self, person: str, rows: int) -> Level:
        """The months that count."""
        found = self.engine.rows(
            f"SELECT {', '.join(MONTH)} FROM cost_month WHERE analysis_id = ? AND person_id = ? "
            "ORDER BY month_start",
            [self.source["filter"]["analysis_id"], person],
        )
        level = Level("months (cost_month)", MONTH, found[:rows], len(found), len(found))
        return level.must_sum_to(self._amount(person))

    def _lines(self, person: str, rows: int) -> Level:
        """The claim lines that count; those that are withheld are in the sum alone."""
        medical = self.source["table"] == "cost_cell"
        lines = "FROM cost_line WHERE analysis_id = ? AND person_id = ?"
        lines += " AND service_category <> 'pharmacy'" if medical else ""
        keys = [self.source["filter"]["analysis_id"], person]
        order = f"claims_cents DESC, {', '.join(LINE[:3])}"
        level = Lines(self.engine, lines, keys, self.withholding.shown_claim).level(
            "claim lines of the person (cost_line)", LINE, order, rows
        )
        return level.must_sum_to(self._amount(person))
