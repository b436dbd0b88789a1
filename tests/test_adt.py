"""HL7 v2 ADT: messages become the state of each visit, whatever order they come in.

One patient, Ann, is admitted through the emergency room, moved, and discharged; another, Ben, is
registered at a clinic and his registration is cancelled.
"""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from load_tables import load_it, quarantine, rows, select
from openvbc.errors import InputError
from openvbc.sources.adt.message import Event, read_message
from openvbc.sources.load import LoadResult
from openvbc.sources.loads import loaded_partitions

ANN = "A-77^^^GENERAL^MR~1EG4TE5MK73^^^CMS^MC"
BEN = "B-12^^^GENERAL^MR"
COLUMNS = "encounter_id, person_id, encounter_type, status, started_at::VARCHAR, ended_at::VARCHAR"


def adt(event: str, at: str, patient: str = ANN, visit: str = "V1", **said: str) -> str:
    """One message; at is YYYYMMDDHHMM."""
    given = {"kind": "I", "admitted": "", "discharged": "", "disposition": "", "npi": ""} | said
    visit_fields = {
        2: given["kind"],
        7: f"{given['npi']}^DOE",
        36: given["disposition"],
        44: given["admitted"],
        45: given["discharged"],
        19: visit,
    }
    pv1 = "|".join(["PV1", *(visit_fields.get(it, "") for it in range(1, 46))])
    return "\r".join(
        [
            f"MSH|^~\\&|EHR|GENERAL|VBC|ACO|{at}||ADT^{event}|{event}{at}|P|2.5.1",
            f"EVN|{event}|{at}",
            f"PID|1||{patient}||DOE^ANN||19400102|F",
            pv1,
            "DG1|1||I50.9^Heart failure^I10",
        ]
    )


STAY = [
    adt("A04", "202503011015", kind="E", admitted="202503011015"),
    adt("A01", "202503011430", admitted="202503011015", npi="1234567893"),
    adt("A02", "202503021200"),
    adt("A03", "202503051100", discharged="202503051045", disposition="06"),
]
FINISHED = (
    "GENERAL:V1",
    "1EG4TE5MK73",
    "inpatient",
    "finished",
    "2025-03-01 10:15:00",
    "2025-03-05 10:45:00",
)


def load_messages(folder: Path, messages: Sequence[str], data: str = "data") -> LoadResult:
    source = folder / f"in{len(list(folder.iterdir()))}"
    source.mkdir()
    (source / "feed.hl7").write_text("\r".join(messages), newline="")
    return load_it(folder / data, source)


def encounters(result: LoadResult, columns: str = COLUMNS) -> list[tuple[Any, ...]]:
    return rows(result, "encounter", columns)


def standing(data: Path) -> list[tuple[Any, ...]]:
    """The encounters that stand after all loads."""
    files = [str(data / it.path) for it in loaded_partitions(data)["encounter"]]
    return select(f"SELECT {COLUMNS} FROM read_parquet({files}, hive_partitioning = false)")


def test_a_stay_is_one_encounter_from_its_first_moment_to_its_last(tmp_path: Path) -> None:
    result = load_messages(tmp_path, STAY)
    assert encounters(result) == [FINISHED]
    codes = (
        "discharge_disposition_code, attending_npi, "
        "primary_diagnosis_code_type, primary_diagnosis_code"
    )
    assert encounters(result, codes) == [("06", "1234567893", "icd-10-cm", "I509")]
    assert rows(result, "person", "person_id, sex, birth_date::VARCHAR") == [
        ("1EG4TE5MK73", "female", "1940-01-02")
    ]


def test_the_order_of_arrival_changes_nothing(tmp_path: Path) -> None:
    """Every order of four messages, each as its own visit; and each message in its own load."""
    orders = list(permutations(STAY))
    said = [it.replace("|V1|", f"|V{at}|") for at, order in enumerate(orders) for it in order]
    found = encounters(load_messages(tmp_path, said))
    assert {it[0] for it in found} == {f"GENERAL:V{at}" for at in range(24)}
    assert {it[1:] for it in found} == {FINISHED[1:]}
    alone = tmp_path / "alone"
    alone.mkdir()
    for message in reversed(STAY):
        load_messages(alone, [message])
    assert standing(alone / "data") == [FINISHED]


@pytest.mark.parametrize(
    ("event", "status"),
    [("A11", "cancelled"), ("A13", "in progress"), ("A08", "finished")],
)
def test_a_later_event_changes_the_status(tmp_path: Path, event: str, status: str) -> None:
    """Admission cancelled; discharge cancelled, so the stay goes on; an update changes nothing."""
    result = load_messages(tmp_path, [*STAY, adt(event, "202503060800")])
    assert encounters(result, "status, ended_at IS NULL") == [(status, status != "finished")]


def test_a_patient_without_a_medicare_number_is_known_by_the_senders(tmp_path: Path) -> None:
    result = load_messages(tmp_path, [adt("A05", "202504010900", BEN, "V9", kind="O")])
    assert encounters(result)[0][1:4] == ("mrn:GENERAL:B-12", "outpatient", "planned")
    later = load_messages(tmp_path, [adt("A38", "202504021000", BEN, "V9", kind="O")])
    assert encounters(later)[0][1:4] == ("mrn:GENERAL:B-12", "outpatient", "cancelled")


