"""Checking contracts and settlements without any data: every name, every date, every fact."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from openvbc.contract.component import Component
from openvbc.contract.contract import Contract
from openvbc.contract.facts import At, Facts
from openvbc.contract.names import Names, key_text
from openvbc.contract.settlement import Settlement
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.parameters import STRATUM, DatedValue, Parameter
from openvbc.period import fiscal_year_of
from openvbc.rules.rule import Leaf, Rule
from openvbc.yamlfile import where

Cell = tuple[str, At]

Noted = dict[tuple[str, str], list[At]]
"""Component and leaf → the cells without a value."""

CLINICS: Final = ("fqhc", "rhc")
"""Roles of participants that are federally qualified health centers or rural health clinics."""

NATIONAL_CUT: Final = "truncation_cut"
"""The fact that a contract with `cut: national` needs in every cell, because tables do."""


class Checker:
    """Walks from every result to its leaves as the resolver would, without computing anything."""

    def __init__(self, settlement: Settlement, facts: Facts) -> None:
        self.settlement = settlement
        self.contract = settlement.contract
        self.coordinates = settlement.coordinates
        self.facts = facts
        self.names = Names(self.contract.components, self.contract.parameters, self.contract.same)
        self._seen: set[Cell] = set()
        self._open: list[Cell] = []
        self._missing: Noted = {}
        self._doubtful: Noted = {}

    def problems(self) -> list[Problem]:
        """Everything wrong, each once.

        Names with two meanings or none, cycles, dates and keys without a value, missing facts.
        """
        found = dict.fromkeys(self.names.shadowed())
        for component in self.names.components:
            for name in component.results:
                for at in self.coordinates.cells(component.rules[name].per, component.name):
                    found |= dict.fromkeys(self._name(name, at, component))
        self._national_cut()
        self._given_nowhere()
        return list(found | dict.fromkeys(self._missing_facts()))

    def _name(self, name: str, at: At, component: Component) -> Iterator[Problem]:
        try:
            found = self.names.find(name, component)
        except OpenVBCError as error:
            yield from _at_components(self.contract, error)
            return
        if isinstance(found, Parameter):
            yield from self._parameter(found, at, component)
        elif isinstance(found[1], Leaf):
            self._leaf(found[0], found[1], at)
        else:
            yield from self._rule(found[0], found[1], at)

    def _rule(self, component: Component, rule: Rule, at: At) -> Iterator[Problem]:
        cell = self.coordinates.project(at, rule.per)
        key = (f"{component.name}/{rule.name}", cell)
        if key in self._open:
            chain = " → ".join(path for path, _ in [*self._open[self._open.index(key) :], key])
            yield Problem(key[0], f"depends on itself: {chain}")
        if key in self._seen:
            return
        self._seen.add(key)
        if "stratum" in rule.per and cell.stratum is None:
            yield Problem(key[0], "is one value per stratum; gather it with ByStratum")
            return
        self._open.append(key)
        for argument in rule.arguments:
            owner = self.names.owner(argument.name, component)
            for _, place in self.coordinates.gathered(argument, cell, owner):
                yield from self._name(argument.name, place, component)
        self._open.pop()

    def _leaf(self, component: Component, leaf: Leaf, at: At) -> None:
        cell = self.coordinates.project(at, leaf.per)
        counted = leaf.table or leaf.name in self.contract.counted
        if counted or leaf.default != "required" or self.facts.get(leaf, cell) is not None:
            return
        people = self._people(component, leaf, cell) if leaf.people else Decimal(1)
        if people is None:
            _note(self._doubtful, component, leaf, cell)
        elif people:
            self._miss(component, leaf, cell)

    def _people(self, component: Component, leaf: Leaf, cell: At) -> Decimal | None:
        """The people whom a figure is of; None where no table or fact counts them yet."""
        owner = self.names.find(leaf.people, component)
        if isinstance(owner, Parameter) or not isinstance(owner[1], Leaf):
            return None
        try:
            found = [self.facts.get(owner[1], it) for it in self.coordinates.people_of(cell)]
        except OpenVBCError:
            return None
        values = [it.value for it in found if it is not None]
        known = [it for it in values if isinstance(it, Decimal)]
        return sum(known, Decimal(0)) if len(known) == len(found) else None

    def _miss(self, component: Component, leaf: Leaf, cell: At) -> None:
        _note(self._missing, component, leaf, cell)

    def _given_nowhere(self) -> None:
        """A figure that only cells without people may lack is missing where no cell has it."""
        parts = {it.name: it for it in self.names.components}
        for (component, name), cells in self._doubtful.items():
            leaf = parts[component].leaves[name]
            every = self.coordinates.cells(leaf.per, component)
            if not any(self.facts.get(leaf, it) for it in every):
                self._missing.setdefault((component, name), []).extend(cells)

    def _national_cut(self) -> None:
        """The national cut is a fact that tables need; without it nothing is counted."""
        population = self.contract.shape.population
        if population and self.contract.by_enrolment_type and population.cut == "national":
            for component in self.contract.components:
                leaf = component.leaves.get(NATIONAL_CUT)
                for cell in self.coordinates.cells(leaf.per) if leaf else ():
                    if leaf and self.facts.get(leaf, cell) is None:
                        self._miss(component, leaf, cell)

    def _missing_facts(self) -> Iterator[Problem]:
        """One line for each fact, with the cells that lack it."""
        parts = {it.name: it for it in self.names.components}
        for (component, name), cells in self._missing.items():
            leaf = parts[component].leaves[name]
            every = len(cells) == len(list(self.coordinates.cells(leaf.per, component)))
            which = "; ".join(map(str, cells)) if not every or len(cells) == 1 else "every cell"
            what = f"{component} needs the fact {name} ({leaf.unit}) for {which}: {leaf.says}"
            yield Problem(str(self.settlement.path), what)

    def _parameter(self, parameter: Parameter, at: At, component: Component) -> Iterator[Problem]:
        for name in parameter.keys:
            yield from self._name(name, at, component)
        yield from self._fiscal_year(parameter)
        try:
            dated = parameter.on(self.coordinates.day(parameter.clock, at))
        except OpenVBCError as error:
            yield from (Problem(self._clock(parameter.clock), it.what) for it in error.problems)
            return
        yield from self._keys(parameter, dated, at, component)

    def _clock(self, clock: str) -> str:
        """The line of the day that a clock reads: the agreement's, or the period's."""
        if clock in {"performance_year", "fiscal_year"}:
            return self.settlement.where("first_day")
        return where(self.contract.path, self.contract.raw, "agreement")

    def _fiscal_year(self, parameter: Parameter) -> Iterator[Problem]:
        """A period that two fiscal years share has no one value of a fiscal year's parameter."""
        first, last = self.settlement.shape.first_day, self.settlement.shape.last_day
        if parameter.clock == "fiscal_year" and fiscal_year_of(first) != fiscal_year_of(last):
            what = f"the period {first} to {last} is in two federal fiscal years; the program's are"
            place = self.settlement.where("last_day")
            yield Problem(place, f"{what} read for one, 1 October to 30 September")

    def _keys(
        self, parameter: Parameter, dated: DatedValue, at: At, component: Component
    ) -> Iterator[Problem]:
        """Keys that the contract or the settlement give, and the parameter does not know."""
        keys = [self._key(name, at, component) for name in parameter.by]
        if None in keys:
            return
        try:
            parameter.pick(dated, tuple(str(key) for key in keys))
        except OpenVBCError as error:
            for it in error.problems:
                wrong = next(name for name in parameter.by if f" for {name} = " in it.what)
                yield Problem(self._given(wrong), it.what)

    def _key(self, name: str, at: At, component: Component) -> str | None:
        """The value of a leaf as a key; None where it is not known without computing."""
        if name == STRATUM:
            return None if at.stratum is None else key_text(at.stratum)
        try:
            found = self.names.find(name, component)
        except OpenVBCError:
            return None
        if isinstance(found, Parameter) or not isinstance(found[1], Leaf) or found[1].table:
            return None
        leaf = found[1]
        given = self.facts.get(leaf, self.coordinates.project(at, leaf.per))
        value = given.value if given else leaf.default
        return None if value == "required" else key_text(value)

    def _given(self, name: str) -> str:
        """Where a term, a fact or the strata stand."""
        if name == STRATUM:
            return self.settlement.where("strata")
        term = self.contract.term(name)
        facts = self.settlement.raw.get("facts") or {}
        return term.where if term else where(self.settlement.path, facts, name)


