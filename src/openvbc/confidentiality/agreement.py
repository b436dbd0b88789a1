"""`agreements.yaml`: what the owners of the data allow, and the refusal of any other use.

agreements:
  - id: DUA-7
    owner: CMS
    sources: [Lakeside]
    purposes: [payment, operations]
    recipients: [Lakeside ACO]
    valid_from: 2025-01-01
    valid_to: 2026-12-31
    cite: 42 CFR 425.710
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from openvbc.confidentiality.release import PURPOSES
from openvbc.errors import InputError, Problem, near
from openvbc.yamlfile import line_of, plain, read_yaml

AGREEMENTS: Final = "agreements.yaml"
_NEEDED: Final = ("id", "owner", "sources", "purposes", "valid_from")
_LISTS: Final = ("sources", "purposes", "recipients")
_KEYS: Final = {*_NEEDED, "recipients", "valid_to", "cite"}


@dataclass(frozen=True)
class Agreement:
    """One data-use agreement; valid_to is None where it has no end."""

    id: str
    owner: str
    sources: tuple[str, ...]
    purposes: tuple[str, ...]
    recipients: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    cite: str

    def in_force(self, day: date) -> bool:
        """Whether it holds on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "id": self.id,
            "owner": self.owner,
            "sources": list(self.sources),
            "purposes": list(self.purposes),
            "recipients": list(self.recipients),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "cite": self.cite,
        }


def read_agreements(root: Path) -> dict[str, Agreement]:
    """The agreements of a workspace by id; none where it has no register.

    Raises InputError with everything that is wrong, each with its line.
    """
    path = root / AGREEMENTS
    if not path.is_file():
        return {}
    entries = read_yaml(path).get("agreements")
    if not isinstance(entries, list):
        raise InputError(Problem(str(path), "expected a list under agreements:"))
    problems = [it for at, entry in enumerate(entries) for it in _problems(path, at, entry)]
    ids = [entry.get("id") for entry in entries if isinstance(entry, Mapping)]
    doubled = sorted({str(it) for it in ids if it is not None and ids.count(it) > 1})
    problems += [Problem(str(path), f"{it} is declared twice") for it in doubled]
    if problems:
        raise InputError(problems)
    found = (_agreement(plain(entry)) for entry in entries)
    return {it.id: it for it in found}


def _agreement(it: Mapping[str, Any]) -> Agreement:
    lists = {name: tuple(str(word) for word in it.get(name) or ()) for name in _LISTS}
    return Agreement(
        id=str(it["id"]),
        owner=str(it["owner"]),
        valid_from=it["valid_from"],
        valid_to=it.get("valid_to"),
        cite=str(it.get("cite") or ""),
        **lists,
    )


def _problems(path: Path, at: int, entry: Any) -> Iterator[Problem]:
    if not isinstance(entry, Mapping):
        yield Problem(str(path), f"agreement {at + 1} is no mapping of keys to values")
        return
    line = next((line_of(entry, key) for key in entry), None)
    place = f"{path}:{line}" if line else str(path)
    yield from (Problem(place, what) for what in (*_keys(entry), *_values(entry)))


def _keys(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{it} is missing" for it in _NEEDED if entry.get(it) in (None, "", []))
    yield from (f"unknown key {it}{near(str(it), _KEYS)}" for it in entry.keys() - _KEYS)


def _values(entry: Mapping[str, Any]) -> Iterator[str]:
    lists = {name: entry.get(name) or [] for name in _LISTS}
    for name, words in lists.items():
        if not isinstance(words, list):
            yield f"{name}: expected a list such as [a, b]"
        elif name == "purposes":
            strange = (str(it) for it in words if it not in PURPOSES)
            yield from (f"unknown purpose{near(it, PURPOSES)}" for it in strange)
    for name in ("valid_from", "valid_to"):
        if not isinstance(entry.get(name), date | None):
            yield f"{name}: expected a date as YYYY-MM-DD"


def agreement_for_load(
    root: Path, source: str, agreement: str | None, purposes: Sequence[str], day: date
) -> Agreement | None:
    """The agreement that a load names; None where it names none.

    Raises InputError where it is unknown, not in force on the day, of another source, or does not
    permit a purpose that the load states.
    """
    if agreement is None:
        return None
    known = read_agreements(root)
    if agreement not in known:
        what = f"no such agreement in {root / AGREEMENTS}{near(agreement, known)}"
        raise InputError(Problem(f"--agreement {agreement}", what))
    it = known[agreement]
    problems = [Problem(f"agreement {it.id}", what) for what in _against(it, source, purposes, day)]
    if problems:
        raise InputError(problems)
    return it


def _against(it: Agreement, source: str, purposes: Sequence[str], day: date) -> Iterator[str]:
    if not it.in_force(day):
        yield f"{_term(it)}; renew it, or load nothing under it"
    if source not in it.sources:
        yield f"is not of source {source}; it covers {', '.join(it.sources)}"
    for word in purposes:
        if word not in it.purposes:
            yield f"does not permit {word}; it permits {', '.join(it.purposes)}"


def _term(it: Agreement) -> str:
    ended = f" to {it.valid_to}" if it.valid_to else ""
    return f"is in force from {it.valid_from}{ended} only"