def test_a_person_of_a_claims_feed_is_the_same_person(tmp_path: Path) -> None:
    """The crosswalk of an earlier load says whose number it is; what it knew of Ann stays known."""
    known = tmp_path / "known"
    known.mkdir()
    (known / "person.csv").write_text("person_id,birth_date,race\nANN,1940-01-02,white\n")
    (known / "person_identifier.csv").write_text(
        "identifier_type,identifier,person_id\nmbi,1EG4TE5MK73,ANN\n"
    )
    load_it(tmp_path / "data", known)
    result = load_messages(tmp_path, STAY)
    assert [it[1] for it in encounters(result)] == ["ANN"]
    assert rows(result, "person", "person_id, race, sex") == [("ANN", "white", "female")]


def test_numbers_that_were_merged_are_one_person(tmp_path: Path) -> None:
    merge = adt("A40", "202503100900") + "\rMRG|A-78^^^GENERAL^MR"
    load_messages(tmp_path, [*STAY, merge])
    later = load_messages(
        tmp_path, [adt("A04", "202505010900", "A-78^^^GENERAL^MR", "V2", kind="E")]
    )
    assert {it[1] for it in encounters(later)} == {"1EG4TE5MK73"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (
            "MSH|^~\\&|LAB|GENERAL|VBC|ACO|202503010000||ORU^R01|C9|P|2.5.1\rPID|1||X",
            "is no ADT message",
        ),
        (adt("A60", "202503010000"), "has an event that is not read"),
        (adt("A01", "202503010000", patient="^^^GENERAL^MR"), "has no patient number"),
        (adt("A01", "202503010000", visit=""), "has no visit"),
        (adt("A01", "yesterday"), "has no time"),
    ],
)
def test_a_message_that_cannot_be_read_is_set_aside_by_its_number(
    tmp_path: Path, broken: str, reason: str
) -> None:
    result = load_messages(tmp_path, [STAY[0], broken, *STAY[1:]])
    assert quarantine(result) == [("event", "feed.hl7", 2, reason)]
    assert encounters(result) == [FINISHED]


def test_batches_and_frames_are_only_wrapping(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    batch = ["FHS|^~\\&|EHR", "BHS|^~\\&|EHR", *STAY, "BTS|4", "FTS|1"]
    (source / "batch.hl7").write_text("\n".join(batch).replace("\r", "\n"))
    framed = "".join(f"\x0b{it}\r\x1c\r" for it in STAY)
    (source / "framed.hl7").write_text(framed, newline="")
    assert encounters(load_it(tmp_path / "data", source)) == [FINISHED]


def test_a_file_without_a_message_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "feed.hl7").write_text("FHS|^~\\&|EHR\rFTS|0\r")
    with pytest.raises(InputError, match="holds no message"):
        load_it(tmp_path / "data", source)


def test_a_day_that_is_none_sets_one_message_aside_and_not_the_delivery(tmp_path: Path) -> None:
    """Day 45 of month 13 is no time of the event; as a birth date it is left empty."""
    wrong_day = adt("A08", "202513450930")
    wrong_birth = adt("A04", "202503011015", BEN, "V2", kind="O").replace("19400102", "19400231")
    result = load_messages(tmp_path, [*STAY, wrong_day, wrong_birth])
    assert quarantine(result) == [("event", "feed.hl7", 5, "has no time")]
    assert sorted(rows(result, "person", "person_id, birth_date::VARCHAR")) == [
        ("1EG4TE5MK73", "1940-01-02"),
        ("mrn:GENERAL:B-12", None),
    ]


def test_of_two_events_in_one_minute_the_later_message_counts(tmp_path: Path) -> None:
    """Many senders give times to the minute: an admission and its cancellation may share one."""
    minute = "202503011015"
    both = [adt("A01", minute, admitted=minute), adt("A11", minute, admitted=minute)]
    first = load_messages(tmp_path, both)
    assert encounters(first, "status") == [("cancelled",)]
    load_messages(tmp_path, both[:1], data="apart")
    load_messages(tmp_path, both[1:], data="apart")
    assert [it[3] for it in standing(tmp_path / "apart")] == ["cancelled"]


def visits(*said: str) -> set[str]:
    """The encounter ids of messages."""
    found = [read_message(it) for it in said]
    return {it.visit_id for it in found if isinstance(it, Event)}


def test_two_authorities_that_use_one_visit_number_have_two_visits(tmp_path: Path) -> None:
    """The emergency room and the clinic of one facility both count from 1."""
    at = "202503011015"
    both = [
        adt("A01", at, ANN, "1^^^ER", admitted=at),
        adt("A04", at, BEN, "1^^^CLINIC", admitted=at),
        adt("A03", "202503011200", ANN, "1^^^ER&1.2.3&ISO", admitted=at),
    ]
    found = [(it[0], it[1], it[3]) for it in encounters(load_messages(tmp_path, both))]
    assert found == [
        ("GENERAL:CLINIC:1", "mrn:GENERAL:B-12", "in progress"),
        ("GENERAL:ER:1", "1EG4TE5MK73", "finished"),
    ]


def test_no_two_visits_have_one_id_however_their_parts_are_written() -> None:
    """A:B and C are not A and B:C; a facility that names itself is not named twice."""
    at = "202503011015"
    one = adt("A01", at, visit="C^^^A:B")
    assert visits(one, adt("A01", at, visit="B:C^^^A")) == {
        "GENERAL:A%3AB:C",
        "GENERAL:A:B%3AC",
    }
    assert visits(adt("A01", at, visit="V1^^^GENERAL"), adt("A01", at)) == {"GENERAL:V1"}


def test_without_a_visit_number_the_patients_and_who_gave_it_are_the_visit() -> None:
    day = {"visit": "", "admitted": "202503011015"}
    two = [adt("A01", "202503011015", f"7^^^{it}^MR", **day) for it in ("ER", "GENERAL")]
    assert visits(*two) == {"GENERAL:ER:7:2025-03-01", "GENERAL:7:2025-03-01"}
