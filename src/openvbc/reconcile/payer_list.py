"""Why a payer's list and number differ: withheld, excluded, run-out, version, attribution.

The payer counts people whose claims it does not send (who withhold them, or whose claims are of
substance use), and it closed its books on another day. What is left of the difference after these
is attribution, and must be looked at person by person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.engine.duckdb import DuckDBEngine

_SQL: Final = Path(__file__).with_suffix(".sql")

_CAUSES: Final = """
SELECT cause, count(*) AS people,
    CAST(sum(CASE
        WHEN cause IN ('excluded by payer', 'attribution: only ours') THEN cents_now
        WHEN cause = 'shared' THEN 0
        ELSE -cents_now
    END) AS BIGINT) AS cents
FROM compared_person
GROUP BY cause
UNION ALL
SELECT 'run-out', count(*) FILTER (WHERE run_out_cents <> 0),
    CAST(coalesce(sum(run_out_cents), 0) AS BIGINT)
FROM compared_person
WHERE cause = 'shared'
UNION ALL
SELECT 'version', count(*) FILTER (WHERE version_cents <> 0),
    CAST(coalesce(sum(version_cents), 0) AS BIGINT)
FROM compared_person
WHERE cause = 'shared'
ORDER BY cause
"""


@dataclass(frozen=True)
class PayerList:
    """What is compared: our contract and period, their report and its period.

    as_of: the day of our view of claims; their_as_of: the day on which they closed theirs.
    """

    contract_id: str
    period_id: str
    report: str
    report_period: str
    first_day: date
    last_day: date
    as_of: date
    their_as_of: date


@dataclass(frozen=True)
class ListCause:
    """One cause: how many people it concerns, and our paid cents less theirs because of it.

    `shared` are the people on both sides; `run-out` and `version` are of them. Amounts of people
    whom only the payer counts are what we hold of theirs, with a minus; what was withheld from us
    cannot be known.
    """

    cause: str
    people: int
    cents: int


@dataclass(frozen=True)
class ListDifference:
    """Every cause, by name, and every person with the cause and what we hold of their claims."""

    causes: tuple[ListCause, ...]
    columns: Sequence[str]
    people: Sequence[tuple[Any, ...]]

    @property
    def cents(self) -> int:
        """Our paid claims on our day less what can be seen of theirs on their day."""
        return sum(it.cents for it in self.causes)


def why_lists_differ(engine: DuckDBEngine, compared: PayerList) -> ListDifference:
    """The causes and the people. The engine has the canonical tables and `attribution`."""
    for name, value in vars(compared).items():
        engine.rows(f"SET VARIABLE {name} = $1", [value])
    engine.view("compared_person", _SQL.read_text(encoding="utf-8"))
    columns, people = engine.columns("SELECT * FROM compared_person ORDER BY cause, person_id")
    causes = tuple(ListCause(*row) for row in engine.rows(_CAUSES))
    return ListDifference(causes, columns, people)
