"""Contracts, read and checked against the rules they name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from openvbc.contract.attributed import (
    component_problems,
    counts_by_type,
    population_problems,
)
from openvbc.contract.attributed import counted as counted_members
from openvbc.contract.book import TABLES as BOOKS
from openvbc.contract.book import counted as counted_of_book
from openvbc.contract.book_check import book_problems
from openvbc.contract.component import Component, component, total_of
from openvbc.contract.distribution_check import distribution_problems
from openvbc.contract.document import COMPONENT_FORM, ContractShape, read_known
from openvbc.contract.episodes import BUNDLE, CELL, FOLDER
from openvbc.contract.episodes import counted as counted_episodes
from openvbc.contract.given import unfit, wrong_value, wrong_values
from openvbc.contract.governance import governance_problems
from openvbc.contract.members import counted_leaves, members_problems
from openvbc.contract.participants import Row, read_participants
from openvbc.contract.risk import PACKS, risk_problems
from openvbc.engine.store import file_digest
from openvbc.episodes.definition import Definition, read_definition
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.parameters import Parameter, exact, load_program
from openvbc.yamlfile import cited, where

AGREEMENT: Final = "agreement"
"""The part of a contract that gives the term agreement_number."""

STRATA: Final = "strata"
"""The key of a component's entry that lists its own strata."""

IS: Final = "is"
"""The key of a term that is another component's line."""


@dataclass(frozen=True)
class Term:
    """A value that the contract itself gives: where it stands, and how a statement cites it.

    A mapping holds a value for each stratum; a tuple the bands of a scale.
    """

    value: Any
    where: str
    cited: str


@dataclass(frozen=True)
class Contract:
    """A contract file: its shape, its components in order, and its terms by component.

    The terms of the contract as a whole stand under the name "contract". strata: component → the
    strata that it has for itself.
    """

    path: Path
    shape: ContractShape
    raw: CommentedMap
    components: tuple[Component, ...]
    terms: Mapping[str, Mapping[str, Term]]
    strata: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The contract's id, as in its file."""
        return self.shape.contract

    @cached_property
    def sha256(self) -> str:
        """The hash of the file's bytes."""
        return file_digest(self.path)

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters of the contract's program; none without one."""
        return load_program(self.shape.program) if self.shape.program else {}

    @property
    def participants_path(self) -> Path | None:
        """The participant list; None without a population."""
        population = self.shape.population
        listed = population.participants if population else None
        return self.path.parent / listed if listed else None

    def participants(self) -> list[Row]:
        """The rows of the participant list, dates read and empty cells as None.

        Empty without a population. Raises InputError with everything that is wrong with the file.
        """
        return read_participants(self.participants_path) if self.participants_path else []

    @cached_property
    def definition(self) -> Definition | None:
        """The definition of the episodes that are counted; None where none are.

        Raises InputError with everything that is wrong with its file.
        """
        clause = self.shape.episodes
        folder = self.path.parent.parent / FOLDER
        return read_definition(folder / clause.definition) if clause else None

    def episode_participants(self) -> list[Row]:
        """The rows of the list of those whose episodes count; empty without `episodes:`."""
        clause = self.shape.episodes
        return read_participants(self.path.parent / clause.participants) if clause else []

    @property
    def by_enrolment_type(self) -> bool:
        """Whether people are counted by enrolment type and benchmark year, as MSSP's are."""
        population = self.shape.population
        return population is not None and (population.is_mssp or counts_by_type(self.components))

    @property
    def packs(self) -> Path:
        """The workspace's own risk packs, beside those that ship."""
        return self.path.parent.parent / PACKS

    @property
    def run_out_months(self) -> int:
        """Months of claims after a period that count; 0 where no claims are counted."""
        counted = self.shape.population or self.shape.episodes
        return counted.run_out_months if counted else 0

    @cached_property
    def same(self) -> Mapping[str, str]:
        """Leaf → the line that a term says it is: `{is: component/name}`."""
        terms = (it for group in self.terms.values() for it in group.items())
        return {name: str(term.value[IS]) for name, term in terms if _is_line(term.value)}

    @cached_property
    def counted(self) -> frozenset[str]:
        """The leaves that are counted from members' months; empty without `members:`."""
        return counted_leaves(self.shape.members, self.components)

    def term(self, name: str) -> Term | None:
        """The term of a name; a name is given once (`read_contract` holds that)."""
        return next((group[name] for group in self.terms.values() if name in group), None)


