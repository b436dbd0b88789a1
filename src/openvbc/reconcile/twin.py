"""Why two statements of one contract and period differ: every cause with its class and its cents.

Our statement is settled again, and its leaves are replaced by theirs. Each cause has two amounts:
`alone`, what it does by itself to our statement, which no order changes; and `with_earlier`, what
it does besides together with the causes before it, in the declared order of `classes.yaml`. Both
amounts of all causes, and what stays unexplained, are the difference to the cent.
"""

from collections.abc import Iterator
from pathlib import Path

from openvbc.contract.statement import Document
from openvbc.errors import InputError, Problem
from openvbc.ledger.kept import Kept
from openvbc.reconcile.classify import classes
from openvbc.reconcile.exchanged import read_exchanged, refuse_others
from openvbc.reconcile.memberwalk import MemberWalk
from openvbc.reconcile.mixture import Mixture
from openvbc.reconcile.pack import Pack, read_pack
from openvbc.reconcile.reconciliation import Reconciliation
from openvbc.reconcile.walk import Walk, stated


def reconcile(ours: Path, theirs: Path) -> Reconciliation:
    """Every cause of the difference between two statements (JSON files) or two packs (folders).

    Raises InputError where one is no statement, was changed, does not determine its amount, or
    where they are of different contracts, parties, periods or schemas; and for a pack beside a
    file, or packs whose keys were made with different salts.
    """
    where = f"{ours}, {theirs}"
    if ours.is_dir() and theirs.is_dir():
        return reconciled_packs(read_pack(ours), read_pack(theirs), where)
    if (ours.is_dir() and theirs.is_file()) or (ours.is_file() and theirs.is_dir()):
        what = (
            "one is a pack and the other a statement; give two packs, or the statement.json of both"
        )
        raise InputError(Problem(where, what))
    return reconciled(read_exchanged(ours), read_exchanged(theirs), where)


def reconciled(ours: Document, theirs: Document, where: str = "statements") -> Reconciliation:
    """The same of two documents."""
    refuse_others(ours, theirs, where)
    return _reconciliation(Walk(ours, theirs, classes()))


def reconciled_packs(ours: Pack, theirs: Pack, where: str = "packs") -> Reconciliation:
    """The same of two packs: the cells of tables split by members and claims."""
    refuse_others(ours.statement, theirs.statement, where)
    if ours.manifest["salt_check"] != theirs.manifest["salt_check"]:
        what = "the keys were made with different salts; agree on one and export both packs again"
        raise InputError(Problem(where, what))
    mixture = Mixture(ours, theirs)
    try:
        if mixture.strangers:
            what = (
                "no member is in both packs, so the two sides know people by different ids; "
                "export both again with person_id from one kind of number"
            )
            raise InputError(Problem(where, what))
        return _reconciliation(MemberWalk(ours, theirs, classes(), mixture))
    finally:
        mixture.close()


def _reconciliation(found: Walk) -> Reconciliation:
    ours, theirs = found.documents
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
