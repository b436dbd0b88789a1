"""The participants of a distribution with their measures: a CSV file beside the settlements."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from openvbc.contract.referral import RULE, names_referrals
from openvbc.csvtable import CUT_SHORT, is_cut_short, read_rows
from openvbc.errors import InputError, Problem
from openvbc.money import parse_decimal

MEASURES: Final = ("panel", "performance", "quality", "tenure_months", "need", "episode_savings")
REQUIRED: Final = ("participant_id", "name", "group", "class", *MEASURES)
OPTIONAL: Final = ("npi", "tin")
SHARES_OF_ONE: Final = ("quality",)
MAY_BE_NEGATIVE: Final = ("episode_savings",)
WHOLE: Final = ("panel", "tenure_months")
IDENTITY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Participant:
    """One participant: its group, its measures (None where the cell is empty), its line."""

    id: str
    name: str
    group: str
    kind: str
    measures: Mapping[str, Decimal | None]
    where: str
    npi: str = ""
    tin: str = field(default="", repr=False)

    def measure(self, name: str) -> Decimal:
        """A measure; raises InputError at its line where the cell is empty."""
        value = self.measures[name]
        if value is None:
            what = f"{self.id} has no {name}, by which group {self.group} is split or gated"
            raise InputError(Problem(self.where, what))
        return value


def read_measures(path: Path, groups: Sequence[str]) -> list[Participant]:
    """The participants of a file, in order of their ids.

    groups: those that have participants. Raises InputError with one line for each thing that is
    wrong: a missing or further column, a cell that is no number, an id twice, an unknown group.
    """
    problems: list[Problem] = []
    found: dict[str, Participant] = {}
    for line, cells in _lines(path):
        place = f"{path}:{line}"
        wrong = list(_wrong(cells, groups))
        if not wrong and cells["participant_id"] in found:
            first = found[cells["participant_id"]].where.rpartition(":")[2]
            wrong = [f"the same participant_id as in line {first}"]
        problems += [Problem(place, it) for it in wrong]
        if not wrong:
            found[cells["participant_id"]] = _participant(cells, place)
    if problems:
        raise InputError(problems)
    return [found[name] for name in sorted(found)]


def _participant(cells: Mapping[str, str], place: str) -> Participant:
    return Participant(
        id=cells["participant_id"],
        name=cells["name"],
        group=cells["group"],
        kind=cells["class"],
        measures={name: parse_decimal(cells[name]) if cells[name] else None for name in MEASURES},
        where=place,
        npi=cells.get("npi", ""),
        tin=cells.get("tin", ""),
    )


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row with its line; the header is checked first."""
    for line, cells in read_rows(path, _check_header):
        if is_cut_short(cells):
            raise InputError(Problem(f"{path}:{line}", CUT_SHORT))
        yield line, {str(name): text.strip() for name, text in cells.items()}


def _check_header(path: Path, header: Sequence[str]) -> None:
    """Every column that is missing, twice, or none of ours."""
    lacking = [name for name in REQUIRED if name not in header]
    found = [f"lacks the columns {', '.join(lacking)}"] if lacking else []
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            found.append(f"column {name} stands twice")
        if names_referrals(name):
            found.append(f"column {name}: {RULE}")
        elif name not in (*REQUIRED, *OPTIONAL):
            found.append(f"unknown column {name}; known: {', '.join((*REQUIRED, *OPTIONAL))}")
    if found:
        raise InputError([Problem(f"{path}:1", it) for it in found])


def _wrong(cells: Mapping[str, str], groups: Sequence[str]) -> Iterator[str]:
    if not IDENTITY.fullmatch(cells["participant_id"]):
        found = cells["participant_id"] or "nothing"
        yield f"participant_id: found {found}, expected letters, digits, _ . and -"
    if not cells["name"]:
        yield "name is empty"
    if cells["group"] not in groups:
        what = f"group: found {cells['group'] or 'nothing'}, expected a group that is shared among"
        yield f"{what} participants: {', '.join(groups) or 'there is none'}"
    for name in MEASURES:
        if cells[name]:
            yield from _wrong_number(name, cells[name])


def _wrong_number(name: str, text: str) -> Iterator[str]:
    value = parse_decimal(text)
    if value is None:
        yield f"{name}: found {text!r}, expected a number"
    elif value < 0 and name not in MAY_BE_NEGATIVE:
        yield f"{name}: found {text}, expected 0 or more"
    elif value > 1 and name in SHARES_OF_ONE:
        yield f"{name}: found {text}, expected a share from 0 to 1"
    elif name in WHOLE and value != int(value):
        yield f"{name}: found {text}, expected a whole number"
