"""Who is whom across a payer and two EHRs: what is certain, what a person must decide, how good.

The people are invented (identity_sample.py) with the errors of real registration desks, and one in
ten is a twin or a namesake in the same house. What is true is known to the sample alone.
"""

import csv
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from identity_sample import Sample, make_sample
from load_tables import PERSON, load_it, write_source
from openvbc.errors import InputError
from openvbc.identity.probable import weights
from openvbc.identity.proposal import CERTAIN, REJECTED, REVIEW, Found, Proposal, propose

MEMORY = "400MB"


def people(it: Proposal) -> frozenset[str]:
    return frozenset((it.person_id, it.other_person_id))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, Path]:
    pytest.importorskip("splink", reason="needs the extra openvbc[identity]")
    folder = tmp_path_factory.mktemp("identity")
    made = make_sample(folder / "sources")
    for name, source in {"payer": made.payer, **made.ehrs}.items():
        load_it(folder / "data", source, data_source=name)
    return made, folder / "data"


@pytest.fixture(scope="module")
def found(sample: tuple[Sample, Path]) -> Found:
    return propose(sample[1], memory=MEMORY)


def measured(true: set[frozenset[str]], told: set[frozenset[str]]) -> tuple[Decimal, Decimal]:
    """Precision and recall to three places."""
    right = Decimal(len(true & told))
    places = Decimal("0.001")
    return (right / len(told)).quantize(places), (right / len(true)).quantize(places)


def test_the_review_list_holds_nearly_all_true_pairs_and_little_else(
    sample: tuple[Sample, Path], found: Found
) -> None:
    """From a score of 0.5 on: 473 pairs, 466 of them true, of 470 true ones that there are."""
    true = sample[0].pairs()
    told = {people(it) for it in found.of(REVIEW)}
    assert (len(true), len(told), len(true & told)) == (470, 473, 466)
    assert measured(true, told) == (Decimal("0.985"), Decimal("0.991"))


def test_what_a_threshold_may_decide_alone_is_never_wrong_here(sample: tuple[Sample, Path]) -> None:
    """Doubtful pairs (another given name, birth date or sex) and rivalled ones stay open, so that
    no twin is taken for the other, whatever the score: 0.99 decides 97 of 100 true pairs."""
    made, data = sample
    decided = propose(data, memory=MEMORY, accept_from=Decimal("0.99")).proposals
    same = {people(it) for it in decided if it.decision == "same"}
    assert measured(made.pairs(), same) == (Decimal("1.000"), Decimal("0.974"))
    assert all(it.decided_by == "rule: score 0.99 or more" for it in decided if it.decision)


def test_twins_and_namesakes_that_get_on_the_list_say_why(
    sample: tuple[Sample, Path], found: Found
) -> None:
    true = sample[0].pairs()
    wrong = [it for it in found.of(REVIEW) if people(it) not in true]
    assert wrong
    for it in wrong:
        assert "other given name" in it.reasons or "other birth date" in it.reasons


def test_a_doubtful_pair_beside_a_far_better_one_is_rejected(found: Found) -> None:
    outdone = [it for it in found.of(REJECTED) if "another person is far more like" in it.reasons]
    assert len(outdone) > 20
    assert any(it.score is not None and it.score > Decimal("0.99") for it in outdone)


def test_the_same_records_give_the_same_scores(sample: tuple[Sample, Path], found: Found) -> None:
    assert propose(sample[1], memory=MEMORY) == found


def test_reasons_hold_no_values(sample: tuple[Sample, Path], found: Found) -> None:
    """The review file says that names are alike, never which names."""
    levels = [level for it in weights()["fields"].values() for level in it["levels"]]
    words = {level["says"] for level in levels}
    words |= {"like another person too", "another person is far more like"}
    assert {part for it in found.proposals for part in it.reasons.split("; ")} <= words
    text = (sample[0].payer / "person_demographics.csv").read_text(encoding="utf-8")
    names = {row["family_name"].lower() for row in csv.DictReader(text.splitlines())}
    assert not names & {word for text in words for word in text.split()}


def test_the_payers_person_stays(found: Found) -> None:
    """Money hangs on the payer's person, so an EHR's is joined into it, never the reverse."""
    mixed = [it for it in found.of(REVIEW) if "MBI" in it.person_id + it.other_person_id]
    assert mixed
    assert all(it.person_id.startswith("MBI") for it in mixed)


def test_how_often_one_person_agrees_adds_up_to_one() -> None:
    for field in weights()["fields"].values():
        assert sum(Decimal(str(it["m"])) for it in field["levels"]) == 1


SAID = {"identifier_type": "mbi", "identifier": "1EG4", "person_id": "P1"}


def two_with_one_number(data: Path, born: str) -> None:
    """Two loads say one Medicare number of two people; the later one replaces the earlier."""
    first = write_source(data.parent / "a", person=[PERSON], person_identifier=[SAID])
    other = PERSON | {"person_id": "E9", "birth_date": born}
    later = write_source(
        data.parent / "b", person=[other], person_identifier=[SAID | {"person_id": "E9"}]
    )
    load_it(data, first, data_source="payer")
    load_it(data, later, data_source="ehr")


def test_one_medicare_number_makes_two_people_certainly_one(tmp_path: Path) -> None:
    two_with_one_number(tmp_path / "data", "1950-02-01")
    found = propose(tmp_path / "data", memory=MEMORY, only_certain=True)
    [it] = found.proposals
    assert (it.group, it.score, it.reasons, it.decision) == (CERTAIN, None, "same mbi", "same")
    assert people(it) == {"P1", "E9"}


def test_one_medicare_number_with_two_birth_dates_is_for_a_person_to_decide(tmp_path: Path) -> None:
    """A number mistyped at a desk is as likely as a birth date."""
    two_with_one_number(tmp_path / "data", "1961-02-01")
    [it] = propose(tmp_path / "data", memory=MEMORY, only_certain=True).proposals
    assert (it.group, it.reasons, it.decision) == (REVIEW, "same mbi; other birth date", "")


def test_numbers_of_a_practice_make_nobody_certain(tmp_path: Path) -> None:
    """Patient 17 of one practice is not patient 17 of another."""
    own = {"identifier_type": "patient_id", "identifier": "17", "person_id": "P1"}
    first = write_source(tmp_path / "a", person=[PERSON], person_identifier=[own])
    other = PERSON | {"person_id": "E9"}
    later = write_source(
        tmp_path / "b", person=[other], person_identifier=[own | {"person_id": "E9"}]
    )
    load_it(tmp_path / "data", first)
    load_it(tmp_path / "data", later)
    assert not propose(tmp_path / "data", memory=MEMORY, only_certain=True).proposals


def test_without_the_library_only_certain_matches_can_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"record_id": "a", "person_id": "P1", "family_name": "Lee"}
    source = write_source(tmp_path / "a", person=[PERSON], person_demographics=[said])
    other = write_source(
        tmp_path / "b",
        person=[PERSON | {"person_id": "P2"}],
        person_demographics=[said | {"record_id": "b", "person_id": "P2"}],
    )
    load_it(tmp_path / "data", source, data_source="payer")
    load_it(tmp_path / "data", other, data_source="ehr")
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(InputError, match=r"install openvbc\[identity\], or match --certain"):
        propose(tmp_path / "data", memory=MEMORY)
    assert propose(tmp_path / "data", memory=MEMORY, only_certain=True).proposals == []
