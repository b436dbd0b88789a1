"""One ADT message: what it says of a visit, or what is wrong with it.

Field numbers are those of HL7 v2.5.1 chapter 3. Times are the sender's own wall clock, as ISO
text; an offset from UTC is left out, for a visit's days are counted where the patient is.
"""

import csv
import re
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import hl7

from openvbc.sources.phone import phone_hash

_TIME: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})?(\d{2})?(\d{2})?(\.\d+)?([+-]\d{4})?")
_SEXES: Final = {"F": "female", "M": "male"}
_SYSTEMS: Final = {"I10": "icd-10-cm", "I10C": "icd-10-cm", "I9": "icd-9-cm", "I9C": "icd-9-cm"}
_NPI: Final = re.compile(r"[12]\d{9}")
_MERGE: Final = "A40"
_PROTECTED: Final = (("PD1", 12), ("PV2", 22), ("DG1", 18))
"""Where Y keeps a record from others: the person, the visit, the diagnosis."""


@dataclass(frozen=True)
class Event:
    """What a message says, as text; empty where it says nothing."""

    control_id: str
    event_type: str
    event_at: str
    authority: str
    patient_number: str
    mbi: str
    merged_number: str
    birth_date: str
    death_date: str
    sex: str
    facility: str
    visit_id: str
    patient_class: str
    admit_source_code: str
    discharge_disposition_code: str
    attending_npi: str
    admitted_at: str
    discharged_at: str
    diagnosis_system: str
    diagnosis_code: str
    given_name: str
    family_name: str
    zip_code: str
    phone_hash: str
    is_protected: str

    @property
    def values(self) -> tuple[str, ...]:
        """The values in the order of COLUMNS."""
        return astuple(self)


COLUMNS: Final = tuple(field.name for field in fields(Event))


@dataclass(frozen=True)
class Fault:
    """Why a message cannot be read, and what was expected; never with a value of it."""

    reason: str
    expected: str


@cache
def event_types() -> frozenset[str]:
    """The trigger events that say something of a visit."""
    with (Path(__file__).parent / "event_status.csv").open(encoding="utf-8") as file:
        return frozenset(row["event_type"] for row in csv.DictReader(file))


def read_message(text: str) -> Event | Fault:
    """Read one message; its segments are separated by carriage returns."""
    try:
        message = hl7.parse(text)
        return _read(_Fields(message))
    except (hl7.HL7Exception, LookupError, ValueError, AssertionError):  # hl7 asserts separators
        return Fault("is no HL7 v2 message", "segments that begin with MSH and its separators")


class _Fields:
    """Reaches into a message; what is not there is empty."""

    def __init__(self, message: hl7.Message) -> None:
        self._message = message

    def text(self, segment: str, field: int, component: int = 1) -> str:
        """A component of a field's first repetition."""
        repeated = self.repeated(segment, field)
        return _component(repeated[0], component) if repeated else ""

    def repeated(self, segment: str, field: int) -> list[list[str]]:
        """The components of each repetition of a field."""
        try:
            found = self._message.segment(segment)(field)
        except (KeyError, IndexError):
            return []
        if not isinstance(found, hl7.Field):
            return [[str(found)]]
        return [_components(it) for it in found]

    def facility(self) -> str:
        """The sending facility, or the sending application where there is none."""
        return self.text("MSH", 4) or self.text("MSH", 3)


def _components(repetition: hl7.Repetition | str) -> list[str]:
    if isinstance(repetition, str):
        return [repetition]
    return [str(it).split("&")[0].strip() for it in repetition]


def _component(components: list[str], number: int) -> str:
    return components[number - 1] if len(components) >= number else ""


def _read(it: _Fields) -> Event | Fault:
    if it.text("MSH", 9) != "ADT":
        return Fault("is no ADT message", "message type ADT in MSH-9")
    event_type = it.text("MSH", 9, 2) or it.text("EVN", 1)
    if event_type not in event_types():
        return Fault("has an event that is not read", f"one of {', '.join(sorted(event_types()))}")
    numbers = it.repeated("PID", 3)
    own = [one for one in numbers if _component(one, 5) not in {"MC", "MB", "SS", "DL"}]
    mbi = [one for one in numbers if _component(one, 5) in {"MC", "MB"}]
    if not own or not own[0][0]:
        return Fault("has no patient number", "the sender's own number of the patient in PID-3")
    event_at = _time(it.text("EVN", 6)) or _time(it.text("EVN", 2)) or _time(it.text("MSH", 7))
    if not event_at:
        return Fault("has no time", "the time of the event in EVN-6, EVN-2 or MSH-7")
    admitted_at = _time(it.text("PV1", 44))
    if event_type != _MERGE and not (it.text("PV1", 19) or admitted_at):
        return Fault("has no visit", "a visit number in PV1-19, or its first day in PV1-44")
    return _event(it, event_type, event_at, own[0], mbi[0][0] if mbi else "")


def _event(it: _Fields, event_type: str, event_at: str, own: list[str], mbi: str) -> Event:
    clinician = it.text("PV1", 7)
    return Event(
        control_id=it.text("MSH", 10),
        event_type=event_type,
        event_at=event_at,
        authority=_component(own, 4) or it.facility(),
        patient_number=own[0],
        mbi=mbi,
        merged_number=it.text("MRG", 1) if event_type == _MERGE else "",
        birth_date=_time(it.text("PID", 7))[:10],
        death_date=_time(it.text("PID", 29))[:10],
        sex=_SEXES.get(it.text("PID", 8), ""),
        facility=it.facility(),
        visit_id=_visit(it, own),
        patient_class=it.text("PV1", 2),
        admit_source_code=it.text("PV1", 14),
        discharge_disposition_code=it.text("PV1", 36),
        attending_npi=clinician if _NPI.fullmatch(clinician) else "",
        admitted_at=_time(it.text("PV1", 44)),
        discharged_at=_time(it.text("PV1", 45)),
        diagnosis_system=_SYSTEMS.get(it.text("DG1", 3, 3), it.text("DG1", 3, 3)),
        diagnosis_code=it.text("DG1", 3).replace(".", ""),
        given_name=it.text("PID", 5, 2),
        family_name=it.text("PID", 5),
        zip_code=it.text("PID", 11, 5),
        phone_hash=phone_hash(_telephone(it)),
        is_protected=str("Y" in {it.text(*field) for field in _PROTECTED}).lower(),
    )


def _telephone(it: _Fields) -> str:
    """The number at home: as one text (PID-13.1, before 2.7), or in its parts."""
    return it.text("PID", 13) or it.text("PID", 13, 6) + it.text("PID", 13, 7)


def _visit(it: _Fields, own: list[str]) -> str:
    """The visit among those of all senders: facility, who gave the number, the number.

    Two registries of one facility may use one number. Without a visit number it is the patient's
    with the day of admission. Who gave it is left out where nobody is named, or the facility.
    """
    facility = it.facility()
    if number := it.text("PV1", 19):
        authority, rest = it.text("PV1", 19, 4), [number]
    else:
        authority, rest = _component(own, 4), [own[0], _time(it.text("PV1", 44))[:10]]
    parts = [facility, *([authority] if authority not in ("", facility) else []), *rest]
    # what stands between the parts must not stand within one
    return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in parts)


def _time(value: str) -> str:
    """An HL7 time as ISO text, to the second; empty where it is none."""
    match = _TIME.fullmatch(value)
    if match is None:
        return ""
    try:
        found = datetime(*(int(it) for it in match.groups(default="00")[:6]))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return ""
    return found.isoformat(" ")
