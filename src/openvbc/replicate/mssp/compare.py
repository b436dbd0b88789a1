"""Published numbers against computed ones, and the reasons for which they may differ.

A published number is a result of CMS's and is never an input here. A reason is a predicate over
what CMS took in; it does not look at what CMS published as a result.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from openvbc.parameters import load_program
from openvbc.replicate.cells import Missing, Number, Rate, read_number
from openvbc.replicate.csvfile import Row
from openvbc.replicate.mssp.computed import Computed
from openvbc.replicate.mssp.published import PublishedFile
from openvbc.replicate.replication import Compared, Unreadable

DOLLAR: Final = Decimal(1)
HALF: Final = Decimal("0.5")
ROUNDED_TWICE: Final = Decimal("0.55")
"""Half of the last place, and half of the place after it: rates were rounded to ten places first
and then to nine in the files of some years."""

STRATA: Final = ("esrd", "disabled", "aged_dual", "aged_nondual")


@dataclass(frozen=True)
class Cell:
    """One cell of a published file; empty where the file lacks the column."""

    file: PublishedFile
    row: Row
    column: str

    @property
    def text(self) -> str:
        """What stands in the cell."""
        return self.file.text(self.row, self.column)

    @property
    def unreadable(self) -> Unreadable:
        """That the cell is text, and where."""
        label = self.file.header[self.file.columns[self.column]]
        where = self.file.where(self.row)
        suppressed = read_number(self.text) is Missing.SUPPRESSED
        return Unreadable(f"{where}: {label}: found {self.text!r}, expected a number", suppressed)


def published_amount(file: PublishedFile, row: Row) -> Decimal | Unreadable:
    """Earned savings, or owed losses below zero; two columns in the program's first file.

    An empty cell says that nothing was earned or owed.
    """
    if "earned" in file.columns:
        return _amount(Cell(file, row, "earned"))
    owed = _amount(Cell(file, row, "owed_losses"))
    if isinstance(owed, Unreadable) or owed != 0:
        return owed if isinstance(owed, Unreadable) else -abs(owed)
    return _amount(Cell(file, row, "earned_savings"))


def _amount(cell: Cell) -> Decimal | Unreadable:
    number = read_number(cell.text)
    if isinstance(number, Number):
        return number.value
    return Decimal(0) if number is Missing.BLANK else cell.unreadable


def _rate(
    cell: Cell, label: str, computed: Decimal, slack: Decimal = Decimal(0)
) -> Iterator[Compared | Unreadable]:
    """A share, equal within the last place that its column prints."""
    rates = cell.file.rates.get(cell.column)
    published = Missing.BLANK if rates is None else rates.read(cell.text)
    if isinstance(published, Rate):
        off = abs(published.value - computed)
        equal = off <= published.step * ROUNDED_TWICE + slack
        yield Compared(label, published.value, computed, equal)
    elif published is not Missing.BLANK:
        yield cell.unreadable


def _dollars(
    cell: Cell, label: str, computed: tuple[Decimal, ...]
) -> Iterator[Compared | Unreadable]:
    """An amount in whole dollars, equal to one of the ways in which it may be shown."""
    number = read_number(cell.text)
    if isinstance(number, Number):
        published = number.value
        nearest = min(computed, key=lambda amount: abs(amount - published))
        yield Compared(label, published, nearest, abs(nearest - published) <= DOLLAR)
    elif number is not Missing.BLANK:
        yield cell.unreadable


def compare_savings(
    file: PublishedFile, row: Row, computed: Computed
) -> Iterator[Compared | Unreadable]:
    """Savings or losses, in dollars and as a rate of the benchmark."""
    savings = (computed["savings_or_losses"],)
    yield from _dollars(Cell(file, row, "savings_or_losses"), "BnchmkMinExp", savings)
    slack = DOLLAR / computed["total_benchmark"]
    rate = computed["savings_rate"]
    yield from _rate(Cell(file, row, "savings_rate"), "Sav_rate", rate, slack)


def compare_sharing(
    file: PublishedFile, row: Row, computed: Computed
) -> Iterator[Compared | Unreadable]:
    """The minimum rate of one-sided ACOs, generated amounts, the sharing rate, disaster relief."""
    if not computed.value("two_sided"):
        rate = computed["minimum_savings_rate"]
        yield from _rate(Cell(file, row, "minimum_savings_rate"), "MinSavPerc", rate)
    yield from _dollars(Cell(file, row, "generated"), "GenSaveLoss", _generated(file, computed))
    rate = computed["final_sharing_rate"]
    slack = _score_slack(file, computed)
    yield from _rate(Cell(file, row, "sharing_rate"), "FinalShareRate", rate, slack)
    if file.layout.disaster == "compare" and computed["disaster_adjustment"] > 0:
        relief = (-computed["disaster_adjustment"],)
        yield from _dollars(Cell(file, row, "disaster_adjustment"), "DisAdj", relief)


def _score_slack(file: PublishedFile, computed: Computed) -> Decimal:
    """What half of the last place of the score is worth, where the rate is printed as finely."""
    if computed["quality_share"] in {0, 1}:
        return Decimal(0)
    return file.score_step * HALF * computed["maximum_sharing_rate"]


def _generated(file: PublishedFile, computed: Computed) -> tuple[Decimal, ...]:
    """Generated savings or losses, as the year's file shows those of one-sided ACOs."""
    generated = computed["generated_savings_or_losses"]
    savings = computed["savings_or_losses"]
    minimum = computed["minimum_savings_rate"] * computed["total_benchmark"]
    if computed.value("two_sided") or savings > -minimum:
        return (generated,)
    shown = {"zero": (generated,), "shown": (savings,), "either": (generated, savings)}
    return shown[file.layout.one_sided_losses]


