"""What the walks through the transaction sets share: rows as they come, units, faults.

A unit (a claim, a remitted claim, a member, a premium) is held until it ends, then handed over
whole: its rows are landed, or where it is faulty the unit is set aside with the fault's position.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openvbc.sources.x12.fault import MISSING, TOO_MANY, UNEXPECTED, Fault
from openvbc.sources.x12.tokens import Segment
from openvbc.sources.x12.values import BadValueError

Value = str | int | None
Row = dict[str, Value]

LARGEST_UNIT: Final = 20_000
"""Segments in one claim or member; the guides allow 999 lines of a claim."""


@dataclass
class Unit:
    """One claim, remitted claim, member or premium: its rows by table, and its first fault.

    table and position: its main landing table and where it begins. about: what an
    acknowledgement says of it. other: rows that stand whether the unit is faulty or not.
    """

    table: str
    position: int
    rows: list[tuple[str, Row]] = field(default_factory=list)
    fault: Fault | None = None
    about: Row = field(default_factory=dict)
    segments: int = 0

    @property
    def main(self) -> Row:
        """The row of the unit itself."""
        return self.rows[0][1]

    def add(self, table: str, row: Row, position: int | None = None) -> Row:
        """Add a row that begins at a segment, the unit's own by default; gives it to be filled."""
        row["row_number"] = self.position if position is None else position
        self.rows.append((table, row))
        return row


@dataclass(frozen=True)
class SetHeader:
    """Who sent a transaction set, when and as what: from ISA, GS and ST.

    number counts the sets of the file from 1; sent_on, sent_at are GS04, GS05; usage_code is
    ISA15 (P production, T test).
    """

    number: int
    position: int
    guide: str
    set_type: str
    control: str
    group_control: str
    interchange_control: str
    sender: str
    receiver: str
    sent_on: str | None
    sent_at: str
    usage_code: str


class Walk:
    """Walks through one transaction set. Subclasses say what each segment means in `HANDLERS`."""

    HANDLERS: ClassVar[Mapping[str, str]] = {}
    """Segment name → method."""

    REQUIRED: ClassVar[tuple[str, ...]] = ()
    """Segments without which a set says nothing."""

    def __init__(self, header: SetHeader, hand_over: Callable[[Unit], None]) -> None:
        self.header = header
        self.faults: list[Fault] = []
        self.purpose_code = ""
        self.units = 0
        self._hand_over = hand_over
        self._unit: Unit | None = None
        self._seen: set[str] = set()
        self._methods = {name: getattr(self, it) for name, it in self.HANDLERS.items()}

    def feed(self, segment: Segment) -> None:
        """Take one segment between ST and SE."""
        name = segment.elements[0]
        if self._unit is not None:
            self._unit.segments += 1
        self._seen.add(name)
        handler = self._methods.get(name)
        if handler is None:
            return
        try:
            handler(segment)
        except BadValueError as error:
            self.blame(error.fault)

    def blame(self, fault: Fault) -> None:
        """Note a fault: of the unit where one is open, else of the set. The first one counts."""
        if self._unit is None:
            self.faults.append(fault)
        elif self._unit.fault is None:
            self._unit.fault = fault

    def misplaced(self, segment: Segment, expected: str) -> None:
        """The set cannot be read: a segment stands where the guide has none."""
        reason = f"found {segment.name} out of place"
        self.faults.append(Fault(segment.position, reason, expected, segment.name, UNEXPECTED))

    def open_unit(self, table: str, segment: Segment) -> Unit:
        """Begin a unit at a segment; the one before it ends."""
        self.close_unit()
        self._unit = Unit(table, segment.position)
        self.units += 1
        return self._unit

    def close_unit(self) -> None:
        """Hand the open unit over."""
        unit, self._unit = self._unit, None
        if unit is None:
            return
        if unit.segments > LARGEST_UNIT:
            expected = f"at most {LARGEST_UNIT:,}"
            unit.fault = Fault(
                unit.position, f"holds {unit.segments:,} segments", expected, "", TOO_MANY
            )
        if unit.fault is None:
            unit.fault = self.judge(unit)
        self._hand_over(unit)

    def judge(self, unit: Unit) -> Fault | None:  # noqa: ARG002 - subclasses need it
        """What is wrong with a whole unit."""
        return None

    def end(self, trailer: Segment) -> None:
        """The set ends with SE."""
        self.close_unit()
        for name in self.REQUIRED:
            if name not in self._seen:
                reason = f"found no {name}"
                fault = Fault(trailer.position, reason, f"at least one {name}", name, MISSING)
                self.faults.append(fault)
