"""Checking a settlement without any data: every name, every date, every fact."""

from collections.abc import Iterator

from openvbc.contract.component import Component
from openvbc.contract.contract import Settlement
from openvbc.contract.facts import At
from openvbc.contract.names import Names
from openvbc.errors import OpenVBCError, Problem
from openvbc.parameters import Parameter
from openvbc.rules.rule import Leaf, Rule

Cell = tuple[str, At]


class Checker:
    """Walks from every result to its leaves as the resolver would, without computing anything."""

    def __init__(self, settlement: Settlement) -> None:
        self.settlement = settlement
        self.coordinates = settlement.coordinates
        self.facts = settlement.facts()
        contract = settlement.contract
        self.names = Names(contract.components, contract.parameters)
        self._seen: set[Cell] = set()
        self._open: list[Cell] = []

    def problems(self) -> list[Problem]:
        """Everything wrong, each once.

        Names with two meanings or none, cycles, dates without a value, facts that are missing.
        """
        found = dict.fromkeys(self.names.shadowed())
        for component in self.names.components:
            for name in component.results:
                for at in self.coordinates.cells(component.rules[name].per):
                    found |= dict.fromkeys(self._name(name, at, component))
        return list(found)

    def _name(self, name: str, at: At, component: Component) -> Iterator[Problem]:
        try:
            found = self.names.find(name, component)
        except OpenVBCError as error:
            yield from error.problems
            return
        if isinstance(found, Parameter):
            yield from self._parameter(found, at, component)
        elif isinstance(found[1], Leaf):
            yield from self._leaf(found[0], found[1], at)
        else:
            yield from self._rule(found[0], found[1], at)

    def _rule(self, component: Component, rule: Rule, at: At) -> Iterator[Problem]:
        cell = self.coordinates.project(at, rule.per)
        key = (f"{component.name}/{rule.name}", cell)
        if key in self._open:
            yield Problem(key[0], "depends on itself")
        if key in self._seen:
            return
        self._seen.add(key)
        if "stratum" in rule.per and cell.stratum is None:
            yield Problem(key[0], "is one value per stratum; gather it with ByStratum")
            return
        self._open.append(key)
        for argument in rule.arguments:
            for _, place in self.coordinates.gathered(argument, cell):
                yield from self._name(argument.name, place, component)
        self._open.pop()

    def _leaf(self, component: Component, leaf: Leaf, at: At) -> Iterator[Problem]:
        cell = self.coordinates.project(at, leaf.per)
        if leaf.table or leaf.default != "required" or self.facts.get(leaf, cell):
            return
        what = f"{component.name} needs the fact {leaf.name} ({leaf.unit}) for {cell}: {leaf.says}"
        yield Problem(str(self.settlement.path), what)

    def _parameter(self, parameter: Parameter, at: At, component: Component) -> Iterator[Problem]:
        day = self.coordinates.day(parameter.clock, at)
        try:
            parameter.on(day)
        except OpenVBCError as error:
            yield from (Problem(str(self.settlement.path), it.what) for it in error.problems)
        for name in parameter.by:
            yield from self._name(name, at, component)


def check_settlement(settlement: Settlement) -> list[Problem]:
    """Everything that is wrong with a settlement and its contract, found without data."""
    return Checker(settlement).problems()
