"""One hospital of the published files: its facts, and what the rules of a contract make of them.

A fact is read only from what CMS took in: thresholds, benchmarks, floors and rates. What CMS worked
out is only compared, with two exceptions that docs/programs/hvbp.md states: the domain scores where
there is no file of measures, and the combined surgical site infection score where the weights of
two different scores are unpublished.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from openvbc.contract.component import component
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.errors import InputError
from openvbc.parameters import Parameter
from openvbc.replicate.cells import Missing, Number, read_number
from openvbc.replicate.csvfile import Row
from openvbc.replicate.hvbp.layout import Column, year_label
from openvbc.replicate.hvbp.published import DomainFile, Results, year_of, year_text
from openvbc.rules.hvbp_measures import SURGICAL_SITE_INFECTION
from openvbc.rules.rule import Unknown, Value

DOMAIN_SCORES: Final = (
    "clinical_outcomes_score",
    "person_and_community_engagement_score",
    "safety_score",
    "efficiency_score",
)
ALWAYS: Final = frozenset({"achievement_threshold", "benchmark"})
"""Facts that every hospital has: they are the same for all."""

COMBINED: Final[Column] = ("combined_ssi_score", None)
OPTIONAL: Final = frozenset({"not available", "n/a"})
_POINTS: Final = re.compile(r"(\d+) out of \d+")


def read_cell(text: str) -> Number | Missing | None:
    """A number, points out of a number of points, or None where CMS says that there is none."""
    if text.lower() in OPTIONAL:
        return None
    points = _POINTS.fullmatch(text)
    return read_number(points[1] if points else text)


@dataclass
class HospitalFacts:
    """A hospital's rows by kind of file, its facts, and what is wrong with its rows and cells."""

    id: str
    rows: dict[str, Row] = field(default_factory=dict)
    values: dict[str, Value | dict[At, Value]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)


class HospitalReader:
    """Reads one hospital's facts, collecting what is wrong."""

    def __init__(self, results: Results, hospital: str) -> None:
        self.results = results
        self.facts = HospitalFacts(hospital)

    def read(self) -> HospitalFacts:
        """The hospital's facts."""
        for name, file in self.results.files.items():
            self._row(name, file)
        for name, row in self.facts.rows.items():
            self._facts(self.results.files[name], row)
        return self.facts

    def _row(self, name: str, file: DomainFile) -> None:
        rows = file.rows.get(self.facts.id, ())
        if not rows:
            self.facts.missing.append(f"{file.csv.path}: no row of hospital {self.facts.id}")
            return
        first = self.facts.rows[name] = rows[0]
        for row in rows[1:]:
            where = file.csv.where(row)
            found = f"found hospital {self.facts.id} again, first on line {first.line}"
            self.facts.twice.append(f"{where}: {found}; expected it once")
        text = year_text(file.csv, first)
        if text and year_of(file.csv, first) != self.results.year:
            found = f"{year_label()}: found {text!r}, expected {self.results.year}"
            self.facts.unreadable.append(f"{file.csv.where(first)}: {found}")

    def _facts(self, file: DomainFile, row: Row) -> None:
        numbers = {column: self._number(file, row, column) for column in file.kind.facts}
        for (name, measure), number in numbers.items():
            cells = self.facts.values.setdefault(name, {})
            if isinstance(cells, dict):
                cells[At(stratum=measure)] = None if number is None else number.share
        self._check_percents(file, row, numbers)
        if not self.results.measures:
            for name in DOMAIN_SCORES:
                number = self._number(file, row, (name, None))
                self.facts.values[name] = None if number is None else number.value
        elif COMBINED in file.columns:
            reported = read_cell(file.text(row, COMBINED))
            if isinstance(reported, Number):
                self.facts.values["reported_combined_ssi_score"] = reported.value

    def _check_percents(
        self, file: DomainFile, row: Row, numbers: Mapping[Column, Number | None]
    ) -> None:
        """Complain of a measure whose cells are partly percents and partly not."""
        percents: dict[str | None, set[bool]] = {}
        for (_, measure), number in numbers.items():
            if number is not None:
                percents.setdefault(measure, set()).add(number.percent)
        mixed = ", ".join(str(it) for it, kinds in percents.items() if len(kinds) > 1)
        if mixed:
            what = f"{mixed}: some cells are percents and some are not; expected all or none"
            self.facts.unreadable.append(f"{file.csv.where(row)}: {what}")

    def _number(self, file: DomainFile, row: Row, column: Column) -> Number | None:
        number = read_cell(file.text(row, column))
        if isinstance(number, Number):
            return number
        if number is None and column[0] not in ALWAYS:
            return None
        expected = "a number" if column[0] in ALWAYS else "a number or Not Available"
        found = repr(file.text(row, column))
        what = f"{file.place(row, column)}: found {found}, expected {expected}"
        suppressed = number is Missing.SUPPRESSED
        (self.facts.suppressed if suppressed else self.facts.unreadable).append(what)
        return None


class Computed:
    """A hospital's rules, resolved as a contract's are; each value is computed when asked for."""

    def __init__(
        self, results: Results, facts: HospitalFacts, parameters: Mapping[str, Parameter]
    ) -> None:
        self.results = results
        names = ("hvbp_measures", "hvbp") if results.measures else ("hvbp",)
        period = results.period
        coordinates = Coordinates({"performance": period}, tuple(results.measures), period[0])
        parts = tuple(component(name) for name in names)
        self._resolver = Resolver(parts, Given(facts.values), parameters, coordinates)

    def value(self, name: str, measure: str | None = None) -> Any:
        """The value of a rule or leaf, of a measure where it has one for each."""
        return self._resolver.line(name, At(stratum=measure)).value

    def score(self, column: Column) -> Decimal | None:
        """The value of a rule; none where it is unknown, which `refused` says."""
        value = self.value(*column)
        return None if isinstance(value, Unknown) else value

    @cached_property
    def refused(self) -> tuple[str, ...]:
        """Why the rules have no total for the hospital; empty where they have one, or none."""
        try:
            total = self.value("total_performance_score")
        except InputError as error:
            return tuple(str(problem) for problem in error.problems)
        return (total.reason,) if isinstance(total, Unknown) else ()

    @cached_property
    def ssi_weights_unpublished(self) -> bool:
        """Whether two surgical site infection scores differ, so that their weights count."""
        return len(set(self._ssi_scores())) > 1

    def _ssi_scores(self) -> Iterator[Decimal]:
        for measure, domain in self.results.measures.items():
            if domain == SURGICAL_SITE_INFECTION:
                score = self.value("measure_score", measure)
                if score is not None:
                    yield score
