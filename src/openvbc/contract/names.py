"""Which thing a name means, and in which cells: the part of resolution that needs no values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from openvbc.contract.component import Component, component, component_names
from openvbc.contract.facts import At
from openvbc.errors import InputError, Problem, near
from openvbc.money import decimal_text
from openvbc.parameters import Parameter
from openvbc.rules.rule import Argument, Axis, InPeriod, Leaf, Over, Rule

Meaning = tuple[Component, Rule] | tuple[Component, Leaf] | Parameter
"""What a name can be: a rule or a leaf of a component, or a parameter."""


def key_text(value: object) -> str:
    """A value as the key under which a parameter's entry stands."""
    text = decimal_text(value) if isinstance(value, Decimal) else str(value)
    return text.lower()


@dataclass(frozen=True)
class Coordinates:
    """The cells of a settlement: role → first and last day, the strata, the agreement's start.

    own: component → the strata that it has for itself, instead of those of the settlement.
    """

    periods: Mapping[str, tuple[date, date]]
    strata: tuple[str, ...]
    agreement_start: date
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def base(self) -> tuple[str, ...]:
        """The benchmark years, oldest first."""
        return tuple(role for role in self.periods if role.startswith("base_"))

    def day(self, clock: str, at: At) -> date:
        """The day on which a parameter of this clock is read in a cell.

        Raises InputError for the clock of service dates: a cell holds many of them.
        """
        if clock == "service_date":
            raise InputError(Problem(str(at), "a parameter by service date is for tables only"))
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

    def strata_of(self, component: str | None) -> tuple[str, ...]:
        """The strata of a component: its own, or those of the settlement."""
        return self.own.get(component or "", self.strata)

    def cells(self, per: frozenset[Axis], component: str | None = None) -> Iterator[At]:
        """Every cell of a component's name with these axes."""
        periods = tuple(self.periods) if "period" in per else ("performance",)
        strata = self.strata_of(component) if "stratum" in per else (None,)
        for period in periods:
            for stratum in strata:
                yield At(period, stratum)

    def people_of(self, at: At) -> tuple[At, ...]:
        """The cells whose people need a figure: its own, and those whose growth starts from it.

        Growth to the performance period starts from the last benchmark year.
        """
        last = self.base[-1] if self.base else None
        return (at, At("performance", at.stratum)) if at.period == last else (at,)

    def gathered(
        self, argument: Argument, at: At, component: str | None = None
    ) -> Iterator[tuple[str, At]]:
        """The cells that an argument takes for a rule in a cell, each under its place.

        component: the one that the argument's name belongs to.
        """
        gather = argument.gather
        if isinstance(gather, InPeriod):
            yield "", At(gather.period, at.stratum)
        elif not isinstance(gather, Over):
            yield "", at
        elif gather.axis == "stratum":
            yield from ((it, At(at.period, it)) for it in self.strata_of(component))
        else:
            yield from ((it, At(it, at.stratum)) for it in self.base)


def _unknown(name: str, seen_from: Component | None) -> str:
    """What is said of a name that means nothing, with the component that would compute it."""
    who = f"{seen_from.name} needs {name}: " if seen_from else ""
    makers = [it for it in component_names() if name in component(it).rules]
    family = seen_from.name.partition("_")[0] if seen_from else ""
    makers.sort(key=lambda it: it.partition("_")[0] != family)
    hint = f"; component {makers[0]} computes it" if makers else ""
    return f"{who}no rule, leaf or parameter has this name{hint}"


def _parts(names: "Names") -> Iterator[str]:
    return (it.name for it in names.components)


@dataclass(frozen=True)
class Names:
    """The rules, leaves and parameters of a contract, found by name.

    same: leaf → the line that the contract says it is (`is: component/name`).
    """

    components: Sequence[Component]
    parameters: Mapping[str, Parameter]
    same: Mapping[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, str | None], Meaning] = field(default_factory=dict)

    def find(self, name: str, seen_from: Component | None) -> Meaning:
        """What a name means, seen from a component: a rule, a leaf or a parameter.

        Raises InputError where it means nothing, or two components' rules.
        """
        key = (name, seen_from.name if seen_from else None)
        if key not in self._known:
            self._known[key] = self._find(name, seen_from)
        return self._known[key]

    def owner(self, name: str, seen_from: Component) -> str:
        """The component that a name belongs to; the one that it is seen from where it is none's."""
        try:
            found = self.find(name, seen_from)
        except InputError:
            return seen_from.name
        return seen_from.name if isinstance(found, Parameter) else found[0].name

    def _find(self, name: str, seen_from: Component | None) -> Meaning:
        if name in self.same:
            part, _, line = self.same[name].rpartition("/")
            named = [it for it in self.components if it.name == part]
            if named and line in named[0].rules:
                return named[0], named[0].rules[line]
            meant = near(line, named[0].rules) if named else near(part, _parts(self))
            what = f"{name} is said to be {self.same[name]}; no such rule{meant}"
            raise InputError(Problem(name, what))
        if seen_from is not None and name in seen_from.rules:
            return seen_from, seen_from.rules[name]
        rules = [(it, it.rules[name]) for it in self.components if name in it.rules]
        if len(rules) > 1:
            places = ", ".join(it.name for it, _ in rules)
            raise InputError(Problem(name, f"is a rule of several components: {places}"))
        if rules:
            return rules[0]
        leaf = self._leaf(name, seen_from)
        if leaf is not None:
            return leaf
        if name in self.parameters:
            return self.parameters[name]
        raise InputError(Problem(name, _unknown(name, seen_from)))

    def _leaf(self, name: str, seen_from: Component | None) -> tuple[Component, Leaf] | None:
        """The leaf of a name; of several declarations the one that names a table.

        Of several of those the first by the component's name: the order in a contract says nothing.
        """
        found = [(it, it.leaves[name]) for it in self.components if name in it.leaves]
        counted = sorted((pair for pair in found if pair[1].table), key=lambda it: it[0].name)
        own = [pair for pair in found if pair[0] is seen_from]
        return next(iter([*counted, *own, *found]), None)

    def shadowed(self) -> list[Problem]:
        """Every name that has two meanings, as seen from some component.

        A leaf may also be a rule of another component: then it is computed, and no fact.
        """
        problems = []
        for part in self.components:
            for name in (*part.rules, *part.leaves):
                others = [it.name for it in self.components if it is not part and name in it.rules]
                meanings = {
                    f"a rule of {', '.join(others)}": name in part.rules and others,
                    "a leaf": name in part.rules and name in part.leaves,
                    "a parameter": name in self.parameters,
                }
                problems += [
                    Problem(f"{part.name}/{name}", f"is {meaning} too")
                    for meaning, holds in meanings.items()
                    if holds
                ]
        return list(dict.fromkeys(problems))
