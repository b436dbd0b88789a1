"""The walk through an 837 (005010X222A1 professional, 005010X223A2 institutional).

Loops are told apart by what opens them: HL 20 the billing provider, HL 22 the subscriber, HL 23
the patient, CLM the claim, SBR after CLM another payer (not ours to read), LX a line.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from openvbc.sources.x12.fault import BAD_CODE, BAD_ELEMENT, ELEMENT_MISSING, MISSING, Fault
from openvbc.sources.x12.person_key import dependent_key, member_number
from openvbc.sources.x12.tokens import Segment
from openvbc.sources.x12.values import as_day, bad, cents, day, period, quantity
from openvbc.sources.x12.walk import Row, SetHeader, Unit, Walk

_NPI: Final = "XX"
_SELF: Final = "18"
_LINE_CODES: Final = ("HC", "ER", "HP", "IV", "WK")
_CODES: Final[Mapping[str, tuple[str, str]]] = {
    "ABK": ("icd-10-cm", "principal"),
    "ABF": ("icd-10-cm", "other"),
    "ABJ": ("icd-10-cm", "admitting"),
    "APR": ("icd-10-cm", "reason for visit"),
    "ABN": ("icd-10-cm", "external cause"),
    "BK": ("icd-9-cm", "principal"),
    "BF": ("icd-9-cm", "other"),
    "BBR": ("icd-10-pcs", "principal"),
    "BBQ": ("icd-10-pcs", "other"),
    "BR": ("icd-9-pcs", "principal"),
    "BQ": ("icd-9-pcs", "other"),
}
"""HI qualifiers that name a diagnosis or a procedure: code set and role."""

_PRESENT_ON_ADMISSION: Final = 8
_LEAST_CODE: Final = 2
_FREQUENCIES: Final = tuple("0123456789ABCDEFGHIJKMOPQXYZ")


class ClaimWalk(Walk):
    """Claims of one 837: each with its lines, diagnoses and procedures."""

    REQUIRED = ("BHT", "CLM")
    HANDLERS: ClassVar[Mapping[str, str]] = {
        "BHT": "_begin",
        "HL": "_level",
        "SBR": "_subscriber",
        "PAT": "_patient",
        "NM1": "_name",
        "N4": "_place",
        "DMG": "_demographics",
        "REF": "_reference",
        "PRV": "_taxonomy",
        "CLM": "_claim",
        "DTP": "_date",
        "CL1": "_institutional",
        "HI": "_codes",
        "LX": "_line",
        "SV1": "_professional_service",
        "SV2": "_institutional_service",
    }

    def __init__(self, header: SetHeader, hand_over: Callable[[Unit], None]) -> None:
        super().__init__(header, hand_over)
        self._submitted_on: str | None = None
        self._reference_number = ""
        self._level_code = ""
        self._entity = ""
        self._other_payer = False
        self._parties: Row = {}
        self._billing: Row = {}
        self._insured: Row = {}
        self._dependent: Row | None = None
        self._open_line: Row | None = None

    @property
    def _claim_type(self) -> str:
        return "professional" if self.header.set_type == "837P" else "institutional"

    def _begin(self, segment: Segment) -> None:
        self.purpose_code = segment.at(2)
        self._reference_number = segment.at(3)
        self._submitted_on = day(segment, 4)

    def _level(self, segment: Segment) -> None:
        self.close_unit()
        self._other_payer = False
        self._entity = ""
        self._level_code = segment.at(3)
        if self._level_code == "20":
            self._billing = {}
        if self._level_code in ("20", "22"):
            self._insured, self._dependent = {}, None
        elif self._level_code == "23":
            self._dependent = {}
        else:
            self.misplaced(segment, "HL03 20, 22 or 23")

    def _subscriber(self, segment: Segment) -> None:
        if self._unit is not None:
            self._other_payer = True
            return
        self._insured["relationship"] = segment.at(2)
        self._insured["group_name"] = segment.at(4) or None
        self._insured["filing_code"] = segment.at(9) or None

    def _patient(self, segment: Segment) -> None:
        if self._dependent is not None:
            self._dependent["relationship"] = segment.at(1)

    def _name(self, segment: Segment) -> None:
        self._entity = segment.at(1)
        if self._other_payer:
            return
        npi = segment.at(9) if segment.at(8) == _NPI else None
        if self._unit is not None:
            self._claim_name(self._unit, npi, segment)
        elif self._entity == "85":
            self._billing |= {"billing_npi": npi, "billing_name": segment.at(3) or None}
        elif self._entity == "IL":
            self._insured["subscriber_id"] = member_number(segment.at(8), segment.at(9))
            self._insured |= _names(segment)
        elif self._entity == "QC" and self._dependent is not None:
            self._dependent["member_id"] = member_number(segment.at(8), segment.at(9))
            self._dependent |= _names(segment)
        elif self._entity == "PR":
            self._insured["payer"] = segment.at(3) or segment.at(9) or None
        elif self._entity in ("41", "40"):
            kind = "submitter" if self._entity == "41" else "receiver"
            self._parties |= {kind: segment.at(3), f"{kind}_number": segment.at(9)}

    def _claim_name(self, unit: Unit, npi: str | None, segment: Segment) -> None:
        if self._entity in ("82", "71"):
            row = self._row(unit)
            # an operating or attending clinician does not displace who rendered the care
            if self._entity == "82" or not row.get("rendering_npi"):
                row["rendering_npi"] = npi
                unit.main["rendering_name"] = _full_name(segment)

    def _row(self, unit: Unit) -> Row:
        """The line that is being read, else the claim."""
        return self._open_line if self._open_line is not None else unit.main

    def _about_person(self) -> Row | None:
        """Whom N4 and DMG tell of."""
        if self._unit is not None:
            return None
        return {"85": self._billing, "IL": self._insured, "QC": self._dependent}.get(self._entity)

    def _place(self, segment: Segment) -> None:
        about = self._about_person()
        if about is not None:
            about["state"] = segment.at(2) or None

    def _demographics(self, segment: Segment) -> None:
        about = self._about_person()
        if about is not None:
            about["birth_date"] = day(segment, 2)
            about["sex"] = segment.at(3) or None

    def _reference(self, segment: Segment) -> None:
        kind, number = segment.at(1), segment.at(2) or None
        if self._other_payer:
            return
        if self._unit is None:
            if kind in ("EI", "SY") and self._entity == "85":
                self._billing["billing_tin"] = (number or "").replace("-", "") or None
            elif kind == "G2" and self._entity == "PR":
                self._insured["payer_assigned_number"] = number
        elif self._open_line is not None:
            if kind == "6R":
                self._open_line["line_control"] = number
        elif kind == "F8":
            self._unit.main["original_reference"] = number
        elif kind == "D9":
            self._unit.about["trace"] = number

    def _taxonomy(self, segment: Segment) -> None:
        code = segment.at(3) or None
        if self._other_payer:
            return
        if self._unit is None:
            if segment.at(1) == "BI":
                self._billing["billing_taxonomy"] = code
        elif segment.at(1) in ("PE", "AT"):
            self._row(self._unit)["rendering_taxonomy"] = code

    def _claim(self, segment: Segment) -> None:
        if self._level_code not in ("22", "23"):
            self.misplaced(segment, "HL 22 or 23 before CLM")
            return
        unit = self.open_unit("claim", segment)
        self._other_payer, self._open_line, self._entity = False, None, ""
        place = [*segment.parts(5), "", ""]
        patient = self._insured if self._dependent is None else self._dependent
        row = unit.add("claim", {})
        row |= self._billing | {
            it: self._insured.get(it)
            for it in ("subscriber_id", "payer", "payer_assigned_number", "filing_code")
        }
        row |= {it: patient.get(it) for it in ("birth_date", "sex", "state")}
        row |= {
            "transaction": self.header.number,
            "claim_row": segment.position,
            "claim_number": segment.at(1) or None,
            "claim_type": self._claim_type,
            "facility_code": place[0] or None,
            "frequency_code": place[2] or None,
            "submitted_on": self._submitted_on or self.header.sent_on,
            "person_key": self._person_key(),
            "group_name": self._insured.get("group_name"),
        }
        unit.about |= self._parties | {it: patient.get(it) for it in ("last", "first")}
        unit.about |= {"reference": self._reference_number}
        self._check_claim(segment, row, place[2])
        row["charge_cents"] = cents(segment, 2)

    def _check_claim(self, segment: Segment, row: Row, frequency: str) -> None:
        if not row["claim_number"]:
            raise bad(segment, 1, "is empty", "the claim's control number", ELEMENT_MISSING)
        if not segment.at(2):
            raise bad(segment, 2, "is empty", "the claim's charge", ELEMENT_MISSING)
        if frequency not in _FREQUENCIES:
            expected = "facility code, qualifier and frequency code"
            raise bad(segment, 5, "has no known frequency code", expected, BAD_CODE)
        if row["person_key"] is None:
            fault = Fault(
                segment.position,
                "found no member number of the subscriber",
                "NM1*IL with NM109 before the claim",
                "NM1",
                MISSING,
            )
            self.blame(fault)

    def _person_key(self) -> str | None:
        subscriber = self._insured.get("subscriber_id")
        text = None if subscriber is None else str(subscriber)
        if self._dependent is None:
            return text
        own = self._dependent.get("member_id")
        if own is not None:
            return str(own)
        about = [self._dependent.get(it) for it in ("birth_date", "sex", "first")]
        return dependent_key(text, [None if it is None else str(it) for it in about])

    def _date(self, segment: Segment) -> None:
        if self._unit is None or self._other_payer:
            return
        kind = segment.at(1)
        if kind == "434":
            first, last = period(segment, 2, 3)
            self._unit.main.update({"statement_first_day": first, "statement_last_day": last})
        elif kind == "435":
            self._unit.main["admission_day"] = day(segment, 3)
        elif kind == "472" and self._open_line is not None:
            first, last = period(segment, 2, 3)
            self._open_line |= {"first_day": first, "last_day": last}

    def _institutional(self, segment: Segment) -> None:
        if self._unit is not None:
            self._unit.main["discharge_status"] = segment.at(3) or None

    def _codes(self, segment: Segment) -> None:
        if self._unit is None:
            return
        for number in range(1, len(segment.elements)):
            parts = segment.parts(number)
            if len(parts) < _LEAST_CODE or not parts[1]:
                continue
            if parts[0] == "DR":
                self._unit.main["drg_code"] = parts[1]
            elif parts[0] in _CODES:
                self._add_code(self._unit, segment, number, parts)

    def _add_code(self, unit: Unit, segment: Segment, element: int, parts: list[str]) -> None:
        code_set, role = _CODES[parts[0]]
        before = [row for table, row in unit.rows if table == "claim_code"]
        if role == "principal" and any(
            row["code_set"] == code_set and row["role"] == role for row in before
        ):
            reason = "names a second principal code"
            raise bad(segment, element, reason, "one principal code a claim", BAD_CODE)
        procedure = code_set.endswith("pcs")
        poa = parts[_PRESENT_ON_ADMISSION] if len(parts) > _PRESENT_ON_ADMISSION else ""
        unit.add(
            "claim_code",
            {
                "claim_row": unit.position,
                "code_set": code_set,
                "role": role,
                "sequence": sum(row["code_set"] == code_set for row in before) + 1,
                "code": parts[1].replace(".", "").upper(),
                "present_on_admission": poa or None,
                "procedure_day": _procedure_day(segment, element, parts) if procedure else None,
            },
            segment.position,
        )

    def _line(self, segment: Segment) -> None:
        if self._unit is None:
            self.misplaced(segment, "CLM before LX")
            return
        self._other_payer = False
        number = segment.at(1)
        if not number.isascii() or not number.isdigit():
            raise bad(segment, 1, "is no line number", "a whole number", BAD_CODE)
        self._open_line = self._unit.add(
            "claim_line",
            {"claim_row": self._unit.position, "line_number": int(number)},
            segment.position,
        )

    def _service(self, segment: Segment, guide: str) -> Row | None:
        if self._claim_type != guide:
            self.misplaced(segment, "SV1 in a professional, SV2 in an institutional claim")
            return None
        if self._open_line is None or "charge_cents" in self._open_line:
            self.misplaced(segment, f"LX before {segment.name}")
            return None
        return self._open_line

    def _professional_service(self, segment: Segment) -> None:
        line = self._service(segment, "professional")
        if line is None:
            return
        line |= _procedure(segment, 1)
        line |= {
            "charge_cents": cents(segment, 2),
            "units": quantity(segment, 4),
            "place_of_service": segment.at(5) or None,
        }

    def _institutional_service(self, segment: Segment) -> None:
        line = self._service(segment, "institutional")
        if line is None:
            return
        line |= _procedure(segment, 2)
        line |= {
            "revenue_code": segment.at(1) or None,
            "charge_cents": cents(segment, 3),
            "units": quantity(segment, 5),
        }

    def judge(self, unit: Unit) -> Fault | None:
        """A claim needs lines, each with a charge, that make its total; and a day."""
        claim = unit.main
        lines = [row for table, row in unit.rows if table == "claim_line"]
        service = "SV1" if self._claim_type == "professional" else "SV2"
        if not lines or any(row.get("charge_cents") is None for row in lines):
            return _missing(unit, f"found a claim or line without {service}", "a charge", service)
        total = sum(int(row["charge_cents"] or 0) for row in lines)
        if total != claim["charge_cents"]:
            expected = "CLM02 equal to the sum of the lines' charges"
            reason = "charges of the lines do not make the claim's"
            return Fault(unit.position, reason, expected, "CLM", BAD_ELEMENT, 2, BAD_CODE)
        if len({row["line_number"] for row in lines}) < len(lines):
            return _missing(unit, "two lines have one number", "LX01 counting from 1", "LX")
        dated = claim.get("statement_last_day") or any(row.get("last_day") for row in lines)
        return None if dated else _missing(unit, "found no day of service", "DTP*472 or 434", "DTP")


def _missing(unit: Unit, reason: str, expected: str, segment: str) -> Fault:
    return Fault(unit.position, reason, expected, segment, MISSING)


def _names(segment: Segment) -> Row:
    return {"last": segment.at(3) or None, "first": segment.at(4) or None}


def _full_name(segment: Segment) -> str | None:
    return " ".join(it for it in (segment.at(3), segment.at(4)) if it) or None


def _procedure(segment: Segment, element: int) -> Row:
    """Code and modifiers of a composite that begins with a code list's qualifier."""
    parts = [*segment.parts(element), "", "", "", ""]
    if parts[0] and parts[0] not in _LINE_CODES:
        raise bad(segment, element, "names an unknown code list", "HC and a code", BAD_CODE)
    return {
        "procedure_code": parts[1].strip() or None,
        "modifier_1": parts[2].strip() or None,
        "modifier_2": parts[3].strip() or None,
    }


def _procedure_day(segment: Segment, element: int, parts: list[str]) -> str | None:
    dated = [*parts, "", "", ""][3]
    return as_day(segment, element, dated) if dated else None
