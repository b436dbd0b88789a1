"""CMS's own software package of a risk model, as published: a zip or its unpacked folder.

The packages for Python hold CSV files below `data/input/internal/`: ICD-10 mappings with their age
and sex conditions, hierarchies, diagnosis categories, interactions and relative factors. They are
works of the US government. Labels are left out: packs hold codes and numbers only.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem
from openvbc.risk.assemble import OLDEST, Edit, Published, assemble, clean
from openvbc.risk.pack import Pack, problems_of
from openvbc.risk.sas_package import is_sas, published_in_sas
from openvbc.risk.segments import SEGMENTS

Record = Mapping[str, str]

_AT_LEAST: Final = re.compile(r"age >= (\d+)")
_BELOW: Final = re.compile(r"age < (\d+)")
_BETWEEN: Final = re.compile(r"(\d+) <= age <= (\d+)")
_IS: Final = re.compile(r"age = (\d+)")
_SEX: Final[Mapping[str, str]] = {
    "": "",
    "1": "male",
    "1.0": "male",
    "2": "female",
    "2.0": "female",
}


def _all_files(path: Path) -> dict[str, bytes]:
    """The files of a zip or folder by their place in it."""
    if path.is_dir():
        them = (it for it in sorted(path.rglob("*")) if it.is_file())
        return {it.relative_to(path).as_posix(): it.read_bytes() for it in them}
    try:
        with zipfile.ZipFile(path) as file:
            return {it: file.read(it) for it in sorted(file.namelist()) if not it.endswith("/")}
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(Problem(str(path), f"cannot be read as a zip: {error}")) from error


def package_files(path: Path) -> dict[str, bytes]:
    """The tables of a package by name; raises InputError where it holds none.

    Those of the Python packages are below data/input/internal; a SAS package is taken whole.
    """
    files = _all_files(path)
    found = {
        Path(name).name: content
        for name, content in files.items()
        if re.search(r"(^|/)internal/.*\.csv$", name)
    }
    if not found and is_sas(files):
        found = {
            Path(name).name: content
            for name, content in files.items()
            if name.lower().endswith((".txt", ".csv", ".sas"))
        }
    if not found:
        what = (
            "holds no data/input/internal/*.csv and no hierarchy macro of SAS; expected a "
            "software package of CMS"
        )
        raise InputError(Problem(str(path), what))
    return found


def checksum(files: Mapping[str, bytes]) -> str:
    """One checksum over the files, in name order."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return total.hexdigest()


