"""CCLF0, the summary: how many records of what length each of a delivery's files holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.cclf.layout import files, record_lengths

_TITLES: Final = ("file number", "file description", "total records count", "record length")
_COLUMNS: Final = 4
_LATER: Final = ("cclfa", "cclfb")
"""Files that not every program's feed has."""


@dataclass(frozen=True)
class Announced:
    """What the summary says of one file; line is where it says so."""

    file: str
    records: int
    record_length: int
    line: int


def read_summary(path: Path, name: str) -> Mapping[str, Announced]:
    """File → what is announced. Raises InputError with everything that is wrong in it."""
    problems: list[Problem] = []
    found: dict[str, Announced] = {}
    for number, line in _lines(path):
        try:
            it = _announced(line, number, name)
        except InputError as error:
            problems.extend(error.problems)
            continue
        if it.file in found:
            what = f"names {it.file.upper()} a second time, expected each file once"
            problems.append(Problem(f"{name}:{number}", f"{what}; ask for it again"))
        found[it.file] = it
    problems.extend(_missing(found, name))
    if problems:
        raise InputError(problems)
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="latin-1")
    for number, line in enumerate(text.splitlines(), start=1):
        titles = tuple(it.strip().lower() for it in line.split("|"))
        if line.strip() and not (number == 1 and titles == _TITLES):
            yield number, line


def _announced(line: str, number: int, name: str) -> Announced:
    cells = [it.strip() for it in line.split("|")]
    where = f"{name}:{number}"
    if len(cells) != _COLUMNS or cells[0].lower() not in files():
        what = "found a line that is not `CCLFn |description |records |record length`"
        raise InputError(Problem(where, f"{what}; ask for the summary again"))
    file, _, records, length = cells
    if not (records.isdecimal() and length.isdecimal()):
        what = f"found a count or length of {file} that is no whole number; ask for it again"
        raise InputError(Problem(where, what))
    it = Announced(file.lower(), int(records), int(length), number)
    if it.record_length not in record_lengths(it.file):
        known = " or ".join(str(length) for length in record_lengths(it.file))
        what = f"announces {file} records of {it.record_length} characters, expected {known}"
        raise InputError(Problem(where, f"{what}; ask for the summary again"))
    return it


def _missing(found: Mapping[str, Announced], name: str) -> Iterator[Problem]:
    absent = [it.upper() for it in files() if it not in found and it not in _LATER]
    if absent:
        what = f"says nothing of {', '.join(absent)}, expected a line for each file"
        yield Problem(name, f"{what}; ask for the summary again")
