"""The command line. Thin: every command reads its options, calls one function, and prints."""

import csv
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from openvbc import console
from openvbc.console import err, out, print_problems
from openvbc.contract.check import check_settlement
from openvbc.demo import run_demo
from openvbc.errors import ExitCode, InputError, OpenVBCError, Problem
from openvbc.explain.line import explain_line
from openvbc.explain.person import explain_claim, explain_person
from openvbc.generate.population import generate as generate_population
from openvbc.publish import settle_and_publish
from openvbc.query import query
from openvbc.replicate.mssp import replicate_mssp
from openvbc.report import load_table, settled_text
from openvbc.sources.load import load as load_source
from openvbc.workspace import Settings, Workspace

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Value-based contracts, from claims to a settled statement that explains itself.",
)
replicate = typer.Typer(
    no_args_is_help=True,
    help="Recompute a program's published results by the same rules as a contract.",
)
app.add_typer(replicate, name="replicate")

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", "-w", help="The workspace folder.", show_default="here")
]
HERE = Path()


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="A new folder for the workspace.")] = Path("demo"),
    members: Annotated[int, typer.Option(min=2000, help="People in the population.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed makes other people.")] = 1,
) -> None:
    """Make a synthetic population, build every table, settle two contracts, and show them."""
    run_demo(folder, members, seed)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make the workspace in.")] = HERE,
    buckets: Annotated[int, typer.Option(min=1, help="Into how many parts people are cut.")] = 2,
) -> None:
    """Make an empty workspace: vbc.toml, contracts/, settlements/, data/."""
    Workspace.init(folder, Settings(buckets=buckets))
    out.print(
        f"A workspace is in {folder}. Next: put contracts in {folder / 'contracts'}, "
        "then `vbc load FOLDER`."
    )


@app.command()
def generate(
    folder: Annotated[Path, typer.Argument(help="A new folder for the files.")],
    members: Annotated[int, typer.Option(min=100, help="People in the population.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed makes other people.")] = 1,
    first_year: Annotated[int, typer.Option(help="The first of the years.")] = 2022,
    years: Annotated[int, typer.Option(min=1, help="How many years of claims.")] = 4,
) -> None:
    """Make a synthetic Medicare population: same seed, same bytes."""
    with console.progress("generate") as report:
        made = generate_population(
            folder, members=members, seed=seed, first_year=first_year, years=years, progress=report
        )
    table = Table("table", "rows", title=f"{folder}", title_justify="left")
    for name, rows in made.rows.items():
        table.add_row(name, f"{rows:,}")
    out.print(table)
    out.print(f"top 5 % of people: {made.top_five_percent_share} of spend")


