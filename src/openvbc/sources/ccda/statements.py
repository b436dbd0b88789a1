"""The statements of a document's sections: what each says, found by its template.

A statement is an act, encounter, observation, organizer, procedure, substance administration or
supply. They are counted through the document from 1, and that is their row number. One of a
template that is read makes a row, whichever section or statement it stands in.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from itertools import count
from typing import Final

from openvbc.sources.ccda.values import (
    Coded,
    Interval,
    Value,
    ccn,
    day,
    moment,
    npi,
    record_id,
    rows_of,
)
from openvbc.sources.ccda.xml import Node

_TAGS: Final = frozenset(
    [
        "act",
        "encounter",
        "observation",
        "organizer",
        "procedure",
        "substanceAdministration",
        "supply",
    ]
)
_ENTRY: Final = "2.16.840.1.113883.10.20.22.4."
_CONTEXTS: Final = {
    f"{_ENTRY}80": "encounter diagnosis",
    f"{_ENTRY}33": "encounter diagnosis",
    f"{_ENTRY}34": "encounter diagnosis",
    f"{_ENTRY}132": "health concern",
}
"""Acts that say what the problems in them are: diagnoses of a visit, or health concerns."""

_PROBLEM_STATUS: Final = f"{_ENTRY}6"
_REFUSAL: Final = f"{_ENTRY}53"
_SUPPLY_ORDER: Final = f"{_ENTRY}17"
_NULLIFIED: Final = "nullified"
_DIGITS: Final = 24


@dataclass(frozen=True)
class Statement:
    """One row, as text; empty where the source says nothing."""

    kind: str
    category: str
    record_id: str
    line: str
    section_code: str
    confidentiality_code: str
    context: str
    mood: str
    negated: str
    null_flavor: str
    status: str
    concern_status: str
    problem_status_code: str
    started: str
    ended: str
    started_at: str
    ended_at: str
    recorded: str
    code_system: str
    code: str
    codings: str
    value_number: str
    value_comparator: str
    value_unit: str
    value_code: str
    value_text: str
    reason_code: str
    quantity: str
    npi: str
    facility_npi: str
    facility_ccn: str
    discharge_disposition_code: str
    encounter_id: str

    @property
    def values(self) -> tuple[str, ...]:
        """The values in the order of STATEMENT_COLUMNS."""
        return astuple(self)


STATEMENT_COLUMNS: Final = tuple(it.name for it in fields(Statement))
SECTION_COLUMNS: Final = ("template", "code", "statements", "statements_read")


@cache
def templates() -> dict[str, tuple[str, str]]:
    """Template → kind of row and its category, the more special ones first."""
    return {row["template"]: (row["kind"], row["category"]) for row in rows_of("template")}


@dataclass(frozen=True)
class _Around:
    """What the statements around one say of it."""

    section_code: str = ""
    confidentiality_code: str = ""
    context: str = ""
    negated: bool = False
    null_flavor: str = ""
    nullified: bool = False
    concern_status: str = ""
    recorded: str = ""
    encounter_id: str = ""
    within: str = ""
    product: Node | None = None

    def inside(self, node: Node) -> "_Around":
        """What stands around the statements within a statement."""
        own = {it.get("root") for it in node.all("templateId")}
        is_concern = node.tag == "act"
        kind = _kind(node)
        return replace(
            self,
            context=next((_CONTEXTS[it] for it in own if it in _CONTEXTS), self.context),
            negated=self.negated or _is_negated(node),
            null_flavor=self.null_flavor or node.get("nullFlavor"),
            nullified=self.nullified or _status(node) == _NULLIFIED,
            concern_status=_status(node) if is_concern else self.concern_status,
            recorded=_recorded(node) if is_concern else self.recorded,
            encounter_id=record_id(node) if node.tag == "encounter" else self.encounter_id,
            within=kind[0] if kind else self.within,
            product=_product(node) or self.product,
        )


class Walk:
    """Walks through a document; patient distinguishes records that have no id of their own."""

    def __init__(self, patient: str) -> None:
        self._patient = patient
        self._numbers = count(1)
        self.rows: list[tuple[int, Statement]] = []
        self.sections: list[tuple[int, tuple[str, ...]]] = []

    def visit(self, node: Node) -> None:
        """Take the visit that the document is about as an encounter."""
        self.rows.append((next(self._numbers), self._row(node, ("encounter", ""), _Around())))

    def section(self, node: Node, confidentiality_code: str = "") -> None:
        """Take the statements of a section, and those of the sections in it."""
        code = node.value("code", name="code")
        mark = node.value("confidentialityCode", name="code") or confidentiality_code
        around = _Around(section_code=code, confidentiality_code=mark)
        seen, read = self._within(node, around)
        template = node.value("templateId", name="root")
        at = len(self.sections) + 1
        self.sections.append((at, (template, code, str(seen), str(read))))
        for inner in node.all("component", "section"):
            self.section(inner, mark)

    def _within(self, node: Node, around: _Around) -> tuple[int, int]:
        """How many statements stood within, and how many of them made a row."""
        seen = read = 0
        for child in node.children:
            inner = around
            if child.tag == "section":
                continue
            if child.tag in _TAGS:
                seen += 1
                read += self._take(child, around)
                inner = around.inside(child)
            more, rows = self._within(child, inner)
            seen, read = seen + more, read + rows
        return seen, read

    def _take(self, node: Node, around: _Around) -> bool:
        number, kind = next(self._numbers), _kind(node)
        if kind is not None:
            self.rows.append((number, self._row(node, kind, around)))
        return kind is not None

    def _row(self, node: Node, kind: tuple[str, str], around: _Around) -> Statement:
        at, code = Interval.of(node), Coded.of(_coded(node, kind[0], around))
        value = Value.of(node.first("value")) if kind[0] == "observation" else Value()
        facility = _facility(node)
        row = Statement(
            kind=kind[0],
            category=_category(node, kind, around),
            record_id=record_id(node),
            line=str(node.line),
            section_code=around.section_code,
            confidentiality_code=around.confidentiality_code,
            context=around.context,
            mood=node.get("moodCode") or "EVN",
            negated="true" if around.negated or _is_negated(node) else "false",
            null_flavor=around.null_flavor or node.get("nullFlavor"),
            status=_NULLIFIED if around.nullified else _status(node),
            concern_status=around.concern_status,
            problem_status_code=_related(node, _PROBLEM_STATUS).code,
            started=day(at.low),
            ended=day(_end(at, kind[0]), last=True),
            started_at=moment(at.low),
            ended_at=moment(at.high),
            recorded=_recorded(node) or around.recorded,
            code_system=code.system,
            code=code.code,
            codings=code.all,
            value_number=value.number,
            value_comparator=value.comparator,
            value_unit=value.unit,
            value_code=value.code,
            value_text=value.text,
            reason_code=_reason(node),
            quantity=_quantity(node),
            npi=_performer(node),
            facility_npi=npi(facility),
            facility_ccn=ccn(facility),
            discharge_disposition_code=_disposition(node),
            encounter_id=record_id(node) if kind[0] == "encounter" else around.encounter_id,
        )
        return row if row.record_id else replace(row, record_id=self._digest(row))

    def _digest(self, row: Statement) -> str:
        """A key of what a statement without an id says: said again, it is the same."""
        content = replace(row, line="", recorded="", section_code="").values
        text = "\x1f".join((self._patient, *content))
        return f"ccda-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def _kind(node: Node) -> tuple[str, str] | None:
    own = {it.get("root") for it in node.all("templateId")}
    return next((kind for template, kind in templates().items() if template in own), None)


def _is_negated(node: Node) -> bool:
    return node.get("negationInd") in {"true", "1"}


def _status(node: Node) -> str:
    return node.value("statusCode", name="code")


def _end(at: Interval, kind: str) -> str:
    """The end of a statement; a visit that is given as one moment has ended on that day."""
    return at.low if at.is_moment and kind == "encounter" else at.high


def _recorded(node: Node) -> str:
    """The day of the author's entry; of a concern without one, its own first day."""
    return day(node.value("author", "time") or (Interval.of(node).low if node.tag == "act" else ""))


