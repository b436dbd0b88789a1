"""The demonstration: a synthetic population, ten contracts, and their settled statements."""

import csv
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from openvbc.console import out, progress
from openvbc.contract.settle import Settled
from openvbc.contract.waterfall import Due, due
from openvbc.engine.build import Progress
from openvbc.errors import CheckFailedError, InputError, Problem
from openvbc.generate.population import Generated, generate
from openvbc.generate.settlement_facts import (
    NATIONAL,
    NationalFigure,
    Provenance,
    benchmark_facts,
)
from openvbc.publish import settle_and_publish
from openvbc.report import settled_text
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace
from openvbc.yamlfile import write_yaml

CONTRACTS: Final = Path(__file__).parent / "contracts"
SETTLEMENTS: Final = Path(__file__).parent / "settlements"
"""Contracts on given figures, each with the settlement that asserts its amount."""

YEAR: Final = "PY2025"
"""The last of the population's years, which is settled."""

ACOS: Final = {"lakeside": "A1001", "hillside": "A1002"}
"""Contract → the ACO of the generated participant list that it is made with."""

MARKET_SHARES: Final = {"lakeside": Decimal("0.40"), "hillside": Decimal("0.30")}
"""The generator gives the ACOs these shares of the assignable people."""

PEOPLE_PER_BUCKET: Final = 60_000


@contextmanager
def _stage(title: str) -> Iterator[Progress]:
    """A stage with its bar while it lasts and its time when it is done."""
    started = time.monotonic()
    with progress(title) as report:
        yield report
    out.print(f"  {title:<28} {time.monotonic() - started:6.1f} s")


def run_demo(folder: Path, members: int, seed: int) -> None:
    """Make the workspace, build it, settle every contract, and say what to try next.

    Raises InputError where the folder is not empty, CheckFailedError where a settlement fails.
    """
    if folder.exists() and any(folder.iterdir()):
        what = "is not empty; name a new folder: vbc demo FOLDER"
        raise InputError(Problem(str(folder), what))
    out.print(f"A demonstration with {members:,} invented people in {folder}")
    workspace = _workspace(folder, members)
    with _stage("generate a population") as report:
        made = generate(folder / "source", members=members, seed=seed, progress=report)
    with _stage("load it") as report:
        load(
            workspace.data,
            folder / "source",
            kind="own",
            buckets=workspace.settings.buckets,
            data_source="demonstration",
            progress=report,
        )
    with _stage("write contracts"):
        write_contracts(workspace, made.folder)
    with _stage("build every table") as report:
        workspace.build(report)
    out.print(_population(made))
    for name in ACOS:
        _settle(workspace, f"{name}_{YEAR}")
    out.print(_examples(workspace))
    out.print(_next(folder))


