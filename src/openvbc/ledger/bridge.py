"""From one statement to another: every cause of the difference with its dollars, to the cent.

The old statement is settled again by today's rules, and its leaves are replaced by those of the new
one, one cause at a time, in a declared order: facts, terms, tables, parameters, and within each by
path. A cause is one leaf with all its cells, or strata or components that came or went. What two
causes do only together falls to the later of them. A parameter that is another because the leaf
that selects it is, moves with that leaf. Where a step cannot be computed by itself, its cause is
joined to the next. What the replay does not come to, because a rule is another today, is one line
`unexplained`; it is never spread or hidden.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from openvbc.contract.statement import Document
from openvbc.errors import OpenVBCError
from openvbc.ledger.causes import ORDER, Cause, Cell, causes, first_state, with_cause
from openvbc.ledger.kept import Kept
from openvbc.ledger.replay import State, changed_rules, replayed

UNEXPLAINED: Final = "unexplained"
INTERACTION: Final = "what causes do only together falls to the later one"


@dataclass(frozen=True)
class BridgeLine:
    """A cause, or several that can only be computed together, and the cents they move."""

    kind: str
    name: str
    cents: int
    cells: tuple[Cell, ...] = ()
    says: str = ""


@dataclass(frozen=True)
class Bridge:
    """The way from an old amount to a new one; the lines sum to the difference to the cent."""

    old_id: str
    new_id: str
    old_cents: int
    new_cents: int
    lines: tuple[BridgeLine, ...]
    order: tuple[str, ...]

    @property
    def difference(self) -> int:
        """The whole difference in cents."""
        return self.new_cents - self.old_cents

    @property
    def unexplained(self) -> int:
        """What no cause explains, in cents."""
        return self.by_kind().get(UNEXPLAINED, 0)

    def by_kind(self) -> dict[str, int]:
        """Kind of cause → cents, in the declared order."""
        found: dict[str, int] = {}
        for it in self.lines:
            found[it.kind] = found.get(it.kind, 0) + it.cents
        return found

    def to_json(self) -> dict[str, Any]:
        """The bridge for other programs; amounts in whole cents."""
        whole = {"difference_cents": self.difference, "says": INTERACTION}
        return {**asdict(self), **whole, "by_kind": self.by_kind()}


def bridge(old: Document, new: Document, order: Sequence[str] = ORDER) -> Bridge:
    """Every cause of the difference between two statements of one contract and period.

    The amount is all that a statement settles, what earlier ones settled included. What cannot be
    replayed is unexplained.
    """
    before, after = _settled(old), _settled(new)
    lines = list(_lines(old, new, order))
    rest = after - before - sum(it.cents for it in lines)
    if rest:
        lines.append(BridgeLine(UNEXPLAINED, UNEXPLAINED, rest, says=_why(old, new)))
    ids = (str(old["statement_id"]), str(new["statement_id"]))
    return Bridge(*ids, before, after, tuple(lines), tuple(order))


def _settled(document: Document) -> int:
    return sum(it.cents or 0 for it in Kept(document).payments)


def _lines(old: Document, new: Document, order: Sequence[str]) -> Iterator[BridgeLine]:
    """The causes one after the other, each with what the amount changes by."""
    state = first_state(old, new)
    amount = _amount(state, new)
    waiting: list[Cause] = []
    for cause in causes(old, new, order):
        state = with_cause(state, cause, new)
        waiting.append(cause)
        reached = _amount(state, new)
        if amount is not None and reached is not None:
            yield _line(waiting, reached - amount)
            amount, waiting = reached, []
    if waiting:
        yield _line(waiting, 0, says="cannot be computed by today's rules")


def _amount(state: State, new: Document) -> int | None:
    """What a state settles, in cents; None where it cannot be computed."""
    try:
        return replayed(state, new["program"])
    except OpenVBCError:
        return None


def _line(together: Sequence[Cause], cents: int, says: str = "") -> BridgeLine:
    last = together[-1]
    cells = tuple(cell for it in together for cell in it.cells)
    words = [it.says for it in together if it.says] + ([says] if says else [])
    return BridgeLine(
        last.kind, " + ".join(it.name for it in together), cents, cells, "; ".join(words)
    )


def _why(old: Document, new: Document) -> str:
    """Why something stays unexplained: the rules that are others today, where they are known."""
    found = sorted({*_other_rules(old), *_other_rules(new)})
    if not found:
        return "the statements do not come out as they stand when they are settled again"
    return f"rules that are others today: {', '.join(found)}"


def _other_rules(document: Document) -> Sequence[str]:
    try:
        return changed_rules(document)
    except OpenVBCError:
        return ()
