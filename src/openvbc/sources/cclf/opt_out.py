"""The file of sharing choices (1-800-MEDICARE, `NGD1800`): header, records, counting trailer.

Its layout is not in the Information Packet; positions are those of the files that CMS publishes
for its Beneficiary Claims Data API.
"""

import re
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.cclf.land import Lines, land_lines, land_nothing
from openvbc.sources.cclf.layout import OPT_OUT

_HEADER: Final = re.compile(rb"HDR_BENEDATASHR\d{8}\s*")
_TRAILER: Final = re.compile(rb"TRL_BENEDATASHR\d{8}(?P<count>\d{1,10})\s*")
_ENDS: Final = 2
"""Lines that are no record: header and trailer."""


def land_opt_out(path: Path, name: str, out: Path, memory: str) -> None:
    """Write `out/opt_out.parquet`. Raises InputError where the file is not whole."""
    records = _records(path, name)
    if records:
        lines = Lines(path, name, OPT_OUT, skipped=1, taken=records)
        land_lines(lines, out, memory)
    else:
        land_nothing(OPT_OUT, out)


def _records(path: Path, name: str) -> int:
    """How many records stand between header and trailer."""
    first, last, count = _ends(path)
    whole = "the file may be cut off; deliver it again whole"
    if not _HEADER.fullmatch(first):
        what = f"found no header line HDR_BENEDATASHR with a date, expected one; {whole}"
        raise InputError(Problem(f"{name}:1", what))
    trailer = _TRAILER.fullmatch(last)
    if trailer is None:
        what = f"found no trailer line TRL_BENEDATASHR with a count, expected one; {whole}"
        raise InputError(Problem(f"{name}:{count}", what))
    announced, found = int(trailer["count"]), count - _ENDS
    if announced != found:
        what = f"found {found:,} records, expected {announced:,} as the trailer says; {whole}"
        raise InputError(Problem(f"{name}:{count}", what))
    return found


def _ends(path: Path) -> tuple[bytes, bytes, int]:
    """The first line, the last one, and how many there are."""
    first, last, count = b"", b"", 0
    with path.open("rb") as file:
        for count, line in enumerate(file, start=1):  # noqa: B007 (the last number is the count)
            first = first or line
            last = line
    return first, last, count
