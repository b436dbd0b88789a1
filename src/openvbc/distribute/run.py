"""Distributing a settled statement: the pool, the parts, the permission, and the posting.

A posting is `data/distributions/<distribution_id>.json`, kept for good, and as the latest
`statements/<settlement>_distribution.json`, with a text for each participant and the public table
in `statements/<settlement>_distribution/`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.contract.distribution import Distribution
from openvbc.contract.settlement import Settlement
from openvbc.distribute.document import (
    Document,
    Pool,
    disclosure_markdown,
    distribution_document,
    participant_text,
)
from openvbc.distribute.participants import Participant, read_measures
from openvbc.distribute.split import split
from openvbc.engine.store import digest, publish_text, read_json
from openvbc.errors import InputError, Problem, near
from openvbc.governance.allow import allow
from openvbc.governance.book import Book, read_book
from openvbc.governance.determination import clause_hash
from openvbc.governance.uses import Balance, use_of_savings
from openvbc.money import parse_decimal, to_cents
from openvbc.publish import find_settlement
from openvbc.workspace import Workspace
from openvbc.yamlfile import where

CURRENCIES: Final = ("usd", "gbp")


@dataclass(frozen=True)
class Distributed:
    """A distribution, what stands against posting it, and where it was posted.

    head: the hash of the minute book's last record, which the next record names as `previous`.
    """

    document: Document
    against: tuple[Problem, ...]
    head: str
    posted: Path | None = None

    @property
    def holds(self) -> bool:
        """Whether it may be posted."""
        return not self.against


def distribute(
    workspace: Workspace, name: str | None, *, day: date, dry_run: bool = False
) -> Distributed:
    """Share a settlement's latest statement by its contract's distribution clause.

    day: when it is posted, the day on which determinations and documents must hold. Nothing is
    written in a dry run, or where anything stands against it. Raises InputError with everything
    that makes the amounts themselves impossible: no statement, an older one than the files, a
    clause or a file of measures with errors, a broken minute book.
    """
    settlement = find_settlement(workspace, name)
    clause = _clause(settlement)
    book = read_book(workspace.root)
    pool = _pool(settlement, clause, _statement(workspace, settlement))
    people = _people(settlement, clause)
    place = where(settlement.contract.path, settlement.contract.raw, "distribution")
    result = split(clause, pool.cents, people, place, pool.unit)
    earlier = posted_distributions(workspace)
    allowed = allow(
        workspace.root,
        book,
        settlement,
        pool.statement["statement_id"],
        day,
        losses=any(it.losses and it.losses.share and not it.kept_whole for it in clause.groups),
        heads=[(it["distribution_id"], it["minute_book"]) for it in earlier],
    )
    document = distribution_document(
        settlement,
        clause,
        pool,
        result,
        allowed,
        day,
        clause_hash=clause_hash(settlement.contract),
        head=book.head,
        before=_before(settlement, earlier),
    )
    against = (*allowed.against, *_statement_problems(settlement, pool.statement, earlier))
    found = Distributed(document, against, book.head)
    return found if dry_run or against else _post(workspace, settlement, found)


def _clause(settlement: Settlement) -> Distribution:
    contract = settlement.contract
    if contract.shape.distribution is None:
        what = "has no distribution clause; there is nothing to share by"
        raise InputError(Problem(str(contract.path), what))
    return contract.shape.distribution


def _statement(workspace: Workspace, settlement: Settlement) -> Mapping[str, Any]:
    """The latest statement; raises InputError where it is none of these files, or was changed."""
    path = workspace.statement_path(settlement.id)
    found = read_json(path, "there is no statement yet; run `vbc settle`")
    if not _is_whole(found, "statement_id"):
        raise InputError(Problem(str(path), "is not what was settled; run `vbc settle` again"))
    files = {"contract": settlement.contract.sha256, "settlement": settlement.sha256}
    changed = [part for part, sha256 in files.items() if found[part]["sha256"] != sha256]
    if changed:
        what = f"was made of another {' and '.join(changed)}; run `vbc settle` again"
        raise InputError(Problem(str(path), what))
    return found


def _pool(settlement: Settlement, clause: Distribution, statement: Mapping[str, Any]) -> Pool:
    """The pool: a line of the whole performance period, times the share, to the cent, half up."""
    at = {"period": "performance", "stratum": None}
    lines = {it["path"]: it for it in statement["lines"] if it["at"] == at}
    contract = settlement.contract
    place = where(contract.path, contract.raw["distribution"], "line")
    line = lines.get(clause.line)
    if line is None:
        what = f"{clause.line} is no line of the statement{near(clause.line, lines)}"
        raise InputError(Problem(place, what))
    value = parse_decimal(line["value"] or "")
    if value is None or line["unit"] not in CURRENCIES:
        raise InputError(Problem(place, f"{clause.line} is no known amount of money"))
    return Pool(
        statement, line["id"], to_cents(value), to_cents(value * clause.share), line["unit"]
    )


def _people(settlement: Settlement, clause: Distribution) -> list[Participant]:
    groups = [it.group for it in clause.groups if not it.kept_whole]
    if clause.participants is None:
        return []
    file = clause.participants.replace("{period}", settlement.shape.period)
    return read_measures(settlement.path.parent / file, groups)


def posted_distributions(workspace: Workspace) -> list[Document]:
    """Every distribution that was posted here, in the order of their days.

    Raises InputError for each that is not what was posted.
    """
    paths = sorted((workspace.data / "distributions").glob("*.json"))
    found = [read_json(path, "restore it from a copy") for path in paths]
    changed = [
        Problem(str(path), "is not what was posted; restore it from a copy")
        for path, it in zip(paths, found, strict=True)
        if not _is_whole(it, "distribution_id")
    ]
    if changed:
        raise InputError(changed)
    return sorted(found, key=lambda it: (it["date"], it["distribution_id"]))


def _is_whole(document: Mapping[str, Any], identity: str) -> bool:
    """Whether a document's id is the hash of all the rest."""
    rest = {name: it for name, it in document.items() if name != identity}
    return bool(digest(rest) == document[identity])


