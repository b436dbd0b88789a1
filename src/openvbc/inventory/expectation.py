"""`expectations.yaml`: what each source is expected to deliver, and which thresholds hold here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StrictInt
from ruamel.yaml.comments import CommentedMap

from openvbc.contract.document import read_shape
from openvbc.contract.shape import Shape
from openvbc.errors import InputError, Problem, near
from openvbc.inventory.check import CHECKS, Severity
from openvbc.period import add_months, month_start
from openvbc.yamlfile import where

FILE: Final = "expectations.yaml"

Count = Annotated[int, StrictInt, Field(ge=0)]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Measure = Literal["rows", "claims", "persons", "charge", "allowed", "paid"]

_MISSING_GROUP: Final = "expected a pattern with the groups (?P<year>…) and (?P<month>…)"


class Band(Shape):
    """How many rows of a table a delivery has; either end may be open."""

    least: Count = 0
    most: Count | None = None


class ControlTotal(Shape):
    """A total that the sender states of one month's delivery; money in dollars."""

    month: Month
    table: str
    measure: Measure
    value: Decimal
    source: str = Field(min_length=1)


class SourceExpectation(Shape):
    """What one source delivers.

    A delivery of a month is due on day due_day of the month that lies months_after later (a
    shorter month's last day), and late after grace_days more. every_months: 1 monthly, 3 quarterly.
    month_in_name: a pattern whose groups year and month are read from a file's name; without it
    the month is that of the latest claims. files: name patterns, each of which a delivery has.
    """

    first: Month
    last: Month | None = None
    every_months: Annotated[int, StrictInt, Field(ge=1)] = 1
    due_day: Annotated[int, StrictInt, Field(ge=1, le=31)]
    months_after: Count = 1
    grace_days: Count = 0
    month_in_name: str | None = None
    files: list[str] = Field([])
    rows: dict[str, Band] = Field({})
    control_totals: list[ControlTotal] = Field([])

    def due(self, month: date) -> date:
        """The last day on which the delivery of a month is in time, grace included."""
        following = add_months(month_start(month), self.months_after)
        last = (add_months(following, 1) - following).days
        day = following.replace(day=min(self.due_day, last))
        return date.fromordinal(day.toordinal() + self.grace_days)

    def months(self, until: date) -> Iterator[date]:
        """The first days of the months expected, up to and with the one that `until` is in."""
        last = min(month_of(self.last), until) if self.last else until
        month = month_of(self.first)
        while month <= last:
            yield month
            month = add_months(month, self.every_months)


class Threshold(Shape):
    """A workspace's own threshold or severity of one check."""

    least: Decimal | None = None
    most: Decimal | None = None
    severity: Severity | None = None


class Completion(Shape):
    """How completion factors are computed.

    basis: the day from which a version stands in the payer's system (effective), or the day on
    which it came here (received). latest_months: how many of the latest incurred months each link
    ratio is made of; None: all. complete_after: months of run-out after which nothing more comes
    (the longest run-out seen, where that is shorter). tail_factor: what comes after that, as
    ultimate over paid. least_claims, least_months: the volume below which a link ratio is not used.
    """

    basis: Literal["effective", "received"] = "effective"
    method: Literal["volume_weighted", "simple"] = "volume_weighted"
    latest_months: Annotated[int, StrictInt, Field(ge=1)] | None = None
    complete_after: Annotated[int, StrictInt, Field(ge=1)] = 24
    tail_factor: Annotated[Decimal, Field(ge=1)] = Decimal(1)
    least_claims: Count = 100
    least_months: Annotated[int, StrictInt, Field(ge=1)] = 3


class Learning(Shape):
    """How a pattern is learned from the history of a source that declares nothing.

    A delivery is late after the usual days plus the larger of least_days and spread_times the
    median absolute deviation; its rows are out of pattern below or above these ratios to the
    median.
    """

    least_deliveries: Annotated[int, StrictInt, Field(ge=3)] = 4
    spread_times: Count = 3
    least_days: Count = 5
    least_ratio: Decimal = Decimal("0.6")
    most_ratio: Decimal = Decimal("1.6")


class ExpectationsShape(Shape):
    """The file: sources by the name they are loaded under, thresholds by check."""

    sources: dict[str, SourceExpectation] = Field({})
    checks: dict[str, Threshold] = Field({})
    completion: Completion = Completion()
    learned: Learning = Learning()


@dataclass(frozen=True)
class Expectations:
    """What is expected, and whether a file says so."""

    shape: ExpectationsShape
    path: Path
    raw: Mapping[str, object]

    def of(self, source: str) -> SourceExpectation | None:
        """What is declared of a source; None: its pattern is learned."""
        return self.shape.sources.get(source)

    def cited(self, source: str) -> str:
        """Where a source is declared, as file:line."""
        return _where(Path(self.path.name), self.raw, "sources", source)


def month_of(text: str) -> date:
    """The first day of a month written as YYYY-MM."""
    return date.fromisoformat(f"{text}-01")


def read_expectations(root: Path) -> Expectations:
    """The workspace's expectations; empty where it has no such file.

    Raises InputError with everything that is wrong, each with its line.
    """
    path = root / FILE
    if not path.exists():
        return Expectations(ExpectationsShape.model_validate({}), path, {})
    shape, raw = read_shape(path, ExpectationsShape)
    problems = [*_unknown_checks(path, shape, raw), *_wrong_sources(path, shape, raw)]
    if problems:
        raise InputError(problems)
    return Expectations(shape, path, raw)


def _unknown_checks(path: Path, shape: ExpectationsShape, raw: CommentedMap) -> Iterator[Problem]:
    for name in shape.checks:
        if name not in CHECKS:
            place = _where(path, raw, "checks", name)
            yield Problem(place, f"there is no check {name}{near(name, CHECKS)}")


def _wrong_sources(path: Path, shape: ExpectationsShape, raw: CommentedMap) -> Iterator[Problem]:
    for name, it in shape.sources.items():
        place = _where(path, raw, "sources", name)
        if it.last is not None and it.last < it.first:
            yield Problem(place, f"{name}: last {it.last} is before first {it.first}; swap them")
        if it.month_in_name is not None:
            yield from _wrong_pattern(place, it.month_in_name)
        for table, band in it.rows.items():
            if band.most is not None and band.most < band.least:
                yield Problem(place, f"{name}: {table} has most below least; swap them")


def _wrong_pattern(place: str, pattern: str) -> Iterator[Problem]:
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        yield Problem(place, f"month_in_name is no pattern: {error}; {_MISSING_GROUP}")
        return
    if not {"year", "month"} <= set(groups):
        yield Problem(place, f"month_in_name lacks a group; {_MISSING_GROUP}")


def _where(path: Path, raw: Mapping[str, object], part: str, name: str) -> str:
    inner = raw.get(part)
    return where(path, inner, name) if isinstance(inner, CommentedMap) else str(path)
