"""The HHS-HCC models as packs: adults, children and infants by metal level of the plan.

HHS runs them for individual and small-group plans (45 CFR 153.320). They are concurrent: diagnoses
and drugs of a year explain its own cost. Everything they do differently is a row here: a segment
for each age group and metal level, groups that stand for several HCCs, counts that matter beside
severe illness, enrolled days, drug categories, and infants, whose maturity and severity make one
cell of a table.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from openvbc.risk.assemble import E9, OLDEST, Edit, merged
from openvbc.risk.demographics import condition
from openvbc.risk.pack import Pack
from openvbc.summed import Row

ADULT: Final = "Adult"
CHILD: Final = "Child"
INFANT: Final = "Infant"
AGES: Final[Mapping[str, tuple[int, int]]] = {ADULT: (21, OLDEST), CHILD: (2, 20), INFANT: (0, 1)}
METALS: Final = ("Platinum", "Gold", "Silver", "Bronze", "Catastrophic")

OF_INFANTS: Final = "INFANT"
"""A demographic variable without a price, so that a girl without diagnoses is scored too."""
LAST_DAYS: Final = (31, 62, 92, 123, 153, 184)
"""The last day of the first, second … sixth month of enrolment (HHS, DIY software, Table 1)."""
_MALE: Final = "MALE"


@dataclass(frozen=True)
class HhsTables:
    """What HHS publishes of one benefit year.

    factors: (age group, variable, metal level, value); groups: age group → HCC → group;
    severity and maturity: of infants, from the highest; interactions: adults' drugs and HCCs,
    every clause of alternatives; uncounted: HCCs that add to no count; severe, transplant: HCCs.
    """

    codes: Mapping[str, Sequence[Edit]]
    drugs: Sequence[tuple[str, str, str]]
    hierarchies: Mapping[str, Sequence[str]]
    groups: Mapping[str, Mapping[str, str]]
    factors: Sequence[tuple[str, str, str, Decimal]]
    severity: Mapping[str, Sequence[str]]
    maturity: Mapping[str, Sequence[str]]
    interactions: Mapping[str, Sequence[Sequence[str]]]
    severe: Sequence[str]
    transplant: Sequence[str]
    uncounted: Sequence[str]
    drug_ages: Mapping[str, tuple[int, int]]


def segment(age_group: str, metal: str) -> str:
    """The segment of an age group and metal level."""
    return f"{age_group}_{metal}"


def _span(first: int, last: int) -> tuple[str, str]:
    return str(first) if first else "", str(last) if last < OLDEST else ""


def _priced(it: HhsTables, age_group: str) -> set[str]:
    return {variable for found, variable, _, _ in it.factors if found == age_group}


def _of_infants(it: HhsTables) -> dict[str, str]:
    ranks = {**it.severity, **it.maturity}
    return {hcc: rank for rank, hccs in ranks.items() for hcc in hccs}


def _held(it: HhsTables) -> dict[str, set[str]]:
    """Age group → the HCCs that mean something in it."""
    return {
        ADULT: _priced(it, ADULT),
        CHILD: _priced(it, CHILD),
        INFANT: {*_of_infants(it)},
    }


def _code_rows(it: HhsTables) -> Iterator[Row]:
    held = _held(it)
    newborn = {hcc for hccs in it.maturity.values() for hcc in hccs}
    for code, edits in sorted(it.codes.items()):
        found = [
            Edit(edit.hcc, edit.sex, max(edit.age_from, first), min(edit.age_to, last))
            for edit in edits
            for group, (first, last) in AGES.items()
            if edit.hcc in held[group]
        ]
        found = [e if e.hcc not in newborn else replace(e, age_to=0) for e in found]
        for edit in merged(e for e in found if e.age_from <= e.age_to):
            yield (code, edit.hcc, edit.sex, *_span(edit.age_from, edit.age_to))


def _group_rows(it: HhsTables) -> Iterator[Row]:
    drugs = {hcc for _, _, hcc in it.drugs}
    for metal in METALS:
        for age_group in (ADULT, CHILD):
            groups, priced = it.groups[age_group], _priced(it, age_group)
            for hcc in sorted({*groups, *it.uncounted, *drugs} & ({*groups} | priced)):
                yield (segment(age_group, metal), hcc, groups.get(hcc, ""))
        for hcc, rank in sorted(_of_infants(it).items()):
            yield (segment(INFANT, metal), hcc, rank)


def _descending(ranks: Iterable[str]) -> Iterator[Row]:
    names = list(ranks)
    for place, high in enumerate(names):
        for low in names[place + 1 :]:
            yield (high, low)


def _flags() -> Iterator[Row]:
    yield condition("flag", _MALE, sex="male")
    first = 1
    for month, last in enumerate(LAST_DAYS, 1):
        yield condition("flag", f"ED{month}", days_from=str(first), days_to=str(last))
        first = last + 1


def _demographic(variable: str) -> Row:
    """FAGE_LAST_21_24 and MAGE_LAST_60_GT: sex and age on the last enrolled day."""
    sex, _, ages = variable.partition("AGE_LAST_")
    first, _, last = ages.partition("_")
    return condition(
        "factor",
        variable,
        sex={"F": "female", "M": "male"}[sex],
        age_from=first,
        age_to="" if last == "GT" else last,
    )


def _condition_rows(it: HhsTables) -> Iterator[Row]:
    for age_group, (first, last) in AGES.items():
        low, high = _span(first, last)
        for metal in METALS:
            cells = {"age_from": low, "age_to": high, "metal_level": metal.lower()}
            yield condition("segment", segment(age_group, metal), **cells)
    youngest = str(AGES[INFANT][1])
    yield condition("factor", OF_INFANTS, age_to=youngest)
    for ranks in (it.severity, it.maturity):
        yield condition("group", list(ranks)[-1], age_to=youngest)
    yield from _flags()
    for variable in sorted(_priced(it, ADULT) | _priced(it, CHILD)):
        if "AGE_LAST_" in variable:
            yield _demographic(variable)


def _count(text: str) -> tuple[str, str]:
    """The bounds of HCC_COUNT4, HCC_COUNT6_7 and HCC_COUNT8PLUS."""
    if text.endswith("PLUS"):
        return text.removesuffix("PLUS"), ""
    first, _, last = text.partition("_")
    return first, last or first


def _crossed(it: HhsTables) -> dict[str, list[Sequence[str]]]:
    """Interaction → its clauses, each of alternatives."""
    found: dict[str, list[Sequence[str]]] = {k: list(v) for k, v in it.interactions.items()}
    for _, variable, _, _ in it.factors:
        kind, is_count, count = variable.partition("_HCC_COUNT")
        first, is_cell, second = variable.partition("_x_Severity")
        if is_count:
            hccs = it.severe if kind == "SEVERE" else it.transplant
            found[variable] = [hccs, [f"COUNT{count}"]]
        elif variable.startswith("HCC_ED"):
            found[variable] = [[variable.removeprefix("HCC_")], ["COUNT1PLUS"]]
        elif is_cell:
            found[variable] = [[first], [f"Severity{second}"]]
    *born, unborn = it.maturity
    found["Age0_Male"], found["Age1_Male"] = [[_MALE], born], [[_MALE], [unborn]]
    return found


def _interaction_rows(it: HhsTables) -> Iterator[Row]:
    priced = {variable for _, variable, _, _ in it.factors}
    known = {row[1] for row in _code_rows(it)}
    for variable, clauses in sorted(_crossed(it).items()):
        if variable not in priced:
            continue
        for place, clause in enumerate(clauses, 1):
            for term in clause:
                if not term.startswith("HHS_HCC") or term in known:
                    yield (variable, str(len(clauses)), str(place), term)


def _factor_rows(it: HhsTables) -> Iterator[Row]:
    for metal in METALS:
        yield (segment(INFANT, metal), OF_INFANTS, "0")
    for age_group, variable, metal, value in it.factors:
        if variable not in it.groups.get(age_group, {}):
            yield (segment(age_group, metal), variable, str(int(value * E9)))


def assemble_hhs(head: Mapping[str, Any], it: HhsTables) -> Pack:
    """The pack of one benefit year; `write_pack` refuses it where a name resolves to nothing."""
    codes = list(_code_rows(it))
    held = {row[1] for row in codes} | {hcc for _, _, hcc in it.drugs}
    hierarchy = [
        (hcc, low)
        for hcc, lows in sorted(it.hierarchies.items())
        for low in lows
        if {hcc, low} <= held
    ]
    counts = {clauses[1][0] for clauses in _crossed(it).values() if clauses[1][0][:5] == "COUNT"}
    tables: dict[str, Sequence[Row]] = {
        "code": codes,
        "drug": [(kind, code, hcc, *_span(*it.drug_ages[hcc])) for kind, code, hcc in it.drugs],
        "group": list(_group_rows(it)),
        "hierarchy": [*hierarchy, *_descending(it.severity), *_descending(it.maturity)],
        "requirement": [],
        "interaction": list(_interaction_rows(it)),
        "count": [(name, *_count(name.removeprefix("COUNT"))) for name in sorted(counts)],
        "condition": list(_condition_rows(it)),
        "factor": sorted(_factor_rows(it)),
    }
    return Pack({"age": "last enrolled day", **head}, tables)
