"""`vbc agreements`: what every loaded source may be used for, and by which agreement."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.table import Table

from openvbc.confidentiality.agreement import Agreement, read_agreements
from openvbc.confidentiality.release import today
from openvbc.confidentiality.use import SourceUse, source_uses
from openvbc.console import JsonOption, WorkspaceOption, out, print_json
from openvbc.workspace import Workspace

HERE: Final = Path()


def agreements(as_json: JsonOption = False, workspace: WorkspaceOption = HERE) -> None:
    """List what each loaded source may be used for, until when, and by which agreement."""
    space = Workspace(workspace)
    _ = space.settings
    uses = source_uses(space.root, space.data, today())
    used = {it.agreement for it in uses}
    unused = [it for it in read_agreements(space.root).values() if it.id not in used]
    if as_json:
        listed = [it.to_json() for it in unused]
        print_json({"sources": [it.to_json() for it in uses], "without_load": listed})
    elif uses or unused:
        out.print(_table(uses, unused))
    else:
        out.print("nothing is loaded, and agreements.yaml lists nothing")


def _table(uses: Sequence[SourceUse], unused: Sequence[Agreement]) -> Table:
    table = Table()
    for name in ("source", "owner", "agreement", "purposes", "recipients", "until", "loads"):
        table.add_column(name)
    for it in uses:
        recipients = "not stated" if it.recipients is None else ", ".join(it.recipients)
        table.add_row(
            it.source,
            it.owner,
            it.agreement or "none",
            it.why_not or ", ".join(it.purposes),
            recipients,
            _until(it.valid_to),
            str(it.loads),
        )
    for one in unused:
        sources, purposes = ", ".join(one.sources), ", ".join(one.purposes)
        recipients = ", ".join(one.recipients)
        table.add_row(
            sources, one.owner, one.id, purposes, recipients, _until(one.valid_to), "none"
        )
    return table


def _until(day: object) -> str:
    return str(day) if day else "no end"
