"""The command line. Thin: every command reads its options, calls one function, and prints."""

import csv
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from openvbc import console, feeds, fetch
from openvbc.agreements import agreements
from openvbc.attribution.commands import add_attribution_commands
from openvbc.author.commands import contract_app
from openvbc.author.map_commands import map_app
from openvbc.bench.command import BENCH_EXAMPLE, bench
from openvbc.benchmark.commands import REGION_EXAMPLE, region_command
from openvbc.confidentiality.audit import audit_problems
from openvbc.confidentiality.release import asked_release
from openvbc.confidentiality.withhold import withheld_note
from openvbc.console import (
    JsonOption,
    PurposeOption,
    RecipientOption,
    SeedOption,
    SensitiveOption,
    WorkspaceOption,
    out,
    print_json,
    print_problems,
)
from openvbc.cost.commands import COST_EXAMPLE, cost
from openvbc.demo import run_demo
from openvbc.distribute.run import distribute as share_out
from openvbc.distribute.show import distributed_json, distributed_table
from openvbc.errors import CheckFailedError, ExitCode, InputError, Problem
from openvbc.explain.episodes import episodes
from openvbc.explain.line import explain_line
from openvbc.explain.pack_commands import add_pack_commands
from openvbc.explain.person import explain_claim, explain_person
from openvbc.explain.responsibility import responsibility
from openvbc.explain.risk_commands import risk_app
from openvbc.generate.command import generate_command
from openvbc.glide.check import check_plans
from openvbc.glide.run import glide as glide_path
from openvbc.glide.show import glide_text
from openvbc.governance.book import read_book
from openvbc.identity.commands import match_app, person
from openvbc.inventory.show import SOURCES_EXAMPLE, sources
from openvbc.ledger import ledger as books
from openvbc.ledger.keep import read_book as read_ledger
from openvbc.ledger.rollup import rollup
from openvbc.panel.commands import PANEL_EXAMPLE, panel
from openvbc.programs import find_program, registry
from openvbc.publish import check_workspace, find_settlements, settle_and_publish
from openvbc.query import query
from openvbc.reconcile.exchange import EXCHANGE_EXAMPLE, exchange_command
from openvbc.reconcile.reported import REPORTED_EXAMPLE, reported_command
from openvbc.reconcile.show import reconcile_command
from openvbc.replicate.scoreboard import PROGRAMS, programs_and_paths
from openvbc.replicate.scoreboard import replicate as recompute
from openvbc.report import (
    counted,
    program_page,
    programs_table,
    refused_json,
    rehearsal_table,
    rows_table,
    runs_list,
    runs_table,
    settled_json,
    settled_text,
)
from openvbc.settings import Settings
from openvbc.worker import WORKER_EXAMPLE, worker
from openvbc.workspace import Workspace

app = typer.Typer(
    cls=console.Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `vbc demo`. Exit codes: 0 done, 1 a check failed, 2 refused.",
)
app.add_typer(contract_app, name="contract")
app.add_typer(match_app, name="match")
app.add_typer(risk_app, name="risk")
add_pack_commands(risk_app)
add_attribution_commands(app)
app.command(epilog="Example: `vbc person P0000017 --html p17.html`")(person)
app.add_typer(map_app, name="map")
app.command(epilog="Example: `vbc episodes summit_PY2025 --lines`")(episodes)
app.command(epilog=PANEL_EXAMPLE)(panel)
app.command("region", epilog=REGION_EXAMPLE)(region_command)
app.command("reported", epilog=REPORTED_EXAMPLE)(reported_command)
app.command("agreements", epilog="Example: `vbc agreements`")(agreements)
app.command(epilog=COST_EXAMPLE)(cost)

HERE = Path()


@app.callback()
def vbc(version: console.VersionOption = False) -> None:
    """Value-based contracts, from claims to a settled statement that explains itself."""


@app.command(epilog="Example: `vbc demo demo --members 2000`")
def demo(
    folder: Annotated[Path, typer.Argument(help="A new folder for the workspace.")] = Path("demo"),
    members: Annotated[int, typer.Option(min=2000, help="People in the population.")] = 20_000,
    seed: SeedOption = 1,
) -> None:
    """Make a synthetic population, build every table, settle ten contracts, and show them."""
    run_demo(folder, members, seed)


