"""One person over claims, two EHRs and a nursing facility: one timeline, and what sources dispute.

The nursing facility sends HL7 messages with the Medicare number, so its reader puts its stay on the
payer's person by itself; the two EHRs know the patient by numbers of their own and are joined.
"""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from load_tables import COVERAGE, LINE, PERSON, load_it, write_source
from openvbc.confidentiality.audit import AUDIT
from openvbc.confidentiality.release import Release
from openvbc.console import Commands
from openvbc.errors import InputError
from openvbc.identity.commands import match_app, person
from openvbc.identity.compare import person_digest
from openvbc.identity.decisions import write_review
from openvbc.identity.joining import apply
from openvbc.identity.timeline import Timeline, person_timeline
from openvbc.settings import Settings
from openvbc.workspace import Workspace

MEMORY = "400MB"
NORTH, SOUTH, MBI = "mrn:north:7", "mrn:south:3", "1EG4TE5MK73"

SNF = "\r".join(
    (
        r"MSH|^~\&|ADT|SNF1|VBC|ACO|20240312080000||ADT^A01^ADT_A01|1|P|2.5.1",
        "EVN|A01|20240312080000",
        f"PID|1||77^^^SNF1^MR~{MBI}^^^CMS^MC||Doe^Jane||19500201|F",
        "PV1|1|I|||||||||||||||||900^^^SNF1^VN" + "|" * 25 + "20240312073000",
    )
)


def at_payer(folder: Path) -> Path:
    drug = {
        "claim_key": "D1",
        "version_number": 1,
        "version_type": "original",
        "sign": 1,
        "effective_on": "2024-04-02",
        "claim_id": "D1",
        "claim_line_number": 1,
        "person_id": "P1",
        "dispensing_date": "2024-04-02",
        "ndc_code": "00093720198",
        "paid_cents": 1250,
    }
    adjusted = LINE | {
        "version_number": 2,
        "version_type": "adjust",
        "effective_on": "2024-06-01",
        "paid_cents": 8000,
    }
    return write_source(
        folder,
        person=[PERSON],
        person_identifier=[{"identifier_type": "mbi", "identifier": MBI, "person_id": "P1"}],
        eligibility=[COVERAGE],
        medical_claim=[LINE, adjusted],
        pharmacy_claim=[drug],
    )


def at_north(folder: Path) -> Path:
    one = {"person_id": NORTH}
    coded = {"code_type": "icd-10-cm", "code": "E119"}
    return write_source(
        folder,
        person=[one | {"birth_date": "1950-02-01", "sex": "male", "death_date": "2024-05-30"}],
        encounter=[
            one
            | {
                "encounter_id": "n1",
                "encounter_type": "office visit",
                "status": "finished",
                "encounter_start_date": "2024-02-01",
                "encounter_end_date": "2024-02-01",
            }
        ],
        condition=[one | coded | {"condition_id": "c1", "recorded_date": "2024-02-01"}],
        observation=[
            one
            | {
                "observation_id": "o1",
                "category": "laboratory",
                "status": "final",
                "observation_date": "2024-02-01",
                "code_type": "loinc",
                "code": "4548-4",
                "value_number": "7.10",
                "unit": "%",
            }
        ],
    )


def at_south(folder: Path) -> Path:
    one = {"person_id": SOUTH}
    return write_source(
        folder,
        person=[one | {"birth_date": "1950-02-10", "sex": "female"}],
        immunization=[
            one
            | {
                "immunization_id": "i1",
                "status": "completed",
                "occurrence_date": "2024-10-01",
                "code_type": "cvx",
                "code": "140",
            }
        ],
        activity=[
            one
            | {
                "activity_id": "a1",
                "activity_type": "outreach",
                "activity_date": "2024-01-15",
                "outcome": "reached",
            }
        ],
        condition=[
            one
            | {
                "condition_id": "c2",
                "recorded_date": "2024-01-20",
                "code_type": "icd-10-cm",
                "code": "F1120",
                "sensitivity": "substance_use",
            }
        ],
        questionnaire_answer=[
            one
            | {
                "response_id": "q1",
                "item_code": "61582-7",
                "answer_number": 1,
                "instrument": "promis-10",
                "authored_date": "2024-01-20",
                "answer_number_value": "2",
            }
        ],
    )


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("person")
    space = Workspace.init(root / "w", Settings(buckets=2))
    sources = {"payer": at_payer, "north": at_north, "south": at_south}
    for name, write in sources.items():
        load_it(space.data, write(root / name), data_source=name)
    (root / "snf").mkdir()
    (root / "snf" / "adt.hl7").write_text(SNF, encoding="utf-8")
    load_it(space.data, root / "snf", data_source="snf")
    same = {"decision": "same", "decided_by": "R. Viewer", "decided_on": "2026-03-04"}
    pairs = [{"person_id": "P1", "other_person_id": it} | same for it in (NORTH, SOUTH)]
    write_review(root / "review.csv", pairs)
    apply(space.data, root / "review.csv", memory=MEMORY)
    return space.root


