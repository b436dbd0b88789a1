"""Replication of CMS's hospital-specific reports on readmissions through the rules of a contract.

Every report goes through the same resolver, component and parameters as a settlement; only the
leaves come from it. See docs/programs/hrrp.md for what is compared and how closely.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openvbc.contract.component import component
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.errors import InputError
from openvbc.parameters import Parameter, load_program
from openvbc.period import federal_fiscal_year
from openvbc.replicate.cells import read_flag
from openvbc.replicate.hrrp_report import (
    Cell,
    Report,
    ReportFacts,
    is_report,
    read_facts,
    read_report,
)
from openvbc.replicate.programs import Group, PublishedProgram
from openvbc.replicate.replication import (
    Compared,
    Profile,
    Replication,
    Result,
    Unreadable,
    sort_out,
    unread_reasons,
)
from openvbc.replicate.workbook import is_workbook
from openvbc.rules.rule import Unknown

PROFILE: Final = Profile(
    program="hrrp",
    each="hospital",
    every="hospitals",
    period="FY",
    places=4,
    reasons={
        "not_applicable": "the report says N/A where the factor or what it is made of belongs: "
        "the hospital is exempt, or has no measure that counts",
    },
)

HALF_STEP: Final = Decimal("0.5e-14")
"""Half of the last place of a proportion, rate or ratio: the reports hold 14 decimals."""


def knows(path: Path) -> bool:
    """Whether a file looks like one of these reports."""
    try:
        return is_workbook(path) and is_report(path)
    except InputError:
        return False


def replicate_hrrp(path: Path, year: int | None = None) -> Replication:
    """Recompute the hospital of a report. year: the fiscal year, where the report does not say it.

    Raises InputError where the workbook, its year, a sheet, a label or a condition cannot be made
    out.
    """
    parameters = load_program(PROFILE.program)
    report = read_report(path, parameters, year)
    result = _result(report, read_facts(report), parameters)
    return Replication(PROFILE, (path,), (report.year,), (result,))


class Computed:
    """A report's rules, resolved as a contract's are; each value is computed when asked for."""

    def __init__(
        self, report: Report, facts: ReportFacts, parameters: Mapping[str, Parameter]
    ) -> None:
        period = federal_fiscal_year(report.year)
        coordinates = Coordinates({"performance": period}, tuple(report.lines), period[0])
        given = Given(facts.values)
        self._resolver = Resolver((component("hrrp"),), given, parameters, coordinates)

    def value(self, name: str, condition: str | None = None) -> Any:
        """The value of a rule or leaf, in a condition's cell where it has one."""
        return self._resolver.line(name, At(stratum=condition)).value


def _result(report: Report, facts: ReportFacts, parameters: Mapping[str, Parameter]) -> Result:
    if facts.unreadable or facts.suppressed:
        reason = "input_unreadable" if facts.unreadable else "input_suppressed"
        return _refused(report, reason, (*facts.unreadable, *facts.suppressed))
    computed = Computed(report, facts, parameters)
    try:
        factor = computed.value("readmissions_adjustment_factor")
        compared, unread = sort_out(tuple(_compared(report, computed)))
    except InputError as error:
        said = tuple(f"{report.path}: {it.what}" for it in error.problems)
        return _refused(report, "input_unreadable", said)
    published = report.of_payment("factor")
    unknown = (factor.reason,) if isinstance(factor, Unknown) else ()
    reasons = (
        *(("not_applicable",) if unknown or published.not_applicable else ()),
        *unread_reasons(unread),
        *(("unexplained",) if not all(one.equal for one in compared) else ()),
    )
    return Result(
        id=report.path.stem,
        line=published.line.number,
        published=_number(published),
        computed=None if unknown else factor,
        within=any(one.column == FACTOR and one.equal for one in compared),
        compared=compared,
        decision=decision(None if unknown else factor),
        published_decision=_published_decision(published),
        reasons=reasons,
        problems=(*(one.what for one in unread), *unknown),
    )


def _refused(report: Report, reason: str, problems: tuple[str, ...]) -> Result:
    """A hospital whose inputs could not be read."""
    published = report.of_payment("factor")
    return Result(
        id=report.path.stem,
        line=published.line.number,
        published=_number(published),
        computed=None,
        within=False,
        compared=(),
        decision=decision(None),
        published_decision=_published_decision(published),
        reasons=(reason,),
        problems=problems,
    )


def decision(factor: Decimal | None) -> str:
    """Payments are reduced or not; undecided where no factor was computed."""
    if factor is None:
        return "undecided"
    return "reduced" if factor < 1 else "not reduced"


def _published_decision(factor: Cell) -> str | None:
    number = _number(factor)
    return None if number is None else decision(number)


def _number(cell: Cell) -> Decimal | None:
    number = cell.number
    return number if isinstance(number, Decimal) else None


FACTOR: Final = "Payment Adjustment Factor"


def _compared(report: Report, computed: Computed) -> Iterator[Compared | Unreadable]:
    """All that the report has worked out and the rules work out too."""
    proportion = computed.value("dual_proportion")
    yield from _against(
        report.of_payment("dual_proportion"), "Dual Proportion", proportion, HALF_STEP
    )
    for condition in report.lines:
        yield from _condition_compared(report, computed, condition)
    if "reduction" in report.payment.columns:
        reduction = computed.value("readmissions_payment_reduction")
        yield from _against(
            report.of_payment("reduction"), "Payment Reduction Percentage", reduction
        )
    factor = computed.value("readmissions_adjustment_factor")
    yield from _against(report.of_payment("factor"), FACTOR, factor)


def _condition_compared(
    report: Report, computed: Computed, condition: str
) -> Iterator[Compared | Unreadable]:
    """A condition's ratio and indicator.

    The printed rates and the printed ratio are each off by at most half a step, so the quotient
    of the rates is off from the ratio by at most half a step × (1 + (1 + ratio)/expected rate).
    """
    label = report.of(condition, "measure").text.split("[")[0].strip()
    ratio = computed.value("excess_readmission_ratio", condition)
    if ratio is not None:
        expected = computed.value("expected_rate", condition)
        tolerance = HALF_STEP * (1 + (1 + ratio) / expected)
        cell = report.of(condition, "ratio")
        yield from _against(cell, f"Excess Readmission Ratio, {label}", ratio, tolerance)
    yield from _indicator(report, computed.value("penalty_indicator", condition), condition, label)


def _indicator(
    report: Report, computed: bool | Unknown, condition: str, label: str
) -> Iterator[Compared | Unreadable]:
    cell = report.of(condition, "indicator")
    if cell.not_applicable or isinstance(computed, Unknown):
        return
    flag = read_flag(cell.text)
    if not isinstance(flag, bool):
        yield Unreadable(cell.wrong("Yes or No"))
        return
    column = f"Penalty Indicator, {label}"
    yield Compared(column, Decimal(flag), Decimal(computed), flag == computed)


def _against(
    cell: Cell, column: str, computed: Decimal | Unknown | None, tolerance: Decimal = Decimal(0)
) -> Iterator[Compared | Unreadable]:
    """A published number against the computed one; nothing where either says that it is none."""
    if cell.not_applicable or not isinstance(computed, Decimal):
        return
    published = cell.number
    if not isinstance(published, Decimal):
        yield Unreadable(cell.wrong("a number"))
        return
    equal = abs(published - computed) <= tolerance
    yield Compared(column, published, computed, equal)


def _replicate(group: Group, year: int | None) -> Replication:
    (path,) = group
    return replicate_hrrp(path, year)


PROGRAM: Final = PublishedProgram(PROFILE, knows, _replicate)