def compare_identities(file: PublishedFile, row: Row) -> Iterator[Compared]:
    """Per capita amounts times person-years against the totals, within what rounding allows."""
    parts = [(f"per_capita_{stratum}", f"person_years_{stratum}") for stratum in STRATA]
    yield from _product(file, row, "total_expenditure", "ABtotExp", parts)
    whole = [("updated_benchmark", "person_years")]
    yield from _product(file, row, "total_benchmark", "ABtotBnchmk", whole)


def _product(
    file: PublishedFile, row: Row, total: str, label: str, parts: list[tuple[str, str]]
) -> Iterator[Compared]:
    """Factors are printed whole, so each may be half a unit off. Suppressed cells: no answer."""
    numbers = {name: read_number(file.text(row, name)) for pair in parts for name in (*pair, total)}
    known = {name: it.value for name, it in numbers.items() if isinstance(it, Number)}
    if len(known) < len(numbers):
        return
    computed = sum((known[one] * known[other] for one, other in parts), Decimal(0))
    slack = sum(
        ((abs(known[one]) + abs(known[other]) + HALF) * HALF for one, other in parts), DOLLAR
    )
    yield Compared(label, known[total], computed, abs(known[total] - computed) <= slack)


def _losses_generated(computed: Computed) -> bool:
    return computed["generated_losses"] > 0


def _revenue_unpublished(_: PublishedFile, computed: Computed) -> bool:
    return _losses_generated(computed) and bool(computed.value("revenue_limit_applies"))


def _disaster_share_unpublished(file: PublishedFile, computed: Computed) -> bool:
    local = file.layout.disaster == "input"
    return local and _losses_generated(computed) and "disaster_adjustment" not in file.columns


def _termination_month_unpublished(_: PublishedFile, computed: Computed) -> bool:
    return _losses_generated(computed) and computed.facts.terminated


def _two_sided_year_unpublished(_: PublishedFile, computed: Computed) -> bool:
    limits = load_program("mssp")["loss_limit_of_benchmark"].on(computed.facts.period[0]).value
    first, later = (limits[computed.value("track")][year] for year in ("first", "third_or_later"))
    losses = computed["shared_losses_before_limit"]
    return bool(first != later and losses > first * computed["total_benchmark"])


PREDICATES: Final[Mapping[str, Callable[[PublishedFile, Computed], bool]]] = {
    "revenue_unpublished": _revenue_unpublished,
    "disaster_share_unpublished": _disaster_share_unpublished,
    "termination_month_unpublished": _termination_month_unpublished,
    "two_sided_year_unpublished": _two_sided_year_unpublished,
}
"""Reasons for which what is owed may not be recomputable."""

OWED: Final = frozenset({"EarnSaveLoss", "DisAdj"})
"""The columns that those reasons explain."""
