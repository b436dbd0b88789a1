"""The commands below `vbc map`. Thin: each reads its options, calls one function, prints."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from openvbc.console import JsonOption, out, print_json
from openvbc.errors import ExitCode, InputError, Problem
from openvbc.mapping.check import Report
from openvbc.mapping.check import check as check_mapping
from openvbc.mapping.propose import propose as propose_mapping
from openvbc.mapping.sample import SAMPLE_ROWS
from openvbc.mapping.write import mapping_yaml

map_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Read any flat file: propose a mapping to canonical tables, and check it.",
)

RowsOption = Annotated[int, typer.Option(min=1, help="How many rows are looked at.")]


@map_app.command(
    epilog="Example: `vbc map propose harbor.csv --table medical_claim --out harbor.yaml`"
)
def propose(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, bars or Parquet, with column names.")],
    table: Annotated[list[str], typer.Option(help="A canonical table; may stand several times.")],
    to: Annotated[
        Path | None, typer.Option("--out", help="A new file.", show_default="printed")
    ] = None,
    rows: RowsOption = SAMPLE_ROWS,
    as_json: JsonOption = False,
) -> None:
    """Propose what each column of a table is made of, how sure that is, and why.

    The proposal is for people: read it, mend it, and check it. Nothing is overwritten.
    """
    if to is not None and to.exists():
        raise InputError(Problem(str(to), "exists; name a new file"))
    proposal = propose_mapping(file, table, rows)
    if to is not None:
        to.write_text(mapping_yaml(proposal), encoding="utf-8")
    if as_json:
        print_json(proposal.to_json())
    elif to is None:
        sys.stdout.write(mapping_yaml(proposal))
    else:
        mapped = sum(map(len, proposal.tables.values()))
        out.print(
            f"{to}: {mapped} columns proposed, {len(proposal.missing)} required ones not found, "
            f"{len(proposal.unmatched)} of the file not read"
        )


@map_app.command(epilog="Example: `vbc map check harbor.yaml harbor.csv`")
def check(
    mapping: Annotated[Path, typer.Argument(help="The mapping.")],
    file: Annotated[Path, typer.Argument(help="A file, or a folder of files.")],
    rows: RowsOption = SAMPLE_ROWS,
    as_json: JsonOption = False,
) -> None:
    """Check a mapping against a file as a load would, and count what fails by column.

    Exit code 1 where anything does. Places are told, values never.
    """
    report = check_mapping(mapping, file, rows)
    if as_json:
        print_json(report.to_json())
    else:
        _show(report)
    if report.findings:
        raise typer.Exit(ExitCode.CHECK_FAILED)


def _show(report: Report) -> None:
    for table, rows in report.set_aside.items():
        out.print(f"{table}: {rows:,} of {report.rows:,} rows would be set aside")
    if not report.findings:
        return
    shown = Table("table", "column", "what", "expected", "rows", "first at", box=None)
    for it in report.findings:
        row = (it.table, it.column, it.reason, it.expected, f"{it.rows:,}", " ".join(it.where))
        shown.add_row(*row)
    out.print(shown)
