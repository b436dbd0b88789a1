"""A generated population's hospital stays and emergency visits as HL7 v2 ADT messages."""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from openvbc.generate.render.tables import fetched, opened, read_sql

NOT_CARRIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "eligibility": "a message names a patient, not what covers them",
        "medical_claim, pharmacy_claim, amounts": "a message is sent before anything is billed",
        "other care than stays and emergency visits": "hospitals send no message of it",
        "person.race, state, county_fips": "are left out of the messages",
        "sensitivity": "diagnoses under 42 CFR Part 2 are left out of the messages",
    }
)
"""What ADT messages cannot say, and why."""

AUTHORITY: Final = "EXCHANGE"
"""Who numbers the patients: the health information exchange that passes the messages on."""

_CLASS, _ATTENDING, _VISIT, _DISPOSITION, _ADMITTED, _DISCHARGED = 2, 7, 19, 36, 44, 45
"""Numbers of the fields of PV1 that are filled."""


class _Message(NamedTuple):
    """One row of adt.sql."""

    month: str
    event: str
    event_at: str
    claim_key: str
    person_id: str
    mbi: str
    birth_date: str
    sex: str
    death_date: str
    facility_ccn: str
    patient_class: str
    attending_npi: str
    disposition: str
    admitted_at: str
    discharged_at: str
    diagnosis: str | None


def render(population: Path, out: Path, *, seed: int) -> None:
    """Write `out/adt-YYYY-MM.hl7` for each month with events. seed: the hours of the day."""
    with opened(population, out, seed=seed) as connection:
        messages = (_Message(*row) for row in fetched(connection, read_sql("adt")))
        for month, of_month in groupby(messages, key=lambda it: it.month):
            with (out / f"adt-{month}.hl7").open("w", encoding="ascii", newline="") as file:
                file.writelines(_text(it) for it in of_month)


def _text(it: _Message) -> str:
    """The message, each segment ended with a carriage return."""
    numbers = f"{it.person_id}^^^{AUTHORITY}^PI~{it.mbi}^^^CMS^MC"
    control = f"{it.claim_key}-{it.event}"
    sent = f"SYNTHETIC|{it.facility_ccn}|VBC|ACO|{it.event_at}||ADT^{it.event}|{control}|T|2.5.1"
    segments = [
        f"MSH|^~\\&|{sent}",
        f"EVN|{it.event}|{it.event_at}",
        f"PID|1||{numbers}||MEMBER^SYNTHETIC||{it.birth_date}|{it.sex}"
        + ("|" * 21 + it.death_date if it.death_date else ""),
        _visit(it),
        *([f"DG1|1||{it.diagnosis}^^I10"] if it.diagnosis else []),
    ]
    return "".join(f"{segment}\r" for segment in segments)


def _visit(it: _Message) -> str:
    filled = {
        _CLASS: it.patient_class,
        _ATTENDING: it.attending_npi,
        _VISIT: it.claim_key,
        _DISPOSITION: it.disposition,
        _ADMITTED: it.admitted_at,
        _DISCHARGED: it.discharged_at,
    }
    return "|".join(["PV1", *(filled.get(number, "") for number in range(1, _DISCHARGED + 1))])
