"""Names with coordinates: finds every input of a rule in the rule's own cell, and keeps the way.

A name is looked up in the rule's own component, the other components, the leaves (which the
contract's terms and the facts supply) and the program's parameters on the cell's own date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, DivisionByZero, DivisionUndefined, localcontext
from typing import Any, Final

from openvbc.contract.component import Component
from openvbc.contract.facts import At, Facts, Found
from openvbc.contract.formula import formula
from openvbc.contract.names import Coordinates, Names, key_text
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.money import RULES_CONTEXT
from openvbc.parameters import STRATUM, Parameter
from openvbc.rules.rule import (
    Argument,
    Leaf,
    Over,
    RefusedError,
    Rule,
    Unknown,
)

Key = tuple[str, At]
"""A line's identity: its path (component/name) and its coordinates."""

NOBODY: Final = "not supplied; nobody is in the cell, so nothing is needed"
"""What is said of a figure that is of nobody."""


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


class Resolver:
    """Evaluates rules cell by cell, once each, and keeps every line it made.

    Raises InputError for a name that nothing supplies, that two suppliers give, or that depends
    on itself; and for a rule that the law does not define for its inputs. unsupplied: the problems
    that are facts which the settlement file lacks.
    """

    def __init__(
        self,
        components: Sequence[Component],
        facts: Facts,
        parameters: Mapping[str, Parameter],
        coordinates: Coordinates,
        same: Mapping[str, str] | None = None,
    ) -> None:
        self.names = Names(tuple(components), parameters, same or {})
        self.facts = facts
        self.coordinates = coordinates
        self.lines: dict[Key, Line] = {}
        self.unsupplied: set[Problem] = set()
        self._open: list[Key] = []
        self._failed: dict[Key, InputError] = {}

    def results(self) -> tuple[list[Line], list[Problem]]:
        """Every component's results in order, and the problems of those that failed."""
        lines: list[Line] = []
        problems: dict[Problem, None] = {}
        for component in self.names.components:
            for name in component.results:
                for at in self.coordinates.cells(component.rules[name].per, component.name):
                    try:
                        lines.append(self.line(name, at, component))
                    except OpenVBCError as error:
                        problems |= dict.fromkeys(error.problems)
        return lines, list(problems)

    def line(self, name: str, at: At | None = None, component: Component | None = None) -> Line:
        """The line of a name in a cell, as seen from a component."""
        cell = at or At()
        found = self.names.find(name, component)
        if isinstance(found, Parameter):
            return self._parameter_line(found, cell, component)
        owner, meaning = found
        if isinstance(meaning, Leaf):
            return self._leaf_line(owner, meaning, cell)
        return self._rule_line(owner, meaning, cell)

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
        found: dict[Argument, dict[str, Line]] = {}
        problems: dict[Problem, None] = {}
        for argument in rule.arguments:
            found[argument] = {}
            owner = self.names.owner(argument.name, component)
            for place, cell in self.coordinates.gathered(argument, at, owner):
                try:
                    found[argument][place] = self.line(argument.name, cell, component)
                except OpenVBCError as error:
                    problems |= dict.fromkeys(error.problems)
        if problems:
            raise InputError(list(problems))
        path = f"{component.name}/{rule.name}"
        value = _unknown(found) or self._call(rule, _values(found), f"{path} [{at}]")
        inputs = tuple(line.key for lines in found.values() for line in lines.values())
        made = formula(rule.function)
        return Line(path, at, value, rule.unit, rule.says, rule.cite, made, inputs)

    def _call(self, rule: Rule, values: Mapping[str, Any], where: str) -> Any:
        with localcontext(RULES_CONTEXT):
            try:
                return rule.function(**values)
            except RefusedError as error:
                raise InputError(Problem(where, str(error))) from error
            except ArithmeticError as error:
                what = f"cannot be computed from its inputs: {_arithmetic(error)}"
                raise InputError(Problem(where, what)) from error

    def _leaf_line(self, component: Component, leaf: Leaf, at: At) -> Line:
        cell = self.coordinates.project(at, leaf.per)
        key = (f"{component.name}/{leaf.name}", cell)
        if key in self.lines:
            return self.lines[key]
        found = self.facts.get(leaf, cell) or self._default(leaf, key, component)
        line = Line(*key, found.value, leaf.unit, leaf.says, leaf.cite, source=found.source)
        return self._keep(line)

    def _default(self, leaf: Leaf, key: Key, component: Component) -> Found:
        if leaf.people and self._nobody(leaf, key[1], component):
            return Found(Decimal(0), {"kind": "default", "says": NOBODY})
        if leaf.default != "required":
            says = "not supplied; taken as the rule says"
            return Found(leaf.default, {"kind": "default", "says": says})
        path, at = key
        if leaf.table:
            what = f"missing fact: no row, or an empty cell in it, for {at}"
            raise InputError(Problem(f"table {leaf.table}", what))
        problem = Problem(f"{path} [{at}]", f"missing fact ({leaf.unit}): {leaf.says}")
        self.unsupplied.add(problem)
        raise InputError(problem)

    def _nobody(self, leaf: Leaf, at: At, component: Component) -> bool:
        """Whether a figure is of nobody, so that it is not needed."""
        cells = self.coordinates.people_of(at)
        return not any(self.line(leaf.people, it, component).value for it in cells)

    def _parameter_line(self, parameter: Parameter, at: At, component: Component | None) -> Line:
        dated = parameter.on(self.coordinates.day(parameter.clock, at))
        keys = {name: self.line(name, at, component) for name in parameter.keys}
        own = {STRATUM: at.stratum, **{name: line.value for name, line in keys.items()}}
        unknown = next((it for it in own.values() if isinstance(it, Unknown)), None)
        keyed = tuple(key_text(own[name]) for name in parameter.by)
        value = unknown or parameter.pick(dated, keyed)
        source = {
            "kind": "parameter",
            "clock": parameter.clock,
            "file": dated.where,
            "from": str(dated.first),
            "to": str(dated.last) if dated.last else None,
            "checked": str(dated.checked) if dated.checked else None,
        }
        return self._keep(
            Line(
                f"parameters/{parameter.name}",
                at if parameter.clock == "benchmark_year" or parameter.by else At(),
                value,
                parameter.unit,
                parameter.says,
                dated.cite,
                inputs=tuple(line.key for line in keys.values()),
                source=source,
            )
        )

    def _keep(self, line: Line) -> Line:
        return self.lines.setdefault(line.key, line)


def _values(found: Mapping[Argument, Mapping[str, Line]]) -> dict[str, Any]:
    """Argument name → value, or the mapping of values where the argument gathers cells."""
    values: dict[str, Any] = {}
    for argument, lines in found.items():
        gathered = {place: line.value for place, line in lines.items()}
        values[argument.name] = gathered if isinstance(argument.gather, Over) else gathered[""]
    return values


def _unknown(found: Mapping[Argument, Mapping[str, Line]]) -> Unknown | None:
    """The first unknown input that its argument cannot take."""
    values = (
        line.value
        for argument, lines in found.items()
        if not argument.takes_unknown
        for line in lines.values()
    )
    return next((value for value in values if isinstance(value, Unknown)), None)


def _arithmetic(error: ArithmeticError) -> str:
    """What a rule could not do, in words."""
    words = {DivisionByZero: "division by zero", DivisionUndefined: "zero divided by zero"}
    return next((text for kind, text in words.items() if isinstance(error, kind)), str(error))
