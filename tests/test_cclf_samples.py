"""CMS's own sample files (Beneficiary Claims Data API): good ones load, broken ones are refused.

Each file or archive is one delivery. The folders' names say what CMS's service makes of them; the
table says what is made of them here, and why where the two differ.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from openvbc.errors import InputError
from openvbc.sources.archive import delivered
from openvbc.sources.cclf.format import FORMAT

SHARED = Path(os.environ.get("OPENVBC_SHARED", Path(__file__).parents[2] / "shared"))
SAMPLES = SHARED / "data" / "bcda_cclf" / "shared_files"

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="no sample files in ../shared")

REASONS = {
    "a name that is not well written": "name",
    "the name of an archive and no whole archive": "broken archive",
    "announces CCLF1 records of 2 characters": "summary with wrong lengths",
    "a second time": "summary names a file twice",
    "says nothing of": "summary leaves files out",
    "none of its files is in the archive": "summary alone in a whole archive",
    "found a test file": "test file in a production archive",
    "a CCLF8 record of 515 characters": "wrong record length",
    "found 0 records, expected 6": "other count than announced",
    "found no header line": "opt-out file without a header",
    "found no trailer line": "opt-out file without a trailer",
}

EXPECTED = {
    # folder: verdict → files
    "cclf/archives/0/invalid": {"name": 2},
    "cclf/archives/0/missing_data": {
        "summary leaves files out": 2,
        "summary names a file twice": 2,
        "name": 1,  # a folder with an eighth digit in the time
        "not a feed's file": 1,
    },
    "cclf/archives/8/invalid": {"not a feed's file": 1},  # an archive without a member
    "cclf/archives/8/valid": {"loads": 5},
    "cclf/archives/corrupted": {"broken archive": 1},
    "cclf/archives/csv": {"not a feed's file": 5},  # lists of MBIs of other models
    "cclf/archives/invalid_bcd": {
        "test file in a production archive": 2,
        "wrong record length": 1,
        "summary alone in a whole archive": 1,
    },
    "cclf/archives/skip": {"loads": 1},  # the bytes of one in archives/valid
    "cclf/archives/valid": {"loads": 4},
    "cclf/files/9/valid_names": {"loads": 4},
    # templates that CMS's own tool makes files from, without the feed's names
    "cclf/files/synthetic": {"name": 63},
    "cclf/mixed/0/valid_names": {
        "loads": 2,
        "summary with wrong lengths": 1,
        "summary alone in a whole archive": 3,
    },
    "cclf/mixed/with_folders": {"loads": 12, "other count than announced": 1},
    "cclf/mixed/with_invalid_filenames": {
        "name": 3,
        "loads": 2,
        "opt-out file without a header": 1,
    },
    "synthetic1800MedicareFiles/test": {"loads": 1, "opt-out file without a trailer": 1},
    "synthetic1800MedicareFiles/test2": {"loads": 1, "opt-out file without a trailer": 1},
}


def verdict(path: Path, folder: Path) -> str:
    try:
        files = delivered(path, folder / "opened")
    except InputError:
        return "broken archive"
    known = [it for it in files if FORMAT.knows(it.name, it.head)]
    said = [str(problem) for problem in FORMAT.check(files)]
    for at, it in enumerate(known):
        out = folder / str(at)
        out.mkdir()
        try:
            FORMAT.land(it.path, it.name, out, "200MB")
        except InputError as error:
            said.append(str(error))
    if said:
        return next(short for text, short in REASONS.items() if any(text in it for it in said))
    return "loads" if known else "not a feed's file"


def test_every_sample_loads_or_is_refused_for_its_reason(tmp_path: Path) -> None:
    found: dict[str, Counter[str]] = {}
    paths = [*SAMPLES.glob("cclf/**/*"), *SAMPLES.glob("synthetic1800MedicareFiles/**/*")]
    for at, path in enumerate(sorted(it for it in paths if it.is_file())):
        place = path.parent.relative_to(SAMPLES).as_posix()
        folder = next(it for it in EXPECTED if place == it or place.startswith(f"{it}/"))
        (tmp_path / str(at)).mkdir()
        found.setdefault(folder, Counter())[verdict(path, tmp_path / str(at))] += 1
    assert {folder: dict(counts) for folder, counts in found.items()} == EXPECTED
