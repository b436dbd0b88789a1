"""Settling: the contract's rules over the facts of one settlement, to a statement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.book import TABLES as BOOKS
from openvbc.contract.check import check_settlement
from openvbc.contract.contract import Contract
from openvbc.contract.facts import At, Facts, Found
from openvbc.contract.resolve import Line, Resolver
from openvbc.contract.settlement import Settlement
from openvbc.contract.statement import Document, line_id, statement, value_text
from openvbc.errors import InputError, OpenVBCError, Problem, meant
from openvbc.money import round_half_up
from openvbc.parameters import exact
from openvbc.rules.rule import Leaf, Unknown
from openvbc.yamlfile import where

MISSING: Final = "missing fact"
"""How a problem begins that is a leaf which nothing supplies."""


@dataclass(frozen=True)
class Settled:
    """A statement as far as it came, what stopped it, and the assertions that failed.

    notes: what else to know of it, such as where it was written.
    """

    document: Document
    problems: tuple[Problem, ...]
    failed_assertions: tuple[Problem, ...]
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing stopped it and no assertion failed: only then it is a statement."""
        return not self.problems and not self.failed_assertions


@dataclass(frozen=True)
class WithoutTables:
    """A settlement's facts before any table is there: what a table will count is missing.

    Raises InputError for it, so that no rule takes its default and refuses what nobody said.
    """

    contract: Contract
    facts: Facts

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The fact, the term, or None where neither a file nor a table will supply it."""
        book = self.contract.shape.book
        counted = leaf.name in self.contract.counted or leaf.table is not None
        if leaf.table in BOOKS:
            counted = book is not None and book.counts(leaf.table, leaf.column)
        if counted:
            table = leaf.table or "member"
            raise InputError(Problem(f"table {table}", f"{MISSING}: {leaf.name} is counted there"))
        return self.facts.get(leaf, at)


def settle(settlement: Settlement, facts: Facts, run_id: str | None) -> Settled:
    """Evaluate every component's results and check the settlement's assertions.

    run_id: the run of the tables that facts read; None where there are none.

    A result that cannot be had does not hide the others: they stand in the document, and the
    problems say what is missing or refused, everything at once.
    """
    contract = settlement.contract
    resolver = Resolver(
        contract.components, facts, contract.parameters, settlement.coordinates, contract.same
    )
    results, stopped = resolver.results()
    problems = _once(check_settlement(settlement, facts), stopped, resolver.unsupplied)
    document = statement(settlement, run_id, results, resolver.lines)
    failed = tuple(_failed_assertions(settlement, resolver, complete=not problems))
    return Settled(document, problems, failed)


def refusals(settlement: Settlement) -> list[Problem]:
    """What the rules refuse of terms and facts alone, before any table is there.

    Left out is what is not there yet: a table's cells, and facts, which a check names by itself.
    Each stands at the settlement's file.
    """
    try:
        facts = WithoutTables(settlement.contract, settlement.facts())
        problems = settle(settlement, facts, None).problems
    except OpenVBCError as error:
        problems = error.problems
    found = (it for it in problems if not it.what.startswith(MISSING))
    path = str(settlement.path)
    return [
        it if ":" in it.where or it.where == path else Problem(path, f"{it.where}: {it.what}")
        for it in found
    ]


def _once(
    checked: list[Problem], stopped: list[Problem], unsupplied: set[Problem]
) -> tuple[Problem, ...]:
    """What the check found with file and line, and what only computing shows."""
    said = {it.what for it in checked}
    seen = [it for it in stopped if it.what not in said and not (checked and it in unsupplied)]
    return (*checked, *seen)


def _failed_assertions(
    settlement: Settlement, resolver: Resolver, *, complete: bool
) -> Iterator[Problem]:
    """Assertions that do not hold; of a statement that was stopped only those of its lines."""
    by_id = {line_id(line.key): line for line in resolver.lines.values()}
    by_id |= {
        line.path: line
        for line in resolver.lines.values()
        if line.at.stratum is None and line.at.period == "performance"
    }
    asserted: Mapping[str, Any] = settlement.shape.asserts
    for name, expected in asserted.items():
        place = where(settlement.path, settlement.raw["assert"], name)
        line = by_id.get(name)
        if line is not None:
            difference = _difference(line, exact(expected))
            if difference:
                yield Problem(place, f"{name}: {difference}")
        elif complete:
            yield Problem(place, f"{name} is no line of this statement{meant(name, by_id)}")


def _difference(line: Line, expected: object) -> str | None:
    """None where the line has the expected value, at the precision the assertion is written in."""
    found = line.value
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        exponent = expected.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        rounded = round_half_up(found, places)
        if rounded == expected:
            return None
        return f"found {rounded:,}, asserted {expected:,}, difference {rounded - expected:,}"
    if isinstance(found, Unknown):
        return f"unknown ({found.reason}), asserted {expected}"
    text = value_text(found)
    return None if text == value_text(expected) else f"found {text}, asserted {expected}"
