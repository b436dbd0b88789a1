"""Damaged X12 files: refused, or set aside, or read; never a crash, never a unit lost in silence.

Every set (ST … SE) that the reader saw is landed or set aside, and so is every claim, member,
remitted claim and premium in it.
"""

import shutil
from pathlib import Path

import pytest

from mutate import tally
from openvbc.sources.x12.envelope import Listener, SetResult, read
from test_x12 import PAID
from test_x12_enrolment import file, member
from x12_sample import claim, interchange, land, payment

pytestmark = pytest.mark.usefixtures("one_database")

WHOLE = "".join(
    [
        interchange("837P", claim("C1"), claim("C2"), control=1),
        interchange("835", payment(PAID, paid="100"), control=2),
        file(3, "20250101", member("021", "20250101"), member("021", "20250201", person="M2")),
        interchange(
            "820",
            "BPR*I*10*C*NON************20250101\nTRN*3*T\nENT*1\nNM1*IL*1*A*B****N*M1\n"
            "RMR*IK*X**10\nDTM*582****RD8*20250101-20250131",
            control=4,
        ),
    ]
).encode()
UNITS = ("claim", "remitted_claim", "member", "premium", "transaction")


def counted(path: Path) -> int:
    """Sets and units that a walk through a file meets."""
    units, sets = [0], list[SetResult]()
    listener = Listener(
        lambda _, unit: units.append(unit.table != "payment"),
        sets.append,
        lambda _: None,
        lambda _: None,
    )
    read(path, path.name, listener)
    return sum(units) + len(sets)


def landed_whole(content: bytes, folder: Path) -> bool:
    """Was everything accepted; in any case nothing is lost."""
    shutil.rmtree(folder, ignore_errors=True)
    found = land(folder, content)
    aside = [it for it in found.get("aside", []) if it["table"] in UNITS]
    assert sum(len(found.get(it, ())) for it in UNITS) + len(aside) == counted(folder / "file.x12")
    return not aside


def test_the_undamaged_file_is_read_whole(tmp_path: Path) -> None:
    """Sets: 2 + 1 + 1 + 1. Units: 2 claims, 1 remitted claim, 2 members, 1 premium."""
    assert landed_whole(WHOLE, tmp_path / "work")
    assert counted(tmp_path / "work" / "file.x12") == 11


def test_damaged_files_are_refused_or_set_aside(tmp_path: Path) -> None:
    whole, partly, refused = tally(
        WHOLE, 120, lambda it: landed_whole(it, tmp_path / "work"), seed=5
    )
    assert whole + partly + refused == 120
    assert min(partly, refused) > 15


@pytest.mark.slow
def test_ten_thousand_damaged_files(tmp_path: Path) -> None:
    counts = tally(WHOLE, 10_000, lambda it: landed_whole(it, tmp_path / "work"), seed=6)
    assert sum(counts) == 10_000