def _note(noted: Noted, component: Component, leaf: Leaf, cell: At) -> None:
    cells = noted.setdefault((component.name, leaf.name), [])
    if cell not in cells:
        cells.append(cell)


def check_settlement(settlement: Settlement, facts: Facts | None = None) -> list[Problem]:
    """Everything that is wrong with a settlement and its contract, found without data.

    facts: who supplies the leaves, where it is not the settlement's own file.
    """
    try:
        found = Checker(settlement, facts or settlement.facts()).problems()
        periods = [*_periods(settlement), *_clinics(settlement)]
    except OpenVBCError as error:
        return list(error.problems)
    return list(dict.fromkeys([*found, *periods, *_assertions(settlement)]))


def _periods(settlement: Settlement) -> Sequence[Problem]:
    """Windows that the program has no rule for."""
    try:
        list(settlement.contract_periods())
    except OpenVBCError as error:
        return error.problems
    return ()


def _clinics(settlement: Settlement) -> Iterator[Problem]:
    """Clinics of which nobody is attested: all that they furnished would be a nurse's."""
    if not settlement.attests_clinics:
        return
    day = settlement.shape.first_day
    listed = [
        row
        for row in settlement.contract.participants()
        if (row["valid_from"] or day) <= day <= (row["valid_to"] or day)
    ]
    attested = {row["ccn"] for row in listed if row["npi"]}
    clinics = (row["ccn"] for row in listed if (row["role"] or "").lower() in CLINICS)
    for ccn in dict.fromkeys(it for it in clinics if it not in attested):
        what = (
            f"{ccn} is a clinic, whose primary care physicians the ACO attests in this year "
            f"(42 CFR 425.404(a)): add a row with ccn and npi for each, in force on {day}"
        )
        contract = settlement.contract
        yield Problem(where(contract.path, contract.raw["population"], "participants"), what)


