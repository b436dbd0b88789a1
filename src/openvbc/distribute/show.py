"""How a distribution is shown: in a terminal, and for machines."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.contract.display import shown
from openvbc.distribute.run import Distributed
from openvbc.governance.uses import Balance


def distributed_json(found: Distributed) -> Mapping[str, Any]:
    """A distribution, whether it may be posted, what stands against it, where it was posted."""
    return {
        "settlement": found.document["settlement"]["id"],
        "holds": found.holds,
        "posted": str(found.posted) if found.posted else None,
        "against": [{"where": it.where, "what": it.what} for it in found.against],
        "minute_book_head": found.head,
        "distribution": found.document,
    }


def distributed_table(found: Distributed) -> RenderableType:
    """Who gets what, what stays, what reaches primary care, and what stands against posting."""
    document = found.document
    unit = document["unit"]
    table = Table("participant", "group")
    table.add_column("amount", justify="right")
    for it in document["participants"]:
        table.add_row(it["name"], it["group"], shown(it["amount"], unit))
    for it in document["kept"]:
        table.add_row(it["says"], it["account"], shown(it["amount"], unit), style="dim")
    table.add_section()
    table.add_row("in all", "", shown(document["pool"], unit))
    reached = document["pass_through"]
    part = shown(reached["share_of_income"], "rate")
    parts: list[RenderableType] = [
        Text(_title(document), style="bold"),
        table,
        Text(f"to primary care: {shown(reached['amount'], unit)}, {part} of the line"),
    ]
    parts += [Text(f"not allowed yet: {it}", style="red") for it in found.against]
    if found.against:
        parts.append(Text(f"the next record of the minute book says previous: {found.head}"))
    if found.posted:
        parts.append(Text(f"posted: {found.posted}, a text for each participant beside it"))
    return Group(*parts)


def _title(document: Mapping[str, Any]) -> str:
    amount = shown(document["line"]["amount"], document["unit"])
    share = shown(document["share"], "rate")
    return f"{document['settlement']['id']}: {share} of {document['line']['id']}, {amount}"


def savings_table(balances: Sequence[Balance]) -> RenderableType:
    """The use-of-savings ledger: what was kept, what it was spent on, what is left."""
    table = Table("settlement", "account", "date", "purpose, reference")
    table.add_column("dollars", justify="right")
    for it in balances:
        table.add_row(it.settlement, it.account, "", "kept", shown(str(it.kept), "usd"))
        for use in it.uses:
            what = f"{use.purpose}, {use.reference}"
            table.add_row("", "", str(use.date), what, shown(str(-use.amount), "usd"))
        table.add_row("", "", "", "left", shown(str(it.left), "usd"), end_section=True)
    return table
