"""The statement: lines that explain themselves, as one JSON document."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.component import TOTAL, Component
from openvbc.contract.facts import At
from openvbc.contract.resolve import Key, Line
from openvbc.contract.settlement import Settlement
from openvbc.engine.store import digest
from openvbc.errors import InputError, Problem
from openvbc.money import decimal_text, round_half_up
from openvbc.rules.rule import Unknown

SCHEMA: Final = "openvbc.statement/1"
MOST_LINES: Final = 10_000

SETTLED_BEFORE: Final = "_settled_before"
"""How the leaf is called by which a payment takes off what earlier statements settled."""

PAID: Final = "paid_through"
"""What the source of a book's sum says besides its table."""

Document = dict[str, Any]


def line_id(key: Key) -> str:
    """A line's identity as text: component/name@period[,stratum]."""
    path, at = key
    return f"{path}@{at.period}" + (f",{at.stratum}" if at.stratum else "")


def value_text(value: object) -> str | None:
    """A value as text: plain decimals, true or false, or None where it is unknown or absent."""
    match value:
        case None | Unknown():
            text = None
        case bool():
            text = "true" if value else "false"
        case Decimal():
            text = decimal_text(value)
        case Mapping():
            text = "; ".join(f"{name} {value_text(item)}" for name, item in value.items())
        case tuple():
            text = " | ".join(str(value_text(item)) for item in value)
        case _:
            text = str(value)
    return text


def in_order(results: Sequence[Line], lines: Mapping[Key, Line]) -> Iterator[Line]:
    """The results and everything they are made of, each line once, a result before its inputs."""
    seen: set[Key] = set()
    waiting = [line.key for line in reversed(results)]
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        yield lines[key]
        waiting += reversed(lines[key].inputs)


def _line(line: Line) -> Document:
    return {
        "id": line_id(line.key),
        "path": line.path,
        "at": _at(line.at),
        "value": value_text(line.value),
        "unknown": line.value.reason if isinstance(line.value, Unknown) else None,
        "unit": line.unit,
        "says": line.says,
        "formula": line.formula or None,
        "cite": line.cite,
        "inputs": [line_id(key) for key in line.inputs],
        "source": dict(line.source) or None,
    }


def _at(at: At) -> Document:
    return {"period": at.period, "stratum": at.stratum}


def waterfall(ways: Mapping[str, Sequence[str]], lines: Sequence[Document]) -> list[Document]:
    """The steps from the first amount to the amount due, each a line with its kind of step.

    ways: as a component declares them. Empty where there is none, or the amount due did not come
    out; a step whose line did not come out is left out.
    """
    whole = {"period": "performance", "stratum": None}
    by_name = {it["path"].split("/")[-1]: it for it in lines if it["at"] == whole}
    if not ways or (due := by_name.get(ways["payer_pays"][-1])) is None:
        return []
    owed = due["value"] is not None and due["value"].startswith("-")
    entries = (entry.rpartition(" ") for entry in ways["entity_pays" if owed else "payer_pays"])
    return [
        {"line": by_name[name]["id"], "step": kind or "reached"}
        for kind, _, name in entries
        if name in by_name
    ]


def _ways(settlement: Settlement) -> Mapping[str, Sequence[str]]:
    """The waterfall of the last component that has one: the one whose amount is settled."""
    components = reversed(settlement.contract.components)
    return next((it.waterfall for it in components if it.waterfall), {})


def _cents(value: object) -> str | None:
    """An amount in whole cents as text; None where it is not determined."""
    return decimal_text(round_half_up(value, 2)) if isinstance(value, Decimal) else None


