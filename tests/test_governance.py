"""Who decided, with which documents: what a distribution needs to be posted.

The workspace is that of docs/distribution.md; its board has five seats, a quorum of four, and one
specialty seat without whose recorded vote nothing is adopted.
"""

import json
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from distribution_sample import (
    DOCUMENTS,
    add_record,
    decide,
    distributed,
    file_documents,
    said,
    write_space,
)
from openvbc.contract.governance import Protection
from openvbc.governance.book import read_book
from openvbc.governance.checklist import checklists


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """The workspace with an empty minute book."""
    return write_space(tmp_path)


@pytest.fixture
def ready(space: Path) -> Path:
    """The workspace in which the board decided and every document is there."""
    decide(space)
    file_documents(space)
    return space


# Nothing is posted without a determination and its documents


def test_a_distribution_that_was_decided_and_documented_is_posted(ready: Path) -> None:
    found = distributed(ready)
    assert said(found) == []
    assert found.posted == ready / "statements" / "pinewood_PY2025_distribution.json"
    document = json.loads(found.posted.read_text(encoding="utf-8"))
    assert document["determinations"] == [
        {"record": 2, "proposal": "rules", "effective": "2024-11-15"}
    ]
    assert {it["record"] for it in document["documents"]} == set(range(3, 10))
    assert document["minute_book"] == read_book(ready).head


def test_a_dry_run_shows_amounts_and_what_is_missing_and_writes_nothing(space: Path) -> None:
    """One determination, seven documents: two of them needed for two protections each."""
    found = distributed(space, dry_run=True)
    missing = said(found)
    assert found.document["pool"] == "2000000.00"
    assert sum(it.startswith("no determination") for it in missing) == 1
    assert sum(it.startswith("document ") for it in missing) == 7 + 2
    assert len(missing) == 10
    assert not (space / "data" / "distributions").exists()
    assert not list((space / "statements").glob("*_distribution*"))


@pytest.mark.parametrize("kind", [kind for kind, _ in DOCUMENTS])
def test_one_missing_document_blocks(space: Path, kind: str) -> None:
    decide(space)
    file_documents(space, but=kind)
    found = distributed(space)
    assert found.posted is None
    assert said(found)
    assert all(it.startswith(f"document {kind} for ") for it in said(found))


@pytest.mark.parametrize(
    ("votes", "reason"),
    [
        (
            "{primary_care_1: for, primary_care_2: for, hospital_1: for, consumer_1: for}",
            "the required seat specialty_1 (specialty) has no recorded vote",
        ),
        (
            "{primary_care_1: for, primary_care_2: for, specialty_1: for}",
            "3 of 5 seats voted, the quorum is 4",
        ),
        (
            "{primary_care_1: for, primary_care_2: for, specialty_1: against, hospital_1: against}",
            "2 for and 2 against is no simple majority",
        ),
        (
            "{primary_care_1: for, primary_care_2: for, specialty_1: for, treasurer: for}",
            "treasurer is no seat of the board of managers",
        ),
    ],
)
def test_a_vote_that_does_not_carry_blocks_and_says_why(
    space: Path, votes: str, reason: str
) -> None:
    decide(space, votes=votes)
    file_documents(space)
    found = distributed(space)
    assert found.posted is None
    assert f"record 2 on rules: {reason}" in said(found)


def test_a_recorded_vote_against_of_the_required_seat_does_not_block(space: Path) -> None:
    """The seat must have been heard; three of four votes are a simple majority."""
    decide(
        space,
        votes="{primary_care_1: for, primary_care_2: for, specialty_1: against, hospital_1: for}",
    )
    file_documents(space)
    assert said(distributed(space)) == []


@pytest.mark.parametrize(
    ("majority", "votes_for", "against", "carried"),
    [
        ("simple", 3, 2, True),
        ("two_thirds", 3, 2, False),  # 3/5 = 0.6
        ("two_thirds", 4, 2, True),  # 4/6, exactly
        ("three_quarters", 3, 1, True),
        ("three_quarters", 4, 2, False),
        ("unanimous", 4, 0, True),
        ("unanimous", 4, 1, False),
    ],
)
def test_each_majority(
    tmp_path: Path, majority: str, votes_for: int, against: int, *, carried: bool
) -> None:
    more = "    - {seat: hospital_1, kind: hospital}\n"
    contract = {
        "majority: simple": f"majority: {majority}",
        more: more + "    - {seat: hospital_2, kind: hospital}\n",
    }
    root = write_space(tmp_path, contract)
    seats = ["specialty_1", "primary_care_1", "primary_care_2", "hospital_1", "hospital_2"]
    seats.append("consumer_1")
    words = ["for"] * votes_for + ["against"] * against
    votes = ", ".join(f"{seat}: {word}" for seat, word in zip(seats, words, strict=False))
    decide(root, votes=f"{{{votes}}}")
    file_documents(root)
    assert (said(distributed(root)) == []) is carried


