"""Settlements: one period of a contract with its dated facts, read and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from openvbc.attribution_methods import look_back
from openvbc.contract.attributed import COVERED, NO_CUT
from openvbc.contract.benchmarks import BenchmarkFacts, benchmark_facts
from openvbc.contract.contract import AGREEMENT, Contract
from openvbc.contract.document import Fact, SettlementShape, read_known
from openvbc.contract.facts import At, Facts, FirstOf, Found
from openvbc.contract.given import leaves_of, unfit, wrong_value, wrong_values
from openvbc.contract.names import Coordinates, key_text
from openvbc.contract.part_year import (
    COUNTED,
    MONTHS,
    Days,
    PartYearFacts,
    part_year_months,
    why_not_counted,
)
from openvbc.contract.risk import Part, score_parts, year_problems
from openvbc.contract.step import StepInForce
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.parameters import exact
from openvbc.period import add_months, calendar_year, month_end, month_start, whole_months
from openvbc.rules.rule import Leaf
from openvbc.yamlfile import cited, where

STRATA: Final = ("esrd", "disabled", "aged_dual", "aged_nondual")
"""The enrolment types, in the order of 42 CFR 425.652(a)(2)."""

FIRST_YEAR: Final = "benchmark_first_year"
"""The parameter of a program whose benchmark years do not move with the agreement."""

REFERENCE_YEAR: Final = "risk_reference_year"
"""The parameter of a program that caps risk scores from another year than a benchmark year."""

RISK_METHOD: Final = "benchmark_risk_method"
"""The parameter that says whose risk adjustment method scores the people of a benchmark year."""

OWN_METHOD: Final = "own"

MEDICARE: Final = "medicare"
"""The line of business whose people have enrolment types."""

LONGEST_COUNTED: Final = 12
"""Months of a period whose people and claims are counted from tables."""

LONGEST_GIVEN: Final = 24
"""Months of a period whose figures are given; CJR's sixth performance year has fifteen."""


