"""What a distribution clause and its file of measures may not say: no referrals, contradictions."""

from pathlib import Path

import pytest

from contract_sample import said as said_of
from distribution_sample import write_space
from openvbc.contract.contract import read_contract
from openvbc.contract.referral import RULE, names_referrals
from openvbc.distribute.participants import REQUIRED, read_measures
from openvbc.errors import InputError

SPECIALTY = "basis: {episode_savings_quality: 1}"


@pytest.mark.parametrize(
    ("old", "new", "line_has", "named"),
    [
        (SPECIALTY, "basis: {referrals: 1}", "referrals", "referrals"),
        (SPECIALTY, "basis: {quality: 0.5, admissions_sent: 0.5}", "admissions_sent", "admissions"),
        (SPECIALTY, "basis: {ordered_tests: 1}", "ordered_tests", "ordered_tests"),
        ("measure: quality", "measure: in_network_referral_rate", "in_network", "in_network"),
        (SPECIALTY, "basis: {prescription-volume: 1}", "prescription-volume", "prescription"),
    ],
)
def test_five_bad_terms_are_refused_with_the_rule(
    old: str, new: str, line_has: str, named: str, tmp_path: Path
) -> None:
    root = write_space(tmp_path, {old: new})
    path = root / "contracts" / "pinewood.yaml"
    with pytest.raises(InputError) as caught:
        read_contract(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [it for it in caught.value.problems if RULE in it.what]
    assert len(found) == 1
    assert found[0].what.startswith(named)
    assert line_has in lines[int(found[0].where.rpartition(":")[2]) - 1]


def test_a_further_key_and_a_column_that_name_referrals_are_refused_too(tmp_path: Path) -> None:
    root = write_space(tmp_path, {"ceiling: 300000": "referral_bonus: 300000"})
    with pytest.raises(InputError) as caught:
        read_contract(root / "contracts" / "pinewood.yaml")
    assert any(it.what.startswith("referral_bonus: nobody") for it in caught.value.problems)
    file = root / "settlements" / "pinewood_PY2025_shares.csv"
    text = file.read_text(encoding="utf-8").replace("episode_savings\n", "admissions_sent\n", 1)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_measures(file, ["primary_care", "specialists"])
    assert said_of(caught.value, root) == [
        "settlements/pinewood_PY2025_shares.csv:1: lacks the columns episode_savings",
        f"settlements/pinewood_PY2025_shares.csv:1: column admissions_sent: {RULE}",
    ]


@pytest.mark.parametrize(
    "good",
    [
        "basis: {panel: 1}",
        "basis: {quality: 0.6, performance: 0.4}",
        "basis: {equal: 0.5, tenure: 0.5}",
        "basis: {need: 1}",
        "agreed: {S1: 0.5, S2: 0.3, S3: 0.2}",
    ],
)
def test_five_good_terms_pass(good: str, tmp_path: Path) -> None:
    root = write_space(tmp_path, {SPECIALTY: good})
    assert read_contract(root / "contracts" / "pinewood.yaml").shape.distribution


def test_ordinary_names_do_not_count_referrals() -> None:
    for name in ("panel", "performance", "border_clinic", "collaboration", "need", "class", "npi"):
        assert not names_referrals(name), name


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("share: 0.30", "share: 0.31", "the shares of the groups add up to 1.01; expected 1"),
        (
            "{panel: 0.50, quality: 0.50}",
            "{panel: 0.50, quality: 0.40}",
            "primary_care: the weights of basis add up to 0.90; expected 1",
        ),
        (
            "{panel: 0.50, quality: 0.50}",
            "{panel: 1.50, quality: -0.50}",
            "primary_care: the weight of quality is -0.50; expected more than 0",
        ),
        (
            SPECIALTY,
            "basis: {charm: 1}",
            (
                "specialists: charm is none of the measures a distribution may use: panel, "
                "performance, quality, equal, tenure, need, episode_savings_quality"
            ),
        ),
        (
            SPECIALTY,
            f"{SPECIALTY}\n      agreed: {{S1: 0.5}}",
            "specialists: give basis or agreed shares, one of both",
        ),
        ("ceiling: 300000", "ceiling: 300000\n      floor: 300001", "is below the floor 300001"),
        ("floor: 20000", "floor: 20000.005", "floor 20000.005 is not in whole cents"),
        ("forfeit: group", "forfeit: anyone", "found 'anyone', expected 'group', 'reserve' or"),
        (
            "losses: {share: 0.20, basis: {equal: 1}, cap: 50000}",
            "losses: {share: 0.20, basis: {quality: 1}, cap: 50000}",
            "specialists: by quality the better would bear more; use panel or equal",
        ),
        (
            "losses: {share: 0.20, basis: {equal: 1}, cap: 50000}",
            "losses: {share: 0.20, cap: 50000}",
            "specialists: say by what basis a loss is split",
        ),
        ("losses: {share: 0.40}}", "losses: {share: 0.30}}", "losses add up to 0.90; expected 1"),
        (
            "{group: infrastructure, kind: infrastructure, share: 0.10}",
            "{group: infrastructure, kind: reserve, share: 0.10, floor: 1}",
            "infrastructure is kept whole (no basis, no agreed shares); floor has no use",
        ),
        (
            "kind: reserve, share: 0.10",
            "kind: other, share: 0.10",
            "",
        ),
        ("group: specialists", "group: primary_care", "group primary_care stands twice"),
        (
            "  participants: pinewood_{period}_shares.csv",
            "  # no file",
            "participants: is missing, the file of measures",
        ),
        (
            "measure: quality",
            "measure: charm",
            (
                "primary_care: charm is none of the measures a distribution may use: panel, "
                "performance, quality, tenure, need"
            ),
        ),
        (
            SPECIALTY,
            "agreed: {S1: 1.5, S2: -0.5}",
            "specialists: a share is below 0",
        ),
        (
            "losses: {share: 0.40}}",
            "losses: {share: 0.40, cap: 5}}",
            "reserve is kept whole; its loss has a share and nothing else",
        ),
        ("cap: 50000}", "cap: 50000.001}", "specialists: cap 50000.001 is not in whole cents"),
        ("  quorum: 4", "  quorum: 6", "quorum 6 is more than the 5 seats"),
        ("seat: primary_care_2", "seat: primary_care_1", "seat primary_care_1 stands twice"),
    ],
)
def test_a_clause_that_contradicts_itself_is_refused(
    old: str, new: str, problem: str, tmp_path: Path
) -> None:
    """A contract without a reserve is none: only a forfeit to it would be."""
    root = write_space(tmp_path, {old: new})
    path = root / "contracts" / "pinewood.yaml"
    if not problem:
        assert read_contract(path)
        text = path.read_text(encoding="utf-8").replace("forfeit: group", "forfeit: reserve")
        path.write_text(text, encoding="utf-8")
        problem = "primary_care: forfeits go to the reserve, and no group is of kind reserve"
    with pytest.raises(InputError) as caught:
        read_contract(path)
    found = [it.what for it in caught.value.problems]
    assert any(problem in it for it in found), found
    assert all(it.where.startswith(f"{path}:") for it in caught.value.problems)


