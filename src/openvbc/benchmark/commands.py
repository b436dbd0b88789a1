"""The command `vbc region`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from openvbc.benchmark.county import year_figures
from openvbc.benchmark.crosswalk import read_crosswalk
from openvbc.benchmark.facts import exact, facts_text, rate_facts, region_facts
from openvbc.benchmark.few import COLUMNS, NOT_TOLD, told_counties, told_left_out, told_months
from openvbc.benchmark.rate_book import AGED_DISABLED, CATEGORIES, ESRD, RATE, read_rates
from openvbc.benchmark.region import Living, Region, region
from openvbc.confidentiality.release import asked_release
from openvbc.console import (
    JsonOption,
    PurposeOption,
    WorkspaceOption,
    out,
    print_json,
)
from openvbc.contract.settlement import Settlement
from openvbc.errors import InputError, Problem, near
from openvbc.explain.levels import Explanation, Level
from openvbc.sources.reference.store import references
from openvbc.workspace import Workspace

HERE: Final = Path()
PERFORMANCE: Final = "performance"

_TYPE: Final = "m.enrolment_type"
_CATEGORY: Final = f"CASE {_TYPE} WHEN '{ESRD}' THEN '{ESRD}' ELSE '{AGED_DISABLED}' END"

_MONTHS: Final = """
SELECT
    p.role, p.year, {kind} AS kind, coalesce(w.county_fips, '') AS county,
    sum(m.months), count(DISTINCT m.person_id)
FROM assigned_month AS m
JOIN contract_period AS p ON p.contract_id = m.contract_id AND p.period_id = m.period_id
LEFT JOIN person AS w ON w.person_id = m.person_id
WHERE p.contract_id = ? AND p.performance_period = ?
GROUP BY ALL
ORDER BY ALL
"""


def region_command(
    settlement: Annotated[str, typer.Argument(help="A settlement (contract_period).")],
    crosswalk: Annotated[
        Path | None, typer.Option(help="CSV of SSA and FIPS county codes: ssa,fips.")
    ] = None,
    rate_book: Annotated[
        Path | None,
        typer.Option(help="CSV of ACO REACH's county rates instead: fips,aged_disabled,esrd."),
    ] = None,
    received_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day the rate book came.",
            show_default="the day its file was written",
        ),
    ] = None,
    facts: Annotated[
        bool, typer.Option("--facts", help="Print the facts for the settlement file.")
    ] = False,
    leave_out: Annotated[
        bool,
        typer.Option("--leave-out", help="Go on without the months that no county figure covers."),
    ] = False,
    rows: Annotated[int, typer.Option(min=1, help="Counties to show of each type.")] = 20,
    purpose: PurposeOption = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show what the ACO's region spends, county by county, from CMS's county files.

    Keep the files first: `vbc reference county_ffs FILE --version 2024`. Each county is weighted
    by the assigned months of the type there; the rows add up to the region's figure. With
    --rate-book the counties' rates are weighted so, for the performance year of an ACO REACH
    contract. Counties where fewer than 11 people live stand together.
    """
    release = asked_release(purpose, None, with_sensitive=False)
    space = Workspace(workspace)
    space.check_use(release.purpose)
    if received_on is not None and rate_book is None:
        what = "is for --rate-book; of a county file say it when you keep it, by `vbc reference`"
        raise InputError(Problem("--received-on", what))
    if crosswalk is not None and rate_book is None:
        found = read_regions(space, settlement, crosswalk)
    elif rate_book is not None and crosswalk is None:
        found = read_rate_regions(space, settlement, rate_book, received_on)
    else:
        raise InputError(Problem("region", "say --crosswalk or --rate-book, one of the two"))
    if not leave_out:
        _refuse_left_out(found)
    if facts:
        shown = (
            rate_facts(found) if rate_book else region_facts(found, space.settlements[settlement])
        )
    space.record("region", release, {"shown": len(found), "withheld": 0}, settlement=settlement)
    if facts:
        out.print(facts_text(shown), soft_wrap=True)
    elif as_json:
        print_json({"settlement": settlement, "regions": [_json(it) for it in found]})
    else:
        levels = tuple(_level(it, rows) for it in found)
        out.print(Explanation([("settlement", settlement)], levels))


