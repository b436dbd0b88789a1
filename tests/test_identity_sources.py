"""Readers keep what tells people apart, and matching joins a payer's people with those of EHRs.

The people are invented (`identity_sample.humans`); the payer sends an 834, one EHR US Core, another
C-CDA, each with numbers of its own alone.
"""

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bcda_files import patient as beneficiary
from cclf_files import record
from cclf_files import write as write_cclf
from described_files import of_clinic, of_payer, of_practice
from identity_sample import Human, humans
from load_tables import load_it, rows, write_source
from openvbc.cli import app
from openvbc.settings import Settings
from openvbc.sources.phone import phone_hash
from openvbc.workspace import Workspace

ADA = Human(7, "Ada", "Lovelace", date(1950, 2, 1), "female", "48109", "3135550123")
PHONE = hashlib.sha256(b"3135550123").hexdigest()
PEOPLE = 40


def of_cclf(folder: Path, it: Human) -> Path:
    """CCLF8 with names, and the ZIP code of the address."""
    values = {
        "bene_mbi_id": "1A00A00AA01",
        "bene_1st_name": it.given_name.upper(),
        "bene_last_name": it.family_name.upper(),
        "bene_dob": it.birth_date.isoformat(),
        "bene_sex_cd": "2",
        "geo_zip5_cd": it.zip_code,
    }
    return write_cclf(folder, {"cclf8": [record("cclf8", values)]})


def of_blue_button(folder: Path, it: Human) -> Path:
    """A Patient of BCDA."""
    home = [{"state": "MI", "postalCode": it.zip_code}]
    name = [{"use": "usual", "family": it.family_name, "given": [it.given_name, "K"]}]
    born = {"birthDate": it.birth_date.isoformat(), "gender": it.sex}
    one = {**beneficiary(), "name": name, "address": home, **born}
    folder.mkdir(parents=True)
    (folder / "Patient.ndjson").write_text(f"{json.dumps(one)}\n", encoding="utf-8")
    return folder


def of_hospital(folder: Path, it: Human) -> Path:
    """An admission: PID-5, PID-11.5, PID-13."""
    pid = (
        f"PID|1||A7^^^HOSP^MR||{it.family_name}^{it.given_name}||{it.birth_date:%Y%m%d}|F|||"
        f"1 Street^^Town^MI^{it.zip_code}||({it.phone[:3]}){it.phone[3:6]}-{it.phone[6:]}"
    )
    lines = (
        r"MSH|^~\&|ADT|HOSP|VBC|ACO|20250312080000||ADT^A01^ADT_A01|1|P|2.5.1",
        "EVN|A01|20250312080000",
        pid,
        "PV1|1|I|||||||||||||||||V7^^^HOSP^VN" + "|" * 25 + "20250312073000",
    )
    folder.mkdir(parents=True)
    (folder / "messages.hl7").write_text("\r".join(lines), encoding="utf-8")
    return folder


def of_tuva(folder: Path, it: Human) -> Path:
    """A span of coverage in Tuva's input layer."""
    span = {
        "person_id": "T7",
        "enrollment_start_date": "2024-01-01",
        "payer": "PLAN",
        "payer_type": "commercial",
        "gender": it.sex,
        "birth_date": it.birth_date,
        "first_name": it.given_name,
        "last_name": it.family_name,
        "zip_code": it.zip_code,
        "phone": it.phone,
    }
    return write_source(folder, eligibility=[span])


def of_omop(folder: Path, it: Human) -> Path:
    """OMOP's person and location: no names."""
    born = {
        "year_of_birth": it.birth_date.year,
        "month_of_birth": it.birth_date.month,
        "day_of_birth": it.birth_date.day,
    }
    one = {"person_id": "7", "gender_concept_id": "8532", **born, "location_id": "1"}
    place = {"location_id": "1", "location_source_value": "x", "state": "MI", "zip": it.zip_code}
    return write_source(folder, person=[one], location=[place])


def of_many(write: Callable[[Path, list[Human]], Path]) -> Callable[[Path, Human], Path]:
    return lambda folder, it: write(folder, [it])


