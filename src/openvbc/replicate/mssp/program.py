"""Replication of CMS's published Shared Savings results through the rules of a contract.

Every row goes through the same resolver, component and parameters as a settlement; only the leaves
come from the row. See docs/replication.md for what is compared, how closely, and the reasons.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from openvbc.parameters import Parameter, load_program
from openvbc.replicate.csvfile import Row, labels_of
from openvbc.replicate.mssp.compare import (
    OWED,
    PREDICATES,
    compare_identities,
    compare_savings,
    compare_sharing,
    published_amount,
)
from openvbc.replicate.mssp.computed import Computed
from openvbc.replicate.mssp.facts import RowFacts, RowReader
from openvbc.replicate.mssp.published import PublishedFile, read_published
from openvbc.replicate.programs import Group, PublishedProgram
from openvbc.replicate.replication import (
    Compared,
    Profile,
    Replication,
    Result,
    Unreadable,
    decision,
    sort_out,
    unread_reasons,
)

PROFILE: Final = Profile(
    program="mssp",
    each="ACO",
    every="ACOs",
    period="PY",
    places=2,
    reasons={
        "scale_undefined": "the minimum savings rate scale has no formula for so few beneficiaries",
        "revenue_unpublished": "two-sided, a revenue-based loss limit applies, losses generated, "
        "revenue unpublished",
        "disaster_share_unpublished": "two-sided, losses generated, local disaster relief "
        "possible, neither share nor dollars published",
        "termination_month_unpublished": "two-sided, losses generated, prorated for termination "
        "in mid-year, month unpublished",
        "two_sided_year_unpublished": "Track 2, losses above the first year's limit, year in the "
        "two-sided model unpublished",
    },
)

MARKS: Final = frozenset({"abtotbnchmk", "abtotexp"})
"""Labels that only these files have."""


def knows(path: Path) -> bool:
    """Whether a file looks like one of these."""
    return labels_of(path) >= MARKS


def replicate_mssp(path: Path, year: int | None = None) -> Replication:
    """Recompute every ACO of a published file. year: the performance year, where it must be said.

    Raises InputError where the file, its year or a needed column cannot be made out.
    """
    file = read_published(path, year)
    parameters = load_program(PROFILE.program)
    facts = [RowReader(file, row, parameters).read() for row in file.rows]
    results = tuple(
        _result(file, row, read, parameters) for row, read in zip(file.rows, facts, strict=True)
    )
    from_rate = file.layout.quality_flag == "sharing_rate"
    failed = sum(not read.values["quality_standard_met"] for read in facts) if from_rate else 0
    notes = (f"{failed} failed standards read from a share rate of 0",) if failed else ()
    return Replication(PROFILE, (path,), (file.layout.year,), results, notes)


def _result(
    file: PublishedFile, row: Row, facts: RowFacts, parameters: Mapping[str, Parameter]
) -> Result:
    identity = file.text(row, "id") or file.text(row, "name") or f"line {row.line}"
    amount = published_amount(file, row)
    published = None if isinstance(amount, Unreadable) else amount
    if facts.unreadable or facts.suppressed:
        reason = "input_unreadable" if facts.unreadable else "input_suppressed"
        problems = (*facts.unreadable, *facts.suppressed)
        return _refused(identity, row, published, reason, problems)
    computed = Computed(facts, parameters)
    if computed.refused and not computed.scale_undefined:
        problems = (f"{file.where(row)}: {'; '.join(computed.refused)}",)
        return _refused(identity, row, published, "input_unreadable", problems)
    earned = None if computed.refused else computed["earned_savings_or_losses"]
    compared, unread = sort_out(tuple(_compared(file, row, amount, computed)))
    within = any(one.column == "EarnSaveLoss" and one.equal for one in compared)
    reasons = _reasons(_met(file, computed), compared, unread)
    return Result(
        id=identity,
        line=row.line,
        published=published,
        computed=earned,
        within=within,
        compared=compared,
        decision=decision(earned),
        published_decision=None if published is None else decision(published),
        reasons=reasons,
        problems=tuple(one.what for one in unread),
    )


def _refused(
    identity: str, row: Row, published: Decimal | None, reason: str, problems: tuple[str, ...]
) -> Result:
    """A row whose inputs could not be read."""
    said = None if published is None else decision(published)
    undecided = decision(None)
    return Result(
        identity, row.line, published, None, False, (), undecided, said, (reason,), problems
    )


def _compared(
    file: PublishedFile, row: Row, amount: Decimal | Unreadable, computed: Computed
) -> Iterator[Compared | Unreadable]:
    """All that can be compared; where the minimum rate is refused, what does not depend on it."""
    yield from compare_savings(file, row, computed)
    if file.layout.identities:
        yield from compare_identities(file, row)
    if isinstance(amount, Unreadable):
        yield amount
    if computed.refused:
        return
    yield from compare_sharing(file, row, computed)
    if isinstance(amount, Decimal):
        earned = computed["earned_savings_or_losses"]
        yield Compared("EarnSaveLoss", amount, earned, abs(earned - amount) <= computed.tolerance)


def _met(file: PublishedFile, computed: Computed) -> tuple[str, ...]:
    if computed.scale_undefined:
        return ("scale_undefined",)
    return tuple(reason for reason, holds in PREDICATES.items() if holds(file, computed))


def _reasons(
    met: tuple[str, ...], compared: tuple[Compared, ...], unread: tuple[Unreadable, ...]
) -> tuple[str, ...]:
    """The predicates met, and whether something is left that they do not explain."""
    misses = {one.column for one in compared if not one.equal}
    unexplained = misses - (OWED if met else frozenset())
    return (
        *met,
        *unread_reasons(unread),
        *(("unexplained",) if unexplained else ()),
    )


def _replicate(group: Group, year: int | None) -> Replication:
    (path,) = group
    return replicate_mssp(path, year)


PROGRAM: Final = PublishedProgram(PROFILE, knows, _replicate)
