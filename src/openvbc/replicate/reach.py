"""Replication of CMS's published ACO REACH and GPDC results through the rules of a contract.

Every row goes through the same resolver, component and parameters as a settlement; only the leaves
come from the row. See docs/programs/reach.md for what is compared, how closely, and the reasons.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openvbc.contract.component import component
from openvbc.contract.facts import Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.errors import InputError, Problem
from openvbc.parameters import Parameter, load_program
from openvbc.period import calendar_year
from openvbc.replicate.cells import Missing, Number, read_number
from openvbc.replicate.csvfile import Row, labels_of
from openvbc.replicate.programs import Group, PublishedProgram
from openvbc.replicate.reach_file import (
    ReachFile,
    RowFacts,
    RowReader,
    first_days,
    read_reach,
    repeated_rows,
)
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
from openvbc.rules.rule import Unknown

PROFILE: Final = Profile(
    program="reach",
    each="ACO",
    every="ACOs",
    period="PY",
    places=2,
    reasons={
        "aco_twice": "the file has several rows of the ACO in the performance year",
        "corridors_unknown": "savings or losses lie beyond the last risk corridor whose figures "
        "are known",
        "sequestered_to_nothing": "the file contradicts itself: shared savings above zero, and "
        "zero after sequestration",
    },
)

MARKS: Final = frozenset({"totcostcarenet", "sharedsavingsseq"})
"""Labels that only these files have."""

AMOUNTS: Final = {
    "gross": ("Gross_Savings", "gross_savings_or_losses"),
    "shared": ("Shared_Savings", "shared_savings_or_losses"),
    "sequestered": ("Shared_Savings_Seq", "amount_due"),
}
"""Column → its label in CMS's dictionary, and the rule whose amount it shows."""

SHARED: Final = frozenset({"Shared_Savings", "Shared_Savings_Seq"})
PAID: Final = frozenset({"Shared_Savings_Seq"})

DOLLAR: Final = Decimal(1)
HALF: Final = Decimal("0.5")


def knows(path: Path) -> bool:
    """Whether a file looks like one of these."""
    return labels_of(path) >= MARKS


def replicate_reach(path: Path, year: int | None = None) -> Replication:
    """Recompute every ACO of a results file, which may hold several performance years.

    year: only this performance year; needed where the file has no column for it. Raises InputError
    where a needed column is missing or a year is not one of the model's.
    """
    parameters = load_program(PROFILE.program)
    file = read_reach(path, year)
    days = {
        row: day
        for row, day in first_days(file, parameters).items()
        if year is None or day.year == year
    }
    if not days:
        raise InputError(Problem(str(path), f"holds no row of PY{year}"))
    twice = repeated_rows(file, days)
    results = tuple(
        _repeated(file, row, day) if row in twice else _result(file, row, day, parameters)
        for row, day in days.items()
    )
    years = tuple(sorted({day.year for day in days.values()}))
    return Replication(PROFILE, (path,), years, results)


def _repeated(file: ReachFile, row: Row, first_day: date) -> Result:
    found = f"{file.text(row, 'id')} has several rows in PY{first_day.year}"
    what = f"{file.csv.where(row)}: {found}; expected it once"
    return _row(file, row, None, (), ("aco_twice", "input_unreadable"), (what,))


def _result(
    file: ReachFile, row: Row, first_day: date, parameters: Mapping[str, Parameter]
) -> Result:
    facts = RowFacts((first_day, calendar_year(first_day.year)[1]))
    RowReader(file, row, facts, parameters).read()
    resolver = _resolver(facts, parameters)
    problems = (*facts.unreadable, *facts.suppressed) or _refusals(file, row, resolver)
    if problems:
        suppressed = facts.suppressed and not facts.unreadable
        reason = "input_suppressed" if suppressed else "input_unreadable"
        return _row(file, row, None, (), (reason,), problems)
    due = resolver.line("amount_due").value
    compared, unread = sort_out(tuple(_compared(file, row, resolver)))
    reasons = _reasons(_met(file, row, due), compared, unread)
    computed = None if isinstance(due, Unknown) else due
    return _row(file, row, computed, compared, reasons, tuple(one.what for one in unread))