@dataclass(frozen=True)
class Settlement:
    """A settlement file with the contract it settles.

    step: where a plan of several years names the contract, the step whose terms the contract has.
    """

    path: Path
    shape: SettlementShape
    raw: CommentedMap
    contract: Contract
    step: StepInForce | None = None

    @property
    def id(self) -> str:
        """contract_period, as the file is called."""
        return f"{self.contract.id}_{self.shape.period}"

    @cached_property
    def sha256(self) -> str:
        """The hash of the file's bytes."""
        return file_digest(self.path)

    def where(self, key: str) -> str:
        """Say "file:line" of a key of the settlement."""
        return where(self.path, self.raw, key)

    def period_id(self, role: str) -> str:
        """The period's id in tables: PY2025 for the performance period, PY2025.base_1 and so on."""
        period = self.shape.period
        return period if role == "performance" else f"{period}.{role}"

    @cached_property
    def coordinates(self) -> Coordinates:
        """The periods, strata and agreement start of the statement's cells.

        Unless people are counted by enrolment type there are no benchmark years, and the strata are
        the settlement's.
        Raises InputError where the program has no rule for an agreement that starts then.
        """
        start = self.contract.shape.agreement.start
        own = (self.shape.first_day, self.shape.last_day)
        if not self.contract.by_enrolment_type:
            strata = tuple(self.shape.strata)
            return Coordinates({"performance": own}, strata, start, self.contract.strata)
        periods = {"performance": own, **self._years_before(start)}
        return Coordinates(periods, STRATA, start, self.contract.strata)

    @cached_property
    def counted(self) -> Days:
        """The days whose people and claims count: the period's own, or its whole calendar year.

        A calendar year where people are counted by enrolment type and the program has performance
        years that are a part of one.
        """
        own, agreement = (self.shape.first_day, self.shape.last_day), self.contract.shape.agreement
        if not (self.contract.by_enrolment_type and self.part_year_months):
            return own
        months = self.part_year_months
        refused = why_not_counted(own, agreement.start, agreement.end, months)
        return own if refused else calendar_year(own[0].year)

    @property
    def part_year_months(self) -> int:
        """The months of a performance year that is a part of a calendar year; 0: there is none."""
        return part_year_months(self.contract.parameters, self.shape.first_day)

    @property
    def is_part_year(self) -> bool:
        """Whether a whole calendar year is counted, and the period is a part of it."""
        return self.counted != (self.shape.first_day, self.shape.last_day)

    def _years_before(self, start: date) -> dict[str, tuple[date, date]]:
        """The benchmark years, and the year from which risk scores are capped where there is one.

        The benchmark years are those before the agreement, or those that the program names.
        """
        known = self.contract.parameters
        count = self._years("benchmark_years", start)
        named = FIRST_YEAR in known and count
        first = self._years(FIRST_YEAR, start) if named else start.year - count
        years = {f"base_{place + 1}": first + place for place in range(count)}
        if REFERENCE_YEAR in known:
            day = self.shape.first_day
            years["reference"] = int(self._parameter(REFERENCE_YEAR, day, "first_day"))
        return {role: calendar_year(year) for role, year in years.items()}

    def _years(self, name: str, start: date) -> int:
        """A number or a year that the program names, on the day of its clock.

        What it goes by (the type of an ACO) is a term or a fact.
        """
        parameter = self.contract.parameters[name]
        by_agreement = parameter.clock == "agreement_start"
        day, key = (start, AGREEMENT) if by_agreement else (self.shape.first_day, "first_day")
        return int(self._parameter(name, day, key, *map(self._said, parameter.keys)))

    def _said(self, name: str) -> str | None:
        """What the contract or the settlement says of a name, as a parameter's key."""
        term, fact = self.contract.term(name), self.shape.facts.get(name)
        given = term.value if term else fact.value if fact else None
        return None if given is None else key_text(given)

    def _parameter(self, name: str, day: date, key: str, *picks: str | None) -> Any:
        """A parameter of the program; problems stand at the key that gave the day.

        A pick of which nothing is said is the first entry: then no rule looks at the years.
        """
        parameter = self.contract.parameters[name]
        try:
            dated = parameter.on(day)
            return parameter.pick(dated, tuple(it or next(iter(dated.value)) for it in picks))
        except OpenVBCError as error:
            file = self.contract if key == AGREEMENT else self
            place = where(file.path, file.raw, key)
            raise InputError([Problem(place, it.what) for it in error.problems]) from error

    def paid_through(self, last_day: date) -> date:
        """The day up to which claims count: the end of the run-out, or as_of where that is before.

        Records that came later than the day the statement speaks of are not in it.
        """
        months = self.contract.run_out_months
        return min(month_end(add_months(last_day, months)), self.shape.as_of)

    def contract_periods(self) -> Iterator[dict[str, Any]]:
        """The rows of `contract_period` for this settlement; none without a population."""
        population = self.contract.shape.population
        if population is None:
            return
        start, by_type = self.shape.first_day, self.contract.by_enrolment_type
        for role, days in self.coordinates.periods.items():
            first, last = self.counted if role == "performance" else days
            yield {
                "contract_id": self.contract.id,
                "period_id": self.period_id(role),
                "performance_period": self.shape.period,
                "performance_first_day": start,
                "role": role,
                "year": first.year,
                "first_day": first,
                "last_day": last,
                "paid_through": self.paid_through(last),
                "line_of_business": self.contract.shape.line_of_business,
                "method": population.method,
                "assignment": population.assignment,
                "cut": population.cut if by_type else NO_CUT,
                **(self._assigned if population.is_mssp else self._attributed)(first, last),
            }

    def _assigned(self, first: date, last: date) -> dict[str, Any]:
        """The windows in which the Shared Savings Program's people of a period are assigned."""
        start, population = self.shape.first_day, self.contract.shape.population
        assignment = population.assignment if population else ""

        def rule(name: str, *picks: str) -> Any:
            return self._parameter(name, start, "first_day", *picks)

        lag = int(rule("assignment_window_lag_months", assignment))
        expanded = int(rule("expanded_window_months"))
        window_last = month_end(add_months(last, -lag))
        return {
            "assignment_first_day": add_months(first, -lag),
            "assignment_last_day": window_last,
            "expanded_first_day": month_start_before(window_last, expanded),
            "step_one_npp": bool(rule("assignment_step_one_npp")),
            "step_three": bool(rule("assignment_step_three")),
            "designation": str(rule("assignment_designation")),
            "clinic_attestation": self.attests_clinics,
        }

    def _attributed(self, first: date, last: date) -> dict[str, Any]:
        """The same of a declared method: the months that it looks back on."""
        population = self.contract.shape.population
        method = population.method if population else ""
        earliest, latest = look_back(self.contract.packs, method, whole_months(first, last))
        return {
            "assignment_first_day": add_months(first, earliest - 1),
            "assignment_last_day": month_end(add_months(first, latest - 1)),
            "expanded_first_day": add_months(first, earliest - 1),
            "step_one_npp": False,
            "step_three": False,
            "designation": "none",
            "clinic_attestation": False,
        }

    @property
    def attests_clinics(self) -> bool:
        """Whether the ACO attests who its clinics' primary care physicians are."""
        population = self.contract.shape.population
        if population is None or not population.is_mssp:
            return False
        return bool(self._parameter("clinic_attestation", self.shape.first_day, "first_day"))

    @property
    def enrolment_types(self) -> tuple[str, ...]:
        """The types that people are scored in: of Medicare four, else one."""
        return STRATA if self.contract.shape.line_of_business == MEDICARE else (COVERED,)

    def risk_parts(self) -> Iterator[tuple[dict[str, Any], str, Part]]:
        """Each period with each enrolment type and its models; none without `risk:`."""
        clause = self.contract.shape.risk
        if clause is None:
            return
        for row in self.contract_periods():
            method, years = self.method_years[row["year"]], set(self.method_years.values())
            for stratum in self.enrolment_types:
                for part in score_parts(clause, stratum, method, years, self.contract.packs):
                    yield row, stratum, part

    @cached_property
    def method_years(self) -> dict[int, int]:
        """Each period's year → the year whose risk adjustment method scores its people.

        The performance year's, unless the program says that a benchmark year has its own.
        """
        performance, start = self.shape.first_day.year, self.contract.shape.agreement.start
        years = [days[0].year for days in self.coordinates.periods.values()]
        own = RISK_METHOD in self.contract.parameters and (
            self._parameter(RISK_METHOD, start, AGREEMENT) == OWN_METHOD
        )
        return {it: it if own else performance for it in years}

    def facts(self) -> Facts:
        """The settlement's facts as a supplier of leaves, with its benchmarks where it has some.

        Raises InputError where the benchmark file cannot be used.
        """
        own = SettlementFacts(self)
        suppliers: list[Facts] = [own]
        if self.shape.benchmarks is not None:
            suppliers.insert(0, self._benchmarks(own))
        if self.is_part_year:
            days = (self.shape.first_day, self.shape.last_day)
            file = cited(self.path, self.raw, "first_day")
            suppliers.insert(0, PartYearFacts(days, self.counted, file))
        return FirstOf(suppliers) if len(suppliers) > 1 else own

    def _benchmarks(self, own: "SettlementFacts") -> BenchmarkFacts:
        path = self.path.parent / str(self.shape.benchmarks)
        place = self.where("benchmarks")
        if not path.is_file():
            raise InputError(
                Problem(place, f"no file {self.shape.benchmarks} beside the settlement")
            )
        file = f"{path.parent.name}/{path.name}"
        source = {"kind": "benchmark", "file": file, "sha256": file_digest(path)}
        return benchmark_facts(path, self.shape.first_day.year, own, place, source)


