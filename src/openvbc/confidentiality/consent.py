"""`consents.yaml`: which person lets whom have which sensitive rows, and until when.

    consents:
      - person: P0000017
        categories: [substance_use]
        recipient: Harbor Health
        from: 2026-01-01
        to: 2026-12-31          # empty: until revoked
        document: form 17 of 2026-01-01

A consent under 42 CFR 2.31 names the person, what is disclosed, the recipient, the purpose and
when it ends; a revoked one gets the day of revocation as `to`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.confidentiality.codes import CATEGORIES
from openvbc.errors import InputError, Problem, near
from openvbc.yamlfile import line_of, plain, read_yaml

CONSENTS: Final = "consents.yaml"
_KEYS: Final = {"person", "categories", "recipient", "from", "to", "document"}
_NEEDED: Final = ("person", "categories", "recipient", "from")


@dataclass(frozen=True)
class Consent:
    """One consent; last is None until it is revoked or ended."""

    person: str
    categories: frozenset[str]
    recipient: str
    first: date
    last: date | None

    def covers(self, recipient: str | None, day: date) -> bool:
        """Whether it lets the recipient have rows on the day."""
        in_force = self.first <= day and (self.last is None or day <= self.last)
        return in_force and self.recipient == recipient


def read_consents(root: Path) -> tuple[Consent, ...]:
    """The consents of a workspace; none where it has no register.

    Raises InputError with everything that is wrong, by entry and never with a person.
    """
    path = root / CONSENTS
    if not path.is_file():
        return ()
    content = read_yaml(path)
    entries = content.get("consents")
    if not isinstance(entries, list):
        raise InputError(Problem(str(path), "expected a list under consents:"))
    problems = [it for at, entry in enumerate(entries) for it in _problems(path, at, entry)]
    if problems:
        raise InputError(problems)
    return tuple(_consent(plain(entry)) for entry in entries)


def _consent(it: Mapping[str, Any]) -> Consent:
    return Consent(
        str(it["person"]), frozenset(it["categories"]), it["recipient"], it["from"], it.get("to")
    )


def _problems(path: Path, at: int, entry: Any) -> Iterator[Problem]:
    if not isinstance(entry, Mapping):
        yield Problem(str(path), f"consent {at + 1} is no mapping of keys to values")
        return
    place = _place(path, entry)
    for name in _NEEDED:
        if entry.get(name) in (None, "", []):
            yield Problem(place, f"{name} is missing")
    for name in entry.keys() - _KEYS:
        yield Problem(place, f"unknown key {name}{near(name, _KEYS)}")
    categories = entry.get("categories")
    if categories is not None and not isinstance(categories, list):
        yield Problem(place, "categories: expected a list such as [substance_use]")
        return
    for name in set(categories or ()) - set(CATEGORIES):
        yield Problem(place, f"unknown category{near(str(name), CATEGORIES)}")
    yield from _days(place, entry)


def _place(path: Path, entry: Mapping[str, Any]) -> str:
    line = next((line_of(entry, key) for key in entry), None)
    return f"{path}:{line}" if line else str(path)


def _days(place: str, entry: Mapping[str, Any]) -> Iterator[Problem]:
    first, last = entry.get("from"), entry.get("to")
    for name, day in (("from", first), ("to", last)):
        if not isinstance(day, date | None):
            yield Problem(place, f"{name}: expected a date as YYYY-MM-DD")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        yield Problem(place, "ends before it starts")