def _product(node: Node) -> Node | None:
    """The code of the substance that is given or supplied."""
    for tag in ("consumable", "product"):
        for material in ("manufacturedMaterial", "manufacturedLabeledDrug"):
            found = node.first(tag, "manufacturedProduct", material, "code")
            if found is not None:
                return found
    return None


def _coded(node: Node, kind: str, around: _Around) -> Node | None:
    """Where the code of a row stands: a problem is its observation's value, a drug its product."""
    if kind == "condition":
        return node.first("value")
    if kind in {"immunization", "medication"}:
        return _product(node) or around.product
    return node.first("code")


def _category(node: Node, kind: tuple[str, str], around: _Around) -> str:
    """For medications the type of record; else what the template says."""
    if kind[0] != "medication" or kind[1]:
        return kind[1]
    if node.get("moodCode") in {"INT", "RQO", "PRMS", "PRP", "ARQ"}:
        return "request"
    return "administration" if around.within == "procedure" else "statement"


def _inner(node: Node, template: str) -> Iterator[Node]:
    for it in node.all("entryRelationship"):
        for child in it.children:
            if any(own.get("root") == template for own in child.all("templateId")):
                yield child


def _related(node: Node, template: str) -> Coded:
    """The coded value of an observation about a statement."""
    return next((Coded.of(it.first("value")) for it in _inner(node, template)), Coded("", "", ""))


def _reason(node: Node) -> str:
    """Why it was not done."""
    return next((it.value("code", name="code") for it in _inner(node, _REFUSAL)), "")


def _quantity(node: Node) -> str:
    """Units dispensed; of an order those that it asks to supply."""
    if node.tag == "supply":
        return node.value("quantity")
    return next((it.value("quantity") for it in _inner(node, _SUPPLY_ORDER)), "")


def _performer(node: Node) -> str:
    """The NPI of who did it, else of who is responsible, else of who wrote it."""
    paths = (
        ("performer", "assignedEntity"),
        ("responsibleParty", "assignedEntity"),
        ("encounterParticipant", "assignedEntity"),
        ("author", "assignedAuthor"),
    )
    return next((found for path in paths for it in node.all(*path) if (found := npi(it))), "")


def _facility(node: Node) -> Node | None:
    role = node.first("location", "healthCareFacility")
    places = [it for it in node.all("participant") if it.get("typeCode") == "LOC"]
    return role or next((it.first("participantRole") for it in places), None)


def _disposition(node: Node) -> str:
    tags = ("dischargeDispositionCode", "sdtc:dischargeDispositionCode")
    return next((found for it in tags if (found := node.value(it, name="code"))), "")
