"""Why a payer's list and number differ: withheld, excluded, run-out, version, attribution.

The payer counts people whose claims it does not send (who withhold them, or whose claims are of
substance use), and it closed its books on another day. What is left of the difference after these
is attribution, and must be looked at person by person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

_SQL: Final = Path(__file__).with_suffix(".sql")


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


def why_lists_differ(
    connection: duckdb.DuckDBPyConnection, compared: PayerList
) -> Iterator[ListCause]:
    """Every cause, by name. The connection has the canonical tables and `attribution` as views."""
    for name, value in vars(compared).items():
        connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
    for cause, people, cents in connection.execute(_SQL.read_text(encoding="utf-8")).fetchall():
        yield ListCause(cause, people, cents)
