"""What one row of a published file says as facts of a settlement, and what it cannot say.

A fact is read only from what CMS took in: lives, benchmark, expenditure, track, agreement, revenue
class, quality, disaster relief. What CMS worked out is only compared. Two readings are exceptions,
both stated in docs/replication.md: a two-sided election from the minimum savings rate where it is
a legal election, and a failed standard from a share rate of 0 in files without a flag for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from openvbc.parameters import Parameter
from openvbc.period import calendar_year
from openvbc.replicate.cells import Missing, Number, read_day, read_flag, read_number
from openvbc.replicate.csvfile import Row
from openvbc.replicate.mssp.layout import layouts
from openvbc.replicate.mssp.published import TRACK_FLAGS, PublishedFile
from openvbc.rules.rule import Value

HALF_YEAR: Final = Decimal(6)


@dataclass
class RowFacts:
    """A row's facts, its agreement's start, its period, and the cells that could not be read."""

    values: dict[str, Value] = field(default_factory=dict)
    start: date = date.min
    period: tuple[date, date] = (date.min, date.max)
    unreadable: list[str] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)
    terminated: bool = False


class RowReader:
    """Reads the facts of one row, collecting what is wrong with its cells."""

    def __init__(self, file: PublishedFile, row: Row, parameters: Mapping[str, Parameter]) -> None:
        self.file = file
        self.row = row
        self.parameters = parameters
        self.facts = RowFacts()

    def read(self) -> RowFacts:
        """The row's facts."""
        facts = self.facts
        for name in ("assigned_beneficiaries", "total_benchmark", "total_expenditure"):
            facts.values[name] = self._above_zero(name)
        facts.values["track"] = self._track()
        facts.values |= self._quality()
        facts.start = self._start()
        facts.period = self._period()
        facts.values["elected_minimum_rate"] = self._election()
        facts.values |= dict(self._optional())
        facts.terminated = bool(self._amount("terminated"))
        return facts

    def _text(self, column: str) -> str:
        return self.file.text(self.row, column)

    def _complain(self, column: str, why: Missing, expected: str) -> None:
        label = self.file.header[self.file.columns[column]]
        found = repr(self._text(column)) if why is Missing.TEXT else why.value
        what = f"{self.file.where(self.row)}: {label}: found {found}, expected {expected}"
        (self.facts.suppressed if why is Missing.SUPPRESSED else self.facts.unreadable).append(what)

    def _number(self, column: str) -> Decimal:
        number = read_number(self._text(column))
        if isinstance(number, Number) and not number.percent:
            return number.value
        why = number if isinstance(number, Missing) else Missing.TEXT
        self._complain(column, why, "a number")
        return Decimal(0)

    def _above_zero(self, column: str) -> Decimal:
        complaints = len(self.facts.unreadable) + len(self.facts.suppressed)
        number = self._number(column)
        known = len(self.facts.unreadable) + len(self.facts.suppressed) == complaints
        if known and number <= 0:
            self._complain(column, Missing.TEXT, "a number above 0")
        return number

    def _amount(self, column: str) -> Decimal | None:
        """An optional amount: None where the file lacks the column or the cell is blank."""
        if read_number(self._text(column)) is Missing.BLANK:
            return None
        return self._number(column)

    def _flag(self, column: str, *, default: bool) -> bool:
        if column not in self.file.columns:
            return default
        flag = read_flag(self._text(column))
        if isinstance(flag, bool):
            return flag
        if flag is not Missing.BLANK:
            self._complain(column, flag, "0 or 1")
        return default

    def _track(self) -> str:
        if "track" in self.file.columns:
            name = layouts().track_names.get(self._text("track").lower())
            if name is None:
                self._complain("track", Missing.TEXT, "a track or level")
            return name or ""
        flags = [name for name in TRACK_FLAGS if self._flag(name, default=False)]
        if len(flags) == 1:
            return flags[0]
        if flags:
            self._complain(flags[1], Missing.TEXT, f"one track; {flags[0]} is flagged too")
        return self._track_without_flag()

    def _track_without_flag(self) -> str:
        layout = self.file.layout
        rate = read_number(self._text("maximum_rate"))
        by_rate = layout.track_of_maximum_rate
        if "maximum_rate" in self.file.columns and isinstance(rate, Number) and by_rate:
            unit = self.file.rates["maximum_rate"].unit
            found = by_rate.get((rate.share * (1 if rate.percent else unit)).normalize())
            return found or layout.default_track or ""
        if layout.default_track:
            return layout.default_track
        self.facts.unreadable.append(f"{self.file.where(self.row)}: no track is flagged")
        return ""

    def _quality(self) -> dict[str, Value]:
        return {
            "quality_standard_met": self._standard_met(),
            "alternative_standard_met": self._flag("alternative_standard_met", default=False),
            "quality_score": self._score(),
        }

    def _score(self) -> Decimal | None:
        """The score as a share of 1; a whole one where complete reporting is all that counts."""
        text = self._text("quality_score")
        number = read_number(text)
        if isinstance(number, Number):
            score = number.share if number.percent or number.value <= 1 else number.value / 100
            if 0 <= score <= 1:
                return score
            number = Missing.TEXT
        if number is Missing.BLANK or text.upper() in layouts().pay_for_reporting:
            return Decimal(1)
        self._complain("quality_score", number, "a score")
        return None

    def _standard_met(self) -> bool:
        kind = self.file.layout.quality_flag
        if kind == "column":
            flag = read_flag(self._text("quality_standard_met"))
            if isinstance(flag, Missing):
                self._complain("quality_standard_met", flag, "0 or 1")
                return False
            return flag
        if kind == "sharing_rate":
            rate = read_number(self._text("sharing_rate"))
            return not (isinstance(rate, Number) and rate.value == 0)
        return True

    def _start(self) -> date:
        day = read_day(self._text("start"))
        if isinstance(day, Missing):
            self._complain("start", day, "a day")
        elif day.year > self.file.layout.year:
            self._complain("start", Missing.TEXT, f"a day not after {self.file.layout.year}")
        else:
            return day
        return date(self.file.layout.year, 1, 1)

    def _period(self) -> tuple[date, date]:
        """The performance year; it begins with the agreement where that begins in mid-year."""
        first, last = calendar_year(self.file.layout.year)
        return max(first, self.facts.start), last

    def _election(self) -> Decimal | None:
        """The printed minimum rate where the track is two-sided and the rate a legal election."""
        track = str(self.facts.values["track"])
        number = read_number(self._text("minimum_savings_rate"))
        if not isinstance(number, Number) or track not in TRACK_FLAGS or self.facts.unreadable:
            return None
        two_sided = self.parameters["two_sided"]
        if not two_sided.pick(two_sided.on(self.facts.period[0]), (track,)):
            return None
        legal = self._electable()
        readings = (number.share,) if number.percent else (number.value, number.value / 100)
        return next((rate for rate in legal if rate in readings), None)

    def _electable(self) -> tuple[Decimal, ...]:
        """The rates that can be elected; none where the start is before any agreement."""
        electable = self.parameters["electable_minimum_rates"]
        first = min(dated.first for dated in electable.values)
        return tuple(electable.on(self.facts.start).value) if self.facts.start >= first else ()

    def _optional(self) -> Iterator[tuple[str, Value]]:
        if "revenue_class" in self.file.columns:
            yield "revenue_class", self._text("revenue_class").lower().partition(" ")[0]
        yield "loss_limit_basis", self._limit_basis()
        yield "assume_revenue_limit_not_binding", True
        yield "two_sided_year", "third_or_later"
        if self.file.layout.disaster == "input":
            adjustment = self._amount("disaster_adjustment")
            yield "reported_disaster_adjustment", None if adjustment is None else abs(adjustment)
        if self._flag("six_months", default=False):
            yield "performance_months", HALF_YEAR
        yield "advance_investment_balance", self._amount("advance_balance") or Decimal(0)

    def _limit_basis(self) -> str:
        return "revenue" if self._flag("revenue_limit", default=True) else "benchmark"