@pytest.mark.parametrize(
    ("write", "lacks"),
    [
        (of_many(of_payer), ()),
        (of_many(of_clinic), ()),
        (of_many(of_practice), ()),
        (of_hospital, ()),
        (of_tuva, ()),
        (of_blue_button, ("phone_hash",)),
        (of_cclf, ("phone_hash",)),
        (of_omop, ("given_name", "family_name", "phone_hash")),
    ],
)
def test_what_a_format_says_of_a_person_is_kept(
    tmp_path: Path, write: Callable[[Path, Human], Path], lacks: tuple[str, ...]
) -> None:
    """Names as they are written, a ZIP code of five digits, and of the telephone a digest alone."""
    loaded = load_it(tmp_path / "data", write(tmp_path / "in", ADA), data_source="here", buckets=1)
    columns = ("upper(given_name)", "upper(family_name)", "birth_date", "sex", "zip_code")
    (found,) = rows(loaded, "person_demographics", ", ".join((*columns, "phone_hash")))
    said = {
        "given_name": "ADA",
        "family_name": "LOVELACE",
        "birth_date": date(1950, 2, 1),
        "sex": "female",
        "zip_code": "48109",
        "phone_hash": PHONE,
    }
    assert dict(zip(said, found, strict=True)) == {**said, **dict.fromkeys(lacks)}
    (record_id,) = rows(loaded, "person_demographics", "record_id")[0]
    assert record_id.startswith("here:")


@pytest.mark.parametrize("number", ["+1 (313) 555-0123", "313.555.0123", "13135550123"])
def test_a_telephone_number_is_compared_however_it_is_written(number: str) -> None:
    assert phone_hash(number) == PHONE


def test_a_number_that_is_none_says_nothing() -> None:
    assert phone_hash("555-0123") == ""


def run(*arguments: Any) -> str:
    """What a command prints."""
    answer = CliRunner().invoke(app, [str(it) for it in arguments])
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return answer.output


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A payer with all people, a clinic with two of three, a practice with those left and a few.

    At the clinic person 1 was born a day later: a slip of the front desk.
    """
    pytest.importorskip("splink", reason="needs the extra openvbc[identity]")
    folder = tmp_path_factory.mktemp("sources")
    space = Workspace.init(folder / "w", Settings(buckets=1))
    them = humans(PEOPLE, random.Random(5))
    slipped = replace(them[1], birth_date=them[1].birth_date + timedelta(days=1))
    clinic = [slipped if it.number == 1 else it for it in them if it.number % 3]
    practice = [it for it in them if it.number % 4 == 1]
    for name, path in (
        ("plan", of_payer(folder / "plan", them)),
        ("clinic", of_clinic(folder / "clinic", clinic)),
        ("practice", of_practice(folder / "practice", practice)),
    ):
        load_it(space.data, path, data_source=name, buckets=1)
    return space


def true_person(person_id: str) -> str:
    """The number behind M7, clinic:E7 and mrn:1.2.3:A7."""
    return person_id.rsplit(":", maxsplit=1)[-1][1:]


def test_a_payer_s_person_and_two_ehr_s_become_one_with_their_conflict(
    space: Workspace, tmp_path: Path
) -> None:
    """Propose, apply, look: person 1 has coverage of the plan and a visit at the clinic, whose
    birth date differs by the slip."""
    review = tmp_path / "review.csv"
    run("match", "propose", "--workspace", space.root, "--out", review, "--accept", "0.9")
    decided = [
        line.split(",")
        for line in review.read_text(encoding="utf-8").splitlines()
        if ",same," in line
    ]
    assert decided
    assert [it[:2] for it in decided if true_person(it[0]) != true_person(it[1])] == []
    seen = {frozenset((it[0], it[1])) for it in decided}
    assert frozenset(("M1", "clinic:E1")) in seen
    run("match", "apply", review, "--workspace", space.root)
    shown = json.loads(run("person", "clinic:E1", "--json", "--workspace", space.root))
    assert shown["person_id"] == "M1"
    kinds = {it["kind"]: it["data_source"] for it in shown["events"]}
    assert kinds["coverage"] == "plan"
    assert kinds["encounter"] == "clinic"
    born = {it["value"] for it in shown["conflicts"] if it["field"] == "birth_date"}
    ours = humans(PEOPLE, random.Random(5))[1].birth_date
    assert born == {ours.isoformat(), (ours + timedelta(days=1)).isoformat()}
    assert {it["data_source"] for it in shown["conflicts"]} >= {"plan", "clinic"}
