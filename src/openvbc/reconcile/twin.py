"""Why two statements of one contract and period differ: every cause with its class and its cents.

Our statement is settled again, and its leaves are replaced by theirs. Each cause has two amounts:
`alone`, what it does by itself to our statement, which no order changes; and `with_earlier`, what
it does besides together with the causes before it, in the declared order of `classes.yaml`. Both
amounts of all causes, and what stays unexplained, are the difference to the cent.
"""

from collections.abc import Iterator
from pathlib import Path

from openvbc.contract.statement import Document
from openvbc.ledger.kept import Kept
from openvbc.reconcile.classify import classes
from openvbc.reconcile.exchanged import read_exchanged, refuse_others
from openvbc.reconcile.reconciliation import Reconciliation
from openvbc.reconcile.walk import Walk, stated


def reconcile(ours: Path, theirs: Path) -> Reconciliation:
    """Every cause of the difference between two statements that stand in JSON files.

    Raises InputError where one is no statement, was changed, does not determine its amount, or
    where they are of different contracts, parties, periods or schemas.
    """
    return reconciled(read_exchanged(ours), read_exchanged(theirs), f"{ours}, {theirs}")


def reconciled(ours: Document, theirs: Document, where: str = "statements") -> Reconciliation:
    """The same of two documents."""
    refuse_others(ours, theirs, where)
    found = Walk(ours, theirs, classes())
    lines = tuple(found.lines())
    one, other = Kept(ours), Kept(theirs)
    return Reconciliation(
        contract=one.contract,
        period=one.period,
        ours_id=one.id,
        theirs_id=other.id,
        ours_cents=sum(stated(ours).values()),
        theirs_cents=sum(stated(theirs).values()),
        causes=lines,
        order=found.classes.order,
        notes=tuple(_notes(ours, theirs)),
    )


def _notes(ours: Document, theirs: Document) -> Iterator[str]:
    """What else is not the same and moves nothing by itself."""
    named = {
        "the kind of statement": (ours["kind"], theirs["kind"]),
        "as of": (ours["as_of"], theirs["as_of"]),
        "claims paid through": (_paid(ours), _paid(theirs)),
        "the contract's file": tuple(it["contract"]["sha256"][:12] for it in (ours, theirs)),
    }
    for words, (one, other) in named.items():
        if one != other:
            yield f"{words} is {one} in ours and {other} in theirs"


def _paid(document: Document) -> str | None:
    found = document.get("through") or {}
    return found.get("paid")
