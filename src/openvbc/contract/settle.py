"""Settling: the contract's rules over the facts of one settlement, to a statement."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openvbc.contract.check import check_settlement
from openvbc.contract.facts import Facts
from openvbc.contract.resolve import Line, Resolver
from openvbc.contract.settlement import Settlement
from openvbc.contract.statement import Document, line_id, statement, value_text
from openvbc.errors import Problem
from openvbc.money import round_half_up
from openvbc.parameters import exact
from openvbc.rules.rule import Unknown
from openvbc.yamlfile import where


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
            near = difflib.get_close_matches(name, by_id, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield Problem(place, f"{name} is no line of this statement{hint}")


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