def _records(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig", errors="replace")
    rows = csv.DictReader(io.StringIO(text))
    return [
        {
            (key or "").strip(): (value or "").strip()
            for key, value in row.items()
            if key is not None
        }
        for row in rows
    ]


def _the(files: Mapping[str, bytes], pattern: str) -> list[list[dict[str, str]]]:
    return [records for _, records in _named(files, pattern)]


def _named(files: Mapping[str, bytes], pattern: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    for name in sorted(files):
        if re.search(pattern, name):
            yield name, _records(files[name])


def ages(text: str) -> tuple[int, int]:
    """First and last age of a condition; raises InputError for one that is written otherwise."""
    if not text:
        return 0, OLDEST
    if match := _AT_LEAST.fullmatch(text):
        return int(match[1]), OLDEST
    if match := _BELOW.fullmatch(text):
        return 0, int(match[1]) - 1
    if match := _BETWEEN.fullmatch(text):
        return int(match[1]), int(match[2])
    if match := _IS.fullmatch(text):
        return int(match[1]), int(match[1])
    raise InputError(Problem(text, "is no age condition that is known; expected age >= 15"))


def _hcc(prefix: str, number: str) -> str:
    return f"{prefix}{int(Decimal(number))}"


def _edits(rows: Sequence[Record], prefix: str) -> Iterator[tuple[str, Edit]]:
    for row in rows:
        if not row["CC"]:
            continue
        first, last = ages(row.get("AGE_EDIT_CONDITION", ""))
        mce_first, mce_last = ages(row.get("MCE_AGE_CONDITION", ""))
        sex = _SEX[row.get("SEX_EDIT_CONDITION", "")]
        span = max(first, mce_first), min(last, mce_last)
        if span[0] <= span[1]:
            yield row["ICD10"], Edit(_hcc(prefix, row["CC"]), sex, *span)


def _wide(rows: Sequence[Record]) -> Iterator[tuple[str, list[str]]]:
    """A name and the filled cells after it."""
    for row in rows:
        first, *others = [cell for cell in row.values() if cell]
        yield first, others


def _factors(rows: Sequence[Record], columns: Mapping[str, Any]) -> Iterator[
    tuple[str, str, Decimal]
]:  # fmt: skip
    for row in rows:
        variable = next(iter(row.values()))
        for column in columns:
            if row.get(column):
                yield column, variable, Decimal(row[column])


def _scores(rows: Sequence[Record], columns: Sequence[str]) -> Iterator[tuple[str, str, Decimal]]:
    """Transplant and graft-duration scores: one value, in each segment that adds it."""
    for row in rows:
        variable, value = next(iter(row.values())), row.get("Score", "")
        for column in columns if value else ():
            yield column, variable, Decimal(value)


def _graft_columns(columns: set[str], *, institutional: bool) -> list[str]:
    graft = sorted(it for it in columns if it.startswith(("GRAFT", "G_COMM")))
    return [it for it in graft if (it == "GRAFT_INST") == institutional]


def published(files: Mapping[str, bytes], family: str) -> Published:
    """What a package says, as its files have it."""
    if is_sas(files):
        return published_in_sas(files, family)
    it, prefix = Published(), "RXHCC" if family == "RxHCC" else "HCC"
    _add_codes(files, prefix, it)
    for rows in _the(files, r"HCC_Hierarchies"):
        for high, lows in _wide(rows):
            names = [name if name.startswith(prefix) else prefix + name for name in (high, *lows)]
            it.hierarchies[names[0]] = names[1:]
    for rows in _the(files, r"Diagnosis_Categories"):
        it.groups |= {clean(name): hccs for name, hccs in _wide(rows)}
    for name, rows in _named(files, r"_Interactions"):
        it.interactions |= {clean(name): parts for name, parts in _wide(rows)}
        _add_places(name, rows, it)
    for name, rows in _named(files, r"Relative_Factors"):
        it.factors += _factors(rows, SEGMENTS[family])
        _add_places(name, rows, it)
    _add_scores(files, it)
    return it


def _add_places(name: str, rows: Sequence[Record], it: Published) -> None:
    for line, row in enumerate(rows, 2):
        it.places.setdefault(clean(next(iter(row.values()))), f"{name}:{line}")


def _add_codes(files: Mapping[str, bytes], prefix: str, it: Published) -> None:
    """Codes with their conditions; raises InputError where a row comes twice."""
    problems = []
    for name, rows in _named(files, r"^ICD10_CC"):
        seen: set[tuple[str, ...]] = set()
        for line, row in enumerate(rows, 2):
            for code, edit in _edits([row], prefix):
                it.codes[code].append(edit)
                it.places.setdefault(edit.hcc, f"{name}:{line}")
            if tuple(row.values()) in seen:
                what = f"{row['ICD10']} with category {row['CC']} again: a doubled mapping row"
                problems.append(Problem(f"{name}:{line}", what))
            seen.add(tuple(row.values()))
    if problems:
        raise InputError(problems)


def _add_scores(files: Mapping[str, bytes], it: Published) -> None:
    columns = {column for column, _, _ in it.factors}
    own_institutional = _the(files, r"Institutional_Graft_Scores")
    for rows in _the(files, r"[^_]_?Graft_Duration_Scores"):
        it.factors += _scores(rows, _graft_columns(columns, institutional=False))
        if not own_institutional:
            it.factors += _scores(rows, _graft_columns(columns, institutional=True))
    for rows in own_institutional:
        it.factors += _scores(rows, _graft_columns(columns, institutional=True))
    for rows in _the(files, r"Transplant_Scores"):
        it.factors += _scores(rows, ["TRANSPLANT"])


def read_cms_package(path: Path, head: Mapping[str, Any]) -> Pack:
    """The pack of a CMS software package.

    head: what the files do not say (model, family, version, years, normalization, citation).
    Raises InputError for a package without tables, or names that resolve to nothing.
    """
    files = package_files(path)
    it = published(files, str(head["family"]))
    return _assembled(files, it, head)


def _assembled(files: Mapping[str, bytes], it: Published, head: Mapping[str, Any]) -> Pack:
    whole = {"source_sha256": checksum(files), "contains_cpt": False, **head}
    try:
        return assemble(whole, it)
    except InputError as error:
        raise InputError([_placed(problem, it) for problem in error.problems]) from error


def checked_package(path: Path, head: Mapping[str, Any]) -> Pack:
    """The pack of a CMS package that a score can rest on.

    Raises InputError for whatever does not resolve, with the file and line that names it.
    """
    files = package_files(path)
    it = published(files, str(head["family"]))
    pack = _assembled(files, it, head)
    if problems := problems_of(pack):
        raise InputError([_placed(problem, it) for problem in problems])
    return pack


def _placed(problem: Problem, it: Published) -> Problem:
    """A problem at the file and line where the first name it speaks of was read."""
    names = re.findall(r"\w+", f"{problem.where} {problem.what}")
    place = next((it.places[name] for name in names if name in it.places), None)
    return problem if place is None else Problem(place, f"{problem.where}: {problem.what}")
