"""What differs between two contracts: clauses, components, strata and terms, one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.contract import AGREEMENT, Contract
from openvbc.money import decimal_text

NOT_CLAUSES: Final = frozenset({"contract", "components", "terms"})
"""The parts of a contract that are compared otherwise; its id is how the two are told apart."""


@dataclass(frozen=True)
class Change:
    """One thing that is otherwise: what kind of thing, its name, and how each contract has it.

    a, b: None where a contract does not have it.
    """

    kind: str
    name: str
    a: str | None
    b: str | None


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Each single value below a name, as text; the bands of a scale are one value."""
    match value:
        case None:
            return
        case Mapping():
            for key, item in value.items():
                yield from _flat(item, f"{name}.{key}")
        case list() if all(isinstance(it, Mapping) for it in value):
            for number, item in enumerate(value, start=1):
                yield from _flat(item, f"{name}[{_label(item, number)}]")
        case _:
            yield name, _text(value)


def _label(item: Mapping[str, Any], number: int) -> str:
    """What an entry of a clause is called: by its own name, so that an inserted one moves none."""
    own = item.get("group") or item.get("seat") or item.get("measure")
    return str(own or number)


def _text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "none"
        case list() | tuple():
            return "; ".join(map(_text, value)) or "none"
        case Mapping():
            return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
        case Decimal():
            return decimal_text(value)
        case _:
            return str(value)


def _clauses(contract: Contract) -> dict[str, str]:
    given = contract.shape.model_dump(exclude=set(NOT_CLAUSES))
    return {name: text for clause, it in given.items() for name, text in _flat(it, clause)}


def _components(contract: Contract) -> dict[str, str]:
    """Each component with its place in the order of computing."""
    return {name: f"number {place}" for place, name in enumerate(_names(contract), start=1)}


def _names(contract: Contract) -> list[str]:
    listed = contract.shape.components
    return [it if isinstance(it, str) else next(iter(it)) for it in listed]


def _strata(contract: Contract) -> dict[str, str]:
    return {name: ", ".join(strata) for name, strata in contract.strata.items()}


def _terms(contract: Contract) -> dict[str, str]:
    """Each term by component/name; one for each stratum where it has several values."""
    groups = {group: it for group, it in contract.terms.items() if group != AGREEMENT}
    pairs = (
        (f"{group}/{name}", term.value)
        for group, terms in groups.items()
        for name, term in terms.items()
    )
    return dict(it for path, value in pairs for it in _cells(path, value))


def _cells(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield f"{path}.{key}", _text(item)
    else:
        yield path, _text(value)


def _changes(kind: str, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys([*a, *b]):
        if a.get(name) != b.get(name):
            yield Change(kind, name, a.get(name), b.get(name))


def changes(a: Contract, b: Contract) -> list[Change]:
    """Everything that differs between two contracts, in the order of a contract."""
    return [
        *_changes("clause", _clauses(a), _clauses(b)),
        *_changes("component", _components(a), _components(b)),
        *_changes("strata", _strata(a), _strata(b)),
        *_changes("term", _terms(a), _terms(b)),
    ]
