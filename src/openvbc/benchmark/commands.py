"""The command `vbc region`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from ruamel.yaml import YAML

from openvbc.benchmark.county import COUNTY_FFS, Region, read_crosswalk, region, year_figures
from openvbc.benchmark.rate_book import rate_regions, read_rates
from openvbc.confidentiality.release import asked_release
from openvbc.console import (
    JsonOption,
    PurposeOption,
    WorkspaceOption,
    out,
    print_json,
)
from openvbc.contract.facts import At
from openvbc.contract.settlement import Settlement
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, Problem, near
from openvbc.explain.levels import Explanation, Level
from openvbc.rules.mssp_benchmark_history import LEAVES
from openvbc.sources.reference.store import ReferenceSet, references
from openvbc.workspace import Workspace

HERE: Final = Path()
PERFORMANCE: Final = "performance"
DIGITS: Final = Decimal("0.000000001")
"""Facts are written to nine places: the rule's quotient is then right to the cent and beyond."""

_MONTHS: Final = """
SELECT p.role, p.year, m.enrolment_type, coalesce(w.county_fips, '') AS county, sum(m.months)
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
    contract.
    """
    release = asked_release(purpose, None, with_sensitive=False)
    space = Workspace(workspace)
    space.check_use(release.purpose)
    if crosswalk is not None and rate_book is None:
        found = read_regions(space, settlement, crosswalk)
    elif rate_book is not None and crosswalk is None:
        found = read_rate_regions(space, settlement, rate_book)
    else:
        raise InputError(Problem("region", "say --crosswalk or --rate-book, one of the two"))
    if not leave_out:
        _refuse_left_out(found)
    space.record("region", release, {"shown": len(found), "withheld": 0}, settlement=settlement)
    if facts:
        out.print(_yaml(
            rate_facts(found, rate_book) if rate_book
            else region_facts(found, space.settlements[settlement], references(space.data))
        ))  # fmt: skip
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
    months = _months(workspace, settlement)
    years = sorted({int(row[1]) for row in months})
    figures = year_figures(references(workspace.data), read_crosswalk(crosswalk), years)
    cells: dict[tuple[str, int, str], dict[str, int]] = {}
    for role, year, kind, county, count in months:
        cells.setdefault((role, year, kind), {})[county] = int(count)
    return [region(role, kind, held, figures[year]) for (role, year, kind), held in cells.items()]


def _months(workspace: Workspace, settlement: str) -> list[tuple[Any, ...]]:
    """Assigned months by role, year, enrolment type and county, in the run in force."""
    known = {
        it.id: it for it in workspace.settlements.values() if it.contract.by_enrolment_type
    }  # fmt: skip
    if settlement not in known:
        what = f"no settlement with a population is called so{near(settlement, known)}"
        raise InputError(Problem(settlement, what))
    it = known[settlement]
    engine = workspace.fresh_run().open()
    try:
        return engine.rows(_MONTHS, [it.contract.id, it.shape.period])
    finally:
        engine.close()


def read_rate_regions(workspace: Workspace, settlement: str, rate_book: Path) -> list[Region]:
    """The rate of each benchmark category of a settlement's performance year.

    Raises InputError as `read_regions`, and for a rate book that cannot be read.
    """
    held: dict[str, dict[str, int]] = {}
    for role, _, kind, county, count in _months(workspace, settlement):
        if role == PERFORMANCE:
            held.setdefault(kind, {})[county] = int(count)
    return rate_regions(PERFORMANCE, held, read_rates(rate_book))


def rate_facts(regions: Sequence[Region], rate_book: Path) -> dict[str, Any]:
    """The fact `regional_rate` of a settlement file, received on the day the file was written."""
    digest = file_digest(rate_book)[:12]
    return {
        "regional_rate": {
            "unit": "usd",
            "source": f"{rate_book.name} ({digest}), counties weighted by aligned months",
            "received_on": datetime.fromtimestamp(rate_book.stat().st_mtime, UTC).date(),
            "values": {it.enrolment_type: exact(it.expenditure) for it in regions if it.counties},
        }
    }


