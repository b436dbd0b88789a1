"""A replication as JSON and as tables on a terminal."""

import json
from decimal import Decimal
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.money import round_half_up
from openvbc.replicate.mssp import PROGRAM, REASONS, Replication, Result

SHOWN: Final = 20
"""Rows that a terminal shows; the JSON lists every one."""


def to_json(replication: Replication) -> str:
    """The replication as JSON: counts, each compared column, and every row with its reason."""
    content = {
        "program": PROGRAM,
        "year": replication.year,
        "rows": len(replication.results),
        "recomputed": replication.recomputed,
        "within_tolerance": replication.within_tolerance,
        "decision_right": replication.decisions_right,
        "compared": {
            column: {"equal": equal, "of": of}
            for column, (equal, of) in replication.compared.items()
        },
        "results": [_row(result) for result in replication.results],
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _row(result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "published": _cents(result.published),
        "computed": _cents(result.computed),
        "decision": result.decision,
        "within": result.within,
        "reason": _reason(result),
    }


def _reason(result: Result) -> str | None:
    """The row's reason; a difference without one comes before a reason that another has."""
    return next((it for it in reversed(result.reasons)), None)


def _cents(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{round_half_up(amount, 2):.2f}"


def as_tables(replication: Replication) -> RenderableType:
    """The replication for a terminal: counts by column, reasons, and the rows that differ."""
    rows = len(replication.results)
    head = Text(
        f"Shared Savings Program PY{replication.year}: {rows:,} ACOs in {replication.path.name}; "
        f"{replication.recomputed:,} recomputed, {replication.within_tolerance:,} within tolerance,"
        f" {replication.decisions_right:,} decisions right"
    )
    parts: list[RenderableType] = [head, _columns(replication)]
    if replication.quality_from_rate:
        count = replication.quality_from_rate
        parts.append(Text(f"{count} failed standards read from a published share rate of 0"))
    if replication.reasons:
        parts += [_reasons(replication), *_differing(replication)]
    return Group(*parts)


def _columns(replication: Replication) -> Table:
    table = Table("column", "equal", "of")
    for column, (equal, of) in replication.compared.items():
        table.add_row(column, f"{equal:,}", f"{of:,}")
    return table


def _reasons(replication: Replication) -> Table:
    table = Table("reason", "what it says", "rows that meet it", "and match")
    for reason, (met, matched) in replication.reasons.items():
        table.add_row(reason, REASONS[reason], f"{met:,}", f"{matched:,}")
    return table


def _differing(replication: Replication) -> list[RenderableType]:
    differing = [result for result in replication.results if not result.matches]
    if not differing:
        return []
    table = Table("line", "ACO", "published", "computed", "what differs", "reason")
    for result in differing[:SHOWN]:
        what = "; ".join(
            (
                *(
                    f"{one.column} {one.published} ≠ {one.computed:f}"
                    for one in result.compared
                    if not one.equal
                ),
                *result.problems,
            )
        )
        table.add_row(
            str(result.line),
            result.id,
            _cents(result.published),
            _cents(result.computed),
            what,
            ", ".join(result.reasons),
        )
    more = len(differing) - SHOWN
    return [table, Text(f"and {more:,} more; --json lists them")] if more > 0 else [table]
