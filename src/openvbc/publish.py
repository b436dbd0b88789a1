"""Settling a workspace's contract and writing its statement.

`statements/<settlement>.json` and `.html` are the latest; every statement that was ever written
stays in `data/statements/<statement_id>.json`, which no later one changes.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from openvbc.analyses import FILE
from openvbc.contract.check import check_all
from openvbc.contract.render_html import render_html
from openvbc.contract.settle import Settled, refusals
from openvbc.contract.settlement import Settlement
from openvbc.contract.statement import Document
from openvbc.engine.store import publish_text, read_json
from openvbc.errors import InputError, Problem, near
from openvbc.glide.force import possible_steps, under_step
from openvbc.workspace import Workspace
from openvbc.yamlfile import where

COST: Final = "cost"
"""The measure of an analysis that a book is made of."""


def find_settlement(workspace: Workspace, name: str | None) -> Settlement:
    """The settlement of a name, or the only one; raises InputError naming those there are."""
    found = workspace.settlements
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if not found:
        what = "there is no settlement; write one in settlements/"
        raise InputError(Problem(str(workspace.root), what))
    if name is None:
        what = f"which settlement? there are: {', '.join(found)}"
        raise InputError(Problem("--settlement", what))
    if name not in found:
        raise InputError(Problem(name, f"no such settlement{near(name, found)}"))
    return found[name]


def find_settlements(workspace: Workspace, names: list[str]) -> list[Settlement]:
    """The settlements of some names, or all; raises InputError with every name that is none."""
    if not names:
        names = list(workspace.settlements) or [find_settlement(workspace, None).id]
    problems: list[Problem] = []
    found: list[Settlement] = []
    for name in names:
        try:
            found.append(find_settlement(workspace, name))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def check_supersedes(workspace: Workspace, settlement: Settlement) -> Iterator[Problem]:
    """What is wrong with the statement that a settlement says it replaces."""
    replaced = settlement.shape.supersedes
    if replaced is None:
        return
    place = settlement.where("supersedes")
    if not replaced.isalnum() or not workspace.kept_path(replaced).is_file():
        what = "no statement of this id was made here; statements/*.json hold their statement_id"
        yield Problem(place, f"supersedes {replaced}: {what}")
        return
    earlier = read_json(workspace.kept_path(replaced), "restore it from a copy")
    other, as_of = earlier["settlement"]["id"], earlier["as_of"]
    if other != settlement.id:
        yield Problem(place, f"supersedes {replaced}: that is a statement of {other}")
    elif as_of > settlement.shape.as_of.isoformat():
        what = f"its as_of {as_of} is later than {settlement.shape.as_of}"
        yield Problem(place, f"supersedes {replaced}: {what}")


def check_workspace(workspace: Workspace) -> None:
    """Check every contract and settlement without data; raises InputError with all problems."""
    settlements = workspace.settlements
    contracts = workspace.contracts
    steps = possible_steps(workspace)
    problems = [*check_all(contracts, steps), *_unknown_analyses(workspace)]
    problems += _refused(steps.values(), problems)
    for settlement in settlements.values():
        problems += check_supersedes(workspace, settlement)
    if problems:
        raise InputError(problems)


def _unknown_analyses(workspace: Workspace) -> Iterator[Problem]:
    """Books and markets of contracts that analyses.yaml does not name, or not with cost."""
    clauses = [(it, it.shape.book) for it in workspace.contracts.values() if it.shape.book]
    if not clauses:
        return
    try:
        known = workspace.analyses.by_name
    except InputError as error:
        yield from error.problems
        return
    for contract, book in clauses:
        place = where(contract.path, contract.raw, "book")
        for key, name in (("analysis", book.analysis), ("market", book.market)):
            if name is not None and name not in known:
                yield Problem(place, f"{key}: no analysis {name} in {FILE}{near(name, known)}")
            elif name is not None and COST not in known[name].measures:
                yield Problem(
                    place, f"{key}: {name} counts no cost; say measures: [{COST}] in {FILE}"
                )


def _refused(settlements: Iterable[Settlement], said: Iterable[Problem]) -> list[Problem]:
    """What the rules refuse of terms and facts that stand there already, each once."""
    known = {it.what for it in said}
    found = (it for one in settlements for it in refusals(one))
    return list(dict.fromkeys(it for it in found if it.what not in known))


def settle_and_publish(workspace: Workspace, name: str | None) -> Settled:
    """Settle on the run in force and write statements/<settlement>.json and .html.

    Where a plan of several years names the contract, the terms are those of the step in force.
    A statement that is refused or fails an assertion is returned but not written.
    """
    settlement = under_step(workspace, find_settlement(workspace, name))
    settled = workspace.settle(settlement)
    problems = (*check_supersedes(workspace, settlement), *settled.problems)
    settled = replace(settled, problems=problems)
    if not settled.holds:
        return settled
    notes = tuple(_unrestated(workspace, settlement, settled.document))
    _publish(workspace, settlement, settled.document)
    page = workspace.statement_path(settlement.id).with_suffix(".html")
    identity = f"statement {settled.document['statement_id']}"
    return replace(settled, notes=(identity, f"as a page: {page}", *notes))


def _unrestated(workspace: Workspace, settlement: Settlement, document: Document) -> Iterator[str]:
    """A final statement that this one replaces without saying so."""
    path = workspace.statement_path(settlement.id)
    if path.is_file():
        before = read_json(path, "remove it, then settle again")
        known = {document["statement_id"], document["supersedes"]}
        if before["kind"] == "final" and before["statement_id"] not in known:
            yield (
                f"it replaces the final statement {before['statement_id']}, which is kept; if that "
                "one was sent, say kind: restated and supersedes: that id"
            )


def _publish(workspace: Workspace, settlement: Settlement, document: Document) -> None:
    """Keep the statement for good, then make it the latest, with its page."""
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    page = render_html(document)
    kept = workspace.kept_path(document["statement_id"])
    if not kept.exists():
        publish_text(kept, text)
    latest = workspace.statement_path(settlement.id)
    publish_text(latest.with_suffix(".html"), page)
    publish_text(latest, text)
