"""Public sample files are read, set aside or refused, each for the reason that it has.

They are faulty on purpose or by accident: made-up dates of birth, professional lines in
institutional sets, wrong counts. Where a file is whole, all of it is landed.
"""

import os
from pathlib import Path

import pytest

from x12_sample import land

SHARED = Path(os.environ.get("OPENVBC_SHARED", Path(__file__).parents[2] / "shared"))
SAMPLES = SHARED / "data" / "x12_837_834_820"
NO_SAMPLES = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no shared sample data here")

PROFESSIONAL_LINES = "found SV1 out of place"
BIRTH_DATE = "DMG02 is no date"

# file: units landed, units set aside, reason, segment of the first fault
EXPECTED = {
    "sample_820_01": (13, 0, "", 0),
    "sample_820_02": (23, 0, "", 0),
    "sample_820_03": (176, 0, "", 0),
    "sample_820_04": (12, 0, "", 0),
    "sample_820_05": (94, 0, "", 0),
    # 67 segments stand between ST and SE inclusive, SE01 says 68
    "sample_834_01": (0, 5, "SE01 holds another count", 69),
    "sample_834_02": (0, 1, BIRTH_DATE, 20),
    "sample_834_03": (0, 1, BIRTH_DATE, 23),
    "sample_834_04": (0, 1, BIRTH_DATE, 23),
    "sample_834_05": (0, 1, BIRTH_DATE, 23),
    "sample_834_06": (0, 2, BIRTH_DATE, 21),
    "sample_837_0": (5, 0, "", 0),
    "sample_837_1": (0, 1, PROFESSIONAL_LINES, 32),
    "sample_837_2": (0, 1, PROFESSIONAL_LINES, 28),
    "sample_837_3": (0, 1, PROFESSIONAL_LINES, 31),
    "sample_837_4": (0, 1, PROFESSIONAL_LINES, 33),
    "sample_837_5": (0, 1, PROFESSIONAL_LINES, 31),
    "sample_837_6": (0, 1, PROFESSIONAL_LINES, 31),
    "sample_837_7": (0, 1, PROFESSIONAL_LINES, 30),
    "sample_837_8": (0, 1, PROFESSIONAL_LINES, 28),
    "sample_837_9": (0, 1, PROFESSIONAL_LINES, 33),
    "sample_837_10": (0, 1, PROFESSIONAL_LINES, 29),
    # 25 segments, SE01 says 24
    "sample_837_11": (0, 1, "SE01 holds another count", 27),
    # three sets, GE01 says one: the whole group is set aside
    "sample_837_12": (0, 3, "GE01 holds another count", 112),
}


@NO_SAMPLES
def test_every_sample_is_in_the_table() -> None:
    assert {path.stem for path in SAMPLES.glob("*.txt")} == set(EXPECTED)


@NO_SAMPLES
@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_landed_or_set_aside_with_its_segment(name: str, tmp_path: Path) -> None:
    landed, aside, reason, segment = EXPECTED[name]
    found = land(tmp_path, (SAMPLES / f"{name}.txt").read_bytes())
    units = [it for it in found.get("aside", []) if it["table"] != "transaction"]
    assert sum(len(found.get(it, ())) for it in ("claim", "member", "premium")) == landed
    assert len(units) == aside
    if reason:
        assert units[0]["reason"].startswith(f"{reason} (segment {segment},")


@NO_SAMPLES
def test_what_a_premium_file_pays_is_its_payment(tmp_path: Path) -> None:
    """BPR02 of the first 820 sample is 102,139.46, the sum of its 13 remittances."""
    found = land(tmp_path, (SAMPLES / "sample_820_01.txt").read_bytes())
    assert sum(it["paid_cents"] for it in found["premium"]) == 10213946