def month_start_before(last_day: date, months: int) -> date:
    """The first day of a window of whole months that ends on last_day."""
    return add_months(month_start(last_day), 1 - months)


@dataclass(frozen=True)
class SettlementFacts:
    """The facts that stand in a settlement file, and the terms that stand in its contract."""

    settlement: Settlement

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The fact's value in the cell, or the contract's term."""
        term = self.settlement.contract.term(leaf.name)
        if term is not None:
            value = _cell(term.value, leaf, at)
            step = self.settlement.step
            source = {
                "kind": "term",
                "file": term.cited,
                **(step.source(leaf.name) if step else {}),
            }
            return (
                None if isinstance(term.value, Mapping) and value is None else Found(value, source)
            )
        fact = self.settlement.shape.facts.get(leaf.name)
        given = None if fact is None else fact.values if fact.value is None else fact.value
        value = _cell(given, leaf, at)
        if fact is None or value is None:
            return None
        source = {
            "kind": "fact",
            "file": cited(self.settlement.path, self.settlement.raw["facts"], leaf.name),
            "source": fact.source,
            "received_on": str(fact.received_on),
        }
        return Found(exact(value, keys=str), source)


def _cell(found: Any, leaf: Leaf, at: At) -> Any:
    """A fact's or a term's value in a cell; one value for several cells holds in each of them."""
    if "period" in leaf.per and isinstance(found, Mapping):
        found = found.get(at.period)
    if "stratum" in leaf.per and isinstance(found, Mapping):
        found = found.get(at.stratum)
    return found


def read_settlement(path: Path, contracts: Mapping[str, Contract]) -> Settlement:
    """Read a settlement and check its days and facts against its contract.

    Raises InputError with everything that is wrong.
    """
    shape, raw, problems = read_known(path, SettlementShape)
    contract = contracts.get(shape.contract)
    if contract is None:
        known = ", ".join(sorted(contracts)) or "none"
        what = f"no contract {shape.contract}; known: {known}"
        raise InputError([*problems, Problem(where(path, raw, "contract"), what)])
    settlement = Settlement(path, shape, raw, contract)
    problems += [*_day_problems(settlement), *_part_year_problems(settlement)]
    problems += _strata_problems(settlement)
    problems += _fact_problems(settlement)
    if contract.shape.risk:
        agreement = contract.shape.agreement
        ends = agreement.start.year, (agreement.end or date.max).year
        methods, clause = settlement.method_years, contract.shape.risk
        problems += year_problems(contract.path, contract.raw, clause, methods, ends)
    if problems:
        raise InputError(problems)
    return settlement


def _day_problems(settlement: Settlement) -> Iterator[Problem]:
    """A period of whole months within the agreement, and a statement that looks back on it."""
    shape, agreement = settlement.shape, settlement.contract.shape.agreement
    first, last = shape.first_day, shape.last_day
    if first != month_start(first):
        yield Problem(settlement.where("first_day"), f"{first} is not the first day of a month")
    if last != month_end(last):
        yield Problem(settlement.where("last_day"), f"{last} is not the last day of a month")
    longest = LONGEST_COUNTED if settlement.contract.shape.population else LONGEST_GIVEN
    if not first <= last < add_months(first, longest):
        what = f"the period is {first} to {last}; expected at most {longest} months, first to last"
        yield Problem(settlement.where("last_day"), what)
    if first < agreement.start or (agreement.end and last > agreement.end):
        until = f"to {agreement.end}" if agreement.end else "on"
        what = f"the period {first} to {last} is not in the agreement, {agreement.start} {until}"
        yield Problem(settlement.where("first_day"), what)
    book = settlement.contract.shape.book
    if book and book.base_year is not None and book.base_year >= first.year:
        what = f"base_year {book.base_year} is not before the period, which begins on {first}"
        yield Problem(where(settlement.contract.path, settlement.contract.raw, "book"), what)
    if shape.as_of < first:
        what = f"as_of {shape.as_of} is before the period begins on {first}"
        yield Problem(settlement.where("as_of"), what)
    run_out, last = settlement.contract.run_out_months, settlement.counted[1]
    if shape.kind == "final" and settlement.paid_through(last) < month_end(
        add_months(last, run_out)
    ):
        what = f"a final statement counts {run_out} months of run-out, and as_of {shape.as_of}"
        yield Problem(settlement.where("kind"), f"{what} is before they end; say kind: interim")
    if shape.kind in {"restated", "reopened"} and shape.supersedes is None:
        what = f"a {shape.kind} statement says which it replaces; add supersedes: its statement_id"
        yield Problem(settlement.where("kind"), what)


def _part_year_problems(settlement: Settlement) -> Iterator[Problem]:
    """A period that cannot be counted by calendar year, or whose months are given besides."""
    shape, contract = settlement.shape, settlement.contract
    first, last, agreement = shape.first_day, shape.last_day, contract.shape.agreement
    if not contract.by_enrolment_type or not first <= last < add_months(first, LONGEST_COUNTED):
        return  # the latter is a problem of its own
    months = settlement.part_year_months
    why = why_not_counted((first, last), agreement.start, agreement.end, months)
    if why:
        what = f"the period {first} to {last} is not a calendar year, for which people and claims"
        yield Problem(settlement.where("last_day"), f"{what} are counted by enrolment type; {why}")
    for name in (MONTHS, COUNTED) if settlement.is_part_year else ():
        term, facts = contract.term(name), settlement.raw.get("facts") or {}
        if term or name in shape.facts:
            what = f"{name} follows from the days of the period, {first} to {last}; leave it out"
            yield Problem(term.where if term else where(settlement.path, facts, name), what)


def _strata_problems(settlement: Settlement) -> Iterator[Problem]:
    """Strata each once, where the contract has no population and its rules go by stratum."""
    strata, contract = settlement.shape.strata, settlement.contract
    if contract.by_enrolment_type:
        if strata:
            what = "the strata of a contract with a population are its enrolment types"
            yield Problem(settlement.where("strata"), f"{what}; leave this out")
        return
    for name in dict.fromkeys(it for it in strata if strata.count(it) > 1):
        yield Problem(settlement.where("strata"), f"{name} stands twice; name each stratum once")
    without = [
        part.name
        for part in contract.components
        if any("stratum" in part.rules[name].per for name in part.results)
        and not settlement.coordinates.strata_of(part.name)
    ]
    if without:
        what = f"{', '.join(without)} settles strata (measures, conditions, categories), and"
        yield Problem(str(settlement.path), f"{what} none is named; list them under `strata:`")


def _fact_problems(settlement: Settlement) -> Iterator[Problem]:
    components = settlement.contract.components
    leaves = leaves_of(components)
    for name, fact in settlement.shape.facts.items():
        place = where(settlement.path, settlement.raw["facts"], name)
        misfit = unfit(name, components, "fact")
        if name in settlement.contract.counted:
            misfit = f"{name} is counted from members; it is no fact"
        if misfit:
            yield Problem(place, misfit)
            continue
        term = settlement.contract.term(name)
        if term is not None:
            yield Problem(place, f"{name} is a term of the contract ({term.where}); give it once")
        if fact.unit != leaves[name].unit:
            yield Problem(place, f"{name} has unit {fact.unit}; expected {leaves[name].unit}")
        if fact.received_on > settlement.shape.as_of:
            what = f"{name} was received on {fact.received_on}, after as_of"
            yield Problem(place, f"{what} {settlement.shape.as_of}; it cannot be in the statement")
        yield from (Problem(place, it) for it in _value_problems(settlement, fact, leaves[name]))


def _strata(settlement: Settlement, name: str) -> tuple[str, ...]:
    """The strata of the components that have a leaf of a name, each once."""
    parts = [it.name for it in settlement.contract.components if name in it.leaves]
    found = [it for part in parts for it in settlement.coordinates.strata_of(part)]
    return tuple(dict.fromkeys(found))


def _value_problems(settlement: Settlement, fact: Fact, leaf: Leaf) -> Iterator[str]:
    if fact.values is None:
        wrong = wrong_value(leaf, exact(fact.value, keys=str))
        return iter([wrong] if wrong else [])
    try:
        periods = tuple(settlement.coordinates.periods)
        strata = _strata(settlement, leaf.name)
    except OpenVBCError:  # the agreement's date is a problem of its own, and named by the check
        return iter(())
    if "stratum" in leaf.per and not strata:  # a problem of its own
        return iter(())
    cells = {"period": periods, "stratum": strata}
    return wrong_values(leaf, exact(fact.values, keys=str), cells)