@app.command()
def load(
    source: Annotated[Path, typer.Argument(help="The folder with the files as they came.")],
    kind: Annotated[
        str | None,
        typer.Option(help="own, tuva or synthea.", show_default="recognised from the files"),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the data source.")] = "source",
    received_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day on which the files came.",
            show_default="as the files say",
        ),
    ] = None,
    line_of_business: Annotated[
        str | None,
        typer.Option(
            "--as-line-of-business",
            help="Take every coverage as this line of business with Parts A and B in force.",
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Read files into the canonical tables: wholly, or not at all.

    Bad rows go to a quarantine with file, row number and reason; rows in = accepted + quarantined.
    """
    space = Workspace(workspace)
    settings = space.settings
    with console.progress("load") as report:
        loaded = load_source(
            space.data,
            source,
            kind=kind,
            buckets=settings.buckets,
            data_source=name,
            max_quarantine=settings.max_quarantine,
            received_on=received_on.date() if received_on else None,
            as_line_of_business=line_of_business,
            memory_limit=f"{settings.memory_mb}MB",
            threads=settings.workers,
            progress=report,
        )
    out.print(load_table(loaded))


@app.command()
def build(workspace: WorkspaceOption = HERE) -> None:
    """Build every table for every settlement. Only what changed is built again."""
    with console.progress("build") as report:
        built = Workspace(workspace).build(report)
    out.print(
        f"run {built.run_id}: {built.built} partitions built, {built.reused} reused, "
        f"{built.seconds:.1f} s"
    )


@app.command()
def settle(
    settlements: Annotated[
        list[str] | None, typer.Argument(help="Settlements (contract_period).", show_default="all")
    ] = None,
    depth: Annotated[int, typer.Option(min=1, help="Levels of the tree to print.")] = 1,
    everything: Annotated[
        bool, typer.Option("--all", help="Print every component, not only the last.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Settle contracts on the run in force; writes statements/*.json and *.html."""
    space = Workspace(workspace)
    code = ExitCode.DONE
    for name in settlements or list(space.settlements):
        settled = settle_and_publish(space, name)
        out.print(settled_text(settled, depth=depth, everything=everything))
        print_problems([*settled.problems, *settled.failed_assertions])
        if settled.problems:
            code = ExitCode.REFUSED
        elif settled.failed_assertions:
            code = max(code, ExitCode.CHECK_FAILED)
    raise typer.Exit(code)


@app.command()
def explain(
    path: Annotated[
        str | None,
        typer.Argument(help="A line of the statement: component/name, or its name alone."),
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
    workspace: WorkspaceOption = HERE,
) -> None:
    """Explain a statement line down to persons and claims; a person; or a claim.

    Every level prints count, total and the first rows, and its total is the cell above.
    """
    space = Workspace(workspace)
    if why_not:
        out.print(explain_claim(space, why_not, settlement))
    elif path:
        out.print(explain_line(space, path, at, settlement, person, rows))
    elif person:
        out.print(explain_person(space, person, settlement, rows))
    else:
        raise InputError(Problem("explain", "give a line's path, --person ID or --why-not CLAIM"))


@app.command()
def check(workspace: WorkspaceOption = HERE) -> None:
    """Check every contract and settlement without data: names, dates, facts."""
    space = Workspace(workspace)
    problems = [p for it in space.settlements.values() for p in check_settlement(it)]
    if problems:
        raise InputError(problems)
    out.print(f"{len(space.contracts)} contracts and {len(space.settlements)} settlements resolve.")


@app.command()
def sql(
    select: Annotated[str, typer.Argument(help="One SELECT over any built table.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of rows.")] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Ask the built tables. `SELECT * FROM tables` lists them."""
    names, rows = query(Workspace(workspace).run(), select)
    if as_json:
        found = [dict(zip(names, row, strict=True)) for row in rows]
        sys.stdout.write(json.dumps(found, indent=1, default=str) + "\n")
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        table = Table(*names)
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row))
        out.print(table)


@app.command()
def runs(workspace: WorkspaceOption = HERE) -> None:
    """List the published runs, latest last; the one in force is marked."""
    store = Workspace(workspace).store
    table = Table("run", "ended", "built", "reused", "")
    for run_id in store.runs():
        times = store.times(run_id)
        mark = "in force" if run_id == store.current() else ""
        table.add_row(run_id, times["ended"][:19], str(times["built"]), str(times["reused"]), mark)
    out.print(table)


@replicate.command("mssp")
def mssp(
    file: Annotated[Path, typer.Argument(help="CMS's Financial and Quality Results, as CSV.")],
    json_out: Annotated[Path | None, typer.Option("--json", help="Write every row here.")] = None,
    year: Annotated[
        int | None,
        typer.Option(help="The performance year.", show_default="recognised from the columns"),
    ] = None,
) -> None:
    """Recompute every ACO of a published Shared Savings results file."""
    done = replicate_mssp(file, year)
    if json_out:
        json_out.write_text(json.dumps(done.to_json(), indent=1) + "\n", encoding="utf-8")
    out.print(done.render())
    raise typer.Exit(done.exit_code)


def main() -> None:
    """Run the command line; problems are printed one line each, and the exit code says which."""
    try:
        app()
    except OpenVBCError as error:
        print_problems(error.problems)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("stopped; nothing half-written was published")
        sys.exit(ExitCode.REFUSED)