def test_everything_wrong_with_a_file_of_measures_is_told_at_once(tmp_path: Path) -> None:
    root = write_space(
        tmp_path,
        measures={
            "P1,Elm Street Family Medicine,primary_care,practice,4000": "P1,,primary_care,,-4000",
            "P2,Harbor": "P1,Harbor",
            "24,0.9,": "24,much,",
            "S1,Pine Orthopedics,specialists": "S1,Pine Orthopedics,surgeons",
            "0.90,36,,400000": "90,36,,400000",
            "S3,": "../S3,",
        },
    )
    file = root / "settlements" / "pinewood_PY2025_shares.csv"
    with pytest.raises(InputError) as caught:
        read_measures(file, ["primary_care", "specialists"])
    name = "settlements/pinewood_PY2025_shares.csv"
    assert said_of(caught.value, root) == [
        f"{name}:2: name is empty",
        f"{name}:2: panel: found -4000, expected 0 or more",
        f"{name}:4: need: found 'much', expected a number",
        (
            f"{name}:5: group: found surgeons, expected a group that is shared among participants: "
            "primary_care, specialists"
        ),
        f"{name}:6: quality: found 90, expected a share from 0 to 1",
        f"{name}:7: participant_id: found ../S3, expected letters, digits, _ . and -",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"participant_id,name\xff", "not UTF-8; save the file as UTF-8"),
        (b"{header}\nP1,Elm\n", "has another number of cells than the first line"),
        (b"{header},name,charm\n", "column name stands twice"),
        (b"{header},charm\n", "unknown column charm; known: participant_id, name, group"),
        (b"{header}\nP1,A,specialists,,1.5,,,,,\n", "panel: found 1.5, expected a whole number"),
        (
            b"{header}\nP1,A,specialists,,,,,,,\nP1,B,specialists,,,,,,,\n",
            "the same participant_id as in line 2",
        ),
    ],
)
def test_a_file_that_is_no_list_of_measures_is_refused(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "shares.csv"
    if content is not None:
        path.write_bytes(content.replace(b"{header}", ",".join(REQUIRED).encode()))
    with pytest.raises(InputError) as caught:
        read_measures(path, ["specialists"])
    assert any(problem in it.what for it in caught.value.problems)
