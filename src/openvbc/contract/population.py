"""What a build takes from contracts and settlements: periods, participants and cuts."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from openvbc.contract.attributed import TRUNCATION
from openvbc.contract.check import NATIONAL_CUT
from openvbc.contract.contract import Contract
from openvbc.contract.facts import At
from openvbc.contract.settlement import Settlement
from openvbc.errors import InputError, OpenVBCError, Problem, near
from openvbc.money import to_cents
from openvbc.period import add_months, month_end, month_start
from openvbc.risk.inputs import Asked, request_id
from openvbc.yamlfile import where

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

    Raises InputError with everything that is wrong with the participant lists.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    for contract in contracts:
        try:
            rows += [{**row, "contract_id": contract.id} for row in contract.participants()]
        except OpenVBCError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return rows


def attested_physicians(settlements: Iterable[Settlement]) -> list[Row]:
    """The rows of attested_physician: the facilities of participant lists, with their clinicians.

    Only of contracts that settle a year in which an ACO attests them.
    """
    kept = ("ccn", "npi", "valid_from", "valid_to")
    contracts = {it.contract.id: it.contract for it in settlements if it.attests_clinics}
    return [
        {"contract_id": contract.id, **{name: row[name] for name in kept}}
        for contract in contracts.values()
        for row in contract.participants()
        if row["ccn"] and not row["tin"]
    ]


def contract_analyses(settlements: Iterable[Settlement]) -> list[Row]:
    """The rows of contract_analysis: periods whose people a declared method attributes."""
    kept = ("contract_id", "period_id", "year", "line_of_business", "first_day", "last_day",
            "paid_through")  # fmt: skip
    rows: list[Row] = []
    for it in settlements:
        population = it.contract.shape.population
        if population is None or population.is_mssp:
            continue
        point = _truncation(it)
        for period in it.contract_periods():
            own = period["role"] == "performance"
            rows.append(
                {
                    **{name: period[name] for name in kept},
                    "analysis_id": it.id if own else f"{it.id}.{period['role']}",
                    "method": population.method,
                    "payer": population.payer,
                    "list": population.list,
                    "whole_list": population.participants is None,
                    "list_day": None if own else period["performance_first_day"],
                    "truncation_cents": point,
                    "pharmacy": population.pharmacy,
                }
            )
    return rows


def _truncation(settlement: Settlement) -> int | None:
    """The amount above which one person's claims are truncated; None where none are."""
    leaves = (it.leaves.get(TRUNCATION) for it in settlement.contract.components)
    leaf = next(filter(None, leaves), None)
    found = settlement.facts().get(leaf, At()) if leaf else None
    return to_cents(found.value) if found and isinstance(found.value, Decimal) else None


def attribution_choices(analyses: Iterable[Row]) -> list[Row]:
    """The rows of analysis_choice that rows of contract_analysis come to."""
    return [
        {
            "analysis_id": row["analysis_id"],
            "year": row["year"],
            "kind": "attribution",
            "name": row["method"],
        }
        for row in analyses
    ]


def attribution_lists(analyses: Iterable[Row], contracts: Mapping[str, Contract]) -> list[Row]:
    """The rows of attribution_list: whose lists hold in which analysis.

    Contracts of the same line of business. In a contract's own analysis its own, and those of the
    same payer that are in force: other payers' contracts, and those that have ended, may name the
    same practices.
    """
    listed = [it for it in contracts.values() if it.participants_path]
    return [
        {"analysis_id": row["analysis_id"], "year": row["year"], "contract_id": it.id}
        for row in analyses
        for it in listed
        if it.shape.line_of_business == row["line_of_business"]
        and ("contract_id" not in row or _rivals(row, contracts[row["contract_id"]], it))
    ]


def _rivals(row: Row, own: Contract, other: Contract) -> bool:
    """Whether a list holds beside a contract's own on the day of its lists, or is its own."""
    day, agreement = row["list_day"] or row["first_day"], other.shape.agreement
    in_force = agreement.start <= day <= agreement.end
    same = own.shape.parties.payer.id == other.shape.parties.payer.id
    return own.id == other.id or (same and in_force)


