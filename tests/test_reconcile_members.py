"""Two files of members with hashed keys: who is only ours, only theirs, or has other cents."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.errors import InputError
from openvbc.reconcile.members import (
    Counted,
    Part,
    member_key,
    read_members,
    split_members,
    write_members,
)
from seen import Seen

SALT = b"sixteen bytes or more"
OURS = {"M1": Counted(12, 100_000), "M2": Counted(6, 40_000), "M3": Counted(12, 70_000)}
THEIRS = {"M1": Counted(12, 100_000), "M3": Counted(11, 69_975), "M4": Counted(3, -1_200)}


def test_the_difference_is_split_by_members(tmp_path: Path) -> None:
    """M2 is ours alone: −6 months, −$400.00. M4 theirs alone: +3, −$12.00. M3: −1, −$0.25."""
    write_members(tmp_path / "ours.csv", OURS, SALT)
    write_members(tmp_path / "theirs.csv", THEIRS, SALT)
    ours, theirs = (read_members(tmp_path / f"{it}.csv") for it in ("ours", "theirs"))
    found = split_members(ours, theirs)
    assert found.parts == (
        Part("members only ours", 1, -6, -40_000),
        Part("members only theirs", 1, 3, -1_200),
        Part("both, with other cents or months", 1, -1, -25),
    )
    assert (found.same, found.months, found.cents) == (1, -4, -41_225)
    assert found.to_json()["parts"][0]["cents"] == -40_000


def test_no_id_is_in_the_file_and_the_order_of_members_is_not_told(tmp_path: Path) -> None:
    write_members(tmp_path / "a.csv", OURS, SALT)
    text = (tmp_path / "a.csv").read_text()
    assert not any(it in text for it in OURS)
    keys = [line.split(",")[0] for line in text.splitlines()[1:]]
    assert keys == sorted(member_key(it, SALT) for it in OURS)


def test_a_key_needs_the_salt() -> None:
    """The published HMAC-SHA-256 test: RFC 4231, test case 1."""
    assert member_key("Hi There", b"\x0b" * 20) == (
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    )
    assert member_key("M1", SALT) != member_key("M1", SALT[::-1])
    with pytest.raises(InputError, match="has 4 bytes, expected 16 or more"):
        member_key("M1", b"salt")


def test_everything_that_is_wrong_with_a_file_is_said_without_a_value(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    key = member_key("M1", SALT)
    rows = [f"{key},12,1", f"{key},1,2", "MEMBER-7,12,1", f"{'a' * 64},x,1.5", "a,b"]
    path.write_text("\n".join(["key,months,cents", *rows]))
    with pytest.raises(InputError) as caught:
        read_members(path)
    said = [(it.where.rpartition(":")[2], it.what.split(";")[0]) for it in caught.value.problems]
    assert said == [
        ("3", "the same key stands in line 2"),
        ("4", "key is no SHA-256 of 64 hex digits"),
        ("5", "months is no whole number"),
        ("5", "cents is no whole number"),
        ("6", "found 2 values, expected 3"),
    ]
    assert "MEMBER-7" not in str(caught.value)
    path.write_text("id,months,cents\n")
    with pytest.raises(InputError, match="expected the columns key, months, cents"):
        read_members(path)


SEEN = Seen("only_ours", "only_theirs", "other", "negative")
SIDE = st.dictionaries(
    st.sampled_from("abcd"),
    st.builds(Counted, st.integers(0, 12), st.integers(-90_000, 90_000)),
    max_size=4,
)


@settings(max_examples=800)
@given(SIDE, SIDE)
def test_the_parts_are_the_difference_of_the_sums(
    ours: dict[str, Counted], theirs: dict[str, Counted]
) -> None:
    found = split_members(ours, theirs)
    totals = [sum(it.cents for it in side.values()) for side in (ours, theirs)]
    assert found.cents == totals[1] - totals[0]
    months = [sum(it.months for it in side.values()) for side in (ours, theirs)]
    assert found.months == months[1] - months[0]
    differ = sum(it.members for it in found.parts)
    assert differ + found.same == len(ours.keys() | theirs.keys())
    counts = [it.members > 0 for it in found.parts]
    SEEN.note(only_ours=counts[0], only_theirs=counts[1], other=counts[2], negative=found.cents < 0)


def test_the_property_met_enough_of_each_kind() -> None:
    SEEN.check()
