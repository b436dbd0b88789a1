"""People who are one are joined by a load: rows move, nothing is lost, nothing earlier changes."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from load_tables import COVERAGE, LINE, PERSON, load_it, write_source
from openvbc.errors import InputError
from openvbc.identity.decisions import write_review
from openvbc.identity.joining import apply
from openvbc.identity.proposal import propose
from openvbc.identity.standing import opened
from openvbc.settings import Settings
from openvbc.sources.bucket import bucket_of
from openvbc.sources.loads import loaded_partitions, loads
from openvbc.workspace import Workspace

MEMORY = "400MB"
BUCKETS = 2

EHR = "mrn:north:7"
VISIT = {
    "encounter_id": "north-1",
    "person_id": EHR,
    "encounter_type": "office visit",
    "encounter_start_date": "2024-02-01",
}
RESULT = {
    "observation_id": "north-o1",
    "person_id": EHR,
    "observation_date": "2024-02-01",
    "code_type": "loinc",
    "code": "4548-4",
    "value_number": "7.1",
}
NUMBER = {"identifier_type": "medical_record_number", "identifier": "north:7", "person_id": EHR}
RECORD = {"record_id": "north:7", "person_id": EHR, "family_name": "Lee"}


def payer(folder: Path, **more: Any) -> Path:
    tables: dict[str, Any] = {
        "person": [PERSON],
        "eligibility": [COVERAGE],
        "medical_claim": [LINE],
    }
    return write_source(folder, **(tables | more))


def ehr(folder: Path, **more: Any) -> Path:
    tables: dict[str, Any] = {
        "person": [{"person_id": EHR, "birth_date": "1950-02-01", "race": "unknown"}],
        "person_identifier": [NUMBER],
        "person_demographics": [RECORD],
        "encounter": [VISIT],
        "observation": [RESULT],
    }
    return write_source(folder, **(tables | more))


def decided(path: Path, *rows: tuple[str, str, str]) -> Path:
    """A review file with (person, other, decision)."""
    told = [
        {
            "person_id": one,
            "other_person_id": other,
            "decision": decision,
            "decided_by": "R. Viewer",
            "decided_on": "2026-03-04",
        }
        for one, other, decision in rows
    ]
    write_review(path, told)
    return path


def rows(data: Path, sql: str) -> list[tuple[Any, ...]]:
    with opened(data, MEMORY) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert bucket_of("P1", BUCKETS) != bucket_of(EHR, BUCKETS)  # the rows must change their bucket
    folder = tmp_path_factory.mktemp("joining")
    load_it(folder / "data", payer(folder / "payer"), data_source="payer")
    load_it(folder / "data", ehr(folder / "ehr"), data_source="north")
    return folder / "data"


@pytest.fixture
def data(loaded: Path, tmp_path: Path) -> Path:
    """Both loads, for one test to change."""
    shutil.copytree(loaded, tmp_path / "data")
    return tmp_path / "data"


def test_every_row_of_both_stands_under_the_one_who_stays(data: Path, tmp_path: Path) -> None:
    done = apply(data, decided(tmp_path / "r.csv", ("P1", EHR, "same")), memory=MEMORY)
    assert (done.people, done.apart) == (1, 0)
    for table in ("person", "eligibility", "medical_claim", "encounter", "observation"):
        assert rows(data, f"SELECT DISTINCT person_id FROM {table}") == [("P1",)], table
    assert {it.table: (it.rows, it.already_there) for it in done.tables} == {
        "person": (1, 1),
        "person_identifier": (1, 0),
        "person_demographics": (1, 0),
        "encounter": (1, 0),
        "observation": (1, 0),
    }


def test_what_one_source_leaves_empty_is_taken_from_the_other(data: Path, tmp_path: Path) -> None:
    apply(data, decided(tmp_path / "r.csv", ("P1", EHR, "same")), memory=MEMORY)
    assert rows(data, "SELECT sex, race FROM person") == [("female", "unknown")]


def test_a_moved_row_still_says_where_it_came_from(data: Path, tmp_path: Path) -> None:
    before = rows(data, "SELECT data_source, load_id, file_name, row_number FROM encounter")
    apply(data, decided(tmp_path / "r.csv", ("P1", EHR, "same")), memory=MEMORY)
    after = rows(data, "SELECT data_source, load_id, file_name, row_number FROM encounter")
    assert after == before


def test_the_decision_stays_as_a_row_with_its_day_and_its_maker(data: Path, tmp_path: Path) -> None:
    done = apply(data, decided(tmp_path / "r.csv", ("P1", EHR, "same")), memory=MEMORY)
    said = rows(
        data,
        "SELECT identifier, person_id, CAST(first_day AS VARCHAR), file_name, row_number "
        "FROM person_identifier WHERE identifier_type = 'person_id'",
    )
    assert said == [(EHR, "P1", "2026-03-04", "r.csv", 1)]
    kept = data / "loads" / str(done.load_id) / "decisions.csv"
    assert "R. Viewer,2026-03-04" in kept.read_text(encoding="utf-8")


def test_applying_it_again_changes_nothing(data: Path, tmp_path: Path) -> None:
    path = decided(tmp_path / "r.csv", ("P1", EHR, "same"))
    apply(data, path, memory=MEMORY)
    assert apply(data, path, memory=MEMORY).load_id is None
    assert len(loads(data)) == 3


def test_no_file_of_an_earlier_load_is_touched(data: Path, tmp_path: Path) -> None:
    """An earlier run still reads what it read; the join is one more load, and its folder is all."""
    before = {path: path.read_bytes() for path in data.rglob("*.parquet")}
    apply(data, decided(tmp_path / "r.csv", ("P1", EHR, "same")), memory=MEMORY)
    assert {path: path.read_bytes() for path in before} == before


def test_claims_of_both_move_to_one_month_and_their_money_is_the_same(
    data: Path, tmp_path: Path
) -> None:
    """The practice's own claims feed knows the patient by its number: $100.00 + $25.00."""
    claim = LINE | {"claim_key": "N1", "claim_id": "N1", "person_id": EHR, "paid_cents": 2500}
    load_it(data, write_source(tmp_path / "claims", medical_claim=[claim]), data_source="north")
    apply(data, decided(tmp_path / "r.csv", ("P1", EHR, "same")), memory=MEMORY)
    assert rows(data, "SELECT person_id, sum(paid_cents) FROM medical_claim GROUP BY ALL") == [
        ("P1", 12500)
    ]
    places = {(it.bucket, it.slice) for it in loaded_partitions(data)["medical_claim"]}
    assert places == {(bucket_of("P1", BUCKETS), "2024-03")}


