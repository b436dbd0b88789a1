"""What a later load takes back: a record that comes again for another person leaves the first."""

from pathlib import Path

import pytest

from load_tables import COVERAGE, PERSON, load_it, select, write_source
from openvbc.sources.bucket import bucket_of
from openvbc.sources.loads import loaded_partitions

STAY = {
    "encounter_id": "E1",
    "encounter_type": "inpatient",
    "encounter_start_date": "2024-03-01",
}
PEOPLE = [PERSON, {**PERSON, "person_id": "P2"}, {**PERSON, "person_id": "P3"}]


def source(folder: Path, person: str) -> Path:
    """A delivery that says whose stay E1 was."""
    return write_source(
        folder,
        person=PEOPLE,
        eligibility=[COVERAGE],
        encounter=[
            {**STAY, "person_id": person},
            {**STAY, "encounter_id": "E2", "person_id": "P1"},
        ],
    )


def stays(data: Path) -> list[tuple[str, str, int]]:
    """Encounter, person and bucket of every stored row."""
    return sorted(
        (encounter, person, part.bucket or 0)
        for part in loaded_partitions(data)["encounter"]
        for encounter, person in select(f"SELECT encounter_id, person_id FROM '{data / part.path}'")
    )


@pytest.mark.parametrize("person", ["P2", "P3"])
def test_a_stay_put_on_another_person_is_stored_once(person: str, tmp_path: Path) -> None:
    """The hospital named P1 first and the right person later, in P1's bucket or in another."""
    first = load_it(tmp_path / "data", source(tmp_path / "a", "P1"))
    again = load_it(tmp_path / "data", source(tmp_path / "b", person))
    assert stays(tmp_path / "data") == [
        ("E1", person, bucket_of(person, 2)),
        ("E2", "P1", bucket_of("P1", 2)),
    ]
    assert first.tables["encounter"].withdrawn == 0
    count = again.tables["encounter"]
    moved = int(bucket_of(person, 2) != bucket_of("P1", 2))
    assert (count.rows_in, count.accepted, count.redelivered) == (2, 1, 1)
    assert count.withdrawn == moved
