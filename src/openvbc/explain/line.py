"""Why a line is what it is: its formula and inputs, or down to persons and their claims."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from openvbc.confidentiality.release import Release
from openvbc.confidentiality.withhold import Withholding
from openvbc.contract.display import shown_line, source_text
from openvbc.errors import InputError, Problem, near
from openvbc.explain.book import BookLeaf, of_book, tables_of_book
from openvbc.explain.chosen import Chosen, choose, only_bucket_of, open_run
from openvbc.explain.descend import descend, tables_below
from openvbc.explain.levels import Explanation, Level
from openvbc.place import Place

Document = Mapping[str, Any]

MEMBER_TABLE: Final = "member_money"
"""The table of a statement that pays by member and month."""

AXES = ("period", "stratum")


def explain_line(
    place: Place,
    path: str,
    at: str,
    settlement: str | None,
    person: str | None,
    rows: int,
    release: Release | None = None,
) -> Explanation:
    """A line with its formula, citation and inputs; a counted leaf down to persons and claims.

    path is component/name, the name alone, or a line's id. Raises InputError for a line or a cell
    that the statement does not have, and for a person where the line counts none.
    """
    chosen = choose(place, settlement)
    document = chosen.statement
    line = _find_line(document, path, at)
    head = [*_head(line), *_age(chosen)]
    source = line["source"] or {}
    members = _members(chosen, line, person, rows)
    if members is not None:
        return Explanation(head, (*_inputs(document, line), *members))
    if source.get("kind") == "table":
        levels = _below(place, document["run_id"], source, person, rows, release or Release())
        return Explanation(head, levels)
    if person:
        what = f"{line['path']} counts no persons; explain a line whose source is a table"
        raise InputError(Problem("--person", what))
    return Explanation(head, tuple(_inputs(document, line)))


def _below(
    place: Place, run_id: str, source: Document, person: str | None, rows: int, release: Release
) -> tuple[Level, ...]:
    """The levels below a cell of a table, or a sum over a book."""
    if of_book(source):
        summed, of_one = tables_of_book(source, person)
    else:
        summed, of_one = tables_below(source["table"], person)
    run = open_run(place, run_id, [*summed, *of_one])
    engine = run.open()
    try:
        withholding = Withholding(engine, run, place.root, release)
        if person:
            only_bucket_of(person, engine, run, place, *summed)
        if of_book(source):
            return tuple(BookLeaf(engine, source, withholding).levels(person, rows))
        return tuple(descend(run.models, engine, source, person, rows, withholding))
    finally:
        engine.close()


def _members(
    chosen: Chosen, line: Document, person: str | None, rows: int
) -> tuple[Level, ...] | None:
    """The members that a line is the sum of; None for a line that sums none."""
    sources = (it["source"] or {} for it in chosen.statement["lines"])
    if not any(it.get("table") == MEMBER_TABLE for it in sources):
        return None
    from openvbc.explain.members import members_of  # noqa: PLC0415 - reads contracts: slow

    return members_of(chosen, line, person, rows)


def _find_line(document: Document, path: str, at: str) -> Document:
    path, _, cell = path.partition("@")
    given = dict(zip(AXES, cell.split(","), strict=False)) if cell else {}
    wanted = {"period": "performance", "stratum": None, **given, **_coordinates(at)}
    named = [it for it in document["lines"] if path in {it["path"], it["path"].split("/")[-1]}]
    paths = list(dict.fromkeys(it["path"] for it in named))
    found = [line for line in named if line["at"] == wanted]
    if len(found) == 1:
        return dict(found[0])
    if len(paths) > 1:
        what = f"a line of several components; say which: {', '.join(paths)}"
    elif named:
        cells = "; ".join(_cell(line["at"]) for line in named)
        what = f"no such cell; give one with --at: {cells}"
    else:
        names = {it["path"].split("/")[-1] for it in document["lines"]}
        what = f"no such line in the statement{near(path.split('/')[-1], names)}"
    raise InputError(Problem(f"{path} [{_cell(wanted)}]", what))


def _cell(at: Document) -> str:
    """A cell as --at takes it."""
    return ",".join(f"{axis}={at[axis]}" for axis in AXES if at[axis] is not None)


def _coordinates(at: str) -> dict[str, str]:
    """Read period=base_1,stratum=esrd; raises InputError for anything else."""
    pairs = [part.partition("=") for part in at.split(",") if part.strip()]
    if any(name.strip() not in AXES or not value.strip() for name, _, value in pairs):
        raise InputError(Problem(f"--at {at}", "expected period=NAME,stratum=NAME"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _head(line: Document) -> list[tuple[str, str]]:
    parts = [
        ("line", line["id"]),
        ("value", shown_line(line)),
        ("unknown", line["unknown"] or ""),
        ("says", line["says"].split("\n\n")[0]),
        ("formula", line["formula"] or ""),
        ("citation", line["cite"]),
        ("source", source_text(line["source"])),
    ]
    return [(name, text) for name, text in parts if text]


def _age(chosen: Chosen) -> list[tuple[str, str]]:
    """A note where the contract or the settlement changed since the statement was made."""
    changed = chosen.changed()
    if not changed:
        return []
    what = f"the {' and the '.join(changed)} changed since this statement was made"
    return [("note", f"{what}; `vbc settle` makes a new one")]


def _inputs(document: Document, line: Document) -> Iterator[Level]:
    by_id = {it["id"]: it for it in document["lines"]}
    inputs = [by_id[name] for name in line["inputs"]]
    if inputs:
        rows = [(it["id"], shown_line(it), it["cite"]) for it in inputs]
        yield Level("made of", ("line", "value", "citation"), rows, len(rows))
