"""Replication of CMS's published Shared Savings results through the rules of a contract.

Every row goes through the same resolver, component and parameters as a settlement; only the leaves
come from the row. See docs/replication.md for what is compared, how closely, and the reasons.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openvbc.contract.component import Component, component
from openvbc.contract.facts import Given
from openvbc.contract.resolve import Coordinates, Resolver
from openvbc.errors import InputError
from openvbc.parameters import Parameter, load_program
from openvbc.replicate.cells import Missing, Number, read_number
from openvbc.replicate.facts import RowFacts, RowReader
from openvbc.replicate.published import PublishedFile, Row, read_published
from openvbc.rules.rule import Leaf

PROGRAM: Final = "mssp"

PUBLISHED_ROW: Final = Component(
    "published_row",
    {},
    {
        leaf.name: leaf
        for leaf in (
            Leaf("total_benchmark", "usd", "updated benchmark of the published row", "ABtotBnchmk"),
            Leaf("total_expenditure", "usd", "expenditure of the published row", "ABtotExp"),
        )
    },
    (),
)
"""Stands where a contract has the expenditure and benchmark components."""

REASONS: Final[Mapping[str, str]] = {
    "input_unreadable": "an input cell holds no number, flag or day that can be read",
    "input_suppressed": "CMS has suppressed an input cell",
    "scale_undefined": "the minimum savings rate scale has no formula for so few beneficiaries",
    "revenue_unpublished": (
        "two-sided, a revenue-based loss limit applies, losses generated, revenue unpublished"
    ),
    "disaster_share_unpublished": (
        "two-sided, losses generated, local disaster relief possible, neither share nor dollars "
        "published"
    ),
    "termination_month_unpublished": (
        "two-sided, losses generated, prorated for termination in mid-year, month unpublished"
    ),
    "two_sided_year_unpublished": (
        "Track 2, losses above the first year's limit, year in the two-sided model unpublished"
    ),
    "unexplained": "a difference that no reason over the inputs explains",
}
"""Why a row is not, or may not be, reproduced. All but the last are predicates over inputs."""

UNREAD: Final = frozenset({"input_unreadable", "unexplained"})
"""Reasons with which a file does not count as reproduced."""

CENT_PLACES: Final = 2
DOLLAR: Final = Decimal(1)
PAYMENT_TOLERANCE: Final = Decimal(2)
SCORE_TOLERANCE: Final = Decimal("0.00005")
"""Half of the last place of a score printed with four places."""

STRATA: Final = ("esrd", "disabled", "aged_dual", "aged_nondual")


@dataclass(frozen=True)
class Compared:
    """One published number against the computed one."""

    column: str
    published: Decimal
    computed: Decimal
    equal: bool


@dataclass(frozen=True)
class Result:
    """One row: earned savings or owed losses published and computed, and what was compared.

    decision is savings, losses or none; reasons are the predicates that the row's inputs meet,
    whether or not it was reproduced, and "unexplained" where a difference has no reason.
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


def decision(amount: Decimal | None) -> str:
    """Savings are paid, losses are owed, or none of both (unknown: undecided)."""
    if amount is None:
        return "undecided"
    return "savings" if amount > 0 else "losses" if amount < 0 else "none"


@dataclass(frozen=True)
class Replication:
    """A whole file, recomputed."""

    path: Path
    year: int
    results: tuple[Result, ...]

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
        for result in self.results:
            for one in result.compared:
                of[one.column] += 1
                equal[one.column] += one.equal
        return {column: (equal[column], count) for column, count in of.items()}

    @property
    def reasons(self) -> dict[str, tuple[int, int]]:
        """Reason → rows that meet it, and those of them that match all the same."""
        met, matched = Counter[str](), Counter[str]()
        for result in self.results:
            matches = result.within and all(one.equal for one in result.compared)
            met.update(result.reasons)
            matched.update(result.reasons if matches else ())
        return {reason: (met[reason], matched[reason]) for reason in REASONS if met[reason]}

    @property
    def explained(self) -> bool:
        """Whether nothing is left unexplained."""
        return not UNREAD & set(self.reasons)


