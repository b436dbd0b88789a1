"""CMS's SAS software of a risk model, as published: a zip or its unpacked folder.

Until 2025 (and for RxHCC V05) CMS published macros and text files: a format file with two columns
(`F2422P1M.TXT`: code, category), a hierarchy macro (`%SET0(CC=8, HIER=%STR(9, 10))`), an edit macro
(`IF &SEX="2" AND &ICD10 IN ("D66") THEN CC="48"`), the scoring macro with its groups and
interactions (`CANCER = MAX(HCC8, HCC9)`, `HCC85_HCC96 = HCC85*HCC96`) and, as a table of its own,
relative factors by variable (`CNA_HCC85`). Files are known by what is in them, not by their names.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.risk.assemble import OLDEST, Edit, Published, clean

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "CMS-HCC": {
        "CNA": "COMMUNITY_NA", "CPA": "COMMUNITY_PBA", "CFA": "COMMUNITY_FBA",
        "CND": "COMMUNITY_ND", "CPD": "COMMUNITY_PBD", "CFD": "COMMUNITY_FBD",
        "INS": "INSTITUTIONAL", "NE": "NE", "SNPNE": "NE_SNP",
    },
    "RxHCC": {
        "Rx_CE_NoLowAged": "CE_NonLow_Aged", "Rx_CE_NoLowNoAged": "CE_NonLow_NonAged",
        "Rx_CE_LowAged": "CE_Low_Aged", "Rx_CE_LowNoAged": "CE_Low_NonAged",
        "Rx_CE_LTI": "CE_LTI", "Rx_NE_NoLo": "NE_NonLow_Community",
        "Rx_NE_Lo": "NE_Low_Community", "Rx_NE_LTI": "NE_LTI",
    },
}  # fmt: skip
"""Family → prefix of a variable in the software → column of the published tables."""

WIDE: Final = 2
"""Lines of a table of factors that has its variables beside one another."""
_RX_NAMES: Final = (("_NOD_x_", "_NORIGDIS_X_"), ("_OD_x_", "_ORIGDIS_X_"))
_MAPPED: Final = re.compile(r"([A-Z][0-9A-Z]{2,6})\s+(\d+)(?:\.0)?(?:\s+\w)?")
_HIERARCHY: Final = re.compile(r"%SET0\(CC=\s*(\d+)\s*,\s*HIER=%STR\(([^)]*)\)\)")
_GROUP: Final = re.compile(r"^\s*(\w+)\s*=\s*MAX\(([^)]*)\)", re.MULTILINE)
_PRODUCT: Final = re.compile(r"^\s*(\w+)\s*=\s*(\w+(?:\s*\*\s*\w+)+)\s*;", re.MULTILINE)
_ALIAS: Final = re.compile(r"^\s*(\w+)\s*=\s*(HCC\d+)\s*;", re.MULTILINE)
_EDIT: Final = re.compile(
    r"IF\s+\(?(?P<when>[^;]*?)\)?\s+AND\s+&ICD10\s*(?:IN\s*\((?P<many>[^)]*)\)|=\s*(?P<one>\"\w+\"))"
    r"\s*THEN\s+CC=\"(?P<cc>-?[\d.]+)\"",
    re.IGNORECASE,
)
_TEST: Final = re.compile(r"&(SEX|AGE)\s*(<=|>=|<|>|=)\s*\"?(\d+)\"?", re.IGNORECASE)
_LONE: Final = re.compile(r"(?<!\w)\((\w+)\)")
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)


def is_sas(files: Mapping[str, bytes]) -> bool:
    """Whether a package is of the SAS layout: a macro that imposes hierarchies is in it."""
    return any(b"%SET0(" in content for content in files.values())


def _prefix(family: str) -> str:
    return "RXHCC" if family == "RxHCC" else "HCC"


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _split(name: str, family: str) -> tuple[str, str] | None:
    """The column and the variable of CNA_HCC85 or Rx_CE_LowAged_RXHCC5."""
    columns = COLUMNS[family]
    for prefix in sorted(columns, key=len, reverse=True):
        if name.startswith(f"{prefix}_"):
            variable = name.removeprefix(f"{prefix}_")
            for old, new in _RX_NAMES:
                variable = variable.replace(old, new)
            return columns[prefix], variable
    return None


def _factor_cells(text: str) -> Iterator[tuple[str, str, int]]:
    """Variable, value and line: names over values, or one variable in each line."""
    rows = list(csv.reader(text.splitlines()))
    if len(rows) == WIDE and len(rows[0]) > WIDE:
        yield from ((name, value, WIDE) for name, value in zip(*rows, strict=False))
        return
    for number, row in enumerate(rows, 1):
        if len(row) > 1 and row[1].strip()[:1] in {*"-.0123456789"}:
            yield row[0], row[1], number


def _read_factors(name: str, text: str, family: str, it: Published) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for variable, value, line in _factor_cells(text):
        found = _split(variable.strip(), family)
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            found, number = None, Decimal(0)
        if found is None:
            what = f"{variable.strip()!r} = {value.strip()!r} is no factor of {family}"
            yield Problem(f"{name}:{line}", what)
        elif found in seen:
            yield Problem(f"{name}:{line}", f"the factor of {variable.strip()!r} comes twice")
        else:
            seen.add(found)
            it.places.setdefault(clean(found[1]), f"{name}:{line}")
            it.factors.append((*found, number))


def _is_mapping(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return bool(lines) and all(_MAPPED.fullmatch(line) for line in lines[:5])


def _read_mapping(name: str, text: str, family: str, it: Published) -> Iterator[Problem]:
    counted: Counter[tuple[str, str]] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = _MAPPED.fullmatch(line.strip())
        if match is None:
            yield Problem(f"{name}:{number}", "is no code with its category")
            continue
        code, hcc = match[1], f"{_prefix(family)}{match[2]}"
        counted[code, hcc] += 1
        if counted[code, hcc] > 1:
            yield Problem(f"{name}:{number}", f"{code} has {hcc} already: a doubled mapping row")
            continue
        it.places.setdefault(hcc, f"{name}:{number}")
        it.codes[code].append(Edit(hcc))


def _read_hierarchies(name: str, text: str, family: str, it: Published) -> None:
    for match in _HIERARCHY.finditer(text):
        hcc = f"{_prefix(family)}{match[1]}"
        it.places.setdefault(hcc, f"{name}:{_line(text, match.start())}")
        it.hierarchies[hcc] = [f"{_prefix(family)}{low}" for low in re.findall(r"\d+", match[2])]


def _read_interactions(name: str, text: str, it: Published) -> None:
    bare = _LONE.sub(r"\1", _COMMENT.sub("", text))
    for match in _GROUP.finditer(bare):
        it.groups[match[1]] = [part.strip() for part in match[2].split(",")]
    for match in _ALIAS.finditer(bare):
        it.groups.setdefault(match[1], [match[2]])
    for match in _PRODUCT.finditer(bare):
        it.places[match[1]] = f"{name}:{_line(bare, match.start(1))}"
        it.interactions[match[1]] = [part.strip() for part in match[2].split("*")]


def _spans(when: str) -> tuple[str, list[tuple[int, int]]]:
    """The sex and the ages of a condition: &SEX="2", &AGE < 18, &AGE < 6 OR &AGE > 18."""
    sex, spans = "", []
    for what, operator, text in _TEST.findall(when):
        number = int(text)
        if what.upper() == "SEX":
            sex = {1: "male", 2: "female"}[number]
            continue
        bounds = {"<": (0, number - 1), "<=": (0, number), ">": (number + 1, OLDEST),
                  ">=": (number, OLDEST), "=": (number, number)}  # fmt: skip
        spans.append(bounds[operator])
    return sex, spans or [(0, OLDEST)]


def _without(edit: Edit, sex: str, spans: list[tuple[int, int]]) -> Iterator[Edit]:
    """What of an edit stays beside another for the sex and ages."""
    if sex:
        other = "male" if sex == "female" else "female"
        yield Edit(edit.hcc, other, edit.age_from, edit.age_to)
        return
    first = edit.age_from
    for low, high in sorted(spans):
        if first < low:
            yield Edit(edit.hcc, edit.sex, first, low - 1)
        first = high + 1
    if first <= edit.age_to:
        yield Edit(edit.hcc, edit.sex, first, edit.age_to)


def _read_edits(text: str, family: str, it: Published) -> None:
    for match in _EDIT.finditer(_COMMENT.sub("", text)):
        sex, spans = _spans(match["when"])
        for code in re.findall(r"\w+", match["many"] or match["one"]):
            usual = it.codes.get(code, [])
            kept = [edit for whole in usual for edit in _without(whole, sex, spans)]
            if not match["cc"].startswith("-") and usual:
                hcc = f"{_prefix(family)}{int(Decimal(match['cc']))}"
                kept += [Edit(hcc, sex, low, high) for low, high in spans]
            if usual:
                it.codes[code] = kept


def _read(name: str, text: str, family: str, it: Published) -> Iterator[Problem]:
    """Read a file for what it is."""
    if name.lower().endswith(".csv"):
        yield from _read_factors(name, text, family, it)
    elif "%SET0(" in text:
        _read_hierarchies(name, text, family, it)
    elif _is_mapping(text):
        yield from _read_mapping(name, text, family, it)
    elif "MAX(" in text:
        _read_interactions(name, text, it)


def published_in_sas(files: Mapping[str, bytes], family: str) -> Published:
    """What a SAS package says; raises InputError naming file and line for what cannot be read."""
    if family not in COLUMNS:
        what = f"is of SAS; that layout is read for {', '.join(COLUMNS)}, not for {family}"
        raise InputError(Problem(next(iter(files)), what))
    it = Published()
    texts = {name: content.decode("utf-8-sig", "replace") for name, content in files.items()}
    problems = [
        problem for name, text in texts.items() for problem in _read(name, text, family, it)
    ]
    for text in texts.values():
        if "THEN CC=" in text:
            _read_edits(text, family, it)
    for what, found in (("mapping of codes", it.codes), ("relative factors", it.factors)):
        if not found:
            problems.append(Problem(", ".join(files), f"hold no {what}"))
    if problems:
        raise InputError(problems)
    return it
