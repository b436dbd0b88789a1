"""What is said back: a 999 for every set, a 277CA for every claim of a set that stands.

The published guides, through an independent library where it is installed, find nothing wrong in
either answer, nor in anything that is rendered.
"""

import sys
from datetime import date
from pathlib import Path

import pytest

from openvbc.errors import InputError
from openvbc.sources.x12 import strict
from openvbc.sources.x12.acknowledge import Acknowledged, acknowledge
from x12_sample import claim, interchange

RECEIVED = date(2025, 3, 2)


def answer(folder: Path, content: str) -> tuple[Acknowledged, str, str]:
    """What was answered, the 999 and the 277CA, empty where there is none."""
    path = folder / "in.x12"
    path.write_text(content)
    done = acknowledge(path, folder / "out", received_on=RECEIVED)
    texts = [it.read_text() for it in done.files]
    return done, texts[0], texts[1] if len(texts) > 1 else ""


def test_a_good_set_and_its_claims_are_accepted(tmp_path: Path) -> None:
    done, functional, claims = answer(tmp_path, interchange("837P", claim()))
    assert (done.sets_accepted, done.sets_rejected) == (1, 0)
    assert (done.claims_accepted, done.claims_rejected) == (1, 0)
    assert "AK2*837*0001*005010X222A1~\nIK5*A~\nAK9*A*1*1*1~" in functional
    assert "TRN*2*C1~\nSTC*A2:20:PR*20250302*WQ*150~" in claims


def test_a_faulty_set_is_rejected_with_code_and_position(tmp_path: Path) -> None:
    """SE01 is wrong in the first set (IK5 code 4); the second has a service line out of place."""
    second = claim("C2").replace("SV1*HC:80053", "SV2*0300*HC:80053")
    text = interchange("837P", claim(), second).replace("SE*22*0001", "SE*9*0001")
    done, functional, claims = answer(tmp_path, text)
    assert (done.sets_accepted, done.sets_rejected, done.claims_accepted) == (0, 2, 0)
    assert "AK2*837*0001*005010X222A1~\nIK5*R*4~" in functional
    # ST is 1, so the line's SV2 is segment 20 of its set
    assert "IK3*SV2*20**2~\nIK5*R*5~\nAK9*R*2*2*0~" in functional
    assert claims == ""


def test_a_faulty_claim_is_rejected_beside_a_good_one(tmp_path: Path) -> None:
    bad = claim("C2", charge="151")
    done, functional, claims = answer(tmp_path, interchange("837P", claim(), bad))
    assert (done.sets_accepted, done.claims_accepted, done.claims_rejected) == (2, 1, 1)
    assert "IK5*R" not in functional
    assert "TRN*2*C2~\nSTC*A7:21:PR*20250302*U*151********charges of the lines" in claims


def test_a_faulty_group_is_rejected_whole(tmp_path: Path) -> None:
    text = interchange("837P", claim()).replace("GE*1*1", "GE*5*1")
    done, functional, _ = answer(tmp_path, text)
    assert (done.sets_accepted, done.sets_rejected) == (0, 1)
    assert "AK9*R*5*1*0*5~" in functional


def test_a_file_that_is_no_interchange_is_not_answered(tmp_path: Path) -> None:
    (tmp_path / "in.x12").write_text("hello")
    with pytest.raises(InputError):
        acknowledge(tmp_path / "in.x12", tmp_path / "out", received_on=RECEIVED)
    assert not (tmp_path / "out").exists()


class TestGuides:
    """The second opinion."""

    @pytest.fixture(autouse=True)
    def _library(self) -> None:
        pytest.importorskip("pyx12", reason="pyx12 is not installed")

    def test_the_guides_find_nothing_wrong_in_the_answers(self, tmp_path: Path) -> None:
        text = interchange("837P", claim(), claim("C2", charge="151"))
        done, _, _ = answer(tmp_path, text)
        assert [strict.examine(it, it.name) for it in done.files] == [(), ()]

    def test_the_guides_name_segment_and_element_and_no_value(self, tmp_path: Path) -> None:
        path = tmp_path / "in.x12"
        path.write_text(interchange("837P", claim().replace("19800102", "SECRETDOB")))
        found = [str(it) for it in strict.examine(path, "in.x12")]
        assert "in.x12:13: DMG02 has element error 8, expected Subscriber Birth Date" in found
        assert not any("SECRET" in it for it in found)


def test_without_the_library_a_strict_check_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyx12.x12n_document", None)
    with pytest.raises(InputError, match=r"pip install 'openvbc\[x12\]'"):
        strict.examine(tmp_path / "in.x12", "in.x12")
