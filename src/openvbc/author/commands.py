"""The commands below `vbc contract`. Thin: each reads its options, calls one function, prints."""

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, get_args

import typer

from openvbc.author.diff import diff as compare
from openvbc.author.diff import diff_table, find_contract
from openvbc.author.lan import lan as categorise
from openvbc.author.lan import lan_table
from openvbc.author.matrix import matrix as compare_all
from openvbc.author.matrix_show import matrix_csv, matrix_html, matrix_text
from openvbc.author.request import New, ask_components, ask_strata, listed, next_year, strata_of
from openvbc.author.scaffold import new_contract
from openvbc.author.schema import Kind, schema_of
from openvbc.console import JsonOption, WorkspaceOption, out, print_json
from openvbc.errors import InputError, Problem, near
from openvbc.settings import SETTINGS_FILE
from openvbc.workspace import Workspace

contract_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Write contracts: schemas for editors, new files, comparisons, HCP-LAN category.",
)

HERE = Path()

KINDS: Mapping[str, Kind] = {it: it for it in get_args(Kind)}
"""What a JSON Schema can be printed of."""


@contract_app.command(epilog="Example: `vbc contract schema settlement`")
def schema(
    kind: Annotated[str, typer.Argument(help=f"{', '.join(KINDS)}.")] = "contract",
) -> None:
    """Print the JSON Schema of a file that people write, or of a document that is made."""
    if kind not in KINDS:
        raise InputError(Problem(kind, f"no schema of this name{near(kind, KINDS)}"))
    print_json(schema_of(KINDS[kind]))


@contract_app.command(
    epilog="Example: `vbc contract new harbor --payer Harbor --entity Northside "
    "--components capitation,withhold --strata capitation=adult,senior`"
)
def new(
    name: Annotated[str, typer.Argument(metavar="ID", help="The contract's id: its file's name.")],
    payer: Annotated[str, typer.Option(help="Name of the payer.", show_default="asked")] = "",
    entity: Annotated[str, typer.Option(help="Name of the entity.", show_default="asked")] = "",
    components: Annotated[
        str, typer.Option(help="Components in order, with commas.", show_default="asked")
    ] = "",
    strata: Annotated[
        list[str] | None,
        typer.Option(help="component=name,name: its rate cells, tiers …", show_default="asked"),
    ] = None,
    program: Annotated[
        str | None, typer.Option(help="A public program's parameters.", show_default="none")
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day.", show_default="next 1 January"),
    ] = None,
    line_of_business: Annotated[str, typer.Option(help="As claims call it.")] = "commercial",
    workspace: WorkspaceOption = HERE,
) -> None:
    """Write a contract and its first settlement, to be filled in; overwrites nothing.

    On a terminal it asks for what no option says. `vbc check` names what is still empty.
    """
    ask = _ask if sys.stdin.isatty() else _nobody
    names = listed(components) or ask_components(ask)
    asked = strata_of(strata or []) or ({} if program else ask_strata(names, ask))
    made = New(
        id=name,
        payer=payer or ask("Name of the payer"),
        entity=entity or ask("Name of the entity"),
        components=names,
        start=start.date() if start else next_year(datetime.now().astimezone().date()),
        program=program,
        line_of_business=line_of_business,
        strata=asked,
    )
    for path in new_contract(workspace, made):
        out.print(f"{path}: fill in what is empty; vbc check names it")


def _ask(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False))


def _nobody(question: str) -> str:
    """Where there is no terminal nobody answers, and what is missing is refused by its option."""
    del question
    return ""


@contract_app.command(
    epilog="Example: `vbc contract diff cascade_full cascade_partial "
    "--settlement cascade_partial_PY2025`"
)
def diff(
    a: Annotated[str, typer.Argument(help="A contract: its id here, or its file.")],
    b: Annotated[str, typer.Argument(help="Another: its id here, or its file.")],
    settlement: Annotated[
        str | None,
        typer.Option(help="On whose facts to settle both.", show_default="no dollars"),
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show what differs between two contracts: clauses, components, strata, terms, and dollars.

    Dollars need a settlement: both contracts are settled on its facts. Nothing is written.
    """
    space = _workspace(workspace)
    if space and settlement:
        space.check_use("payment")
    found = compare(a, b, space, settlement)
    if as_json:
        print_json(found.to_json())
    else:
        out.print(diff_table(found))


@contract_app.command(epilog="Example: `vbc contract lan cascade_full`")
def lan(
    name: Annotated[str, typer.Argument(help="A contract: its id here, or its file.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Derive the HCP-LAN category of a contract from its components and terms, with the reason."""
    one = find_contract(_workspace(workspace), name)
    found = categorise(one)
    if as_json:
        print_json(found.to_json())
    else:
        out.print(lan_table(one, found))


@contract_app.command(epilog="Example: `vbc contract matrix --html contracts.html`")
def matrix(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CONTRACT...", help="Ids here, or files.", show_default="all of the workspace"
        ),
    ] = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One row for each term.")] = False,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write one page with all of it here.")
    ] = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Compare contracts in the same units: who bears what, common terms, measures, all terms."""
    space = _workspace(workspace)
    listed_here = list(space.contracts) if space else []
    found = compare_all([find_contract(space, it) for it in names or listed_here])
    if html:
        html.write_text(matrix_html(found), encoding="utf-8")
    if as_json:
        print_json(found.to_json())
    elif as_csv:
        sys.stdout.write(matrix_csv(found))
    elif not html:
        out.print(matrix_text(found))


def _workspace(folder: Path) -> Workspace | None:
    """The workspace in a folder; None where there is none, and contracts are named by file."""
    return Workspace(folder) if (folder / SETTINGS_FILE).exists() else None
