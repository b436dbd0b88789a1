"""Dated parameters: every value has a first day in force, a unit, a clock and a citation.

The files are `parameters/<agency>/**/*.yaml`, one or more for a program; large code lists are
CSV files beside a cited note. A date that is not covered is refused with the range that is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem, near
from openvbc.yamlfile import line_of, plain, read_yaml, where

PARAMETERS_FOLDER: Final = Path(__file__).parent
CLOCKS: Final = frozenset(
    {"performance_year", "fiscal_year", "agreement_start", "benchmark_year", "service_date"}
)
STRATUM: Final = "stratum"
"""In `by`: the cell's own stratum (a measure, an episode category) is the key, not a name."""


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
    """A named quantity of a program.

    by: names whose values pick one entry of the mapping; "stratum" is the cell's own stratum.
    before, after: what to do where a day is before the first covered, or after the last; the
    file says it for all of its parameters.
    """

    name: str
    says: str
    unit: str
    clock: str
    by: tuple[str, ...]
    values: tuple[DatedValue, ...]
    before: str = ""
    after: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of `by` that have a value to look up."""
        return tuple(name for name in self.by if name != STRATUM)

    def on(self, day: date) -> DatedValue:
        """The value in force on a day; raises InputError with the ranges that are covered."""
        for dated in self.values:
            if dated.covers(day):
                return dated
        ranges = " and ".join(f"{first} to {last or 'open'}" for first, last in self.covered())
        what = f"{self.name} has no value on {day}; covered {ranges}{self._instead(day)}"
        raise InputError(Problem(self.values[0].where.rpartition(":")[0], what))

    def _instead(self, day: date) -> str:
        """What to do on a day before or after all values; empty where the file is silent."""
        last = self.values[-1].last
        early, late = day < self.values[0].first, last is not None and day > last
        do = (self.before if early else "") or (self.after if late else "")
        return f"; {do}" if do else ""

    def covered(self) -> list[tuple[date, date | None]]:
        """The ranges of days with a value, ranges that meet taken together."""
        ranges: list[tuple[date, date | None]] = []
        for dated in self.values:
            before = ranges[-1][1] if ranges else None
            if before and before + timedelta(days=1) == dated.first:
                ranges[-1] = (ranges[-1][0], dated.last)
            else:
                ranges.append((dated.first, dated.last))
        return ranges

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


def exact(value: Any, keys: Callable[[str], str] = str.lower) -> Any:
    """A YAML value with every number as an exact Decimal (flags stay flags).

    keys: how the keys of a mapping are written; a parameter's are looked up in lower case.
    """
    if isinstance(value, Mapping):
        return {keys(str(key)): exact(item, keys) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(exact(item, keys) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return plain(value)


def _dated(path: Path, entry: Mapping[str, Any]) -> DatedValue:
    name = path.relative_to(PARAMETERS_FOLDER) if path.is_relative_to(PARAMETERS_FOLDER) else path
    return DatedValue(
        first=_day(entry["from"]),
        last=None if entry.get("to") is None else _day(entry["to"]),
        value=exact(entry["value"]),
        cite=str(entry["cite"] or ""),
        checked=None if entry.get("checked") is None else _day(entry["checked"]),
        where=f"{name}:{line_of(entry, 'from')}",
    )


def _day(value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(f"found {value!r}, expected a day such as 2025-01-01")
    return value


def _parameter(
    path: Path, name: str, entry: Mapping[str, Any], content: Mapping[str, Any]
) -> Parameter:
    by = entry.get("by", ())
    if isinstance(by, str):
        raise TypeError(f"by: found {by!r}, expected a list such as [track]")
    values = entry["values"]
    if not isinstance(values, list) or not values:
        raise TypeError("values: expected a list with at least one dated value")
    return Parameter(
        name=name,
        says=str(entry.get("says", "")),
        unit=str(entry["unit"]),
        clock=str(entry["clock"]),
        by=tuple(str(key) for key in by),
        values=tuple(_dated(path, item) for item in values),
        before=str(content.get("before", "")),
        after=str(content.get("after", "")),
    )


def _wrong(parameter: Parameter) -> Iterator[Problem]:
    """Ranges that overlap or stand out of order, values without a citation, an unknown clock."""
    first = parameter.values[0]
    if parameter.clock not in CLOCKS:
        what = f"{parameter.name}: unknown clock {parameter.clock!r}; known: {_listed(CLOCKS)}"
        yield Problem(first.where, what)
    for dated in parameter.values:
        if not dated.cite:
            yield Problem(dated.where, f"{parameter.name}: a value without a citation")
        if dated.last and dated.last < dated.first:
            what = f"{parameter.name}: to {dated.last} is before from {dated.first}"
            yield Problem(dated.where, what)
    for one, other in pairwise(parameter.values):
        if one.last is None or one.last >= other.first:
            what = f"{parameter.name}: from {other.first} begins before the value above ends"
            yield Problem(other.where, f"{what}; give the value above a `to:` before it")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def read_parameters(path: Path) -> dict[str, Parameter]:
    """The parameters of one file by name; raises InputError with everything that is wrong."""
    content = read_yaml(path)
    declared = content.get("parameters") or {}
    found: dict[str, Parameter] = {}
    problems: list[Problem] = []
    for name, entry in declared.items():
        try:
            found[name] = _parameter(path, name, entry, content)
            problems += _wrong(found[name])
        except KeyError as error:
            problems.append(Problem(where(path, declared, name), f"{name} lacks {error}"))
        except TypeError as error:
            problems.append(Problem(where(path, declared, name), f"{name}: {error}"))
    if problems:
        raise InputError(problems)
    return found


def programs() -> Mapping[str, Sequence[Path]]:
    """Program → the files that hold its parameters."""
    found: dict[str, list[Path]] = {}
    for path in sorted(PARAMETERS_FOLDER.rglob("*.yaml")):
        found.setdefault(str(read_yaml(path).get("program")), []).append(path)
    return found


@cache
def load_program(program: str) -> Mapping[str, Parameter]:
    """All parameters of a program by name.

    Raises InputError where the program is unknown, or with everything that is wrong with its
    files: a parameter declared twice or incomplete, ranges that overlap, a missing citation.
    """
    files = programs()
    if program not in files:
        raise InputError(Problem(program, f"no such program{near(program, files)}"))
    found: dict[str, Parameter] = {}
    problems: list[Problem] = []
    for path in files[program]:
        try:
            read = read_parameters(path)
        except InputError as error:
            problems += error.problems
            continue
        twice = found.keys() & read.keys()
        problems += [
            Problem(read[it].values[0].where, f"{it} is declared twice") for it in sorted(twice)
        ]
        found |= read
    if problems:
        raise InputError(problems)
    return found


@cache
def code_lists() -> Mapping[str, Path]:
    """Every code list that ships with the package, by table name."""
    return {path.stem: path for path in sorted(PARAMETERS_FOLDER.rglob("*.csv"))}
