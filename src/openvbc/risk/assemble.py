"""A pack put together from what CMS publishes: names trimmed, groups written out, edits merged."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from openvbc.errors import InputError, Problem
from openvbc.risk.demographics import FLAGS, condition, conditions_of
from openvbc.risk.pack import Pack
from openvbc.risk.segments import SEGMENTS
from openvbc.summed import Row

E9: Final = 10**9
OLDEST: Final = 999

ALIASES: Final[Mapping[str, str]] = {
    "DISABL": "DISABLED",
    "NonAged": "NONAGED",
    "HCC85_gDiabetesMellit": "HCC85_gDiabetesMellitus",
}
"""CMS's own spellings of one name in different files."""

REQUIREMENTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "CMS-HCC V28": {"HCC223": ("HCC221", "HCC222", "HCC224", "HCC225", "HCC226")},
}
"""HCCs that count only beside one of others (V28 software: the heart patch)."""

NOT_SCORED: Final[Mapping[str, frozenset[str]]] = {
    "CMS-HCC ESRD V21": frozenset({"HCC134"}),
    "CMS-HCC ESRD V24": frozenset({"HCC134", "HCC135", "HCC136", "HCC137"}),
}
"""HCCs that the ESRD software sets to zero before the hierarchy: the model itself is for them."""

ACTUARIAL: Final[Mapping[str, Mapping[str, Mapping[str, Decimal]]]] = {
    "CMS-HCC ESRD V24": {
        "GRAFT_NE": {"GRAFT_NE_4_9": Decimal("0.905"), "GRAFT_NE_10": Decimal("0.698")}
    },
}
"""Scores that are divided by an actuarial adjustment: column → the segments in its place, each with
its divisor. Of new enrollees with a functioning graft by months since the transplant; months of
partial dual status add nothing there (ESRD V24 software, as risk-adjustment-model restates it)."""
NO_GRAFT_FLAG: Final = "_flag"


@dataclass(frozen=True)
class Edit:
    """One HCC of one code, and of whom: empty sex for both, ages inclusive."""

    hcc: str
    sex: str = ""
    age_from: int = 0
    age_to: int = OLDEST