def read_contract(path: Path) -> Contract:
    """Read a contract and check its terms against the leaves of its components.

    Raises InputError with everything that is wrong.
    """
    shape, raw, problems = read_known(path, ContractShape)
    components: list[Component] = []
    terms: dict[str, dict[str, Term]] = {}
    strata: dict[str, tuple[str, ...]] = {}
    for place, item in enumerate(shape.components):
        line = f"{path}:{raw['components'].lc.item(place)[0] + 1}"
        try:
            name, given, lines = _component_entry(item, raw["components"][place], line)
            found = _counted(component(name), shape)
            if found in components:
                raise InputError(Problem(line, f"component {name} stands here twice"))
            strata |= _own_strata(name, given)
        except OpenVBCError as error:
            problems += [Problem(line, problem.what) for problem in error.problems]
            continue
        components.append(found)
        terms[name] = _terms(path, lines, {key: it for key, it in given.items() if key != STRATA})
    number = _term(path, raw, AGREEMENT, shape.agreement.number)
    terms[AGREEMENT] = {"agreement_number": number}
    terms["contract"] = _terms(path, raw.get("terms") or {}, shape.terms)
    total = total_of(components)
    every = (*components, total) if total else tuple(components)
    contract = Contract(path, shape, raw, every, terms, strata)
    problems += [*_agreement_problems(contract), *_program_problems(contract)]
    problems += _population_problems(contract)
    problems += _clause_problems(contract)
    if len(components) == len(shape.components):
        problems += term_problems(contract)
    if problems:
        raise InputError(problems)
    return contract


def _term(path: Path, lines: Mapping[str, Any], key: str, value: Any) -> Term:
    return Term(exact(value, keys=str), where(path, lines, key), cited(path, lines, key))


def _terms(path: Path, lines: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Term]:
    return {key: _term(path, lines, key, value) for key, value in given.items()}


def _component_entry(
    item: str | Mapping[str, Any], raw: object, line: str
) -> tuple[str, Mapping[str, Any], Mapping[str, Any]]:
    """A component's name, its terms, and the mapping that knows their lines."""
    if isinstance(item, str):
        return item, {}, {}
    if len(item) != 1:
        raise InputError(Problem(line, f"found {', '.join(item) or 'nothing'}; {COMPONENT_FORM}"))
    name, given = next(iter(item.items()))
    lines = raw[name] if isinstance(raw, CommentedMap) else {}
    return name, given or {}, lines or {}


def _is_line(value: Any) -> bool:
    """Whether a term says that a leaf is another component's line."""
    return isinstance(value, Mapping) and set(value) == {IS}


