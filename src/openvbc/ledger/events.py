"""The event log of a workspace, `ledger/events.yaml`: what happened after a statement was sent.

Each event has an id, a day and a kind; what else it needs goes by its kind. An event names its
statement by the statement_id, or the first eight or more characters of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, StrictInt, StrictStr

from openvbc.contract.document import ID, read_shape
from openvbc.contract.shape import Day, Shape
from openvbc.errors import InputError, Problem
from openvbc.money import round_half_up, to_cents

EVENTS_FILE: Final = Path("ledger") / "events.yaml"
FEWEST_CHARACTERS: Final = 8

EventKind = Literal[
    "sent",
    "payment",
    "dispute",
    "dispute_resolved",
    "reconsideration",
    "interest",
    "escrow",
    "set_off",
    "reopening",
]

NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sent": ("statement",),
    "payment": ("statement", "by", "amount"),
    "dispute": ("statement", "by", "line", "says"),
    "dispute_resolved": ("dispute", "says"),
    "reconsideration": ("dispute", "by", "says"),
    "interest": ("statement", "by", "amount"),
    "escrow": ("statement", "by", "amount"),
    "set_off": ("statement", "against", "amount"),
    "reopening": ("statement", "by", "says"),
}
"""Kind → the keys it needs besides id, day and kind."""

TAKES: Final[Mapping[str, tuple[str, ...]]] = {
    name: (*keys, "says", *(("amount", "component") if name == "dispute" else ()))
    for name, keys in NEEDS.items()
}
"""Kind → the keys it may have."""

OPTIONAL: Final = ("statement", "by", "amount", "line", "component", "dispute", "against", "says")


class EventShape(Shape):
    """One event of the log.

    sent: the day the statement was sent, from which windows and due days count (else its as_of).
    payment, by: who paid. dispute: of a line; amount: how much of the posted amount is held back
    until it is resolved. dispute_resolved, reconsideration: of a dispute, by its event's id.
    interest, by: who owes what is charged. escrow: what a party puts into escrow, or takes out of
    it (below zero). set_off: against another statement of the same two parties.
    """

    id: str = Field(pattern=ID)
    day: Day
    kind: EventKind
    statement: StrictStr | None = Field(None, min_length=FEWEST_CHARACTERS)
    against: StrictStr | None = Field(None, min_length=FEWEST_CHARACTERS)
    by: StrictStr | None = None
    amount: StrictInt | Decimal | None = None
    line: StrictStr | None = None
    component: StrictStr | None = None
    dispute: StrictStr | None = None
    says: StrictStr | None = None


class LogShape(Shape):
    """The event log."""

    events: list[EventShape] | None = None


@dataclass(frozen=True)
class Event:
    """An event and where it stands; cents: its amount."""

    shape: EventShape
    where: str
    cents: int

    @property
    def id(self) -> str:
        """The event's own id."""
        return self.shape.id

    @property
    def day(self) -> date:
        """The day it happened."""
        return self.shape.day

    def says(self, otherwise: str) -> str:
        """Its own words, or others."""
        return self.shape.says or otherwise


def read_events(path: Path) -> list[Event]:
    """The events of a log in the order of their days; none where there is no log.

    Raises InputError with everything that is wrong with the form of it.
    """
    if not path.is_file():
        return []
    log, raw = read_shape(path, LogShape)
    listed = log.events or []
    places = [f"{path}:{raw['events'].lc.item(at)[0] + 1}" for at in range(len(listed))]
    found = list(zip(listed, places, strict=True))
    problems = [problem for event, place in found for problem in _wrong(event, place)]
    problems += _doubled(found)
    if problems:
        raise InputError(problems)
    events = [Event(it, place, _cents(it.amount)) for it, place in found]
    return sorted(events, key=lambda it: it.day)


def _cents(amount: int | Decimal | None) -> int:
    return 0 if amount is None else to_cents(Decimal(amount))


def _wrong(event: EventShape, place: str) -> Iterator[Problem]:
    given = {key for key in OPTIONAL if getattr(event, key) is not None}
    missing = [key for key in NEEDS[event.kind] if key not in given]
    if missing:
        what = f"event {event.id} ({event.kind}) lacks {', '.join(missing)}"
        yield Problem(place, what)
    other = sorted(given - set(TAKES[event.kind]))
    if other:
        takes = ", ".join(dict.fromkeys(TAKES[event.kind]))
        what = f"event {event.id} ({event.kind}) has {', '.join(other)}; it takes {takes}"
        yield Problem(place, what)
    if event.amount is not None:
        yield from (Problem(place, f"event {event.id}: {it}") for it in _wrong_amount(event))


def _wrong_amount(event: EventShape) -> Iterator[str]:
    amount = Decimal(event.amount or 0)
    if amount != round_half_up(amount, 2):
        yield f"found {amount:f}, expected whole cents"
    if amount == 0 or (amount < 0 and event.kind != "escrow"):
        wanted = "an amount other than 0" if event.kind == "escrow" else "an amount above 0"
        yield f"found {amount:f}, expected {wanted}"


def _doubled(found: Sequence[tuple[EventShape, str]]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for event, place in found:
        if event.id in first:
            what = f"event {event.id} stands at {first[event.id]} too; ids are unique"
            yield Problem(place, what)
        first.setdefault(event.id, place)


def named_statements(events: Sequence[Event], known: Sequence[str]) -> dict[str, str]:
    """What events call a statement → its statement_id.

    Raises InputError for each that is none here, or that several begin with.
    """
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for event in events:
        for name in filter(None, (event.shape.statement, event.shape.against)):
            matches = [it for it in known if it.startswith(name)]
            if len(matches) == 1:
                found[name] = matches[0]
                continue
            what = f"several statements begin with {name}; give more of the id"
            none = f"no statement {name} was made here; statements/*.json hold their statement_id"
            problems.append(Problem(event.where, what if matches else none))
    if problems:
        raise InputError(problems)
    return found
