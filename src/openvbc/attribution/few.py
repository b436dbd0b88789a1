"""Churn as it may be told to others: no count of 1 to 10 people, and none that could be had.

Before and after are the sums of stayed and left, and of stayed and joined: where one of these three
is few, none of them is told, nor their causes. Else the causes of few people stand together.
"""

from collections.abc import Iterator
from typing import Any, Final

from openvbc.attribution.churn import Churn
from openvbc.confidentiality.withhold import FEW
from openvbc.cost.section import fold_few

PARTS: Final = ("stayed", "left", "joined")
NOT_TOLD: Final = "not told"
COLUMNS: Final = ("unit", "change", "cause", "persons")


def told_totals(found: Churn) -> list[dict[str, Any]]:
    """The totals of each unit; None where a count is not told."""
    return [_told(row) for row in found.totals()]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    hidden = set(PARTS) if _is_hidden(row) else set()
    hidden |= {name for name in ("before", "after") if 0 < row[name] < FEW}
    return {name: None if name in hidden else value for name, value in row.items()}


def _is_hidden(row: dict[str, Any]) -> bool:
    """Whether the parts of a unit's totals are not told."""
    return any(0 < row[name] < FEW for name in PARTS)


def told_changes(found: Churn) -> list[tuple[Any, ...]]:
    """Unit, change, cause and people; reasons and whom they went to are for the unit itself."""
    return [row for total in found.totals() for row in _changes(found, total)]


def _changes(found: Churn, total: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    unit = total["unit"]
    for change in PARTS:
        counts: dict[str, int] = {}
        for it in found.changes:
            if (it.unit, it.change) == (unit, change):
                counts[it.cause] = counts.get(it.cause, 0) + it.persons
        if counts and _is_hidden(total):
            yield unit, change, NOT_TOLD, None
        elif counts:
            rows = ((cause, persons, persons) for cause, persons in counts.items())
            for cause, _, persons in fold_few(rows, 1, (2,)):
                yield unit, change, cause, persons


def told_json(found: Churn) -> dict[str, Any]:
    """For other programs."""
    changes = [dict(zip(COLUMNS, row, strict=True)) for row in told_changes(found)]
    return {**found.to_json(), "totals": told_totals(found), "changes": changes}