def _own_strata(name: str, given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The strata that a component's entry gives it."""
    if STRATA not in given:
        return {}
    listed = given[STRATA]
    if not isinstance(listed, list) or not listed or len(set(map(str, listed))) < len(listed):
        raise InputError(Problem(name, "strata: expected a list of names, each once"))
    return {name: tuple(map(str, listed))}


def _counted(found: Component, shape: ContractShape) -> Component:
    """The component with the leaves that its contract counts from tables."""
    if shape.population is not None and not shape.population.is_mssp:
        found = counted_members(found)
    if shape.book is not None:
        found = counted_of_book(found, shape.book, attributed=shape.population is not None)
    return counted_episodes(found) if shape.episodes else found


def _agreement_problems(contract: Contract) -> Iterator[Problem]:
    agreement = contract.shape.agreement
    if agreement.end and agreement.end < agreement.start:
        what = f"agreement ends on {agreement.end}, before its start on {agreement.start}"
        yield Problem(where(contract.path, contract.raw, AGREEMENT), what)


def _population_problems(contract: Contract) -> Iterator[Problem]:
    """A population that cannot be, and components that count where nobody's patients do."""
    population = contract.shape.population
    if population is not None:
        path, raw, by_type = contract.path, contract.raw, contract.by_enrolment_type
        yield from population_problems(path, raw, population, contract.packs, by_type=by_type)
        if not population.is_mssp:
            known = _parameters(contract)
            yield from component_problems(path, raw, contract.components, known)
        return
    computed = {name for part in contract.components for name in part.rules}
    for part in contract.components:
        tables = {it.name: it.table for it in part.leaves.values() if it.name not in computed}
        counted = [name for name, table in tables.items() if table and table != CELL]
        booked = all(tables[name] in BOOKS for name in counted)
        if counted and not (booked and contract.shape.book):
            clause = "book" if booked else "population"
            what = f"{part.name} counts {', '.join(counted)} from tables; add {clause}:"
            yield Problem(where(contract.path, contract.raw, "components"), what)


def _clause_problems(contract: Contract) -> Iterator[Problem]:
    """What the clauses on distribution and governance may not say."""
    shape = contract.shape
    if shape.distribution:
        yield from distribution_problems(contract.path, contract.raw, shape.distribution)
    if shape.governance:
        yield from governance_problems(contract.path, contract.raw, shape.governance)
    if shape.risk:
        counted = shape.population is not None
        yield from risk_problems(contract.path, contract.raw, shape.risk, counted=counted)
    if shape.episodes:
        yield from _episode_problems(contract)
    if shape.book:
        yield from book_problems(contract.path, contract.raw, shape, contract.components)
    if shape.members:
        yield from members_problems(
            contract.path, contract.raw, shape.members, contract.components, contract.strata
        )


def _episode_problems(contract: Contract) -> Iterator[Problem]:
    """A definition or a participant list that cannot be read, or that the bundle does not fit."""
    place = where(contract.path, contract.raw, "episodes")
    for read in (lambda: contract.definition, contract.episode_participants):
        try:
            if not read():
                yield Problem(place, "the participant list is empty; no episode could be theirs")
        except OpenVBCError as error:
            yield from error.problems
            return
    types = tuple(contract.definition.shape.types) if contract.definition else ()
    strata = contract.strata.get(BUNDLE)
    if BUNDLE not in {it.name for it in contract.components}:
        yield Problem(place, f"no component settles episodes; add {BUNDLE}")
    elif strata is None or set(strata) != set(types):
        what = f"{BUNDLE} settles the strata {', '.join(strata or ()) or 'of the settlement'}"
        yield Problem(place, f"{what}, the definition has the types {', '.join(types)}")


def _parameters(contract: Contract) -> Mapping[str, Parameter]:
    """The program's parameters; none where the program is a problem of its own."""
    try:
        return contract.parameters
    except OpenVBCError:
        return {}


def _program_problems(contract: Contract) -> list[Problem]:
    if contract.shape.program is None:
        return []
    try:
        load_program(contract.shape.program)
    except OpenVBCError as error:
        place = where(contract.path, contract.raw, "program")
        return [Problem(place, f"program {problem}") for problem in error.problems]
    return []


def term_problems(contract: Contract) -> Iterator[Problem]:
    """Terms that no component takes, of another type than their leaf, or given twice."""
    parts = {part.name: part for part in contract.components}
    given: dict[str, Term] = {}
    for group, terms in contract.terms.items():
        takers = [parts[group]] if group in parts else contract.components
        for name, term in terms.items():
            first = given.setdefault(name, term)
            if group == AGREEMENT:
                continue
            misfit = unfit(name, contract.components, "term")
            if misfit:
                yield Problem(term.where, misfit)
            elif name in contract.counted:
                yield Problem(term.where, f"{name} is counted from members; it is no term")
            elif first is not term:
                yield Problem(term.where, f"{name} is given at {first.where} too; give it once")
            else:
                yield from _value_problems(contract, name, term, takers)


def _value_problems(
    contract: Contract, name: str, term: Term, takers: Sequence[Component]
) -> Iterator[Problem]:
    part = next((part for part in takers if name in part.leaves), None)
    if part is None:
        what = f"{name} is a term of another component; put it there, or under `terms:`"
        yield Problem(term.where, what)
        return
    leaf = part.leaves[name]
    if _is_line(term.value):
        return
    if not isinstance(term.value, Mapping):
        wrong = wrong_value(leaf, term.value) or _checked(part, name, term.value)
        yield from [Problem(term.where, wrong)] if wrong else []
        return
    cells = {"period": (), "stratum": contract.strata.get(part.name, ())}
    misfits = list(wrong_values(leaf, term.value, cells))
    yield from (Problem(term.where, it) for it in misfits)
    for stratum, value in () if misfits else term.value.items():
        if wrong := _checked(part, name, value):
            yield Problem(term.where, f"{wrong} ({stratum})")


def _checked(part: Component, name: str, value: Any) -> str | None:
    """What the component finds wrong with a term of the right type."""
    check = part.checks.get(name)
    found = None if check is None or value is None else check(value)
    return f"{name}: {found}" if found else None
