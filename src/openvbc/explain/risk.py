"""What a person's risk score is made of: factors, categories, and the claims that gave them.

A category whose diagnoses all stand on withheld claims is withheld itself, and with it the
interactions of its score; sums stay those of everything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from openvbc.confidentiality.withhold import Withholding
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.explain.levels import Level

Row = tuple[Any, ...]

TABLES_READ: Final = (
    *("contract_risk", "hcc_evidence", "member_factor", "member_hcc", "member_score"),
    *("person_risk_part", "risk_person", "risk_request"),
)
"""What the explanation of an assigned person's score reads."""

SCORE: Final = """
SELECT
    s.request_id, s.segment, s.unscored, p.age, p.sex, p.original_reason, p.dual, p.part_b_months,
    s.demographic_e9, s.disease_e9, s.raw_score_e9, p.assumed
FROM member_score AS s
JOIN risk_person AS p ON p.request_id = s.request_id AND p.person_id = s.person_id
WHERE s.person_id = ?
ORDER BY s.request_id
"""

FACTOR: Final = """
SELECT request_id, kind, variable, factor_e9 FROM member_factor WHERE person_id = ?
ORDER BY request_id, kind, variable
"""

CATEGORY: Final = """
SELECT request_id, hcc, dropped, dropped_by FROM member_hcc WHERE person_id = ?
ORDER BY request_id, hcc
"""

EVIDENCE: Final = """
SELECT
    request_id, hcc, code, claim_key, version_number, claim_end_date, counts, claim_reason,
    {shown} AS shown
FROM hcc_evidence
WHERE person_id = ?
ORDER BY request_id, hcc, counts DESC, claim_end_date, claim_key, version_number, code
"""

NAMES: Final = """
SELECT
    request_id, risk_model || '/' || year || '/' || line_of_business || '/' || paid_through AS name
FROM risk_request
"""
"""Request → its model, year, line of business and the day by which claims stood, for people."""

WITHHELD: Final = "withheld"
THOUSANDTHS: Final = 9


def score(number: int | None) -> str:
    """A factor or score as people read it, every digit kept: 1180000000 is 1.18."""
    if number is None:
        return ""
    whole, part = divmod(abs(number), 10**THOUSANDTHS)
    digits = f"{part:0{THOUSANDTHS}}".rstrip("0").ljust(3, "0")
    return f"{'-' if number < 0 else ''}{whole}.{digits}"


