"""`analyses.yaml`: what a workspace computes beside contracts, for which years and by which day.

    analyses:
      medicare:
        line_of_business: medicare
        years: [2024, 2025]
        paid_through: {2024: 2025-03-31, 2025: 2026-03-31}
        risk: [cms_hcc_v24, cms_hcc_v28_2026]
        groupers: [elixhauser]

A risk model with its payment year scores every year of the analysis; without one, each year has
its own year's pack.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StrictInt, StrictStr
from ruamel.yaml.comments import CommentedMap

from openvbc.attribution_methods import method_names
from openvbc.contract.document import read_shape
from openvbc.contract.risk import PACKS, pack_of
from openvbc.contract.shape import Shape, read_day
from openvbc.errors import InputError, Problem, near
from openvbc.groupers.tables import days_of, find_grouper, grouper_names, years_before
from openvbc.period import calendar_year
from openvbc.risk.inputs import Asked
from openvbc.risk.pack import pack_folders
from openvbc.yamlfile import plain, read_yaml

FILE: Final = "analyses.yaml"
CHOICES: Final = Path(__file__).parent / "analysis_choices.yaml"

KINDS: Final[Mapping[str, str]] = {
    "groupers": "grouper",
    "attribution": "attribution",
    "measures": "measure",
}
"""Key of an analysis → the kind of its names in `analysis_choice`."""

Year = Annotated[StrictInt, Field(ge=1900, le=2999)]
Row = dict[str, Any]


def _paid_through(value: object) -> date | dict[str, date]:
    if isinstance(value, Mapping):
        return {str(year): read_day(day) for year, day in value.items()}
    return read_day(value)


PaidThrough = Annotated[date | dict[str, date], BeforeValidator(_paid_through)]


class Analysis(Shape):
    """One analysis: whose months and claims, in which years, as they stood by which day.

    paid_through is one day for all years, or one for each. risk: risk models; groupers,
    attribution, measures: names of `analysis_choices.yaml`.
    """

    line_of_business: StrictStr
    years: list[Year] = Field(min_length=1)
    paid_through: PaidThrough
    risk: list[StrictStr] = Field([])
    groupers: list[StrictStr] = Field([])
    attribution: list[StrictStr] = Field([])
    measures: list[StrictStr] = Field([])

    def paid_by(self, year: int) -> date | None:
        """The day by which a year's claims count; None where none is given."""
        given = self.paid_through
        return given.get(str(year)) if isinstance(given, Mapping) else given

    def names(self) -> Iterator[tuple[str, str]]:
        """Kind and name of everything asked for, risk models aside."""
        for key, kind in KINDS.items():
            for name in getattr(self, key):
                yield kind, name


class AnalysesShape(Shape):
    """The file: analyses by their names."""

    analyses: dict[str, Analysis]


@cache
def choices() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Kind → name → what it says and how many years before it reads."""
    return {kind: plain(names) for kind, names in read_yaml(CHOICES).items()}


@dataclass(frozen=True)
class Analyses:
    """The analyses of a workspace by name, and where its own risk packs stand."""

    by_name: Mapping[str, Analysis]
    packs: Path

    def asked(self) -> Iterator[Asked]:
        """The risk models asked for, year by year."""
        for it in self.by_name.values():
            for year, name in ((year, name) for year in it.years for name in it.risk):
                paid = it.paid_by(year)
                if paid is not None:
                    model = pack_of(name, year, pack_folders(self.packs))
                    yield Asked(model, year, it.line_of_business, paid)

    def periods(self) -> dict[str, list[Row]]:
        """The rows of `analysis_period` by year."""
        return _by_year(row for name, it in self.by_name.items() for row in _periods(name, it))

    def chosen(self) -> dict[str, list[Row]]:
        """The rows of `analysis_choice` by year."""
        return _by_year(
            {"analysis_id": f"{label}/{year}", "year": year, "kind": kind, "name": name}
            for label, it in self.by_name.items()
            for year in it.years
            for kind, name in it.names()
        )

    def days(self) -> dict[str, tuple[date, date]]:
        """Year → the first and last day that its models look at."""
        found: dict[str, tuple[date, date]] = {}
        for it in self.by_name.values():
            for year in it.years:
                first = calendar_year(year - _years_before(it, self.packs))[0]
                known = found.get(str(year))
                last = calendar_year(year)[1]
                found[str(year)] = (min(first, known[0]) if known else first, last)
        return found

    def facts(self) -> Iterator[tuple[str, Row]]:
        """Each analysis by name, with what a build takes from it."""
        for name, it in self.by_name.items():
            yield name, it.model_dump(mode="json")


def known_names(packs: Path) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """What may be asked for by name: what ships, and the workspace's own groupers and methods."""
    own = {name: {"years_before": years_before(packs / name)} for name in grouper_names(packs)}
    methods = method_names(packs)
    return {**choices(), "grouper": {**choices()["grouper"], **own}, "attribution": methods}