def _row(
    file: ReachFile,
    row: Row,
    computed: Decimal | None,
    compared: tuple[Compared, ...],
    reasons: tuple[str, ...],
    problems: tuple[str, ...],
) -> Result:
    amount = read_number(file.text(row, "sequestered"))
    published = amount.value if isinstance(amount, Number) else None
    return Result(
        id=file.text(row, "id") or f"line {row.line}",
        line=row.line,
        published=published,
        computed=computed,
        within=any(one.column in PAID and one.equal for one in compared),
        compared=compared,
        decision=decision(computed),
        published_decision=None if published is None else decision(published),
        reasons=reasons,
        problems=problems,
    )


def _resolver(facts: RowFacts, parameters: Mapping[str, Parameter]) -> Resolver:
    coordinates = Coordinates({"performance": facts.period}, (), facts.period[0])
    parts = (component("reach_settlement"),)
    return Resolver(parts, Given(facts.values), parameters, coordinates)


def _refusals(file: ReachFile, row: Row, resolver: Resolver) -> tuple[str, ...]:
    """Why the rules refuse the row; empty where they do not."""
    try:
        resolver.line("amount_due")
    except InputError as error:
        said = "; ".join(str(problem) for problem in error.problems)
        return (f"{file.csv.where(row)}: {said}",)
    return ()


def _compared(file: ReachFile, row: Row, resolver: Resolver) -> Iterator[Compared | Unreadable]:
    """Amounts in dollars, the savings rate, and the two shares that the parameters hold."""
    for column, (label, name) in AMOUNTS.items():
        value = resolver.line(name).value
        if not isinstance(value, Unknown):
            yield _dollars(file, row, column, label, value)
    slack = DOLLAR / resolver.line("benchmark_with_health_equity").value
    rate = resolver.line("gross_savings_rate").value
    yield from _rate(file, row, "savings_rate", "Sav_Rate", rate, slack)
    discount = resolver.line("discount_rate").value
    yield from _rate(file, row, "discount", "Discount", discount)
    withheld = read_number(file.text(row, "retention_withhold"))
    if not isinstance(withheld, Number) or withheld.value:
        rate = resolver.line("retention_withhold_rate").value
        yield from _rate(file, row, "retention_withhold", "Retention_Withhold", rate)


def _dollars(
    file: ReachFile, row: Row, column: str, label: str, computed: Decimal
) -> Compared | Unreadable:
    number = read_number(file.text(row, column))
    if not isinstance(number, Number):
        return _unread(file, row, column)
    equal = abs(number.value - computed) <= DOLLAR
    return Compared(label, number.value, computed, equal)


def _unread(file: ReachFile, row: Row, column: str) -> Unreadable:
    suppressed = read_number(file.text(row, column)) is Missing.SUPPRESSED
    return Unreadable(file.complaint(row, column, "a number"), suppressed)


def _rate(
    file: ReachFile,
    row: Row,
    column: str,
    label: str,
    computed: Decimal,
    slack: Decimal = Decimal(0),
) -> Iterator[Compared | Unreadable]:
    """A share, equal within half of the last place that its own cell prints, and the slack.

    A column has no number of places of its own: the files drop zeros at the end of a number.
    """
    number = read_number(file.text(row, column))
    if isinstance(number, Number):
        unit = Decimal(1) if number.percent else file.rates[column].unit
        published = number.share * unit
        equal = abs(published - computed) <= number.step * unit * HALF + slack
        yield Compared(label, published, computed, equal)
    elif number is not Missing.BLANK:
        yield _unread(file, row, column)


def _met(file: ReachFile, row: Row, due: Any) -> dict[str, frozenset[str]]:
    """The predicates that the row meets, each with the columns that it explains."""
    shared, paid = (read_number(file.text(row, column)) for column in ("shared", "sequestered"))
    savings = isinstance(shared, Number) and shared.value > 0
    nothing = isinstance(paid, Number) and paid.value == 0
    met = {
        "corridors_unknown": (isinstance(due, Unknown), SHARED),
        "sequestered_to_nothing": (savings and nothing, PAID),
    }
    return {reason: columns for reason, (holds, columns) in met.items() if holds}


def _reasons(
    met: Mapping[str, frozenset[str]], compared: Sequence[Compared], unread: Sequence[Unreadable]
) -> tuple[str, ...]:
    """The predicates met, and whether something is left that they do not explain."""
    explained = frozenset[str]().union(*met.values())
    unexplained = {one.column for one in compared if not one.equal} - explained
    return (
        *met,
        *unread_reasons(unread),
        *(("unexplained",) if unexplained else ()),
    )


def _replicate(group: Group, year: int | None) -> Replication:
    return replicate_reach(group[0], year)


PROGRAM: Final = PublishedProgram(PROFILE, knows, _replicate)
