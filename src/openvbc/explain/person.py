"""Why a person or a claim is in or out."""

from collections.abc import Iterator
from typing import Any

from openvbc.confidentiality.release import Release
from openvbc.confidentiality.withhold import Withholding
from openvbc.contract.settlement import Settlement
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError, Problem
from openvbc.explain.levels import Explanation, Level
from openvbc.publish import find_settlement
from openvbc.workspace import Workspace


def explain_person(
    workspace: Workspace,
    person: str,
    settlement: str | None,
    rows: int,
    release: Release | None = None,
) -> Explanation:
    """Why a person is assigned or not, in every period, and what was counted."""
    chosen = find_settlement(workspace, settlement)
    run = workspace.run()
    engine = run.open()
    try:
        Withholding(engine, run, workspace.root, release or Release()).narrow()
        levels = tuple(_person_levels(engine, chosen, person, rows))
    finally:
        engine.close()
    return Explanation([("person", person), ("settlement", chosen.id)], levels)


BY_WINDOW = """
SELECT w.period_id, t.* EXCLUDE (window_id, person_id)
FROM {table} AS t JOIN assignment_window AS w ON w.window_id = t.window_id
WHERE w.contract_id = ? AND w.period_id = ? AND t.person_id = ?
ORDER BY ALL
"""

BY_PERIOD = """
SELECT t.* EXCLUDE (contract_id, person_id) FROM {table} AS t
WHERE t.contract_id = ? AND t.period_id = ? AND t.person_id = ?
ORDER BY ALL
"""


def _person_levels(
    engine: DuckDBEngine, settlement: Settlement, person: str, rows: int
) -> Iterator[Level]:
    if not engine.rows("SELECT 1 FROM person WHERE person_id = ?", [person]):
        raise InputError(Problem("--person", "no such person in the loaded data"))
    periods = [settlement.period_id(role) for role in settlement.coordinates.periods]
    for title, table, select in (
        ("may be assigned", "eligible_person", BY_WINDOW),
        ("candidates", "candidate", BY_WINDOW),
        ("assignment", "attribution", BY_PERIOD),
        ("expenditure", "person_expenditure", BY_PERIOD),
    ):
        names: list[str] = []
        found: list[tuple[Any, ...]] = []
        count = 0
        for period in periods:
            values = [settlement.contract.id, period, person]
            names, mine = engine.columns(select.format(table=table), values)
            found += mine[:rows]
            count += len(mine)
        note = "" if found else "no row: nothing speaks of this person here"
        yield Level(f"{title} ({table})", names, found, count, note=note)


def explain_claim(
    workspace: Workspace, claim: str, settlement: str | None, release: Release | None = None
) -> Explanation:
    """Why each line of a claim counts in a settlement's periods, or why not.

    Of a claim that is withheld, only that it is.
    """
    chosen = find_settlement(workspace, settlement)
    run = workspace.run()
    engine = run.open()
    try:
        withholding = Withholding(engine, run, workspace.root, release or Release())
        levels = tuple(_claim_levels(engine, chosen, claim, withholding))
    finally:
        engine.close()
    return Explanation([("claim", claim), ("settlement", chosen.id)], levels)


def _claim_levels(
    engine: DuckDBEngine, settlement: Settlement, claim: str, withholding: Withholding
) -> Iterator[Level]:
    found = engine.rows(
        f"SELECT claim_key, person_id, {withholding.shown_claim} AS is_shown, count(*) "
        "FROM medical_claim WHERE claim_key = ? OR claim_id = ? GROUP BY ALL ORDER BY ALL",
        [claim, claim],
    )
    if not found:
        raise InputError(Problem("--why-not", "no such claim in the loaded data"))
    for key, person, is_shown, lines in found:
        if not is_shown:
            yield Level("claim as delivered", (), [], 0, withheld=int(lines))
            continue
        yield _versions(engine, key)
        yield _uses(engine, settlement, key, person)


def _versions(engine: DuckDBEngine, key: str) -> Level:
    names, rows = engine.columns(
        "SELECT version_number, version_type, claim_line_number, claim_end_date, effective_on, "
        "received_on, paid_cents, file_name, row_number FROM medical_claim WHERE claim_key = ? "
        "ORDER BY ALL",
        [key],
    )
    return Level(f"claim {key} as delivered", names, rows, len(rows))


def _uses(engine: DuckDBEngine, settlement: Settlement, key: str, person: str) -> Level:
    names, rows = engine.columns(
        """
        SELECT w.period_id, u.version_number, u.claim_line_number,
            u.counts AND coalesce(a.assigned, false) AS counts,
            CASE
                WHEN NOT u.counts THEN u.reason
                WHEN NOT coalesce(a.assigned, false)
                    THEN 'person is not assigned: ' || coalesce(a.reason, 'saw nobody of the ACO')
                ELSE coalesce('counts; excluded: ' || u.exclusion, 'counts')
            END AS why,
            u.claims_cents, u.excluded_cents
        FROM claim_use AS u
        JOIN expenditure_window AS w ON w.window_id = u.window_id AND w.contract_id = ?
        LEFT JOIN attribution AS a
            ON a.contract_id = w.contract_id AND a.period_id = w.period_id
            AND a.person_id = u.person_id
        WHERE u.claim_key = ? AND u.person_id = ?
        ORDER BY ALL
        """,
        [settlement.contract.id, key, person],
    )
    note = "" if rows else "its through date is in no period of this settlement"
    return Level(f"how it counts in {settlement.id}", names, rows, len(rows), note=note)
