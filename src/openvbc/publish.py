"""Settling a workspace's contract and writing its statement."""

import json

from openvbc.contract.contract import Settlement
from openvbc.contract.facts import FirstOf
from openvbc.contract.render_html import render_html
from openvbc.contract.settle import Settled, settle
from openvbc.contract.tables import TableFacts
from openvbc.engine.store import publish_text
from openvbc.errors import InputError, Problem
from openvbc.workspace import Workspace


def find_settlement(workspace: Workspace, name: str | None) -> Settlement:
    """The settlement of a name, or the only one; raises InputError naming those there are."""
    found = workspace.settlements
    known = ", ".join(found) or "none"
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if name is None or name not in found:
        what = "which settlement?" if name is None else "no such settlement;"
        raise InputError(Problem(name or "settlement", f"{what} there are: {known}"))
    return found[name]


def settle_and_publish(workspace: Workspace, name: str | None) -> Settled:
    """Settle on the run in force and write statements/<settlement>.json and .html.

    A statement that is refused or fails an assertion is returned but not written.
    """
    settlement = find_settlement(workspace, name)
    run = workspace.fresh_run()
    engine = run.open()
    try:
        facts = FirstOf([TableFacts(engine, settlement), settlement.facts()])
        settled = settle(settlement, facts, run.id)
    finally:
        engine.close()
    if not settled.problems and not settled.failed_assertions:
        folder = workspace.root / "statements"
        text = json.dumps(settled.document, indent=1, ensure_ascii=False) + "\n"
        publish_text(folder / f"{settlement.id}.json", text)
        publish_text(folder / f"{settlement.id}.html", render_html(settled.document))
    return settled
