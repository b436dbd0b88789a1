"""The walk through an 820 (005010X218): a premium payment and what it pays, member by member.

RMR04 is what is paid for a reference and period, RMR05 what was due, and ADX why they differ; the
sum of RMR04 is the payment, BPR02.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar

from openvbc.sources.x12.fault import BAD_CODE, BAD_ELEMENT, ELEMENT_MISSING, Fault
from openvbc.sources.x12.person_key import member_number
from openvbc.sources.x12.tokens import Segment
from openvbc.sources.x12.values import bad, cents, day, period
from openvbc.sources.x12.walk import Row, SetHeader, Unit, Walk


class PremiumWalk(Walk):
    """The premiums of one 820."""

    REQUIRED = ("BPR", "TRN")
    HANDLERS: ClassVar[Mapping[str, str]] = {
        "BPR": "_payment",
        "TRN": "_trace",
        "N1": "_party",
        "REF": "_reference",
        "ENT": "_entity_begins",
        "NM1": "_name",
        "RMR": "_remittance",
        "DTM": "_date",
        "ADX": "_adjustment",
    }

    def __init__(self, header: SetHeader, hand_over: Callable[[Unit], None]) -> None:
        super().__init__(header, hand_over)
        self._bpr: Segment | None = None
        self._pay: Row = {}
        self._member: Row = {}
        self._due = 0
        self._paid = 0
        self._is_payee = False

    def _payment(self, segment: Segment) -> None:
        if not segment.at(2):
            raise bad(segment, 2, "is empty", "the amount paid", ELEMENT_MISSING)
        self._bpr = segment
        sign = -1 if segment.at(3) == "D" else 1
        self._due = sign * (cents(segment, 2) or 0)
        self._pay = {"transaction": self.header.number, "payment_day": day(segment, 16)}

    def _trace(self, segment: Segment) -> None:
        if not segment.at(2):
            raise bad(segment, 2, "is empty", "the payment's trace number", ELEMENT_MISSING)
        self._pay["payment_trace"] = segment.at(2)

    def _party(self, segment: Segment) -> None:
        if self._unit is not None:
            return
        if segment.at(1) == "PR":
            self._pay["payer"] = segment.at(2) or segment.at(4) or None
        elif segment.at(1) == "PE" and segment.at(3) == "FI":
            self._pay["payee_tin"] = segment.at(4) or None

    def _entity_begins(self, segment: Segment) -> None:
        self.close_unit()
        self._member = {"entity": segment.at(1) or None}

    def _name(self, segment: Segment) -> None:
        if self._unit is None:
            self._member["member_id"] = member_number(segment.at(8), segment.at(9))

    def _remittance(self, segment: Segment) -> None:
        if "payment_trace" not in self._pay:
            self.misplaced(segment, "BPR and TRN before RMR")
            return
        unit = self.open_unit("premium", segment)
        row = unit.add("premium", {**self._pay, **self._member, "paid_cents": None})
        row |= {"reference_type": segment.at(1) or None, "reference": segment.at(2) or None}
        if not segment.at(4):
            raise bad(segment, 4, "is empty", "the amount paid", ELEMENT_MISSING)
        row["paid_cents"] = cents(segment, 4)
        self._paid += int(row["paid_cents"] or 0)
        row["billed_cents"] = cents(segment, 5)

    def _reference(self, segment: Segment) -> None:
        """The last REF*ZZ of a remittance names the kind of payment."""
        if self._unit is not None and segment.at(1) == "ZZ":
            self._unit.main["kind"] = segment.at(2) or None

    def _date(self, segment: Segment) -> None:
        if self._unit is not None and segment.at(1) == "582":
            first, last = period(segment, 5, 6)
            self._unit.main.update({"first_day": first, "last_day": last})

    def _adjustment(self, segment: Segment) -> None:
        if self._unit is None:
            return
        row = self._unit.main
        before = int(row.get("adjusted_cents") or 0)
        row["adjusted_cents"] = before + (cents(segment, 1) or 0)
        row["adjustment_reason"] = segment.at(2) or None

    def judge(self, unit: Unit) -> Fault | None:
        """What was due and the adjustments make what is paid, where both are said."""
        row = unit.main
        billed, paid = row.get("billed_cents"), row.get("paid_cents")
        if billed is None or paid == int(billed) + int(row.get("adjusted_cents") or 0):
            return None
        expected = "RMR05 plus ADX01 equal to RMR04"
        reason = "a premium out of balance"
        return Fault(unit.position, reason, expected, "RMR", BAD_ELEMENT, 4, BAD_CODE)

    def end(self, trailer: Segment) -> None:
        """The payment is the sum of what it pays."""
        super().end(trailer)
        if self._bpr is not None and not self.faults and self._paid != self._due:
            reason, expected = "the payment out of balance", "BPR02 equal to the sum of RMR04"
            fault = Fault(self._bpr.position, reason, expected, "BPR", BAD_ELEMENT, 2, BAD_CODE)
            self.faults.append(fault)
