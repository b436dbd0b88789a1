"""Why a settlement that counts members has none: what was known in time, and what matched none."""

from typing import Final

from openvbc.contract.settlement import Settlement
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.run import Run
from openvbc.errors import Problem, near
from openvbc.members.table import clause_of, name_deliveries
from openvbc.yamlfile import where

KNOWN: Final = """
SELECT DISTINCT payer, plan
FROM eligibility_delivery
WHERE line_of_business = ? AND COALESCE(received_on, DATE '0001-01-01') <= ?
    AND enrollment_start_date <= ? AND COALESCE(enrollment_end_date, DATE '9999-12-31') >= ?
"""


def nobody_problem(settlement: Settlement, engine: DuckDBEngine, run: Run) -> Problem:
    """What is true of a settlement whose member table is empty.

    engine: with the tables of the run under their names.
    """
    contract, shape = settlement.contract, settlement.shape
    name_deliveries(engine, run)
    line = contract.shape.line_of_business
    rows = engine.rows(KNOWN, [line, shape.as_of, shape.last_day, shape.first_day])
    known = {"payer": {str(it[0]) for it in rows}, "plan": {str(it[1]) for it in rows if it[1]}}
    if not rows:
        who = " and ".join(filter(None, (clause_of(contract).payer, line)))
        what = f"no eligibility of {who} was known by {shape.as_of} in the period"
        return Problem(str(contract.path), what)
    clause, raw = clause_of(contract), contract.raw["members"]
    for name, asked in (("payer", clause.payer), ("plan", clause.plan)):
        if asked is not None and asked not in known[name]:
            what = (
                f"{name} {asked}: no eligibility of {line} that was known by {shape.as_of} has "
                f"this {name}{near(asked, known[name])}"
            )
            return Problem(where(contract.path, raw, name), what)
    what = f"eligibility of {line} was known by {shape.as_of}, but {_unmatched(clause.attributed)}"
    return Problem(where(contract.path, raw, "attributed"), what)


def _unmatched(attributed: str | None) -> str:
    """Eligibility there is, and no month of it is of somebody asked for."""
    if attributed is None:
        return "it has no month of these members; look at payer, plan and the days of its spans"
    return (
        f"{attributed} has nobody in a month of it; see whether payer, list and participants of "
        "its population: are written as loaded rows have them"
    )
