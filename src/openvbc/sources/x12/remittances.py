"""The walk through an 835 (005010X221A1): a payment, the claims it pays, and why not all of it.

It balances three times (section 1.10.2 of the guide): line charge less adjustments is what is
paid for the line; claim charge less all adjustments is what is paid for the claim; claims paid
less provider adjustments (PLB) is the payment (BPR02).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Final

from openvbc.sources.x12.fault import BAD_CODE, BAD_ELEMENT, ELEMENT_MISSING, Fault
from openvbc.sources.x12.person_key import member_number
from openvbc.sources.x12.tokens import Segment
from openvbc.sources.x12.values import bad, cents, day, quantity
from openvbc.sources.x12.walk import Row, SetHeader, Unit, Walk

_ADJUSTMENTS: Final = 6
"""CAS and PLB hold up to six adjustments."""

_CLAIM_AMOUNTS: Final = {"AU": "allowed_cents"}
_LINE_AMOUNTS: Final = {"B6": "allowed_cents"}
_LINE_DAYS: Final = {"472": ("first_day", "last_day"), "150": ("first_day",), "151": ("last_day",)}
_CLAIM_DAYS: Final = {
    "232": "statement_first_day",
    "233": "statement_last_day",
    "050": "received_day",
}
_DSH, _IME = 6, 18
"""MIA: disproportionate-share and indirect-teaching amounts."""


class RemittanceWalk(Walk):
    """The payment of one 835 and its claims."""

    REQUIRED = ("BPR", "TRN")
    HANDLERS: ClassVar[Mapping[str, str]] = {
        "BPR": "_payment",
        "TRN": "_trace",
        "N1": "_party",
        "REF": "_reference",
        "CLP": "_claim",
        "CAS": "_adjust",
        "NM1": "_name",
        "MIA": "_inpatient",
        "DTM": "_date",
        "AMT": "_amount",
        "SVC": "_line",
        "PLB": "_provider_adjustment",
    }

    def __init__(self, header: SetHeader, hand_over: Callable[[Unit], None]) -> None:
        super().__init__(header, hand_over)
        self._entity = ""
        self._open_line: Row | None = None
        self._bpr: Segment | None = None
        self._pay: Row = {}
        self._plb: list[tuple[int, Row]] = []
        self._paid = 0
        self._withheld = 0

    def _payment(self, segment: Segment) -> None:
        if not segment.at(2):
            raise bad(segment, 2, "is empty", "the amount paid", ELEMENT_MISSING)
        sign = -1 if segment.at(3) == "D" else 1
        self._bpr = segment
        self._pay = {
            "transaction": self.header.number,
            "paid_cents": sign * (cents(segment, 2) or 0),
            "payment_day": day(segment, 16),
            "handling_code": segment.at(1),
            "method_code": segment.at(4) or None,
        }

    def _trace(self, segment: Segment) -> None:
        if self._bpr is None:
            self.misplaced(segment, "BPR before TRN")
            return
        if not segment.at(2):
            raise bad(segment, 2, "is empty", "the payment's trace number", ELEMENT_MISSING)
        self._pay |= {"payment_trace": segment.at(2), "payer_number": segment.at(3) or None}

    def _party(self, segment: Segment) -> None:
        if self._bpr is None or self._unit is not None:
            return
        self._entity = segment.at(1)
        if self._entity == "PR":
            self._pay["payer"] = segment.at(2) or None
        elif self._entity == "PE":
            kind = {"XX": "payee_npi", "FI": "payee_tin"}.get(segment.at(3))
            if kind:
                self._pay[kind] = segment.at(4) or None

    def _reference(self, segment: Segment) -> None:
        kind, number = segment.at(1), segment.at(2) or None
        if self._unit is None:
            if kind == "TJ" and self._entity == "PE" and self._bpr is not None:
                self._pay["payee_tin"] = number
        elif self._open_line is not None:
            if kind == "6R":
                self._open_line["line_control"] = number
        elif kind == "F8":
            self._unit.main["original_reference"] = number

    def _claim(self, segment: Segment) -> None:
        if self._bpr is None or "payment_trace" not in self._pay:
            self.misplaced(segment, "BPR and TRN before CLP")
            return
        unit = self.open_unit("remitted_claim", segment)
        self._open_line, self._entity = None, ""
        paid = self._pay
        row = unit.add("remitted_claim", {})
        row |= {it: paid.get(it) for it in ("payment_trace", "payment_day", "payer")}
        row |= {it: paid.get(it) for it in ("payee_npi", "payee_tin")}
        row |= {
            "transaction": self.header.number,
            "claim_row": segment.position,
            "claim_number": segment.at(1) or None,
            "status_code": segment.at(2) or None,
            "filing_code": segment.at(6) or None,
            "payer_claim_number": segment.at(7) or None,
            "facility_code": segment.at(8) or None,
            "frequency_code": segment.at(9) or None,
            "drg_code": segment.at(11) or None,
            "charge_cents": None,
            "paid_cents": None,
        }
        row |= {"charge_cents": cents(segment, 3), "paid_cents": cents(segment, 4)}
        row["patient_cents"] = cents(segment, 5)
        self._paid += int(row["paid_cents"] or 0)
        for number in (1, 2, 3, 4):
            if not segment.at(number):
                raise bad(segment, number, "is empty", "a value", ELEMENT_MISSING)

    def _adjust(self, segment: Segment) -> None:
        if self._unit is None:
            return
        if not segment.at(1):
            raise bad(segment, 1, "is empty", "an adjustment group", ELEMENT_MISSING)
        for number in range(_ADJUSTMENTS):
            at = 2 + 3 * number
            if not segment.at(at) and not segment.at(at + 1):
                continue
            amount = cents(segment, at + 1)
            if amount is None:
                raise bad(segment, at + 1, "is empty", "an amount", ELEMENT_MISSING)
            self._unit.add(
                "adjustment",
                {
                    "claim_row": self._unit.position,
                    "line_ordinal": None if self._open_line is None else self._open_line["ordinal"],
                    "sequence": sum(it == "adjustment" for it, _ in self._unit.rows) + 1,
                    "group_code": segment.at(1),
                    "reason_code": segment.at(at) or None,
                    "amount_cents": amount,
                    "quantity": quantity(segment, at + 2),
                },
                segment.position,
            )

    def _name(self, segment: Segment) -> None:
        if self._unit is None:
            return
        kind = segment.at(1)
        if kind == "QC":
            number = member_number(segment.at(8), segment.at(9))
            self._unit.main["person_key"] = number
        elif kind == "IL" and self._unit.main.get("person_key") is None:
            self._unit.main["person_key"] = member_number(segment.at(8), segment.at(9))
        elif kind == "82" and segment.at(8) == "XX":
            self._unit.main["rendering_npi"] = segment.at(9) or None

    def _inpatient(self, segment: Segment) -> None:
        if self._unit is not None:
            row = self._unit.main
            row |= {"dsh_cents": cents(segment, _DSH), "ime_cents": cents(segment, _IME)}

    def _date(self, segment: Segment) -> None:
        if self._unit is None:
            return
        kind = segment.at(1)
        if self._open_line is not None:
            for column in _LINE_DAYS.get(kind, ()):
                self._open_line[column] = day(segment, 2)
        elif kind in _CLAIM_DAYS:
            self._unit.main[_CLAIM_DAYS[kind]] = day(segment, 2)

    def _amount(self, segment: Segment) -> None:
        if self._unit is None:
            return
        line = self._open_line
        known = _CLAIM_AMOUNTS if line is None else _LINE_AMOUNTS
        column = known.get(segment.at(1))
        if column:
            row = self._unit.main if line is None else line
            row[column] = cents(segment, 2)

    def _line(self, segment: Segment) -> None:
        if self._unit is None:
            self.misplaced(segment, "CLP before SVC")
            return
        parts = [*segment.parts(1), "", "", "", ""]
        revenue = parts[1] if parts[0] == "NU" else segment.at(4)
        lines = sum(it == "remitted_line" for it, _ in self._unit.rows)
        self._open_line = self._unit.add(
            "remitted_line",
            {
                "claim_row": self._unit.position,
                "ordinal": lines + 1,
                "procedure_code": (parts[1] or None) if parts[0] != "NU" else None,
                "modifier_1": parts[2] or None,
                "modifier_2": parts[3] or None,
                "revenue_code": revenue or None,
                "charge_cents": None,
                "paid_cents": None,
            },
            segment.position,
        )
        self._open_line["charge_cents"] = cents(segment, 2)
        self._open_line["paid_cents"] = cents(segment, 3) or 0
        self._open_line["units"] = quantity(segment, 5)
        if not segment.at(2):
            raise bad(segment, 2, "is empty", "the line's charge", ELEMENT_MISSING)

    def _provider_adjustment(self, segment: Segment) -> None:
        self.close_unit()
        if self._bpr is None:
            self.misplaced(segment, "BPR before PLB")
            return
        for number in range(_ADJUSTMENTS):
            at = 3 + 2 * number
            if not segment.at(at):
                continue
            amount = cents(segment, at + 1)
            if amount is None:
                raise bad(segment, at + 1, "is empty", "an amount", ELEMENT_MISSING)
            self._withheld += amount
            reason, *reference = segment.parts(at)
            row: Row = {
                "transaction": self.header.number,
                "provider_number": segment.at(1) or None,
                "fiscal_day": day(segment, 2),
                "reason_code": reason,
                "reference": (reference or [""])[0] or None,
                "amount_cents": amount,
            }
            self._plb.append((segment.position, row))

    def judge(self, unit: Unit) -> Fault | None:
        """Charges less adjustments are what is paid, for each line and for the claim."""
        claim = unit.main
        lines = [row for table, row in unit.rows if table == "remitted_line"]
        adjusted = [row for table, row in unit.rows if table == "adjustment"]
        for line in lines:
            own = _sum(it for it in adjusted if it["line_ordinal"] == line["ordinal"])
            if int(line["charge_cents"] or 0) - own != line["paid_cents"]:
                return _unbalanced(unit.position, "a line", "SVC02 less CAS equal to SVC03", "SVC")
        if lines and sum(int(it["charge_cents"] or 0) for it in lines) != claim["charge_cents"]:
            return _unbalanced(unit.position, "charges", "the sum of SVC02 equal to CLP03", "CLP")
        if int(claim["charge_cents"] or 0) - _sum(adjusted) != claim["paid_cents"]:
            return _unbalanced(unit.position, "a claim", "CLP03 less CAS equal to CLP04", "CLP")
        return None

    def end(self, trailer: Segment) -> None:
        """The payment is what was paid for the claims, less provider adjustments."""
        super().end(trailer)
        if self._bpr is None or self.faults:
            return
        if self._paid - self._withheld != self._pay["paid_cents"]:
            expected = "BPR02 equal to the sum of CLP04 less PLB"
            self.faults.append(_unbalanced(self._bpr.position, "the payment", expected, "BPR"))
            return
        payment = Unit("payment", self._bpr.position)
        payment.add("payment", self._pay)
        for position, row in self._plb:
            payment.add("provider_adjustment", row, position)
        self._hand_over(payment)


def _sum(adjusted: Iterable[Row]) -> int:
    return sum(int(it["amount_cents"] or 0) for it in adjusted)


def _unbalanced(position: int, what: str, expected: str, segment: str) -> Fault:
    return Fault(position, f"{what} out of balance", expected, segment, BAD_ELEMENT, 0, BAD_CODE)