@app.command(epilog="Example: `vbc init . --buckets 4`")
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make the workspace in.")] = HERE,
    buckets: Annotated[int, typer.Option(min=1, help="Into how many parts people are cut.")] = 2,
) -> None:
    """Make an empty workspace: vbc.toml, contracts/, settlements/, data/."""
    Workspace.init(folder, Settings(buckets=buckets))
    out.print(
        f"A workspace is in {folder}. Next: put contracts in {folder / 'contracts'}, "
        "then `vbc load FOLDER`; contracts without a population need only `vbc settle`. What else "
        "to compute (risk scores, groupers) stands in analyses.yaml: docs/workspace.md."
    )


app.command("generate", epilog="Example: `vbc generate people --members 5000 --seed 7`")(
    generate_command
)
app.command(epilog=feeds.LOAD_EXAMPLE)(feeds.load)
app.command(epilog=feeds.LISTEN_EXAMPLE)(feeds.listen)
app.command(epilog=feeds.ACKNOWLEDGE_EXAMPLE)(feeds.acknowledge)
app.command(epilog=feeds.REFERENCE_EXAMPLE)(feeds.reference)
app.command("fetch-fhir", epilog=fetch.FETCH_EXAMPLE)(fetch.fetch_fhir)


app.command(epilog=SOURCES_EXAMPLE)(sources)
app.command(epilog=BENCH_EXAMPLE)(bench)