def _refuse_left_out(regions: Sequence[Region]) -> None:
    """Raise InputError with every county without a figure, and months of people without one."""
    problems = [
        Problem(
            f"{it.period} {it.enrolment_type}",
            f"county {county or 'unknown'}: {months} months have no county figure; mend the "
            "crosswalk or the people's county, or --leave-out",
        )
        for it in regions
        for county, months in it.left_out.items()
    ]
    if problems:
        raise InputError(problems)


def region_facts(
    regions: Sequence[Region], settlement: Settlement, sets: Iterable[ReferenceSet]
) -> dict[str, Any]:
    """The facts `regional_per_capita` and `regional_hcc_score` of a settlement file.

    CMS renormalises the scores of county files to a nation of 1; the rules divide a region's score
    by the settlement's `national_hcc_score`, so it is multiplied by it here. Raises InputError
    with every cell in which the settlement does not give that score.
    """
    kept = sorted((it for it in sets if it.name == COUNTY_FFS), key=lambda it: it.version)
    files = ", ".join(f"{it.version} {it.sha256[:12]}" for it in kept)
    head = {
        "source": f"{COUNTY_FFS} ({files}), counties weighted by assigned months",
        "received_on": max(date.fromisoformat(it.loaded_on) for it in kept),
    }
    cells = [it for it in regions if it.counties]
    nation = {(it.period, it.enrolment_type): _national(it, settlement) for it in cells}
    missing = [" ".join(at) for at, score in nation.items() if score is None]
    if missing:
        what = f"the settlement has no national_hcc_score in {', '.join(missing)}"
        raise InputError(Problem(settlement.id, what))
    dollars: dict[str, dict[str, Decimal]] = {}
    scores: dict[str, dict[str, Decimal]] = {}
    for it in cells:
        national = nation[it.period, it.enrolment_type] or Fraction(1)
        dollars.setdefault(it.period, {})[it.enrolment_type] = exact(it.per_capita)
        scores.setdefault(it.period, {})[it.enrolment_type] = exact(it.score * national)
    return {
        "regional_per_capita": {"unit": "usd_per_capita", **head, "values": dollars},
        "regional_hcc_score": {"unit": "score", **head, "values": scores},
    }


def _national(it: Region, settlement: Settlement) -> Fraction | None:
    """The nation's mean score in a cell, as the settlement file gives it."""
    leaf = next(leaf for leaf in LEAVES if leaf.name == "national_hcc_score")
    found = settlement.facts().get(leaf, At(it.period, it.enrolment_type))
    return Fraction(found.value) if found and isinstance(found.value, Decimal) else None


def exact(value: Fraction) -> Decimal:
    """A fraction to nine places."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(DIGITS)


def _yaml(facts: Mapping[str, Any]) -> str:
    """Facts as a settlement file writes them; numbers as numbers, with every digit."""
    yaml, text = YAML(), StringIO()
    yaml.representer.add_representer(
        Decimal, lambda it, value: it.represent_scalar("tag:yaml.org,2002:float", f"{value:f}")
    )
    yaml.dump({"facts": facts}, text)
    return text.getvalue()


def _json(it: Region) -> dict[str, Any]:
    counties = [
        {
            "county": part.county, "name": part.figure.name, "months": part.months,
            "weight": str(exact(part.weight)), "per_capita": str(exact(part.figure.per_capita)),
            "risk": str(exact(part.figure.risk)),
            "risk_adjusted": str(exact(part.figure.risk_adjusted)),
            "expenditure": str(exact(part.expenditure)),
        }
        for part in it.counties
    ]  # fmt: skip
    return {
        "period": it.period, "enrolment_type": it.enrolment_type, "counties": counties,
        "regional_expenditure": str(exact(it.expenditure)),
        "regional_hcc_score": str(exact(it.score)),
        "left_out": dict(it.left_out),
    }  # fmt: skip


def _level(it: Region, rows: int) -> Level:
    columns = ("county", "name", "months", "weight", "per capita", "risk", "at risk 1", "part")
    shown = [
        (part.county, part.figure.name, part.months, *map(exact, (
            part.weight, part.figure.per_capita, part.figure.risk, part.figure.risk_adjusted,
            part.expenditure)))
        for part in it.counties[:rows]
    ]  # fmt: skip
    note = f"region at risk 1: {exact(it.expenditure)}, risk {exact(it.score)}"
    title = f"{it.period} {it.enrolment_type}"
    return Level(title, columns, shown, len(it.counties), note=note)