def timeline(space: Path, who: str = "P1", release: Release | None = None) -> Timeline:
    return person_timeline(space, who, release or Release(), memory=MEMORY, buckets=2)


ASKED = Release("treatment", "Harbor Health", with_sensitive=True)


def agreed(space: Path, who: str) -> None:
    """The person lets Harbor Health have records of substance use treatment."""
    text = (
        f"consents:\n  - {{person: '{who}', categories: [substance_use], "
        "recipient: Harbor Health, from: 2024-01-01}\n"
    )
    (space / "consents.yaml").write_text(text, encoding="utf-8")


def test_one_timeline_over_claims_two_ehrs_and_a_nursing_facility(space: Path) -> None:
    found = timeline(space)
    told = [(str(it.first_day), it.kind, it.data_source) for it in found.events]
    assert told == [
        ("2024-01-01", "coverage", "payer"),
        ("2024-01-15", "activity", "south"),
        ("2024-01-20", "answer", "south"),
        ("2024-02-01", "condition", "north"),
        ("2024-02-01", "encounter", "north"),
        ("2024-02-01", "observation", "north"),
        ("2024-03-05", "claim", "payer"),
        ("2024-03-12", "encounter", "snf"),
        ("2024-04-02", "drug claim", "payer"),
        ("2024-10-01", "immunization", "south"),
    ]
    assert found.sources == ["north", "payer", "snf", "south"]
    assert [former for _, former in found.joined] == [NORTH, SOUTH]
    assert found.known_by["mbi"] == 1


def test_a_claim_is_one_event_with_what_its_last_version_paid(space: Path) -> None:
    """$100.00 was adjusted to $80.00."""
    [claim] = [it for it in timeline(space).events if it.kind == "claim"]
    assert (claim.cents, claim.note) == (8000, "adjusted")


def test_sources_that_differ_are_listed_with_where_each_value_stands(space: Path) -> None:
    """South has another birth date and north another sex; south vaccinated after north's day of
    death. The nursing facility's messages say what the payer said."""
    found = [(it.field, it.value, it.data_source) for it in timeline(space).conflicts]
    assert found == [
        ("birth_date", "1950-02-01", "north"),
        ("birth_date", "1950-02-01", "payer"),
        ("birth_date", "1950-02-01", "snf"),
        ("birth_date", "1950-02-10", "south"),
        ("sex", "female", "payer"),
        ("sex", "female", "snf"),
        ("sex", "female", "south"),
        ("sex", "male", "north"),
        ("after death", "immunization on 2024-10-01", "south"),
    ]
    assert {it.file_name for it in timeline(space).conflicts} == {
        "person.csv",
        "adt.hl7",
        "immunization.csv",
    }


@pytest.mark.parametrize("who", ["P1", NORTH, MBI])
def test_a_person_is_found_by_any_id(space: Path, who: str) -> None:
    assert timeline(space, who).person_id == "P1"


def test_an_id_that_nobody_has_is_refused_without_being_repeated(space: Path) -> None:
    with pytest.raises(InputError, match="no such person in the loaded data") as refused:
        timeline(space, "7XX7")
    assert "7XX7" not in str(refused.value)


