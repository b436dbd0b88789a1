"""What a twin run finds: two amounts, and every cause between them."""

from dataclasses import asdict, dataclass
from typing import Any

from openvbc.ledger.causes import Cell
from openvbc.reconcile.classify import UNEXPLAINED


@dataclass(frozen=True)
class TwinCause:
    """A cause, or several that can only be computed together, and the whole cents they move.

    alone: what it changes our amount by, by itself. with_earlier: what it changes besides,
    together with the causes before it. inferred: the cents are what is left for a value that its
    sender withheld; nobody could check them.
    """

    kind: str
    name: str
    alone: int
    with_earlier: int = 0
    cells: tuple[Cell, ...] = ()
    says: str = ""
    inferred: bool = False

    @property
    def cents(self) -> int:
        """All that it moves."""
        return self.alone + self.with_earlier


@dataclass(frozen=True)
class Reconciliation:
    """Two amounts and all causes between them; the causes' cents sum to the difference."""

    contract: str
    period: str
    ours_id: str
    theirs_id: str
    ours_cents: int
    theirs_cents: int
    causes: tuple[TwinCause, ...]
    order: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def difference(self) -> int:
        """Theirs less ours, in cents."""
        return self.theirs_cents - self.ours_cents

    @property
    def interaction(self) -> int:
        """What the causes do only together, in cents."""
        return sum(it.with_earlier for it in self.causes)

    @property
    def explained(self) -> bool:
        """Whether no cause is unexplained, and none had to be inferred."""
        return not any(it.kind == UNEXPLAINED or it.inferred for it in self.causes)

    def by_class(self) -> dict[str, int]:
        """Class → cents, in the declared order."""
        found: dict[str, int] = {}
        for it in self.causes:
            found[it.kind] = found.get(it.kind, 0) + it.cents
        return found

    def to_json(self) -> dict[str, Any]:
        """The reconciliation for other programs; amounts in whole cents."""
        return {
            **asdict(self),
            "causes": [{**asdict(it), "cents": it.cents} for it in self.causes],
            "difference_cents": self.difference,
            "interaction_cents": self.interaction,
            "residual_cents": self.difference - sum(it.cents for it in self.causes),
            "by_class": self.by_class(),
            "explained": self.explained,
        }
