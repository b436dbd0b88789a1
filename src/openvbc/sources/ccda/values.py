"""CDA data types as text: times (TS), identifiers (II), codes (CD) and values of observations.

Times are the wall clock of the sender; an offset from UTC is left out, for days are counted where
the patient is. What has not the form of its type is handed on as it stands, so that the check of
the canonical table sets its row aside.
"""

import calendar
import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from openvbc.sources.ccda.xml import Node

_TIME: Final = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d+)?)?)?)?)?)?(?:[+-]\d{4})?"
)
_NUMBER: Final = re.compile(r"(<=|>=|<|>)?\s*([+-]?\d+(?:\.\d+)?)")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NPI_ROOT: Final = "2.16.840.1.113883.4.6"
_CCN_ROOT: Final = "2.16.840.1.113883.4.336"
_DAY: Final = 10


def day(value: str, *, last: bool = False) -> str:
    """A time as its day. Of a year or a month the first day, or the last one."""
    match = _TIME.fullmatch(value)
    if match is None:
        return value
    year, month, date = match[1], match[2], match[3]
    if date:
        return f"{year}-{month}-{date}"
    month = month or ("12" if last else "01")
    return f"{year}-{month}-{_last_day(int(year), int(month)) if last else 1:02d}"


def _last_day(year: int, month: int) -> int:
    """The length of a month; of one that there is not, a day that there is not either."""
    return calendar.monthrange(year, month)[1] if 1 <= month <= 12 and year else 31  # noqa: PLR2004


def moment(value: str) -> str:
    """A time to the second; empty where it is only a day."""
    match = _TIME.fullmatch(value)
    if match is None or not match[4]:
        return ""
    return f"{day(value)} {match[4]}:{match[5] or '00'}:{match[6] or '00'}"


def birthday(value: str) -> str:
    """A day of birth: empty where less than the day is known, so that nobody gets a wrong one."""
    match = _TIME.fullmatch(value)
    return "" if match is not None and not match[3] else day(value)


@dataclass(frozen=True)
class Interval:
    """When something was, as the source writes it; of a moment there is no high."""

    low: str
    high: str
    is_moment: bool = False

    @classmethod
    def of(cls, node: Node) -> "Interval":
        """The first of a statement's times that is a moment or an interval, no frequency."""
        for it in node.all("effectiveTime"):
            at = it.get("value") or it.value("center")
            low, high = it.value("low") or at, it.value("high")
            if low or high:
                return cls(low, high, is_moment=bool(at))
        return cls("", "")


def record_id(node: Node) -> str:
    """The first id that names one thing: with an extension, or a UUID; empty where none does."""
    for it in node.all("id"):
        root, extension = it.get("root").strip(), it.get("extension").strip()
        if extension and not it.get("nullFlavor"):
            return f"{root}:{extension}"
        if _UUID.fullmatch(root):
            return root.lower()
    return ""


def npi(node: Node | None) -> str:
    """The NPI among an entity's ids."""
    return _under(node, _NPI_ROOT, r"[12]\d{9}")


def ccn(node: Node | None) -> str:
    """The CMS certification number among an entity's ids."""
    return _under(node, _CCN_ROOT, r"[0-9A-Z]{6}")


def _under(node: Node | None, root: str, form: str) -> str:
    ids = node.all("id") if node is not None else []
    numbers = (it.get("extension") for it in ids if it.get("root") == root)
    return next((it for it in numbers if re.fullmatch(form, it)), "")


@dataclass(frozen=True)
class Coded:
    """A code: the one that is read, its system's OID, and all there are as `system|code`."""

    system: str
    code: str
    all: str

    @classmethod
    def of(cls, node: Node | None) -> "Coded":
        """The own code; where it has none of a known system, the first translation of one."""
        given = [] if node is None else [node, *node.all("translation")]
        codes = [
            (it.get("codeSystem"), "".join(it.get("code").split()))
            for it in given
            if it.get("code") and not it.get("nullFlavor")
        ]
        known = [it for it in codes if it[0] in code_systems()]
        system, code = (known or codes or [("", "")])[0]
        return cls(system, code, " ".join(f"{system}|{code}" for system, code in codes))


@cache
def code_systems() -> frozenset[str]:
    """The OIDs of the code systems that have a name with us."""
    return frozenset(row["code_system"] for row in rows_of("code_system"))


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one of the kind's code maps."""
    with (Path(__file__).parent / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Value:
    """What was observed: a number with its unit, a code or a text; empty what it is not."""

    number: str = ""
    comparator: str = ""
    unit: str = ""
    code: str = ""
    text: str = ""

    @classmethod
    def of(cls, node: Node | None) -> "Value":
        """By what the value holds, whatever its type is called."""
        if node is None or node.get("nullFlavor"):
            coded = Coded.of(node)
            return cls(code=coded.code)
        if node.get("code"):
            return cls(code=Coded.of(node).code)
        if node.get("value"):
            return cls._plain(node.get("value"), node.get("unit"))
        for bound, sign in (("low", ">"), ("high", "<")):
            it = node.first(bound)
            if it is not None and it.get("value"):
                closed = "" if it.get("inclusive") == "false" else "="
                return cls(it.get("value"), f"{sign}{closed}", it.get("unit"))
        return cls() if node.get("representation") == "B64" else cls._plain(node.text.strip(), "")

    @classmethod
    def _plain(cls, text: str, unit: str) -> "Value":
        match = _NUMBER.fullmatch(text)
        if match is None:
            return cls(text=text, unit=unit)
        return cls(number=match[2], comparator=match[1] or "", unit=unit)