def test_sensitive_rows_are_shown_only_where_asked_for_and_agreed_to(space: Path) -> None:
    """Otherwise nothing says that there are any: that alone would tell."""
    assert "icd-10-cm F1120" not in {it.code for it in timeline(space).events}
    assert "icd-10-cm F1120" not in {it.code for it in timeline(space, release=ASKED).events}
    agreed(space, SOUTH)  # given where the person is known by the former number
    shown = timeline(space, release=ASKED).events
    assert [it.sensitivity for it in shown if it.code == "icd-10-cm F1120"] == ["substance_use"]


def test_a_claim_with_one_sensitive_diagnosis_is_hidden_whole(tmp_path: Path) -> None:
    said = {
        "claim_key": "C1",
        "version_number": 1,
        "sequence": 2,
        "person_id": "P1",
        "claim_end_date": "2024-03-05",
        "code_type": "icd-10-cm",
        "code": "F1120",
        "sensitivity": "substance_use",
    }
    source = write_source(tmp_path / "s", person=[PERSON], medical_claim=[LINE], diagnosis=[said])
    load_it(tmp_path / "data", source)
    assert timeline(tmp_path).events == []
    agreed(tmp_path, "P1")
    assert [it.cents for it in timeline(tmp_path, release=ASKED).events] == [10000]


APP = typer.Typer(cls=Commands)
APP.add_typer(match_app, name="match")
APP.command()(person)


def run(*words: object) -> str:
    result = CliRunner().invoke(APP, [str(word) for word in words])
    assert result.exception is None, result.exception
    return result.output


def test_every_look_is_noted_by_whom_and_why_without_the_id(space: Path) -> None:
    run("person", "P1", "--workspace", space, "--purpose", "payment", "--json")
    last = (space / "data" / AUDIT).read_text(encoding="utf-8").splitlines()[-1]
    noted = json.loads(last)
    assert noted["people"] == person_digest("P1")
    assert (noted["what"], noted["purpose"]) == ("person", "payment")
    assert noted["who"]
    assert '"P1"' not in last


def test_the_page_opens_from_disk_and_holds_every_event(space: Path, tmp_path: Path) -> None:
    page = tmp_path / "p1.html"
    run("person", "P1", "--workspace", space, "--html", page)
    text = page.read_text(encoding="utf-8")
    assert "10 events" in text
    assert "Sources differ" in text
    assert "$80.00" in text
    assert "F1120" not in text
    assert "<script" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert page.stat().st_mode & 0o777 == 0o600


def test_from_proposal_to_one_person_by_the_commands(tmp_path: Path) -> None:
    """Propose, look at a pair, decide by a threshold, apply, look at the person."""
    pytest.importorskip("splink", reason="needs the extra openvbc[identity]")
    space = Workspace.init(tmp_path / "w", Settings(buckets=2))
    names = {"given_name": "Wilhelmina", "family_name": "Nightingale", "zip_code": "48109"}
    names |= {"birth_date": "1950-02-01", "sex": "female"}
    others = [
        {"person_id": f"X{at}", "record_id": f"x{at}", "family_name": f"Family{chr(65 + at)}"}
        | {"given_name": f"Given{chr(75 - at)}", "birth_date": f"19{40 + at}-07-0{at + 1}"}
        for at in range(9)
    ]
    ours = [{"person_id": "P1", "record_id": "P1"} | names, *others]
    theirs = [{"person_id": NORTH, "record_id": "north:7"} | names]
    for name, rows in (("payer", ours), ("north", theirs)):
        people = [{"person_id": it["person_id"]} for it in rows]
        source = write_source(tmp_path / name, person=people, person_demographics=rows)
        load_it(space.data, source, data_source=name)
    review = tmp_path / "review.csv"
    run("match", "propose", "--workspace", space.root, "--out", review, "--accept", "0.9")
    assert "Nightingale" not in review.read_text(encoding="utf-8")
    assert "Nightingale" in run("match", "show", review, 2, "--workspace", space.root)
    assert "1 people joined" in run("match", "apply", review, "--workspace", space.root)
    assert "already applied" in run("match", "apply", review, "--workspace", space.root)
    assert "joined" in run("person", NORTH, "--workspace", space.root)
