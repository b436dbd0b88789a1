"""From a contract's member months down to what attributed the person by a declared method.

The months, the decision, everybody who was compared, the claim lines that were counted for them,
the payer's lists, and the claims of those months. Each sum is that of the table above it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from openvbc.confidentiality.withhold import Withholding
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.run import Run
from openvbc.explain.levels import Level, Lines

MEMBER: Final = "contract_member"

TABLES_READ: Final = (
    *("attribution_candidate", "attribution_line", "attribution_period"),
    *("contract_analysis", "contract_line", "contract_member", "contract_span"),
    "person_attribution",
    *("attribution_service", "reported_assignment", "voluntary_alignment"),
)
"""What the explanation of an attributed person reads."""

SPAN: Final = (
    *("first_day", "last_day", "months", "enrolment_type", "candidate_type", "candidate_id"),
    *("step", "reason"),
)
DECISION: Final = ("method", "period", "attributed", "candidate_type", "candidate_id", "step",
                   "reason")  # fmt: skip
CANDIDATE: Final = (
    *("period", "step", "place", "candidate_type", "candidate_id", "allowed_cents", "visits"),
    *("last_service_on", "reason"),
)
LINE: Final = (
    *("step", "copy", "claim_key", "version_number", "claim_line_number", "service_on"),
    *("hcpcs_code", "npi", "candidate_type", "candidate_id", "allowed_cents"),
)
LIST: Final = ("report", "report_period", "status", "tin", "npi")
CHOICE: Final = ("valid_from", "valid_to", "tin", "npi")
CLAIM: Final = (
    *("claim_key", "version_number", "claim_line_number", "claim_type", "claim_end_date"),
    *("counts", "reason", "paid_cents", "claims_cents"),
)

OF_ANALYSIS: Final = """
FROM {table} AS t
JOIN person_attribution AS d ON d.attribution_id = t.attribution_id AND d.person_id = t.person_id
JOIN contract_analysis AS x ON x.analysis_id = d.analysis_id
WHERE x.contract_id = ? AND x.period_id = ? AND t.person_id = ?
"""

CLAIMS: Final = "FROM contract_line WHERE contract_id = ? AND period_id = ? AND person_id = ?"

ATTRIBUTED_USES: Final = """
SELECT u.period_id, u.version_number, u.claim_line_number, u.counts,
    CASE
        WHEN u.counts THEN 'counts'
        WHEN u.reason = 'no_month' THEN 'no month of the contract: attributed to ' || coalesce(
            d.candidate_type || ' ' || d.candidate_id || ', ' || d.reason,
            'nobody, ' || d.reason,
            'nobody, not looked at'
        )
        ELSE u.reason
    END AS why,
    u.claims_cents
FROM contract_line AS u
JOIN contract_analysis AS x ON x.contract_id = u.contract_id AND x.period_id = u.period_id
LEFT JOIN attribution_period AS p
    ON p.analysis_id = x.analysis_id AND u.claim_end_date BETWEEN p.first_day AND p.last_day
LEFT JOIN person_attribution AS d
    ON d.attribution_id = p.attribution_id AND d.person_id = u.person_id
WHERE u.contract_id = ? AND u.claim_key = ? AND u.person_id = ?
ORDER BY ALL
"""
"""How the lines of a claim count for the contract's periods, and why not."""

Cell = Sequence[str]
"""The contract, its period and the person."""


def is_attributed(run: Run) -> bool:
    """Whether a run has contracts whose people a declared method attributes."""
    return bool(run.manifest["tables"].get("contract_span"))


def attributed_levels(
    engine: DuckDBEngine, cell: Cell, rows: int, withholding: Withholding
) -> Iterator[Level]:
    """The levels below one person of a contract's period.

    Raises CheckFailedError where the lines do not come to what was compared, or the claims to what
    was counted.
    """
    yield _months(engine, cell)
    yield _level(engine, "attribution", "person_attribution", DECISION, cell, rows)
    yield _level(engine, "candidates", "attribution_candidate", CANDIDATE, cell, rows)
    yield _lines(engine, cell, rows, withholding)
    for title, table, columns in (
        ("on the payer's lists", "reported_assignment", LIST),
        ("designations", "voluntary_alignment", CHOICE),
    ):
        found = engine.rows(
            f"SELECT {', '.join(columns)} FROM {table} WHERE person_id = ? ORDER BY ALL", [cell[2]]
        )
        if found:
            yield Level(f"{title} ({table})", columns, found[:rows], len(found))
    yield _claims(engine, cell, rows, withholding)


def _months(engine: DuckDBEngine, cell: Cell) -> Level:
    found = engine.rows(
        f"SELECT {', '.join(SPAN)} FROM contract_span "
        "WHERE contract_id = ? AND period_id = ? AND person_id = ? ORDER BY first_day",
        cell,
    )
    total = sum(int(row[SPAN.index("months")]) for row in found)
    note = "" if found else "no month of this person counts for the contract"
    title = "months that count (contract_span)"
    return Level(title, SPAN, found, len(found), total, "", note)


def _level(
    engine: DuckDBEngine, title: str, table: str, columns: Sequence[str], cell: Cell, rows: int
) -> Level:
    """Rows of a table of the contract's own analysis; the period is the attribution's."""
    own = (f"{'d' if it in {'method', 'period'} else 't'}.{it}" for it in columns)
    select = f"SELECT {', '.join(own)} {OF_ANALYSIS.format(table=table)} ORDER BY ALL"
    found = engine.rows(select, cell)
    return Level(f"{title} ({table})", columns, found[:rows], len(found))


def _lines(engine: DuckDBEngine, cell: Cell, rows: int, withholding: Withholding) -> Level:
    """The claim lines that a step counted for anybody; they sum to what was compared."""
    source = f"FROM (SELECT t.* {OF_ANALYSIS.format(table='attribution_line')}) AS line WHERE true"
    level = Lines(engine, source, cell, withholding.shown_claim).level(
        "claim lines that attributed (attribution_line)",
        LINE,
        "step, service_on, claim_key, claim_line_number, copy",
        rows,
    )
    units = OF_ANALYSIS.format(table="attribution_service")
    compared = engine.rows(f"SELECT coalesce(sum(t.allowed_cents), 0) {units}", cell)[0][0]
    return level.must_sum_to(int(compared))


def _claims(engine: DuckDBEngine, cell: Cell, rows: int, withholding: Withholding) -> Level:
    """The claim lines of the period; those that count sum to the person's claims."""
    level = Lines(engine, CLAIMS, cell, withholding.shown_claim).level(
        "claim lines of the period (contract_line)",
        CLAIM,
        f"claims_cents DESC, {', '.join(CLAIM[:3])}",
        rows,
    )
    member = engine.rows(
        f"SELECT coalesce(sum(claims_cents), 0) FROM {MEMBER} "
        "WHERE contract_id = ? AND period_id = ? AND person_id = ?",
        cell,
    )[0][0]
    return level.must_sum_to(int(member))
