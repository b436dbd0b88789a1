"""Settling: the contract's rules over the facts of one settlement, to a statement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openvbc.contract.contract import Settlement
from openvbc.contract.facts import Facts
from openvbc.contract.resolve import Line, Resolver
from openvbc.contract.statement import Document, line_id, statement, value_text
from openvbc.errors import Problem
from openvbc.money import round_half_up
from openvbc.parameters import exact
from openvbc.yamlfile import where


@dataclass(frozen=True)
class Settled:
    """A statement as far as it came, what stopped it, and the assertions that failed."""

    document: Document
    problems: tuple[Problem, ...]
    failed_assertions: tuple[Problem, ...]


def settle(settlement: Settlement, facts: Facts, run_id: str) -> Settled:
    """Evaluate every component's results and check the settlement's assertions.

    A result that cannot be had does not hide the others: they stand in the document, and the
    problems say what is missing or refused.
    """
    contract = settlement.contract
    resolver = Resolver(contract.components, facts, contract.parameters, settlement.coordinates)
    results, problems = resolver.results()
    document = statement(settlement, run_id, results, resolver.lines)
    failed = () if problems else tuple(_failed_assertions(settlement, resolver))
    return Settled(document, tuple(problems), failed)


def _failed_assertions(settlement: Settlement, resolver: Resolver) -> Iterator[Problem]:
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
        if line is None:
            yield Problem(place, f"{name} is no line of this statement")
        else:
            difference = _difference(line, exact(expected))
            if difference:
                yield Problem(place, f"{name}: {difference}")


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
    text = value_text(found)
    return None if text == value_text(expected) else f"found {text}, asserted {expected}"
