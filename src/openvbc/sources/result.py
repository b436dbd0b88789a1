"""What became of a source's rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openvbc.errors import OpenVBCError, Problem
from openvbc.sources.forms import Forms, NotInForm
from openvbc.sources.write import Outcome


@dataclass(frozen=True)
class TableCount:
    """What became of one table's rows: rows_in = accepted + redelivered + quarantined.

    updated are those of the accepted that replace a row of an earlier load. withdrawn are rows of
    earlier loads that stand no longer. forms: column → what of its values was not in form;
    in_no_form: rows with a code that stays in none.
    """

    rows_in: int = 0
    accepted: int = 0
    updated: int = 0
    redelivered: int = 0
    withdrawn: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)
    forms: Mapping[str, NotInForm] = field(default_factory=dict)
    in_no_form: int = 0

    @classmethod
    def told(cls, manifest: Mapping[str, Any]) -> "TableCount":
        """As a load's manifest tells it; those of earlier versions know of no forms."""
        forms = {name: NotInForm(**it) for name, it in manifest.get("forms", {}).items()}
        return cls(**{**manifest, "forms": forms})

    @property
    def set_aside(self) -> int:
        """Rows quarantined for any reason."""
        return sum(self.quarantined.values())


@dataclass(frozen=True)
class LoadResult:
    """A published load. already_loaded: the same files were loaded before, nothing changed.

    mended: files of the load that were lost or damaged and were written again.
    """

    load_id: str
    kind: str
    folder: Path
    tables: Mapping[str, TableCount]
    ignored: tuple[str, ...]
    already_loaded: bool
    seconds: float
    mended: int = 0


def count_rows(
    table: str,
    quarantined: Mapping[str, int],
    outcomes: Sequence[Outcome],
) -> TableCount:
    """Add up a table. Raises OpenVBCError where rows are neither accepted nor set aside."""
    mine = [outcome for outcome in outcomes if outcome.table == table]
    forms = sum((outcome.forms for outcome in mine), Forms())
    conflicts = sum(sum(outcome.conflicts.values()) for outcome in mine)
    first = sum(quarantined.values()) - conflicts
    count = TableCount(
        rows_in=sum(outcome.rows_in for outcome in mine) + first,
        accepted=sum(outcome.accepted for outcome in mine),
        updated=sum(outcome.updated for outcome in mine),
        redelivered=sum(outcome.redelivered for outcome in mine),
        withdrawn=sum(outcome.withdrawn for outcome in mine),
        quarantined=dict(quarantined),
        forms=forms.columns,
        in_no_form=forms.odd_rows,
    )
    left = count.rows_in - count.accepted - count.redelivered - count.set_aside
    if left:
        raise OpenVBCError(Problem(table, f"{left:,} rows are unaccounted for; nothing was loaded"))
    return count
