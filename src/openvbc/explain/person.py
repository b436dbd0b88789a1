"""Why a person or a claim is in or out."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from openvbc.confidentiality.release import Release
from openvbc.confidentiality.withhold import Withholding
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError, Problem
from openvbc.explain.attributed import (
    ATTRIBUTED_USES,
    TABLES_READ,
    attributed_levels,
    is_attributed,
)
from openvbc.explain.chosen import Chosen, choose, only_bucket_of, open_run
from openvbc.explain.levels import Explanation, Level
from openvbc.place import Place

PERSON_TABLES: Final = (
    *("assignment_window", "attribution", "candidate", "contract_period", "eligible_person"),
    *("person", "person_expenditure"),
)
CLAIM_TABLES: Final = ("attribution", "claim_use", "expenditure_window", "medical_claim")
"""What the explanations of a person and of a claim read."""

DAY: Final = {"medical_claim": "claim_end_date", "pharmacy_claim": "dispensing_date"}
"""Table of claims → the day whose month a claim counts in."""


def explain_person(
    place: Place,
    person: str,
    settlement: str | None,
    rows: int,
    release: Release | None = None,
) -> Explanation:
    """Why a person is assigned or not, in every period, and what was counted."""
    chosen = choose(place, settlement)
    run = open_run(place, place.store.current(), PERSON_TABLES)
    if is_attributed(run):
        run = open_run(place, run.id, (*PERSON_TABLES, *TABLES_READ))
    engine = run.open()
    try:
        only_bucket_of(person, engine, run, place)
        withholding = Withholding(engine, run, place.root, release or Release())
        if is_attributed(run) and (cell := _attributed_cell(engine, chosen, person)):
            levels = tuple(attributed_levels(engine, cell, rows, withholding))
        else:
            withholding.narrow()
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


def _known(engine: DuckDBEngine, person: str) -> None:
    """Raise InputError for a person of whom nothing is loaded."""
    if not engine.rows("SELECT 1 FROM person WHERE person_id = ?", [person]):
        raise InputError(Problem("--person", "no such person in the loaded data"))


def _attributed_cell(
    engine: DuckDBEngine, chosen: Chosen, person: str
) -> tuple[str, str, str] | None:
    """The contract's period with the person; None where 42 CFR 425 assigns its people."""
    _known(engine, person)
    cell = (chosen.contract, chosen.period)
    select = "SELECT 1 FROM contract_analysis WHERE contract_id = ? AND period_id = ?"
    return (*cell, person) if engine.rows(select, cell) else None


def _person_levels(engine: DuckDBEngine, chosen: Chosen, person: str, rows: int) -> Iterator[Level]:
    _known(engine, person)
    periods = chosen.periods(engine)
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
            values = [chosen.contract, period, person]
            names, mine = engine.columns(select.format(table=table), values)
            found += mine[:rows]
            count += len(mine)
        note = "" if found else "no row: nothing speaks of this person here"
        yield Level(f"{title} ({table})", names, found, count, note=note)


def explain_claim(
    place: Place, claim: str, settlement: str | None, release: Release | None = None
) -> Explanation:
    """Why each line of a claim counts in a settlement's periods, or why not.

    Of a claim that is withheld, only that it is.
    """
    chosen = choose(place, settlement)
    run = open_run(place, place.store.current(), CLAIM_TABLES)
    if is_attributed(run):
        run = open_run(place, run.id, (*CLAIM_TABLES, *TABLES_READ))
    engine = run.open()
    try:
        withholding = Withholding(engine, run, place.root, release or Release())
        uses = _attributed_uses(engine, chosen) if is_attributed(run) else None
        narrow = partial(only_bucket_of, engine=engine, run=run, place=place)
        levels = tuple(_claim_levels(engine, chosen, claim, withholding, uses or USES, narrow))
    finally:
        engine.close()
    return Explanation([("claim", claim), ("settlement", chosen.id)], levels)


def _claim_levels(
    engine: DuckDBEngine,
    chosen: Chosen,
    claim: str,
    withholding: Withholding,
    uses: str,
    narrow: Callable[[str], None],
) -> Iterator[Level]:
    table, found = _persons_of(engine, claim)
    if not found:
        raise InputError(Problem("--why-not", "no such claim in the loaded data"))
    shown = (
        f"SELECT {withholding.shown_claim}, count(*) FROM {table} "
        "WHERE claim_key = ? AND person_id = ? GROUP BY ALL"
    )
    for key, person in found:
        narrow(person)
        [(is_shown, lines)] = engine.rows(shown, [key, person])
        if is_shown:
            yield _versions(engine, table, key)
            yield _uses(engine, chosen, key, person, uses)
        else:
            yield Level("claim as delivered", (), [], 0, withheld=int(lines))


def _persons_of(engine: DuckDBEngine, claim: str) -> tuple[str, list[tuple[Any, ...]]]:
    """The table that has a claim, by its key or its number, with its keys and persons."""
    for table in DAY:
        for column in ("claim_key", "claim_id"):
            found = engine.rows(
                f"SELECT DISTINCT claim_key, person_id FROM {table} WHERE {column} = ? "
                "ORDER BY ALL",
                [claim],
            )
            if found:
                return table, found
    return "", []


def _versions(engine: DuckDBEngine, table: str, key: str) -> Level:
    names, rows = engine.columns(
        f"SELECT version_number, version_type, claim_line_number, {DAY[table]}, effective_on, "
        f"received_on, paid_cents, file_name, row_number FROM {table} WHERE claim_key = ? "
        "ORDER BY ALL",
        [key],
    )
    return Level(f"claim {key} as delivered", names, rows, len(rows))


USES: Final = """
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
"""


def _attributed_uses(engine: DuckDBEngine, chosen: Chosen) -> str | None:
    """The same of a contract whose people a declared method attributes; None of another."""
    select = "SELECT 1 FROM contract_analysis WHERE contract_id = ?"
    return ATTRIBUTED_USES if engine.rows(select, [chosen.contract]) else None


def _uses(engine: DuckDBEngine, chosen: Chosen, key: str, person: str, uses: str) -> Level:
    names, rows = engine.columns(uses, [chosen.contract, key, person])
    note = "" if rows else "its day is in no period of this settlement that counts such claims"
    return Level(f"how it counts in {chosen.id}", names, rows, len(rows), note=note)