def unknown_payer(
    contract: Contract, loaded: Callable[[str], Iterable[tuple[str, set[str]]]]
) -> Iterator[Problem]:
    """What is wrong where a contract's population names a payer of whom nothing is loaded.

    Its people would have no month, or no claim, which looks like a saving. loaded: of a line of
    business each table with the payers of its rows; of one without rows nothing is said.
    """
    population = contract.shape.population
    payer = population.payer if population else None
    if payer is None:
        return
    line = contract.shape.line_of_business
    for table, payers in loaded(line):
        if payers and payer not in payers:
            found = ", ".join(sorted(payers))
            what = f"no {table} of {line} is of payer {payer}{near(payer, payers)}; loaded: {found}"
            place = where(contract.path, contract.raw["population"], "payer")
            yield Problem(place, f"{what}; name one of these, or leave payer out")


def truncation_cuts(settlements: Iterable[Settlement]) -> Iterator[Row]:
    """The rows of truncation_cut: the national cuts that settlements give, in whole cents."""
    for settlement in settlements:
        facts, coordinates = settlement.facts(), settlement.coordinates
        leaves = (it.leaves.get(NATIONAL_CUT) for it in settlement.contract.components)
        for leaf in filter(None, leaves):
            for at in coordinates.cells(leaf.per):
                found = facts.get(leaf, at)
                if found is not None and isinstance(found.value, Decimal):
                    yield {
                        "contract_id": settlement.contract.id,
                        "period_id": settlement.period_id(at.period),
                        "enrolment_type": at.stratum,
                        "cut_cents": to_cents(found.value),
                    }


def contract_risk(settlements: Iterable[Settlement]) -> tuple[dict[str, list[Row]], list[Asked]]:
    """The rows of contract_risk by year, and the scores that they ask for."""
    years: dict[str, list[Row]] = {}
    asked: list[Asked] = []
    for settlement in settlements:
        for row, stratum, part in settlement.risk_parts():
            lob = row["line_of_business"]
            asked.append(Asked(part.risk_model, row["year"], lob, row["paid_through"]))
            years.setdefault(str(row["year"]), []).append(
                {
                    "contract_id": row["contract_id"],
                    "period_id": row["period_id"],
                    "year": row["year"],
                    "enrolment_type": stratum,
                    "request_id": request_id(asked[-1]),
                    "risk_model": part.risk_model,
                    "share_e9": part.share_e9,
                    "normalization_e9": part.normalization_e9,
                    "coding_e9": part.coding_e9,
                    "demographic": part.demographic,
                    "cite": part.cite,
                }
            )
    return dict(sorted(years.items())), asked


def period_days(years: Mapping[str, Sequence[Row]]) -> dict[str, tuple[date, date]]:
    """Year → the first and last day that its contract periods look at."""
    return {
        year: (
            min(row["expanded_first_day"] for row in rows),
            max(max(row["last_day"], row["assignment_last_day"]) for row in rows),
        )
        for year, rows in years.items()
    }


def calendar_months(spans: Collection[tuple[date, date]]) -> dict[str, Row]:
    """Every month from the first to the last that spans of days look at, by slice (2025-03)."""
    if not spans:
        return {}
    return _months(min(first for first, _ in spans), max(last for _, last in spans))


def member_periods(settlements: Iterable[Settlement]) -> dict[str, Row]:
    """Every month of the settlements that count members' months, by slice."""
    months: dict[str, Row] = {}
    for one in settlements:
        if one.contract.shape.members is not None:
            months |= _months(one.shape.first_day, one.shape.last_day)
    return months


def _months(first: date, last: date) -> dict[str, Row]:
    """Every month from the first day's to the last day's, by slice."""
    month = month_start(first)
    months: dict[str, Row] = {}
    while month <= last:
        months[f"{month:%Y-%m}"] = {"month_start": month, "month_end": month_end(month)}
        month = add_months(month, 1)
    return months