def test_a_claim_that_both_have_stands_once(data: Path, tmp_path: Path) -> None:
    """One claim delivered under both ids is one claim: what is there already is not paid twice."""
    shared = LINE | {"claim_key": "N1", "claim_id": "N1", "paid_cents": 2500}
    for name, who in (("one", "P1"), ("two", EHR)):
        claim = shared | {"person_id": who}
        load_it(data, write_source(tmp_path / name, medical_claim=[claim]), data_source=name)
    done = apply(data, decided(tmp_path / "r.csv", ("P1", EHR, "same")), memory=MEMORY)
    assert {(it.rows, it.already_there) for it in done.tables if it.table == "medical_claim"} == {
        (1, 1)
    }
    assert rows(data, "SELECT sum(paid_cents) FROM medical_claim") == [(12500,)]


def test_a_source_that_still_uses_its_own_id_stays_joined(data: Path, tmp_path: Path) -> None:
    """Later loads put the rows of a former id on the person who stays; no second person appears."""
    path = decided(tmp_path / "r.csv", ("P1", EHR, "same"))
    apply(data, path, memory=MEMORY)
    visit = VISIT | {"encounter_id": "north-2"}
    load_it(data, ehr(tmp_path / "later", encounter=[visit]), data_source="north")
    assert rows(data, "SELECT person_id, count(*) FROM encounter GROUP BY ALL") == [("P1", 2)]
    assert rows(data, "SELECT person_id FROM person") == [("P1",)]
    assert propose(data, memory=MEMORY, only_certain=True).proposals == []


