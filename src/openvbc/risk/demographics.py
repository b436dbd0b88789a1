"""What CMS's names of segments and demographic variables mean, as rows of conditions.

`NMCAID_NORIGDIS_NEF65` is a person without Medicaid, not originally disabled, a woman of 65 (or
of 64 who came by age). CMS states the meanings in its software and in the Rate Announcements; here
each becomes one or two rows of a pack's `condition` table.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from openvbc.risk.pack import TABLES
from openvbc.summed import Row

NO_LAST_AGE: Final = "GT"
NONE, PARTIAL, FULL = "none", "partial", "full"
MEDICAID: Final = f"{PARTIAL} {FULL}"
NOT_FULL: Final = f"{NONE} {PARTIAL}"
AGED: Final = "65"
LAST_NONAGED: Final = "64"

_BAND: Final = re.compile(
    r"(?:(?P<medicaid>NMCAID|MCAID|ND_PBD|FBD|NESRD|ESRD)_)?(?:(?P<disabled>NORIGDIS|ORIGDIS)_)?"
    r"(?:(?P<x>G|X)_)?(?P<ne>NE)?(?P<sex>[FM])(?P<from>\d+)(?:_(?P<to>\d+|GT))?"
)
_DURATION: Final = re.compile(
    r"(?:FG[CI]_)?(?:(?P<age>GE65|LT65)_)?DUR(?P<from>\d+)(?:_(?P<to>\d+)|PL)"
    r"(?:_(?P<after>GE65|LT65))?(?:_(?P<dual>ND_PBD|FBD))?"
)
_TRANSPLANT: Final = re.compile(r"TRANSPLANT_KIDNEY_ONLY_(\d)M")
_DUALS: Final[Mapping[str, str]] = {
    "NMCAID": NONE, "MCAID": MEDICAID, "ND_PBD": NOT_FULL, "FBD": FULL,
}  # fmt: skip
_SEX: Final[Mapping[str, str]] = {"F": "female", "M": "male", "Female": "female", "Male": "male"}
_AGES: Final[Mapping[str, tuple[str, str]]] = {
    "GE65": (AGED, ""), "LT65": ("", LAST_NONAGED),
    "Aged": (AGED, ""), "NonAged": ("", LAST_NONAGED),
}  # fmt: skip

_BY_NAME: Final[Mapping[str, str]] = {"MCAID": MEDICAID, "FBDual": FULL, "PBDual": PARTIAL}
_DISABLED_ONCE: Final[Mapping[str, str]] = {"age_from": AGED, "original_reasons": "1"}
_ESRD_ONCE: Final[Mapping[str, str]] = {"age_from": AGED, "original_reasons": "2 3"}
_NAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "LTIMCAID": {"institutional": "true", "duals": MEDICAID},
    "MCAID": {"duals": MEDICAID},
    "ORIGDIS": _DISABLED_ONCE,
    "ORIGDS": _DISABLED_ONCE,
    "OD65": _DISABLED_ONCE,
    "F65OD": {"sex": "female", **_DISABLED_ONCE},
    "M65OD": {"sex": "male", **_DISABLED_ONCE},
    "OriginallyDisabled_Female": {"sex": "female", **_DISABLED_ONCE},
    "OriginallyDisabled_Male": {"sex": "male", **_DISABLED_ONCE},
    "Originally_ESRD_Female": {"sex": "female", **_ESRD_ONCE},
    "Originally_ESRD_Male": {"sex": "male", **_ESRD_ONCE},
}
"""Variables with a name of their own."""


def condition(kind: str, variable: str, **cells: str) -> Row:
    """A row of the condition table, cells that are not named left open."""
    given = {"kind": kind, "variable": variable, **cells}
    return tuple(given.get(column, "") for column in TABLES["condition"])


FLAGS: Final = (
    condition("flag", "DISABLED", age_to=LAST_NONAGED, original_reasons="1 2 3"),
    condition("flag", "NONAGED", age_to=LAST_NONAGED),
)
"""What interactions may ask of a person: disabled is below 65 and not entitled by age."""


def _band(
    variable: str, match: re.Match[str], *, single_years: bool, dialysis: bool
) -> Iterator[Row]:
    """An age band, of new enrollees with what comes before it."""
    first, last = match["from"], match["to"] or match["from"]
    reasons = {"NORIGDIS": "0 2 3", "ORIGDIS": "1"}.get(match["disabled"] or "", "")
    cells = {"sex": _SEX[match["sex"]], "duals": _DUALS.get(match["medicaid"] or "", "")}
    if match["medicaid"] in ("ESRD", "NESRD"):
        cells["treatment"] = "none" if match["medicaid"] == "NESRD" else "dialysis graft"
    if int(first) < int(AGED) and not dialysis:
        reasons = ""
        if match["disabled"] == "ORIGDIS":  # original disability is of the aged: nobody's band
            yield condition("factor", variable, **cells, age_from=AGED, age_to=last)
            return
    to = "" if last == NO_LAST_AGE else last
    if single_years and last == LAST_NONAGED:  # 64 and entitled by age counts as 65
        yield condition("factor", variable, **cells, age_from=first, age_to="63")
        same = {"age_from": LAST_NONAGED, "age_to": LAST_NONAGED}
        yield condition("factor", variable, **cells, **same, original_reasons="1 2 3")
        return
    yield condition(
        "factor", variable, **cells, age_from=first, age_to=to, original_reasons=reasons
    )
    if single_years and match["to"] is None and first == AGED and match["disabled"] != "ORIGDIS":
        same = {"age_from": LAST_NONAGED, "age_to": LAST_NONAGED}
        yield condition("factor", variable, **cells, **same, original_reasons="0")


def _duration(variable: str, match: re.Match[str]) -> Iterator[Row]:
    """Months since a kidney transplant, by age and dual status."""
    first, last = _AGES[match["age"] or match["after"]]
    yield condition(
        "factor",
        variable,
        age_from=first,
        age_to=last,
        duals=_DUALS.get(match["dual"] or "", ""),
        graft_from=match["from"],
        graft_to=match["to"] or "",
    )


def _plain(variable: str) -> Row | None:
    """A variable with a name of its own."""
    if match := _TRANSPLANT.fullmatch(variable):
        return condition("factor", variable, graft_from=match[1], graft_to=match[1])
    if cells := _NAMED.get(variable):
        return condition("factor", variable, **cells)
    return _by_age(variable, variable.split("_"))


def _by_age(variable: str, parts: list[str]) -> Row | None:
    """Dual or institutional status by age: FBDual_Female_Aged, LTI_NonAged, PBD_GE65_flag."""
    match parts:
        case ["MCAID" | "FBDual" | "PBDual" as dual, sex, age]:
            cells = {"sex": _SEX[sex], "duals": _BY_NAME[dual]}
        case ["LTI", age]:
            cells = {"institutional": "true"}
        case [*_, age, "flag"]:
            cells = {"duals": PARTIAL, "graft_from": "4"}
        case _:
            return None
    first, last = _AGES[age]
    return condition("factor", variable, **cells, age_from=first, age_to=last)


def conditions_of(variable: str, *, single_years: bool, dialysis: bool = False) -> list[Row]:
    """The conditions under which a demographic variable holds; none where it is not one.

    single_years: the model has bands of one year from 65 on, in which a person of 64 who is
    entitled by age counts as 65. dialysis: it is priced for new enrollees on dialysis, who are
    originally disabled at any age (ESRD software: NE_ORIGDS is the reason for entitlement alone).
    """
    if match := _BAND.fullmatch(variable):
        is_new = bool(match["ne"]) or match["x"] == "X"
        return list(_band(variable, match, single_years=single_years and is_new, dialysis=dialysis))
    if match := _DURATION.fullmatch(variable):
        return list(_duration(variable, match))
    row = _plain(variable)
    return [] if row is None else [row]
