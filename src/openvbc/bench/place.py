"""The workspace that is measured: two contracts of one program, analyses, and a population."""

import csv
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from openvbc.bench.population import FIRST_YEAR, YEARS, buckets_for, practices_for
from openvbc.demo import ACOS, CONTRACTS, settlement
from openvbc.generate.settlement_facts import NATIONAL, NationalFigure
from openvbc.settings import SETTINGS_FILE, Settings
from openvbc.workspace import Workspace
from openvbc.yamlfile import write_yaml

LAST_YEAR: Final = FIRST_YEAR + YEARS - 1
RISK: Final = ("cms_hcc_v24", "cms_hcc_v28")
GROUPER: Final = "elixhauser"
TAKEN: Final = {"lakeside": (0, 2, 5, 7), "hillside": (1, 4, 8)}
"""Contract → the last digits of the practices on its participant list: 40 % and 30 % of them."""
PER_CAPITA: Final = {"esrd": 70_000, "disabled": 9_000, "aged_dual": 15_000, "aged_nondual": 10_000}
"""Invented national figures, dollars per person-year."""


def open_place(folder: Path, members: int, workers: int, memory_mb: int) -> Workspace:
    """The workspace in a folder, made where there is none."""
    if (folder / SETTINGS_FILE).is_file():
        return Workspace(folder)
    settings = Settings(buckets=buckets_for(members), memory_mb=memory_mb, workers=workers)
    made = Workspace.init(folder, settings)
    figures = list(_figures())
    for name in ACOS:
        shutil.copyfile(CONTRACTS / f"{name}.yaml", folder / "contracts" / f"{name}.yaml")
        _write_participants(folder / "contracts" / f"{name}_participants.csv", name, members)
        content = settlement(name, figures)
        write_yaml(folder / "settlements" / f"{name}_{content['period']}.yaml", content)
    write_yaml(folder / "analyses.yaml", {"analyses": _analyses()})
    return made


def _analyses() -> dict[str, object]:
    """Risk scores of the last year; comorbidities and cost of each year."""
    years = list(range(FIRST_YEAR, LAST_YEAR + 1))
    common = {
        "line_of_business": "medicare",
        "paid_through": {year: date(year + 1, 3, 31) for year in years},
    }
    last = {**common, "paid_through": {LAST_YEAR: date(LAST_YEAR + 1, 3, 31)}}
    return {
        "people": {**common, "years": years, "groupers": [GROUPER]},
        "risk": {**last, "years": [LAST_YEAR], "risk": list(RISK)},
    }


def _write_participants(path: Path, contract: str, members: int) -> None:
    header = ("tin", "npi", "ccn", "role", "group_id", "valid_from", "valid_to")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for practice in range(practices_for(members)):
            if practice % 10 in TAKEN[contract]:
                tin = f"96{practice:07d}"
                writer.writerow(
                    (tin, "", "", "participant", contract, f"{FIRST_YEAR - 1}-01-01", "")
                )


def _figures() -> Iterator[NationalFigure]:
    """Figures of a nation of which the people are no part: their amounts move no cost."""
    for year in range(FIRST_YEAR - 1, LAST_YEAR + 1):
        for area in (NATIONAL, "region_1"):
            for kind, dollars in PER_CAPITA.items():
                yield NationalFigure(
                    year=year,
                    area=area,
                    enrolment_type=kind,
                    person_years=Decimal(1_000_000),
                    per_capita=Decimal(dollars),
                    hcc_risk=Decimal(1),
                    demographic_risk=Decimal(1),
                    truncation_cut=Decimal(12 * dollars),
                )