def test_three_records_of_one_person_become_one(data: Path, tmp_path: Path) -> None:
    other = "mrn:south:3"
    source = write_source(tmp_path / "south", person=[{"person_id": other}])
    load_it(data, source, data_source="south")
    path = decided(tmp_path / "r.csv", (EHR, other, "same"), ("P1", EHR, "same"))
    assert apply(data, path, memory=MEMORY).people == 2
    assert rows(data, "SELECT person_id FROM person") == [("P1",)]


def test_who_was_joined_first_follows_when_the_one_who_stays_is_joined_too(
    data: Path, tmp_path: Path
) -> None:
    south = "mrn:south:3"
    load_it(data, write_source(tmp_path / "south", person=[{"person_id": south}]))
    apply(data, decided(tmp_path / "1.csv", (EHR, south, "same")), memory=MEMORY)
    apply(data, decided(tmp_path / "2.csv", ("P1", EHR, "same")), memory=MEMORY)
    joined = rows(data, "SELECT former_id, person_id FROM joined ORDER BY ALL")
    assert joined == [(EHR, "P1"), (south, "P1")]


def test_pairs_decided_apart_are_not_proposed_again_and_never_joined_by_others(
    data: Path, tmp_path: Path
) -> None:
    other = "mrn:south:3"
    load_it(data, write_source(tmp_path / "south", person=[{"person_id": other}]))
    apply(data, decided(tmp_path / "1.csv", ("P1", other, "apart")), memory=MEMORY)
    path = decided(tmp_path / "2.csv", ("P1", EHR, "same"), (EHR, other, "same"))
    with pytest.raises(InputError, match="decided apart become one through other decisions"):
        apply(data, path, memory=MEMORY)
    assert len(loads(data)) == 4


def test_coverage_of_both_on_the_same_days_says_that_they_are_two(
    data: Path, tmp_path: Path
) -> None:
    two = write_source(
        tmp_path / "two",
        person=[PERSON | {"person_id": "P2"}],
        eligibility=[COVERAGE | {"person_id": "P2"}],
    )
    load_it(data, two, data_source="payer")
    path = decided(tmp_path / "r.csv", ("P1", "P2", "same"))
    with pytest.raises(InputError, match=r"r\.csv:2: both have coverage of one payer"):
        apply(data, path, memory=MEMORY)


def test_a_review_file_is_refused_with_all_its_problems_and_no_persons_id(
    data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        "person_id,other_person_id,decision,decided_by,decided_on\n"
        f"P1,{EHR},yes,R. Viewer,2026-03-04\n"
        f"P1,{EHR},same,,4 March\n"
        "P1,P1,same,R. Viewer,2026-03-04\n"
        f"P1,{EHR},,,\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        apply(data, path, memory=MEMORY)
    told = [str(it).split("r.csv")[1] for it in refused.value.problems]
    assert told == [
        ":2: found decision 'yes', expected same, apart or nothing",
        ":3: decided_by is missing; a decision says who decided about whom, and when",
        ":3: decided_on is no day, expected YYYY-MM-DD",
        ":4: names one person twice; a decision is about two",
    ]
    unknown = decided(tmp_path / "u.csv", ("P1", "mrn:nobody:1", "same"))
    with pytest.raises(InputError, match=r"u\.csv:2: other_person_id is no person") as refused:
        apply(data, unknown, memory=MEMORY)
    assert "nobody" not in str(refused.value)


def test_two_lines_that_contradict_each_other_are_refused(data: Path, tmp_path: Path) -> None:
    path = decided(tmp_path / "r.csv", ("P1", EHR, "same"), (EHR, "P1", "apart"))
    with pytest.raises(InputError, match=r"r\.csv:3: decides otherwise than line 2"):
        apply(data, path, memory=MEMORY)


def test_a_review_file_is_never_written_over_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = decided(tmp_path / "r.csv", ("P1", EHR, "same"))
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match="may hold decisions"):
        write_review(path, [])


def test_names_are_in_no_build(data: Path) -> None:
    """`person_demographics` is for matching; what a build and `vbc sql` see leaves it out."""
    assert "person_demographics" in loaded_partitions(data)
    seen = Workspace.init(data.parent, Settings(buckets=BUCKETS)).inputs(dry=True)
    assert "person" in seen
    assert "person_demographics" not in seen