@dataclass(frozen=True)
class PersonScores:
    """A person's scores in a run; requests: only these, or all."""

    engine: DuckDBEngine
    person: str
    withholding: Withholding
    requests: frozenset[str] | None = None

    @cached_property
    def _names(self) -> dict[str, str]:
        return dict(self.engine.rows(NAMES))

    def _rows(self, select: str) -> list[Row]:
        found = self.engine.rows(select, [self.person])
        return [row for row in found if self.requests is None or row[0] in self.requests]

    @cached_property
    def scores(self) -> list[Row]:
        """One row for each request that scores the person."""
        return self._rows(SCORE)

    @cached_property
    def evidence(self) -> list[Row]:
        """Every diagnosis that stands for a category, with whether it may be shown."""
        return self._rows(EVIDENCE.format(shown=self.withholding.shown_claim))

    @property
    def evidence_select(self) -> str:
        """The same as one SELECT over what may be shown, for a file."""
        person = self.person.replace("'", "''")
        select = EVIDENCE.format(shown=self.withholding.shown_claim).replace("?", f"'{person}'")
        return f"SELECT * EXCLUDE (shown) FROM ({select}) WHERE shown"

    @cached_property
    def _hidden(self) -> frozenset[tuple[str, str]]:
        """Request and category of which nothing may be shown."""
        seen = {(row[0], row[1]) for row in self.evidence if row[-1] and row[-3]}
        return frozenset((row[0], row[1]) for row in self.evidence if not row[-1]) - seen

    def levels(self, rows: int) -> Iterator[Level]:
        """From the score down to its claims; the factors sum to the scores."""
        yield self._scores()
        yield self._factors(rows)
        yield self._categories(rows)
        yield self._evidence(rows)

    def _scores(self) -> Level:
        columns = (
            *("request", "segment", "unscored", "age", "sex", "original reason", "dual"),
            *("Part B months", "demographic", "disease", "raw score", "assumed"),
        )
        shown = [
            (self._names[it[0]], *it[1:8], *map(score, it[8:11]), it[11]) for it in self.scores
        ]
        note = "" if shown else "no score was asked of this person (analyses.yaml, or risk: )"
        return Level("scores (member_score)", columns, shown, len(shown), note=note)

    def _factors(self, rows: int) -> Level:
        scored = {it[0]: it[10] for it in self.scores if it[10] is not None}
        found = [it for it in self._rows(FACTOR) if it[0] in scored]
        blind = {request for request, _ in self._hidden}
        shown = [it for it in found if not self._is_hidden(it, blind)]
        cells = [(self._names[it[0]], *it[1:3], score(it[3])) for it in shown[:rows]]
        level = Level(
            "factors, times 1e9 in the total (member_factor)",
            ("request", "kind", "variable", "factor"),
            cells,
            len(shown),
            sum(it[3] for it in found),
            withheld=len(found) - len(shown),
        )
        return level.must_sum_to(sum(scored.values()))

    def _is_hidden(self, factor: Row, blind: set[str]) -> bool:
        """A hidden category's factor, or what is made of several categories beside one."""
        request, kind, variable, _ = factor
        if kind == "hcc":
            return (request, variable) in self._hidden
        return kind != "demographic" and request in blind

    def _categories(self, rows: int) -> Level:
        found = self._rows(CATEGORY)
        shown = [it for it in found if (it[0], it[1]) not in self._hidden]
        cells = [
            (self._names[it[0]], it[1], it[2] is None, it[2], self._named(it[0], it[3]))
            for it in shown
        ]
        return Level(
            "categories (member_hcc)",
            ("request", "category", "counts", "why not", "dropped by"),
            cells[:rows],
            len(shown),
            withheld=len(found) - len(shown),
        )

    def _named(self, request: str, category: str | None) -> str | None:
        return WITHHELD if category and (request, category) in self._hidden else category

    def _evidence(self, rows: int) -> Level:
        shown = [(self._names[it[0]], *it[1:-1]) for it in self.evidence if it[-1]]
        columns = ("request", "category", "diagnosis", "claim", "version", "through", "counts")
        return Level(
            "diagnoses and their claims (hcc_evidence)",
            (*columns, "why not"),
            shown[:rows],
            len(shown),
            withheld=len(self.evidence) - len(shown),
        )


PARTS: Final = """
SELECT
    p.request_id, r.risk_model || '/' || r.year, p.raw_score_e9, r.normalization_e9, r.coding_e9,
    r.share_e9, p.part_e9, p.unscored, r.cite
FROM person_risk_part AS p
JOIN contract_risk AS r
    ON r.contract_id = p.contract_id
    AND r.period_id = p.period_id
    AND r.enrolment_type = p.enrolment_type
    AND r.request_id = p.request_id
WHERE p.contract_id = ? AND p.period_id = ? AND p.enrolment_type = ? AND p.person_id = ?
ORDER BY p.request_id
"""


def assigned_levels(
    engine: DuckDBEngine, keys: Sequence[str], person: str, rows: int, withholding: Withholding
) -> Iterator[Level]:
    """Below an assigned person's score: its models, and what each is made of; nothing if loaded.

    keys: contract, period and enrolment type.
    """
    found = engine.rows(PARTS, [*keys, person])
    if not found:
        return
    columns = ("model", "raw", "÷ normalization", "× coding", "× share", "part", "why not")
    cells = [(it[1], *map(score, it[2:7]), *it[7:]) for it in found]
    title = "models of the score (person_risk_part)"
    yield Level(title, (*columns, "citation"), cells, len(cells))
    requests = frozenset(it[0] for it in found)
    yield from PersonScores(engine, person, withholding, requests).levels(rows)
