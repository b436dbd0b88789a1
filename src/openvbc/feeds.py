"""Commands that take data in: load a delivery, listen for messages, answer, keep reference sets."""

import asyncio
import ssl
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from openvbc import console
from openvbc.confidentiality.load_terms import load_terms
from openvbc.console import WorkspaceOption, out, print_problems
from openvbc.errors import ExitCode, InputError, OpenVBCError, Problem
from openvbc.report import load_table
from openvbc.sources.adt.listen import Listener
from openvbc.sources.arrivals import arriving
from openvbc.sources.load import LoadResult
from openvbc.sources.load import load as load_source
from openvbc.sources.reader import canonical_models, readers
from openvbc.sources.reference.store import (
    load_reference,
    references,
    remove_reference,
    set_names,
)
from openvbc.sources.x12.acknowledge import acknowledge as answer
from openvbc.sources.x12.strict import examine
from openvbc.workspace import Workspace

HERE = Path()

DayOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day they came.", show_default="as files say"),
]
NameOption = Annotated[str, typer.Option(help="Name of the data source.")]


def load(
    source: Annotated[Path, typer.Argument(help="The folder, archive or file as it came.")],
    kind: Annotated[
        str | None,
        typer.Option(
            help="Such as own, tuva, cclf or x12 (docs/load.md lists them), or a mapping.yaml.",
            show_default="recognised from the files",
        ),
    ] = None,
    name: NameOption = "source",
    received_on: DayOption = None,
    line_of_business: Annotated[
        str | None,
        typer.Option(
            "--as-line-of-business",
            help="Take every coverage as this line of business with Parts A and B in force.",
        ),
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="Whose data it is.", show_default="the source")
    ] = None,
    agreement: Annotated[
        str | None, typer.Option(help="The data-use agreement, by its id in agreements.yaml.")
    ] = None,
    purpose: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may be used for; more than one may be given.",
            show_default="as agreed, else payment and operations",
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Read files into the canonical tables: wholly, or not at all.

    Bad rows go to a quarantine with file, row number and reason; rows in = accepted + quarantined.
    """
    given = _settled(workspace, name)
    day = received_on.date() if received_on else None
    with arriving(given["workspace_data"], source, name, kind, day):
        terms = load_terms(workspace, name, owner, agreement, purpose)
    with console.progress("load") as report:
        loaded = load_source(
            source=source,
            kind=kind,
            received_on=day,
            as_line_of_business=line_of_business,
            progress=report,
            **vars(terms),
            **given,
        )
    out.print(load_table(loaded))


def _settled(workspace: Path, name: str) -> dict[str, Any]:
    """What the workspace's settings say of every load."""
    space = Workspace(workspace)
    settings = space.settings
    return {
        "workspace_data": space.data,
        "buckets": settings.buckets,
        "data_source": name,
        "max_quarantine": settings.max_quarantine,
        "memory_limit": f"{settings.memory_mb}MB",
        "threads": settings.workers,
    }


def listen(
    port: Annotated[int, typer.Option(help="The port; 2575 is HL7's own.")] = 2575,
    host: Annotated[str, typer.Option(help="The address; only this machine by default.")] = (
        "127.0.0.1"
    ),
    name: NameOption = "adt",
    certificate: Annotated[
        Path | None, typer.Option(help="PEM file with certificate and key: listen with TLS.")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Load again what could not be loaded and is kept.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Take HL7 v2 ADT messages over MLLP, answer each, and load them within a second.

    Stop with Ctrl-C. Messages that came and are not loaded yet are loaded at the next start.
    """
    given = _settled(workspace, name)
    readers(canonical_models())  # read once, so that the first message does not wait for it
    # what one message says wrongly must not hold up the others that came with it
    given["max_quarantine"] = 1
    listener = Listener(given["workspace_data"], _loader(given), _tell, name)
    if replay:
        out.print(f"{listener.inbox.replay()} messages are loaded again")
    serving = listener.serve(
        host,
        port,
        tls=_tls(certificate),
        listening=lambda at: out.print(f"listening on {host}:{at}"),
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(serving)
    tally = listener.tally
    out.print(
        f"{tally.received} received, {tally.refused} answered with an error, "
        f"{tally.rejected} rejected, {tally.failed} kept aside"
    )


def _loader(given: dict[str, Any]) -> Any:
    return lambda folder: load_source(source=folder, kind="adt", **given)


def _tell(result: LoadResult | OpenVBCError) -> None:
    if isinstance(result, OpenVBCError):
        print_problems(result.problems)
        return
    told = ", ".join(f"{it.accepted} {table}" for table, it in result.tables.items())
    out.print(f"load {result.load_id}: {told}, {result.seconds:.2f} s")


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as error:
        what = "holds no certificate with its key in PEM form"
        raise InputError(Problem(str(certificate), what)) from error
    return context


def acknowledge(
    file: Annotated[Path, typer.Argument(help="An X12 file as it was received.")],
    folder: Annotated[Path, typer.Option("--out", help="The folder for the answers.")],
    received_on: DayOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Judge by the implementation guides too (pyx12).")
    ] = False,
) -> None:
    """Answer an X12 file: 999 for its transaction sets, 277CA for its claims.

    Exit code 1 where anything in it is rejected.
    """
    day = (received_on or datetime.now().astimezone()).date()
    found = answer(file, folder, received_on=day)
    out.print(
        f"transaction sets: {found.sets_accepted} accepted, {found.sets_rejected} rejected; "
        f"claims: {found.claims_accepted} accepted, {found.claims_rejected} rejected"
    )
    for path in found.files:
        out.print(str(path))
    problems = examine(file, file.name) if strict else ()
    print_problems(problems)
    is_rejected = found.sets_rejected or found.claims_rejected or problems
    raise typer.Exit(ExitCode.CHECK_FAILED if is_rejected else ExitCode.DONE)


def reference(
    name: Annotated[
        str | None, typer.Argument(help="The set; without it, what is kept is listed.")
    ] = None,
    file: Annotated[Path | None, typer.Argument(help="The file as it was downloaded.")] = None,
    version: Annotated[str | None, typer.Option(help="Its version, such as a year.")] = None,
    received_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day the file came.", show_default="today"),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Keep this version of the set no longer.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Keep a code set or an index that was downloaded, by version, with its hash.

    Nothing licensed is shipped: the file is yours, and stays below data/reference. A version that
    was wrong is removed by NAME --version V --remove; runs, statements and the facts of settlement
    files stay as they are.
    """
    space = Workspace(workspace)
    if remove:
        _remove(space, name, file, version)
    elif name is None:
        table = Table("set", "version", "rows", "file", "received on", "kept on")
        for it in references(space.data):
            days = (str(it.received), it.loaded_on)
            table.add_row(it.name, it.version, f"{it.rows:,}", it.file_name, *days)
        out.print(table)
    elif file is None or version is None:
        what = f"give its file and --version; sets: {', '.join(set_names())}"
        raise InputError(Problem(name, what))
    else:
        memory = f"{space.settings.memory_mb}MB"
        day = received_on.date() if received_on else None
        kept = load_reference(space.data, name, file, version, memory, received_on=day)
        out.print(f"{kept.name} {kept.version}: {kept.rows:,} rows")


def _remove(space: Workspace, name: str | None, file: Path | None, version: str | None) -> None:
    if name is None or version is None or file is not None:
        what = "say which set and --version, and no file; `vbc reference` lists what is kept"
        raise InputError(Problem("--remove", what))
    removed = remove_reference(space.data, name, version)
    out.print(f"{removed.name} {removed.version} ({removed.file_name}) is no longer kept")
