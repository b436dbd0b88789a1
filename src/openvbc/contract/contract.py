"""Contracts and settlements, read and checked against the rules they name."""

import csv
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from openvbc.contract.component import Component, component
from openvbc.contract.document import ContractShape, SettlementShape, read_shape
from openvbc.contract.facts import At, Found
from openvbc.contract.names import Coordinates
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.parameters import Parameter, exact, load_program
from openvbc.period import add_months, calendar_year, month_end
from openvbc.rules.rule import Leaf, Value
from openvbc.yamlfile import cited, where

STRATA: Final = ("esrd", "disabled", "aged_dual", "aged_nondual")
"""The enrolment types, in the order of 42 CFR 425.652(a)(2)."""

PARTICIPANT_COLUMNS: Final = ("tin", "npi", "ccn", "role", "group_id", "valid_from", "valid_to")


@dataclass(frozen=True)
class Term:
    """A value that the contract itself gives: where it stands, and how a statement cites it."""

    value: Value
    where: str
    cited: str


@dataclass(frozen=True)
class Contract:
    """A contract file: its shape, its components in order, and its terms by component."""

    path: Path
    shape: ContractShape
    components: tuple[Component, ...]
    terms: Mapping[str, Mapping[str, Term]]

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
        """The parameters of the contract's program."""
        return load_program(self.shape.program)

    @property
    def participants_path(self) -> Path:
        """The participant list."""
        return self.path.parent / self.shape.population.participants

    def participants(self) -> list[dict[str, str | None]]:
        """The rows of the participant list, empty cells as None.

        Raises InputError where the file is missing or lacks a column.
        """
        path = self.participants_path
        try:
            with path.open(encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file)
                rows = [{key: (value or None) for key, value in row.items()} for row in reader]
                found = reader.fieldnames or []
        except OSError as error:
            raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error
        lacking = [name for name in PARTICIPANT_COLUMNS if name not in found]
        if lacking:
            raise InputError(Problem(f"{path}:1", f"lacks the columns {', '.join(lacking)}"))
        return rows


@dataclass(frozen=True)
class Settlement:
    """A settlement file with the contract it settles."""

    path: Path
    shape: SettlementShape
    raw: CommentedMap
    contract: Contract

    @property
    def id(self) -> str:
        """contract_period, as the file is called."""
        return f"{self.contract.id}_{self.shape.period}"

    @cached_property
    def sha256(self) -> str:
        """The hash of the file's bytes."""
        return file_digest(self.path)

    def period_id(self, role: str) -> str:
        """The period's id in tables: PY2025 for the performance period, PY2025.base_1 and so on."""
        period = self.shape.period
        return period if role == "performance" else f"{period}.{role}"

    @cached_property
    def coordinates(self) -> Coordinates:
        """The periods, strata and agreement start of the statement's cells."""
        start = self.contract.shape.agreement.start
        count = int(self._parameter("benchmark_years", start))
        base = {
            f"base_{number}": calendar_year(start.year - count + number - 1)
            for number in range(1, count + 1)
        }
        own = (self.shape.first_day, self.shape.last_day)
        return Coordinates({"performance": own, **base}, STRATA, start)

    def _parameter(self, name: str, day: date, *keys: str) -> Any:
        parameter = self.contract.parameters[name]
        return parameter.pick(parameter.on(day), keys)

    def contract_periods(self) -> Iterator[dict[str, Any]]:
        """The rows of `contract_period` for this settlement."""
        population = self.contract.shape.population
        first_performance = self.shape.first_day
        lag = int(
            self._parameter(
                "assignment_window_lag_months", first_performance, population.assignment
            )
        )
        expanded = int(self._parameter("expanded_window_months", first_performance))
        for role, (first, last) in self.coordinates.periods.items():
            window_first, window_last = add_months(first, -lag), month_end(add_months(last, -lag))
            yield {
                "contract_id": self.contract.id,
                "period_id": self.period_id(role),
                "performance_period": self.shape.period,
                "performance_first_day": first_performance,
                "role": role,
                "year": first.year,
                "first_day": first,
                "last_day": last,
                "assignment_first_day": window_first,
                "assignment_last_day": window_last,
                "expanded_first_day": month_start_before(window_last, expanded),
                "paid_through": month_end(add_months(last, population.run_out_months)),
                "line_of_business": self.contract.shape.line_of_business,
                "method": population.method,
                "assignment": population.assignment,
                "step_three": bool(self._parameter("assignment_step_three", first_performance)),
                "cut": population.cut,
            }

    def facts(self) -> "SettlementFacts":
        """The settlement's facts as a supplier of leaves."""
        return SettlementFacts(self)


def month_start_before(last_day: date, months: int) -> date:
    """The first day of a window of whole months that ends on last_day."""
    return add_months(last_day.replace(day=1), 1 - months)


