"""Populations that a declared method attributes: what components then count, and what may be said.

With a method other than the Shared Savings Program's, the people are those whom the method's rows
(`parameters/attribution`, `packs/attribution`) attribute to the contract's participants or list.
Leaves of the components below are then cells of the table `contract_cell`, and no facts.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from openvbc.attribution_methods import method_names
from openvbc.contract.book import TABLES as BOOKS
from openvbc.contract.component import Component
from openvbc.contract.document import MSSP, Population
from openvbc.errors import OpenVBCError, Problem, meant
from openvbc.rules.rule import Leaf
from openvbc.yamlfile import where

CELL: Final = "contract_cell"

COVERED: Final = "covered"
"""The enrolment type of everybody outside Medicare."""

COUNTED: Final[Mapping[str, Mapping[str, str]]] = {
    "advantage_premium": {
        "member_months": "member_months",
        "advantage_score_months_e9": "score_months_e9",
        "advantage_score_months": "score_months",
    },
    "aggregate_stop_loss": {"aggregate_claims": "claims_cents"},
    "commercial_target": {
        "member_months": "member_months",
        "expenditure_claims": "claims_cents",
    },
    "minimum_panel": {"panel_members": "persons"},
    "percent_of_premium": {"premium_cost_of_care": "claims_cents"},
    "reach_settlement": {"total_cost_of_care": "claims_cents"},
    "truncated_expenditure": {
        "member_months": "member_months",
        "expenditure_above_truncation": "truncated_cents",
    },
}
"""Component → leaf → column of contract_cell that holds it."""

TRUNCATION: Final = "truncation_point"
"""The term of the amount above which one person's claims are truncated."""

BY_TYPE: Final = frozenset({"expenditure_cell", "risk_cell"})
"""Tables that count people by enrolment type, in benchmark years too, whatever attributes them."""

NO_CUT: Final = "none"
"""The cut of a population that is not counted by enrolment type."""

BENCHMARK_YEARS: Final = "benchmark_years"
"""The parameter of a program that settles by enrolment type and benchmark year."""


def counted(component: Component) -> Component:
    """The component as it is where a declared method attributes the people."""
    columns = COUNTED.get(component.name, {})
    leaves = {name: _leaf(it, columns.get(name)) for name, it in component.leaves.items()}
    return replace(component, leaves=leaves)


def _leaf(leaf: Leaf, column: str | None) -> Leaf:
    return replace(leaf, table=CELL, column=column, default="required") if column else leaf


def counts_by_type(components: Iterable[Component]) -> bool:
    """Whether components count people by enrolment type."""
    parts = list(components)
    computed = {name for part in parts for name in part.rules}
    leaves = (it for part in parts for it in part.leaves.values())
    return any(it.table in BY_TYPE and it.name not in computed for it in leaves)


def population_problems(
    path: Path, raw: Mapping[str, Any], population: Population, packs: Path, *, by_type: bool
) -> Iterator[Problem]:
    """A method that is none, and keys that the method does not know or lacks."""
    lines = raw["population"]
    if population.is_mssp:
        for key in ("payer", "list", "pharmacy"):
            if getattr(population, key):
                what = f"population.{key} is for other methods than {population.method}"
                yield Problem(where(path, lines, key), f"{what}; leave it out")
    else:
        yield from _method_problems(path, lines, population, packs)
        yield from _key_problems(path, lines, population, by_type=by_type)
    if population.participants is None and (population.is_mssp or population.list is None):
        what = "population.participants is missing: whose patients count"
        yield Problem(where(path, raw, "population"), what)


def _method_problems(
    path: Path, lines: Mapping[str, Any], population: Population, packs: Path
) -> Iterator[Problem]:
    name = population.method
    try:
        known = (MSSP, *method_names(packs))
    except OpenVBCError as error:
        yield from error.problems
        return
    if name not in known:
        what = f"no attribution method {name}; known: {', '.join(known)}"
        yield Problem(where(path, lines, "method"), f"{what}{meant(name, known)}")


def _key_problems(
    path: Path, lines: Mapping[str, Any], population: Population, *, by_type: bool
) -> Iterator[Problem]:
    """Keys that a declared method does not know."""
    given, name = population.model_fields_set, population.method
    if "assignment" in given:
        what = f"population.assignment is for method: {MSSP}; {name} says itself which months it"
        yield Problem(where(path, lines, "assignment"), f"{what} looks at. Leave it out")
    if population.pharmacy and by_type:
        what = "population.pharmacy: what counts by enrolment type is Parts A and B alone"
        yield Problem(where(path, lines, "pharmacy"), f"{what}; leave it out")
    if "cut" in given and not by_type:
        what = "population.cut is for components that count by enrolment type; leave it out"
        yield Problem(where(path, lines, "cut"), what)


def component_problems(
    path: Path,
    raw: Mapping[str, Any],
    components: tuple[Component, ...],
    parameters: Container[str],
) -> Iterator[Problem]:
    """Components that count what is made for the Shared Savings Program's method alone.

    parameters: those of the contract's program.
    """
    if counts_by_type(components) and BENCHMARK_YEARS not in parameters:
        what = "these components count by enrolment type and benchmark year, and the program has no"
        yield Problem(
            where(path, raw, "components"), f"{what} {BENCHMARK_YEARS}; name one that has"
        )
    computed = {name for part in components for name in part.rules}
    for part in components:
        tables = {it.table for it in part.leaves.values() if it.name not in computed}
        tables -= {None, CELL, *BOOKS, *BY_TYPE}
        if tables:
            what = f"{part.name} counts from {', '.join(sorted(map(str, tables)))}, which is made"
            yield Problem(where(path, raw, "components"), f"{what} for method: mssp alone")