@app.command(epilog="Example: `vbc build --dry-run`")
def build(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be built; write nothing.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Build every table for every settlement. Only what changed is built again."""
    space = _open(workspace, "payment", "operations")
    if dry_run:
        out.print(rehearsal_table(space.rehearse()))
        return
    with console.progress("build") as report:
        built = space.build(report)
    out.print(
        f"run {built.run_id}: {built.built} partitions built, {built.reused} reused, "
        f"{built.seconds:.1f} s"
    )


app.command(epilog=WORKER_EXAMPLE)(worker)


@app.command(epilog="Example: `vbc settle lakeside_PY2025 --depth 3`")
def settle(
    settlements: Annotated[
        list[str] | None, typer.Argument(help="Settlements (contract_period).", show_default="all")
    ] = None,
    depth: Annotated[int, typer.Option(min=1, help="Levels of the tree to print.")] = 1,
    everything: Annotated[
        bool, typer.Option("--all", help="Print every component, not only the last.")
    ] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Settle contracts on the run in force; writes statements/*.json and *.html.

    One that is refused or fails an assertion is printed as far as it came, and not written.
    """
    space = _open(workspace, "payment")
    code = ExitCode.DONE
    done = []
    refused: dict[Problem, None] = {}
    for settlement in find_settlements(space, settlements or []):
        try:
            settled = settle_and_publish(space, settlement.id)
        except InputError as error:  # one that needs a build does not hide those that need none
            refused |= dict.fromkeys(error.problems)
            done.append(refused_json(settlement.id, error.problems))
            continue
        done.append(settled_json(settled))
        if not as_json:
            text = settled_text(settled, depth=depth, everything=everything)
            out.print(text, *settled.notes, sep="\n")
        print_problems([*settled.problems, *settled.failed_assertions])
        failed = ExitCode.CHECK_FAILED if settled.failed_assertions else ExitCode.DONE
        code = max(code, ExitCode.REFUSED if settled.problems else failed)
    print_problems(list(refused))
    if as_json:
        print_json(done)
    raise typer.Exit(ExitCode.REFUSED if refused else code)


@app.command(epilog="Example: `vbc distribute valley_PY2025 --dry-run`")
def distribute(
    settlement: Annotated[
        str | None,
        typer.Argument(help="The settlement (contract_period).", show_default="the only one"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show amounts and what is missing; write nothing.")
    ] = False,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of posting.", show_default="today"),
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Share a settled statement among its participants, and post it where governance allows.

    A dry run shows the amounts and what is missing, and writes nothing.
    """
    day = on.date() if on else datetime.now().astimezone().date()
    found = share_out(_open(workspace, "payment"), settlement, day=day, dry_run=dry_run)
    if as_json:
        print_json(distributed_json(found))
    else:
        out.print(distributed_table(found))
    print_problems(found.against)
    blocked = found.against and not dry_run
    raise typer.Exit(ExitCode.CHECK_FAILED if blocked else ExitCode.DONE)


@app.command(epilog="Example: `vbc ledger --party V1 --as-of 2026-09-28`")
def ledger(
    party: Annotated[
        str | None, typer.Option(help="One party's statement of account.", show_default="all")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As it stood on a day.", show_default="all"),
    ] = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One row for each posting.")] = False,
    as_beancount: Annotated[
        bool, typer.Option("--beancount", help="Text for a plain-text accounting system.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show what statements and events come to: status, accounts, what is due, in double entry."""
    space, day = _open(workspace, "payment"), as_of.date() if as_of else None
    if as_json:
        print_json(books.ledger_json(space, party, day))
    elif as_csv:
        sys.stdout.write(books.ledger_csv(space, party, day))
    elif as_beancount:
        sys.stdout.write(books.ledger_beancount(space, party, day))
    else:
        out.print(books.ledger_text(space, party, day))


@app.command(epilog="Example: `vbc bridge valley_PY2025`")
def bridge(
    settlement: Annotated[
        str | None, typer.Argument(help="The settlement (contract_period).", show_default="all")
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show how each statement came from the one before, cause by cause, to the cent."""
    space = _open(workspace, "payment")
    if as_json:
        print_json(books.bridge_json(space, settlement))
    else:
        out.print(books.bridge_text(space, settlement))


app.command(epilog="Example: `vbc rollup --entity NMG --period PY2025`")(rollup)


@app.command(epilog="Example: `vbc reconcile ours.json theirs.json`")
def reconcile(
    ours: Annotated[Path, typer.Argument(help="Our statement (JSON), or our pack (folder).")],
    theirs: Annotated[Path, typer.Argument(help="Theirs, of the same contract and period.")],
    json_out: Annotated[Path | None, typer.Option("--json", help="Write every cause here.")] = None,
) -> None:
    """Say why two statements of one contract and period differ, cause by cause, to the cent."""
    shown, code = reconcile_command(ours, theirs, json_out)
    out.print(shown)
    raise typer.Exit(code)


app.command("exchange", epilog=EXCHANGE_EXAMPLE)(exchange_command)


@app.command(epilog="Example: `vbc glide northfield_risk`")
def glide(
    plan: Annotated[
        str | None, typer.Argument(help="The plan, a file in plans/.", show_default="the only one")
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Say which step of a multi-year plan is in force in each year, and what each may cost."""
    found = glide_path(_open(workspace, "payment"), plan)
    if as_json:
        print_json(found.to_json())
    else:
        out.print(glide_text(found))


app.command(epilog="Example: `vbc responsibility contracts/harbor_responsibility.csv summary.csv`")(
    responsibility
)


@app.command(epilog="Example: `vbc explain counted_expenditure --at stratum=esrd`")
def explain(
    path: Annotated[
        str | None,
        typer.Argument(help="A line of the statement: component/name, its name alone, or its id."),
    ] = None,
    at: Annotated[
        str, typer.Option(help="The cell: period=base_1,stratum=esrd.", show_default="performance")
    ] = "",
    settlement: Annotated[
        str | None,
        typer.Option(help="The settlement (contract_period).", show_default="the only one"),
    ] = None,
    person: Annotated[str | None, typer.Option(help="Explain one person.")] = None,
    why_not: Annotated[
        str | None, typer.Option(help="Explain why a claim counts or does not.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to show on each level.")] = 5,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    with_sensitive: SensitiveOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Explain a statement line down to persons and claims; a person; or a claim.

    Every level prints count, total and the first rows, and its total is the cell above.
    """
    release = asked_release(purpose, recipient, with_sensitive=with_sensitive)
    space = _open(workspace)
    space.check_use(release.purpose, recipient=recipient)
    if why_not:
        found = explain_claim(space, why_not, settlement, release)
    elif path:
        found = explain_line(space, path, at, settlement, person, rows, release)
    elif person:
        found = explain_person(space, person, settlement, rows, release)
    else:
        raise InputError(Problem("explain", "give a line's path, --person ID or --why-not CLAIM"))
    space.record("explain", release, found.counts, settlement=settlement)
    if as_json:
        print_json(found.to_json())
    else:
        out.print(found)


@app.command(epilog="Example: `vbc check`")
def check(workspace: WorkspaceOption = HERE) -> None:
    """Check contracts and settlements without data; plans, the minute book and the event log.

    Names, dates, facts, participants, terms that contradict themselves, windows, broken chains.
    """
    space = _open(workspace)
    check_workspace(space)
    read_book(space.root)
    read_ledger(space)
    check_plans(space)
    broken = list(audit_problems(space.data))
    if broken:
        raise CheckFailedError(broken)
    found = (counted(space.contracts, "contract"), counted(space.settlements, "settlement"))
    out.print(f"{' and '.join(found)} resolve.")


@app.command(epilog='Example: `vbc sql "SELECT * FROM attribution LIMIT 5" --csv`')
def sql(
    select: Annotated[str, typer.Argument(help="One SELECT over any built table.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    with_sensitive: SensitiveOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Ask the built tables. `SELECT * FROM tables` lists them.

    Rows that are sensitive are left out; how many is said on standard error.
    """
    release = asked_release(purpose, recipient, with_sensitive=with_sensitive)
    space = _open(workspace)
    space.check_use(release.purpose, recipient=recipient)
    found = query(space.run(), select, space.root, release)
    names, rows = found.names, found.rows
    space.record("sql", release, {"shown": len(rows), "withheld": sum(found.withheld.values())})
    print_problems([Problem(it, withheld_note(n)) for it, n in found.withheld.items()])
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        out.print(rows_table(names, rows))


@app.command(epilog="Example: `vbc runs --workspace demo`")
def runs(as_json: JsonOption = False, workspace: WorkspaceOption = HERE) -> None:
    """List the published runs with their loads, latest last; the one in force is marked."""
    found = runs_list(_open(workspace).store)
    if as_json:
        print_json(found)
    elif found:
        out.print(runs_table(found))
    else:
        out.print("nothing is built here yet; run `vbc build`")


@app.command(epilog="Example: `vbc replicate mssp PY2022.csv --json py2022.json`")
def replicate(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="[PROGRAM] FILE...",
            help=f"Published results, or folders of them; {', '.join(PROGRAMS)} are known.",
        ),
    ],
    json_out: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write every row here.")
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(
            help="The performance or fiscal year.", show_default="recognised from the file"
        ),
    ] = None,
) -> None:
    """Recompute a program's published results, row by row, and say what agrees.

    The program of each file is recognised from the file unless it is named first.
    """
    program, paths = programs_and_paths(files)
    if json_out and not json_out.parent.is_dir():
        raise InputError(Problem(str(json_out), f"there is no folder {json_out.parent}; make it"))
    with console.progress("replicate") as report:
        board = recompute(paths, program, year, report)
    if json_out:
        json_out.write_text(json.dumps(board.to_json(), indent=1) + "\n", encoding="utf-8")
    out.print(board.render())
    print_problems(board.refused)
    raise typer.Exit(board.exit_code)


@app.command(epilog="Example: `vbc programs team`")
def programs(
    program: Annotated[
        str | None, typer.Argument(help="One program, in full.", show_default="all")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List every program: years, status, what it is verified against, what is not modelled."""
    found = [find_program(program)] if program else list(registry().values())
    if as_json:
        print_json([it.to_json() for it in found])
    else:
        out.print(program_page(found[0]) if program else programs_table(found))


def _open(folder: Path, *purposes: str) -> Workspace:
    """The workspace in a folder; raises InputError where there is none.

    With purposes: also where a loaded source permits none of them.
    """
    workspace = Workspace(folder)
    _ = workspace.settings
    if purposes:
        workspace.check_use(*purposes)
    return workspace


def main() -> None:
    """Run the command line; problems are printed one line each, and the exit code says which."""
    console.run(app)