def read_regions(workspace: Workspace, settlement: str, crosswalk: Path) -> list[Region]:
    """The region of each period and enrolment type of a settlement, in the run in force.

    Raises InputError where there is no such settlement with a population, the run is out of date,
    or a county file of a year is missing.
    """
    cells = _living(workspace, _settlement(workspace, settlement), _TYPE)
    years = sorted({year for _, year, _ in cells})
    figures = year_figures(references(workspace.data), read_crosswalk(crosswalk), years)
    return [region(role, kind, held, figures[year]) for (role, year, kind), held in cells.items()]


def read_rate_regions(
    workspace: Workspace, settlement: str, rate_book: Path, received_on: datetime | None
) -> list[Region]:
    """The rate of each benchmark category of a settlement's performance year.

    Raises InputError as `read_regions`, for a rate book that cannot be read, and for a contract
    that is not paid by one.
    """
    it = _settlement(workspace, settlement)
    if not any(RATE in part.leaves for part in it.contract.components):
        what = "has no component that reads a rate book; say --crosswalk, for CMS's county files"
        raise InputError(Problem(settlement, what))
    rates = read_rates(rate_book, received_on.date() if received_on else None)
    cells = _living(workspace, it, _CATEGORY)
    held = {kind: counties for (role, _, kind), counties in cells.items() if role == PERFORMANCE}
    return [region(PERFORMANCE, it, held[it], rates) for it in CATEGORIES if it in held]


def _settlement(workspace: Workspace, settlement: str) -> Settlement:
    known = {
        it.id: it for it in workspace.settlements.values() if it.contract.by_enrolment_type
    }  # fmt: skip
    if settlement not in known:
        what = f"no settlement with a population is called so{near(settlement, known)}"
        raise InputError(Problem(settlement, what))
    return known[settlement]


def _living(
    workspace: Workspace, it: Settlement, kind: str
) -> dict[tuple[str, int, str], dict[str, Living]]:
    """Role, year and type or category → county → who lives there, in the run in force."""
    engine = workspace.fresh_run().open()
    try:
        rows = engine.rows(_MONTHS.format(kind=kind), [it.contract.id, it.shape.period])
    finally:
        engine.close()
    found: dict[tuple[str, int, str], dict[str, Living]] = {}
    for role, year, name, county, months, persons in rows:
        found.setdefault((role, int(year), name), {})[county] = Living(int(months), int(persons))
    return found


def _refuse_left_out(regions: Sequence[Region]) -> None:
    """Raise InputError with every county without a figure, and what is missing there."""
    problems = [
        Problem(
            it.title,
            f"county {one.county or 'unknown'}, {told_months(one.living)}: {one.why}; "
            "or --leave-out",
        )
        for it in regions
        for one in it.left_out
    ]
    if problems:
        raise InputError(problems)


def _json(it: Region) -> dict[str, Any]:
    return {
        "period": it.period, "enrolment_type": it.enrolment_type,
        "counties": [
            {name: _plain(value) for name, value in zip(COLUMNS, row, strict=True)}
            for row in told_counties(it)
        ],
        "regional_expenditure": _plain(it.expenditure if it.counties else None),
        "regional_hcc_score": _plain(it.score if it.counties else None),
        "left_out": told_left_out(it),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return str(exact(value)) if isinstance(value, Fraction) else value


def _level(it: Region, rows: int) -> Level:
    columns = ("county", "name", "months", "weight", "per capita", "risk", "at risk 1", "part")
    told = [tuple(_plain(value) for value in row) for row in told_counties(it)]
    return Level(it.title, columns, told[:rows], len(told), note="\n".join(_notes(it)))


def _notes(it: Region) -> Iterator[str]:
    """The region's figures, and the months that they are without."""
    if it.counties:
        yield f"region at risk 1: {exact(it.expenditure)}, risk {exact(it.score)}"
    else:
        yield "no county is left, so there is no figure"
    for county, months in told_left_out(it).items():
        count = f"{months:,} months" if months is not None else NOT_TOLD
        yield f"left out: county {county or 'unknown'}, {count}"
