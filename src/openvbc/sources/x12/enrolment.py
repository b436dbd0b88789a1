"""The walk through an 834 (005010X220A1): members, and what happened to their coverage.

BGN08 says whether a file holds changes (2) or the whole enrolment (4, RX); INS03 and HD01 say
what happened: 001 changed, 021 added, 024 ended, 025 reinstated, 030 as it stands.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from openvbc.sources.phone import phone_hash
from openvbc.sources.x12.fault import BAD_CODE, MISSING, Fault
from openvbc.sources.x12.person_key import dependent_key, member_number
from openvbc.sources.x12.tokens import Segment
from openvbc.sources.x12.values import as_day, bad, day
from openvbc.sources.x12.walk import Row, SetHeader, Unit, Value, Walk

_MAINTENANCE: Final = ("001", "002", "021", "024", "025", "026", "030", "032")
_MEMBER_NUMBERS: Final = {"0F": "subscriber_id", "F6": "medicare_id"}
_MEMBER_DAYS: Final = {"356": "first_day", "357": "last_day", "303": "changed_on"}
_COVERAGE_DAYS: Final = {"348": "first_day", "349": "last_day", "303": "changed_on"}
_TELEPHONES: Final = ("HP", "TE", "CP")
"""Qualifiers of a member's own telephone: home, one, cell. A work number is not of a household."""

_COUNTY: Final = "CY"
_SELF: Final = "18"


class EnrolmentWalk(Walk):
    """Members of one 834, each with its coverages."""

    REQUIRED = ("BGN", "INS")
    HANDLERS: ClassVar[Mapping[str, str]] = {
        "BGN": "_begin",
        "N1": "_party",
        "INS": "_member",
        "REF": "_reference",
        "DTP": "_date",
        "NM1": "_name",
        "PER": "_contact",
        "N4": "_place",
        "DMG": "_demographics",
        "HD": "_coverage",
    }

    def __init__(self, header: SetHeader, hand_over: Callable[[Unit], None]) -> None:
        super().__init__(header, hand_over)
        self._file: Row = {}
        self._entity = ""
        self._first_name: str | None = None
        self._open_coverage: Row | None = None
        self._days: Row = {}

    def _begin(self, segment: Segment) -> None:
        self.purpose_code = segment.at(1)
        self._file = {
            "sent_on": day(segment, 3) or self.header.sent_on,
            "sent_at": segment.at(4) or self.header.sent_at,
            "file_action": segment.at(8) or None,
        }

    def _party(self, segment: Segment) -> None:
        if self._unit is None:
            column = {"P5": "sponsor", "IN": "payer"}.get(segment.at(1))
            if column:
                self._file[column] = segment.at(2) or segment.at(4) or None

    def _member(self, segment: Segment) -> None:
        unit = self.open_unit("member", segment)
        self._entity, self._first_name, self._open_coverage, self._days = "", None, None, {}
        medicare = [*segment.parts(6), ""]
        row = unit.add("member", dict(self._file))
        row |= {
            "transaction": self.header.number,
            "member_row": segment.position,
            "person_key": None,
            "is_subscriber": segment.at(1) or None,
            "relationship_code": segment.at(2) or None,
            "maintenance_code": segment.at(3) or None,
            "reason_code": segment.at(4) or None,
            "benefit_status": segment.at(5) or None,
            "confidentiality_code": segment.at(13) or None,
            "medicare_plan_code": medicare[0] or None,
            "medicare_reason_code": medicare[1] or None,
        }
        if segment.at(3) not in _MAINTENANCE:
            raise bad(segment, 3, "is no maintenance type", "001, 021, 024, 025 or 030", BAD_CODE)
        row["death_date"] = day(segment, 12)

    def _reference(self, segment: Segment) -> None:
        column = _MEMBER_NUMBERS.get(segment.at(1))
        if self._unit is not None and self._open_coverage is None and column:
            self._unit.main[column] = segment.at(2) or None

    def _date(self, segment: Segment) -> None:
        if self._unit is None:
            return
        of_member = self._open_coverage is None
        known = _MEMBER_DAYS if of_member else _COVERAGE_DAYS
        column = known.get(segment.at(1))
        if column and segment.at(3):
            row = self._days if self._open_coverage is None else self._open_coverage
            row[column] = as_day(segment, 3, segment.at(3))

    def _name(self, segment: Segment) -> None:
        if self._unit is None:
            return
        self._entity = "" if self._open_coverage is not None else segment.at(1)
        if self._entity in ("IL", "74"):
            row = self._unit.main
            row["member_id"] = member_number(segment.at(8), segment.at(9))
            self._first_name = segment.at(4) or None
            row |= {"given_name": self._first_name, "family_name": segment.at(3) or None}

    def _contact(self, segment: Segment) -> None:
        if self._unit is None or self._entity not in ("IL", "74"):
            return
        numbers = {segment.at(it): segment.at(it + 1) for it in (7, 5, 3)}
        told = next((numbers[it] for it in _TELEPHONES if it in numbers), "")
        self._unit.main["phone_hash"] = phone_hash(told) or None

    def _place(self, segment: Segment) -> None:
        if self._unit is None or self._entity not in ("IL", "74"):
            return
        county = segment.at(6) if segment.at(5) == _COUNTY else ""
        row = self._unit.main
        row |= {"state": segment.at(2) or None, "zip_code": segment.at(3) or None}
        row["county"] = county or None

    def _demographics(self, segment: Segment) -> None:
        if self._unit is None or self._entity not in ("IL", "74"):
            return
        row = self._unit.main
        row |= {"sex": segment.at(3) or None, "race": segment.parts(5)[-1] or None}
        row["birth_date"] = day(segment, 2)

    def _coverage(self, segment: Segment) -> None:
        if self._unit is None:
            self.misplaced(segment, "INS before HD")
            return
        number = sum(table == "coverage" for table, _ in self._unit.rows) + 1
        self._open_coverage = self._unit.add(
            "coverage",
            {
                "member_row": self._unit.position,
                "coverage_number": number,
                "maintenance_code": segment.at(1) or None,
                "line_code": segment.at(3) or None,
                "plan": segment.at(4) or None,
            },
            segment.position,
        )
        if segment.at(1) not in _MAINTENANCE:
            raise bad(segment, 1, "is no maintenance type", "001, 021, 024, 025 or 030", BAD_CODE)

    def close_unit(self) -> None:
        """A member without a coverage loop may have its days on the member itself."""
        unit = self._unit
        if unit is not None:
            row = unit.main
            row["person_key"] = self._person_key(row)
            if self._days and self._open_coverage is None:
                days = {"member_row": unit.position, "coverage_number": 1, **self._days}
                unit.add("coverage", {**days, "maintenance_code": row["maintenance_code"]})
        super().close_unit()

    def _person_key(self, row: Row) -> Value:
        if row.get("medicare_id") or row.get("member_id"):
            return row.get("medicare_id") or row["member_id"]
        subscriber = row.get("subscriber_id")
        if row["relationship_code"] == _SELF or subscriber is None:
            return subscriber
        about = [row.get("birth_date"), row.get("sex"), self._first_name]
        return dependent_key(str(subscriber), [None if it is None else str(it) for it in about])

    def judge(self, unit: Unit) -> Fault | None:
        """A member needs a number."""
        if unit.main["person_key"] is not None:
            return None
        expected = "REF*0F, or NM1*IL with NM109"
        reason = "found no number of the member"
        return Fault(unit.position, reason, expected, "REF", MISSING)
