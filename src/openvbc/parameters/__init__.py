"""Dated parameters: every value has a first day in force, a unit, a clock and a citation.

The files are `parameters/<agency>/**/*.yaml`, one or more for a program; large code lists are
CSV files beside a cited note. A date that is not covered is refused with the range that is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem
from openvbc.yamlfile import line_of, plain, read_yaml

PARAMETERS_FOLDER: Final = Path(__file__).parent
CLOCKS: Final = frozenset({"performance_year", "agreement_start", "benchmark_year", "service_date"})


@dataclass(frozen=True)
class DatedValue:
    """A value in force from first to last day (None: still in force), with its citation."""

    first: date
    last: date | None
    value: Any
    cite: str
    checked: date | None
    where: str

    def covers(self, day: date) -> bool:
        """Whether the value is in force on the day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Parameter:
    """A named quantity of a program. by: names whose values pick one entry of the mapping."""

    name: str
    says: str
    unit: str
    clock: str
    by: tuple[str, ...]
    values: tuple[DatedValue, ...]

    def on(self, day: date) -> DatedValue:
        """The value in force on a day; raises InputError with the range that is covered."""
        for dated in self.values:
            if dated.covers(day):
                return dated
        first = min(dated.first for dated in self.values)
        last = max((dated.last or date.max) for dated in self.values)
        until = "open" if last == date.max else str(last)
        what = f"{self.name} has no value on {day}; covered {first} to {until}"
        raise InputError(Problem(self.values[0].where.split(":")[0], what))

    def pick(self, dated: DatedValue, keys: tuple[str, ...]) -> Any:
        """The entry of a keyed value; raises InputError naming the key that is missing."""
        value = dated.value
        for name, key in zip(self.by, keys, strict=True):
            if not isinstance(value, Mapping) or key not in value:
                known = ", ".join(value) if isinstance(value, Mapping) else "none"
                what = f"{self.name} has no value for {name} = {key}; known: {known}"
                raise InputError(Problem(dated.where, what))
            value = value[key]
        return value


def exact(value: Any) -> Any:
    """A YAML value with every number as an exact Decimal (flags stay flags)."""
    if isinstance(value, Mapping):
        return {str(key).lower(): exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(exact(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return plain(value)


def _dated(path: Path, entry: Mapping[str, Any]) -> DatedValue:
    return DatedValue(
        first=entry["from"],
        last=entry.get("to"),
        value=exact(entry["value"]),
        cite=str(entry["cite"]),
        checked=entry.get("checked"),
        where=f"{path.relative_to(PARAMETERS_FOLDER)}:{line_of(entry, 'from')}",
    )


def _parameter(path: Path, name: str, entry: Mapping[str, Any]) -> Parameter:
    if entry["clock"] not in CLOCKS:
        raise InputError(Problem(f"{path}", f"{name}: unknown clock {entry['clock']!r}"))
    return Parameter(
        name=name,
        says=str(entry.get("says", "")),
        unit=str(entry["unit"]),
        clock=str(entry["clock"]),
        by=tuple(str(key) for key in entry.get("by", ())),
        values=tuple(_dated(path, item) for item in entry["values"]),
    )


def _files() -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for path in sorted(PARAMETERS_FOLDER.rglob("*.yaml")):
        yield path, read_yaml(path)


@cache
def load_program(program: str) -> Mapping[str, Parameter]:
    """All parameters of a program by name.

    Raises InputError where the program is unknown, a parameter is declared twice or incomplete.
    """
    found: dict[str, Parameter] = {}
    for path, content in _files():
        if content.get("program") != program:
            continue
        for name, entry in content["parameters"].items():
            if name in found:
                raise InputError(
                    Problem(
                        f"{path}:{line_of(content['parameters'], name)}",
                        f"parameter {name} is declared twice",
                    )
                )
            try:
                found[name] = _parameter(path, name, entry)
            except KeyError as error:
                raise InputError(Problem(str(path), f"{name} lacks {error}")) from error
    if not found:
        known = ", ".join(sorted({str(content["program"]) for _, content in _files()}))
        raise InputError(Problem(program, f"no such program; known: {known}"))
    return found


@cache
def code_lists() -> Mapping[str, Path]:
    """Every code list that ships with the package, by table name."""
    return {path.stem: path for path in sorted(PARAMETERS_FOLDER.rglob("*.csv"))}