def _workspace(folder: Path, members: int) -> Workspace:
    buckets = max(2, -(-members // PEOPLE_PER_BUCKET))
    return Workspace.init(folder, Settings(buckets=buckets))


def _population(made: Generated) -> str:
    share = made.top_five_percent_share * 100
    return (
        f"\nThe population: {made.people:,} people over four years, "
        f"{made.rows['medical_claim']:,} claim lines; the costliest 5 % of people have "
        f"{share:.1f} % of the last year's spend.\n"
    )


def _settle(workspace: Workspace, name: str) -> None:
    settled = _settled(workspace, name)
    out.print(settled_text(settled, depth=1), *settled.notes, "", sep="\n")


def _settled(workspace: Workspace, name: str) -> Settled:
    settled = settle_and_publish(workspace, name)
    if settled.problems or settled.failed_assertions:
        raise CheckFailedError([*settled.problems, *settled.failed_assertions])
    return settled


def _examples(workspace: Workspace) -> Table:
    """The contracts on given figures, settled: who pays whom."""
    table = Table(title="Contracts on given figures", title_justify="left")
    for name in ("contract", "what is due", "amount"):
        table.add_column(name, justify="right" if name == "amount" else "left")
    for name, settlement in workspace.settlements.items():
        if settlement.contract.shape.population is None:
            found = due(_settled(workspace, name).document)
            table.add_row(settlement.contract.shape.title, *_said(found))
    return table


def _said(found: Due | None) -> tuple[str, str]:
    return (found.sentence, found.amount) if found else ("", "")


def _next(folder: Path) -> str:
    return "\n".join(
        (
            "Try next:",
            f"  cd {folder}",
            "  vbc explain total_expenditure --settlement lakeside_PY2025",
            "  vbc explain counted_expenditure --at stratum=esrd --settlement lakeside_PY2025",
            "  vbc sql 'SELECT * FROM attribution LIMIT 5'",
            "  vbc check",
            "  change a term in contracts/, then: vbc settle",
        )
    )


def write_contracts(workspace: Workspace, source: Path) -> None:
    """Write every contract, the participant lists, and this year's settlements."""
    for part in (CONTRACTS, SETTLEMENTS):
        for path in sorted(part.glob("*.yaml")):
            shutil.copyfile(path, workspace.root / part.name / path.name)
    figures = read_figures(source / "national_figure.csv")
    for name, aco in ACOS.items():
        folder = workspace.root / "contracts"
        _write_participants(source / "participants.csv", aco, folder / f"{name}_participants.csv")
        content = settlement(name, figures)
        path = workspace.root / "settlements" / f"{name}_{content['period']}.yaml"
        write_yaml(path, content)


def _write_participants(source: Path, aco: str, target: Path) -> None:
    with source.open(encoding="utf-8", newline="") as given:
        rows = list(csv.DictReader(given))
    columns = [name for name in rows[0] if name != "aco_id"]
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if row["aco_id"] == aco)


def read_figures(path: Path) -> list[NationalFigure]:
    """The generated nation's figures."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            NationalFigure(
                int(row["year"]),
                row["area"],
                row["enrolment_type"],
                *(
                    Decimal(row[name])
                    for name in (
                        "person_years",
                        "per_capita",
                        "hcc_risk",
                        "demographic_risk",
                        "truncation_cut",
                    )
                ),
            )
            for row in csv.DictReader(file)
        ]


def settlement(name: str, figures: Sequence[NationalFigure]) -> dict[str, Any]:
    """The settlement file of one contract for the figures' last year."""
    last = max(figure.year for figure in figures)
    first = min(figure.year for figure in figures)
    years = {f"base_{place}": first + place - 1 for place in range(1, last - first + 1)}
    received_on = date(last + 1, 8, 31)
    nation = Provenance("figures of the synthetic nation (national_figure.csv)", received_on)
    facts = benchmark_facts(
        figures,
        years={"performance": last, **years},
        regions=_region_shares(figures, last),
        market_share=MARKET_SHARES[name],
        provenance=nation,
    )
    return {
        "contract": name,
        "period": f"PY{last}",
        "first_day": date(last, 1, 1),
        "last_day": date(last, 12, 31),
        "kind": "final",
        "as_of": received_on,
        "facts": {**_quality(Provenance("invented quality report", received_on)), **facts},
    }


def _quality(report: Provenance) -> Mapping[str, Any]:
    return {
        "quality_standard_met": report.fact("flag", value=True),
        "quality_score": report.fact("rate", value=Decimal("0.86")),
        "revenue_class": report.fact("text", value="low"),
    }


def _region_shares(figures: Sequence[NationalFigure], year: int) -> dict[str, Decimal]:
    """Each region's share of the nation's person-years: the ACOs draw people from everywhere."""
    lives: dict[str, Decimal] = {}
    for figure in figures:
        if figure.year == year and figure.area != NATIONAL:
            lives[figure.area] = lives.get(figure.area, Decimal(0)) + figure.person_years
    total = sum(lives.values(), Decimal(0))
    return {area: years / total for area, years in lives.items()}
