"""Statements that were exchanged: read, held to their ids, and to being of the same thing."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from openvbc.contract.component import component
from openvbc.contract.statement import SCHEMA, Document
from openvbc.engine.store import digest, read_json
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.ledger.kept import Kept
from openvbc.money import parse_decimal

TOP: Final = (
    *("statement_id", "schema", "program", "contract", "settlement", "as_of", "kind"),
    *("payer", "entity", "period", "periods", "results", "lines"),
)
LINE: Final = ("id", "path", "at", "value", "unknown", "unit", "source", "inputs", "cite")
WORDS: Final = frozenset({"flag", "text", "brackets"})
"""Units whose values are no numbers."""

SAME: Final[Mapping[str, tuple[str, ...]]] = {
    "contract": ("contract", "id"),
    "program": ("program",),
    "payer": ("payer", "id"),
    "entity": ("entity", "id"),
    "period": ("period", "id"),
    "first day": ("period", "first_day"),
    "last day": ("period", "last_day"),
    "days of the periods": ("periods",),
}
"""What two statements must have in common, in words, and where it stands in a document."""


def read_exchanged(path: Path) -> Document:
    """A statement as it was sent; InputError where it is none, or is not what its id says."""
    document = read_json(path, "expected the JSON of a statement")
    problems = list(_shape_problems(path, document))
    if not problems and _digest(document) != document["statement_id"]:
        what = "is not what its statement_id says: it was changed; ask for it again"
        problems.append(Problem(str(path), what))
    if problems:
        raise InputError(problems)
    return document


def _digest(document: Document) -> str:
    return digest({key: it for key, it in document.items() if key != "statement_id"})


def _shape_problems(path: Path, document: Any) -> Iterator[Problem]:
    """A schema that is ours, and lines as they are expected."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else type(document).__name__
        yield Problem(str(path), f"found schema {found}, expected {SCHEMA}")
        return
    missing = [key for key in TOP if key not in document]
    if missing:
        yield Problem(str(path), f"is no whole statement: {', '.join(missing)} missing")
        return
    for line in document["lines"]:
        absent = [key for key in LINE if key not in line]
        if absent:
            yield Problem(f"{path}: {line.get('id')}", f"{', '.join(absent)} missing")
        elif not _fits(line):
            what = f"found a value that is no number, expected {line['unit']}"
            yield Problem(f"{path}: {line['id']}", what)


def _fits(line: Document) -> bool:
    """Whether a leaf's value can be read in its unit."""
    free = line["source"] is None or line["unit"] in WORDS or line["value"] is None
    return free or parse_decimal(line["value"]) is not None


def refuse_others(ours: Document, theirs: Document, where: str) -> None:
    """Refuse statements of different things, or whose amount is not determined: all of it."""
    problems = [
        Problem(where, f"another {words}: {one} and {other}; reconcile two statements of one")
        for words, keys in SAME.items()
        if (one := _at(ours, keys)) != (other := _at(theirs, keys))
    ]
    problems += [
        Problem(where, f"{side} does not determine {line}; no difference can be told")
        for side, document in (("ours", ours), ("theirs", theirs))
        for line in Kept(document).undetermined
    ]
    if not problems and Kept(ours).currency != Kept(theirs).currency:
        problems.append(Problem(where, "the statements are in different currencies"))
    if problems:
        raise InputError(problems)


def _at(document: Document, keys: tuple[str, ...]) -> Any:
    found: Any = document
    for key in keys:
        found = found[key]
    return found


def with_gaps(document: Document) -> Document:
    """A copy in which a required leaf without a value is unknown: its sender withheld it."""
    copy = deepcopy(document)
    for line in copy["lines"]:
        empty = line["source"] is not None and line["value"] is None and line["unknown"] is None
        if empty and _is_required(line["path"]):
            line["unknown"] = "withheld"
    return copy


def _is_required(path: str) -> bool:
    """Whether a leaf must have a value; a parameter need not, for it may say that none holds."""
    owner, _, name = path.partition("/")
    try:
        leaf = component(owner).leaves.get(name)
    except OpenVBCError:
        return False
    return leaf is not None and leaf.default is not None


def filled(document: Document, other: Document) -> tuple[Document, tuple[str, ...]]:
    """A copy with what its sender withheld taken from the other statement; and the lines' ids."""
    own = {it["id"]: it for it in document["lines"]}
    known = [it for it in other["lines"] if it["source"] is not None and it["unknown"] is None]
    taken = {
        it["id"]: it
        for it in known
        if it["id"] not in own or (own[it["id"]]["source"] and own[it["id"]]["unknown"])
    }
    lines = [taken.get(it["id"], it) for it in document["lines"]]
    lines += [it for name, it in taken.items() if name not in own]
    return {**document, "lines": lines}, tuple(sorted(taken))
