"""A region as it may be told: no county of 1 to 10 of the ACO's people by itself; sums stay.

A county of few people stands with the others of few people in one row.
"""

from typing import Any, Final

from openvbc.benchmark.region import LeftOut, Living, Region
from openvbc.confidentiality.withhold import FEW
from openvbc.cost.section import fold_few

COLUMNS: Final = (
    "county", "name", "months", "weight", "per_capita", "risk", "risk_adjusted", "expenditure",
)  # fmt: skip
NOT_TOLD: Final = f"the months of fewer than {FEW} people"
_PERSONS: Final = len(COLUMNS)
_ADDED: Final = tuple(COLUMNS.index(it) for it in ("months", "weight", "expenditure"))


def told_counties(it: Region) -> list[tuple[Any, ...]]:
    """The counties as rows of COLUMNS."""
    rows = [
        (
            part.county, part.figure.name, part.living.months, part.weight, part.figure.per_capita,
            part.figure.risk, part.figure.risk_adjusted, part.expenditure, part.living.persons,
        )
        for part in it.counties
    ]  # fmt: skip
    return [row[:_PERSONS] for row in fold_few(rows, _PERSONS, _ADDED)]


def told_left_out(it: Region) -> dict[str, int | None]:
    """County (empty: none is known) → months that are left out; None where they are not told."""
    rows = [(one.county, one.living.persons, one.living.months) for one in it.left_out]
    return {county: months for county, _, months in fold_few(rows, 1, (2,))}


def whole(left_out: tuple[LeftOut, ...]) -> str:
    """The months of all that is left out of a region."""
    months, persons = (sum(counts) for counts in zip(*(it.living for it in left_out), strict=True))
    return told_months(Living(months, persons))


def told_months(living: Living) -> str:
    """Months in words; those of few people are not told."""
    if 0 < living.persons < FEW:
        return NOT_TOLD
    return f"{living.months:,} months"
