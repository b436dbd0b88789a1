"""How results of commands are shown: in a terminal, and for machines."""

from collections.abc import Iterator, Mapping, Sequence, Sized
from contextlib import suppress
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.contract.render_text import render_text
from openvbc.contract.settle import Settled
from openvbc.engine.build import Tally
from openvbc.engine.store import Store
from openvbc.errors import InputError, Problem
from openvbc.generate.population import Generated
from openvbc.programs import Program
from openvbc.sources.arrivals import OWN_TABLE
from openvbc.sources.forms import asked
from openvbc.sources.load import LoadResult
from openvbc.sources.reader import OWN_KIND, canonical_models


def counted(things: Sized, name: str) -> str:
    """How many there are, in words: "1 contract", "2 contracts"."""
    return f"{len(things)} {name}" + ("" if len(things) == 1 else "s")


def settled_text(settled: Settled, *, depth: int, everything: bool = False) -> RenderableType:
    """A statement as a tree: its last component, or all where asked for or where it is stopped."""
    paths = [line_id.split("/")[0] for line_id in settled.document["results"]]
    whole = everything or bool(settled.problems)
    component = None if whole or not paths else paths[-1]
    return render_text(
        settled.document, depth=depth, component=component, problems=settled.problems
    )


def settled_json(settled: Settled) -> Mapping[str, Any]:
    """A settlement's outcome: if it holds, what stopped it, and the statement as far as it came."""
    return {
        "settlement": settled.document["settlement"]["id"],
        "holds": settled.holds,
        "problems": _problems(settled.problems),
        "failed_assertions": _problems(settled.failed_assertions),
        "notes": settled.notes,
        "statement": settled.document,
    }


def refused_json(settlement_id: str, problems: Sequence[Problem]) -> Mapping[str, Any]:
    """As `settled_json`, of a settlement that did not come as far as a statement."""
    return {
        "settlement": settlement_id,
        "holds": False,
        "problems": _problems(problems),
        "failed_assertions": [],
        "notes": [],
        "statement": None,
    }


def _problems(problems: Sequence[Problem]) -> list[Mapping[str, str]]:
    return [{"where": problem.where, "what": problem.what} for problem in problems]


def population_table(made: Generated) -> RenderableType:
    """What a generated population holds."""
    table = Table("table", "rows", title=f"{made.folder}", title_justify="left")
    for name, rows in made.rows.items():
        table.add_row(name, f"{rows:,}")
    return Group(table, Text(f"top 5 % of people: {made.top_five_percent_share} of spend"))


def programs_table(programs: Sequence[Program]) -> RenderableType:
    """The modelled programs with what they are verified against; the others with the reason."""
    table = Table("program", "years, status, checked", "what it is verified against")
    others = Table("not modelled", "status, checked", "why not")
    for it in programs:
        facts = [str(it.years)] if it.modelled else []
        rows = table if it.modelled else others
        rows.add_row(
            it.id,
            "\n".join([*facts, it.status, str(it.checked)]),
            Text(it.title, style="bold").append(f"\n{it.verified or it.reason}", style="not bold"),
            end_section=True,
        )
    return Group(table, others) if others.row_count else table


def program_page(program: Program) -> RenderableType:
    """Everything that the registry says of one program."""
    rows = {
        "agency": program.agency,
        "authority": program.authority,
        "status": program.status,
        "years": str(program.years or "none: not modelled"),
        "components": ", ".join(program.components),
        "other agreements": ", ".join(
            f"{name} in place of {it}" for name, it in program.instead.items()
        ),
        "verified": program.verified,
        "not modelled": program.missing,
        "why not": program.reason,
        "checked": str(program.checked),
    }
    grid = Table.grid(padding=(0, 2))
    for name, text in rows.items():
        if text:
            grid.add_row(Text(name, style="dim"), Text(text))
    return Group(Text(f"{program.id}: {program.title}", style="bold"), grid)