def test_rules_that_were_changed_after_the_vote_need_another(ready: Path) -> None:
    """R035: a new rule is in force only with recorded votes, the specialty seat's among them."""
    path = ready / "contracts" / "pinewood.yaml"
    path.write_text(path.read_text("utf-8").replace("ceiling: 300000", "ceiling: 310000"), "utf-8")
    found = distributed(ready)
    assert len(said(found)) == 1
    assert said(found)[0].startswith("record 2 approved other rules (clause ")
    without = "{primary_care_1: for, primary_care_2: for, hospital_1: for, consumer_1: for}"
    decide(ready, "ceiling", votes=without, proposed="2026-09-01", voted="2026-09-02")
    assert distributed(ready).posted is None
    add_record(
        ready,
        "determination",
        "2026-09-03",
        "proposal: ceiling\nvotes: {primary_care_1: for, primary_care_2: for, specialty_1: for, "
        "hospital_1: for}\nbasis: agreed\neffective: 2026-09-03",
    )
    assert distributed(ready).posted is not None


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        ({"effective": "2026-09-21"}, date(2026, 9, 20)),
        ({"until": "2026-09-19"}, date(2026, 9, 20)),
        ({"effective": "2024-01-01"}, date(2026, 9, 20)),  # before it was decided
    ],
)
def test_a_determination_that_is_not_in_force_on_the_day_blocks(
    space: Path, dates: dict[str, str], day: date
) -> None:
    decide(space, **dates)
    file_documents(space)
    found = distributed(space, day=day)
    assert any(it.startswith("no determination of the board") for it in said(found))


def test_a_vote_of_its_own_for_each_distribution_where_the_clause_says_so(tmp_path: Path) -> None:
    root = write_space(
        tmp_path, {"  majority: simple\n": "  majority: simple\n  each_distribution: true\n"}
    )
    decide(root)
    file_documents(root)
    found = distributed(root)
    statement = found.document["statement_id"]
    assert said(found) == [
        (
            "no determination of the board of managers on the distribution of statement "
            f"{statement} is in force on 2026-09-20"
        )
    ]
    add_record(
        root,
        "proposal",
        "2026-09-01",
        f"proposal: of-2025\nsubject: distribution\ntext: as computed\nstatement: {statement}",
    )
    add_record(
        root,
        "determination",
        "2026-09-02",
        "proposal: of-2025\nvotes: {primary_care_1: for, primary_care_2: for, specialty_1: for, "
        "hospital_1: for}\nbasis: as agreed\neffective: 2026-09-02",
    )
    assert said(distributed(root)) == []


# Documents


def test_a_method_that_was_written_after_the_year_began_is_too_late(space: Path) -> None:
    """42 CFR 411.357(aa)(3): set in advance of the work that is paid for."""
    decide(space)
    file_documents(space, dated="methodology_record=2025-01-02")
    assert said(distributed(space)) == [
        (
            "document methodology_record for stark_value_based_arrangement "
            "(42 CFR 411.357(aa)(3)): record 5: is dated 2025-01-02, and had to be there on "
            "2025-01-01"
        )
    ]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("\nvalid_until: 2026-09-19", "held until 2026-09-19"),
        ("\npath: papers/none.pdf", "papers/none.pdf is not there"),
        (
            f"\npath: contracts/pinewood.yaml\nsha256: {'f' * 64}",
            "contracts/pinewood.yaml is another file than the one recorded",
        ),
    ],
)
def test_a_document_that_ended_or_is_gone_or_changed_blocks(
    space: Path, more: str, problem: str
) -> None:
    decide(space)
    file_documents(space, but="annual_monitoring")
    body = f"document: annual_monitoring\ndocument_date: 2025-12-10\nreference: review{more}"
    add_record(space, "document", "2026-01-10", body)
    assert said(distributed(space)) == [
        (
            "document annual_monitoring for stark_value_based_arrangement (42 CFR 411.357(aa)(3)): "
            f"record 9: {problem}"
        )
    ]


@pytest.mark.parametrize(
    ("protections", "problem"),
    [
        (
            "[stark_value_based_arrangement, aks_care_coordination]",
            (
                "aks_care_coordination (42 CFR 1001.952(ee)) covers remuneration in kind, and this "
                "is money"
            ),
        ),
        (
            "[mssp_distribution_waiver]",
            (
                "mssp_distribution_waiver (80 FR 66726 (2015), Shared Savings Program waivers, "
                "shared savings distribution waiver) is of another program than this contract's"
            ),
        ),
        (
            "[aks_substantial_downside_risk]",
            (
                "no waiver, exception or safe harbor is named for the physician self-referral law "
                "(42 USC 1395nn); add it to protections"
            ),
        ),
    ],
)
def test_a_protection_that_cannot_hold_blocks(
    tmp_path: Path, protections: str, problem: str
) -> None:
    old = "[stark_value_based_arrangement, aks_substantial_downside_risk]"
    assert problem in said(distributed(write_space(tmp_path, {old: protections}), dry_run=True))


def test_losses_of_participants_need_a_state_and_its_licence(tmp_path: Path) -> None:
    found = said(distributed(write_space(tmp_path, {"  state: NY\n": ""}), dry_run=True))
    assert any(it.startswith("participants may bear losses; name the state") for it in found)
    assert any(it.startswith("document state_downstream_risk") for it in found)


def test_every_protection_of_the_contract_language_has_its_list() -> None:
    lists = checklists()
    assert set(lists["protections"]) == set(get_args(Protection))
    for entry in lists["protections"].values():
        assert entry["cite"]
        assert set(entry["documents"]) <= set(lists["documents"])
        assert set(entry["laws"]) <= set(lists["laws"])
