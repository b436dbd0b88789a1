"""Two contracts side by side: what differs, and on the facts of one settlement, the dollars."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table

from openvbc.author.compare import Change, changes
from openvbc.contract.contract import Contract, read_contract
from openvbc.contract.settlement import Settlement
from openvbc.contract.statement import Document
from openvbc.errors import InputError, Problem, near
from openvbc.publish import find_settlement
from openvbc.workspace import Workspace

TOTAL: Final = "total"


@dataclass(frozen=True)
class Amount:
    """What a component pays under each contract, in dollars and whole cents.

    Above zero the payer pays, below zero the entity. None where the contract lacks the component,
    or the facts do not determine the amount; then the difference is none either.
    """

    component: str
    a: Decimal | None
    b: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True)
class Diff:
    """What differs between two contracts; amounts only where they were settled."""

    a: str
    b: str
    changes: tuple[Change, ...]
    settlement: str | None
    amounts: tuple[Amount, ...]

    def to_json(self) -> dict[str, Any]:
        """For other programs; amounts as text."""
        found = asdict(self)
        for amount in found["amounts"]:
            for key in ("a", "b", "difference"):
                amount[key] = None if amount[key] is None else f"{amount[key]:.2f}"
        return found


def find_contract(workspace: Workspace | None, name: str) -> Contract:
    """A contract by its file, or by its id in a workspace.

    Raises InputError where there is none, or it cannot be read.
    """
    if name.endswith((".yaml", ".yml")):
        return read_contract(Path(name))
    known = workspace.contracts if workspace else {}
    if name not in known:
        what = f"no such contract{near(name, known)}" if workspace else "expected a .yaml file"
        raise InputError(Problem(name, what))
    return known[name]


def _under(settlement: Settlement, contract: Contract) -> Settlement:
    """A settlement as it would be under another contract.

    The other takes the id of the settlement's own, by which tables know whose rows are meant. What
    the settlement asserts is said of its own contract only.
    """
    shape = contract.shape.model_copy(update={"contract": settlement.contract.id})
    asserting_nothing = settlement.shape.model_copy(update={"asserts": {}})
    return replace(settlement, contract=replace(contract, shape=shape), shape=asserting_nothing)


def _same_population(settlement: Settlement, contract: Contract) -> None:
    """Refuse a contract for which tables would count other people or claims."""
    own = settlement.contract
    if own.shape.population is None and contract.shape.population is None:
        return
    counted = ("population", "program", "line_of_business", "agreement")
    differs = [it for it in counted if getattr(own.shape, it) != getattr(contract.shape, it)]
    if own.participants() != contract.participants():
        differs.append("participants")
    if differs:
        what = f"counts other people or claims than {own.id} ({', '.join(differs)} differ)"
        raise InputError(Problem(str(contract.path), f"{what}; build and settle it by itself"))


def _settled(workspace: Workspace, settlement: Settlement, contract: Contract) -> Document:
    """The statement under a contract; raises InputError with all that stops it."""
    _same_population(settlement, contract)
    settled = workspace.settle(_under(settlement, contract))
    if settled.problems:
        under = f"under {contract.path}"
        raise InputError([Problem(it.where, f"{it.what} ({under})") for it in settled.problems])
    return settled.document


def _paid(document: Document) -> dict[str, Decimal | None]:
    """Component → what it pays."""
    return {
        it["component"]: None if it["amount"] is None else Decimal(it["amount"])
        for it in document["payments"]
    }


def _sum(paid: Mapping[str, Decimal | None]) -> Decimal | None:
    known = [it for it in paid.values() if it is not None]
    return sum(known, Decimal(0)) if len(known) == len(paid) else None


def _amount(name: str, a: Mapping[str, Decimal | None], b: Mapping[str, Decimal | None]) -> Amount:
    """A component that one contract lacks pays nothing there; an unknown amount stays unknown."""
    first, second = a.get(name, Decimal(0)), b.get(name, Decimal(0))
    difference = None if first is None or second is None else second - first
    return Amount(name, a.get(name), b.get(name), difference)


def _amounts(a: Document, b: Document) -> Iterator[Amount]:
    paid_a, paid_b = _paid(a), _paid(b)
    for name in dict.fromkeys([*paid_a, *paid_b]):
        yield _amount(name, paid_a, paid_b)
    yield _amount(TOTAL, {TOTAL: _sum(paid_a)}, {TOTAL: _sum(paid_b)})


def diff(a: str, b: str, workspace: Workspace | None = None, settlement: str | None = None) -> Diff:
    """What differs between two contracts, and what each pays on the facts of one settlement.

    a, b: a contract's file, or its id in the workspace. settlement: of either contract or of a
    third; its facts are used under both.

    Raises InputError where a contract cannot be read, lacks a fact, or counts other people than
    the settlement's contract does.
    """
    first, second = find_contract(workspace, a), find_contract(workspace, b)
    found = tuple(changes(first, second))
    if settlement is None:
        return Diff(a, b, found, None, ())
    if workspace is None:
        raise InputError(Problem("--settlement", "say in which --workspace it is"))
    one = find_settlement(workspace, settlement)
    documents = [_settled(workspace, one, it) for it in (first, second)]
    return Diff(a, b, found, one.id, tuple(_amounts(*documents)))


def _dollars(amount: Decimal | None, nothing: str) -> str:
    return nothing if amount is None else f"{amount:,.2f}"


def _table(title: str, left: Sequence[str], right: Sequence[str] = ()) -> Table:
    table = Table(title=title, title_justify="left")
    for name in left:
        table.add_column(name, overflow="fold")
    for name in right:
        table.add_column(name, overflow="fold", justify="right")
    return table


def _changes_table(found: Diff) -> Table:
    table = _table(f"{found.a} and {found.b}", ("what", "name", found.a, found.b))
    for it in found.changes:
        table.add_row(it.kind, it.name, it.a or "—", it.b or "—")
    return table


def _amounts_table(found: Diff) -> Table:
    title = f"on the facts of {found.settlement}; above zero the payer pays"
    table = _table(title, ("component",), (found.a, found.b, "difference"))
    for it in found.amounts:
        cells = (_dollars(it.a, "—"), _dollars(it.b, "—"), _dollars(it.difference, "unknown"))
        table.add_row(it.component, *cells)
    return table


def diff_table(found: Diff) -> RenderableType:
    """The differences as a table; a second one with dollars where there are some."""
    same = f"{found.a} and {found.b} say the same."
    parts: list[RenderableType] = [_changes_table(found) if found.changes else same]
    return Group(*parts, *([_amounts_table(found)] if found.amounts else []))
