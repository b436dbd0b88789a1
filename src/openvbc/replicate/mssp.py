"""Replication of CMS's published Shared Savings results through the rules of a contract.

Every row goes through the same resolver, component and parameters as a settlement; only the leaves
come from the row. See docs/replication.md for what is compared, how closely, and the reasons.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from openvbc.parameters import Parameter, load_program
from openvbc.replicate.compare import (
    OWED,
    PREDICATES,
    Compared,
    Unreadable,
    compare_identities,
    compare_savings,
    compare_sharing,
    published_amount,
)
from openvbc.replicate.computed import Computed
from openvbc.replicate.facts import RowFacts, RowReader
from openvbc.replicate.published import PublishedFile, Row, read_published
from openvbc.replicate.replication import Replication, Result

PROGRAM: Final = "mssp"


def replicate_mssp(path: Path, year: int | None = None) -> Replication:
    """Recompute every ACO of a published file. year: the performance year, where it must be said.

    Raises InputError where the file, its year or a needed column cannot be made out.
    """
    file = read_published(path, year)
    parameters = load_program(PROGRAM)
    facts = [RowReader(file, row, parameters).read() for row in file.rows]
    results = tuple(
        _result(file, row, read, parameters) for row, read in zip(file.rows, facts, strict=True)
    )
    from_rate = file.layout.quality_flag == "sharing_rate"
    failed = sum(not read.values["quality_standard_met"] for read in facts) if from_rate else 0
    return Replication(PROGRAM, path, file.layout.year, results, failed)


def _result(
    file: PublishedFile, row: Row, facts: RowFacts, parameters: Mapping[str, Parameter]
) -> Result:
    identity = file.text(row, "id") or file.text(row, "name") or f"line {row.line}"
    amount = published_amount(file, row)
    published = None if isinstance(amount, Unreadable) else amount
    if facts.unreadable or facts.suppressed:
        reason = "input_unreadable" if facts.unreadable else "input_suppressed"
        problems = (*facts.unreadable, *facts.suppressed)
        return Result(identity, row.line, published, None, False, (), (reason,), problems)
    computed = Computed(facts, parameters)
    if computed.refused and not computed.scale_undefined:
        problems = (f"{file.where(row)}: {'; '.join(computed.refused)}",)
        reason = "input_unreadable"
        return Result(identity, row.line, published, None, False, (), (reason,), problems)
    earned = None if computed.refused else computed["earned_savings_or_losses"]
    compared, problems = _sorted(_compared(file, row, amount, computed))
    within = any(one.column == "EarnSaveLoss" and one.equal for one in compared)
    reasons = _reasons(_met(file, computed), compared, problems)
    return Result(identity, row.line, published, earned, within, compared, reasons, problems)


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


def _sorted(
    found: Iterable[Compared | Unreadable],
) -> tuple[tuple[Compared, ...], tuple[str, ...]]:
    """What could be compared, and what could not."""
    every = tuple(found)
    compared = tuple(one for one in every if isinstance(one, Compared))
    return compared, tuple(one.what for one in every if isinstance(one, Unreadable))


def _met(file: PublishedFile, computed: Computed) -> tuple[str, ...]:
    if computed.scale_undefined:
        return ("scale_undefined",)
    return tuple(reason for reason, holds in PREDICATES.items() if holds(file, computed))


def _reasons(
    met: tuple[str, ...], compared: tuple[Compared, ...], problems: tuple[str, ...]
) -> tuple[str, ...]:
    """The predicates met, and whether something is left that they do not explain."""
    misses = {one.column for one in compared if not one.equal}
    unexplained = misses - (OWED if met else frozenset())
    return (
        *met,
        *(("published_unreadable",) if problems else ()),
        *(("unexplained",) if unexplained else ()),
    )
