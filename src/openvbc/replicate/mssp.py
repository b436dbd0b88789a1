"""Replication of CMS's published Shared Savings results through the rules of a contract.

Every row goes through the same resolver, component and parameters as a settlement; only the leaves
come from the row. See docs/replication.md for what is compared, how closely, and the reasons.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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

PROGRAM: Final = "mssp"

REASONS: Final[Mapping[str, str]] = {
    "input_unreadable": "an input cell holds no number, flag or day that can be read",
    "input_suppressed": "CMS has suppressed an input cell",
    "published_unreadable": "a published result is text; there is nothing to compare with",
    "scale_undefined": "the minimum savings rate scale has no formula for so few beneficiaries",
    "revenue_unpublished": "two-sided, a revenue-based loss limit applies, losses generated, "
    "revenue unpublished",
    "disaster_share_unpublished": "two-sided, losses generated, local disaster relief possible, "
    "neither share nor dollars published",
    "termination_month_unpublished": "two-sided, losses generated, prorated for termination in "
    "mid-year, month unpublished",
    "two_sided_year_unpublished": "Track 2, losses above the first year's limit, year in the "
    "two-sided model unpublished",
    "unexplained": "a difference that no reason over the inputs explains",
}
"""Why a row is not, or may not be, reproduced: predicates over inputs, but for the last."""

FAILING: Final = frozenset({"input_unreadable", "published_unreadable", "unexplained"})
"""Reasons with which a file does not count as reproduced."""


def decision(amount: Decimal | None) -> str:
    """Savings are paid, losses are owed, or neither; undecided where nothing was computed."""
    if amount is None:
        return "undecided"
    if amount == 0:
        return "neither"
    return "savings" if amount > 0 else "losses"


@dataclass(frozen=True)
class Result:
    """One row: earned savings (losses below zero) published and computed, and what was compared.

    reasons: the predicates that the row's inputs meet, whether or not it was reproduced.
    """

    id: str
    line: int
    published: Decimal | None
    computed: Decimal | None
    within: bool
    compared: tuple[Compared, ...]
    reasons: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def decision(self) -> str:
        """What is computed to happen."""
        return decision(self.computed)

    @property
    def decision_right(self) -> bool:
        """Whether the file says that the same happened."""
        return self.published is not None and self.decision == decision(self.published)

    @property
    def matches(self) -> bool:
        """Whether the amount and all that was compared agree."""
        return self.within and all(one.equal for one in self.compared)


@dataclass(frozen=True)
class Replication:
    """A whole file, recomputed. quality_from_rate: failed standards read from a rate of 0."""

    path: Path
    year: int
    results: tuple[Result, ...]
    quality_from_rate: int = 0

    @property
    def recomputed(self) -> int:
        """Rows for which an amount was computed."""
        return sum(result.computed is not None for result in self.results)

    @property
    def within_tolerance(self) -> int:
        """Rows whose amount is within the tolerance."""
        return sum(result.within for result in self.results)

    @property
    def decisions_right(self) -> int:
        """Rows for which the file says that the same happened."""
        return sum(result.decision_right for result in self.results)

    @property
    def compared(self) -> dict[str, tuple[int, int]]:
        """Column → cells that are equal, cells compared."""
        equal, of = Counter[str](), Counter[str]()
        for one in (one for result in self.results for one in result.compared):
            of[one.column] += 1
            equal[one.column] += one.equal
        return {column: (equal[column], count) for column, count in of.items()}

    @property
    def reasons(self) -> dict[str, tuple[int, int]]:
        """Reason → rows that meet it, and those of them that match all the same."""
        met, matched = Counter[str](), Counter[str]()
        for result in self.results:
            met.update(result.reasons)
            matched.update(result.reasons if result.matches else ())
        return {reason: (met[reason], matched[reason]) for reason in REASONS if met[reason]}

    @property
    def explained(self) -> bool:
        """Whether nothing is left unread or unexplained."""
        return not FAILING & set(self.reasons)


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
    return Replication(path, file.layout.year, results, failed)


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
    if computed.refused:
        compared, problems = _sorted(compare_savings(file, row, computed))
        reasons = _reasons(("scale_undefined",), compared, problems)
        return Result(identity, row.line, published, None, False, compared, reasons, problems)
    return _compared(file, row, identity, amount, computed)


def _compared(
    file: PublishedFile, row: Row, identity: str, amount: Decimal | Unreadable, computed: Computed
) -> Result:
    earned = computed["earned_savings_or_losses"]
    published = None if isinstance(amount, Unreadable) else amount
    within = published is not None and abs(earned - published) <= computed.tolerance
    first = (
        amount
        if isinstance(amount, Unreadable)
        else Compared("EarnSaveLoss", amount, earned, within)
    )
    compared, problems = _sorted(
        (
            *compare_savings(file, row, computed),
            *compare_sharing(file, row, computed),
            first,
            *(compare_identities(file, row) if file.layout.identities else ()),
        )
    )
    met = tuple(reason for reason, holds in PREDICATES.items() if holds(file, computed))
    reasons = _reasons(met, compared, problems)
    return Result(identity, row.line, published, earned, within, compared, reasons, problems)


def _sorted(
    found: Iterable[Compared | Unreadable],
) -> tuple[tuple[Compared, ...], tuple[str, ...]]:
    """What could be compared, and what could not."""
    every = tuple(found)
    compared = tuple(one for one in every if isinstance(one, Compared))
    return compared, tuple(one.what for one in every if isinstance(one, Unreadable))


def _reasons(
    met: tuple[str, ...], compared: tuple[Compared, ...], problems: tuple[str, ...]
) -> tuple[str, ...]:
    misses = {one.column for one in compared if not one.equal}
    unexplained = misses - (OWED if met else frozenset())
    return (
        *met,
        *(("published_unreadable",) if problems else ()),
        *(("unexplained",) if unexplained else ()),
    )