def replicate_mssp(path: Path, year: int | None = None) -> Replication:
    """Recompute every ACO of a published file. year: the performance year, where it must be said.

    Raises InputError where the file, its year or a needed column cannot be made out.
    """
    file = read_published(path, year)
    parameters = load_program(PROGRAM)
    results = tuple(_row(file, row, parameters) for row in file.rows)
    return Replication(path, file.layout.year, results)


def _row(file: PublishedFile, row: Row, parameters: Mapping[str, Parameter]) -> Result:
    identity = file.text(row, "id") or file.text(row, "name") or f"line {row.line}"
    published = _published_amount(file, row)
    facts = RowReader(file, row, parameters).read()
    if facts.unreadable or facts.suppressed or published is None:
        reason = "input_suppressed" if not facts.unreadable else "input_unreadable"
        problems = (*facts.unreadable, *facts.suppressed)
        if published is None and not problems:
            reason, problems = "input_unreadable", (f"{file.where(row)}: nothing to compare with",)
        return Result(identity, row.line, published, None, False, (), (reason,), problems)
    computed = Computed(facts, parameters)
    if computed.refused:
        compared = tuple(_compare(file, row, computed, ("savings_or_losses", "savings_rate")))
        reasons = ("scale_undefined",)
        return Result(identity, row.line, published, None, False, compared, reasons)
    return _judged(file, row, identity, published, computed)


def _judged(
    file: PublishedFile, row: Row, identity: str, published: Decimal, computed: "Computed"
) -> Result:
    amount = computed["earned_savings_or_losses"]
    within = abs(amount - published) <= computed.tolerance
    compared = (
        Compared("EarnSaveLoss", published, amount, within),
        *_compare(file, row, computed, tuple(COMPARED)),
        *(_identities(file, row) if file.layout.identities else ()),
    )
    met = tuple(reason for reason, holds in PREDICATES.items() if holds(file, computed))
    misses = {one.column for one in compared if not one.equal}
    unexplained = misses - (AFFECTED if met else frozenset())
    reasons = (*met, "unexplained") if unexplained else met
    return Result(identity, row.line, published, amount, within, compared, reasons)


class Computed:
    """What the rules make of a row's facts. refused: the law has no answer for them."""

    def __init__(self, facts: RowFacts, parameters: Mapping[str, Parameter]) -> None:
        self.facts = facts
        coordinates = Coordinates({"performance": facts.period}, (), facts.start)
        parts = (component("mssp_settlement"), PUBLISHED_ROW)
        self._resolver = Resolver(parts, Given(facts.values), parameters, coordinates)
        self.refused = self._is_refused()

    def _is_refused(self) -> bool:
        try:
            self._resolver.line("minimum_savings_rate")
        except InputError:
            return True
        return False

    def value(self, name: str) -> Any:  # noqa: ANN401 - a rule's value is of any type
        """The value of a rule, leaf or parameter."""
        return self._resolver.line(name).value

    def __getitem__(self, name: str) -> Decimal:
        return Decimal(self.value(name))

    @property
    def tolerance(self) -> Decimal:
        """$2, and where a published score enters, what its rounding can be worth.

        Benchmark and expenditure are published in whole dollars; scores with four places.
        """
        generated = abs(self["generated_savings_or_losses"])
        if not self._score_enters:
            return PAYMENT_TOLERANCE
        return PAYMENT_TOLERANCE + generated * self["maximum_sharing_rate"] * SCORE_TOLERANCE

    @property
    def _score_enters(self) -> bool:
        if self["generated_losses"] > 0:
            return self["loss_rate_floor"] != self["loss_rate_ceiling"]
        return self["quality_share"] not in {0, 1} or self.value("quality_effect") == "multiplies"


def _published_amount(file: PublishedFile, row: Row) -> Decimal | None:
    """Earned savings, or owed losses below zero; two columns in the first file of the program."""
    if "earned" in file.columns:
        number = read_number(file.text(row, "earned"))
        return number.value if isinstance(number, Number) else _zero_if_blank(number)
    earned = read_number(file.text(row, "earned_savings"))
    owed = read_number(file.text(row, "owed_losses"))
    if isinstance(owed, Number) and owed.value != 0:
        return -abs(owed.value)
    return earned.value if isinstance(earned, Number) else _zero_if_blank(earned)


def _zero_if_blank(missing: Missing) -> Decimal | None:
    return Decimal(0) if missing is Missing.BLANK else None
