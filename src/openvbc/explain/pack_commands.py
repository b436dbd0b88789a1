"""`vbc risk packs` and `vbc risk import`: the table packs of risk models, and new ones."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from openvbc.console import WorkspaceOption, out
from openvbc.errors import InputError, Problem
from openvbc.risk.cms_package import checked_package
from openvbc.risk.head import read_head
from openvbc.risk.pack import pack_folders, write_pack
from openvbc.risk.segments import SEGMENTS
from openvbc.workspace import Workspace

HERE: Final = Path()
PACKS_EXAMPLE: Final = "Example: `vbc risk packs`"
IMPORT_EXAMPLE: Final = (
    "Example: `vbc risk import 2027-midyear.zip --model CMS-HCC --version V28 --year 2027 "
    '--cite "CMS, Announcement of Calendar Year 2027"`'
)
SHORT: Final[Mapping[str, str]] = {
    "CMS-HCC": "cms_hcc",
    "CMS-HCC ESRD": "esrd",
    "RxHCC": "rxhcc",
}
E9: Final = 10**9


def _e9(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        return int(Decimal(text) * E9)
    except (InvalidOperation, ValueError, OverflowError) as error:
        what = f"{text!r} is no number; expected such as 1.067"
        raise InputError(Problem(option, what)) from error


def package_head(package: Path, model: str, version: str, year: int, **more: Any) -> dict[str, Any]:
    """The head of a pack of a package; raises InputError for a family that is not known."""
    if model not in SHORT:
        raise InputError(Problem("--model", f"{model!r} is none of {', '.join(SEGMENTS)}"))
    return {
        "risk_model": f"{SHORT[model]}_{version.lower()}_{year}",
        "family": model,
        "version": version,
        "payment_year": year,
        "diagnosis_year": year - 1,
        "first_day": f"{year}-01-01",
        "last_day": f"{year}-12-31",
        "source": f"CMS software package {package.name}",
        **more,
    }


def packs(workspace: WorkspaceOption = HERE) -> None:
    """Show the table packs of risk models: those that ship, and the workspace's own."""
    out.print(_table(Workspace(workspace).packs))


def import_package(
    package: Annotated[Path, typer.Argument(help="CMS's zip, or its folder.")],
    version: Annotated[str, typer.Option(help="Such as V28.")],
    year: Annotated[int, typer.Option(help="Payment year.")],
    cite: Annotated[str, typer.Option(help="The publication it is of.")],
    model: Annotated[str, typer.Option(help="CMS-HCC, CMS-HCC ESRD or RxHCC.")] = "CMS-HCC",
    normalization: Annotated[str | None, typer.Option(help="Such as 1.067.")] = None,
    coding_intensity: Annotated[
        str | None, typer.Option(help="What coding intensity leaves, such as 0.941.")
    ] = None,
    unpaid: Annotated[
        list[str] | None, typer.Option(help="A category that has codes and no factor.")
    ] = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Make a table pack of the workspace from CMS's own software package of a risk model.

    Nothing that does not resolve is taken: a problem names its file and line.
    """
    head = package_head(
        package, model, version, year,
        normalization_e9=_e9(normalization, "--normalization"),
        coding_intensity_e9=_e9(coding_intensity, "--coding-intensity"),
        cite=cite,
        unpaid=unpaid or [],
    )  # fmt: skip
    pack = checked_package(package, head)
    place = write_pack(pack, Workspace(workspace).packs)
    sizes = ", ".join(f"{len(rows):,} {table}" for table, rows in pack.tables.items() if rows)
    out.print(f"{pack.id} is in {place}: {sizes}")


def _heads(folder: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """The head of each pack; raises InputError with everything that is wrong with any of them."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    problems: list[Problem] = []
    for name, place in sorted(pack_folders(folder).items()):
        try:
            found.append((name, read_head(place)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _table(folder: Path) -> Table:
    table = Table("risk model", "year", "first day", "last day", "source", "checksum")
    for name, head in _heads(folder):
        days = (str(head["first_day"]), str(head["last_day"]))
        checksum = str(head["source_sha256"])[:12]
        table.add_row(name, str(head["payment_year"]), *days, str(head["source"]), checksum)
    return table


def add_pack_commands(app: typer.Typer) -> None:
    """Add both commands to a group of commands."""
    app.command("packs", epilog=PACKS_EXAMPLE)(packs)
    app.command("import", epilog=IMPORT_EXAMPLE)(import_package)
