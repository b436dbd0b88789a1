"""`vbc exchange`: a settled period as a pack for the other side, with keys instead of ids."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import RenderableType
from rich.table import Table

from openvbc.confidentiality.release import Release, asked_release
from openvbc.confidentiality.withhold import Withholding
from openvbc.console import (
    PurposeOption,
    RecipientOption,
    SensitiveOption,
    WorkspaceOption,
    out,
)
from openvbc.contract.statement import Document
from openvbc.csvtable import read_table
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.store import read_json
from openvbc.errors import CheckFailedError, InputError, OpenVBCError, Problem
from openvbc.ledger.replay import leaves_of
from openvbc.publish import find_settlement
from openvbc.reconcile.keys import PROBE, keyed, name_keys, read_salt
from openvbc.reconcile.memberwalk import other_cells
from openvbc.reconcile.mixture import Mixture, is_mixed
from openvbc.reconcile.pack import TABLES, Pack, read_pack, write_pack
from openvbc.workspace import Workspace

SQL: Final = Path(__file__).parent / "packing"
NAMED: Final = ("exchanged_member", "exchanged_line")
"""What several tables of a pack are made of."""
ALONE: Final = "exchange its statement alone: vbc reconcile OURS THEIRS"
HERE: Final = Path()


def exchange(
    workspace: Workspace,
    settlement: str | None,
    folder: Path,
    salt: bytes,
    withheld: Sequence[str] = (),
    release: Release | None = None,
) -> Pack:
    """Write the pack of a settlement's latest statement, from the run it was made on.

    withheld: ids of members whose data one side may not have. Claims that are sensitive, and that
    the release does not cover, are one row of their member, without dates. Raises InputError for a
    contract without population, a statement that is not there, or a folder that is not empty;
    CheckFailedError where the rows do not come to the statement.
    """
    chosen = find_settlement(workspace, settlement)
    path = workspace.statement_path(chosen.id)
    population = chosen.contract.shape.population
    if population is None:
        raise InputError(Problem(chosen.id, f"has no population for a pack; {ALONE}"))
    statement = read_json(path, "there is no statement yet; run `vbc settle`")
    if not any(map(is_mixed, leaves_of(statement).values())):
        what = f"counts nothing of its population by itself for a pack; {ALONE}"
        raise InputError(Problem(chosen.id, what))
    run = workspace.run(statement["run_id"])
    engine = run.open()
    try:
        Withholding(engine, run, workspace.root, release or Release("payment"))
        _name_rows(engine, statement, salt, withheld)
        for name in NAMED:
            engine.view(name, _sql(name))
        selects = {name: _sql(name) for name in TABLES}
        write_pack(folder, engine, selects, statement, keyed(PROBE, salt))
    finally:
        engine.close()
    try:
        return _checked(read_pack(folder))
    except OpenVBCError:
        shutil.rmtree(folder)  # what does not hold is not left for anybody to send
        raise


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def _name_rows(
    engine: DuckDBEngine, statement: Document, salt: bytes, withheld: Iterable[str]
) -> None:
    """What the SELECTs of a pack read besides the run: periods, people who withhold, keys."""
    name_keys(engine, salt)
    people = [[it] for it in sorted(set(withheld))]
    engine.rows_as_table("withheld_person", {"person_id": "VARCHAR"}, people)
    known = "SELECT count(*) FROM withheld_person SEMI JOIN person USING (person_id)"
    if people and not engine.rows(known)[0][0]:
        what = f"none of {len(people):,} ids is of anybody in the run; give person_id"
        raise InputError(Problem("withheld", what))
    contract = statement["contract"]["id"]
    found = engine.rows(
        "SELECT contract_id, period_id FROM contract_period "
        "WHERE contract_id = ? AND performance_period = ?",
        [contract, statement["period"]["id"]],
    )
    columns = {"contract_id": "VARCHAR", "period_id": "VARCHAR"}
    engine.rows_as_table("exchanged_period", columns, found)


def _checked(pack: Pack) -> Pack:
    """The pack, where its rows come to the cells of its statement."""
    mixture = Mixture(pack, pack)
    try:
        found = list(other_cells("ours", pack.statement, mixture.cells(())))
    finally:
        mixture.close()
    problems = [
        Problem(cell.line, f"{cell.old} in the statement, {cell.new} in the pack's rows")
        for it in found
        for cell in it.cells
    ]
    if problems:
        raise CheckFailedError(problems)
    return pack


def pack_table(pack: Pack) -> RenderableType:
    """What was written, by table."""
    table = Table(title=f"{pack.folder} of {pack.manifest['statement_id'][:12]}")
    table.title_justify = "left"
    table.add_column("table")
    table.add_column("rows", justify="right")
    for name, rows in pack.manifest["rows"].items():
        table.add_row(name, f"{rows:,}")
    return table


def exchange_command(
    settlement: Annotated[
        str | None,
        typer.Argument(help="The settlement (contract_period).", show_default="the only one"),
    ] = None,
    *,
    salt_file: Annotated[
        Path, typer.Option(help="The salt both sides agreed on: 16 random bytes or more, secret.")
    ],
    pack: Annotated[Path, typer.Option("--out", help="A new folder for the pack.")],
    withheld: Annotated[
        Path | None,
        typer.Option(help="CSV with a column person_id: who opted out or may not be shared."),
    ] = None,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    with_sensitive: SensitiveOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Write a settled period for the other side: its statement, and hashed members and claims.

    Both sides' packs go into `vbc reconcile OURS THEIRS`. No id and no name is in a pack.
    """
    release = asked_release(purpose, recipient, with_sensitive=with_sensitive, usual="payment")
    space = Workspace(workspace)
    space.check_use(release.purpose, recipient=recipient)
    people = read_table(withheld, ("person_id",)) if withheld else []
    ids = [it.cells["person_id"] for it in people]
    written = exchange(space, settlement, pack, read_salt(salt_file), ids, release)
    rows = {name: int(count) for name, count in written.manifest["rows"].items()}
    space.record("exchange", release, rows, settlement=settlement)
    out.print(pack_table(written))