def payments(components: Sequence[Component], lines: Mapping[Key, Line]) -> list[Document]:
    """What each paying component pays: its name, the line, and the amount in whole cents.

    Above zero the payer pays, below zero the entity; null where it is not determined.
    settled_before: what the line has already taken off as settled by earlier statements; null
    where it takes off nothing.
    """
    whole = {key[0].split("/")[-1]: it for key, it in lines.items() if key[1] == At()}
    paying = {it.pays: it.name for it in components if it.pays and it.pays != TOTAL}
    return [
        {
            "component": component,
            "line": line_id(whole[pays].key),
            "amount": _cents(whole[pays].value),
            "settled_before": _settled_before(whole[pays], lines),
        }
        for pays, component in paying.items()
        if pays in whole
    ]


def _settled_before(line: Line, lines: Mapping[Key, Line]) -> str | None:
    taken = (lines[key].value for key in line.inputs if key[0].endswith(SETTLED_BEFORE))
    return _cents(next(taken, None))


def _counted(settlement: Settlement) -> Document:
    """The calendar year that is counted for a period that is a part of one; else nothing."""
    first, last = settlement.counted
    days = {"first_day": first.isoformat(), "last_day": last.isoformat()}
    return {"counted": days} if settlement.is_part_year else {}


def _through(settlement: Settlement, lines: Sequence[Document]) -> Document:
    """The last day of care that is in the statement, and of payment where claims are counted.

    books: analysis → the last day of payment in it, where sums of a book are counted.
    """
    shape, contract = settlement.shape, settlement.contract.shape
    books = _books(lines)
    paid = books.get(f"{contract.book.analysis}/{shape.first_day.year}") if contract.book else None
    if contract.population or contract.episodes:
        paid = settlement.paid_through(settlement.counted[1]).isoformat()
    incurred = min(settlement.counted[1], shape.as_of).isoformat()
    return {"incurred": incurred, "paid": paid, **({"books": books} if books else {})}


def _books(lines: Sequence[Document]) -> dict[str, str]:
    """Analysis → the last day of payment in it, of the analyses that lines are sums of."""
    sources = (it["source"] or {} for it in lines)
    found = ((it["filter"]["analysis_id"], it[PAID]) for it in sources if PAID in it)
    return dict(sorted(found))


def statement(
    settlement: Settlement, run_id: str | None, results: Sequence[Line], lines: Mapping[Key, Line]
) -> Document:
    """The statement of a settlement as a JSON-ready document; its id is the hash of the rest.

    Raises InputError where it would pass 10,000 lines: per-unit amounts belong in a table.
    """
    ordered = [_line(line) for line in in_order(results, lines)]
    if len(ordered) > MOST_LINES:
        what = f"{len(ordered):,} lines; a statement holds at most {MOST_LINES:,}"
        raise InputError(Problem(settlement.id, what))
    shape, contract = settlement.shape, settlement.contract
    terms = contract.shape.payment_terms
    document: Document = {
        "schema": SCHEMA,
        "title": contract.shape.title,
        "program": contract.shape.program,
        "contract": {"id": contract.id, "sha256": contract.sha256},
        "settlement": {"id": settlement.id, "sha256": settlement.sha256},
        "run_id": run_id,
        "as_of": shape.as_of.isoformat(),
        "kind": shape.kind,
        "supersedes": shape.supersedes,
        "payer": contract.shape.parties.payer.model_dump(),
        "entity": contract.shape.parties.entity.model_dump(),
        "period": {
            "id": shape.period,
            "first_day": shape.first_day.isoformat(),
            "last_day": shape.last_day.isoformat(),
        },
        **_counted(settlement),
        "through": _through(settlement, ordered),
        **({"plan": settlement.step.to_json()} if settlement.step else {}),
        "periods": {
            role: {"first_day": first.isoformat(), "last_day": last.isoformat()}
            for role, (first, last) in settlement.coordinates.periods.items()
        },
        "same": dict(contract.same),
        "results": [line_id(line.key) for line in results],
        "waterfall": waterfall(_ways(settlement), ordered),
        "payments": payments(contract.components, lines),
        "payment_terms": terms.model_dump(mode="json") if terms else None,
        "lines": ordered,
    }
    return {"statement_id": digest(document), **document}