@dataclass
class Published:
    """What was read of one model, as its files have it.

    factors: (segment column, variable, value); groups: name → HCCs; interactions: name → its parts;
    places: name → the file and line where it was read first.
    """

    codes: dict[str, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    hierarchies: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    interactions: dict[str, list[str]] = field(default_factory=dict)
    factors: list[tuple[str, str, Decimal]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)


def clean(name: str) -> str:
    """A name as the packs write it: no spaces around, one spelling."""
    bare = name.strip()
    return ALIASES.get(bare, bare)


def merged(edits: Iterable[Edit]) -> Iterator[Edit]:
    """The same HCC for ages that meet or overlap becomes one edit."""
    by: dict[tuple[str, str], list[Edit]] = defaultdict(list)
    for edit in edits:
        by[edit.hcc, edit.sex].append(edit)
    for (hcc, sex), same in sorted(by.items()):
        spans: list[list[int]] = []
        for edit in sorted(same, key=lambda it: it.age_from):
            if spans and edit.age_from <= spans[-1][1] + 1:
                spans[-1][1] = max(spans[-1][1], edit.age_to)
            else:
                spans.append([edit.age_from, edit.age_to])
        yield from (Edit(hcc, sex, first, last) for first, last in spans)


def _code_rows(it: Published, dropped: frozenset[str]) -> Iterator[Row]:
    for code, edits in sorted(it.codes.items()):
        for edit in merged(edits):
            if edit.hcc not in dropped:
                first = str(edit.age_from) if edit.age_from else ""
                last = str(edit.age_to) if edit.age_to < OLDEST else ""
                yield (code, edit.hcc, edit.sex, first, last)


class _Names:
    """Finds what a part of an interaction stands for, whatever its capitals."""

    def __init__(self, it: Published, hccs: set[str]) -> None:
        self._it = it
        self._group = {clean(name).upper(): name for name in it.groups}
        self._crossed = {clean(name).upper(): name for name in it.interactions}
        self._term = {name.upper(): name for name in hccs | {row[1] for row in FLAGS}}

    def known(self, clause: list[str]) -> list[str]:
        """The terms that a person can have; an HCC without a code is nobody's."""
        return [term for term in clause if term.upper() in self._term]

    def clauses(self, part: str) -> list[list[str]]:
        """Of each clause one term must hold; raises InputError for an unknown name."""
        key = clean(part).upper()
        if key in self._term:
            return [[self._term[key]]]
        if key in self._group:
            return [[clean(hcc) for hcc in self._it.groups[self._group[key]]]]
        if key in self._crossed:
            parts = self._it.interactions[self._crossed[key]]
            return [clause for part in parts for clause in self.clauses(part)]
        raise InputError(Problem(part, "is part of an interaction and resolves to nothing"))


def _interaction_rows(it: Published, priced: set[str], hccs: set[str]) -> Iterator[Row]:
    names = _Names(it, hccs)
    problems: list[Problem] = []
    for variable in sorted(it.interactions, key=clean):
        if clean(variable) not in priced:
            continue
        try:
            clauses = [c for part in it.interactions[variable] for c in names.clauses(part)]
        except InputError as error:
            what = clean(variable)
            problems += [Problem(it.where, f"{it.what}: {what}") for it in error.problems]
            continue
        for place, clause in enumerate(clauses, 1):
            terms = names.known(clause)
            if not terms:
                problems.append(Problem(variable, f"asks for {clause}, of which no code is known"))
            for term in terms:
                yield (clean(variable), str(len(clauses)), str(place), term)
    if problems:
        raise InputError(problems)


NEW_ON_DIALYSIS: Final = "DIAL_NE"
_SINGLE_YEAR: Final = re.compile(r"(_G)?_(?:NE|X_)F65$")
_COUNT: Final = re.compile(r"D(\d+)(P?)")
_YOUNG_HCC: Final = re.compile(r"(NonAged)_((?:RX)?HCC\d+)", re.IGNORECASE)


def _condition_rows(family: str, it: Published, priced: set[str]) -> Iterator[Row]:
    columns = {column for column, _, _ in it.factors}
    for column, (segment, cells) in SEGMENTS[family].items():
        if column in columns:
            yield condition("segment", segment, **cells)
    yield from FLAGS
    single = {bool(match[1]) for name in priced if (match := _SINGLE_YEAR.search(name))}
    of_dialysis = {
        clean(variable) for column, variable, _ in it.factors if column == NEW_ON_DIALYSIS
    }
    for variable in sorted(priced):
        yield from conditions_of(
            variable, single_years=("_G_" in variable) in single, dialysis=variable in of_dialysis
        )


def _factor_rows(family: str, it: Published) -> Iterator[Row]:
    for column, variable, value in it.factors:
        found = SEGMENTS[family].get(column)
        if found is None:
            raise InputError(Problem(column, f"is no segment of {family}"))
        yield (found[0], clean(variable), str(int(value * E9)))


def _adjusted(
    it: Published, divisors: Mapping[str, Mapping[str, Decimal]]
) -> Iterator[tuple[str, str, Decimal]]:
    """The factors, those of a column with an actuarial adjustment divided by it."""
    for column, variable, value in it.factors:
        if column not in divisors:
            yield column, variable, value
            continue
        for segment, divisor in divisors[column].items():
            if not variable.endswith(NO_GRAFT_FLAG):
                yield segment, variable, (value / divisor).quantize(Decimal(1) / E9)


def assemble(head: Mapping[str, Any], it: Published) -> Pack:
    """The pack of what was published; raises InputError for what does not resolve."""
    family, model = str(head["family"]), f"{head['family']} {head['version']}"
    it = replace(it, factors=list(_adjusted(it, ACTUARIAL.get(model, {}))))
    priced = {clean(variable) for _, variable, value in it.factors if value is not None}
    zeroed = NOT_SCORED.get(model, frozenset())
    codes = list(_code_rows(it, zeroed))
    hccs = {row[1] for row in codes}
    for name in priced:
        if match := _YOUNG_HCC.fullmatch(name):
            it.interactions.setdefault(name, [match[1], match[2]])
    counts = [(name, m[1], "" if m[2] else m[1]) for name in sorted(priced)
              if (m := _COUNT.fullmatch(name))]  # fmt: skip
    needs = REQUIREMENTS.get(model, {})
    tables: dict[str, Sequence[Row]] = {
        "code": codes,
        "drug": [],
        "group": [],
        "hierarchy": [
            (clean(hcc), clean(low)) for hcc, lows in sorted(it.hierarchies.items()) for low in lows
            if {clean(hcc), clean(low)} <= hccs
        ],
        "requirement": [(hcc, need) for hcc, all_ in needs.items() for need in all_],
        "interaction": list(_interaction_rows(it, priced, hccs)),
        "count": counts,
        "condition": list(_condition_rows(family, it, priced)),
        "factor": sorted({row for row in _factor_rows(family, it) if row[1] not in zeroed}),
    }  # fmt: skip
    return Pack(head, tables)
