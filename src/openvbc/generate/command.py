"""`vbc generate`: a synthetic population, as canonical tables or in the formats of payers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from openvbc.console import SeedOption, out, progress
from openvbc.errors import InputError, Problem
from openvbc.generate.population import generate
from openvbc.generate.render import FORMATS, render_population
from openvbc.report import population_table


def generate_command(
    folder: Annotated[
        Path | None, typer.Argument(help="A new folder for the files.", show_default=False)
    ] = None,
    members: Annotated[int, typer.Option(min=100, help="People in the population.")] = 20_000,
    seed: SeedOption = 1,
    first_year: Annotated[int, typer.Option(help="The first of the years.")] = 2022,
    years: Annotated[int, typer.Option(min=1, help="How many years of claims.")] = 4,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            metavar="FORMAT",
            help=f"A format besides the canonical tables; may be repeated: {', '.join(FORMATS)}.",
            show_default="canonical tables only",
        ),
    ] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="The new folder, instead of FOLDER.")
    ] = None,
) -> None:
    """Make a synthetic Medicare population: same seed, same bytes.

    With --as the same people are written in each format, below FOLDER/FORMAT, with the canonical
    tables and the dollars to expect below FOLDER/population.
    """
    target = _target(folder, out_folder)
    with progress("generate") as report:
        if formats:
            made = render_population(
                members, seed, formats, target, first_year=first_year, years=years, progress=report
            )
        else:
            made = generate(
                target,
                members=members,
                seed=seed,
                first_year=first_year,
                years=years,
                progress=report,
            )
    out.print(population_table(made))
    if formats:
        out.print(formats_table(formats, target))


def _target(folder: Path | None, out_folder: Path | None) -> Path:
    """The folder that was named, once. Raises InputError where none was, or two."""
    named = [it for it in (folder, out_folder) if it is not None]
    if len(named) != 1:
        what = f"found {len(named)}, expected one; name FOLDER or --out DIR"
        raise InputError(Problem("folder", what))
    return named[0]


def formats_table(formats: Sequence[str], target: Path) -> RenderableType:
    """Each format that was written, what reads it, and what it cannot carry, with the reason."""
    return Group(*(_format_table(name, target) for name in dict.fromkeys(formats)))


def _format_table(name: str, target: Path) -> RenderableType:
    it = FORMATS[name]
    title = f"{target / name}: {it.says} (load kind {it.kind})"
    table = Table("not carried", "because", title=title, title_justify="left")
    for what, reason in it.not_carried.items():
        table.add_row(what, reason)
    return table
