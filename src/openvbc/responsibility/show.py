"""A division of financial responsibility in a terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.money import dollars
from openvbc.responsibility.divide import Amount, Division, SummaryLine


def division_text(found: Division) -> RenderableType:
    """What each pool bears, what is unmapped, and that both together are what came in."""
    table = Table(title=str(found.path.name), title_justify="left")
    table.add_column("pool")
    table.add_column("lines", justify="right")
    table.add_column("amount", justify="right")
    unmapped = found.unmapped
    rows = {
        **found.pools,
        "unmapped": Amount(sum(it.lines for it in unmapped), sum(it.cents for it in unmapped)),
        "all": found.whole,
    }
    for name, it in rows.items():
        table.add_row(name, f"{it.lines:,}", f"{dollars(it.cents):,.2f}")
    return Group(table, *(Text(_listed(found, it)) for it in unmapped))


def _listed(found: Division, it: SummaryLine) -> str:
    cell = " × ".join(part or "(empty)" for part in it.cell)
    amount = f"{dollars(it.cents):,.2f}"
    place = f"{found.path.name}:{it.line}" if it.line else f"{it.lines:,} claim lines"
    return f"unmapped: {place}: {cell}, {it.month:%Y-%m}, {amount}"
