"""Several contracts side by side, in the same units: who bears what, terms, and measures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openvbc.author.lan import lan
from openvbc.author.leaves import BEFOREHAND
from openvbc.author.terms import (
    ATTACHMENT,
    COINSURANCE,
    COMMON,
    GIVEN_LATER,
    LOSS_CAP,
    LOSSES,
    SAVINGS,
    found,
    single,
    text_of,
)
from openvbc.contract.component import TOTAL, Component
from openvbc.contract.contract import Contract
from openvbc.contract.display import label, shown
from openvbc.contract.statement import value_text
from openvbc.errors import InputError, Problem

MEASURED: Final = ("pay_for_performance", "guarantee")
"""Components whose strata are measures."""

MEASURE_NAMES: Final[Mapping[str, str]] = {
    "performance_target": "target",
    "guarantee_promised": "target",
    "performance_lower_is_better": "lower is better",
    "guarantee_lower_is_better": "lower is better",
    "performance_pmpm": "at stake for each member and month",
    "performance_lump_sum": "at stake, lump sum",
    "guarantee_share_at_risk": "at stake, share of the fees",
}
"""Terms of a measure that mean the same in several components, by one name."""

TARGETS: Final = "target"
TARGET_UNIT: Final = "rate"
"""A guarantee's promise may be any score; of a share of people it is a rate, as a target is."""


@dataclass(frozen=True)
class Cell:
    """What a contract says of a row: as people read it, and as data (plain decimals)."""

    text: str
    value: Any


@dataclass(frozen=True)
class Row:
    """One line of the matrix. cells: contract id → what it says; without those that say nothing.

    unit: that of every cell; "text" where it is words.
    """

    section: str
    name: str
    unit: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Matrix:
    """Contracts compared: their ids in order, and the rows by section."""

    contracts: tuple[str, ...]
    rows: tuple[Row, ...]

    def to_json(self) -> dict[str, Any]:
        """For other programs: values as plain decimals in the row's unit."""
        rows = [
            {
                "section": it.section,
                "name": it.name,
                "unit": it.unit,
                "values": {name: cell.value for name, cell in it.cells.items()},
            }
            for it in self.rows
        ]
        return {"contracts": list(self.contracts), "rows": rows}


def matrix(contracts: Sequence[Contract]) -> Matrix:
    """Compare contracts: what they are, who bears what, common terms, measures, all terms.

    Raises InputError with fewer than two, or two of one id.
    """
    ids = [it.id for it in contracts]
    if len(ids) < 2 or len(set(ids)) < len(ids):  # noqa: PLR2004 - a comparison has two sides
        raise InputError(Problem("matrix", "expected two contracts or more, each id once"))
    sections = (_overview, _bearers, _common, _measures, _terms)
    rows = (row for section in sections for row in section(contracts))
    return Matrix(tuple(ids), tuple(row for row in rows if row.cells))


def _words(section: str, name: str, cells: Mapping[str, str | None]) -> Row:
    said = {id_: Cell(text, text) for id_, text in cells.items() if text}
    return Row(section, name, "text", said)


def _overview(contracts: Sequence[Contract]) -> Iterator[Row]:
    facts: Mapping[str, Callable[[Contract], str | None]] = {
        "payer": lambda it: it.shape.parties.payer.name,
        "entity": lambda it: it.shape.parties.entity.name,
        "line of business": lambda it: it.shape.line_of_business,
        "program": lambda it: it.shape.program or "none",
        "agreement": lambda it: f"{it.shape.agreement.start} to {it.shape.agreement.end or 'open'}",
        "who counts": _population,
        "HCP-LAN category": lambda it: lan(it).category,
        "components": lambda it: ", ".join(_own(it)),
    }
    for name, say in facts.items():
        yield _words("contract", name, {it.id: say(it) for it in contracts})


def _own(contract: Contract) -> list[str]:
    return [it.name for it in contract.components if it.pays != TOTAL]


def _population(contract: Contract) -> str:
    population = contract.shape.population
    if population is None:
        return "given figures"
    how = f", {population.assignment}" if population.is_mssp else ""
    return f"{population.method}{how}, run-out {population.run_out_months} months"


def _bearers(contracts: Sequence[Contract]) -> Iterator[Row]:
    """Who bears what, in words that follow from the shares."""
    says = {
        "savings": lambda it: _split(it, SAVINGS, "no savings are shared"),
        "losses": lambda it: _capped(it, _split(it, LOSSES, "no losses are shared")),
        "one costly member": _costly,
    }
    for name, say in says.items():
        yield _words("who bears what", name, {it.id: say(it) for it in contracts})


