"""What the name of a delivered file says: who sent it to whom, which file it is, of which day."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.cclf.layout import OPT_OUT

_ENTITY: Final = r"[ACDEK]\d{4}|[FV]\d{3}|P\w{6}"
_NAME: Final = re.compile(
    rf"(?P<sender>[PT])\.(BCD\.)?(?P<entity>{_ENTITY})\.(ACO\.)?"
    r"ZC(?P<file>[0-9AB]?)(?P<run>[YR])(?P<year>\d\d)"
    r"\.D(?P<day>\d{6})\.T\d{7}(\.txt|\.zip)?",
    re.IGNORECASE,
)
_OPT_OUT_NAME: Final = re.compile(r"[PT]#EFT\.ON\.ACO\.NGD1800\.DPRF\.D(?P<day>\d{6})\.T\d{7}")
_ALIKE: Final = re.compile(r"(^|\.)ZC[0-9ABYR]|NGD1800", re.IGNORECASE)

EXPECTED: Final = "P.A1234.ACO.ZC1Y24.D240213.T1234560, as CMS names it"
_QUARTERLY: Final = "CK"
"""The first letters of entities that receive the feed once a quarter (Kidney Care Choices)."""


@dataclass(frozen=True, order=True)
class Delivery:
    """One month's feed of one entity. run: Y monthly, R run-out. year: of the performance year."""

    entity: str
    run: str
    year: str
    day: date
    sender: str

    def __str__(self) -> str:
        kind = "run-out" if self.run == "R" else "feed"
        return f"{self.entity} {kind} {self.year} of {self.day.isoformat()}"

    @property
    def is_monthly(self) -> bool:
        """Does one come every month."""
        return self.run == "Y" and self.entity[0] not in _QUARTERLY


@dataclass(frozen=True)
class FileName:
    """A file's name. file: cclf0 to cclfb, opt_out, or cclf for an archive of all of them."""

    file: str
    delivery: Delivery


def looks_alike(name: str) -> bool:
    """Does the last part of a name claim to be one of these files, well written or not."""
    return bool(_ALIKE.search(_last(name)))


def parse(name: str) -> FileName | None:
    """The parts of a well-written name; None for any other."""
    last = _last(name)
    opt_out = _OPT_OUT_NAME.fullmatch(last)
    match = opt_out or _NAME.fullmatch(last)
    day = _day(match["day"]) if match else None
    if match is None or day is None:
        return None
    if opt_out:
        return FileName(OPT_OUT, Delivery("", "", "", day, last[0]))
    delivery = Delivery(
        match["entity"].upper(), match["run"].upper(), match["year"], day, match["sender"].upper()
    )
    return FileName(f"cclf{match['file'].lower()}", delivery)


def parsed(name: str) -> FileName:
    """The parts of a name; raises InputError where it is not well written."""
    found = parse(name)
    if found and found.file == "cclf":
        what = (
            "found the name of an archive and no whole archive, expected a .zip; deliver it again"
        )
        raise InputError(Problem(name, what))
    if found is None:
        what = f"found a name that is not well written, expected one like {EXPECTED}; rename it"
        raise InputError(Problem(name, what))
    return found


def archive_of(name: str) -> FileName | None:
    """What the name of the archive says that a file came in, where it is well written."""
    return parse(name.rpartition("/")[0]) if "/" in name else None


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _day(digits: str) -> date | None:
    try:
        return datetime.strptime(digits, "%y%m%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return None
