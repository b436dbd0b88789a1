"""The commands of a workspace as a whole: `init`, `build`, `settle`, `check`, `sql`, `runs`."""

import csv
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from openvbc import console
from openvbc.confidentiality.audit import audit_problems
from openvbc.confidentiality.release import asked_release
from openvbc.confidentiality.withhold import withheld_note
from openvbc.console import (
    JsonOption,
    PurposeOption,
    RecipientOption,
    SensitiveOption,
    WorkspaceOption,
    out,
    print_json,
    print_problems,
)
from openvbc.errors import CheckFailedError, ExitCode, InputError, Problem
from openvbc.glide.check import check_plans
from openvbc.governance.book import read_book
from openvbc.ledger.keep import read_book as read_ledger
from openvbc.publish import check_workspace, find_settlements, settle_and_publish
from openvbc.query import query
from openvbc.report import (
    counted,
    refused_json,
    rehearsal_table,
    rows_table,
    runs_list,
    runs_table,
    settled_json,
    settled_text,
)
from openvbc.settings import Settings
from openvbc.workspace import Workspace

HERE: Final = Path()


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


def build(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be built; write nothing.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Build every table for every settlement. Only what changed is built again."""
    space = Workspace.opened(workspace, "payment", "operations")
    if dry_run:
        out.print(rehearsal_table(space.rehearse()))
        return
    with console.progress("build") as report:
        built = space.build(report)
    out.print(
        f"run {built.run_id}: {built.built} partitions built, {built.reused} reused, "
        f"{built.seconds:.1f} s"
    )


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
    space = Workspace.opened(workspace, "payment")
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


def check(workspace: WorkspaceOption = HERE) -> None:
    """Check contracts, settlements and analyses without data; plans, minute book and event log.

    Names, dates, facts, participants, terms that contradict themselves, windows, broken chains.
    """
    space = Workspace.opened(workspace)
    check_workspace(space)
    space.check_lines()
    read_book(space.root)
    read_ledger(space)
    check_plans(space)
    broken = list(audit_problems(space.data))
    if broken:
        raise CheckFailedError(broken)
    found = (counted(space.contracts, "contract"), counted(space.settlements, "settlement"))
    out.print(f"{' and '.join(found)} resolve.")


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
    space = Workspace.opened(workspace)
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


def runs(as_json: JsonOption = False, workspace: WorkspaceOption = HERE) -> None:
    """List the published runs with their loads, latest last; the one in force is marked."""
    found = runs_list(Workspace.opened(workspace).store)
    if as_json:
        print_json(found)
    elif found:
        out.print(runs_table(found))
    else:
        out.print("nothing is built here yet; run `vbc build`")
