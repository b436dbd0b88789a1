"""The plan of a build: the order of models, how they are cut, and what each cut reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from openvbc.engine.model import STAGES, Model
from openvbc.engine.store import Partition
from openvbc.errors import InputError, Problem
from openvbc.period import add_months, month_start

CONTRACT_PERIOD = "contract_period"

Partitions = Mapping[str, Sequence[Partition]]


@dataclass(frozen=True)
class Wave:
    """Models of one span that can be built one after the other without waiting for others."""

    span: str
    models: tuple[Model, ...]


@dataclass(frozen=True)
class YearRange:
    """The months that the contract periods of one year look at."""

    first: date
    last: date

    @cached_property
    def months(self) -> frozenset[str]:
        """The months as slices, such as 2025-03."""
        return frozenset(month_slices(self.first, self.last))


def month_slices(first: date, last: date) -> Iterator[str]:
    """Every month from the first day's to the last day's, as slices."""
    month = month_start(first)
    while month <= last:
        yield f"{month:%Y-%m}"
        month = add_months(month, 1)


class Plan:
    """Orders models by what they read, and chooses the input partitions of each cut.

    Raises InputError for a model that reads an unknown table, a later stage, or itself.
    """

    def __init__(self, models: Mapping[str, Model], years: Mapping[str, YearRange]) -> None:
        self.models = models
        self.years = years
        _check_reads(models)
        self.order = _order(models)

    def tables_of(self, model: Model) -> tuple[str, ...]:
        """The stored tables that a model reads, directly or through views."""
        found: dict[str, None] = {}
        for name in model.reads:
            read = self.models[name]
            found |= dict.fromkeys(self.tables_of(read) if read.kind == "view" else (name,))
        return tuple(sorted(found))

    def views_of(self, model: Model) -> tuple[Model, ...]:
        """The views that a model reads, in the order in which they must be named."""
        found: dict[str, Model] = {}
        for name in model.reads:
            read = self.models[name]
            if read.kind == "view":
                found |= {view.name: view for view in self.views_of(read)} | {name: read}
        return tuple(found.values())

    def waves(self) -> list[Wave]:
        """The models to build, cut where the span changes along the flow."""
        level: dict[str, int] = {}
        for model in self.order:
            before = [
                level[name] + (self.models[name].span != model.span)
                for name in self.tables_of(model)
                if name in level
            ]
            level[model.name] = max(before, default=0)
        keys = sorted({(level[it.name], it.span != "person") for it in self.order})
        return [
            Wave(
                "all" if is_all else "person",
                tuple(
                    it
                    for it in self.order
                    if level[it.name] == at and (it.span != "person") == is_all
                ),
            )
            for at, is_all in keys
        ]

    def slices(self, model: Model, built: Partitions) -> list[str | None]:
        """The time slices of a model's partitions, those that nobody asked for left out."""
        return [cut for cut in self._cuts(model, built) if self._is_asked(model, cut, built)]

    def _is_asked(self, model: Model, cut: str | None, built: Partitions) -> bool:
        return not model.asked_by or any(
            part.rows
            for name in model.asked_by
            for part in built.get(name, ())
            if self._wanted(model, self.models[name], part, None, cut)
        )

    def _cuts(self, model: Model, built: Partitions) -> list[str | None]:
        if model.period == "none":
            return [None]
        if model.period == "year":
            return [*sorted(self.years)]
        months = {
            part.slice
            for name in self.tables_of(model)
            if self.models[name].period == "month"
            for part in built.get(name, ())
        }
        return sorted(months, key=str)

    def inputs(
        self, model: Model, bucket: int | None, cut: str | None, built: Partitions
    ) -> dict[str, list[Partition]]:
        """The partitions of every table that one cut of a model reads."""
        return {
            name: [
                part
                for part in built.get(name, ())
                if self._wanted(model, self.models[name], part, bucket, cut)
            ]
            for name in self.tables_of(model)
        }

    def _wanted(
        self, model: Model, read: Model, part: Partition, bucket: int | None, cut: str | None
    ) -> bool:
        if model.span == "person" and read.span == "person" and part.bucket != bucket:
            return False
        if cut is None or part.slice is None:
            return True
        if model.period == "year" and read.period == "month":
            return part.slice in self.years[cut].months
        if model.period == "month" and read.period == "year":  # of what asks for the month
            return cut in self.years[part.slice].months
        return part.slice == cut


def _check_reads(models: Mapping[str, Model]) -> None:
    problems = []
    for model in models.values():
        problems += [
            Problem(model.name, f"is asked by {name}, which is no input")
            for name in model.asked_by
            if name not in models or models[name].kind != "input"
        ]
        for name in model.reads:
            read = models.get(name)
            if read is None:
                problems.append(Problem(model.name, f"reads {name}, which no model or input makes"))
            elif STAGES.index(read.stage) > STAGES.index(model.stage):
                problems.append(
                    Problem(model.name, f"reads {name} of the later stage {read.stage}")
                )
            elif (model.period, read.period) == ("month", "year"):
                problems.append(
                    Problem(model.name, f"is cut by month and reads {name}, which is cut by year")
                )
    if problems:
        raise InputError(problems)


def _order(models: Mapping[str, Model]) -> tuple[Model, ...]:
    done: dict[str, Model] = {}
    open_: list[str] = []

    def visit(model: Model) -> None:
        if model.name in done:
            return
        if model.name in open_:
            raise InputError(Problem(model.name, f"reads itself: {' → '.join(open_)}"))
        open_.append(model.name)
        for name in model.reads:
            visit(models[name])
        open_.pop()
        done[model.name] = model

    for model in models.values():
        visit(model)
    return tuple(model for model in done.values() if model.kind == "table")