def _assertions(settlement: Settlement) -> Iterator[Problem]:
    """Assertions about lines that no component can make."""
    paths = {
        f"{part.name}/{name}"
        for part in settlement.contract.components
        for name in (*part.rules, *part.leaves)
    } | {f"parameters/{name}" for name in settlement.contract.parameters}
    for name in settlement.shape.asserts:
        if name.partition("@")[0] not in paths:
            place = where(settlement.path, settlement.raw["assert"], name)
            yield Problem(place, f"{name} is no line of this statement")


def check_contract(contract: Contract) -> list[Problem]:
    """Everything that is wrong with a contract by itself: its names and its participant list."""
    names = Names(contract.components, contract.parameters, contract.same)
    found: dict[Problem, None] = dict.fromkeys(names.shadowed())
    seen: set[tuple[str, str]] = set()
    for component in contract.components:
        for name in component.results:
            try:
                _walk(names, name, component, seen)
            except OpenVBCError as error:
                found |= dict.fromkeys(_at_components(contract, error))
    return [*found, *_participants(contract)]


def _participants(contract: Contract) -> Sequence[Problem]:
    try:
        listed = contract.participants()
    except OpenVBCError as error:
        return error.problems
    path = contract.participants_path
    what = "has no participants; nobody can be assigned"
    return (Problem(str(path), what),) if path and not listed else ()


def _at_components(contract: Contract, error: OpenVBCError) -> list[Problem]:
    """A name that means nothing, or two things, is a matter of which components there are."""
    place = where(contract.path, contract.raw, "components")
    return [Problem(place, it.what) for it in error.problems]


def _walk(names: Names, name: str, seen_from: Component, seen: set[tuple[str, str]]) -> None:
    """Find every name on the way from a result; raises InputError with all that cannot be."""
    if (seen_from.name, name) in seen:
        return
    seen.add((seen_from.name, name))
    found = names.find(name, seen_from)
    if isinstance(found, Parameter):
        needs = [(key, seen_from) for key in found.keys]
    else:
        arguments = found[1].arguments if isinstance(found[1], Rule) else ()
        needs = [(it.name, found[0]) for it in arguments]
    problems: list[Problem] = []
    for needed, place in needs:
        try:
            _walk(names, needed, place, seen)
        except OpenVBCError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def check_all(
    contracts: Mapping[str, Contract], settlements: Mapping[str, Settlement]
) -> list[Problem]:
    """Everything that is wrong with contracts and settlements, each once."""
    found = [it for contract in contracts.values() for it in check_contract(contract)]
    found += [it for one in settlements.values() for it in check_settlement(one)]
    return list(dict.fromkeys(found))
