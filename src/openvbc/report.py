"""How results of commands are shown in a terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.contract.render_text import render_text
from openvbc.contract.settle import Settled
from openvbc.sources.load import LoadResult


def settled_text(settled: Settled, *, depth: int, everything: bool = False) -> RenderableType:
    """A statement as a tree: its last component, or all where asked for or where it is stopped."""
    paths = [line_id.split("/")[0] for line_id in settled.document["results"]]
    whole = everything or bool(settled.problems)
    component = None if whole or not paths else paths[-1]
    return render_text(
        settled.document, depth=depth, component=component, problems=settled.problems
    )


def load_table(loaded: LoadResult) -> RenderableType:
    """What became of every row of a load: in = accepted + redelivered + quarantined."""
    if loaded.already_loaded:
        return Text(f"load {loaded.load_id}: these files were loaded before; nothing changed")
    names = ("table", "rows in", "accepted", "redelivered", "quarantined")
    table = Table(
        title=f"load {loaded.load_id} ({loaded.kind}, {loaded.seconds:.1f} s)", title_justify="left"
    )
    for place, name in enumerate(names):
        table.add_column(name, justify="right" if place else "left")
    for name, it in loaded.tables.items():
        counts = (it.rows_in, it.accepted, it.redelivered, it.set_aside)
        table.add_row(name, *(f"{count:,}" for count in counts))
    reasons = [
        Text(f"{name}: {rows:,} quarantined: {reason}")
        for name, it in loaded.tables.items()
        for reason, rows in it.quarantined.items()
    ]
    if reasons:
        reasons.append(Text(f"each with file and row number: {loaded.folder}/quarantine.parquet"))
    if loaded.ignored:
        reasons.append(Text(f"files not read: {', '.join(loaded.ignored)}"))
    return Group(table, *reasons)
