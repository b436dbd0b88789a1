"""What came to each source and what became of it, refused and repeated deliveries included.

From the trail of arrivals, and where that is silent (a load from before there was one, or one that
was killed just before it was noted) from the loads themselves; with the months that are missing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.inventory.check import Check
from openvbc.inventory.pattern import History, Slot
from openvbc.inventory.result import Result, Status
from openvbc.inventory.small import is_small, shown
from openvbc.sources.arrivals import Arrival, arrivals

PLAIN: Final = ("in time", "came")
"""States that ask nothing of anybody."""

_SHARE: Final = re.compile(r"found ([\d,]+) of ([\d,]+) rows \([^)]*\)")
_ROWS: Final = re.compile(r"\b([\d,]+) rows")

_STATES: Final = {"redelivered": "duplicated"} | {
    outcome: outcome for outcome in ("refused", "failed", "cut off")
}


@dataclass(frozen=True)
class Came:
    """One arrival of a source, or a month of which nothing came.

    state: in time, came (nothing was due), late, missing, duplicated, refused, failed, or cut off:
    killed while it was noted. day is that of receipt, of a missing month the day it was due. month
    is None where it is not known.
    load_id is that which it was loaded as, or whose content it repeats; reasons hold no value.
    """

    source: str
    day: date
    state: str
    month: date | None = None
    delivery: str = ""
    files: int = 0
    rows_in: int = 0
    set_aside: int = 0
    load_id: str | None = None
    reasons: tuple[str, ...] = ()

    def to_json(self) -> Mapping[str, Any]:
        """The arrival for other programs."""
        return {
            "day": self.day.isoformat(),
            "state": self.state,
            "month": f"{self.month:%Y-%m}" if self.month else None,
            "delivery": self.delivery,
            "files": self.files,
            "rows": None if is_small(self.rows_in) else self.rows_in,
            "set_aside": None if is_small(self.set_aside) else self.set_aside,
            "load_id": self.load_id,
            "reasons": list(self.reasons),
        }


def known_arrivals(data: Path, as_of: date) -> list[Arrival]:
    """The trail as far as it was known on a day."""
    return [it for it in arrivals(data) if it.day <= as_of]


def came_again(trail: Iterable[Arrival]) -> Mapping[str, Sequence[date]]:
    """Load → the days on which exactly its files came again."""
    seen: set[str] = set()
    found: dict[str, list[date]] = {}
    for it in trail:
        if it.load_id is None:
            continue
        if it.outcome == "redelivered" and it.load_id in seen:
            found.setdefault(it.load_id, []).append(it.day)
        seen.add(it.load_id)
    return found


def came(trail: Sequence[Arrival], histories: Sequence[History]) -> dict[str, list[Came]]:
    """Source → what came and what did not, by day."""
    slots = {it.load_id: slot for one in histories for slot in one.slots for it in slot.deliveries}
    # a repeat of something that was accepted does not tell when that came
    told = {it.load_id for it in trail if it.outcome != "redelivered" or not it.accepted}
    found = [_arrived(it, slots.get(it.load_id or "")) for it in trail]
    found += [it for one in histories for slot in one.slots for it in _untold(slot, told)]
    by_source: dict[str, list[Came]] = {}
    for it in sorted(found, key=lambda it: it.day):
        by_source.setdefault(it.source, []).append(it)
    return dict(sorted(by_source.items()))


def _arrived(it: Arrival, slot: Slot | None) -> Came:
    state = _STATES.get(it.outcome) or (_state(slot, it.load_id) if slot else "came")
    days = [one.received_on for one in slot.deliveries if one.load_id == it.load_id] if slot else []
    return Came(
        source=it.data_source,
        day=days[0] if days and it.outcome == "loaded" else it.day,
        state=state,
        month=slot.month if slot else None,
        delivery=it.delivery,
        files=len(it.files),
        rows_in=it.rows_in,
        set_aside=it.quarantined,
        load_id=it.load_id,
        reasons=tuple(without_small_counts(reason) for reason in it.reasons),
    )


def without_small_counts(reason: str) -> str:
    """A reason without counts of rows from 1 to 10, and without what tells them."""
    return _ROWS.sub(_rows, _SHARE.sub(_share, reason))


def _number(said: str) -> int:
    return int(said.replace(",", ""))


def _share(match: re.Match[str]) -> str:
    part, whole = _number(match[1]), _number(match[2])
    few = is_small(part) or is_small(whole) or is_small(whole - part)
    return "found rows" if few else match[0]


def _rows(match: re.Match[str]) -> str:
    return f"{shown(_number(match[1]))} rows"


def _state(slot: Slot, load_id: str | None) -> str:
    """Of a month's loads only the first can be late, and a copy under other names is none."""
    first = slot.deliveries[0]
    if any(it.load_id == load_id and it.is_repeat for it in slot.deliveries):
        return "duplicated"
    return slot.arrived if first.load_id == load_id else "came"


def _untold(slot: Slot, told: set[str | None]) -> Iterator[Came]:
    """The month if nothing came, and its loads of which the trail says nothing."""
    if slot.arrived == "missing" and slot.due:
        yield Came(slot.source, slot.due, "missing", slot.month)
    for it in slot.deliveries:
        if it.load_id not in told:
            yield Came(
                source=slot.source,
                day=it.received_on,
                state=_state(slot, it.load_id),
                month=slot.month,
                files=len(it.files),
                rows_in=it.rows_in,
                set_aside=it.set_aside,
                load_id=it.load_id,
            )


def counts(found: Iterable[Came]) -> Mapping[str, int]:
    """State → arrivals."""
    return Counter(it.state for it in found)


def refusals(check: Check, trail: Sequence[Arrival]) -> Iterator[Result]:
    """By source, whether everything that was refused has been loaded since.

    It has where a later load of the source holds a file of the same name or the same bytes.
    """
    for source in sorted({it.data_source for it in trail}):
        mine = [it for it in trail if it.data_source == source]
        details = tuple(
            f"{it.delivery} of {it.day} was {it.outcome}: {without_small_counts(it.reasons[0])}"
            for at, it in enumerate(mine)
            if it.reasons and not _came_right(it, mine[at + 1 :])
        )
        told = "refused deliveries are mended and loaded"
        status: Status = "fail" if details else "pass"
        yield Result(check, source, status, check.severity, told, details=details)


def _came_right(it: Arrival, later: Iterable[Arrival]) -> bool:
    marks = _marks(it)
    return any(one.load_id and (not marks or marks & _marks(one)) for one in later)


def _marks(it: Arrival) -> set[str]:
    return {one[key] for one in it.files for key in ("name", "sha256")}