def _years_before(it: Analysis, packs: Path) -> int:
    known = known_names(packs)
    before = [int(known[kind][name]["years_before"]) for kind, name in it.names()]
    return max([*before, *([1] if it.risk else [])], default=0)


def _periods(name: str, it: Analysis) -> Iterator[Row]:
    for year in it.years:
        first, last = calendar_year(year)
        yield {
            "analysis_id": f"{name}/{year}",
            "year": year,
            "line_of_business": it.line_of_business,
            "first_day": first,
            "last_day": last,
            "paid_through": it.paid_by(year),
        }


def _by_year(rows: Iterable[Row]) -> dict[str, list[Row]]:
    years: dict[str, list[Row]] = {}
    for row in rows:
        years.setdefault(str(row["year"]), []).append(row)
    return dict(sorted(years.items()))


def read_analyses(root: Path) -> Analyses:
    """The analyses of a workspace; none where it has no file.

    Raises InputError with everything that is wrong with the file, each with its line.
    """
    path, packs = root / FILE, root / PACKS
    if not path.is_file():
        return Analyses({}, packs)
    shape, raw = read_shape(path, AnalysesShape)
    problems = [
        problem
        for name, it in shape.analyses.items()
        for problem in _problems(path, raw["analyses"][name], it, packs)
    ]
    if problems:
        raise InputError(problems)
    return Analyses(shape.analyses, packs)


def unloaded_lines(root: Path, loaded: Collection[str]) -> Iterator[Problem]:
    """A problem for each analysis of a line of business of which no row is loaded.

    loaded: the lines of what is loaded; where that is nothing, no line is held to it.
    """
    path = root / FILE
    shape, raw = read_shape(path, AnalysesShape)
    for name, it in shape.analyses.items():
        if loaded and it.line_of_business not in loaded:
            what = f"no loaded row is of line_of_business {it.line_of_business}"
            place = _place(path, raw["analyses"][name], "line_of_business", None)
            yield Problem(place, f"{what}{near(it.line_of_business, loaded)}")


def _problems(path: Path, raw: CommentedMap, it: Analysis, packs: Path) -> Iterator[Problem]:
    known = known_names(packs)
    for key, kind in KINDS.items():
        for at, name in enumerate(getattr(it, key)):
            if name not in known.get(kind, {}):
                what = f"unknown {kind} {name}{near(name, known.get(kind, {}))}"
                yield Problem(_place(path, raw, key, at), what)
    yield from _risk_problems(path, raw, it, packs)
    yield from _grouper_problems(path, raw, it, packs)
    yield from _day_problems(path, raw, it)
    for key in ("years", "risk", *KINDS):
        given = getattr(it, key)
        for at, one in enumerate(given):
            if one in given[:at]:
                yield Problem(_place(path, raw, key, at), f"{one} stands twice; say it once")


def _risk_problems(path: Path, raw: CommentedMap, it: Analysis, packs: Path) -> Iterator[Problem]:
    known = pack_folders(packs)
    for at, name in enumerate(it.risk):
        missing = [year for year in it.years if pack_of(name, year, known) not in known]
        if missing:
            years = ", ".join(map(str, missing))
            what = f"no table pack of risk model {name} for {years}{near(name, known)}"
            yield Problem(_place(path, raw, "risk", at), what)


def _grouper_problems(
    path: Path, raw: CommentedMap, it: Analysis, packs: Path
) -> Iterator[Problem]:
    """Years of which no day is one of a grouper's own."""
    known = known_names(packs)["grouper"]
    for at, name in ((at, name) for at, name in enumerate(it.groupers) if name in known):
        first, last = days_of(find_grouper(name, packs))
        outside = [year for year in it.years if not first.year <= year <= last.year]
        if outside:
            days = f"from {first}" + (f" to {last}" if last < date.max else " on")
            years = ", ".join(map(str, outside))
            what = f"grouper {name} is for days {days}, and {years} has none of them; ask for "
            yield Problem(_place(path, raw, "groupers", at), f"{what}other years, or another one")


def _day_problems(path: Path, raw: CommentedMap, it: Analysis) -> Iterator[Problem]:
    place = _place(path, raw, "paid_through", None)
    for year in it.years:
        paid = it.paid_by(year)
        if paid is None:
            yield Problem(place, f"paid_through has no day for {year}; give each year one")
        elif paid < calendar_year(year)[0]:
            yield Problem(place, f"paid_through {paid} is before {year} begins; give a later day")
    if isinstance(it.paid_through, Mapping):
        for key in sorted({*it.paid_through} - {str(year) for year in it.years}):
            yield Problem(place, f"paid_through names {key}, which is none of years")


def _place(path: Path, raw: CommentedMap, key: str, at: int | None) -> str:
    """Say "file:line" of a key, or of an item of its list."""
    line = raw[key].lc.item(at)[0] if at is not None else raw.lc.key(key)[0]
    return f"{path}:{int(line) + 1}"
