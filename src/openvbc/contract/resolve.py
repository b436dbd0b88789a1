"""Names with coordinates: finds every input of a rule in the rule's own cell, and keeps the way.

A name is looked up in the rule's own component, the other components, the leaves (which the
contract's terms and the facts supply) and the program's parameters on the cell's own date.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from openvbc.contract.component import Component
from openvbc.contract.facts import At, Facts, Found
from openvbc.contract.formula import formula
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.money import RULES_CONTEXT
from openvbc.parameters import Parameter
from openvbc.rules.rule import (
    Argument,
    Axis,
    InPeriod,
    Leaf,
    Over,
    RefusedError,
    Rule,
    Unknown,
    Value,
)

Key = tuple[str, At]
"""A line's identity: its path (component/name) and its coordinates."""


@dataclass(frozen=True)
class Line:
    """One cell of a statement: what it is, how it was made, and of what."""

    path: str
    at: At
    value: Any
    unit: str
    says: str
    cite: str
    formula: str = ""
    inputs: tuple[Key, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """The line's identity."""
        return self.path, self.at

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.split("/")[-1]


@dataclass(frozen=True)
class Coordinates:
    """The cells of a settlement: role → first and last day, the strata, the agreement's start."""

    periods: Mapping[str, tuple[date, date]]
    strata: tuple[str, ...]
    agreement_start: date

    @property
    def base(self) -> tuple[str, ...]:
        """The benchmark years, oldest first."""
        return tuple(sorted(role for role in self.periods if role.startswith("base_")))

    def day(self, clock: str, at: At) -> date:
        """The day on which a parameter of this clock is read in a cell."""
        if clock == "agreement_start":
            return self.agreement_start
        role = at.period if clock == "benchmark_year" else "performance"
        return self.periods[role][0]

    def project(self, at: At, per: frozenset[Axis]) -> At:
        """The cell of a name that has only some of the axes."""
        return At(
            at.period if "period" in per else "performance",
            at.stratum if "stratum" in per else None,
        )


class Resolver:
    """Evaluates rules cell by cell, once each, and keeps every line it made.

    Raises InputError for a name that nothing supplies, that two suppliers give, or that depends
    on itself; and for a rule that the law does not define for its inputs.
    """

    def __init__(
        self,
        components: Sequence[Component],
        facts: Facts,
        parameters: Mapping[str, Parameter],
        coordinates: Coordinates,
    ) -> None:
        self.components = tuple(components)
        self.facts = facts
        self.parameters = parameters
        self.coordinates = coordinates
        self.lines: dict[Key, Line] = {}
        self._open: list[Key] = []
        self._failed: dict[Key, InputError] = {}

    def results(self) -> tuple[list[Line], list[Problem]]:
        """Every component's results in order, and the problems of those that failed."""
        lines: list[Line] = []
        problems: dict[Problem, None] = {}
        for component in self.components:
            for name in component.results:
                for at in self.cells(component.rules[name].per):
                    try:
                        lines.append(self.line(name, at, component))
                    except OpenVBCError as error:
                        problems |= dict.fromkeys(error.problems)
        return lines, list(problems)

    def cells(self, per: frozenset[Axis]) -> Iterator[At]:
        """Every cell of a name with these axes."""
        periods = tuple(self.coordinates.periods) if "period" in per else ("performance",)
        strata = self.coordinates.strata if "stratum" in per else (None,)
        for period in periods:
            for stratum in strata:
                yield At(period, stratum)

    def line(self, name: str, at: At | None = None, component: Component | None = None) -> Line:
        """The line of a name in a cell, as seen from a component."""
        cell = at or At()
        rule = self._rule(name, component)
        if rule is not None:
            return self._rule_line(*rule, cell)
        leaf = self._leaf(name, component)
        if leaf is not None:
            return self._leaf_line(*leaf, cell)
        if name in self.parameters:
            return self._parameter_line(self.parameters[name], cell, component)
        raise InputError(Problem(name, "no rule, leaf or parameter has this name"))

    def _rule(self, name: str, component: Component | None) -> tuple[Component, Rule] | None:
        if component is not None and name in component.rules:
            return component, component.rules[name]
        found = [(it, it.rules[name]) for it in self.components if name in it.rules]
        if len(found) > 1:
            places = ", ".join(it.name for it, _ in found)
            raise InputError(Problem(name, f"is a rule of several components: {places}"))
        return found[0] if found else None

    def _leaf(self, name: str, component: Component | None) -> tuple[Component, Leaf] | None:
        order = [*([component] if component else []), *self.components]
        return next(((it, it.leaves[name]) for it in order if name in it.leaves), None)

    def _rule_line(self, component: Component, rule: Rule, at: At) -> Line:
        cell = self.coordinates.project(at, rule.per)
        key = (f"{component.name}/{rule.name}", cell)
        if key in self.lines:
            return self.lines[key]
        if key in self._failed:
            raise self._failed[key]
        if key in self._open:
            chain = " → ".join(path for path, _ in [*self._open[self._open.index(key) :], key])
            raise InputError(Problem(key[0], f"depends on itself: {chain}"))
        if "stratum" in rule.per and cell.stratum is None:
            raise InputError(Problem(key[0], "is one value per stratum; gather it with ByStratum"))
        self._open.append(key)
        try:
            return self._keep(self._evaluate(component, rule, cell))
        except InputError as error:
            self._failed[key] = error
            raise
        finally:
            self._open.pop()

    def _evaluate(self, component: Component, rule: Rule, at: At) -> Line:
        values: dict[str, Any] = {}
        inputs: dict[Key, None] = {}
        unknown: Unknown | None = None
        problems: dict[Problem, None] = {}
        for argument in rule.arguments:
            try:
                value, lines = self._argument(argument, at, component)
            except OpenVBCError as error:
                problems |= dict.fromkeys(error.problems)
                continue
            values[argument.name] = value
            inputs |= dict.fromkeys(line.key for line in lines)
            if not argument.takes_unknown:
                unknown = unknown or _first_unknown(value)
        if problems:
            raise InputError(list(problems))
        path = f"{component.name}/{rule.name}"
        result = unknown or self._call(rule, values, f"{path} [{at}]")
        return Line(
            path, at, result, rule.unit, rule.says, rule.cite, formula(rule.function), tuple(inputs)
        )

    def _call(self, rule: Rule, values: Mapping[str, Any], where: str) -> Any:
        with localcontext(RULES_CONTEXT):
            try:
                return rule.function(**values)
            except RefusedError as error:
                raise InputError(Problem(where, str(error))) from error

    def _argument(self, argument: Argument, at: At, component: Component) -> tuple[Any, list[Line]]:
        gather = argument.gather
        if isinstance(gather, InPeriod):
            line = self.line(argument.name, At(gather.period, at.stratum), component)
            return line.value, [line]
        if isinstance(gather, Over):
            lines = self._gather(argument.name, gather, at, component)
            return {place: line.value for place, line in lines.items()}, list(lines.values())
        line = self.line(argument.name, at, component)
        return line.value, [line]

    def _gather(self, name: str, gather: Over, at: At, component: Component) -> dict[str, Line]:
        """The lines of every gathered cell; the problems of all of them at once."""
        lines: dict[str, Line] = {}
        problems: dict[Problem, None] = {}
        for place, cell in self._gathered(gather, at):
            try:
                lines[place] = self.line(name, cell, component)
            except OpenVBCError as error:
                problems |= dict.fromkeys(error.problems)
        if problems:
            raise InputError(list(problems))
        return lines

    def _gathered(self, gather: Over, at: At) -> Iterator[tuple[str, At]]:
        if gather.axis == "stratum":
            yield from ((it, At(at.period, it)) for it in self.coordinates.strata)
        else:
            yield from ((it, At(it, at.stratum)) for it in self.coordinates.base)

    def _leaf_line(self, component: Component, leaf: Leaf, at: At) -> Line:
        cell = self.coordinates.project(at, leaf.per)
        key = (f"{component.name}/{leaf.name}", cell)
        if key in self.lines:
            return self.lines[key]
        found = self.facts.get(leaf, cell)
        if found is None:
            found = _default(leaf, key)
        return self._keep(
            Line(*key, found.value, leaf.unit, leaf.says, leaf.cite, source=found.source)
        )

    def _parameter_line(self, parameter: Parameter, at: At, component: Component | None) -> Line:
        dated = parameter.on(self.coordinates.day(parameter.clock, at))
        keys = [self.line(name, at, component) for name in parameter.by]
        value = parameter.pick(dated, tuple(_text(line.value).lower() for line in keys))
        cell = at if parameter.clock == "benchmark_year" or keys else At()
        source = {
            "kind": "parameter",
            "clock": parameter.clock,
            "file": dated.where,
            "from": str(dated.first),
            "to": str(dated.last) if dated.last else None,
            "checked": str(dated.checked) if dated.checked else None,
        }
        path = f"parameters/{parameter.name}"
        return self._keep(
            Line(
                path,
                cell,
                value,
                parameter.unit,
                parameter.says,
                dated.cite,
                inputs=tuple(line.key for line in keys),
                source=source,
            )
        )

    def _keep(self, line: Line) -> Line:
        return self.lines.setdefault(line.key, line)


def _default(leaf: Leaf, key: Key) -> Found:
    if leaf.default == "required":
        place = f"table {leaf.table}, column {leaf.column}" if leaf.table else "the settlement file"
        what = f"missing fact ({leaf.unit}): {leaf.says}; expected from {place}"
        raise InputError(Problem(f"{key[0]} [{key[1]}]", what))
    return Found(leaf.default, {"kind": "default", "says": "not supplied; taken as the rule says"})


def _first_unknown(value: object) -> Unknown | None:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Mapping):
        return next((item for item in value.values() if isinstance(item, Unknown)), None)
    return None


def _text(value: Value) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
