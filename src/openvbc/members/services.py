"""A workspace's claim lines by service, place, network and month, for the members of a contract.

Which service a line is, is said in a small CSV file beside the contract: one row for each rule, in
order, and the first that fits holds. Its columns are claim_type, place_of_service, bill_type,
revenue_center, hcpcs_from, hcpcs_to, billing_tin (what a line must have; empty = anything),
service, place and network (what it then is). bill_type and revenue_center are how a code begins;
hcpcs_from and hcpcs_to the first and last code of a range of five characters.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from openvbc.contract.settlement import Settlement
from openvbc.csvtable import Row, read_table
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.run import Run
from openvbc.errors import InputError, Problem, near
from openvbc.members.table import member_table
from openvbc.responsibility.divide import Division, Landed, SummaryLine
from openvbc.responsibility.matrix import Matrix

ASKED: Final = (
    "claim_type",
    "place_of_service",
    "bill_type",
    "revenue_center",
    "hcpcs_from",
    "hcpcs_to",
    "billing_tin",
)
"""What a line must have, by column of the file."""

MADE: Final = ("service", "place", "network")
"""What it then is."""

CLAIM_TYPES: Final = ("dme", "institutional", "pharmacy", "professional")

HCPCS_LENGTH: Final = 5

SQL: Final = (Path(__file__).parent / "claim_service.sql").read_text(encoding="utf-8")


def read_services(path: Path) -> list[list[str | None]]:
    """The rules of the file in order: place of the rule, what it asks, what it makes.

    Raises InputError with everything that is wrong, each with its line.
    """
    rows = read_table(path, (*ASKED, *MADE))
    problems = [Problem(f"{path}:{row.line}", it) for row in rows for it in _wrong(row)]
    if not rows:
        problems.append(Problem(str(path), "has no row; every line would be unmapped"))
    if problems:
        raise InputError(problems)
    return [[str(row.line), *(row.cells[it] or None for it in (*ASKED, *MADE))] for row in rows]


def _wrong(row: Row) -> Iterator[str]:
    cells = row.cells
    for name in MADE:
        if not cells[name]:
            yield f"{name} is empty; say what the line is"
    kind = cells["claim_type"]
    if kind and kind not in CLAIM_TYPES:
        yield f"claim_type: found {kind[:20]!r}{near(kind, CLAIM_TYPES)}"
    first, last = cells["hcpcs_from"], cells["hcpcs_to"]
    if bool(first) != bool(last):
        yield "hcpcs_from and hcpcs_to stand together; one code is both"
    elif first and (len(first) != HCPCS_LENGTH or len(last) != HCPCS_LENGTH or last < first):
        yield f"hcpcs {first[:8]} to {last[:8]}: expected five characters, first before last"


def divide_claims(matrix: Matrix, services: Path, settlement: Settlement, run: Run) -> Division:
    """Land every claim line of a settlement's members in one cell of the matrix, or in none.

    A line is one of a month that the member has in the contract, final as of the settlement's
    as_of. Lines are summed by service, place, network and month; lines that no rule of the file
    fits are summed as service `unmapped`, with their claim type and place of service.
    Raises InputError where the file cannot be read, or no line of these months names the payer and
    line of business of the coverage, though there are lines.
    """
    rules = read_services(services)
    engine = run.open(threads=1)
    try:
        member_table(settlement, engine, run)
        found = _summed(engine, settlement, rules)
        if not found:
            _refuse_other_names(engine, settlement)
    finally:
        engine.close()
    lines = (
        SummaryLine(0, (service, place, network), month, value, count, paid)
        for service, place, network, month, value, paid, count in found
    )
    return Division(services, tuple(Landed(it, matrix.at(*it.cell, it.month)) for it in lines))


OTHER_NAMES: Final = """
SELECT COUNT(*), string_agg(DISTINCT concat_ws(', ', c.payer, c.line_of_business), '; ')
FROM final_claim AS c
JOIN (SELECT DISTINCT person_id, month_start FROM member_money WHERE earned_months > 0) AS m
    ON m.person_id = c.person_id
    AND m.month_start = CAST(date_trunc('month', c.claim_end_date) AS DATE)
"""
"""Claim lines of the members' months, and whose they say they are."""


def _refuse_other_names(engine: DuckDBEngine, settlement: Settlement) -> None:
    lines, names = engine.rows(OTHER_NAMES)[0]
    if lines:
        what = f"no claim line of its members' months counts, and {lines:,} stand there, of {names}"
        hint = "coverage and claims must name one payer and line of business alike"
        raise InputError(Problem(str(settlement.contract.path), f"{what}; {hint}"))


def _summed(
    engine: DuckDBEngine, settlement: Settlement, rules: Sequence[Sequence[str | None]]
) -> list[tuple[Any, ...]]:
    columns: Mapping[str, str] = {"rule": "VARCHAR", **dict.fromkeys((*ASKED, *MADE), "VARCHAR")}
    engine.rows_as_table("service_rule", columns, rules)
    as_of = settlement.shape.as_of
    engine.rows_as_table("claims_as_of", {"as_of": "DATE"}, [[as_of]])
    return engine.rows(SQL)
