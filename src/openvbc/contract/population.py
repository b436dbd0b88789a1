"""What a build takes from contracts and settlements: periods, participants and cuts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from openvbc.contract.contract import Contract, Settlement
from openvbc.errors import InputError, Problem
from openvbc.money import to_cents
from openvbc.parameters import exact
from openvbc.period import add_months, month_end, month_start

Row = dict[str, Any]


def contract_periods(settlements: Iterable[Settlement]) -> dict[str, list[Row]]:
    """The rows of contract_period by year."""
    years: dict[str, list[Row]] = {}
    for settlement in settlements:
        for row in settlement.contract_periods():
            years.setdefault(str(row["year"]), []).append(row)
    return dict(sorted(years.items()))


def contract_participants(contracts: Iterable[Contract]) -> list[Row]:
    """The rows of contract_participant.

    Raises InputError with one line for each date that is not one.
    """
    rows, problems = [], []
    for contract in contracts:
        for number, row in enumerate(contract.participants(), start=2):
            try:
                rows.append(_participant(contract, row))
            except ValueError as error:
                place = f"{contract.participants_path}:{number}"
                problems.append(Problem(place, f"{error}; expected YYYY-MM-DD"))
    if problems:
        raise InputError(problems)
    return rows


def _participant(contract: Contract, row: Mapping[str, str | None]) -> Row:
    days = {
        name: date.fromisoformat(text) if (text := row[name]) else None
        for name in ("valid_from", "valid_to")
    }
    return {**row, **days, "contract_id": contract.id}


def truncation_cuts(settlements: Iterable[Settlement]) -> Iterator[Row]:
    """The rows of truncation_cut: the facts that the tables need."""
    for settlement in settlements:
        fact = settlement.shape.facts.get("truncation_cut")
        for role, cuts in ((fact.values if fact else None) or {}).items():
            for enrolment_type, cut in (cuts if isinstance(cuts, Mapping) else {}).items():
                yield {
                    "contract_id": settlement.contract.id,
                    "period_id": settlement.period_id(role),
                    "enrolment_type": enrolment_type,
                    "cut_cents": to_cents(exact(cut)),
                }


def calendar_months(years: Mapping[str, Sequence[Row]]) -> dict[str, Row]:
    """Every month that a contract period looks at, by slice (2025-03)."""
    rows = [row for group in years.values() for row in group]
    if not rows:
        return {}
    month = month_start(min(row["expanded_first_day"] for row in rows))
    last = max(max(row["last_day"], row["assignment_last_day"]) for row in rows)
    months: dict[str, Row] = {}
    while month <= last:
        months[f"{month:%Y-%m}"] = {"month_start": month, "month_end": month_end(month)}
        month = add_months(month, 1)
    return months
