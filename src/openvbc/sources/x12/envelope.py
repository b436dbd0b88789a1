"""The envelopes: interchange (ISA/IEA), group (GS/GE), transaction set (ST/SE).

Counts and control numbers are checked at every trailer. A fault of a set rejects the set, a fault
of a group all its sets, a fault of an interchange all its groups; a file that ends inside an
interchange, or that holds none, is refused whole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.x12 import fault as codes
from openvbc.sources.x12.claims import ClaimWalk
from openvbc.sources.x12.enrolment import EnrolmentWalk
from openvbc.sources.x12.fault import Fault
from openvbc.sources.x12.premiums import PremiumWalk
from openvbc.sources.x12.remittances import RemittanceWalk
from openvbc.sources.x12.tokens import Segment, read_segments
from openvbc.sources.x12.walk import SetHeader, Unit, Walk

GUIDES: Final[Mapping[str, tuple[str, str, type[Walk]]]] = {
    "005010X222": ("837", "837P", ClaimWalk),
    "005010X223": ("837", "837I", ClaimWalk),
    "005010X221": ("835", "835", RemittanceWalk),
    "005010X220": ("834", "834", EnrolmentWalk),
    "005010X218": ("820", "820", PremiumWalk),
}
"""The guides that are read, without their addenda: set identifier, kind, walk."""

_GUIDE_WIDTH: Final = 10
_MOST_FAULTS: Final = 20


@dataclass
class SetResult:
    """One transaction set as it was found. last: position of its SE; units and set aside in it."""

    header: SetHeader
    last: int
    segments: int
    faults: list[Fault]
    purpose_code: str
    units: int = 0


@dataclass
class GroupResult:
    """One functional group. first_set, last_set: numbers of its sets in the file."""

    functional_code: str
    control: str
    version: str
    position: int
    declared: str
    first_set: int
    interchange: int
    last_set: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass
class InterchangeResult:
    """One interchange: its header, number in the file, first and last set, faults."""

    header: Segment
    number: int
    first_set: int
    last_set: int = 0
    groups: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Listener:
    """Who hears of units, sets, groups and interchanges as they end."""

    unit: Callable[[SetHeader, Unit], None]
    set_done: Callable[[SetResult], None]
    group_done: Callable[[GroupResult], None]
    interchange_done: Callable[[InterchangeResult], None]


def read(path: Path, name: str, listener: Listener) -> int:
    """Walk through a file; the number of segments. name stands in errors.

    Raises InputError where the file holds no interchange, is cut off, or holds text between
    envelopes.
    """
    reading = _Reading(name, listener)
    for segment in read_segments(path, name):
        reading.take(segment)
    reading.finish()
    return reading.position


class _Reading:
    """The state of one walk through a file."""

    def __init__(self, name: str, listener: Listener) -> None:
        self._name = name
        self._listener = listener
        self._interchange: InterchangeResult | None = None
        self._group: GroupResult | None = None
        self._header: SetHeader | None = None
        self._walk: Walk | None = None
        self._set_faults: list[Fault] = []
        self._sets = 0
        self._interchanges = 0
        self._seen: set[tuple[str, str, str]] = set()
        self._sent: tuple[str | None, str] = (None, "")
        self._envelope: Mapping[str, Callable[[Segment], None]] = {
            "ISA": self._isa,
            "IEA": self._iea,
            "GS": self._gs,
            "GE": self._ge,
            "ST": self._st,
            "SE": self._se,
        }
        self._set_controls: set[str] = set()
        self.position = 0

    def take(self, segment: Segment) -> None:
        self.position = segment.position
        name = segment.elements[0]
        method = self._envelope.get(name)
        if method is not None:
            method(segment)
        elif self._header is None:
            self._between(segment)
        else:
            if not segment.is_clean:
                self._fault(_unclean(segment))
            if self._walk is not None:
                self._walk.feed(segment)

    def finish(self) -> None:
        """Raises InputError where the file ends inside an interchange."""
        if self._interchange is not None:
            inside = "a transaction set" if self._header is not None else "an interchange"
            what = (
                f"found the end of the file inside {inside}, expected SE, GE and IEA; "
                "the file may be cut off: deliver it again whole"
            )
            raise self._refused(self.position, what)

    def _refused(self, position: int, what: str) -> InputError:
        return InputError(Problem(f"{self._name}:{position}", what))

    def _between(self, segment: Segment) -> None:
        """A segment that belongs to no transaction set spoils its group, else its interchange."""
        fault = Fault(
            segment.position,
            "found a segment outside every transaction set",
            "ST, SE, GS, GE or IEA",
            segment.name if segment.is_clean else "",
            codes.GROUP_COUNT,
        )
        owner = self._group or self._interchange
        if owner is not None:
            _note(owner.faults, fault)

    def _isa(self, segment: Segment) -> None:
        if self._interchange is not None:
            raise self._refused(segment.position, "found ISA inside an interchange, expected IEA")
        self._interchanges += 1
        self._interchange = InterchangeResult(segment, self._interchanges, self._sets + 1)
        key = (segment.at(6), segment.at(8), segment.at(13))
        if key in self._seen:
            reason = "found an interchange control number a second time"
            fault = Fault(
                segment.position, reason, "a number of its own", "ISA", codes.GROUP_CONTROL
            )
            self._interchange.faults.append(fault)
        self._seen.add(key)

    def _iea(self, segment: Segment) -> None:
        interchange = self._interchange
        if interchange is None:
            raise self._refused(segment.position, "found IEA outside an interchange, expected ISA")
        self._close_set(segment)
        self._close_group(segment)
        self._interchange = None
        faults = interchange.faults
        _differs(segment, 1, str(interchange.groups), codes.GROUP_COUNT, faults)
        _differs(segment, 2, interchange.header.at(13), codes.GROUP_CONTROL, faults)
        interchange.last_set = self._sets
        self._listener.interchange_done(interchange)

    def _gs(self, segment: Segment) -> None:
        interchange = self._interchange
        if interchange is None:
            raise self._refused(segment.position, "found GS outside an interchange, expected ISA")
        self._close_set(segment)
        self._close_group(segment)
        interchange.groups += 1
        self._set_controls = set()
        self._group = GroupResult(
            segment.at(1),
            segment.at(6),
            segment.at(8),
            segment.position,
            "",
            self._sets + 1,
            interchange.number,
        )
        self._sent = (_sent_on(segment.at(4)), segment.at(5))

    def _ge(self, segment: Segment) -> None:
        self._close_set(segment)
        group, self._group = self._group, None
        if group is None:
            if self._interchange is not None:
                fault = Fault(
                    segment.position, "found GE without GS", "GS", "GE", codes.GROUP_TRAILER
                )
                self._interchange.faults.append(fault)
            return
        group.declared = segment.at(1)
        group.last_set = self._sets
        included = str(group.last_set - group.first_set + 1)
        _differs(segment, 1, included, codes.GROUP_COUNT, group.faults)
        _differs(segment, 2, group.control, codes.GROUP_CONTROL, group.faults)
        self._listener.group_done(group)

    def _close_group(self, segment: Segment) -> None:
        """A group that is still open at the next GS or at IEA has lost its trailer."""
        group, self._group = self._group, None
        if group is not None:
            fault = Fault(segment.position, "found no GE", "GE", "GE", codes.GROUP_TRAILER)
            _note(group.faults, fault)
            group.last_set = self._sets
            self._listener.group_done(group)

    def _st(self, segment: Segment) -> None:
        self._close_set(segment)
        group, interchange = self._group, self._interchange
        if group is None or interchange is None:
            raise self._refused(segment.position, "found ST outside a group, expected GS")
        self._sets += 1
        guide = segment.at(3) or group.version
        identifier, kind, walk = GUIDES.get(guide[:_GUIDE_WIDTH], ("", "", None))
        isa = interchange.header
        self._header = SetHeader(
            number=self._sets,
            position=segment.position,
            guide=guide,
            set_type=kind or segment.at(1),
            control=segment.at(2),
            group_control=group.control,
            interchange_control=isa.at(13),
            sender=isa.at(6),
            receiver=isa.at(8),
            sent_on=self._sent[0],
            sent_at=self._sent[1],
            usage_code=isa.at(15),
        )
        self._set_faults = list(self._header_faults(segment, identifier))
        self._set_controls.add(segment.at(2))
        usable = walk is not None and identifier == segment.at(1)
        self._walk = walk(self._header, self._hand_over) if walk and usable else None

    def _header_faults(self, segment: Segment, identifier: str) -> Iterator[Fault]:
        position = segment.position
        if identifier != segment.at(1):
            expected = f"one of {', '.join(sorted(GUIDES))} with its own set identifier"
            reason = "found a transaction set or guide that is not read"
            yield Fault(position, reason, expected, "ST", codes.SET_UNKNOWN)
        if segment.at(2) in self._set_controls:
            reason = "found a set control number a second time in its group"
            yield Fault(position, reason, "a number of its own", "ST", codes.SET_NUMBER_TWICE)
        if self._sent[0] is None:
            yield Fault(position, "GS04 is no date", "CCYYMMDD", "GS", codes.SEGMENT_IN_ERROR)

    def _hand_over(self, unit: Unit) -> None:
        if self._header is not None:
            self._listener.unit(self._header, unit)

    def _fault(self, fault: Fault) -> None:
        _note(self._set_faults, fault)

    def _se(self, segment: Segment) -> None:
        header = self._header
        if header is None:
            self._between(segment)
            return
        included = str(segment.position - header.position + 1)
        _differs(segment, 1, included, codes.SEGMENT_COUNT, self._set_faults)
        _differs(segment, 2, header.control, codes.SET_CONTROL, self._set_faults)
        self._end_set(segment)

    def _close_set(self, segment: Segment) -> None:
        """A set that is still open at the next envelope has lost its trailer."""
        if self._header is not None:
            self._fault(Fault(segment.position, "found no SE", "SE", "SE", codes.SET_TRAILER))
            self._end_set(segment)

    def _end_set(self, segment: Segment) -> None:
        header, walk = self._header, self._walk
        if header is None:
            return
        if walk is not None:
            walk.end(segment)
        found = [*self._set_faults, *(walk.faults if walk else ())]
        self._header = self._walk = None
        last = segment.position if segment.name == "SE" else segment.position - 1
        self._listener.set_done(
            SetResult(
                header,
                last,
                last - header.position + 1,
                found[:_MOST_FAULTS],
                walk.purpose_code if walk else "",
                walk.units if walk else 0,
            )
        )


def _note(faults: list[Fault], fault: Fault) -> None:
    if len(faults) < _MOST_FAULTS:
        faults.append(fault)


def _differs(segment: Segment, element: int, expected: str, code: str, faults: list[Fault]) -> None:
    """A trailer's count or control number that is not what was found; leading zeros say nothing."""
    if segment.at(element).lstrip("0") != expected.lstrip("0"):
        what = "count" if element == 1 else "control number"
        reason = f"{segment.name}{element:02d} holds another {what}"
        wanted = f"{expected}, as found" if what == "count" else "the number of the header"
        _note(faults, Fault(segment.position, reason, wanted, segment.name, code))


def _unclean(segment: Segment) -> Fault:
    reason = "found a control character or broken text"
    return Fault(segment.position, reason, "printable text", "", codes.UNEXPECTED)


def _sent_on(text: str) -> str | None:
    try:
        return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}").isoformat()
    except ValueError:
        return None