@dataclass(frozen=True)
class SettlementFacts:
    """The facts that stand in a settlement file, and the terms that stand in its contract."""

    settlement: Settlement

    def names(self) -> frozenset[str]:
        """The names of facts and terms."""
        terms = (name for group in self.settlement.contract.terms.values() for name in group)
        return frozenset(self.settlement.shape.facts) | frozenset(terms)

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The fact's value in the cell, or the contract's term."""
        term = self._term(leaf.name)
        if term is not None:
            return Found(term.value, {"kind": "term", "file": term.cited})
        fact = self.settlement.shape.facts.get(leaf.name)
        if fact is None:
            return None
        value = fact.value if fact.values is None else _cell(fact.values, leaf, at)
        if value is None:
            return None
        source = {
            "kind": "fact",
            "file": cited(self.settlement.path, self.settlement.raw["facts"], leaf.name),
            "source": fact.source,
            "received_on": str(fact.received_on),
        }
        return Found(exact(value), source)

    def _term(self, name: str) -> Term | None:
        for group in self.settlement.contract.terms.values():
            if name in group:
                return group[name]
        return None


def _cell(values: Mapping[str, Any], leaf: Leaf, at: At) -> Any:
    found: Any = values
    if "period" in leaf.per:
        found = found.get(at.period)
    if "stratum" in leaf.per and isinstance(found, Mapping):
        found = found.get(at.stratum)
    return found


def read_contract(path: Path) -> Contract:
    """Read a contract and check its terms against the leaves of its components."""
    shape, raw = read_shape(path, ContractShape)
    problems: list[Problem] = []
    components: list[Component] = []
    terms: dict[str, dict[str, Term]] = {}
    for place, item in enumerate(shape.components):
        name, given, lines = _component_entry(item, raw["components"][place])
        line = f"{path}:{raw['components'].lc.item(place)[0] + 1}"
        try:
            found = component(name)
        except OpenVBCError as error:
            problems += [Problem(line, problem.what) for problem in error.problems]
            continue
        components.append(found)
        terms[name] = _terms(path, lines, given)
    agreement = {"agreement_number": shape.agreement.number}
    terms["contract"] = {
        **{
            name: Term(exact(value), *_places(path, raw, "agreement"))
            for name, value in agreement.items()
        },
        **_terms(path, raw.get("terms") or {}, shape.terms),
    }
    leaves = {name for it in components for name in it.leaves}
    problems += _unknown_terms(terms, leaves)
    try:
        load_program(shape.program)
    except OpenVBCError as error:
        problems += [Problem(where(path, raw, "program"), p.what) for p in error.problems]
    if problems:
        raise InputError(problems)
    return Contract(path, shape, tuple(components), terms)


def _places(path: Path, lines: Mapping[str, Any], key: str) -> tuple[str, str]:
    return where(path, lines, key), cited(path, lines, key)


def _terms(path: Path, lines: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Term]:
    return {key: Term(exact(value), *_places(path, lines, key)) for key, value in given.items()}


def _component_entry(
    item: str | Mapping[str, Any], raw: object
) -> tuple[str, Mapping[str, Any], Mapping[str, Any]]:
    """A component's name, its terms, and the mapping that knows their lines."""
    if isinstance(item, str):
        return item, {}, {}
    name, given = next(iter(item.items()))
    lines = raw[name] if isinstance(raw, CommentedMap) else {}
    return name, given or {}, lines or {}


def _unknown_terms(terms: Mapping[str, Mapping[str, Term]], leaves: set[str]) -> list[Problem]:
    return [
        Problem(term.where, f"unknown term {name}{_near(name, leaves)}")
        for group, given in terms.items()
        for name, term in given.items()
        if name not in leaves and not (group == "contract" and name.startswith("agreement_"))
    ]


def _near(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {near[0]}?" if near else f"; known terms: {', '.join(sorted(known))}"


def read_settlement(path: Path, contracts: Mapping[str, Contract]) -> Settlement:
    """Read a settlement and check its facts against the leaves of its contract."""
    shape, raw = read_shape(path, SettlementShape)
    contract = contracts.get(shape.contract)
    if contract is None:
        known = ", ".join(sorted(contracts)) or "none"
        what = f"no contract {shape.contract}; known: {known}"
        raise InputError(Problem(where(path, raw, "contract"), what))
    settlement = Settlement(path, shape, raw, contract)
    problems = list(_fact_problems(settlement))
    if problems:
        raise InputError(problems)
    return settlement


def _fact_problems(settlement: Settlement) -> Iterator[Problem]:
    leaves = {
        name: leaf for it in settlement.contract.components for name, leaf in it.leaves.items()
    }
    terms = {name for group in settlement.contract.terms.values() for name in group}
    for name, fact in settlement.shape.facts.items():
        place = where(settlement.path, settlement.raw["facts"], name)
        leaf = leaves.get(name)
        if leaf is None:
            yield Problem(place, f"unknown fact {name}{_near(name, set(leaves))}")
        elif leaf.table is not None:
            yield Problem(place, f"{name} is counted from table {leaf.table}; it is not a fact")
        elif name in terms:
            yield Problem(place, f"{name} is a term of the contract already; give it once")
        elif fact.unit != leaf.unit:
            yield Problem(place, f"{name} has unit {fact.unit}; expected {leaf.unit}")