def load_table(loaded: LoadResult) -> RenderableType:
    """What became of every row of a load: in = accepted + redelivered + quarantined."""
    if loaded.already_loaded:
        did = f"{loaded.mended} lost files written again" if loaded.mended else "nothing changed"
        return Text(f"load {loaded.load_id}: these files were loaded before; {did}")
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
    ] + [
        Text(f"{name}: {it.withdrawn:,} rows of earlier loads withdrawn")
        for name, it in loaded.tables.items()
        if it.withdrawn
    ]
    if reasons:
        reasons.append(Text(f"each with file and row number: {loaded.folder}/quarantine.parquet"))
    reasons += _forms(loaded)
    written = {OWN_TABLE} if loaded.kind == OWN_KIND else set()  # of every load, by itself
    if unread := [it for it in loaded.ignored if it not in written]:
        reasons.append(Text(f"files not read: {', '.join(unread)}"))
    return Group(table, *reasons)


def _forms(loaded: LoadResult) -> Iterator[Text]:
    """What of a load's codes was not in the form of their column."""
    for table, count in loaded.tables.items():
        columns = canonical_models()[table].columns if count.forms else ()
        for column in columns:
            if column.name not in count.forms:
                continue
            it, where = count.forms[column.name], f"{table}.{column.name}"
            if it.put:
                yield Text(f"{where}: put into form ({asked(column)}): {it.put:,}")
            if it.odd:
                seen = f"found {', '.join(it.commonest)} (9 a digit, A a letter)"
                kept = f"kept as they came, and may match no list: {it.odd:,}"
                what = f"{seen}, expected {asked(column)}; {kept}"
                yield Text(f"{where}: {what}", style="yellow")


def rehearsal_table(tally: Tally) -> RenderableType:
    """What a build would make of each table, at most."""
    table = Table("table")
    table.add_column("to build", justify="right")
    table.add_column("to reuse", justify="right")
    for name in sorted({*tally.built, *tally.reused}):
        table.add_row(name, f"{tally.built.get(name, 0):,}", f"{tally.reused.get(name, 0):,}")
    built, reused = (sum(counts.values()) for counts in (tally.built, tally.reused))
    most = f"at most {built:,}" if built else "0"
    spared = "; what comes out as it was saves what reads it" if built else ""
    said = f"{most} partitions to build, {reused:,} to reuse{spared}; nothing done"
    return Group(table, Text(said))


def runs_list(store: Store) -> list[dict[str, Any]]:
    """The published runs, latest last: what made them and which is in force."""
    ids = store.runs()
    in_force = ""
    with suppress(InputError):  # the list is how one that is not named is found
        in_force = store.current()
    return [_run(store, run_id, in_force) for run_id in ids]


def _run(store: Store, run_id: str, in_force: str) -> dict[str, Any]:
    times = store.times(run_id)
    tables = store.manifest(run_id)["tables"]
    return {
        "run": run_id,
        "ended": times.get("ended"),
        "built": times.get("built"),
        "reused": times.get("reused"),
        "loads": store.manifest(run_id)["facts"].get("loads", []),
        "rows": {name: sum(it["rows"] for it in parts) for name, parts in tables.items()},
        "in_force": run_id == in_force,
    }


def runs_table(runs: Sequence[Mapping[str, Any]]) -> RenderableType:
    """The runs as a table."""
    table = Table("run", "ended (UTC)", "built", "reused", "loads", "")
    for it in runs:
        made = [str(it[name]) if it[name] is not None else "" for name in ("built", "reused")]
        loads = ", ".join(it["loads"])
        ended = (it["ended"] or "")[:19].replace("T", " ")
        table.add_row(it["run"], ended, *made, loads, "in force" if it["in_force"] else "")
    return table


def rows_table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> RenderableType:
    """The answer to a question as a table."""
    table = Table(*names)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    return table
