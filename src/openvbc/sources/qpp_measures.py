"""The Quality Payment Program's public benchmark and measure files, any year.

A benchmark file gives, for each measure and collection type, where the deciles of performance
begin. It has one of two shapes, told by a key of the row and never by its year: `deciles` (a list
in the order of scoring, worst first) or `percentiles` (by number, always ascending). Both become
one `Benchmark`: nine cut points in the order of scoring, the lower bounds of deciles 2 to 10.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.qpp_json import Row, read_rows

CUTS: Final = 9
"""Lower bounds of deciles 2 to 10."""

_PERCENTILES: Final = tuple(str(number) for number in (1, *range(10, 100, 10), 99))
_LOWEST: Final = Decimal(0)
_HIGHEST: Final = Decimal(100)
_ENDS: Final = "it gives ten bounds, and not whether the first or the last is an end of the scale"


@dataclass(frozen=True)
class Benchmark:
    """Where the deciles of one measure and collection type begin.

    inverse: whether a lower rate is better; None where the file does not tell. cut_points: in the
    unit of the rate, the worst first. start: where decile 1 begins. capped: whether the measure was
    topped out for two years and earns at most seven points; None where the file does not tell.
    unusable: why no points can be read from the row; None where they can.
    """

    measure_id: str
    collection_type: str
    performance_year: int
    benchmark_year: int
    inverse: bool | None
    topped_out: bool | None
    capped: bool | None
    high_priority: bool | None
    cut_points: tuple[Decimal, ...]
    start: Decimal
    place: str
    unusable: str | None = None

    @property
    def flat(self) -> bool:
        """Whether the cut points are the flat percentages 10, 20, … 90."""
        return sorted(self.cut_points) == [Decimal(10 * number) for number in range(1, CUTS + 1)]


@dataclass(frozen=True)
class Measure:
    """One measure of a year's list: what it is, and which programs allow it.

    category: quality, cost, ia or pi. cap_lifted: collection types of a topped-out measure without
    the cap of seven points.
    """

    measure_id: str
    category: str
    measure_type: str | None
    first_year: int
    inverse: bool | None
    high_priority: bool | None
    programs: frozenset[str]
    collection_types: tuple[str, ...]
    cap_lifted: tuple[str, ...]


def read_benchmarks(path: Path) -> tuple[Benchmark, ...]:
    """The rows of a benchmark file of either shape, in its order.

    Raises InputError with everything that is wrong, one line each: another file, a missing key,
    text where a number belongs, two rows for one measure and collection type.
    """
    problems: list[Problem] = []
    found = [_benchmark(row) for row in read_rows(path, problems)]
    problems += _twice(path, found)
    if not found and not problems:
        problems.append(Problem(str(path), "has no row; expected benchmarks"))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _benchmark(row: Row) -> Benchmark:
    inverse = row.flag("isInverse")
    found = Benchmark(
        measure_id=row.text("measureId"),
        collection_type=row.text("submissionMethod"),
        performance_year=row.year("performanceYear"),
        benchmark_year=row.year("benchmarkYear"),
        inverse=inverse,
        topped_out=row.flag("isToppedOut"),
        capped=row.flag("isToppedOutByProgram"),
        high_priority=row.flag("isHighPriority"),
        cut_points=(),
        start=_LOWEST,
        place=row.path,
    )
    if row.has("percentiles"):
        return _of_percentiles(found, row)
    if row.has("deciles"):
        return _of_deciles(found, row.numbers("deciles"), row)
    row.problem("has neither deciles nor percentiles; expected a row of a benchmark file")
    return found


def _of_percentiles(found: Benchmark, row: Row) -> Benchmark:
    given = row.row("percentiles")
    start, *cuts, end = (given.number(name) for name in _PERCENTILES)
    if found.inverse is None:
        row.problem("isInverse is missing; expected true or false beside percentiles")
    if found.inverse:
        return _checked(replace(found, cut_points=tuple(reversed(cuts)), start=end))
    return _checked(replace(found, cut_points=tuple(cuts), start=start))


def _of_deciles(found: Benchmark, bounds: tuple[Decimal, ...], row: Row) -> Benchmark:
    """A row in the order of scoring: nine bounds, or ten with where decile 1 begins before them."""
    if len(bounds) not in {CUTS, CUTS + 1}:
        row.problem(f"deciles: found {len(bounds)} numbers, expected {CUTS} or {CUTS + 1}")
        return found
    if found.inverse is None and bounds[0] != bounds[-1]:
        found = replace(found, inverse=bounds[0] > bounds[-1])
    if len(bounds) == CUTS:
        start = _HIGHEST if found.inverse else _LOWEST
        return _checked(replace(found, cut_points=bounds, start=start))
    found = _checked(replace(found, cut_points=bounds[1:], start=bounds[0]))
    first, last = abs(bounds[1] - bounds[0]), abs(bounds[-1] - bounds[-2])
    return replace(found, unusable=_ENDS) if last >= first else found


def _checked(found: Benchmark) -> Benchmark:
    """The row, unusable where its bounds do not stand in the order of scoring."""
    ordered = all(
        later <= earlier if found.inverse else later >= earlier
        for earlier, later in pairwise(found.cut_points)
    )
    return found if ordered else replace(found, unusable="its deciles are not in order")


def _twice(path: Path, rows: Iterable[Benchmark]) -> Iterator[Problem]:
    seen: dict[tuple[str, str, int], str] = {}
    for row in rows:
        key = (row.measure_id, row.collection_type, row.performance_year)
        first = seen.setdefault(key, row.place)
        if first != row.place:
            what = (
                f"{row.measure_id}, {row.collection_type} stands at {first} too; expected one row"
            )
            yield Problem(f"{path} {row.place}", what)


def read_measures(path: Path) -> tuple[Measure, ...]:
    """The rows of a year's measure list, in its order; raises InputError as `read_benchmarks`."""
    problems: list[Problem] = []
    found = tuple(_measure(row) for row in read_rows(path, problems))
    if not found and not problems:
        problems.append(Problem(str(path), "has no row; expected measures"))
    if problems:
        raise InputError(problems)
    return found


def _measure(row: Row) -> Measure:
    return Measure(
        measure_id=row.text("measureId"),
        category=row.text("category"),
        measure_type=row.text("measureType") if row.has("measureType") else None,
        first_year=row.year("firstPerformanceYear"),
        inverse=row.flag("isInverse"),
        high_priority=row.flag("isHighPriority"),
        programs=frozenset(row.texts("allowedPrograms")),
        collection_types=row.texts("submissionMethods"),
        cap_lifted=row.texts("sevenPointCapRemoved"),
    )


def quality_set(measures: Iterable[Measure], program: str) -> tuple[str, ...]:
    """The quality measures of a program, such as `app1` or `appPlus`, by id.

    As the file lists them: with the variants for Shared Savings Program ACOs (001SSP) and the
    summary survey measures (CAHPS_1 …) that together are measure 321.
    """
    return tuple(
        it.measure_id for it in measures if it.category == "quality" and program in it.programs
    )
