"""What a new contract is asked to be: its parties, its components, its first day."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from openvbc.contract.attributed import BENCHMARK_YEARS
from openvbc.contract.component import Component, component, component_names
from openvbc.contract.document import ID
from openvbc.errors import Problem, near
from openvbc.parameters import load_program, programs
from openvbc.period import add_months, month_end, month_start

YEAR: Final = 12
"""Months of the first period."""

RUN_OUT: Final = 6
"""Months after the period on whose last day the first statement looks back."""


@dataclass(frozen=True)
class New:
    """What a new contract is made from.

    strata: component → its rate cells, tiers, measures or episode types, where they are known.
    start: the first day of the agreement and of the first period.
    """

    id: str
    payer: str
    entity: str
    components: Sequence[str]
    start: date
    program: str | None = None
    line_of_business: str = "commercial"
    strata: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def parts(self) -> Sequence[Component]:
        """The components; raises InputError for one that is none."""
        return [component(name) for name in self.components]

    @cached_property
    def counts(self) -> bool:
        """Whether a component counts people and claims from tables."""
        computed = {name for part in self.parts for name in part.rules}
        leaves = [leaf for part in self.parts for leaf in part.leaves.values()]
        return any(leaf.table and leaf.name not in computed for leaf in leaves)

    @property
    def period(self) -> str:
        """The id of the first period, PY and its year."""
        return f"PY{self.start.year}"

    @property
    def last_day(self) -> date:
        """The last day of the first period."""
        return month_end(add_months(self.start, YEAR - 1))

    @property
    def as_of(self) -> date:
        """The day on which the first statement looks back."""
        return month_end(add_months(self.last_day, RUN_OUT))


def problems_of(new: New) -> Iterator[Problem]:
    """What is wrong with what was asked for."""
    if not re.fullmatch(ID, new.id):
        yield Problem("ID", f"found {new.id!r}, expected letters, digits, _ and -")
    for option, text in (("--payer", new.payer), ("--entity", new.entity)):
        if not text.strip():
            yield Problem(option, "is empty; name the party")
    if new.start != month_start(new.start):
        yield Problem("--start", f"{new.start} is not the first day of a month")
    if new.program is not None and new.program not in programs():
        yield Problem("--program", f"no program {new.program}{near(new.program, programs())}")
    yield from _component_problems(new)


def _component_problems(new: New) -> Iterator[Problem]:
    unknown = [name for name in new.components if name not in component_names()]
    if not new.components:
        yield Problem("--components", f"is empty; known: {', '.join(component_names())}")
    for name in unknown:
        yield Problem("--components", f"no component {name}{near(name, component_names())}")
    for name in dict.fromkeys(it for it in new.components if list(new.components).count(it) > 1):
        yield Problem("--components", f"{name} stands twice; name each once")
    for name, strata in new.strata.items():
        for wrong in (it for it in strata if not re.fullmatch(ID, it)):
            yield Problem("--strata", f"{name}: found {wrong!r}, expected letters, digits, _ and -")
        if name not in new.components:
            what = f"strata for {name}, which is not in the contract"
            yield Problem("--strata", f"{what}{near(name, new.components)}")
    counting = [name for name in programs() if BENCHMARK_YEARS in load_program(name)]
    if not unknown and new.counts and new.program not in counting:
        what = "these components count people from tables"
        yield Problem("--program", f"{what}; say --program {' or '.join(counting)}")


def has_strata(part: Component) -> bool:
    """Whether a component settles strata, and needs their names."""
    return any("stratum" in part.rules[name].per for name in part.results)


def own_strata(new: New, part: Component) -> bool:
    """Whether a component's strata stand in its entry.

    Those of a program stand in the settlement, and a population's are its enrolment types.
    """
    return new.program is None and has_strata(part)


Ask = Callable[[str], str]
"""Asks one question and gives the answer."""


def listed(text: str) -> tuple[str, ...]:
    """The names in a list written with commas."""
    return tuple(it.strip() for it in text.split(",") if it.strip())


def strata_of(options: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The strata in options such as `capitation=adult,senior`."""
    pairs = (it.partition("=") for it in options)
    return {name.strip(): listed(names) for name, _, names in pairs}


def next_year(today: date) -> date:
    """The first day of the year after a day: when an agreement starts unless another is given."""
    return date(today.year + 1, 1, 1)


def ask_components(ask: Ask) -> tuple[str, ...]:
    """The components, asked for by name."""
    return listed(ask("Components, in the order of computing, with commas"))


def ask_strata(components: Sequence[str], ask: Ask) -> dict[str, tuple[str, ...]]:
    """The strata of each component that has some; one answered with nothing is left empty."""
    known = [component(name) for name in components if name in component_names()]
    asked = {
        it.name: ask(f"{it.name}: its rate cells, tiers, measures or episode types")
        for it in known
        if has_strata(it)
    }
    return {name: names for name, answer in asked.items() if (names := listed(answer))}
