"""A reconciliation in a terminal and as a file."""

import json
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.errors import ExitCode
from openvbc.ledger.post import money
from openvbc.reconcile.reconciliation import Reconciliation, TwinCause
from openvbc.reconcile.twin import reconcile

MOST_CELLS = 3
"""How many cells of one cause are shown."""

READ = (
    "alone: what the cause does by itself to our amount; with others: what it does besides, "
    "together with the causes above it"
)


def reconciled_table(found: Reconciliation) -> RenderableType:
    """Ours, every cause with its class and dollars, theirs."""
    title = f"{found.contract} {found.period}: ours {found.ours_id[:12]}, "
    table = Table(title=f"{title}theirs {found.theirs_id[:12]}", title_justify="left")
    for name in ("class", "what", "ours → theirs"):
        table.add_column(name, overflow="fold")
    for name in ("alone", "with others", "amount"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row("", "ours settles", "", "", "", money(found.ours_cents))
    for it in found.causes:
        amounts = (money(it.alone), money(it.with_earlier) if it.with_earlier else "")
        table.add_row(it.kind, it.name, _cells(it), *amounts, money(it.cents))
    table.add_row("", "theirs settles", "", "", "", money(found.theirs_cents))
    table.add_row("", "difference", "", "", money(found.interaction), money(found.difference))
    return Group(table, Text(READ), *(Text(it) for it in found.notes))


def _cells(cause: TwinCause) -> str:
    shown = [f"{it.old} → {it.new}" for it in cause.cells[:MOST_CELLS]]
    more = len(cause.cells) - len(shown)
    rest = [f"and {more} more"] if more else []
    return "\n".join([*([cause.says] if cause.says else []), *shown, *rest])


def reconcile_command(
    ours: Path, theirs: Path, json_out: Path | None = None
) -> tuple[RenderableType, ExitCode]:
    """What `vbc reconcile` prints and its exit code; writes the JSON where a file is named.

    0: everything is explained. 1: something is not. Raises InputError (2) where it is refused.
    """
    found = reconcile(ours, theirs)
    if json_out is not None:
        text = json.dumps(found.to_json(), indent=2, ensure_ascii=False)
        json_out.write_text(f"{text}\n", encoding="utf-8")
    code = ExitCode.DONE if found.explained else ExitCode.CHECK_FAILED
    return reconciled_table(found), code