def _split(contract: Contract, common: Any, otherwise: str) -> str:
    values = found(contract, common)
    share = single(values)
    if share is not None:
        return f"entity {_rate(share)}, payer {_rate(1 - share)}"
    parts = (f"{label(name)}: entity {text_of(it, 'rate')}" for name, it in values.items())
    return "; ".join(parts) or otherwise


def _capped(contract: Contract, split: str) -> str:
    """A split of losses with its cap, or with the cap of each component."""
    caps = found(contract, LOSS_CAP)
    if not caps or split.startswith("entity 0%,") or "entity" not in split:
        return split
    cap = single(caps)
    each = (f"{label(name)}: at most {text_of(it, 'rate')}" for name, it in caps.items())
    said = f"at most {_rate(cap)}" if cap is not None else "; ".join(each)
    return f"{split}; {said} of the benchmark or target"


def _costly(contract: Contract) -> str | None:
    """Where stop-loss begins, and who bears what is above."""
    start, share = (single(found(contract, it)) for it in (ATTACHMENT, COINSURANCE))
    if start is None or share is None:
        return None
    above = f"entity {_rate(share)}, stop-loss {_rate(1 - share)} above"
    return f"up to {shown(value_text(start), 'usd')} as losses; {above}"


def _rate(value: Any) -> str:
    return shown(value_text(value), "rate")


def _common(contracts: Sequence[Contract]) -> Iterator[Row]:
    for common in COMMON:
        cells: dict[str, Cell] = {}
        for contract in contracts:
            if values := found(contract, common):
                cells[contract.id] = _cell(_merged(values), common.unit)
        yield Row("common terms", common.name, common.unit, cells)


def _merged(values: Mapping[str, Any]) -> Any:
    """One component's value by itself; of several each under its component's name."""
    return next(iter(values.values())) if len(values) == 1 else values


def _cell(value: Any, unit: str) -> Cell:
    return Cell(text_of(value, unit), _plain(value))


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(name): _plain(it) for name, it in value.items()}
        case tuple():
            return [_plain(it) for it in value]
        case _:
            return value_text(value)


def _measures(contracts: Sequence[Contract]) -> Iterator[Row]:
    """A row for each measure and each thing that is agreed of it."""
    rows: dict[tuple[str, str, str], dict[str, Cell]] = {}
    for contract in contracts:
        for part in contract.components:
            if part.name in MEASURED:
                for key, value in _measured(contract, part):
                    rows.setdefault(key, {})[contract.id] = _cell(value, key[2])
    for (measure, what, unit), cells in sorted(rows.items(), key=lambda it: it[0]):
        yield Row("measures", f"{label(measure)}: {what}", unit, cells)


def _measured(contract: Contract, part: Component) -> Iterator[tuple[tuple[str, str, str], Any]]:
    """Measure, what is agreed of it and its unit, with the value."""
    for name, term in contract.terms[part.name].items():
        leaf = part.leaves[name]
        if "stratum" not in leaf.per or not isinstance(term.value, Mapping):
            continue
        what = MEASURE_NAMES.get(name, label(name))
        unit = TARGET_UNIT if what == TARGETS else leaf.unit
        for measure, value in term.value.items():
            yield (measure, what, unit), value


def _terms(contracts: Sequence[Contract]) -> Iterator[Row]:
    """Every term that one of the contracts gives; the others say what holds without it."""
    leaves = {
        (part.name, name): part.leaves[name]
        for contract in contracts
        for part in contract.components
        for name in part.leaves
    }
    given = {name for it in contracts for group in it.terms for name in it.terms[group]}
    for (component, name), leaf in leaves.items():
        if name in given and name != BEFOREHAND:
            cells = {it.id: _term(it, component, name, leaf.unit) for it in contracts}
            known = {id_: cell for id_, cell in cells.items() if cell}
            yield Row("all terms", f"{component}/{name}", leaf.unit, known)


def _term(contract: Contract, component: str, name: str, unit: str) -> Cell | None:
    """The term, what the rule takes without it, or nothing where the contract lacks the part."""
    if component not in _own(contract):
        return None
    term = contract.term(name)
    if term is not None:
        return _cell(term.value, unit)
    part = next(it for it in contract.components if it.name == component)
    default = part.leaves[name].default
    if default == "required":
        return Cell(GIVEN_LATER, None)
    return Cell(f"({shown(value_text(default), unit)})", value_text(default))
