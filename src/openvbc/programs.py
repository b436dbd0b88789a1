"""The registry of value-based programs: what is modelled, how far, and held against what.

`programs.yaml` lists every program, the modelled and the others; the README's coverage table,
docs/reference/programs.md and `vbc programs` are written from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem, near
from openvbc.yamlfile import plain, read_yaml, where

REGISTRY: Final = Path(__file__).with_suffix(".yaml")

STATUSES: Final = frozenset({"proposed", "final", "ended", "superseded by statute"})
"""proposed: a rule is not final. final: in force, or will be. ended: its last year has passed."""


@dataclass(frozen=True)
class Years:
    """The performance or fiscal years that are covered, and the letters before a year."""

    kind: str
    first: int
    last: int

    def __str__(self) -> str:
        first = f"{self.kind}{self.first}"
        return first if self.first == self.last else f"{first}–{self.last}"


@dataclass(frozen=True)
class Program:
    """A program as the registry has it.

    years: those that the rules and parameters cover; None where it is not modelled, and reason
    says why. components: what a contract names. instead: component → the one of these whose place
    it takes for other agreements. verified: what the rules are held against. missing: what of the
    program is not modelled. checked: when the entry was last held against public text.
    """

    id: str
    title: str
    agency: str
    authority: str
    status: str
    years: Years | None
    components: tuple[str, ...]
    instead: Mapping[str, str]
    verified: str
    missing: str
    reason: str
    checked: date

    @property
    def modelled(self) -> bool:
        """Whether there are rules for it."""
        return self.years is not None

    def to_json(self) -> dict[str, Any]:
        """The entry, as the registry has it."""
        years = self.years
        return {
            "id": self.id,
            "title": self.title,
            "agency": self.agency,
            "authority": self.authority,
            "status": self.status,
            "modelled": self.modelled,
            "years": years and {"kind": years.kind, "first": years.first, "last": years.last},
            "components": list(self.components),
            "instead": dict(self.instead),
            "verified": self.verified or None,
            "missing": self.missing or None,
            "reason": self.reason or None,
            "checked": self.checked.isoformat(),
        }


def read_registry(path: Path) -> dict[str, Program]:
    """The programs of a registry file by id; raises InputError with everything that is wrong."""
    content = read_yaml(path)
    found: dict[str, Program] = {}
    problems: list[Problem] = []
    for name, entry in content.items():
        try:
            found[name] = _program(name, plain(entry))
        except (KeyError, TypeError, ValueError) as error:
            what = f"{name}: lacks {error}" if isinstance(error, KeyError) else f"{name}: {error}"
            problems.append(Problem(where(path, content, name), what))
    if problems:
        raise InputError(problems)
    return found


def _program(name: str, entry: Mapping[str, Any]) -> Program:
    status = entry["status"]
    if status not in STATUSES:
        raise ValueError(f"found status {status}, expected {', '.join(sorted(STATUSES))}")
    years = entry.get("years")
    if (years is None) == (entry.get("reason") is None):
        raise ValueError("expected years with what is verified, or the reason for none")
    if years is not None and not (entry["components"] and entry["verified"]):
        raise ValueError("a program with years has components and says what is verified")
    return Program(
        id=name,
        title=entry["title"],
        agency=entry["agency"],
        authority=entry["authority"],
        status=status,
        years=None if years is None else Years(years["kind"], years["first"], years["last"]),
        components=tuple(entry.get("components", ())),
        instead=entry.get("instead", {}),
        verified=entry.get("verified", ""),
        missing=entry.get("missing", ""),
        reason=entry.get("reason", ""),
        checked=_day(entry["checked"]),
    )


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(f"found checked {value!r}, expected a day such as 2026-11-22")
    return value


@cache
def registry() -> Mapping[str, Program]:
    """The programs as the package ships them, in the registry's order."""
    return read_registry(REGISTRY)


def find_program(name: str) -> Program:
    """The program of an id; raises InputError with what may have been meant."""
    found = registry()
    if name not in found:
        raise InputError(Problem(name, f"is no program of the registry{near(name, found)}"))
    return found[name]