def _before(settlement: Settlement, earlier: Sequence[Document]) -> Document | None:
    """The posting of a settlement that no later posting has replaced."""
    own = [it for it in earlier if it["settlement"]["id"] == settlement.id]
    replaced = {it["supersedes"] for it in own}
    return next((it for it in own if it["distribution_id"] not in replaced), None)


def _statement_problems(
    settlement: Settlement, statement: Mapping[str, Any], earlier: Sequence[Document]
) -> Iterator[Problem]:
    if statement["kind"] == "interim":
        what = "the statement is interim; only a final or restated one is distributed"
        yield Problem(settlement.where("kind"), what)
    for it in earlier:
        if it["statement_id"] == statement["statement_id"]:
            what = f"this statement was distributed on {it['date']} ({it['distribution_id']})"
            yield Problem(settlement.id, what)
        elif it["settlement"]["id"] == settlement.id and statement["supersedes"] is None:
            what = f"another statement of it was distributed on {it['date']}; restate that one"
            yield Problem(
                settlement.id, f"{what}: kind: restated, supersedes: {it['statement_id']}"
            )


def _post(workspace: Workspace, settlement: Settlement, found: Distributed) -> Distributed:
    """Write it for good, then as the latest, with the texts and the public table."""
    document = found.document
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    publish_text(workspace.data / "distributions" / f"{document['distribution_id']}.json", text)
    latest = workspace.root / "statements" / f"{settlement.id}_distribution.json"
    folder = latest.with_suffix("")
    for part in document["participants"]:
        publish_text(folder / f"{part['participant_id']}.txt", participant_text(document, part))
    publish_text(folder / "disclosure.md", disclosure_markdown(document))
    publish_text(latest, text)
    return Distributed(document, (), found.head, latest)


def savings_ledger(
    workspace: Workspace, contract: str
) -> tuple[Book, list[Balance], list[Problem]]:
    """The use-of-savings ledger of a contract: the minute book, the accounts, what is wrong."""
    book = read_book(workspace.root)
    return book, *use_of_savings(book, contract, posted_distributions(workspace))
