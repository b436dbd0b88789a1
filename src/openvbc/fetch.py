"""The command that fetches a bulk export; the only one that opens a connection by itself."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from openvbc.console import err, out
from openvbc.errors import InputError, Problem
from openvbc.sources.fetch.backend import Backend, read_key, token_address
from openvbc.sources.fetch.bulk_export import BulkExport, Export, Request
from openvbc.sources.fetch.web import Http, check_address


def fetch_fhir(
    base: Annotated[str, typer.Argument(metavar="BASE_URL", help="The FHIR server.")],
    folder: Annotated[Path, typer.Option("--out", help="A folder of its own for this export.")],
    client_id: Annotated[
        str, typer.Option(help="The client, as registered.", show_default="no token is used")
    ] = "",
    key: Annotated[
        Path | None, typer.Option(help="Private key, RSA or P-384, as JWK or PEM.")
    ] = None,
    kid: Annotated[
        str | None, typer.Option(help="The key's id at the server.", show_default="the JWK's")
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="Only the patients of this Group.", show_default="all")
    ] = None,
    types: Annotated[
        str, typer.Option("--types", help="Resource types, with commas.", show_default="all")
    ] = "",
    since: Annotated[
        datetime | None,
        typer.Option(help="Only what changed after this moment (UTC).", show_default="everything"),
    ] = None,
    scope: Annotated[str, typer.Option(help="What the token is asked for.")] = "system/*.rs",
    token_url: Annotated[
        str | None, typer.Option(help="Where tokens are given.", show_default="as the server says")
    ] = None,
) -> None:
    """Fetch a FHIR bulk export into a folder that `vbc load` reads.

    The only command that opens a connection by itself. One that was stopped goes on where it was.
    Tokens are kept in memory only, and nothing is sent but the request.
    """
    http = Http(told=err.print)
    server = check_address(base.rstrip("/"))
    request = Request(
        server,
        f"Group/{group}" if group else "Patient",
        tuple(it.strip() for it in types.split(",") if it.strip()),
        f"{since.replace(tzinfo=since.tzinfo or UTC).isoformat()}" if since else None,
    )
    access = _access(http, server, client_id, key, kid, scope, token_url)
    out.print(export_table(BulkExport(http, request, folder, access).run()))


def _access(
    http: Http,
    server: str,
    client_id: str,
    key: Path | None,
    kid: str | None,
    scope: str,
    token_url: str | None,
) -> Backend | None:
    """The client's access; None where neither a client nor a key is named."""
    if not client_id and key is None:
        return None
    if not client_id or key is None:
        raise InputError(Problem("fetch-fhir", "--client-id and --key go together"))
    signer = read_key(key, kid)
    return Backend(http, client_id, signer, token_url or token_address(http, server), scope)


def export_table(export: Export) -> Any:
    """The files of an export, and what the next one takes as --since."""
    table = Table(caption=f"as of {export.transaction_time}; the next takes it as --since")
    table.add_column("file")
    table.add_column("resources", justify="right")
    table.add_column("bytes", justify="right")
    for it in export.files:
        table.add_row(it.name, f"{it.resources:,}", f"{it.size:,}")
    return table
